//! The clock of the chip that spikes are stamped with.

/// The clock spikes are stamped with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Cycles per µs: a whole number, unlike the cycle in µs, so that stamps
    /// are as exact as they can be.
    pub frequency: f64,
}

impl Clock {
    /// The first cycle not before `time`.
    pub fn next_cycle(self, time: f64) -> f64 {
        (time * self.frequency - 1e-6).ceil() / self.frequency
    }
}
