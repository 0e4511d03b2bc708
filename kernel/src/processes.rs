//! Processes as the system tells of them, by `/proc`, and the signals they are sent.

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::time::Duration;

/// Sends a signal to one process. A number that is read from memory which a cell can write
/// does not make it one to many: 0 and less stand for groups, 1 for the system's first.
pub(crate) fn signal(process: i32, signal: Signal) {
    if process > 1 {
        let _ = kill(Pid::from_raw(process), signal);
    }
}

/// A signal's name; those from 34 on have numbers only.
pub(crate) fn name_of_signal(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(signal) => signal.as_str().to_owned(),
        Err(_) => format!("the real-time signal {number}"),
    }
}

/// A file that becomes readable when a process ends; not every system has it.
pub(crate) fn watch_end(process: Pid) -> Option<OwnedFd> {
    // SAFETY: a system call that opens a file or fails.
    let file = unsafe { libc::syscall(libc::SYS_pidfd_open, process.as_raw(), 0) };
    let file = i32::try_from(file).ok().filter(|file| *file >= 0)?;
    // SAFETY: it was just opened, for nobody else.
    Some(unsafe { OwnedFd::from_raw_fd(file) })
}

/// The children of a process, whichever of its threads has started them.
pub(crate) fn children(process: Pid) -> Vec<Pid> {
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

/// The memory that a process has, as the system counts it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Addresses that mean something.
    pub(crate) addresses: u64,
    /// What of it is in the machine's memory, shared with others or not.
    pub(crate) resident: u64,
}

impl Memory {
    pub(crate) fn of(process: Pid) -> Option<Memory> {
        let text = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
        let page = u64::try_from(sysconf(SysconfVar::PAGE_SIZE).ok()??).ok()?;
        let mut pages = text.split_whitespace().map(str::parse::<u64>);
        Some(Memory {
            addresses: pages.next()?.ok()? * page,
            resident: pages.next()?.ok()? * page,
        })
    }
}

/// How much memory a process uses, in bytes.
pub(crate) fn resident(process: Pid) -> Option<u64> {
    Memory::of(process).map(|memory| memory.resident)
}

/// The memory of a process that it shares with nobody, in bytes.
pub(crate) fn private(process: Pid) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let own = text.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes = own.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Some(kilobytes.sum::<u64>() * 1024)
}

/// Since when the machine runs.
pub(crate) fn uptime() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

/// The state of a process.
pub(crate) struct Stat {
    /// True if it has ended and waits to be taken notice of.
    pub(crate) is_dead: bool,
    pub(crate) parent: i32,
    /// How long it has computed, all threads together.
    pub(crate) computed: Duration,
    pub(crate) threads: usize,
    /// When it was started, since the machine runs.
    pub(crate) started: Duration,
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
            parent: i32::try_from(number(1)?).ok()?,
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
        assert_eq!((stat.parent, stat.threads), (1, 7));
        assert_eq!(stat.computed, Duration::from_secs(2));
        assert_eq!(stat.started, Duration::from_secs(123));
        let own = Stat::of(Pid::this()).unwrap();
        assert!(!own.is_dead && own.threads >= 1 && own.started <= uptime().unwrap());
        assert_eq!(own.parent, Pid::parent().as_raw());
        let memory = Memory::of(Pid::this()).unwrap();
        assert!(memory.addresses >= memory.resident && memory.resident > 0);
        assert!(private(Pid::this()).unwrap() > 0);
    }

    #[test]
    fn children_are_found_and_their_end_is_seen() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let process = Pid::from_raw(i32::try_from(child.id()).unwrap());
        assert!(children(Pid::this()).contains(&process));
        let end = watch_end(process);
        signal(process.as_raw(), Signal::SIGKILL);
        if let Some(end) = end {
            use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
            use std::os::fd::AsFd as _;
            let mut waited = [PollFd::new(end.as_fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut waited, PollTimeout::NONE), Ok(1));
        }
        child.wait().unwrap();
        assert!(!children(Pid::this()).contains(&process));
    }
}
