//! The supervisor: the process evcxr starts.
//!
//! It runs no cell and so outlives them all. It alone speaks to evcxr, so that evcxr
//! hears of each command exactly once, whatever becomes of the process that runs it;
//! and it sees that process die.

use super::executor::cell_of;
use super::ledger::{Ledger, Task};
use super::limits::{Found, Limits, Watch};
use super::link::{self, FromExecutor, Link};
use super::offspring;
use super::snapshot::{Snapshots, end};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// A line evcxr cannot read, since it is no UTF-8. evcxr then takes the command for
/// failed and forgets everything it has noted of the cell: as if it had never been.
const UNREADABLE: &[u8] = b"\xff\n";
/// How many compiled cells stay on the disk, where a backtrace finds their lines.
const CELLS_ON_DISK: usize = 50;
const COMPLETE: &[u8] = b"EVCXR_EXECUTION_COMPLETE\n";

/// What the executor gets to begin with.
pub(crate) struct Inheritance {
    pub(crate) ledger: &'static Ledger,
    pub(crate) link: Link,
    pub(crate) snapshots: Snapshots,
}

/// Starts the executor and watches over it until evcxr closes `commands`. Returns in the
/// executor, with what it needs; in the supervisor only when all is over.
pub(crate) fn run(
    commands: File,
    answers: File,
    limits: Limits,
) -> io::Result<Option<Inheritance>> {
    nix::sys::prctl::set_child_subreaper(true)?;
    let ledger = Ledger::make()?;
    ledger
        .supervisor
        .store(nix::unistd::getpid().as_raw(), Ordering::Release);
    let (ours, theirs) = Link::pair()?;
    let (snapshots, alive) = Snapshots::make(ledger)?;
    // SAFETY: this process has one thread.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => {
            drop((commands, answers, ours, alive));
            ledger
                .executor
                .store(nix::unistd::getpid().as_raw(), Ordering::Release);
            Ok(Some(Inheritance {
                ledger,
                link: theirs,
                snapshots,
            }))
        }
        ForkResult::Parent { child } => {
            ledger.executor.store(child.as_raw(), Ordering::Release);
            drop(theirs);
            let deaths = watch_deaths()?;
            let mut supervisor = Supervisor {
                ledger,
                link: ours,
                snapshots,
                commands,
                commanded: Vec::new(),
                answers,
                deaths,
                watch: Watch::new(limits, ledger),
                command: None,
                cells: VecDeque::new(),
                successor: None,
                _alive: alive,
            };
            let outcome = supervisor.work();
            supervisor.end_everybody();
            outcome.map(|()| None)
        }
    }
}

/// Deaths of children become readable; the terminal's interrupts are the executor's.
fn watch_deaths() -> io::Result<SignalFd> {
    let mut deaths = SigSet::empty();
    deaths.add(Signal::SIGCHLD);
    let mut blocked = deaths;
    blocked.add(Signal::SIGINT);
    blocked.thread_block()?;
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    Ok(SignalFd::with_flags(&deaths, flags)?)
}

struct Supervisor {
    ledger: &'static Ledger,
    link: Link,
    snapshots: Snapshots,
    /// From evcxr, and the beginning of a line that has not come whole.
    commands: File,
    commanded: Vec<u8>,
    /// To evcxr.
    answers: File,
    deaths: SignalFd,
    watch: Watch,
    /// The command evcxr waits for.
    command: Option<String>,
    /// The files of the last cells.
    cells: VecDeque<PathBuf>,
    /// While a snapshot takes over: what is known of it.
    successor: Option<Successor>,
    /// Snapshots whose supervisor is gone see this close.
    _alive: OwnedFd,
}

/// A snapshot that takes over.
struct Successor {
    /// After how many commands it was taken.
    after: u64,
    /// Whether the one that died had begun with the command evcxr waits for.
    had_begun: bool,
}

impl Supervisor {
    fn work(&mut self) -> io::Result<()> {
        loop {
            let mut waited = [
                PollFd::new(self.commands.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.link.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.deaths.as_fd(), PollFlags::POLLIN),
            ];
            let patience = self.watch.patience().map_or(PollTimeout::NONE, |patience| {
                // Rounded up: a wait of nothing would spin.
                PollTimeout::try_from(patience.as_micros().div_ceil(1000))
                    .unwrap_or(PollTimeout::MAX)
            });
            match poll(&mut waited, patience) {
                Err(nix::errno::Errno::EINTR) => continue,
                result => result?,
            };
            let [commanded, told, died] = waited.map(|one| one.any().unwrap_or(true));
            if told {
                self.hear()?;
            }
            if died {
                self.bury()?;
            }
            if commanded && !self.forward()? {
                return Ok(());
            }
            if let Found::OffspringEnded(limit) = self.watch.look() {
                self.link.command(link::offspring_ended(limit))?;
            }
        }
    }

