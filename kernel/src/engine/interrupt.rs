//! Interruption of the running cell.

use crate::engine::analysis_limits;
use crate::processes::{self, signal};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a cell gets to stop by itself.
const INTERRUPT_TIMEOUT: Duration = Duration::from_millis(900);
/// How long a run that has stopped may take to store what it recorded.
const STORING_TIMEOUT: Duration = Duration::from_secs(60);
/// Interval between two requests to stop.
const INSISTENCE: Duration = Duration::from_millis(50);

/// Shared between the thread that runs cells and whoever interrupts them.
pub(crate) struct InterruptController {
    state: Mutex<State>,
    /// Counts beginnings and ends of cells: odd while one runs.
    epoch: AtomicU64,
    /// The worker's process id, 0 before there is one.
    worker: Arc<AtomicI32>,
    /// True if a run that was stopped stores what it recorded.
    storing: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// True if a cell is at hand of which nothing runs yet, or just now.
    prepared: bool,
    /// True if that one is to stop as soon as something of it runs.
    early: bool,
    interrupted: bool,
    killed: bool,
}

/// Effect of an interrupt on a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InterruptOutcome {
    None,
    /// It was asked to stop.
    Interrupted,
    /// It ignored the interrupt, and its process was killed.
    Killed,
}

impl InterruptController {
    pub(crate) fn new(worker: Arc<AtomicI32>, storing: Arc<AtomicBool>) -> InterruptController {
        InterruptController {
            state: Mutex::default(),
            epoch: AtomicU64::new(0),
            worker,
            storing,
        }
    }

    /// A cell is read, parts of which will run: who wants it to stop means these.
    pub(crate) fn prepare(&self) {
        *self.lock() = State {
            prepared: true,
            ..State::default()
        };
    }

    /// Nothing more of the cell will run.
    pub(crate) fn conclude(&self) {
        *self.lock() = State::default();
    }

    /// A part of a cell begins.
    pub(crate) fn begin(self: &Arc<Self>) {
        let mut state = self.lock();
        let interrupted = std::mem::take(&mut state.early);
        (state.interrupted, state.killed) = (interrupted, false);
        let epoch = self.epoch.fetch_add(1, Ordering::AcqRel) + 1;
        if interrupted {
            self.insist_aside(epoch);
        }
    }

    /// The cell has ended.
    pub(crate) fn end(&self) -> InterruptOutcome {
        let state = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        match *state {
            State { killed: true, .. } => InterruptOutcome::Killed,
            State {
                interrupted: true, ..
            } => InterruptOutcome::Interrupted,
            State { .. } => InterruptOutcome::None,
        }
    }

    /// The process in which cells run.
    pub(crate) fn worker(&self) -> Pid {
        Pid::from_raw(self.worker.load(Ordering::Acquire))
    }

