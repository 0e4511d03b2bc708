//! One axis: its range, whether it is logarithmic, and its ticks. It stands in for
//! plotters' own ranges, whose labels have too many digits, whose steps know no 2.5, and
//! which wrap around for values far outside.

use crate::canvas::{FINE, crisp, fine};
use crate::geometry::{AxisScale, Scale};
use crate::ticks::Ticks;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// Range and ticks of one axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) scale: AxisScale,
    pub(crate) ticks: Ticks,
    /// Whether numbers stand at the ticks; the axes below may show those of a shared axis.
    pub(crate) labelled: bool,
}

impl Axis {
    /// The map from values to pixels that puts the range at `start` to `start + length`.
    pub(crate) fn pixels(&self, start: f64, length: f64) -> Scale {
        Scale::new((self.low, self.high), self.scale, start, length)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    /// Where a tick is: in the middle of a pixel. Series know fractions of one.
    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let unit = f64::from(FINE);
        let start = f64::from(from) / unit;
        let pixel = self
            .pixels(start, f64::from(to) / unit - start)
            .pixel(*value);
        // A cast of what is not a number is 0; no tick is at such a value.
        fine(crisp(pixel.clamp(-1e5, 1e5)))
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // The layout has chosen as many as there is room for; minor ticks have no line.
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.values.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let mut ticks = self.ticks.values.iter().zip(&self.ticks.labels);
        ticks
            .find(|(tick, _)| self.labelled && *tick == value)
            .map_or(String::new(), |(_, label)| label.clone())
    }
}
