//! What the front end said on a comm.

use serde_json::{Map, Value};

/// Something the front end said: data, metadata beside it, and binary data.
///
/// Parts of the data are found with a path such as `/state/value` or `/list/0`
/// (a JSON pointer, RFC 6901); the empty path is the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub(crate) data: Value,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) buffers: Vec<Vec<u8>>,
}

impl Message {
    /// The data as JSON text.
    pub fn json(&self) -> String {
        self.data.to_string()
    }

    /// The metadata as JSON text.
    pub fn metadata_json(&self) -> String {
        Value::Object(self.metadata.clone()).to_string()
    }

    /// The number at a path of the data.
    pub fn number(&self, path: &str) -> Option<f64> {
        self.data.pointer(path)?.as_f64()
    }

    /// The text at a path of the data.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.data.pointer(path)?.as_str()
    }

    /// `true` or `false` at a path of the data.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.data.pointer(path)?.as_bool()
    }

    /// The binary data.
    pub fn buffers(&self) -> &[Vec<u8>] {
        &self.buffers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_path_and_by_kind() {
        let message = Message {
            data: serde_json::json!({ "state": { "value": 3, "on": true, "names": ["a"] } }),
            metadata: Map::new(),
            buffers: vec![],
        };
        assert_eq!(message.number("/state/value"), Some(3.0));
        assert_eq!(message.flag("/state/on"), Some(true));
        assert_eq!(message.text("/state/names/0"), Some("a"));
        assert_eq!(message.text("/state/value"), None);
        assert_eq!(message.number("/nothing"), None);
    }
}
