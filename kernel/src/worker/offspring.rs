//! Processes that cells have started, and those that these have started: everything below
//! the reaper that is neither the executor nor a snapshot. A process that has lost its
//! parent becomes the reaper's child, so whoever makes himself a daemon is found as well.

use super::ledger::Ledger;
use super::limits::resident;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often those are ended who were started while the others were.
const ROUNDS: usize = 100;
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
    for _ in 0..ROUNDS {
        match all(ledger) {
            Some(offspring) if offspring.is_empty() => return,
            Some(offspring) => end(&offspring),
            None => {}
        }
        std::thread::sleep(PAUSE);
    }
}

/// Ends some of them.
pub(crate) fn end(offspring: &[Offspring]) {
    for one in offspring {
        let _ = kill(one.process, Signal::SIGKILL);
    }
}

/// How much memory a process that a cell has started has of its own, bytes.
pub(crate) fn memory(process: Pid, executor: Pid) -> u64 {
    let file = |process: Pid, name: &str| PathBuf::from(format!("/proc/{process}/{name}"));
    let program = |process| std::fs::read_link(file(process, "exe")).ok();
    if program(process) != program(executor) {
        return resident(process).unwrap_or(0);
    }
    // A copy of the executor, in which most pages are still the executor's; all of them
    // where it is about to start another program.
    if size(process) == size(executor) {
        return 0;
    }
    private(&file(process, "smaps_rollup")).unwrap_or(0)
}

/// The children of a process.
fn children(process: Pid) -> Vec<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let lists = threads.filter_map(|it| std::fs::read_to_string(it.path().join("children")).ok());
    let mut found = Vec::new();
    for list in lists {
        let numbers = list.split_whitespace().filter_map(|word| word.parse().ok());
        found.extend(numbers.map(Pid::from_raw));
    }
    found
}

/// The size of a process's address space, in pages.
fn size(process: Pid) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The memory nobody shares, by such a file of the system's.
fn private(rollup: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(rollup).ok()?;
    let own = text.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes = own.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Some(kilobytes.sum::<u64>() * 1024)
}

/// Since when the machine runs.
fn uptime() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

/// What the system says of a process.
pub(crate) struct Stat {
    /// Whether it has ended and waits to be taken notice of.
    is_dead: bool,
    /// How long it has computed, all threads together.
    pub(crate) computed: Duration,
    pub(crate) threads: usize,
    /// When it was started, since the machine runs.
    started: Duration,
}

impl Stat {
    pub(crate) fn of(process: Pid) -> Option<Stat> {
        let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let ticks = sysconf(SysconfVar::CLK_TCK).ok()??;
        Stat::read(&text, ticks as f64)
    }

    /// The name, in parentheses, may be anything; what follows are numbers.
    fn read(text: &str, ticks: f64) -> Option<Stat> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
        let duration = |count: u64| Duration::from_secs_f64(count as f64 / ticks);
        Some(Stat {
            is_dead: matches!(*fields.first()?, "Z" | "X"),
            computed: duration(number(11)? + number(12)?),
            threads: usize::try_from(number(17)?).ok()?,
            started: duration(number(19)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read_whatever_a_process_is_called() {
        let text = "12 (a) Z (b)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 7 0 12300 1 2";
        let stat = Stat::read(text, 100.0).unwrap();
        assert!(!stat.is_dead);
        assert_eq!(stat.computed, Duration::from_secs(2));
        assert_eq!(stat.threads, 7);
        assert_eq!(stat.started, Duration::from_secs(123));
        let own = Stat::of(nix::unistd::getpid()).unwrap();
        assert!(!own.is_dead && own.threads >= 1 && own.started <= uptime().unwrap());
    }
}
