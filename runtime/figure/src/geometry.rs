//! Points and rectangles of a picture, in pixels with y downwards, and maps of values to pixels.

/// A place in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub(crate) fn center(&self) -> Point {
        Point {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    pub(crate) fn contains(&self, point: Point) -> bool {
        (self.x..=self.right()).contains(&point.x) && (self.y..=self.bottom()).contains(&point.y)
    }

    /// The rectangle grown by `margin` on all sides.
    pub(crate) fn grown(&self, margin: f64) -> Rect {
        Rect {
            x: self.x - margin,
            y: self.y - margin,
            width: self.width + 2.0 * margin,
            height: self.height + 2.0 * margin,
        }
    }

    /// The rectangle with its edges on the centres of pixels, where one-pixel
    /// lines are crisp.
    pub(crate) fn snapped(&self) -> Rect {
        let x = self.x.round() + 0.5;
        let y = self.y.round() + 0.5;
        Rect {
            x,
            y,
            width: (self.right().round() + 0.5 - x).max(1.0),
            height: (self.bottom().round() + 0.5 - y).max(1.0),
        }
    }
}

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Evenly.
    #[default]
    Linear,
    /// By their logarithm. Values that are not positive have no place.
    Log,
}

/// A linear or logarithmic map from data to pixels. Falling ranges give flipped axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    kind: AxisScale,
    /// The lower end (or its logarithm) and the way from there to the upper one.
    low: f64,
    span: f64,
    start: f64,
    length: f64,
}

impl Scale {
    /// Maps the range to the pixels from `start` to `start + length`.
    pub(crate) fn new((low, high): (f64, f64), kind: AxisScale, start: f64, length: f64) -> Self {
        let (low, high) = match kind {
            AxisScale::Linear => (low, high),
            AxisScale::Log => (low.ln(), high.ln()),
        };
        Self {
            kind,
            low,
            span: high - low,
            start,
            length,
        }
    }

    /// The pixel of `value`: NaN for what has no place, and bounded, because
    /// later arithmetic must not meet infinities.
    pub(crate) fn pixel(&self, value: f64) -> f64 {
        let value = match self.kind {
            AxisScale::Linear => value,
            AxisScale::Log => value.ln(),
        };
        if !value.is_finite() {
            return f64::NAN;
        }
        let pixel = self.start + (value - self.low) / self.span * self.length;
        if pixel.is_nan() {
            f64::NAN
        } else {
            pixel.clamp(-1e9, 1e9)
        }
    }

    /// The pixel of the foot of a bar: where `value` is, or far beyond the lower end of a
    /// logarithmic axis, which has no zero.
    pub(crate) fn foot(&self, value: f64) -> f64 {
        if self.kind == AxisScale::Log && value <= 0.0 {
            -1e9 * (self.length / self.span).signum() + self.start
        } else {
            self.pixel(value)
        }
    }
}
