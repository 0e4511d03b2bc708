//! Limits a teacher can set: `HXKERNEL_MEMORY_LIMIT` and `HXKERNEL_CELL_TIMEOUT`.
//! Crossing one ends the cell, not the session.

use super::descendants::{self, Descendant};
use super::shared_state::{Limit, SharedState};
use crate::processes::{self, Stat, resident};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Memory of the process in which cells run and of those it starts: `2GB`, `512MB`, or bytes.
pub(crate) const MEMORY: &str = "HXKERNEL_MEMORY_LIMIT";
/// How long a cell may run, without the time its compilation takes: `60`, in seconds.
pub(crate) const TIME: &str = "HXKERNEL_CELL_TIMEOUT";

/// From this size on, bytes, not all snapshots for `:undo` have room.
pub(crate) const LARGE_SESSION: u64 = super::snapshot::UNDO_MEMORY / super::snapshot::UNDO as u64;

/// Interval between checks of memory.
const INTERVAL: Duration = Duration::from_millis(20);
/// Interval between checks of all limits between two cells.
const INTERVAL_BETWEEN_CELLS: Duration = Duration::from_millis(100);
/// How exactly the system notes when a process was started.
const CLOCK_TICK: Duration = Duration::from_millis(20);
/// How long a cell has to stop by itself when its time is over.
const GRACE: Duration = Duration::from_secs(1);
/// An allocation of more than twice the limit, or than the limit and this, fails at once.
const LARGEST_EXCESS: u64 = 1 << 30;

/// The limits of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Limits {
    /// Bytes.
    pub(crate) memory: Option<u64>,
    pub(crate) time: Option<Duration>,
}

impl Limits {
    /// Reads the environment.
    ///
    /// # Errors
    /// A sentence about the first value that cannot be understood.
    pub(crate) fn of_the_environment() -> Result<Limits, String> {
        let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let memory = read(MEMORY).map(|text| {
            bytes(&text).ok_or_else(|| {
                format!("{MEMORY} is '{text}', which is no amount of memory such as 2GB or 512MB")
            })
        });
        let time = read(TIME).map(|text| {
            seconds(&text).ok_or_else(|| {
                format!("{TIME} is '{text}', which is no number of seconds such as 60")
            })
        });
        Ok(Limits {
            memory: memory.transpose()?,
            time: time.transpose()?,
        })
    }

    /// Makes allocations fail that are far beyond the limit, for this process and its children.
    pub(crate) fn restrict_this_process(&self) -> std::io::Result<()> {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let Some(memory) = self.memory else {
            return Ok(());
        };
        let (_, hard) = getrlimit(Resource::RLIMIT_DATA)?;
        let most = memory.saturating_add(memory.max(LARGEST_EXCESS)).min(hard);
        Ok(setrlimit(Resource::RLIMIT_DATA, most, hard)?)
    }
}

/// `2GB`, `512 MB`, `1GiB`, `1000000`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text
        .find(|one: char| !one.is_ascii_digit() && one != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    (bytes >= 1.0).then_some(bytes as u64)
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().trim_end_matches('s').trim_end().parse().ok()?;
    let duration = Duration::try_from_secs_f64(seconds).ok()?;
    (!duration.is_zero()).then_some(duration)
}

/// Watches what the executor does, and the processes that cells have started: while
/// something runs, and between.
pub(crate) struct Watch {
    limits: Limits,
    shared: &'static SharedState,
    /// When the command began that runs, or what the kernel has handed in.
    began: Option<Instant>,
    /// True if it was asked to stop.
    asked: bool,
    /// How long the executor had computed when nothing ran any more.
    computed: Option<Duration>,
    /// Processes that were ended and take a while to go.
    ended: Vec<Pid>,
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// Processes that cells had started were ended, and nothing else was.
    OffspringEnded(Limit),
}

impl Watch {
    pub(crate) fn new(limits: Limits, shared: &'static SharedState) -> Watch {
        Watch {
            limits,
            shared,
            began: None,
            asked: false,
            computed: None,
            ended: Vec::new(),
        }
    }

    pub(crate) fn begin(&mut self) {
        self.began = Some(Instant::now());
        self.asked = false;
    }

    pub(crate) fn end(&mut self) {
        self.began = None;
        self.computed = None;
    }

