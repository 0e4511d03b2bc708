//! The executor's end of everything it says: lines to evcxr, frames to the kernel.
//!
//! The runtime calls back through a plain C function, and the user's `read` of stdin
//! arrives in one as well; neither has anywhere else to look than statics.

use super::fork_safe_mutex::ForkSafeMutex;
use super::link::{FromExecutor, Link};
use super::message::{Answer, FromWorker, NoLine, Origin, write_frame};
use super::shared_state::{ExitReason, SharedState};
use super::snapshot;
use hx_port::{CellEvent, FfiMessage};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU8, Ordering};

static SHARED: OnceLock<&'static SharedState> = OnceLock::new();
/// The line to the supervisor. One that is replaced is leaked: nobody can know who uses it.
static LINK: AtomicPtr<Link> = AtomicPtr::new(std::ptr::null_mut());
/// The socket to the kernel.
static CONTROL: ForkSafeMutex<UnixStream> = ForkSafeMutex::new();
/// Its descriptor, once there is one.
static SOCKET: AtomicI32 = AtomicI32::new(-1);
/// Prompt for the next read of stdin, and a flag for passwords.
static QUESTION: ForkSafeMutex<Option<(String, bool)>> = ForkSafeMutex::new();
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static OUTCOME: AtomicU8 = AtomicU8::new(Outcome::Fine as u8);

/// How a cell ended, as far as it has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Outcome {
    Fine = 0,
    /// With an error that left it before its end.
    Failed = 1,
    Panicked = 2,
}

/// Sets what processes share.
pub(crate) fn open(shared: &'static SharedState) {
    let _ = SHARED.set(shared);
}

/// Sets the lines to supervisor and kernel, for the first time or in a process that takes
/// over.
pub(crate) fn connect(link: Link, control: UnixStream) {
    LINK.store(Box::into_raw(Box::new(link)), Ordering::Release);
    SOCKET.store(control.as_raw_fd(), Ordering::Release);
    CONTROL.renew(control);
    QUESTION.renew(None);
}

/// Closes the lines in a copy of the process, which gets lines of its own.
pub(crate) fn disconnect() {
    // Nobody else will: one is in a lock that a thread may have vanished with.
    let control = SOCKET.swap(-1, Ordering::AcqRel);
    for line in [control, link().as_fd().as_raw_fd()] {
        let _ = nix::unistd::close(line);
    }
}

/// The numbers of both lines.
pub(crate) fn lines() -> [RawFd; 2] {
    [link().as_fd().as_raw_fd(), SOCKET.load(Ordering::Acquire)]
}

/// The line to the supervisor.
pub(crate) fn link() -> &'static Link {
    // SAFETY: null, or a box that is never freed.
    unsafe { LINK.load(Ordering::Acquire).as_ref() }.expect("connected before the first cell")
}

/// The socket to the kernel, if it is open; whoever speaks on it holds the lock.
pub(crate) fn socket() -> Option<BorrowedFd<'static>> {
    let socket = SOCKET.load(Ordering::Acquire);
    // SAFETY: the socket stays in its lock until this process ends, or another one
    // goes on in its place.
    (socket >= 0).then(|| unsafe { BorrowedFd::borrow_raw(socket) })
}

/// A cell begins.
pub(crate) fn begin() {
    OUTCOME.store(Outcome::Fine as u8, Ordering::Release);
    interrupt(false);
}

/// How the cell has ended.
pub(crate) fn outcome() -> Outcome {
    match OUTCOME.load(Ordering::Acquire) {
        0 => Outcome::Fine,
        1 => Outcome::Failed,
        _ => Outcome::Panicked,
    }
}

/// True if this process is the one in which cells run, and not one a cell has forked.
pub(crate) fn is_executor() -> bool {
    let own = nix::unistd::getpid().as_raw();
    SHARED
        .get()
        .is_some_and(|shared| shared.executor.load(Ordering::Acquire) == own)
}

/// Called by the runtime.
pub(crate) extern "C" fn send(message: FfiMessage) {
    // SAFETY: the runtime lends the message for this call.
    let (json, buffers) = unsafe { message.borrow() };
    match serde_json::from_slice(json) {
        Ok(CellEvent::Panicked(_)) => OUTCOME.store(Outcome::Panicked as u8, Ordering::Release),
        // The two things evcxr keeps books about.
        Ok(CellEvent::Failed { early: true, .. }) => {
            OUTCOME.store(Outcome::Failed as u8, Ordering::Release);
            say("EVCXR_ERROR_OCCURRED");
        }
        Ok(CellEvent::VariableLost { name }) => say(&format!("EVCXR_VARIABLE_CHANGED_TYPE:{name}")),
        Ok(CellEvent::Question { prompt, password }) => {
            if let Some(mut question) = QUESTION.lock() {
                *question = Some((prompt, password));
            }
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

/// Says something in the runtime's place.
pub(crate) fn tell_as_cell(message: &CellEvent) {
    let json = serde_json::to_vec(message).expect("plain data");
    exchange(Origin::Runtime, &json, &[]);
}

/// The cell is asked to stop: it gets no answers any more.
pub(crate) fn interrupt(on: bool) {
    INTERRUPTED.store(on, Ordering::Release);
}

/// True if the user has asked the running code to stop.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Acquire)
}

/// Asks the user for a line.
pub(crate) fn ask() -> Result<String, NoLine> {
    if is_interrupted() {
        return Err(NoLine::Interrupted);
    }
    let question = QUESTION.lock().and_then(|mut question| question.take());
    let (prompt, password) = question.unwrap_or_default();
    match tell(&FromWorker::Input { prompt, password }) {
        Answer::Line(line) => Ok(line),
        Answer::NoLine(reason) => Err(reason),
        Answer::Done => Err(NoLine::Unreachable),
    }
}

/// One line to evcxr.
fn say(line: &str) {
    if is_executor() && link().tell(&FromExecutor::Line(line.to_owned())).is_err() {
        leave_cut_off();
    }
}

/// The kernel is gone, and with it everybody who could be told; or the cell has closed
/// what leads there, which its snapshot will tell.
fn leave_cut_off() -> ! {
    if let Some(shared) = SHARED.get() {
        shared.set_exit_reason(ExitReason::Disconnected);
    }
    snapshot::leave();
}

fn exchange(origin: Origin, json: &[u8], buffers: &[&[u8]]) -> Answer {
    // What a forked process has to say would come in between.
    let Some(control) = CONTROL.lock().filter(|_| is_executor()) else {
        return Answer::Done;
    };
    let answer =
        write_frame(&*control, origin, json, buffers).and_then(|()| Answer::read(&*control));
    answer.unwrap_or_else(|_| leave_cut_off())
}
