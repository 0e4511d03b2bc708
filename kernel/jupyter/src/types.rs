//! The plain types that a language and this crate exchange: cells, failures, completions, comms.
//!
//! They depend on no other file of the crate, so that every file can use them.

use serde_json::{Map, Value};

/// One value in several formats: MIME type to data.
pub type MimeBundle = Map<String, Value>;

/// Description of a kernel, as a front end asks for it before it uses the kernel.
#[derive(Debug, Clone)]
pub struct Description {
    /// Name of the implementation, such as `hxkernel`.
    pub implementation: String,
    /// Version of the implementation.
    pub implementation_version: String,
    /// Text of a line or two that greets a person.
    pub banner: String,
    /// The `language_info` object: name, version, mimetype, file_extension, ….
    pub language_info: Value,
    /// Links for the front end's help menu: text and URL.
    pub help_links: Vec<(String, String)>,
}

/// A cell to run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Text of the cell.
    pub code: String,
    /// Number of the cell, as in `In [3]`.
    pub number: u32,
    /// Set if the value of the cell is not shown.
    pub silent: bool,
}

/// Failure of a cell, as a front end shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Name of the error.
    pub name: String,
    /// Message of the error.
    pub message: String,
    /// The full report, line by line, with ANSI colour where it helps.
    pub traceback: Vec<String>,
}

/// Completions that fit at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offsets of the text that a completion replaces.
    pub range: std::ops::Range<usize>,
    /// The candidates.
    pub candidates: Vec<Completion>,
}

impl Completions {
    /// Makes completions without candidates, which replace nothing.
    pub fn none_at(cursor: usize) -> Completions {
        Completions {
            range: cursor..cursor,
            candidates: Vec::new(),
        }
    }
}

/// One candidate of a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text to insert.
    pub text: String,
    /// Kind of item: `function`, `module`, `struct`, ….
    pub kind: String,
    /// Signature or type, if known.
    pub signature: String,
}

/// Completeness of code, by which a console runs it or waits for more lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// Code that can run.
    Complete,
    /// Code that needs more lines, the next one with this indent.
    Incomplete {
        /// White space for the next line.
        indent: String,
    },
    /// Code that no continuation makes valid.
    Invalid,
}

/// Message of a front end on a comm.
///
/// A comm is a channel between an object of the language and one in the front end.
#[derive(Debug, Clone, PartialEq)]
pub enum CommEvent {
    /// Opening of a comm, for the receiver with the name `target`.
    Open {
        /// Name of the comm, unique in the session.
        id: String,
        /// Name of the receiver.
        target: String,
        /// First data.
        data: Value,
        /// Metadata of the message.
        metadata: Map<String, Value>,
        /// Binary data.
        buffers: Vec<Vec<u8>>,
    },
    /// Message on an open comm.
    Message {
        /// Name of the comm.
        id: String,
        /// Data of the message.
        data: Value,
        /// Metadata of the message.
        metadata: Map<String, Value>,
        /// Binary data.
        buffers: Vec<Vec<u8>>,
    },
    /// Closing of a comm.
    Close {
        /// Name of the comm.
        id: String,
        /// Last data.
        data: Value,
    },
}

/// One of a program's two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
