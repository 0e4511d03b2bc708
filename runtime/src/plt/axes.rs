//! One pair of axes of a figure, under pyplot's names.

use super::artist::{Artist, Drawn, Looks, Shape};
use super::figure::{AxesState, Figure, keep, with_state};
use super::values::{Rows, Values};
use crate::whole::count;
use crate::{Error, Number, Whole};
use std::fmt;

/// One pair of axes of a [`Figure`]. Copies are cheap and mean the same axes.
#[derive(Clone)]
pub struct Axes {
    pub(super) figure: Figure,
    pub(super) index: usize,
}

impl Axes {
    /// Connects points by a line.
    pub fn plot(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        draw_pair(self, "plot", x.into(), y.into(), Shape::Line)
    }

    /// Draws a dot at each point.
    pub fn scatter(&self, x: impl Into<Values>, y: impl Into<Values>) -> Artist {
        draw_pair(self, "scatter", x.into(), y.into(), Shape::Dots)
    }

    /// Draws a raster: one row of ticks for each list of times (or spike train).
    pub fn eventplot(&self, positions: impl Into<Rows>) -> Artist {
        draw(self, Shape::Events(positions.into().0))
    }

    /// Counts values in `bins` equal bins.
    pub fn hist(&self, x: impl Into<Values>, bins: impl Whole) -> Artist {
        draw(self, Shape::Histogram(x.into().0, count(bins)))
    }

    /// Shows a matrix (a list of rows) as an image with a colour bar.
    pub fn imshow(&self, matrix: impl Into<Rows>) -> Artist {
        draw(self, Shape::Matrix(matrix.into().0))
    }

    /// Draws a horizontal line across the axes.
    pub fn axhline(&self, y: impl Number) -> Artist {
        draw(self, Shape::Horizontal(y.number()))
    }

    /// Draws a vertical line across the axes.
    pub fn axvline(&self, x: impl Number) -> Artist {
        draw(self, Shape::Vertical(x.number()))
    }

    /// Says what is along the horizontal axis, with its unit.
    pub fn set_xlabel(&self, label: &str) {
        with(self, |axes| axes.x_label = label.into());
    }

    /// Says what is along the vertical axis, with its unit.
    pub fn set_ylabel(&self, label: &str) {
        with(self, |axes| axes.y_label = label.into());
    }

    /// Puts a title above the axes.
    pub fn set_title(&self, title: &str) {
        with(self, |axes| axes.title = title.into());
    }

    /// Sets the ends of the horizontal axis.
    pub fn set_xlim(&self, left: impl Number, right: impl Number) {
        with(self, |axes| {
            axes.x_limits = Some((left.number(), right.number()))
        });
    }

    /// Sets the ends of the vertical axis.
    pub fn set_ylim(&self, bottom: impl Number, top: impl Number) {
        with(self, |axes| {
            axes.y_limits = Some((bottom.number(), top.number()))
        });
    }

    /// Lists everything that has a label.
    pub fn legend(&self) {
        with(self, |axes| axes.legend = true);
    }
}

// Functions rather than methods: completion in a cell lists private methods too.

fn with(axes: &Axes, change: impl FnOnce(&mut AxesState)) {
    with_state(&axes.figure, |state| change(&mut state.axes[axes.index]));
}

fn draw_pair(
    axes: &Axes,
    function: &'static str,
    Values(x): Values,
    Values(y): Values,
    shape: fn(Vec<f64>, Vec<f64>) -> Shape,
) -> Artist {
    if x.len() == y.len() {
        return draw(axes, shape(x, y));
    }
    let mismatch = Error::LengthMismatch {
        function,
        x: x.len(),
        y: y.len(),
    };
    keep(&axes.figure, mismatch);
    // There must be something whose looks can be changed.
    draw(axes, shape(Vec::new(), Vec::new()))
}

fn draw(axes: &Axes, shape: Shape) -> Artist {
    let index = with_state(&axes.figure, |state| {
        let drawn = &mut state.axes[axes.index].drawn;
        drawn.push(Drawn {
            shape,
            looks: Looks::default(),
        });
        drawn.len() - 1
    });
    Artist {
        figure: axes.figure.clone(),
        axes: axes.index,
        index,
    }
}

impl fmt::Debug for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<axes {} of a figure>", self.index)
    }
}
