//! Contents of the requests a kernel answers.
//!
//! Every field that a front end may leave out has the default of the specification.

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

/// Content of `complete_request` and `inspect_request`: code and a cursor in code points.
#[derive(Debug, Deserialize)]
pub(crate) struct AtCursor {
    pub(crate) code: String,
    /// Position of the cursor; at the end if it is missing.
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

/// Content of `comm_msg` and `comm_close`.
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
    /// Set if each input comes with its output.
    #[serde(default)]
    pub(crate) output: bool,
    #[serde(flatten)]
    pub(crate) access: HistoryAccess,
}

/// Part of the history that is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
pub(crate) enum HistoryAccess {
    Tail {
        #[serde(default)]
        n: Option<usize>,
    },
    Range {
        /// Number of a session if positive; otherwise relative to this one.
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
