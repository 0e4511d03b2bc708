//! Snapshots: copies of the executor that wait until it dies.
//!
//! A copy costs a page table and, later, the pages that either side changes. The
//! newest one takes over when the executor dies; older ones are kept for `:undo`.

use super::ledger::{Ledger, SLOTS, Slot};
use super::limits::resident;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, getpid, getppid, pipe2};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering;

/// How many cells can be undone, at most.
pub(crate) const UNDO: usize = 5;
/// How much memory the snapshots kept for that may hold beside the executor, at most,
/// bytes. An estimate from above: each is counted as large as the executor.
pub(super) const UNDO_MEMORY: u64 = 2 << 30;

/// The places snapshots wait in.
pub(crate) struct Snapshots {
    ledger: &'static Ledger,
    /// For each slot a pipe: a byte in it wakes the snapshot.
    doors: Vec<(OwnedFd, OwnedFd)>,
    /// Closes when the supervisor is gone.
    life: OwnedFd,
}

/// Which side of a copy this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// It goes on.
    Executor,
    /// It has waited, and takes over. Its number among all snapshots.
    Successor(u64),
}

impl Snapshots {
    /// Makes the places. The supervisor keeps the second value for as long as it lives.
    pub(crate) fn make(ledger: &'static Ledger) -> io::Result<(Snapshots, OwnedFd)> {
        let flags = nix::fcntl::OFlag::O_CLOEXEC;
        let doors = (0..SLOTS).map(|_| pipe2(flags)).collect::<Result<_, _>>()?;
        let (life, alive) = pipe2(flags)?;
        let snapshots = Snapshots {
            ledger,
            doors,
            life,
        };
        Ok((snapshots, alive))
    }

    /// Copies this process. Returns once in the executor; and, if that dies, once more
    /// in the copy. `hold_still` calls what it is given while nobody else holds what
    /// must not be copied half-way.
    pub(crate) fn take(
        &self,
        after: u64,
        hold_still: impl FnOnce(&mut dyn FnMut()),
    ) -> io::Result<Side> {
        let free = self
            .ledger
            .slots
            .iter()
            .position(|slot| slot.process() == 0);
        let Some(free) = free else {
            return Err(io::Error::other("all places for snapshots are taken"));
        };
        let slot = &self.ledger.slots[free];
        let number = self.ledger.taken.fetch_add(1, Ordering::AcqRel) + 1;
        slot.after.store(after, Ordering::Release);
        slot.cell.store(0, Ordering::Release);
        slot.number.store(number, Ordering::Release);
        let mut outcome = Err(Errno::EAGAIN);
        hold_still(&mut || {
            self.ledger.is_copying.store(true, Ordering::Release);
            // SAFETY: the copy goes on in this very function; it has the one thread it
            // was made by, and touches no lock of others before it takes over.
            outcome = unsafe { nix::unistd::fork() };
            match outcome {
                Ok(ForkResult::Child) => return,
                Ok(ForkResult::Parent { child }) => {
                    slot.process.store(child.as_raw(), Ordering::Release);
                }
                Err(_) => {}
            }
            self.ledger.is_copying.store(false, Ordering::Release);
        });
        match outcome? {
            ForkResult::Parent { .. } => {
                self.ledger.set_current(Some(free));
                Ok(Side::Executor)
            }
            ForkResult::Child => {
                self.wait(free, number);
                Ok(Side::Successor(number))
            }
        }
    }

    /// The files without which no snapshot can take over.
    pub(crate) fn files(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let doors = self.doors.iter();
        let doors = doors.flat_map(|(inside, outside)| [inside.as_fd(), outside.as_fd()]);
        doors.chain([self.life.as_fd()])
    }

    /// Sleeps until this copy is to take over.
    fn wait(&self, index: usize, number: u64) {
        let slot = &self.ledger.slots[index];
        // Whoever made this copy may have died before noting it; then it is noted here,
        // unless the slot is another one's by now.
        if slot.number() != number {
            leave();
        }
        slot.process.store(getpid().as_raw(), Ordering::Release);
        // When memory runs out, the system should not end this one.
        prefer_to_be_killed(false);
        loop {
            let mut waited = [
                PollFd::new(self.doors[index].0.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.life.as_fd(), PollFlags::POLLIN),
            ];
            if poll(&mut waited, PollTimeout::NONE).is_err() {
                continue;
            }
            let [woken, orphaned] = waited.map(|one| one.any().unwrap_or(true));
            if orphaned {
                leave();
            }
            if !woken || nix::unistd::read(&self.doors[index].0, &mut [0]).is_err() {
                continue;
            }
            if slot.number() != number {
                let _ = self.wake(index);
                leave();
            }
            // Otherwise the byte was for one that died before it could take it.
            let is_meant = self.ledger.executor.load(Ordering::Acquire) == getpid().as_raw();
            if is_meant && self.leave_another(index) == Side::Executor {
                return;
            }
        }
    }

