//! The things drawn into axes, and the handle by which they get their looks.

use crate::color::Color;
use crate::error::FigureError;
use std::fmt;

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
        cells: Cells,
        rows: usize,
        columns: usize,
    },
    /// Points with the distances below and above them that bars reach.
    ErrorBars {
        x: Vec<f64>,
        y: Vec<f64>,
        x_error: Option<Distances>,
        y_error: Option<Distances>,
        /// Half the length of the strokes across the ends of bars.
        cap: f64,
    },
    /// The area between two lines.
    Band {
        x: Vec<f64>,
        low: Vec<f64>,
        high: Vec<f64>,
    },
    Bars(Bars),
    HorizontalSpan {
        low: f64,
        high: f64,
    },
    VerticalSpan {
        low: f64,
        high: f64,
    },
    HorizontalLine {
        y: f64,
    },
    VerticalLine {
        x: f64,
    },
}

/// The cells of a matrix, row by row.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    /// Values, with those at the ends of their colours if they are given.
    Values(Vec<f64>, Option<(f64, f64)>),
    /// Colours.
    Colors(Vec<Color>),
}

/// Distances below and above each of some points.
pub(crate) type Distances = (Vec<f64>, Vec<f64>);

/// Bars of one thickness, centred on their positions.
#[derive(Clone, Debug)]
pub(crate) struct Bars {
    pub(crate) positions: Vec<f64>,
    pub(crate) lengths: Vec<f64>,
    /// Where each begins.
    pub(crate) base: Vec<f64>,
    pub(crate) thickness: f64,
    /// Whether they reach to the right instead of upwards.
    pub(crate) horizontal: bool,
}

/// How far error bars reach on either side of their points, in units of the axis.
#[derive(Clone, Copy, Debug, Default)]
pub enum Errors<'data> {
    /// No bars in this direction.
    #[default]
    None,
    /// As far on either side, one value for each point.
    Symmetric(&'data [f64]),
    /// Below (left) and above (right), one value each for each point.
    Asymmetric(&'data [f64], &'data [f64]),
}

impl Errors<'_> {
    /// The distances below and above, if they are `points` in number.
    pub(crate) fn checked(self, points: usize) -> Result<Option<Distances>, FigureError> {
        let (below, above) = match self {
            Errors::None => return Ok(None),
            Errors::Symmetric(both) => (both, both),
            Errors::Asymmetric(below, above) => (below, above),
        };
        for errors in [below, above] {
            same_count("errorbar", "errors", points, errors)?;
        }
        Ok(Some((below.to_vec(), above.to_vec())))
    }
}

/// Refuses values that are not as many as the points they belong to.
pub(crate) fn same_count(
    method: &'static str,
    what: &'static str,
    points: usize,
    values: &[f64],
) -> Result<(), FigureError> {
    if values.len() == points {
        return Ok(());
    }
    Err(FigureError::CountMismatch {
        method,
        what,
        points,
        found: values.len(),
    })
}

/// Refuses bars that are not seen.
pub(crate) fn checked_thickness(thickness: f64) -> Result<f64, FigureError> {
    if (1e-300..=1e300).contains(&thickness) {
        Ok(thickness)
    } else {
        Err(FigureError::BadThickness { thickness })
    }
}

/// Data with looks.
#[derive(Clone, Debug)]
pub(crate) struct Artist {
    pub(crate) shape: Shape,
    pub(crate) label: Option<String>,
    pub(crate) color: Color,
    /// The opacity that was asked for, which another colour keeps.
    pub(crate) opacity: Option<f64>,
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

    /// The colour instead of the next one of the cycle. Its opacity counts as long as no
    /// `alpha` is given.
    pub fn color(self, color: Color) -> Self {
        self.artist.color = match self.artist.opacity {
            Some(alpha) => color.with_alpha(alpha),
            None => color,
        };
        self
    }

    /// Opacity, 0.0 to 1.0.
    pub fn alpha(self, alpha: f64) -> Self {
        self.artist.opacity = Some(alpha);
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

    /// How far error bars reach to the sides, instead of what was given before. Has no
    /// effect on other things.
    ///
    /// # Errors
    /// As many values as points are needed.
    pub fn x_errors(self, errors: Errors<'_>) -> Result<Self, FigureError> {
        if let Shape::ErrorBars { x, x_error, .. } = &mut self.artist.shape {
            *x_error = errors.checked(x.len())?;
        }
        Ok(self)
    }

    /// Length in pixels of the strokes across the ends of error bars (0: none). Has no
    /// effect on other things.
    pub fn cap_size(self, length: f64) -> Self {
        if let Shape::ErrorBars { cap, .. } = &mut self.artist.shape
            && length.is_finite()
        {
            *cap = length.clamp(0.0, 100.0) / 2.0;
        }
        self
    }

    /// How thick bars are, in units of the axis. Has no effect on other things.
    ///
    /// # Errors
    /// It must be a positive finite number.
    pub fn thickness(self, thickness: f64) -> Result<Self, FigureError> {
        if let Shape::Bars(bars) = &mut self.artist.shape {
            bars.thickness = checked_thickness(thickness)?;
        }
        Ok(self)
    }

    /// Where each bar begins (0 to begin with): on the ends of others, they are stacked.
    /// Has no effect on other things.
    ///
    /// # Errors
    /// As many values as bars are needed.
    pub fn base(self, values: &[f64]) -> Result<Self, FigureError> {
        if let Shape::Bars(bars) = &mut self.artist.shape {
            same_count("bar", "bases", bars.positions.len(), values)?;
            bars.base = values.to_vec();
        }
        Ok(self)
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
        if let Shape::Matrix {
            cells: Cells::Values(_, limits),
            ..
        } = &mut self.artist.shape
        {
            *limits = Some((low, high));
        }
        Ok(self)
    }
}

impl fmt::Display for ArtistHandle<'_> {
    /// Writes what it is and how large: `line of points: 3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, size) = match &self.artist.shape {
            Shape::Line { x, .. } => ("line of points", x.len()),
            Shape::Scatter { x, .. } => ("scattered points", x.len()),
            Shape::Events { rows } => ("rows of events", rows.len()),
            Shape::Histogram { counts, .. } => ("bins of a histogram", counts.len()),
            Shape::Matrix { rows, .. } => ("rows of a matrix", *rows),
            Shape::ErrorBars { x, .. } => ("points with error bars", x.len()),
            Shape::Band { x, .. } => ("points of a band", x.len()),
            Shape::Bars(bars) => ("bars", bars.positions.len()),
            Shape::HorizontalSpan { .. } => ("horizontal span", 1),
            Shape::VerticalSpan { .. } => ("vertical span", 1),
            Shape::HorizontalLine { .. } => ("horizontal line", 1),
            Shape::VerticalLine { .. } => ("vertical line", 1),
        };
        write!(formatter, "{what}: {size}")
    }
}