    /// When to look next.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let Some(began) = self.began else {
            let any = self.limits.memory.is_some() || self.limits.time.is_some();
            return any.then_some(INTERVAL_BETWEEN_CELLS);
        };
        let memory = self.limits.memory.map(|_| INTERVAL);
        let time = self.limits.time.map(|time| {
            let until = if self.asked { time + GRACE } else { time };
            until.saturating_sub(began.elapsed())
        });
        memory.into_iter().chain(time).min()
    }

    /// Ends what has crossed a limit.
    pub(crate) fn look(&mut self) -> Found {
        let executor = self.shared.executor.load(Ordering::Acquire);
        let executor = Pid::from_raw(executor);
        if let Some(most) = self.limits.memory
            && let Some(found) = self.look_at_memory(most, executor)
        {
            return found;
        }
        let Some(most) = self.limits.time else {
            return Found::Nothing;
        };
        match self.began {
            Some(began) => self.look_at_time(most, began, executor),
            None => self.look_at_time_between_cells(most, executor),
        }
    }

    /// The executor and what cells have started may have so much together.
    fn look_at_memory(&mut self, most: u64, executor: Pid) -> Option<Found> {
        let own = resident(executor)?;
        // Looking at the others takes longer, and mostly there are none.
        let descendants = self.descendants();
        let others = descendants.iter().map(|one| one.process);
        let others: u64 = others.map(|it| descendants::memory(it, executor)).sum();
        if own.saturating_add(others) <= most {
            return None;
        }
        self.end_descendants(&descendants);
        if self.began.is_none() && own <= most {
            return Some(Found::OffspringEnded(Limit::Memory));
        }
        // Between two cells it is worth it only if the snapshot is smaller.
        let snapshot = self.shared.current().map(|index| &self.shared.slots[index]);
        let snapshot = snapshot.and_then(|slot| resident(Pid::from_raw(slot.process())));
        if self.began.is_some() || snapshot.is_some_and(|bytes| bytes <= most) {
            self.end_executor(Limit::Memory, executor);
        }
        Some(Found::Nothing)
    }

    fn look_at_time(&mut self, most: Duration, began: Instant, executor: Pid) -> Found {
        if began.elapsed() < most {
            return Found::Nothing;
        }
        self.shared.set_limit(Limit::Time);
        if !self.asked {
            self.asked = true;
            processes::signal(executor.as_raw(), Signal::SIGINT);
            return Found::Nothing;
        }
        if began.elapsed() >= most + GRACE {
            let mut descendants = self.descendants();
            descendants.retain(|one| one.age <= began.elapsed() + CLOCK_TICK);
            self.end_descendants(&descendants);
            self.end_executor(Limit::Time, executor);
        }
        Found::Nothing
    }

    /// What cells leave behind may go on for as long as a cell may: a process since it was
    /// started, threads as long as they compute.
    fn look_at_time_between_cells(&mut self, most: Duration, executor: Pid) -> Found {
        let mut descendants = self.descendants();
        descendants.retain(|one| one.age > most);
        self.end_descendants(&descendants);
        if let Some(stat) = Stat::of(executor) {
            let since = *self.computed.get_or_insert(stat.computed);
            if stat.threads > 1 && stat.computed.saturating_sub(since) > most {
                self.end_executor(Limit::Time, executor);
            }
        }
        match descendants.is_empty() {
            true => Found::Nothing,
            false => Found::OffspringEnded(Limit::Time),
        }
    }

    /// The processes that cells have started, but for those that were ended before.
    fn descendants(&mut self) -> Vec<Descendant> {
        let mut all = descendants::all(self.shared).unwrap_or_default();
        let is_there = |process: &Pid| all.iter().any(|one| one.process == *process);
        self.ended.retain(is_there);
        all.retain(|one| !self.ended.contains(&one.process));
        all
    }

    fn end_descendants(&mut self, descendants: &[Descendant]) {
        descendants::end(descendants);
        self.ended.extend(descendants.iter().map(|one| one.process));
    }

    fn end_executor(&mut self, limit: Limit, executor: Pid) {
        self.shared.set_limit(limit);
        processes::signal(executor.as_raw(), Signal::SIGKILL);
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, amount) in [
            ("2GB", Some(2_000_000_000)),
            ("1.5 GiB", Some(1_610_612_736)),
            ("512mb", Some(512_000_000)),
            ("4096", Some(4096)),
            ("0", None),
            ("-1", None),
            ("much", None),
            ("1 TB/s", None),
        ] {
            assert_eq!(bytes(text), amount, "{text}");
        }
        assert_eq!(seconds("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(seconds("60 s"), Some(Duration::from_secs(60)));
        for text in ["0", "-1", "NaN", "1e300", "soon"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