    /// Makes another snapshot in the place of this one, which takes over: it may die as
    /// well before it has a snapshot of its own.
    fn leave_another(&self, index: usize) -> Side {
        let slot = &self.ledger.slots[index];
        // What it is the beginning of has failed or is undone.
        slot.cell.store(0, Ordering::Release);
        self.ledger.is_copying.store(true, Ordering::Release);
        // SAFETY: this process has one thread.
        match unsafe { nix::unistd::fork() } {
            Ok(ForkResult::Child) => {
                slot.process.store(getpid().as_raw(), Ordering::Release);
                Side::Successor(slot.number())
            }
            Ok(ForkResult::Parent { child }) => {
                slot.process.store(child.as_raw(), Ordering::Release);
                self.ledger.is_copying.store(false, Ordering::Release);
                self.ledger.set_current(Some(index));
                Side::Executor
            }
            // It is only the second best.
            Err(_) => {
                self.ledger.is_copying.store(false, Ordering::Release);
                Side::Executor
            }
        }
    }

    /// Called by the supervisor: the snapshot in a slot takes over.
    pub(crate) fn wake(&self, slot: usize) -> io::Result<()> {
        nix::unistd::write(&self.doors[slot].1, &[1])?;
        Ok(())
    }

    /// Keeps of the older snapshots those that undo cells, as many as there is room for.
    pub(crate) fn thin_out(&self) {
        let current = self.ledger.current();
        let mut older: Vec<(usize, &Slot)> = self
            .ledger
            .waiting()
            .filter(|(index, _)| Some(*index) != current)
            .collect();
        older.sort_by_key(|(_, slot)| std::cmp::Reverse(slot.number()));
        let size = resident(getpid()).unwrap_or(0).max(1);
        let room = usize::try_from(UNDO_MEMORY / size)
            .unwrap_or(UNDO)
            .min(UNDO);
        let mut kept = 0;
        for (_, slot) in older {
            if slot.cell() != 0 && kept < room {
                kept += 1;
            } else {
                end(slot);
            }
        }
    }

    /// Ends the snapshots that are younger than this process, which was one itself.
    pub(crate) fn forget_younger_than(&self, number: u64) {
        for (_, slot) in self.ledger.waiting() {
            if slot.number() > number {
                end(slot);
            }
        }
    }

    /// Whether the snapshot that takes over still waits.
    pub(crate) fn is_safe(&self) -> bool {
        let Some(slot) = self.ledger.current().map(|index| &self.ledger.slots[index]) else {
            return false;
        };
        use nix::sys::wait::{WaitPidFlag, WaitStatus};
        let process = Pid::from_raw(slot.process());
        // 0 would be any child, also one of the user's.
        if process.as_raw() <= 0 {
            return false;
        }
        match waitpid(process, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => true,
            _ => {
                slot.process.store(0, Ordering::Release);
                false
            }
        }
    }
}

/// Ends a snapshot for good.
pub(crate) fn end(slot: &Slot) {
    // Noted first: somebody may look for processes that are nobody's just now.
    slot.former.store(slot.process(), Ordering::Release);
    let process = slot.process.swap(0, Ordering::AcqRel);
    if process > 0 {
        let process = Pid::from_raw(process);
        let _ = kill(process, Signal::SIGKILL);
        // If it is not a child of this process, the supervisor will.
        while waitpid(process, None) == Err(Errno::EINTR) {}
    }
}

/// This process runs cells from now on: it ends with the supervisor, and rather than
/// its snapshot when memory runs out.
pub(crate) fn become_executor(ledger: &Ledger) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    if getppid().as_raw() != ledger.supervisor.load(Ordering::Acquire) {
        leave();
    }
    prefer_to_be_killed(true);
    Ok(())
}

fn prefer_to_be_killed(prefer: bool) {
    // Not everywhere allowed, and nothing depends on it.
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open("/proc/self/oom_score_adj");
    let score: &[u8] = if prefer { b"500" } else { b"0" };
    let _ = file.and_then(|mut file| file.write_all(score));
}

/// Ends this process without any of what a process does at its end.
pub(crate) fn leave() -> ! {
    // SAFETY: it does not return, and runs no code of anybody.
    unsafe { nix::libc::_exit(0) }
}
