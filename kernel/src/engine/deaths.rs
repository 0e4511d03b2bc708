//! What is said when the process of the cells has died and its snapshot goes on.

use super::diagnostics;
use crate::worker::limits;
use crate::worker::message::{During, Ending, Recovery};
use hx_jupyter::Failure;

/// What a failed allocation says on stderr before it aborts.
const NO_MEMORY: &str = "memory allocation of";

/// The error a cell ends with.
pub(super) fn failure(recovery: &Recovery, last_words: &str) -> Failure {
    let (name, what) = account(&recovery.ending, last_words);
    let mut message = match recovery.during {
        During::Cell => format!("{what}; variables and the chip are as they were before this cell"),
        During::Delivery => {
            format!(
                "In the handler of a comm {what}; variables and the chip are as they were before it"
            )
        }
        During::Nothing => {
            format!(
                "Between two cells {what}; variables and the chip are as the last cell left them"
            )
        }
    };
    if recovery.threads > 0 {
        message += match recovery.threads {
            1 => ". A background thread has ended with the process",
            _ => ". The background threads have ended with the process",
        };
    }
    diagnostics::plain(name, &message)
}

/// The error of a cell that a limit has stopped in good order.
pub(super) fn out_of_time(failure: &Failure) -> Failure {
    let (name, what) = account(&Ending::TimeLimit, "");
    diagnostics::plain(
        name,
        &format!("{what}; it stopped with: {}", failure.message),
    )
}

/// Name and sentence for a way to die.
fn account(ending: &Ending, last_words: &str) -> (&'static str, String) {
    let (name, what) = match ending {
        Ending::Signal(signal) => match signal.as_str() {
            "SIGSEGV" | "SIGBUS" => (
                "SegmentationFault",
                "the process was ended by a bad memory access (SIGSEGV)",
            ),
            "SIGABRT" if last_words.contains(NO_MEMORY) => {
                ("OutOfMemory", "there was not enough memory")
            }
            "SIGABRT" => ("Aborted", "the process aborted (SIGABRT)"),
            "SIGILL" => (
                "IllegalInstruction",
                "the process met an instruction that is none (SIGILL)",
            ),
            "SIGKILL" => ("Killed", "the process was killed from outside (SIGKILL)"),
            other => return ("Killed", format!("the process was ended by {other}")),
        },
        Ending::StackOverflow => (
            "StackOverflow",
            "the stack was full: a recursion does not end, or a value is too large for the stack",
        ),
        Ending::Exit(code) => return ("Exited", format!("the process exited with code {code}")),
        Ending::MemoryLimit => ("MemoryLimit", "the process used more memory than it may"),
        Ending::TimeLimit => ("TimeLimit", "the cell took more time than it may"),
        Ending::Disconnected => (
            "Disconnected",
            "the cell closed files that are not its own, by which its process is connected",
        ),
        // Said by whoever asked for it.
        Ending::RolledBack => ("RolledBack", "the cell failed"),
        Ending::Undone => ("Undone", "the cell was undone"),
    };
    let limit = match ending {
        Ending::MemoryLimit => Some(limits::MEMORY),
        Ending::TimeLimit => Some(limits::TIME),
        _ => None,
    };
    let value = limit.and_then(|limit| Some((limit, std::env::var(limit).ok()?)));
    match value {
        Some((limit, value)) => (name, format!("{what} ({limit} is {value})")),
        None => (name, what.to_owned()),
    }
}
