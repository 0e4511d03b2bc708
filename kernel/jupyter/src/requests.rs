//! The contents of the requests a kernel answers.
//!
//! Lenient on purpose: a front end that leaves a field out gets the field's
//! default from the specification, not silence.

use serde::Deserialize;
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
    #[serde(default = "yes")]
    pub(crate) stop_on_error: bool,
}

/// `complete_request` and `inspect_request`: code and a cursor in code points.
#[derive(Debug, Deserialize)]
pub(crate) struct AtCursor {
    pub(crate) code: String,
    pub(crate) cursor_pos: usize,
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

fn yes() -> bool {
    true
}
