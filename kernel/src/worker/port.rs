//! The worker's end of everything it says: lines to evcxr, frames to the kernel.
//!
//! The runtime calls back through a plain C function, and the user's `read` of stdin
//! arrives in one as well; neither has anywhere else to look than statics.

use super::message::{Answer, FromWorker, NoLine, Origin, write_frame};
use hx_port::{FromCell, Parcel};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

static LINES: OnceLock<Mutex<Lines>> = OnceLock::new();
/// What the next read of stdin answers: the question, and whether it is a password.
static QUESTION: Mutex<Option<(String, bool)>> = Mutex::new(None);

struct Lines {
    /// To evcxr, line by line.
    protocol: File,
    /// To the kernel, frame by frame.
    control: UnixStream,
}

/// Sets where things are said. Called once.
pub(crate) fn open(protocol: File, control: UnixStream) {
    let _ = LINES.set(Mutex::new(Lines { protocol, control }));
}

/// Called by the runtime.
pub(crate) extern "C" fn send(message: Parcel) {
    // SAFETY: the runtime lends the message for this call.
    let (json, buffers) = unsafe { message.borrow() };
    match serde_json::from_slice(json) {
        // The three things evcxr keeps books about.
        Ok(FromCell::Panicked(_)) => say("EVCXR_PANIC_NOTIFICATION"),
        Ok(FromCell::Failed { early: true, .. }) => say("EVCXR_ERROR_OCCURRED"),
        Ok(FromCell::VariableLost { name }) => say(&format!("EVCXR_VARIABLE_CHANGED_TYPE:{name}")),
        Ok(FromCell::Question { prompt, password }) => {
            *lock(&QUESTION) = Some((prompt, password));
            return;
        }
        _ => {}
    }
    exchange(Origin::Runtime, json, &buffers);
}

/// Says something of the worker's own to the kernel.
pub(crate) fn tell(message: &FromWorker) -> Answer {
    let json = serde_json::to_vec(message).expect("plain data");
    exchange(Origin::Worker, &json, &[])
}

/// Asks the user for a line.
pub(crate) fn ask() -> Result<String, NoLine> {
    let (prompt, password) = lock(&QUESTION).take().unwrap_or_default();
    match tell(&FromWorker::Input { prompt, password }) {
        Answer::Line(line) => Ok(line),
        Answer::NoLine(reason) => Err(reason),
        Answer::Done => Err(NoLine::Unreachable),
    }
}

/// One line to evcxr.
pub(crate) fn say(line: &str) {
    if writeln!(lines().protocol, "{line}").is_err() {
        std::process::exit(1);
    }
}

fn exchange(origin: Origin, json: &[u8], buffers: &[&[u8]]) -> Answer {
    let lines = lines();
    let answer = write_frame(&lines.control, origin, json, buffers)
        .and_then(|()| Answer::read(&lines.control));
    answer.unwrap_or_else(|_| {
        // The kernel is gone, and with it everybody who could be told.
        std::process::exit(1);
    })
}

fn lines() -> MutexGuard<'static, Lines> {
    lock(LINES.get().expect("opened before the first cell"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
