//! The range of an axis: what the data need, plus matplotlib's margins.

/// Part of the range left free at either end.
const MARGIN: f64 = 0.05;

/// Values beyond this are drawn as if infinite: their differences would be.
const LARGEST: f64 = 1e300;

/// The extent of everything drawn along one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    low: f64,
    high: f64,
    /// Whether some data forbid a margin below or above their own edge, as the
    /// foot of histogram bars and the edges of a matrix do.
    sticky: [Option<f64>; 2],
}

impl Extent {
    pub(crate) fn empty() -> Self {
        Self {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            sticky: [None; 2],
        }
    }

    pub(crate) fn add(&mut self, value: f64) {
        if value.abs() <= LARGEST {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    pub(crate) fn add_all(&mut self, values: &[f64]) {
        for &value in values {
            self.add(value);
        }
    }

    /// No margin below `value` if it is the lowest of all.
    pub(crate) fn stick_low(&mut self, value: f64) {
        self.add(value);
        self.sticky[0] = Some(value);
    }

    /// No margin above `value` if it is the highest of all.
    pub(crate) fn stick_high(&mut self, value: f64) {
        self.add(value);
        self.sticky[1] = Some(value);
    }

    pub(crate) fn join(&mut self, other: &Extent) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        for (own, others) in self.sticky.iter_mut().zip(other.sticky) {
            *own = own.or(others);
        }
    }

    /// The limits of the axis.
    pub(crate) fn limits(&self) -> (f64, f64) {
        if self.low > self.high {
            return (0.0, 1.0);
        }
        let (low, high) = widened(self.low, self.high);
        let margin = (high - low) * MARGIN;
        (
            if self.sticky[0] == Some(low) {
                low
            } else {
                low - margin
            },
            if self.sticky[1] == Some(high) {
                high
            } else {
                high + margin
            },
        )
    }
}

/// The range itself, or one around it if it is too narrow to tell values apart.
pub(crate) fn widened(low: f64, high: f64) -> (f64, f64) {
    let magnitude = low.abs().max(high.abs());
    if high - low > (magnitude * 1e-11).max(1e-290) {
        (low, high)
    } else if magnitude < 1e-280 {
        (-0.5, 0.5)
    } else {
        let half = magnitude * 0.05;
        (low - half, high + half)
    }
}
