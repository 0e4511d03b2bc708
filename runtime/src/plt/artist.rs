//! The handle of one thing that was drawn, which changes its looks.

use super::state::{Place, Shared};
use super::values::{Rows, Values};
use crate::{Error, Number};
use hx_figure::{ArtistHandle, Color, Errors, FigureError, LineStyle};
use std::fmt;

/// Something that was drawn, to be given its looks under pyplot's names:
/// `plt::plot(x, y).label("neuron 0").color("red").linestyle("--");`
#[derive(Clone)]
pub struct Artist {
    figure: Shared,
    axes: Place,
    /// Which thing in the axes; none for what could not be drawn.
    index: Option<usize>,
}

impl Artist {
    /// The name in the legend (of a matrix: the label of its colour bar).
    pub fn label(self, label: impl Into<String>) -> Artist {
        labelled(self, &label.into())
    }

    /// The colour: a name (`"red"`, `"tab:blue"`, `"C0"`) or `"#rrggbb"`.
    pub fn color(self, name: &str) -> Artist {
        with(
            self,
            "color",
            |artist| Ok(artist.color(Color::parse(name)?)),
        )
    }

    /// Opacity, 0 to 1.
    pub fn alpha(self, alpha: impl Number) -> Artist {
        number(self, "alpha", alpha.number(), |artist, alpha| {
            Ok(artist.alpha(alpha))
        })
    }

    /// Width of lines in pixels.
    pub fn linewidth(self, width: impl Number) -> Artist {
        number(self, "linewidth", width.number(), |artist, width| {
            Ok(artist.line_width(width))
        })
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
                let function = "linestyle";
                self.figure.refuse(Error::Drawing { function, reason });
                return self;
            }
        };
        with(self, "linestyle", |artist| Ok(artist.line_style(style)))
    }

    /// Diameter of the markers in pixels; gives a line markers.
    pub fn markersize(self, diameter: impl Number) -> Artist {
        number(self, "markersize", diameter.number(), |artist, diameter| {
            Ok(artist.marker_size(diameter))
        })
    }

    /// The values at the two ends of a matrix's colours.
    pub fn clim(self, low: impl Number, high: impl Number) -> Artist {
        limited(self, low.number(), high.number())
    }

    /// How far error bars reach to the left and the right: one value for each point, or a list
    /// of those to the left and one of those to the right.
    pub fn xerr(self, errors: impl Into<Rows>) -> Artist {
        spread(self, &errors.into())
    }

    /// Length in pixels of the strokes across the ends of error bars; none to begin with.
    pub fn capsize(self, length: impl Number) -> Artist {
        number(self, "capsize", length.number(), |artist, length| {
            Ok(artist.cap_size(length))
        })
    }

    /// Width of upright bars in units of the axis; 0.8 to begin with.
    pub fn width(self, width: impl Number) -> Artist {
        number(self, "width", width.number(), |artist, width| {
            artist.thickness(width)
        })
    }

    /// Height of horizontal bars in units of the axis; 0.8 to begin with.
    pub fn height(self, height: impl Number) -> Artist {
        number(self, "height", height.number(), |artist, height| {
            artist.thickness(height)
        })
    }

    /// Where each upright bar begins, 0 to begin with: on the tops of others they are stacked.
    pub fn bottom(self, values: impl Into<Values>) -> Artist {
        based(self, "bottom", &values.into())
    }

    /// Where each horizontal bar begins, 0 to begin with.
    pub fn left(self, values: impl Into<Values>) -> Artist {
        based(self, "left", &values.into())
    }
}

// Functions rather than methods: completion in a cell lists private methods too. Only `with`
// is generic, and never over a type of a cell: cells compile none of this.

pub(super) fn artist(figure: &Shared, axes: Place, index: Option<usize>) -> Artist {
    Artist {
        figure: figure.clone(),
        axes,
        index,
    }
}

fn labelled(artist: Artist, label: &str) -> Artist {
    with(artist, "label", |artist| Ok(artist.label(label)))
}

fn limited(artist: Artist, low: f64, high: f64) -> Artist {
    with(artist, "clim", |artist| artist.color_limits(low, high))
}

fn spread(artist: Artist, errors: &Rows) -> Artist {
    with(artist, "xerr", |artist| artist.x_errors(distances(errors)?))
}

fn based(artist: Artist, function: &'static str, Values(values): &Values) -> Artist {
    with(artist, function, |artist| artist.base(values))
}

fn number(
    artist: Artist,
    function: &'static str,
    value: f64,
    set: for<'axes> fn(ArtistHandle<'axes>, f64) -> Result<ArtistHandle<'axes>, FigureError>,
) -> Artist {
    with(artist, function, |artist| set(artist, value))
}

fn with(
    artist: Artist,
    function: &'static str,
    change: impl FnOnce(ArtistHandle<'_>) -> Result<ArtistHandle<'_>, FigureError>,
) -> Artist {
    artist.figure.with_axes(artist.axes, function, |axes| {
        match artist.index.and_then(|index| axes.artist_mut(index)) {
            Some(handle) => change(handle).map(drop),
            None => Ok(()),
        }
    });
    artist
}

/// Errors as pyplot takes them: none, one list for both sides, or one for each.
pub(super) fn distances(Rows(rows): &Rows) -> Result<Errors<'_>, FigureError> {
    match &rows[..] {
        [] => Ok(Errors::None),
        [both] if both.is_empty() => Ok(Errors::None),
        [both] => Ok(Errors::Symmetric(both)),
        [below, above] => Ok(Errors::Asymmetric(below, above)),
        more => Err(FigureError::CountMismatch {
            method: "errorbar",
            what: "lists of errors",
            points: 2,
            found: more.len(),
        }),
    }
}

impl fmt::Debug for Artist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from("nothing: it could not be drawn");
        self.figure.with_axes(self.axes, "figure", |axes| {
            if let Some(artist) = self.index.and_then(|index| axes.artist_mut(index)) {
                text = artist.to_string();
            }
            Ok(())
        });
        write!(f, "<{text}>")
    }
}
