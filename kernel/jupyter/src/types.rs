//! The plain types that a language and this crate exchange: cells, failures, completions, comms.
//!
//! They depend on no other file of the crate, so that every file can use them.

use serde_json::{Map, Value};

/// One value in several formats: MIME type to data.
pub type MimeBundle = Map<String, Value>;

/// What a front end wants to know about a kernel before it uses it.
#[derive(Debug, Clone)]
pub struct Description {
    /// Name of the implementation, such as `hxkernel`.
    pub implementation: String,
    /// Its version.
    pub implementation_version: String,
    /// A line or two for a person.
    pub banner: String,
    /// The `language_info` object: name, version, mimetype, file_extension, ….
    pub language_info: Value,
    /// Links for the front end's help menu: text and address.
    pub help_links: Vec<(String, String)>,
}

/// A cell to run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The text.
    pub code: String,
    /// Its number, as in `In [3]`.
    pub number: u32,
    /// Whether nobody wants to see a value.
    pub silent: bool,
}

/// Why a cell failed, as a front end shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Name of the error.
    pub name: String,
    /// What it says.
    pub message: String,
    /// The full account, line by line, with ANSI colour where it helps.
    pub traceback: Vec<String>,
}

/// What fits at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offsets of the text that a completion replaces.
    pub range: std::ops::Range<usize>,
    /// The candidates.
    pub candidates: Vec<Completion>,
}

impl Completions {
    /// No candidates, and nothing to replace.
    pub fn none_at(cursor: usize) -> Completions {
        Completions {
            range: cursor..cursor,
            candidates: Vec::new(),
        }
    }
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text to insert.
    pub text: String,
    /// What it is: `function`, `module`, `struct`, ….
    pub kind: String,
    /// Signature or type, if known.
    pub signature: String,
}

/// Whether a front end that sends a line on Enter should send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// The code can run.
    Complete,
    /// More lines must follow, with this indent.
    Incomplete {
        /// White space for the next line.
        indent: String,
    },
    /// No continuation can make it run.
    Invalid,
}

/// What a front end says on a comm: a channel between an object of the language
/// and one in the front end.
#[derive(Debug, Clone, PartialEq)]
pub enum CommEvent {
    /// It opens one, for whoever answers to the name `target`.
    Open {
        /// Its name from now on.
        id: String,
        /// Who is meant.
        target: String,
        /// What is said first.
        data: Value,
        /// Beside the data.
        metadata: Map<String, Value>,
        /// Binary data.
        buffers: Vec<Vec<u8>>,
    },
    /// It says something on an open one.
    Message {
        /// On which.
        id: String,
        /// What.
        data: Value,
        /// Beside the data.
        metadata: Map<String, Value>,
        /// Binary data.
        buffers: Vec<Vec<u8>>,
    },
    /// It closes one.
    Close {
        /// Which.
        id: String,
        /// What is said last.
        data: Value,
    },
}

/// Which of a program's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
