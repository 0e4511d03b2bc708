//! The reaper: the process evcxr starts, and parent of those in which cells run.
//!
//! A parent is within a cell's reach (`getppid`), so this one holds nothing. It reports how
//! its children end, and whatever loses its parent becomes its child. When it is killed,
//! the executor dies with it, and the snapshot that takes over makes another one.

use super::shared_state::SharedState;
use super::termination;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::getpid;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::sync::atomic::Ordering;

/// How a process ended, as the supervisor hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Obituary {
    pub(crate) process: i32,
    /// A wait status of the system.
    pub(crate) status: i32,
}

impl Obituary {
    pub(crate) const SIZE: usize = 8;

    fn to_bytes(self) -> [u8; Obituary::SIZE] {
        let both = u64::from(self.process as u32) << 32 | u64::from(self.status as u32);
        both.to_le_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; Obituary::SIZE]) -> Obituary {
        let both = u64::from_le_bytes(bytes);
        Obituary {
            process: (both >> 32) as i32,
            status: both as i32,
        }
    }
}

/// Waits for children until the supervisor is gone, and ends what the supervisor, if its
/// kernel was killed, could not. Only a signal that nobody can block ends this process.
pub(crate) fn serve(shared: &SharedState, obituaries: &OwnedFd) -> io::Result<()> {
    SigSet::all().thread_block()?;
    // The end of the kernel is seen by the line, and there is something left to do then.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(None)?;
    nix::sys::prctl::set_child_subreaper(true)?;
    let mut deaths = SigSet::empty();
    deaths.add(Signal::SIGCHLD);
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let deaths = SignalFd::with_flags(&deaths, flags)?;
    let outcome = report_deaths(shared, obituaries, &deaths);
    // Or a later reaper has taken over, and with it everybody.
    if shared.reaper.load(Ordering::Acquire) == getpid().as_raw() {
        termination::end_everybody(shared);
    }
    outcome
}

/// Reports how children end until the line is closed, which a report may be the first to
/// find out.
fn report_deaths(shared: &SharedState, obituaries: &OwnedFd, deaths: &SignalFd) -> io::Result<()> {
    loop {
        // Also at the beginning: somebody may have died before anybody looked.
        while let Some(obituary) = next_death() {
            let slots = &shared.slots;
            if let Some(slot) = slots.iter().find(|slot| slot.process() == obituary.process) {
                slot.process.store(0, Ordering::Release);
            }
            super::descriptors::send(obituaries, &obituary.to_bytes(), &[])?;
        }
        let mut waited = [
            PollFd::new(deaths.as_fd(), PollFlags::POLLIN),
            PollFd::new(obituaries.as_fd(), PollFlags::empty()),
        ];
        if poll(&mut waited, PollTimeout::NONE).is_err() {
            continue;
        }
        if waited[1].any().unwrap_or(true) {
            return Ok(());
        }
        while deaths.read_signal()?.is_some() {}
    }
}

/// A child that has ended. Not by `nix`, which fails where it has no name for a signal.
fn next_death() -> Option<Obituary> {
    let mut status = 0;
    // SAFETY: the pointer is good for the call.
    let process = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    (process > 0).then_some(Obituary { process, status })
}

/// Closes every file but one: a reaper keeps nothing open that others have closed.
pub(crate) fn hold_only(file: &OwnedFd) {
    let kept = file.as_raw_fd() as libc::c_uint;
    // SAFETY: this process goes on with code that uses that one file only.
    unsafe {
        if kept > 0 {
            libc::syscall(libc::SYS_close_range, 0, kept - 1, 0);
        }
        libc::syscall(libc::SYS_close_range, kept + 1, libc::c_uint::MAX, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_obituary_is_read_as_it_was_written() {
        for (process, status) in [(1, 0), (i32::MAX, 64), (4711, -1)] {
            let obituary = Obituary { process, status };
            assert_eq!(Obituary::from_bytes(obituary.to_bytes()), obituary);
        }
    }
}
