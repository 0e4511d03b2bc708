//! Snapshots: copies of the executor that wait until it dies.
//!
//! A copy costs a page table and, later, the pages that either side changes. The
//! newest one takes over when the executor dies; older ones are kept for `:undo`.

use super::link::{FromExecutor, Link};
use super::shared_state::{SharedState, Slot};
use super::termination::end;
use super::{descriptors, reaper};
use crate::processes::resident;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::socket::MsgFlags;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, getpid, getppid, setpgid};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;

/// How many cells can be undone, at most.
pub(crate) const UNDO: usize = 5;
/// How much memory the snapshots kept for that may hold beside the executor, at most,
/// bytes. An estimate from above: each is counted as large as the executor.
pub(super) const UNDO_MEMORY: u64 = 2 << 30;

/// The places snapshots wait in.
pub(crate) struct Snapshots {
    shared: &'static SharedState,
}

/// Connections for a snapshot that takes over, which no cell could have touched.
pub(crate) struct Handover {
    /// To the supervisor.
    pub(crate) link: Link,
    /// To the kernel.
    pub(crate) lines: Lines,
    /// The user's files that the executor has handed over, and their numbers.
    pub(crate) files: Vec<(RawFd, OwnedFd)>,
    /// To report deaths on, if nobody does any more.
    obituaries: Option<OwnedFd>,
}

/// The executor's ends of two sockets to the kernel, or the kernel's.
pub(crate) struct Lines {
    pub(crate) control: UnixStream,
    pub(crate) deliveries: UnixStream,
}

impl Lines {
    /// The kernel's ends and the executor's.
    pub(crate) fn pair() -> io::Result<(Lines, Lines)> {
        let (control, its_control) = UnixStream::pair()?;
        let (deliveries, its_deliveries) = UnixStream::pair()?;
        let ours = Lines {
            control,
            deliveries,
        };
        let theirs = Lines {
            control: its_control,
            deliveries: its_deliveries,
        };
        Ok((ours, theirs))
    }
}

impl Handover {
    /// Hands over what a snapshot needs to take over, by its door.
    pub(crate) fn send(
        door: &OwnedFd,
        link: &Link,
        lines: &Lines,
        files: &[(RawFd, OwnedFd)],
        obituaries: Option<&OwnedFd>,
    ) -> io::Result<()> {
        let mut needed = vec![
            link.as_fd(),
            lines.control.as_fd(),
            lines.deliveries.as_fd(),
        ];
        needed.extend(obituaries.map(OwnedFd::as_fd));
        let packets = files.chunks(descriptors::MOST);
        let follow = u8::try_from(packets.len()).unwrap_or(u8::MAX);
        descriptors::send(door, &[follow], &needed)?;
        for packet in packets.take(usize::from(follow)) {
            let (numbers, files): (Vec<_>, Vec<_>) = packet
                .iter()
                .map(|(number, file)| (*number, file.as_fd()))
                .unzip();
            descriptors::send_numbered(door, b'F', &numbers, &files)?;
        }
        Ok(())
    }

    /// Waits for it; `None` if the supervisor is gone or has given this snapshot up.
    fn receive(door: &OwnedFd) -> Option<Handover> {
        let mut packet = [0; 1 + descriptors::MOST * size_of::<RawFd>()];
        let needed = descriptors::receive(door, &mut packet, MsgFlags::empty());
        let mut needed = needed.ok()?.1.into_iter();
        let follow = packet[0];
        let (link, control, deliveries) = (needed.next()?, needed.next()?, needed.next()?);
        let mut files = Vec::new();
        for _ in 0..follow {
            // What there is no room for is missing then, and said to be.
            match descriptors::receive(door, &mut packet, MsgFlags::empty()) {
                Ok((0, _)) => return None,
                Ok((length, more)) => {
                    files.extend(descriptors::numbered(&packet[1..length], more));
                }
                Err(_) => {}
            }
        }
        Some(Handover {
            link: link.into(),
            lines: Lines {
                control: control.into(),
                deliveries: deliveries.into(),
            },
            files,
            obituaries: needed.next(),
        })
    }
}

/// Which side of a copy this process is.
pub(crate) enum Side {
    /// It goes on.
    Executor,
    /// It has waited, and takes over. Its number among all snapshots.
    Successor(u64, Handover),
}

impl Snapshots {
    pub(crate) fn new(shared: &'static SharedState) -> Snapshots {
        Snapshots { shared }
    }

