//! What this crate asks of a language, and what it tells it.

use crate::output::Output;
use crate::types::{Cell, CommEvent, Completeness, Completions, Description, Failure, MimeBundle};
use std::collections::BTreeMap;
use std::time::Duration;

/// A language at work: everything that waits its turn. Called from one thread.
///
/// A panic in any of these methods is shown as a failure and ends nothing.
pub trait ShellHandler {
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
    /// [`ControlHandler::hurry`] says so; `false` means that there is nothing more to do now. It is asked once more after two
    /// seconds of quiet.
    fn work_ahead(&mut self, quiet: Duration) -> bool {
        let _ = quiet;
        false
    }
}

/// What a language answers at any time, from any thread, even while a cell runs.
pub trait ControlHandler: Send + Sync {
    /// What it is.
    fn describe(&self) -> Description;
    /// Whether code is complete.
    fn is_complete(&self, code: &str) -> Completeness;
    /// What fits at byte offset `cursor` of `code`, asked while a cell runs.
    /// `None`: the question waits for [`ShellHandler::complete`].
    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        let _ = (code, cursor);
        None
    }
    /// Documentation of what stands at byte offset `cursor` of `code`, asked while
    /// a cell runs. `None`: the question waits for [`ShellHandler::inspect`]; `Some(None)`:
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
