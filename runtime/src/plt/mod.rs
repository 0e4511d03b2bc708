//! Plots under the names of `matplotlib.pyplot`.
//!
//! As in pyplot there is a current figure, which [`figure()`] and [`subplots`]
//! create and every drawing function creates if there is none. [`show`] shows
//! all open figures and forgets them; what is still open when a cell ends is
//! shown then.
//!
//! Drawing functions return nothing to check. What cannot be drawn (lists of
//! different length, an unknown colour) is kept, and [`show`] or [`savefig`]
//! returns it.
//!
//! ```
//! use pynn::prelude::*;
//! # fn main() -> Result<(), pynn::Error> {
//! # let path = std::env::temp_dir().join("pynn-doc.svg");
//! plt::figure();
//! plt::plot([0.0, 1.0, 2.0], [190.0, 291.0, 215.0]).label("neuron 0");
//! plt::xlabel("time [ms]");
//! plt::ylabel("membrane potential [LSB]");
//! plt::legend();
//! plt::savefig(path)?;
//! # plt::close();
//! # Ok(())
//! # }
//! ```

mod artist;
mod axes;
mod figure;
mod format;
mod image;
mod open;
mod state;
mod values;

pub use artist::Artist;
pub use axes::Axes;
pub use figure::Figure;
pub use format::format;
pub(crate) use format::{drawn, picture};
pub use image::{Image, Picture};
pub use values::{Rows, Values};

use crate::whole::count;
use crate::{Error, Number, Whole};
use open::open;
use state::{Shared, refusal};
use std::path::Path;

/// Opens a new figure with one pair of axes and makes it the current one.
pub fn figure() -> Figure {
    opened(hx_figure::Figure::new())
}

/// Opens a new figure with a grid of axes, which come row by row:
/// `let (fig, axs) = plt::subplots(2, 1)?; axs[0].plot(…);`
///
/// # Errors
/// A grid without axes or with more than 32 rows or columns.
pub fn subplots(rows: impl Whole, columns: impl Whole) -> Result<(Figure, Vec<Axes>), Error> {
    opened_grid(count(rows), count(columns))
}

fn opened_grid(rows: usize, columns: usize) -> Result<(Figure, Vec<Axes>), Error> {
    let figure = hx_figure::Figure::subplots(rows, columns);
    let figure = opened(figure.map_err(|error| refusal("subplots", &error))?);
    let axes = figure.axes();
    Ok((figure, axes))
}

fn opened(figure: hx_figure::Figure) -> Figure {
    let figure = Shared::of(figure);
    open().push(figure.clone());
    Figure(figure)
}

/// The current figure; opens one if there is none.
pub fn gcf() -> Figure {
    let current = open().last().cloned();
    current.map_or_else(figure, Figure)
}

/// The current axes: the last of the current figure, or what [`twinx`] has put over them.
pub fn gca() -> Axes {
    figure::current_axes(&gcf())
}

/// Connects points by a line.
pub fn plot(x: impl Into<Values>, y: impl Into<Values>) -> Artist {
    gca().plot(x, y)
}

/// Connects points by a line, along a logarithmic horizontal axis.
pub fn semilogx(x: impl Into<Values>, y: impl Into<Values>) -> Artist {
    gca().semilogx(x, y)
}

/// Connects points by a line, along a logarithmic vertical axis.
pub fn semilogy(x: impl Into<Values>, y: impl Into<Values>) -> Artist {
    gca().semilogy(x, y)
}

/// Connects points by a line, along two logarithmic axes.
pub fn loglog(x: impl Into<Values>, y: impl Into<Values>) -> Artist {
    gca().loglog(x, y)
}

/// Draws a dot at each point.
pub fn scatter(x: impl Into<Values>, y: impl Into<Values>) -> Artist {
    gca().scatter(x, y)
}

/// Connects points by a line and draws bars as far below and above them as they are
/// uncertain, as [`Axes::errorbar`] says.
pub fn errorbar(x: impl Into<Values>, y: impl Into<Values>, yerr: impl Into<Rows>) -> Artist {
    gca().errorbar(x, y, yerr)
}

/// Fills the area between two lines, which have as many values as `x`.
pub fn fill_between(x: impl Into<Values>, y1: impl Into<Values>, y2: impl Into<Values>) -> Artist {
    gca().fill_between(x, y1, y2)
}

/// Draws upright bars of width 0.8, centred on `x`.
pub fn bar(x: impl Into<Values>, height: impl Into<Values>) -> Artist {
    gca().bar(x, height)
}

/// Draws horizontal bars of height 0.8, centred on `y`.
pub fn barh(y: impl Into<Values>, width: impl Into<Values>) -> Artist {
    gca().barh(y, width)
}

