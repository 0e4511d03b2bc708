//! One pair of axes of a figure, under pyplot's names.

use super::artist::{Artist, artist, distances};
use super::image::{Cells, Image, colors};
use super::state::{Place, Shared};
use super::values::{Rows, Values};
use crate::whole::count;
use crate::{Error, Number, Whole};
use hx_figure::{ArtistHandle, AxisScale, FigureError};
use std::fmt;

/// Width of bars in units of their axis, as pyplot has it.
const BAR_WIDTH: f64 = 0.8;

/// One pair of axes of a [`Figure`](super::Figure). Copies are cheap and mean the same axes.
#[derive(Clone)]
pub struct Axes {
    figure: Shared,
    place: Place,
}

impl Axes {
    /// Connects points by a line.
    pub fn plot(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        pair(self, "plot", &x.into(), &y.into(), |axes, x, y| {
            axes.plot(x, y)
        })
    }

    /// Connects points by a line, along a logarithmic horizontal axis.
    pub fn semilogx(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        pair(self, "semilogx", &x.into(), &y.into(), |axes, x, y| {
            axes.set_xscale(AxisScale::Log).plot(x, y)
        })
    }

    /// Connects points by a line, along a logarithmic vertical axis.
    pub fn semilogy(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        pair(self, "semilogy", &x.into(), &y.into(), |axes, x, y| {
            axes.set_yscale(AxisScale::Log).plot(x, y)
        })
    }

    /// Connects points by a line, along two logarithmic axes.
    pub fn loglog(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        pair(self, "loglog", &x.into(), &y.into(), |axes, x, y| {
            axes.set_xscale(AxisScale::Log)
                .set_yscale(AxisScale::Log)
                .plot(x, y)
        })
    }

    /// Draws a dot at each point.
    pub fn scatter(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        pair(self, "scatter", &x.into(), &y.into(), |axes, x, y| {
            axes.scatter(x, y)
        })
    }

    /// Connects points by a line and draws bars as far below and above them as they are
    /// uncertain: one value for each point, or a list of those below and one of those above.
    /// `.xerr(…)` gives them bars to the sides, `.capsize(…)` strokes at their ends.
    pub fn errorbar(
        &self,
        x: impl Into<Values>,
        y: impl Into<Values>,
        yerr: impl Into<Rows>,
    ) -> Artist {
        error_bars(self, &x.into(), &y.into(), &yerr.into())
    }

    /// Fills the area between two lines, which have as many values as `x`.
    pub fn fill_between(
        &self,
        x: impl Into<Values>,
        y1: impl Into<Values>,
        y2: impl Into<Values>,
    ) -> Artist {
        band(self, &x.into(), &y1.into(), &y2.into())
    }

    /// Draws upright bars of width 0.8, centred on `x`.
    pub fn bar(&self, x: impl Into<Values>, height: impl Into<Values>) -> Artist {
        pair(self, "bar", &x.into(), &height.into(), |axes, x, y| {
            axes.bar(x, y, BAR_WIDTH)
        })
    }

    /// Draws horizontal bars of height 0.8, centred on `y`.
    pub fn barh(&self, y: impl Into<Values>, width: impl Into<Values>) -> Artist {
        pair(self, "barh", &y.into(), &width.into(), |axes, y, width| {
            axes.barh(y, width, BAR_WIDTH)
        })
    }

    /// Draws a raster: one row of ticks for each list of times (or spike train).
    pub fn eventplot(&self, positions: impl Into<Rows>) -> Artist {
        raster(self, &positions.into())
    }

    /// Counts values in `bins` equal bins.
    pub fn hist(&self, x: impl Into<Values>, bins: impl Whole) -> Artist {
        histogram(self, &x.into(), count(bins))
    }

    /// Shows a matrix (a list of rows) as an image with a colour bar, or a picture as it is.
    pub fn imshow(&self, image: impl Into<Image>) -> Artist {
        image_shown(self, &image.into())
    }

