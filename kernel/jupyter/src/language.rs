//! What this crate asks of a language, and what it tells it.

use crate::Output;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

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

/// A language at work: everything that waits its turn. Called from one thread.
///
/// A panic in any of these methods is shown as a failure and ends nothing.
pub trait Language {
    /// Runs a cell; everything it shows goes through `output` before this returns.
    ///
    /// # Errors
    /// What to show if the cell failed.
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure>;

    /// Evaluates the front end's side expressions after a cell: name to code.
    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>>;

    /// What fits at byte offset `cursor` of `code`.
    fn complete(&mut self, code: &str, cursor: usize) -> Completions;

    /// Documentation of what stands at byte offset `cursor` of `code`.
    fn inspect(&mut self, code: &str, cursor: usize) -> Option<MimeBundle>;

    /// Something came on a comm; waits its turn like a cell. `false` on
    /// [`CommEvent::Open`] means that nobody answers to that target: the comm is
    /// closed again. Messages on comms that are not open do not get here.
    fn comm(&mut self, event: CommEvent, output: &Output) -> bool {
        let _ = (event, output);
        false
    }

    /// Called while nothing waits, and has not for `quiet`: a step of work ahead of
    /// time. Requests that come meanwhile wait for it, so it should be short, and end when
    /// [`Controls::hurry`] says so; `false` means that there is nothing more to do now. It is asked once more after two
    /// seconds of quiet.
    fn work_ahead(&mut self, quiet: Duration) -> bool {
        let _ = quiet;
        false
    }
}

/// What a language answers at any time, from any thread, even while a cell runs.
pub trait Controls: Send + Sync {
    /// What it is.
    fn describe(&self) -> Description;
    /// Whether code is complete.
    fn is_complete(&self, code: &str) -> Completeness;
    /// What fits at byte offset `cursor` of `code`, asked while a cell runs.
    /// `None`: the question waits for [`Language::complete`].
    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        let _ = (code, cursor);
        None
    }
    /// Documentation of what stands at byte offset `cursor` of `code`, asked while
    /// a cell runs. `None`: the question waits for [`Language::inspect`]; `Some(None)`:
    /// nothing is known.
    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Option<MimeBundle>> {
        let _ = (code, cursor);
        None
    }
    /// Ends the running cell, or does nothing if none runs.
    fn interrupt(&self);
    /// A cell waits while the language works ahead: the step it is at should end soon.
    fn hurry(&self) {}
    /// Ends the session: a cell that runs ends soon, children end.
    fn shut_down(&self);
}
