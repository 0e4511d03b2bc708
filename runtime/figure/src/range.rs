//! The range of an axis: what the data need, plus matplotlib's margins.

use crate::geometry::AxisScale;

/// Part of the range left free at either end.
const MARGIN: f64 = 0.05;

/// Values beyond this are drawn as if infinite: their differences would be.
const LARGEST: f64 = 1e300;

/// The extent of everything drawn along one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    low: f64,
    high: f64,
    scale: AxisScale,
    /// Whether some data forbid a margin below or above their own edge, as the
    /// foot of histogram bars and the edges of a matrix do.
    sticky: [Option<f64>; 2],
}

impl Extent {
    /// No values yet, for an axis of this kind.
    pub(crate) fn empty(scale: AxisScale) -> Self {
        Self {
            scale,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            sticky: [None; 2],
        }
    }

    pub(crate) fn add(&mut self, value: f64) {
        let placed = self.scale == AxisScale::Linear || value > 0.0;
        if placed && value.abs() <= LARGEST {
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
        self.sticky[0] = Some(self.sticky[0].map_or(value, |known| known.min(value)));
    }

    /// No margin above `value` if it is the highest of all.
    pub(crate) fn stick_high(&mut self, value: f64) {
        self.add(value);
        self.sticky[1] = Some(self.sticky[1].map_or(value, |known| known.max(value)));
    }

    pub(crate) fn join(&mut self, other: &Extent) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        if let Some(low) = other.sticky[0] {
            self.stick_low(low);
        }
        if let Some(high) = other.sticky[1] {
            self.stick_high(high);
        }
    }

    /// The limits of the axis.
    pub(crate) fn limits(&self) -> (f64, f64) {
        if self.low > self.high {
            return match self.scale {
                AxisScale::Linear => (0.0, 1.0),
                AxisScale::Log => (1.0, 10.0),
            };
        }
        let (low, high) = match self.scale {
            AxisScale::Linear => widened(self.low, self.high),
            AxisScale::Log => widened_by_decades(self.low, self.high),
        };
        let beyond = match self.scale {
            AxisScale::Linear => {
                let margin = (high - low) * MARGIN;
                (low - margin, high + margin)
            }
            AxisScale::Log => {
                let margin = (high.ln() - low.ln()) * MARGIN;
                ((low.ln() - margin).exp(), (high.ln() + margin).exp())
            }
        };
        let sticks = |end: Option<f64>, limit: f64| end == Some(limit);
        (
            if sticks(self.sticky[0], low) {
                low
            } else {
                beyond.0
            },
            if sticks(self.sticky[1], high) {
                high
            } else {
                beyond.1
            },
        )
    }
}

/// The positive range itself, or a decade around it if it is too narrow.
pub(crate) fn widened_by_decades(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (low.max(1e-290), high.max(1e-290));
    if high / low > 1.0 + 1e-6 {
        (low, high)
    } else {
        (low / 3.0, high * 3.0)
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
