//! Processes that cells have started, and those that these have started: everything below
//! the reaper that is neither the executor nor a snapshot. A process that has lost its
//! parent becomes the reaper's child, so whoever makes himself a daemon is found as well.

use super::shared_state::SharedState;
use crate::processes::{self, Memory, Stat, children, uptime};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Rounds of killing, for processes that were started during the round before.
const ROUNDS: usize = 100;
/// How often nobody must have been seen. A process that loses its parent while somebody looks
/// is below neither the old one nor the new one in that look; that happens once or twice.
const EMPTY_LOOKS: usize = 4;
/// How long the system gets to take away those that were ended, each time.
const PAUSE: Duration = Duration::from_millis(2);

/// A process that a cell has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Descendant {
    pub(crate) process: Pid,
    /// Since it was started.
    pub(crate) age: Duration,
}

/// Everybody there is, in no order. `None` while the executor copies itself: the copy is
/// not known for a snapshot yet.
pub(crate) fn all(shared: &SharedState) -> Option<Vec<Descendant>> {
    if shared.is_copying.load(Ordering::Acquire) {
        return None;
    }
    let reaper = Pid::from_raw(shared.reaper.load(Ordering::Acquire));
    let mut below = Vec::new();
    let mut looked_at = vec![reaper];
    while let Some(process) = looked_at.pop() {
        let found = children(process);
        looked_at.extend(&found);
        below.extend(found);
    }
    if shared.is_copying.load(Ordering::Acquire) {
        return None;
    }
    let now = uptime()?;
    let foreign = below.into_iter();
    let foreign = foreign.filter(|process| !shared.is_own(process.as_raw()));
    let descendants = foreign.filter_map(|process| {
        let started = Stat::of(process).filter(|stat| !stat.is_dead)?.started;
        Some(Descendant {
            process,
            age: now.saturating_sub(started),
        })
    });
    Some(descendants.collect())
}

/// Ends all of them, also those that are started meanwhile.
pub(crate) fn end_all(shared: &SharedState) {
    let mut empty = 0;
    for _ in 0..ROUNDS {
        match all(shared) {
            Some(descendants) if descendants.is_empty() => empty += 1,
            Some(descendants) => {
                empty = 0;
                end(&descendants);
            }
            None => {}
        }
        if empty == EMPTY_LOOKS {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Ends some of them.
pub(crate) fn end(descendants: &[Descendant]) {
    for one in descendants {
        processes::signal(one.process.as_raw(), Signal::SIGKILL);
    }
}

/// How much memory a process that a cell has started has of its own, bytes.
pub(crate) fn memory(process: Pid, executor: Pid) -> u64 {
    let program = |process| std::fs::read_link(format!("/proc/{process}/exe")).ok();
    if program(process) != program(executor) {
        return processes::resident(process).unwrap_or(0);
    }
    // A copy of the executor, in which most pages are still the executor's; all of them
    // where it is about to start another program.
    let addresses = |process| Memory::of(process).map(|memory| memory.addresses);
    if addresses(process) == addresses(executor) {
        return 0;
    }
    processes::private(process).unwrap_or(0)
}
