//! What the engine is doing, and how to make it stop.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a cell gets to stop by itself.
const PATIENCE: Duration = Duration::from_millis(900);
/// How often it is asked.
const INSISTENCE: Duration = Duration::from_millis(50);

/// Shared between the thread that runs cells and whoever interrupts them.
pub(crate) struct Activity {
    state: Mutex<State>,
    /// Counts beginnings and ends of cells: odd while one runs.
    epoch: AtomicU64,
    /// The worker's process id, 0 before there is one.
    worker: Arc<AtomicI32>,
}

#[derive(Default)]
struct State {
    interrupted: bool,
    killed: bool,
}

/// What happened to a cell from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interference {
    None,
    /// It was asked to stop.
    Interrupted,
    /// It did not stop when asked, and its process was ended.
    Killed,
}

impl Activity {
    pub(crate) fn new(worker: Arc<AtomicI32>) -> Activity {
        Activity {
            state: Mutex::default(),
            epoch: AtomicU64::new(0),
            worker,
        }
    }

    /// A cell begins.
    pub(crate) fn begin(&self) {
        *self.lock() = State::default();
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// The cell has ended.
    pub(crate) fn end(&self) -> Interference {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        match *self.lock() {
            State { killed: true, .. } => Interference::Killed,
            State {
                interrupted: true, ..
            } => Interference::Interrupted,
            State { .. } => Interference::None,
        }
    }

    /// Stops the cell that runs, if one does: its compiler is ended at once; its
    /// code is asked, and ended with its process if it does not listen.
    pub(crate) fn interrupt(self: &Arc<Self>) {
        let epoch = self.epoch.load(Ordering::Acquire);
        if epoch.is_multiple_of(2) {
            return;
        }
        {
            let mut state = self.lock();
            if state.interrupted {
                return;
            }
            state.interrupted = true;
        }
        let activity = Arc::clone(self);
        std::thread::spawn(move || activity.insist(epoch));
    }

    fn insist(&self, epoch: u64) {
        let asked = Instant::now();
        while self.epoch.load(Ordering::Acquire) == epoch {
            end_compilers();
            if asked.elapsed() > PATIENCE {
                self.lock().killed = true;
                self.signal_worker(Signal::SIGKILL);
                return;
            }
            // Repeated: a cell whose compiler just finished begins with a clean slate.
            self.signal_worker(Signal::SIGINT);
            std::thread::sleep(INSISTENCE);
        }
    }

    /// Ends the worker and every compiler, for good.
    pub(crate) fn shut_down(&self) {
        end_compilers();
        self.signal_worker(Signal::SIGKILL);
    }

    fn signal_worker(&self, signal: Signal) {
        let pid = self.worker.load(Ordering::Acquire);
        if pid > 0 {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compilers are the children that lead a process group of their own (the
/// stand-in for cargo sees to that).
fn end_compilers() {
    let own = std::process::id();
    let Ok(threads) = std::fs::read_dir(format!("/proc/{own}/task")) else {
        return;
    };
    for thread in threads.flatten() {
        let Ok(children) = std::fs::read_to_string(thread.path().join("children")) else {
            continue;
        };
        for child in children
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
        {
            let child = Pid::from_raw(child);
            if nix::unistd::getpgid(Some(child)) == Ok(child) {
                let _ = nix::sys::signal::killpg(child, Signal::SIGKILL);
            }
        }
    }
}
