//! The links between the FPGA and the chip: what they let through.
//!
//! Events travel between FPGA and chip in both directions at 125 million per second if it
//! goes on for long. That is an estimate, as is the room in which events wait for their
//! turn: what counts is that a burst of hundreds at once arrives whole, as on the real
//! chip, and that much more than the link can carry does not. An event that finds no room
//! is lost, as there; unlike there, one that has waited is not late.

/// Time one event takes on a link, µs: a cycle of the FPGA's clock.
pub const TIME_OF_EVENT: f64 = 0.008;
/// Events that can wait.
pub const FIFO_DEPTH: usize = 1024;

/// A link that lets one event through in 8 ns: a bucket with a leak.
#[derive(Debug, Clone, Default)]
pub struct LeakyBucket {
    /// Events that wait, as of `last`. Fractions are events that are half through.
    waiting: f64,
    /// Time at which the last event came, µs.
    last: f64,
}

impl LeakyBucket {
    /// A link on which nothing waits.
    pub fn new() -> LeakyBucket {
        LeakyBucket::default()
    }

    /// Tells whether `events` that come together at `time` (µs, never earlier than the ones
    /// before) get through.
    pub fn pass(&mut self, time: f64, events: usize) -> bool {
        self.waiting -= (time - self.last).max(0.0) / TIME_OF_EVENT;
        self.waiting = self.waiting.max(0.0);
        self.last = self.last.max(time);
        // A hair's breadth for the rounding of times.
        let fits = self.waiting + events as f64 <= FIFO_DEPTH as f64 + 1e-6;
        if fits {
            self.waiting += events as f64;
        }
        fits
    }
}

/// Counts events as they come in any order, to tell at little cost whether a link could
/// lose any: mostly it could not, and then they need not be sorted.
#[derive(Debug, Clone)]
pub struct RateHistogram {
    counts: Vec<u32>,
    begin: f64,
    stretch: f64,
    all: usize,
}

impl RateHistogram {
    /// A crowd between two times, µs.
    pub fn new(begin: f64, end: f64) -> RateHistogram {
        let stretches = ((end - begin) / STRETCH).ceil().clamp(1.0, MOST_STRETCHES);
        RateHistogram {
            counts: vec![0; stretches as usize + 1],
            begin,
            stretch: ((end - begin) / stretches).max(STRETCH),
            all: 0,
        }
    }

    /// Adds events at a time.
    pub fn add(&mut self, time: f64, events: usize) {
        // What is outside is counted at the edge.
        let stretch = ((time - self.begin) / self.stretch).max(0.0) as usize;
        let stretch = stretch.min(self.counts.len() - 1);
        self.counts[stretch] = self.counts[stretch].saturating_add(events as u32);
        self.all = self.all.saturating_add(events);
    }

    /// Tells whether all of them surely get through an idle link.
    ///
    /// Since an event came when nothing waited, at most so many can have come as fit into
    /// the stretches it took, and in all but two of them the link has carried as many away.
    pub fn is_sparse(&self) -> bool {
        self.all <= FIFO_DEPTH
            || self
                .counts
                .iter()
                .all(|&count| count as usize <= FIFO_DEPTH / 2)
    }
}

/// In so much time, µs, the link carries half of what can wait.
const STRETCH: f64 = (FIFO_DEPTH / 2) as f64 * TIME_OF_EVENT;
/// Largest number of counts: 4 MB. Those of a run of more than 4 s are of longer
/// stretches, and so more careful.
const MOST_STRETCHES: f64 = 1e6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_gets_through_and_a_flood_at_the_rate_of_the_link() {
        let mut link = LeakyBucket::new();
        let burst = (0..3 * FIFO_DEPTH).filter(|_| link.pass(5.0, 1)).count();
        assert_eq!(burst, FIFO_DEPTH);
        // Later there is room for what the link has carried since.
        assert!(link.pass(5.0 + 10.0 * TIME_OF_EVENT, 10));
        assert!(!link.pass(5.0 + 10.0 * TIME_OF_EVENT, 1));

        // Twice what it can carry, for a long time: half gets through.
        let mut link = LeakyBucket::new();
        let passed = |&event: &u32| link.pass(f64::from(event) * TIME_OF_EVENT / 2.0, 1);
        let passed = (0..200_000_u32).filter(passed).count();
        assert!(
            (100_000..=100_000 + FIFO_DEPTH + 1).contains(&passed),
            "{passed}"
        );

        // As much as it can carry, for a long time: all gets through.
        let mut link = LeakyBucket::new();
        assert!((0..200_000_u32).all(|event| link.pass(f64::from(event) * TIME_OF_EVENT, 1)));
    }

    #[test]
    fn a_sparse_crowd_loses_nothing() {
        // The most that counts as sparse: every stretch full, as late in it or as early.
        for at in [0.0, 0.999] {
            let mut histogram = RateHistogram::new(0.0, 20.0 * STRETCH);
            let mut link = LeakyBucket::new();
            for stretch in 0..20 {
                let late = if stretch % 2 == 0 { at } else { 0.999 - at };
                let time = (f64::from(stretch) + late) * STRETCH;
                for _ in 0..FIFO_DEPTH / 2 {
                    histogram.add(time, 1);
                    assert!(link.pass(time, 1));
                }
            }
            assert!(histogram.is_sparse());
            histogram.add(0.0, 1);
            assert!(!histogram.is_sparse());
        }
        let mut few = RateHistogram::new(0.0, f64::NAN);
        (0..FIFO_DEPTH).for_each(|_| few.add(0.0, 1));
        assert!(few.is_sparse());
    }
}