/// Draws a raster: one row of ticks for each list of times (or spike train).
pub fn eventplot(positions: impl Into<Rows>) -> Artist {
    gca().eventplot(positions)
}

/// Counts values in `bins` equal bins.
pub fn hist(x: impl Into<Values>, bins: impl Whole) -> Artist {
    gca().hist(x, bins)
}

/// Shows a matrix (a list of rows) as an image with a colour bar, or a picture as it is.
pub fn imshow(image: impl Into<Image>) -> Artist {
    gca().imshow(image)
}

/// Reads a picture from a file: PNG, JPEG, GIF, BMP or PNM, as its content says.
///
/// # Errors
/// A file that cannot be read or holds no such picture.
pub fn imread(path: impl AsRef<Path>) -> Result<Picture, Error> {
    image::read(path.as_ref())
}

/// Writes a picture, or a matrix in the colours of [`imshow`] with one pixel for each value, to
/// a file: PNG, JPEG, GIF, BMP or PNM by the file's name.
///
/// # Errors
/// Another name, a file that cannot be written, and a matrix that is none.
pub fn imsave(path: impl AsRef<Path>, image: impl Into<Image>) -> Result<(), Error> {
    image::save(path.as_ref(), &image.into())
}

/// Draws a horizontal line across the axes.
pub fn axhline(y: impl Number) -> Artist {
    gca().axhline(y)
}

/// Draws a vertical line across the axes.
pub fn axvline(x: impl Number) -> Artist {
    gca().axvline(x)
}

/// Fills the axes between two heights.
pub fn axhspan(ymin: impl Number, ymax: impl Number) -> Artist {
    gca().axhspan(ymin, ymax)
}

/// Fills the axes between two places on the horizontal axis.
pub fn axvspan(xmin: impl Number, xmax: impl Number) -> Artist {
    gca().axvspan(xmin, xmax)
}

/// Puts axes over the current ones, with a vertical axis of their own at the right, and makes
/// them the current ones.
pub fn twinx() -> Axes {
    gca().twinx()
}

/// Says what is along the horizontal axis, with its unit.
pub fn xlabel(label: &str) {
    gca().set_xlabel(label);
}

/// Says what is along the vertical axis, with its unit.
pub fn ylabel(label: &str) {
    gca().set_ylabel(label);
}

/// Puts a title above the axes.
pub fn title(title: &str) {
    gca().set_title(title);
}

/// Sets the ends of the horizontal axis.
pub fn xlim(left: impl Number, right: impl Number) {
    gca().set_xlim(left, right);
}

/// Sets the ends of the vertical axis.
pub fn ylim(bottom: impl Number, top: impl Number) {
    gca().set_ylim(bottom, top);
}

/// Spreads values along the horizontal axis evenly (`"linear"`) or by their logarithm
/// (`"log"`).
pub fn xscale(scale: &str) {
    gca().set_xscale(scale);
}

/// Spreads values along the vertical axis evenly (`"linear"`) or by their logarithm (`"log"`).
pub fn yscale(scale: &str) {
    gca().set_yscale(scale);
}

/// Whether lines at the ticks run through the axes.
pub fn grid(visible: bool) {
    gca().grid(visible);
}

/// Lists everything that has a label.
pub fn legend() {
    gca().legend();
}

/// Puts a title above all axes of the figure.
pub fn suptitle(title: &str) {
    gcf().suptitle(title);
}

/// Writes the current figure to a file, as PNG or SVG by the file's name.
///
/// # Errors
/// A name that ends in neither, a file that cannot be written, and what could
/// not be drawn.
pub fn savefig(path: impl AsRef<Path>) -> Result<(), Error> {
    gcf().savefig(path)
}

/// Shows all open figures and forgets them. A plain program has nowhere to show
/// them and says so on stderr; [`savefig`] puts a figure into a file.
///
/// # Errors
/// What could not be drawn.
pub fn show() -> Result<(), Error> {
    let figures = std::mem::take(&mut *open());
    figures.into_iter().try_for_each(|figure| {
        let bundle = figure::shown_as(&Figure(figure))?;
        if crate::display::attached() {
            crate::display::display(&bundle)
        } else {
            eprintln!("(no notebook to show a figure in; plt::savefig writes it to a file)");
            Ok(())
        }
    })
}

/// Forgets all open figures without showing them.
pub fn close() {
    open().clear();
}

/// At the end of a cell: shows what nobody has shown, as `%matplotlib inline`
/// does, or drops it if the cell failed.
pub(crate) fn show_pending(failed: bool) {
    if failed {
        close();
    } else if let Err(error) = show() {
        // The cell has ended: there is nobody left to return it to.
        crate::cell::failed_at_the_end(&error);
    }
}