    /// True if what runs was asked to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.lock().interrupted
    }

    /// Stops the cell that runs, if one does: its compiler is ended at once; its
    /// code is asked, and ended with its process if it does not listen.
    pub(crate) fn interrupt(self: &Arc<Self>) {
        let mut state = self.lock();
        let epoch = self.epoch.load(Ordering::Acquire);
        if epoch.is_multiple_of(2) {
            match state.prepared {
                true => state.early = true,
                // A completion, perhaps.
                false => analysis_limits::stop(),
            }
            return;
        }
        if state.interrupted {
            return;
        }
        state.interrupted = true;
        self.insist_aside(epoch);
    }

    /// In a thread of its own, since a part of a cell takes as long as it takes.
    fn insist_aside(self: &Arc<Self>, epoch: u64) {
        let interrupts = Arc::clone(self);
        std::thread::spawn(move || interrupts.insist(epoch));
    }

    fn insist(&self, epoch: u64) {
        let began = Instant::now();
        let mut asked = began;
        let mut worker = self.worker.load(Ordering::Acquire);
        while self.epoch.load(Ordering::Acquire) == epoch {
            // Each may be about to begin: a cell is checked, analysed and compiled in turn.
            analysis_limits::stop();
            end_compilers();
            let present = self.worker.load(Ordering::Acquire);
            if present != worker {
                // The one that was asked is dead; the other has not been asked yet.
                (worker, asked) = (present, Instant::now());
            }
            let storing = self.storing.load(Ordering::Acquire);
            if storing && began.elapsed() < STORING_TIMEOUT {
                // It listens; what comes after gets as long as anything.
                asked = Instant::now();
            }
            if asked.elapsed() > INTERRUPT_TIMEOUT {
                self.end_worker(epoch, worker);
                asked = Instant::now();
            }
            // Repeated: a cell whose compiler just finished begins with a clean slate.
            ask(worker);
            std::thread::sleep(INSISTENCE);
        }
    }

    /// Ends the worker, if the cell still runs that did not listen.
    fn end_worker(&self, epoch: u64, worker: i32) {
        // No cell begins or ends meanwhile: it would be the wrong one that is ended.
        let mut state = self.lock();
        if self.epoch.load(Ordering::Acquire) == epoch {
            state.killed = true;
            signal(worker, Signal::SIGKILL);
        }
    }

    /// Ends the worker and every compiler, for good.
    pub(crate) fn shut_down(&self) {
        end_compilers();
        signal(self.worker.load(Ordering::Acquire), Signal::SIGKILL);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks everybody in the process group that a process leads: also the programs that the
/// cell has started and perhaps waits for.
fn ask(process: i32) {
    if process > 0 && killpg(Pid::from_raw(process), Signal::SIGINT).is_err() {
        signal(process, Signal::SIGINT);
    }
}

/// Compilers are the children that lead a process group of their own (the
/// stand-in for cargo sees to that).
fn end_compilers() {
    for child in processes::children(Pid::this()) {
        if nix::unistd::getpgid(Some(child)) == Ok(child) {
            let _ = killpg(child, Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command, Stdio};

    fn deaf() -> Child {
        let ignoring = "trap '' INT; echo; sleep 30 & wait; wait";
        let mut child = Command::new("sh")
            .args(["-c", ignoring])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Before it has said so it would listen.
        let said = child.stdout.as_mut().unwrap().read_exact(&mut [0]);
        said.unwrap();
        child
    }

    fn number(child: &Child) -> i32 {
        i32::try_from(child.id()).unwrap()
    }

    #[test]
    fn who_does_not_listen_is_ended_but_not_who_comes_after() {
        let (mut first, mut second) = (deaf(), deaf());
        let worker = Arc::new(AtomicI32::new(number(&first)));
        let storing = Arc::new(AtomicBool::new(false));
        let interrupts = Arc::new(InterruptController::new(
            Arc::clone(&worker),
            Arc::clone(&storing),
        ));
        // Whoever stores what a run recorded is given time.
        storing.store(true, Ordering::Release);
        interrupts.begin();
        interrupts.interrupt();
        std::thread::sleep(INTERRUPT_TIMEOUT * 3 / 2);
        assert!(first.try_wait().unwrap().is_none());
        storing.store(false, Ordering::Release);
        std::thread::sleep(INTERRUPT_TIMEOUT * 4 / 5);
        // It dies by itself, and its snapshot takes over before the cell has ended.
        worker.store(number(&second), Ordering::Release);
        std::thread::sleep(INTERRUPT_TIMEOUT / 2);
        assert!(second.try_wait().unwrap().is_none());
        assert_eq!(interrupts.end(), InterruptOutcome::Interrupted);
        std::thread::sleep(INTERRUPT_TIMEOUT);
        assert!(second.try_wait().unwrap().is_none());
        interrupts.begin();
        interrupts.interrupt();
        assert_eq!(second.wait().unwrap().signal(), Some(9));
        assert_eq!(interrupts.end(), InterruptOutcome::Killed);
        first.kill().unwrap();
        first.wait().unwrap();
    }
}
