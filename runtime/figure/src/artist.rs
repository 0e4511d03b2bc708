//! The things drawn into axes, and the handle by which they get their looks.

use crate::{Color, FigureError};

/// How a line is broken up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineStyle {
    /// Unbroken.
    #[default]
    Solid,
    /// Long strokes.
    Dashed,
    /// Short strokes.
    Dotted,
    /// No line at all.
    None,
}

/// The data of one thing drawn into axes.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Line {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Scatter {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Events {
        rows: Vec<Vec<f64>>,
    },
    Histogram {
        edges: Vec<f64>,
        counts: Vec<f64>,
    },
    Matrix {
        values: Vec<f64>,
        rows: usize,
        columns: usize,
        limits: Option<(f64, f64)>,
    },
    HorizontalLine {
        y: f64,
    },
    VerticalLine {
        x: f64,
    },
}

/// Data with looks.
#[derive(Clone, Debug)]
pub(crate) struct Artist {
    pub(crate) shape: Shape,
    pub(crate) label: Option<String>,
    pub(crate) color: Color,
    pub(crate) line_width: f64,
    pub(crate) line_style: LineStyle,
    /// Diameter of the marker at each point, if there is one.
    pub(crate) marker_size: Option<f64>,
}

/// What was just added to axes, to be given its looks:
/// `axes.plot(&x, &y)?.label("neuron 0").line_width(1.0);`
#[derive(Debug)]
pub struct ArtistHandle<'axes> {
    pub(crate) artist: &'axes mut Artist,
}

impl ArtistHandle<'_> {
    /// The name in the legend (of a matrix: the label of its colour bar).
    pub fn label(self, label: &str) -> Self {
        self.artist.label = Some(label.to_owned());
        self
    }

    /// The colour instead of the next one of the cycle.
    pub fn color(self, color: Color) -> Self {
        self.artist.color = color;
        self
    }

    /// Opacity, 0.0 to 1.0.
    pub fn alpha(self, alpha: f64) -> Self {
        self.artist.color = self.artist.color.with_alpha(alpha);
        self
    }

    /// Width of lines and event ticks in pixels.
    pub fn line_width(self, width: f64) -> Self {
        if width.is_finite() {
            self.artist.line_width = width.clamp(0.1, 50.0);
        }
        self
    }

    /// Solid, dashed or dotted.
    pub fn line_style(self, style: LineStyle) -> Self {
        self.artist.line_style = style;
        self
    }

    /// Diameter of the markers in pixels; gives a line markers.
    pub fn marker_size(self, diameter: f64) -> Self {
        if diameter.is_finite() {
            self.artist.marker_size = Some(diameter.clamp(0.5, 100.0));
        }
        self
    }

    /// The values at the two ends of a matrix's colour map (default: its smallest
    /// and largest value). Has no effect on other things.
    pub fn color_limits(self, low: f64, high: f64) -> Result<Self, FigureError> {
        if !(low.is_finite() && high.is_finite()) || low == high {
            return Err(FigureError::BadLimits {
                axis: "colour",
                low,
                high,
            });
        }
        if let Shape::Matrix { limits, .. } = &mut self.artist.shape {
            *limits = Some((low, high));
        }
        Ok(self)
    }
}