    /// Draws a horizontal line across the axes.
    pub fn axhline(&self, y: impl Number) -> Artist {
        at(self, "axhline", [y.number(); 2], |axes, [y, _]| {
            axes.axhline(y)
        })
    }

    /// Draws a vertical line across the axes.
    pub fn axvline(&self, x: impl Number) -> Artist {
        at(self, "axvline", [x.number(); 2], |axes, [x, _]| {
            axes.axvline(x)
        })
    }

    /// Fills the axes between two heights.
    pub fn axhspan(&self, ymin: impl Number, ymax: impl Number) -> Artist {
        let ends = [ymin.number(), ymax.number()];
        at(self, "axhspan", ends, |axes, [low, high]| {
            axes.axhspan(low, high)
        })
    }

    /// Fills the axes between two places on the horizontal axis.
    pub fn axvspan(&self, xmin: impl Number, xmax: impl Number) -> Artist {
        let ends = [xmin.number(), xmax.number()];
        at(self, "axvspan", ends, |axes, [low, high]| {
            axes.axvspan(low, high)
        })
    }

    /// Axes over these with the same horizontal axis and a vertical one of their own, at the
    /// right. One legend lists both. There is no third vertical axis.
    pub fn twinx(&self) -> Axes {
        let place = Place {
            second: true,
            ..self.place
        };
        let second = axes(&self.figure, place);
        // They are there, and the axes that functions such as `plt::plot` draw in.
        on(&second, "twinx", |_| Ok(()));
        self.figure.with(|state| state.current = place);
        second
    }

    /// Says what is along the horizontal axis, with its unit.
    pub fn set_xlabel(&self, label: &str) {
        on_first(self, "xlabel", |axes| {
            axes.set_xlabel(label);
            Ok(())
        });
    }

    /// Says what is along the vertical axis, with its unit.
    pub fn set_ylabel(&self, label: &str) {
        on(self, "ylabel", |axes| {
            axes.set_ylabel(label);
            Ok(())
        });
    }

    /// Puts a title above the axes.
    pub fn set_title(&self, title: &str) {
        on_first(self, "title", |axes| {
            axes.set_title(title);
            Ok(())
        });
    }

    /// Sets the ends of the horizontal axis.
    pub fn set_xlim(&self, left: impl Number, right: impl Number) {
        limit_x(self, left.number(), right.number());
    }

    /// Sets the ends of the vertical axis.
    pub fn set_ylim(&self, bottom: impl Number, top: impl Number) {
        limit_y(self, bottom.number(), top.number());
    }

    /// Spreads values along the horizontal axis evenly (`"linear"`, to begin with) or by their
    /// logarithm (`"log"`: those that are not positive have no place).
    pub fn set_xscale(&self, scale: &str) {
        let first = axes(&self.figure, Place::first(self.place.index));
        scaled(&first, "xscale", scale, |axes, scale| {
            axes.set_xscale(scale);
        });
    }

    /// Spreads values along the vertical axis, as [`Axes::set_xscale`] does.
    pub fn set_yscale(&self, scale: &str) {
        scaled(self, "yscale", scale, |axes, scale| {
            axes.set_yscale(scale);
        });
    }

    /// Whether lines at the ticks run through the axes.
    pub fn grid(&self, visible: bool) {
        on_first(self, "grid", |axes| {
            axes.grid(visible);
            Ok(())
        });
    }

    /// Lists everything that has a label.
    pub fn legend(&self) {
        on(self, "legend", |axes| {
            axes.legend(true);
            Ok(())
        });
    }
}

// Functions rather than methods: completion in a cell lists private methods too. None is
// generic over a type of a cell, which so compiles none of this.

pub(super) fn axes(figure: &Shared, place: Place) -> Axes {
    let figure = figure.clone();
    Axes { figure, place }
}

