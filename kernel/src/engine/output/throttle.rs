//! How much is read of what programs and threads print that nobody waits for.
//!
//! What a pipe is not read of stays in it, and its writer waits: nothing is lost, but a
//! program that prints forever neither floods the notebook nor keeps a cell from its end.

use std::time::{Duration, Instant};

/// How much programs that a cell has started may print at once, bytes.
const BURST: i64 = 4 << 20;
/// How much they may print in a second after that.
const PER_SECOND: i64 = 1 << 20;
/// How much is read between two cells, from programs and threads alike.
const MEANWHILE: usize = 1 << 20;
/// How often a pipe is looked into that prints too much.
const INTERVAL: Duration = Duration::from_millis(20);

/// Says of which pipes may be read.
pub(crate) struct Throttle {
    /// True if a cell runs.
    runs: bool,
    /// What may be read of programs now, less than nothing if it was too much, and when
    /// that was reckoned.
    burst: i64,
    reckoned: Instant,
    /// What may be read until the next cell.
    meanwhile: usize,
    /// What the user is to hear, and whether there was anything since the cell began.
    notice: Option<&'static str>,
    has_noticed: bool,
}

impl Throttle {
    pub(crate) fn new() -> Throttle {
        Throttle {
            runs: false,
            burst: BURST,
            reckoned: Instant::now(),
            meanwhile: MEANWHILE,
            notice: None,
            has_noticed: false,
        }
    }

    /// A cell begins.
    pub(crate) fn begin(&mut self) {
        self.runs = true;
        self.has_noticed = false;
    }

    /// The cell has ended.
    pub(crate) fn end(&mut self) {
        self.runs = false;
        self.meanwhile = MEANWHILE;
    }

    /// True if what the worker itself prints may be read.
    pub(crate) fn lets_worker_through(&self) -> bool {
        self.runs || self.meanwhile > 0
    }

    /// True if what programs print that it has started may be read.
    pub(crate) fn lets_programs_through(&self) -> bool {
        self.burst > 0 && self.lets_worker_through()
    }

    /// Reckons what has been read since.
    pub(crate) fn take(&mut self, of_worker: usize, of_programs: usize) {
        self.reckon(Instant::now());
        self.burst = self.burst.saturating_sub(length(of_programs));
        if !self.runs {
            self.meanwhile = self.meanwhile.saturating_sub(of_worker + of_programs);
        }
        let notice = match self.lets_programs_through() {
            true => return,
            false if self.runs => {
                "(a program that a cell has started prints very much: from here on it is shown at \
                 1 MB per second)"
            }
            false => {
                "(a program or thread of a cell that has ended prints very much: it waits from \
                 here on until the next cell runs)"
            }
        };
        if !self.has_noticed {
            self.has_noticed = true;
            self.notice = Some(notice);
        }
    }

    fn reckon(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.reckoned);
        // Longer ones would fill it anyway.
        let elapsed = elapsed.min(Duration::from_secs(3600)).as_micros() as i64;
        let more = elapsed * PER_SECOND / 1_000_000;
        // Otherwise many short times would add up to nothing.
        if more > 0 {
            self.reckoned = now;
            self.burst = self.burst.saturating_add(more).min(BURST);
        }
    }

    /// What the user is to hear, once.
    pub(crate) fn notice(&mut self) -> Option<&'static str> {
        self.notice.take()
    }

    /// When a pipe may be read again that may not now.
    pub(crate) fn patience(&mut self) -> Option<Duration> {
        self.reckon(Instant::now());
        let waits = self.lets_worker_through() && !self.lets_programs_through();
        waits.then_some(INTERVAL)
    }
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_slowed_down_in_a_cell_and_stops_after_it() {
        let mut throttle = Throttle::new();
        throttle.begin();
        let burst = BURST as usize;
        throttle.take(burst * 10, burst);
        assert!(throttle.lets_worker_through() && !throttle.lets_programs_through());
        assert!(throttle.notice().is_some_and(|text| text.contains("1 MB")));
        let second = Duration::from_secs(1);
        let later = throttle.reckoned + second;
        throttle.reckon(later);
        assert!(throttle.lets_programs_through());
        // What was too much is not forgotten.
        throttle.take(0, 3 * PER_SECOND as usize);
        assert_eq!(throttle.notice(), None);
        throttle.reckon(later + second);
        assert!(!throttle.lets_programs_through());
        throttle.reckon(later + 4 * second);
        throttle.end();
        assert!(throttle.lets_programs_through());
        throttle.take(MEANWHILE, 0);
        assert!(!throttle.lets_worker_through() && !throttle.lets_programs_through());
        assert_eq!(throttle.patience(), None);
        throttle.begin();
        assert!(throttle.lets_worker_through());
    }
}
