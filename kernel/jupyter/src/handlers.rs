//! Traits that a language implements: one for requests in turn, one for requests at any time.

use crate::output::Output;
use crate::types::{Cell, CommEvent, Completeness, Completions, Description, Failure, MimeBundle};
use std::collections::BTreeMap;
use std::time::Duration;

/// Handler of the requests that wait for their turn. All calls come from one thread.
///
/// A panic in any of these methods is shown as a failure and ends nothing.
pub trait ShellHandler {
    /// Runs a cell; all its output goes through `output` before this returns.
    ///
    /// # Errors
    /// The failure to show, if the cell failed.
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure>;

    /// Evaluates the front end's side expressions, name to code, after a cell.
    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>>;

    /// Finds the completions that fit at byte offset `cursor` of `code`.
    fn complete(&mut self, code: &str, cursor: usize) -> Completions;

    /// Documents the item at byte offset `cursor` of `code`.
    fn inspect(&mut self, code: &str, cursor: usize) -> Option<MimeBundle>;

    /// Takes a message on a comm, in turn with the cells.
    ///
    /// `false` on [`CommEvent::Open`] means that there is no such target: the comm is closed
    /// again. Messages on comms that are not open are dropped before this call.
    fn comm(&mut self, event: CommEvent, output: &Output) -> bool {
        let _ = (event, output);
        false
    }

    /// Does a step of work ahead of time, while no request has waited for `quiet`.
    ///
    /// Requests that come meanwhile wait for it, so it should be short, and end when
    /// [`ControlHandler::hurry`] is called; `false` means that there is nothing more to do now. It
    /// is called once more after two seconds of quiet.
    fn work_ahead(&mut self, quiet: Duration) -> bool {
        let _ = quiet;
        false
    }
}

/// Handler of the requests that are answered at any time, on any thread, even while a cell runs.
pub trait ControlHandler: Send + Sync {
    /// Describes the kernel.
    fn describe(&self) -> Description;
    /// Tells whether code is complete.
    fn is_complete(&self, code: &str) -> Completeness;
    /// Finds the completions at byte offset `cursor` of `code`, while a cell runs.
    ///
    /// `None`: the request waits for [`ShellHandler::complete`].
    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        let _ = (code, cursor);
        None
    }
    /// Documents the item at byte offset `cursor` of `code`, while a cell runs.
    ///
    /// `None`: the request waits for [`ShellHandler::inspect`]. `Some(None)`: there is no
    /// documentation.
    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Option<MimeBundle>> {
        let _ = (code, cursor);
        None
    }
    /// Ends the running cell, or does nothing if none runs.
    fn interrupt(&self);
    /// Asks the language to end its work ahead of time soon, since a cell waits.
    fn hurry(&self) {}
    /// Ends the session, with the cell that runs and the children of the language.
    fn shut_down(&self);
}