fn on(
    axes: &Axes,
    function: &'static str,
    work: impl FnOnce(&mut hx_figure::Axes) -> Result<(), FigureError>,
) {
    axes.figure.with_axes(axes.place, function, work);
}

/// Works on the axes that have the horizontal axis, which those over them share.
fn on_first(
    axes: &Axes,
    function: &'static str,
    work: impl FnOnce(&mut hx_figure::Axes) -> Result<(), FigureError>,
) {
    let first = Place::first(axes.place.index);
    axes.figure.with_axes(first, function, work);
}

fn draw(
    axes: &Axes,
    function: &'static str,
    work: impl FnOnce(&mut hx_figure::Axes) -> Result<ArtistHandle<'_>, FigureError>,
) -> Artist {
    let mut index = None;
    on(axes, function, |axes| {
        work(axes)?;
        index = axes.artist_count().checked_sub(1);
        Ok(())
    });
    artist(&axes.figure, axes.place, index)
}

type Drawn<'axes> = Result<ArtistHandle<'axes>, FigureError>;

fn pair(
    axes: &Axes,
    function: &'static str,
    Values(x): &Values,
    Values(y): &Values,
    work: for<'axes> fn(&'axes mut hx_figure::Axes, &[f64], &[f64]) -> Drawn<'axes>,
) -> Artist {
    draw(axes, function, |axes| work(axes, x, y))
}

fn raster(axes: &Axes, Rows(rows): &Rows) -> Artist {
    draw(axes, "eventplot", |axes| Ok(axes.eventplot(rows)))
}

fn image_shown(axes: &Axes, Image(cells): &Image) -> Artist {
    draw(axes, "imshow", |axes| match cells {
        Cells::Matrix(Rows(rows)) => axes.imshow(rows),
        Cells::Picture(picture) => {
            let (columns, rows) = picture.dimensions();
            axes.imshow_colors(&colors(picture), rows as usize, columns as usize)
        }
    })
}

fn at(
    axes: &Axes,
    function: &'static str,
    ends: [f64; 2],
    work: fn(&mut hx_figure::Axes, [f64; 2]) -> ArtistHandle<'_>,
) -> Artist {
    draw(axes, function, |axes| Ok(work(axes, ends)))
}

fn error_bars(axes: &Axes, Values(x): &Values, Values(y): &Values, yerr: &Rows) -> Artist {
    draw(axes, "errorbar", |axes| {
        axes.errorbar(x, y, hx_figure::Errors::None, distances(yerr)?)
    })
}

fn band(axes: &Axes, Values(x): &Values, Values(y1): &Values, Values(y2): &Values) -> Artist {
    draw(axes, "fill_between", |axes| axes.fill_between(x, y1, y2))
}

fn histogram(axes: &Axes, Values(values): &Values, bins: usize) -> Artist {
    draw(axes, "hist", |axes| axes.hist(values, bins))
}

fn limit_x(axes: &Axes, left: f64, right: f64) {
    on_first(axes, "xlim", |axes| axes.set_xlim(left, right).map(drop));
}

fn limit_y(axes: &Axes, bottom: f64, top: f64) {
    on(axes, "ylim", |axes| axes.set_ylim(bottom, top).map(drop));
}

fn scaled(
    axes: &Axes,
    function: &'static str,
    scale: &str,
    set: fn(&mut hx_figure::Axes, AxisScale),
) {
    let scale = match scale {
        "linear" => AxisScale::Linear,
        "log" => AxisScale::Log,
        other => {
            let reason = format!("there is no scale \"{other}\"; use \"linear\" or \"log\"");
            axes.figure.refuse(Error::Drawing { function, reason });
            return;
        }
    };
    on(axes, function, |axes| {
        set(axes, scale);
        Ok(())
    });
}

impl fmt::Debug for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = if self.place.second { "second " } else { "" };
        write!(f, "<{which}axes {} of a figure>", self.place.index)
    }
}