    /// Copies this process. Returns once in the executor; and, if that dies, once more
    /// in the copy. `hold_still` calls what it is given while nobody else holds what
    /// must not be copied half-way; the copy begins with `part`, which closes what is the
    /// executor's alone, but not the door it waits at.
    pub(crate) fn take(
        &self,
        after: u64,
        link: &Link,
        hold_still: impl FnOnce(&mut dyn FnMut()) -> bool,
        part: impl FnOnce(BorrowedFd<'_>),
    ) -> io::Result<Side> {
        let free = self
            .shared
            .slots
            .iter()
            .position(|slot| slot.process() == 0);
        let Some(free) = free else {
            return Err(io::Error::other("all places for snapshots are taken"));
        };
        let slot = &self.shared.slots[free];
        let number = self.shared.taken.fetch_add(1, Ordering::AcqRel) + 1;
        slot.after.store(after, Ordering::Release);
        slot.cell.store(0, Ordering::Release);
        slot.number.store(number, Ordering::Release);
        // The supervisor has it before there is anybody to wake: no cell can come between.
        let (outside, door) = descriptors::pair()?;
        link.tell(&FromExecutor::Door(free, outside))?;
        // What a cell signals to everybody it can does not end the copies that wait.
        let signals = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        let mut outcome = Err(Errno::EAGAIN);
        let held = hold_still(&mut || {
            self.shared.is_copying.store(true, Ordering::Release);
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
            self.shared.is_copying.store(false, Ordering::Release);
        });
        if !matches!(outcome, Ok(ForkResult::Child)) {
            signals.thread_set_mask()?;
        }
        if !held {
            return Err(io::Error::other(
                "a thread keeps stdout or stderr locked (`lock()`), and a copy would wait for it forever",
            ));
        }
        match outcome? {
            ForkResult::Parent { child } => {
                lead_own_group(child);
                self.shared.set_current(Some(free));
                Ok(Side::Executor)
            }
            ForkResult::Child => {
                part(door.as_fd());
                let handover = self.wait(free, number, &door);
                forget_pending_signals();
                signals.thread_set_mask()?;
                Ok(Side::Successor(number, handover))
            }
        }
    }

    /// Sleeps until this copy is to take over.
    fn wait(&self, index: usize, number: u64, door: &OwnedFd) -> Handover {
        lead_own_group(Pid::from_raw(0));
        let slot = &self.shared.slots[index];
        // Whoever made this copy may have died before noting it; then it is noted here,
        // unless the slot is another one's by now.
        if slot.number() != number {
            leave();
        }
        slot.process.store(getpid().as_raw(), Ordering::Release);
        // When memory runs out, the system should not end this one.
        prefer_to_be_killed(false);
        loop {
            let Some(handover) = Handover::receive(door) else {
                leave();
            };
            if slot.number() != number {
                leave();
            }
            if self.leave_another(index) {
                if let Some(obituaries) = &handover.obituaries {
                    self.become_reaper(obituaries);
                }
                return handover;
            }
        }
    }

    /// Makes another snapshot in the place of this one, which takes over: it may die as
    /// well before it has a snapshot of its own. `false` in the other one.
    fn leave_another(&self, index: usize) -> bool {
        let slot = &self.shared.slots[index];
        // What it is the beginning of has failed or is undone.
        slot.cell.store(0, Ordering::Release);
        self.shared.is_copying.store(true, Ordering::Release);
        // SAFETY: this process has one thread.
        match unsafe { nix::unistd::fork() } {
            Ok(ForkResult::Child) => {
                lead_own_group(Pid::from_raw(0));
                slot.process.store(getpid().as_raw(), Ordering::Release);
                false
            }
            Ok(ForkResult::Parent { child }) => {
                lead_own_group(child);
                slot.process.store(child.as_raw(), Ordering::Release);
                self.shared.is_copying.store(false, Ordering::Release);
                self.shared.set_current(Some(index));
                true
            }
            // It is only the second best.
            Err(_) => {
                self.shared.is_copying.store(false, Ordering::Release);
                true
            }
        }
    }

    /// This process becomes the parent of the one that takes over, which is a copy of it.
    /// Returns in the copy, or if there can be none.
    fn become_reaper(&self, obituaries: &OwnedFd) {
        self.shared
            .reaper
            .store(getpid().as_raw(), Ordering::Release);
        // SAFETY: this process has one thread.
        match unsafe { nix::unistd::fork() } {
            Ok(ForkResult::Child) => {
                lead_own_group(Pid::from_raw(0));
                self.shared
                    .executor
                    .store(getpid().as_raw(), Ordering::Release);
            }
            Ok(ForkResult::Parent { child }) => {
                lead_own_group(child);
                self.shared
                    .executor
                    .store(child.as_raw(), Ordering::Release);
                reaper::hold_only(obituaries);
                let _ = reaper::serve(self.shared, obituaries);
                leave();
            }
            Err(_) => leave(),
        }
    }

    /// Keeps of the older snapshots those that undo cells, as many as there is room for.
    pub(crate) fn thin_out(&self) {
        let current = self.shared.current();
        let mut older: Vec<(usize, &Slot)> = self
            .shared
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
        for (_, slot) in self.shared.waiting() {
            if slot.number() > number {
                end(slot);
            }
        }
    }

    /// True if the snapshot that takes over still waits.
    pub(crate) fn is_safe(&self) -> bool {
        let Some(slot) = self.shared.current().map(|index| &self.shared.slots[index]) else {
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

/// Makes a process group of a process alone, so that a cell which signals its own group
/// (`kill(0, …)`) does not reach it. Called on both sides of a fork: neither may be late.
fn lead_own_group(process: Pid) {
    let _ = setpgid(process, process);
}

/// Takes the signals that came to a process which did not want them.
fn forget_pending_signals() {
    let (all, at_once) = (
        SigSet::all(),
        nix::libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
    );
    // SAFETY: both pointers are good for the call; of the signal nothing is asked for.
    while unsafe { nix::libc::sigtimedwait(all.as_ref(), std::ptr::null_mut(), &raw const at_once) }
        > 0
    {}
}

/// This process runs cells from now on: it ends with its parent, and rather than
/// its snapshot when memory runs out.
pub(crate) fn become_executor(shared: &SharedState) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    if getppid().as_raw() != shared.reaper.load(Ordering::Acquire) {
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
