//! The locks of stdout and stderr, which a thread of the user's may keep for ever.
//!
//! The standard library has no way to try them. Where there are other threads, one more
//! waits in the place of whoever must not.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long, if somebody has waited for it in vain already.
const LITTLE_PATIENCE: Duration = Duration::from_millis(50);

/// Whether a thread that was started here still waits.
static WAITS: AtomicBool = AtomicBool::new(false);

/// Writes out what the standard library still holds of stdout, unless another thread keeps
/// it; `false` then.
pub(crate) fn flush() -> bool {
    let are_free = are_free();
    if are_free {
        let _ = std::io::stdout().flush();
    }
    are_free
}

/// Calls `act` while no other thread holds the locks; `false` if they cannot be had.
pub(crate) fn hold(act: impl FnOnce()) -> bool {
    let are_free = are_free();
    if are_free {
        let _locks = (std::io::stdout().lock(), std::io::stderr().lock());
        act();
    }
    are_free
}

/// In a copy of a process whose other threads are gone.
pub(crate) fn forget_threads() {
    WAITS.store(false, Ordering::Release);
}

/// Waits, but not for ever, until no other thread holds the locks.
fn are_free() -> bool {
    if is_alone() {
        return true;
    }
    if WAITS.swap(true, Ordering::AcqRel) {
        std::thread::sleep(LITTLE_PATIENCE);
        return !WAITS.load(Ordering::Acquire);
    }
    let (found, is_found) = mpsc::channel();
    let wait = move || {
        drop((std::io::stdout().lock(), std::io::stderr().lock()));
        WAITS.store(false, Ordering::Release);
        let _ = found.send(());
    };
    let thread = std::thread::Builder::new().name(hx_port::OWN_THREAD.into());
    match thread.spawn(wait) {
        Ok(_) => is_found.recv_timeout(PATIENCE).is_ok(),
        Err(_) => {
            WAITS.store(false, Ordering::Release);
            true
        }
    }
}

/// Whether this process has one thread: its directory has two links, and one for each.
fn is_alone() -> bool {
    let threads = std::fs::metadata("/proc/self/task");
    threads.is_ok_and(|threads| threads.nlink() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_keeps_stdout_is_not_waited_for_for_ever() {
        let (locked, is_locked) = mpsc::channel();
        let (release, is_released) = mpsc::channel::<()>();
        let keeper = std::thread::spawn(move || {
            let _lock = std::io::stdout().lock();
            locked.send(()).unwrap();
            let _ = is_released.recv();
        });
        is_locked.recv().unwrap();
        assert!(!flush());
        assert!(!hold(|| panic!("it is not held")));
        drop(release);
        keeper.join().unwrap();
        while !flush() {}
        let mut held = false;
        assert!(hold(|| held = true));
        assert!(held);
    }
}
