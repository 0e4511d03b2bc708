//! A figure under pyplot's names, and its way to a picture.

use super::axes::{Axes, axes};
use super::format::picture;
use super::open::forget;
use super::state::{Place, Shared};
use crate::display::{Bundle, Rich};
use crate::{Error, Number};
use std::fmt;
use std::path::Path;

/// A figure. Copies are cheap and mean the same figure.
///
/// As the last expression of a cell it shows its picture.
#[derive(Clone)]
pub struct Figure(pub(super) Shared);

impl Figure {
    /// The axes, row by row.
    pub fn axes(&self) -> Vec<Axes> {
        let count = self.0.with(|state| state.figure.axes_count());
        let places = (0..count).map(Place::first);
        places.map(|place| axes(&self.0, place)).collect()
    }

    /// Puts a title above all axes.
    pub fn suptitle(&self, title: &str) {
        self.0.with(|state| {
            state.figure.suptitle(title);
        });
    }

    /// Sets the size in inches (96 pixels each); 6.4 wide to begin with.
    pub fn set_size_inches(&self, width: impl Number, height: impl Number) {
        resize(self, width.number(), height.number());
    }

    /// Gives the axes of a column one horizontal axis, labelled at the bottom
    /// (pyplot's `sharex=True`).
    pub fn sharex(&self, shared: bool) {
        self.0.with(|state| {
            state.figure.share_x(shared);
        });
    }

    /// Writes the figure to a file, as PNG or SVG by the file's name.
    ///
    /// # Errors
    /// A name that ends in neither, a file that cannot be written, and what could
    /// not be drawn.
    pub fn savefig(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        save(self, path.as_ref())
    }
}

// Functions rather than methods: completion in a cell lists private methods too.

pub(super) fn current_axes(figure: &Figure) -> Axes {
    axes(&figure.0, figure.0.with(|state| state.current))
}

fn resize(figure: &Figure, width: f64, height: f64) {
    figure.0.with(|state| {
        state.figure.set_size(width, height);
    });
}

fn save(figure: &Figure, path: &Path) -> Result<(), Error> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let bytes = drawn(figure, |figure| match extension.as_deref() {
        Some("png") => Some(figure.to_png()),
        Some("svg") => Some(figure.to_svg().into_bytes()),
        _ => None,
    })?;
    let bytes = bytes.ok_or_else(|| Error::UnknownFormat {
        format: path.display().to_string(),
    })?;
    std::fs::write(path, bytes).map_err(|error| Error::FileNotWritten {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// The figure as a notebook shows it.
pub(super) fn shown_as(figure: &Figure) -> Result<Bundle, Error> {
    let text = figure.to_string();
    drawn(figure, |drawn| picture(drawn, text))
}

/// The work on a figure of which everything could be drawn.
fn drawn<R>(figure: &Figure, work: impl FnOnce(&hx_figure::Figure) -> R) -> Result<R, Error> {
    figure.0.with(|state| match &state.error {
        Some(error) => Err(error.clone()),
        None => Ok(work(&state.figure)),
    })
}

impl Rich for Figure {
    fn bundle(&self) -> Bundle {
        forget(&self.0);
        shown_as(self).unwrap_or_else(|error| {
            Bundle::text(format!("<a figure that cannot be drawn: {error}>"))
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.with(|state| state.figure.axes_count()) {
            1 => write!(f, "<figure>"),
            axes => write!(f, "<figure with {axes} axes>"),
        }
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
