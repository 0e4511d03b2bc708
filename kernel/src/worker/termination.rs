//! How the processes of the cells are ended: a snapshot that is of no use any more, and all
//! of them with the session.

use super::descendants;
use super::shared_state::{SharedState, Slot};
use crate::processes::signal;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::sync::atomic::Ordering;

/// Ends a snapshot for good.
pub(crate) fn end(slot: &Slot) {
    // Noted first: somebody may look for processes that are nobody's just now.
    slot.former.store(slot.process(), Ordering::Release);
    let process = slot.process.swap(0, Ordering::AcqRel);
    if process > 0 {
        let process = Pid::from_raw(process);
        if kill(process, Signal::SIGKILL).is_err() {
            return;
        }
        // If it is not a child of this process, its reaper will.
        while waitpid(process, None) == Err(Errno::EINTR) {}
    }
}

/// Ends the executor, the snapshots and what cells have started, none of which outlives the
/// session. The reaper stays: what has lost its parent is found below it only.
pub(crate) fn end_everybody(shared: &SharedState) {
    signal(shared.executor.load(Ordering::Acquire), Signal::SIGKILL);
    for (_, slot) in shared.waiting() {
        end(slot);
    }
    shared.is_copying.store(false, Ordering::Release);
    descendants::end_all(shared);
}
