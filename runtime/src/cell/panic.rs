//! Panics of a cell: the message and the place are kept until it is clear
//! whether the panic ends the cell.

use crate::display::{send, standard_streams};
use hx_port::{CellEvent, Failure, Location};
use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::PanicHookInfo;

thread_local! {
    /// Whether this thread is running a cell right now.
    static RUNS_A_CELL: Cell<bool> = const { Cell::new(false) };
    /// The last panic of this thread that nobody has reported yet.
    static LAST: RefCell<Option<Failure>> = const { RefCell::new(None) };
    /// The calls of a cell that unwinds with a panic hook which is not this module's, and
    /// the message it then ended with.
    static CALLS: RefCell<Vec<Location>> = const { RefCell::new(Vec::new()) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether the cell has reported an error or a panic.
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// The cell reports an error or a panic.
pub(super) fn cell_fails() {
    FAILED.set(true);
}

/// A cell is about to run on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_cell_begins() {
    RUNS_A_CELL.set(true);
    LAST.take();
    CALLS.take();
    MESSAGE.take();
    FAILED.set(false);
}

/// Called by the host when this thread is about to unwind. A panic that the hook of this
/// module has not heard of leaves its calls here: the user has set a hook of his own.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_unwinds() {
    if RUNS_A_CELL.get() && LAST.with(|slot| slot.borrow().is_none()) {
        let calls = calls_in_cells(&Backtrace::force_capture().to_string());
        CALLS.set(calls);
    }
}

/// Called by the generated code with what has unwound the cell.
pub fn unwound(payload: Box<dyn Any + Send>) {
    MESSAGE.set(Some(text(&*payload)));
}

/// The cell has run. A panic that the cell caught itself is mentioned on stderr,
/// where Rust programs mention it; figures that nobody has shown are shown.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_cell_ends() {
    RUNS_A_CELL.set(false);
    if let Some(failure) = LAST.take()
        && standard_streams::flush()
    {
        eprintln!("(caught by the cell) panic: {}", failure.message);
    }
    crate::plt::show_pending(FAILED.get());
    standard_streams::flush();
}

/// Called by the generated code when a panic has unwound the cell.
pub fn panicked() {
    cell_fails();
    let failure = LAST
        .with(|slot| slot.borrow_mut().take())
        .unwrap_or_else(|| {
            let calls = CALLS.take();
            Failure {
                name: "Panic".into(),
                message: MESSAGE.take().unwrap_or_else(|| NO_TEXT.to_owned()),
                location: calls.first().cloned(),
                calls,
            }
        });
    send(&CellEvent::Panicked(failure));
}

/// Runs what is no cell but the user's all the same; an error or a panic is reported
/// like a cell's. `true` if there was none.
pub(crate) fn report(run: impl FnOnce() -> Result<(), String>) -> bool {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(())) => return true,
        Ok(Err(message)) => super::failure::failed_outside_a_cell(message),
        Err(payload) => {
            unwound(payload);
            panicked();
        }
    }
    false
}

/// Takes over the panic hook: panics of a cell become its error reply, panics of
/// the user's other threads are told on stderr, without a place in code that
/// nobody wrote.
pub(crate) fn catch_panics() {
    std::panic::set_hook(Box::new(|info| {
        if RUNS_A_CELL.get() {
            LAST.set(Some(failure(info)));
        } else {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("<unnamed>");
            eprintln!("thread '{name}' panicked: {}", message(info));
        }
    }));
}

/// The message of a panic that has none.
const NO_TEXT: &str = "a payload that is not text";

fn message(info: &PanicHookInfo<'_>) -> String {
    info.payload_as_str().unwrap_or(NO_TEXT).to_owned()
}

fn text(payload: &(dyn Any + Send)) -> String {
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    let text = payload.downcast_ref::<&str>().copied().or_else(owned);
    text.unwrap_or(NO_TEXT).to_owned()
}

fn failure(info: &PanicHookInfo<'_>) -> Failure {
    let message = message(info);
    let location = info.location().map(|place| Location {
        file: place.file().to_owned(),
        line: place.line(),
        column: place.column(),
    });
    let calls = calls_in_cells(&Backtrace::force_capture().to_string());
    Failure {
        name: "Panic".into(),
        message,
        location,
        calls,
    }
}

/// Reads the places in compiled cells out of a backtrace, innermost first.
fn calls_in_cells(backtrace: &str) -> Vec<Location> {
    let mut calls: Vec<Location> = backtrace.lines().filter_map(place_in_cell).collect();
    calls.dedup();
    calls
}

/// `at /…/crate/src/lib.rs:12:5` in the crate that evcxr makes of every cell.
fn place_in_cell(line: &str) -> Option<Location> {
    let place = line.trim_start().strip_prefix("at ")?;
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    // The directory is the kernel's choice; dependencies lie in directories
    // that carry their names.
    let own = file.ends_with("/crate/src/lib.rs") || file == "src/lib.rs";
    own.then(|| Location {
        file: file.to_owned(),
        line,
        column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cells_own_calls_are_kept() {
        let text = "   4: ctx::inner\n             at /s/crate/src/lib.rs:12:5\n   5: core::ops\n             \
                    at /rustc/x/library/core/src/lib.rs:9:1\n   6: run_user_code_3\n             \
                    at src/lib.rs:40:1\n   7: main\n";
        let lines: Vec<u32> = calls_in_cells(text).iter().map(|call| call.line).collect();
        assert_eq!(lines, [12, 40]);
    }
}
