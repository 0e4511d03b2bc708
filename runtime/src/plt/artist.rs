//! One thing that is drawn: its data, its looks, and the handle that changes them.

use super::figure::{Figure, keep, with_state};
use crate::{Error, Number};
use hx_figure::{Color, FigureError, LineStyle};
use std::fmt;

/// The data of one thing.
pub(super) enum Shape {
    Line(Vec<f64>, Vec<f64>),
    Dots(Vec<f64>, Vec<f64>),
    Events(Vec<Vec<f64>>),
    Histogram(Vec<f64>, usize),
    Matrix(Vec<Vec<f64>>),
    Horizontal(f64),
    Vertical(f64),
}

/// The looks of one thing, as far as the user gave them.
#[derive(Default)]
pub(super) struct Looks {
    label: Option<String>,
    color: Option<Color>,
    alpha: Option<f64>,
    width: Option<f64>,
    style: Option<LineStyle>,
    marker: Option<f64>,
    limits: Option<(f64, f64)>,
}

/// One thing that is drawn.
pub(super) struct Drawn {
    pub shape: Shape,
    pub looks: Looks,
}

impl Drawn {
    pub(super) fn draw(&self, axes: &mut hx_figure::Axes) -> Result<(), FigureError> {
        let mut artist = match &self.shape {
            Shape::Line(x, y) => axes.plot(x, y)?,
            Shape::Dots(x, y) => axes.scatter(x, y)?,
            Shape::Events(rows) => axes.eventplot(rows),
            Shape::Histogram(values, bins) => axes.hist(values, *bins)?,
            Shape::Matrix(rows) => axes.imshow(rows)?,
            Shape::Horizontal(y) => axes.axhline(*y),
            Shape::Vertical(x) => axes.axvline(*x),
        };
        let looks = &self.looks;
        if let Some(label) = &looks.label {
            artist = artist.label(label);
        }
        if let Some(color) = looks.color {
            artist = artist.color(color);
        }
        if let Some(alpha) = looks.alpha {
            artist = artist.alpha(alpha);
        }
        if let Some(width) = looks.width {
            artist = artist.line_width(width);
        }
        if let Some(style) = looks.style {
            artist = artist.line_style(style);
        }
        if let Some(size) = looks.marker {
            artist = artist.marker_size(size);
        }
        if let Some((low, high)) = looks.limits {
            artist.color_limits(low, high)?;
        }
        Ok(())
    }
}

/// Something that was drawn, to be given its looks under pyplot's names:
/// `plt::plot(x, y).label("neuron 0").color("red").linestyle("--");`
#[derive(Clone)]
pub struct Artist {
    pub(super) figure: Figure,
    pub(super) axes: usize,
    pub(super) index: usize,
}

impl Artist {
    /// The name in the legend (of a matrix: the label of its colour bar).
    pub fn label(self, label: impl Into<String>) -> Artist {
        let label = label.into();
        with(self, |looks| looks.label = Some(label))
    }

    /// The colour: a name (`"red"`, `"tab:blue"`, `"C0"`) or `"#rrggbb"`.
    pub fn color(self, name: &str) -> Artist {
        match Color::parse(name) {
            Ok(color) => with(self, |looks| looks.color = Some(color)),
            Err(error) => refused(self, "color", error.to_string()),
        }
    }

    /// Opacity, 0 to 1.
    pub fn alpha(self, alpha: impl Number) -> Artist {
        with(self, |looks| looks.alpha = Some(alpha.number()))
    }

    /// Width of lines in pixels.
    pub fn linewidth(self, width: impl Number) -> Artist {
        with(self, |looks| looks.width = Some(width.number()))
    }

    /// How lines are drawn: `"-"`, `"--"`, `":"` or `""` (not at all).
    pub fn linestyle(self, style: &str) -> Artist {
        let style = match style {
            "-" | "solid" => LineStyle::Solid,
            "--" | "dashed" => LineStyle::Dashed,
            ":" | "dotted" => LineStyle::Dotted,
            "" | " " | "None" | "none" => LineStyle::None,
            other => {
                let reason =
                    format!("there is no line style \"{other}\"; use \"-\", \"--\", \":\" or \"\"");
                return refused(self, "linestyle", reason);
            }
        };
        with(self, |looks| looks.style = Some(style))
    }

    /// Diameter of the markers in pixels; gives a line markers.
    pub fn markersize(self, diameter: impl Number) -> Artist {
        with(self, |looks| looks.marker = Some(diameter.number()))
    }

    /// The values at the two ends of a matrix's colours.
    pub fn clim(self, low: impl Number, high: impl Number) -> Artist {
        with(self, |looks| {
            looks.limits = Some((low.number(), high.number()))
        })
    }
}

// Functions rather than methods: completion in a cell lists private methods too.

fn with(artist: Artist, change: impl FnOnce(&mut Looks)) -> Artist {
    let (axes, index) = (artist.axes, artist.index);
    with_state(&artist.figure, |state| {
        change(&mut state.axes[axes].drawn[index].looks);
    });
    artist
}

fn refused(artist: Artist, function: &'static str, reason: String) -> Artist {
    keep(&artist.figure, Error::Drawing { function, reason });
    artist
}

impl fmt::Debug for Artist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_state(&self.figure, |state| {
            let drawn = &state.axes[self.axes].drawn[self.index];
            let (what, size) = match &drawn.shape {
                Shape::Line(x, _) => ("line of points", x.len()),
                Shape::Dots(x, _) => ("scattered points", x.len()),
                Shape::Events(rows) => ("rows of events", rows.len()),
                Shape::Histogram(values, _) => ("values in a histogram", values.len()),
                Shape::Matrix(rows) => ("rows of a matrix", rows.len()),
                Shape::Horizontal(_) => ("horizontal line", 1),
                Shape::Vertical(_) => ("vertical line", 1),
            };
            write!(f, "<{what}: {size}>")
        })
    }
}
