//! Error texts for a death of the cell process from which a snapshot recovers.

use crate::engine::report::diagnostics;
use crate::worker::limits;
use crate::worker::message::{During, Ending, Recovery};
use crate::worker::shared_state::Limit;
use hx_jupyter::Failure;

/// Beginning of the message a failed allocation prints before it aborts.
const NO_MEMORY: &str = "memory allocation of";

/// How many files are named that are closed.
const NAMED_FILES: usize = 5;

/// The error a cell ends with.
pub(crate) fn failure(recovery: &Recovery, last_words: &str) -> Failure {
    let (name, what) = account(&recovery.ending, last_words);
    let message = match recovery.during {
        During::Cell => format!("{what}; variables and the chip are as they were before this cell"),
        During::Delivery => {
            format!(
                "In the handler of a comm {what}; variables and the chip are as they were before it"
            )
        }
        During::ShellLine => {
            format!("In a shell line {what}; variables and the chip are as they were before it")
        }
        During::Nothing if recovery.ending == Ending::TimeLimit => {
            // Only threads can have.
            let (_, what) = limited(
                &recovery.ending,
                "background threads computed for longer than a cell may",
            );
            format!(
                "Between two cells {what}; variables and the chip are as the last cell left them"
            )
        }
        During::Nothing => {
            format!(
                "Between two cells {what}; variables and the chip are as the last cell left them"
            )
        }
    };
    diagnostics::plain(name, &with_losses(&message, recovery))
}

/// A message, and what has not come back.
pub(crate) fn with_losses(message: &str, recovery: &Recovery) -> String {
    match losses(recovery) {
        Some(losses) => format!("{message}. {losses}"),
        None => message.to_owned(),
    }
}

/// What belonged to the process and not to its memory, and has not come back with it.
pub(crate) fn losses(recovery: &Recovery) -> Option<String> {
    let mut losses = Vec::new();
    losses.extend(match recovery.threads {
        0 => None,
        1 => Some(
            "A background thread has ended with the process; what it had locked stays locked"
                .to_owned(),
        ),
        _ => Some(
            "The background threads have ended with the process; what they had locked stays locked"
                .to_owned(),
        ),
    });
    let (named, rest) = recovery
        .closed
        .split_at(recovery.closed.len().min(NAMED_FILES));
    if !named.is_empty() {
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        losses.push(format!(
            "Closed with the process: {}{more}",
            named.join(", ")
        ));
    }
    if recovery.children > 0 {
        let sentence = "How programs end that earlier cells have started can no longer be asked \
                        (`wait`): they are not this process's children";
        losses.push(sentence.to_owned());
    }
    (!losses.is_empty()).then(|| losses.join(". "))
}

/// The error of a cell that a limit has stopped in good order.
pub(crate) fn out_of_time(failure: &Failure) -> Failure {
    let (name, what) = account(&Ending::TimeLimit, "");
    diagnostics::plain(
        name,
        &format!("{what}; it stopped with: {}", failure.message),
    )
}

/// What is said of processes that a limit has ended while nothing else was.
pub(crate) fn offspring_ended(limit: Limit) -> String {
    let (ending, what) = match limit {
        Limit::Memory => (
            Ending::MemoryLimit,
            "processes that cells had started used more memory than they may",
        ),
        Limit::Time | Limit::None => (
            Ending::TimeLimit,
            "a process that a cell had started went on for longer than a cell may",
        ),
    };
    let (_, what) = limited(&ending, what);
    format!("Between two cells {what}; it was killed, and nothing else was")
}

/// The error of a shell line that took more time than a cell may.
pub(crate) fn shell_line_out_of_time() -> Failure {
    let what = "the shell line took more time than a cell may";
    let (name, what) = limited(&Ending::TimeLimit, what);
    diagnostics::plain(
        name,
        &format!("{what}; nothing after it in the cell was run"),
    )
}

/// The name of a limit, and a sentence with its value.
fn limited(ending: &Ending, what: &str) -> (&'static str, String) {
    let (name, variable) = match ending {
        Ending::MemoryLimit => ("MemoryLimit", limits::MEMORY),
        _ => ("TimeLimit", limits::TIME),
    };
    match std::env::var(variable) {
        Ok(value) => (name, format!("{what} ({variable} is {value})")),
        Err(_) => (name, what.to_owned()),
    }
}

/// Name and sentence for a way to die.
fn account(ending: &Ending, last_words: &str) -> (&'static str, String) {
    let (name, what) = match ending {
        Ending::Signal(signal) => match signal.as_str() {
            "SIGSEGV" | "SIGBUS" => (
                "SegmentationFault",
                "the process was killed by a bad memory access (SIGSEGV)",
            ),
            "SIGABRT" if last_words.contains(NO_MEMORY) => {
                ("OutOfMemory", "there was not enough memory")
            }
            "SIGABRT" => ("Aborted", "the process aborted (SIGABRT)"),
            "SIGILL" => (
                "IllegalInstruction",
                "the process executed an illegal instruction (SIGILL)",
            ),
            "SIGKILL" => ("Killed", "the process was killed from outside (SIGKILL)"),
            other => return ("Killed", format!("the process was killed by {other}")),
        },
        Ending::StackOverflow => (
            "StackOverflow",
            "the stack was full: a recursion does not end, or a value is too large for the stack",
        ),
        Ending::Exit(code) => return ("Exited", format!("the process exited with code {code}")),
        Ending::ParentKilled => (
            "ParentKilled",
            "the parent of the cells' process was killed (SIGKILL), and the process with it",
        ),
        Ending::MemoryLimit => {
            return limited(
                ending,
                "the process and those it started used more memory than they may",
            );
        }
        Ending::TimeLimit => return limited(ending, "the cell took more time than it may"),
        Ending::Disconnected => (
            "Disconnected",
            "the cell closed files that are not its own, by which its process is connected",
        ),
        // Said by whoever asked for it.
        Ending::RolledBack => ("RolledBack", "the cell failed"),
        Ending::Undone => ("Undone", "the cell was undone"),
    };
    (name, what.to_owned())
}
