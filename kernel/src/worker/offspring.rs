//! Processes that cells have started, and those that these have started: everything below
//! the reaper that is neither the executor nor a snapshot. A process that has lost its
//! parent becomes the reaper's child, so whoever makes himself a daemon is found as well.

use super::ledger::Ledger;
use crate::processes::{self, Memory, Stat, children, uptime};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often those are ended who were started while the others were.
const ROUNDS: usize = 100;
/// How often nobody must have been seen. A process that loses its parent while somebody looks
/// is below neither the old one nor the new one in that look; that happens once or twice.
const EMPTY_LOOKS: usize = 4;
/// How long the system gets to take away those that were ended, each time.
const PAUSE: Duration = Duration::from_millis(2);

/// A process that a cell has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offspring {
    pub(crate) process: Pid,
    /// Since it was started.
    pub(crate) age: Duration,
}

/// Everybody there is, in no order. `None` while the executor copies itself: the copy is
/// not known for a snapshot yet.
pub(crate) fn all(ledger: &Ledger) -> Option<Vec<Offspring>> {
    if ledger.is_copying.load(Ordering::Acquire) {
        return None;
    }
    let reaper = Pid::from_raw(ledger.reaper.load(Ordering::Acquire));
    let mut below = Vec::new();
    let mut looked_at = vec![reaper];
    while let Some(process) = looked_at.pop() {
        let found = children(process);
        looked_at.extend(&found);
        below.extend(found);
    }
    if ledger.is_copying.load(Ordering::Acquire) {
        return None;
    }
    let now = uptime()?;
    let foreign = below.into_iter();
    let foreign = foreign.filter(|process| !ledger.is_own(process.as_raw()));
    let offspring = foreign.filter_map(|process| {
        let started = Stat::of(process).filter(|stat| !stat.is_dead)?.started;
        Some(Offspring {
            process,
            age: now.saturating_sub(started),
        })
    });
    Some(offspring.collect())
}

/// Ends all of them, also those that are started meanwhile.
pub(crate) fn end_all(ledger: &Ledger) {
    let mut empty = 0;
    for _ in 0..ROUNDS {
        match all(ledger) {
            Some(offspring) if offspring.is_empty() => empty += 1,
            Some(offspring) => {
                empty = 0;
                end(&offspring);
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
pub(crate) fn end(offspring: &[Offspring]) {
    for one in offspring {
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
