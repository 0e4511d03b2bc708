//! Figures for notebooks: a description of axes and what is drawn in them goes
//! in, SVG text or PNG bytes come out.
//!
//! The crate does its own layout (ticks, labels, margins, legend) and carries its
//! own font, so the same figure gives the same bytes on every machine. Names,
//! colours and defaults follow matplotlib's, scaled to the text size of a
//! notebook page. Lengths are CSS pixels (96 to the inch).
//!
//! ```
//! use hx_figure::Figure;
//!
//! # fn main() -> Result<(), hx_figure::FigureError> {
//! let mut figure = Figure::new();
//! let axes = figure.axes_mut(0)?;
//! axes.plot(&[0.0, 1.0, 2.0], &[200.0, 310.0, 240.0])?.label("neuron 0");
//! axes.set_xlabel("time [ms]").set_ylabel("membrane potential [LSB]").legend(true);
//! let svg = figure.to_svg();
//! assert!(svg.starts_with("<svg"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing in here is generic over its data and nothing panics: callers compile
//! quickly, and a mistake in a cell is a [`FigureError`] with a sentence.

mod areas;
mod artist;
mod axes;
mod axis;
mod canvas;
mod chart;
mod clip;
mod color;
mod decimate;
mod draw;
mod drawing;
mod encode;
mod error;
mod extents;
mod figure;
mod font;
mod geometry;
mod labels;
mod layout;
mod legend;
mod log_ticks;
mod marks;
mod matrix;
mod number;
mod output;
mod range;
mod raster;
mod scene;
mod svg;
mod ticks;
mod view;

pub use artist::{ArtistHandle, Errors, LineStyle};
pub use axes::Axes;
pub use canvas::Canvas;
pub use color::Color;
pub use drawing::{Align, Drawing};
pub use error::FigureError;
pub use figure::Figure;
pub use geometry::AxisScale;
pub use matrix::matrix_colors;
pub use ticks::{Ticks, nice_ticks};
