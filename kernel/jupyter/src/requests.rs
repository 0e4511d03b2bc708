//! The contents of the requests a kernel answers.
//!
//! Lenient on purpose: a front end that leaves a field out gets the field's
//! default from the specification, not silence.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
pub(crate) struct Execute {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) silent: bool,
    #[serde(default = "yes")]
    pub(crate) store_history: bool,
    #[serde(default)]
    pub(crate) user_expressions: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) allow_stdin: bool,
    #[serde(default = "yes")]
    pub(crate) stop_on_error: bool,
}

/// `complete_request` and `inspect_request`: code and a cursor in code points.
#[derive(Debug, Deserialize)]
pub(crate) struct AtCursor {
    pub(crate) code: String,
    /// Without one, the cursor is at the end.
    #[serde(default)]
    pub(crate) cursor_pos: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct IsComplete {
    pub(crate) code: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shutdown {
    #[serde(default)]
    pub(crate) restart: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CommInfo {
    #[serde(default)]
    pub(crate) target_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CommOpen {
    pub(crate) comm_id: String,
    pub(crate) target_name: String,
    #[serde(default = "nothing")]
    pub(crate) data: Value,
}

/// `comm_msg` and `comm_close`.
#[derive(Debug, Deserialize)]
pub(crate) struct CommMessage {
    pub(crate) comm_id: String,
    #[serde(default = "nothing")]
    pub(crate) data: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct InputReply {
    pub(crate) value: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct History {
    /// Whether each input comes with its output.
    #[serde(default)]
    pub(crate) output: bool,
    #[serde(flatten)]
    pub(crate) access: HistoryAccess,
}

/// Which part of the history is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
pub(crate) enum HistoryAccess {
    Tail {
        #[serde(default)]
        n: Option<usize>,
    },
    Range {
        /// Positive: the number of a session; 0 and below: relative to this one.
        #[serde(default)]
        session: i64,
        #[serde(default)]
        start: i64,
        #[serde(default)]
        stop: Option<i64>,
    },
    Search {
        #[serde(default)]
        pattern: Option<String>,
        #[serde(default)]
        n: Option<usize>,
        #[serde(default)]
        unique: bool,
    },
}

fn yes() -> bool {
    true
}

fn nothing() -> Value {
    Value::Object(Map::new())
}