    /// Passes commands on; `false` when evcxr has no more.
    fn forward(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        let length = match self.commands.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            outcome => outcome?,
        };
        self.commanded.extend_from_slice(&bytes[..length]);
        while let Some(end) = self.commanded.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.commanded.drain(..=end).collect();
            self.ledger.commands.fetch_add(1, Ordering::AcqRel);
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            // Who takes over throws away what waits for it, and is given it again.
            if self.successor.is_none() {
                self.link.command(&line)?;
            }
            self.forget_old_cells(&line);
            self.command = Some(line);
        }
        Ok(length > 0)
    }

    /// Removes the files of cells long past: loaded code stays, and a session of
    /// thousands of cells would fill the disk.
    fn forget_old_cells(&mut self, command: &str) {
        if let Some((path, _)) = cell_of(command) {
            self.cells.push_back(path.to_owned());
        }
        while self.cells.len() > CELLS_ON_DISK {
            let oldest = self.cells.pop_front();
            let _ = oldest.map(std::fs::remove_file);
        }
    }

    /// Takes what the executor has told.
    fn hear(&mut self) -> io::Result<()> {
        while let Some(message) = self.link.next_told()? {
            match message {
                FromExecutor::Begun => self.watch.begin(),
                FromExecutor::Over => self.watch.end(),
                FromExecutor::Line(line) => {
                    self.answers.write_all(format!("{line}\n").as_bytes())?;
                }
                FromExecutor::Complete => self.answer(COMPLETE)?,
                FromExecutor::Recovered => self.go_on()?,
            }
        }
        Ok(())
    }

    /// A snapshot has taken over: sees to the command evcxr waits for.
    fn go_on(&mut self) -> io::Result<()> {
        let (Some(successor), Some(line)) = (self.successor.take(), &self.command) else {
            return Ok(());
        };
        if successor.after == self.ledger.commands.load(Ordering::Acquire) {
            // It died after the cell, with the answer on its lips.
            self.answer(COMPLETE)
        } else if successor.had_begun {
            self.answer(UNREADABLE)
        } else {
            self.link.command(line)
        }
    }

    fn answer(&mut self, line: &[u8]) -> io::Result<()> {
        self.watch.end();
        self.command = None;
        self.answers.write_all(line)
    }

    /// Looks who has died. If it was the executor, its snapshot takes over.
    fn bury(&mut self) -> io::Result<()> {
        while self.deaths.read_signal()?.is_some() {}
        loop {
            let (process, status) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(process, code)) => (process, code << 8),
                Ok(WaitStatus::Signaled(process, signal, _)) => (process, signal as i32),
                Ok(WaitStatus::StillAlive) | Err(nix::errno::Errno::ECHILD) => return Ok(()),
                Ok(_) | Err(nix::errno::Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            if process.as_raw() == self.ledger.executor.load(Ordering::Acquire) {
                // What it has still said is true.
                self.hear()?;
                self.replace(status)?;
            } else if let Some((_, slot)) = self
                .ledger
                .waiting()
                .find(|(_, slot)| slot.process() == process.as_raw())
            {
                slot.process.store(0, Ordering::Release);
            }
        }
    }

    /// Puts the newest snapshot, or the one it was told to, in the executor's place.
    fn replace(&mut self, status: i32) -> io::Result<()> {
        self.watch.end();
        self.ledger.is_copying.store(false, Ordering::Release);
        self.ledger.status.store(status, Ordering::Release);
        let alive = |index: &usize| self.ledger.slots[*index].process() != 0;
        let newest = || self.ledger.waiting().max_by_key(|(_, slot)| slot.number());
        let chosen = self.ledger.current().filter(alive);
        let Some(index) = chosen.or_else(|| newest().map(|(index, _)| index)) else {
            return Err(io::Error::other(
                "the process of the cells died, and there is no snapshot",
            ));
        };
        let slot = &self.ledger.slots[index];
        let process = slot.process.swap(0, Ordering::AcqRel);
        self.successor = Some(Successor {
            after: slot.after.load(Ordering::Acquire),
            had_begun: self.command.is_some() && self.ledger.task() == Task::Command,
        });
        self.ledger.set_current(None);
        self.ledger.executor.store(process, Ordering::Release);
        self.snapshots.wake(index)
    }

    fn end_everybody(&self) {
        let executor = self.ledger.executor.load(Ordering::Acquire);
        let _ = kill(Pid::from_raw(executor), Signal::SIGKILL);
        for (_, slot) in self.ledger.waiting() {
            end(slot);
        }
        // Nothing that cells have started outlives their session.
        self.ledger.is_copying.store(false, Ordering::Release);
        offspring::end_all(self.ledger);
    }
}
