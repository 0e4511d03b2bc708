//! Reads JSON as front ends really send it.
//!
//! Python writes two things that are not JSON: half of a surrogate pair (`"\ud800"`, of a string
//! that came from a file name, say) and `NaN`. Neither is a reason not to answer. A text that is
//! not JSON is read once more with such things replaced, and an error names what is wrong then.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Reads an object; an empty frame stands for an empty one.
///
/// # Errors
/// A text that says what is wrong, to go on after "is not readable: ".
pub(crate) fn object(frame: &[u8]) -> Result<Value, String> {
    if frame.is_empty() {
        return Ok(Value::Object(Default::default()));
    }
    let value = serde_json::from_slice(frame)
        .or_else(|_: serde_json::Error| serde_json::from_str(&repaired(frame)));
    match value {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        Ok(other) => Err(format!("it is {}, not an object", kind(&other))),
        Err(error) => Err(error.to_string()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Replaces bytes that are not UTF-8 and halves of surrogate pairs by U+FFFD, `NaN` by `null`.
pub(crate) fn repaired(frame: &[u8]) -> String {
    let text = String::from_utf8_lossy(frame);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    let mut in_string = false;
    while let Some(first) = rest.chars().next() {
        let length = if in_string {
            let (written, length) = in_a_string(rest);
            in_string = first != '"';
            repaired.push_str(written);
            length
        } else if let Some(word) = ["NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|word| rest.starts_with(word))
        {
            repaired.push_str("null");
            word.len()
        } else {
            in_string = first == '"';
            repaired.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    repaired
}

/// Returns the replacement of the next piece of a string, and the length of that piece.
fn in_a_string(rest: &str) -> (&str, usize) {
    const PAIR: usize = 12;
    let Some(unit) = escaped_unit(rest) else {
        let piece = match rest.strip_prefix('\\') {
            Some(escaped) => 1 + escaped.chars().next().map_or(0, char::len_utf8),
            // The piece goes up to the next character that may end it.
            None => {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let special = rest[first..].find(['\\', '"']);
                match rest.starts_with('"') {
                    true => 1,
                    false => special.map_or(rest.len(), |at| first + at),
                }
            }
        };
        return (&rest[..piece], piece);
    };
    match unit {
        0xd800..=0xdbff => {
            let low = rest.get(6..).and_then(escaped_unit);
            match low {
                Some(0xdc00..=0xdfff) => (&rest[..PAIR], PAIR),
                _ => ("\u{fffd}", 6),
            }
        }
        0xdc00..=0xdfff => ("\u{fffd}", 6),
        _ => (&rest[..6], 6),
    }
}

/// Returns the code unit of an escape such as `\u00e4` at the beginning of the text.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The two fields of a header by which a message can be answered.
///
/// They are found even if something else in it cannot be represented: a huge number, say, or a
/// hundred brackets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Essentials {
    pub(crate) message_type: Option<String>,
    pub(crate) message_id: Option<String>,
}

impl Essentials {
    pub(crate) fn of(frame: &[u8]) -> Essentials {
        serde_json::from_str(&repaired(frame)).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Essentials {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EssentialsVisitor)
    }
}

struct EssentialsVisitor;

impl<'de> Visitor<'de> for EssentialsVisitor {
    type Value = Essentials;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Essentials, A::Error> {
        let mut found = Essentials::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "msg_type" => found.message_type = Some(map.next_value()?),
                "msg_id" => found.message_id = Some(map.next_value()?),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_python_writes_is_read() {
        for (text, expected) in [
            (r#"{"a": "\ud800"}"#, json!({ "a": "\u{fffd}" })),
            (
                r#"{"a": "x\udfffy\ud83e\udd80"}"#,
                json!({ "a": "x\u{fffd}y🦀" }),
            ),
            (
                r#"{"a": "\ud800\ud83e\udd80\ud800"}"#,
                json!({ "a": "\u{fffd}🦀\u{fffd}" }),
            ),
            (
                r#"{"a": "\\ud800 NaN \" \ud800"}"#,
                json!({ "a": "\\ud800 NaN \" \u{fffd}" }),
            ),
            (
                r#"{"a": [NaN, -Infinity, Infinity]}"#,
                json!({ "a": [null, null, null] }),
            ),
            (r#"{"a": 1, "a": 2}"#, json!({ "a": 2 })),
            ("", json!({})),
        ] {
            assert_eq!(object(text.as_bytes()), Ok(expected), "{text}");
        }
        let bytes = b"{\"a\": \"\xff\\ud800\xe2\x82\"}";
        assert_eq!(
            object(bytes),
            Ok(json!({ "a": "\u{fffd}\u{fffd}\u{fffd}" }))
        );
    }

    #[test]
    fn what_is_no_object_is_told() {
        for (text, told) in [
            ("[]", "it is an array, not an object"),
            ("null", "it is null, not an object"),
            ("\"x\"", "it is a string, not an object"),
            ("{\"a\": 1e999}", "number out of range"),
            ("{", "EOF"),
            ("{\"a\": \"\\u", "EOF"),
            ("\\u12\u{e4}\u{e4}", "expected value"),
        ] {
            let error = object(text.as_bytes()).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
        let deep = format!("{{\"a\": {}", "[".repeat(200_000));
        assert!(object(deep.as_bytes()).unwrap_err().contains("recursion"));
    }

    #[test]
    fn a_header_is_understood_for_an_answer_whatever_else_is_in_it() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let text = format!(r#"{{"msg_id": "i", "x": 1e999, "y": {deep}, "msg_type": "t"}}"#);
        let found = Essentials::of(text.as_bytes());
        assert_eq!(found.message_type.as_deref(), Some("t"));
        assert_eq!(found.message_id.as_deref(), Some("i"));
        assert_eq!(Essentials::of(b"[1"), Essentials::default());
    }
}
