//! A figure that is being put together, and its way to a picture.
//!
//! What is drawn is kept as a description and drawn by `hx_figure` when the
//! picture is wanted: only so can a handle change the looks of a line later
//! without holding on to the figure.

use super::artist::Drawn;
use super::axes::Axes;
use super::format::picture;
use crate::display::{Bundle, Rich};
use crate::{Error, Number};
use hx_figure::FigureError;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A figure. Copies are cheap and mean the same figure.
///
/// As the last expression of a cell it shows its picture.
#[derive(Clone)]
pub struct Figure(Arc<Mutex<State>>);

pub(super) struct State {
    rows: usize,
    columns: usize,
    pub axes: Vec<AxesState>,
    title: String,
    size: Option<(f64, f64)>,
    share_x: bool,
    /// The first thing that could not be drawn.
    error: Option<Error>,
}

/// What is drawn in one pair of axes, and what is written around it.
#[derive(Default)]
pub(super) struct AxesState {
    pub drawn: Vec<Drawn>,
    pub x_label: String,
    pub y_label: String,
    pub title: String,
    pub x_limits: Option<(f64, f64)>,
    pub y_limits: Option<(f64, f64)>,
    pub legend: bool,
}

impl Figure {
    pub(super) fn single() -> Figure {
        Figure::with_grid(1, 1)
    }

    pub(super) fn grid(rows: usize, columns: usize) -> Result<Figure, Error> {
        // The drawing side knows how large a grid can be.
        hx_figure::Figure::subplots(rows, columns).map_err(|error| Error::Drawing {
            function: "subplots",
            reason: error.to_string(),
        })?;
        Ok(Figure::with_grid(rows, columns))
    }

    fn with_grid(rows: usize, columns: usize) -> Figure {
        Figure(Arc::new(Mutex::new(State {
            rows,
            columns,
            axes: (0..rows * columns).map(|_| AxesState::default()).collect(),
            title: String::new(),
            size: None,
            share_x: false,
            error: None,
        })))
    }

    /// The axes, row by row.
    pub fn axes(&self) -> Vec<Axes> {
        let count = with_state(self, |state| state.axes.len());
        (0..count).map(|index| at(self, index)).collect()
    }

    /// Puts a title above all axes.
    pub fn suptitle(&self, title: &str) {
        with_state(self, |state| state.title = title.into());
    }

    /// Sets the size in inches (96 pixels each); 6.4 wide to begin with.
    pub fn set_size_inches(&self, width: impl Number, height: impl Number) {
        with_state(self, |state| {
            state.size = Some((width.number(), height.number()));
        });
    }

    /// Gives the axes of a column one horizontal axis, labelled at the bottom
    /// (pyplot's `sharex=True`).
    pub fn sharex(&self, shared: bool) {
        with_state(self, |state| state.share_x = shared);
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

pub(super) fn last_axes(figure: &Figure) -> Axes {
    at(figure, with_state(figure, |state| state.axes.len()) - 1)
}

fn at(figure: &Figure, index: usize) -> Axes {
    Axes {
        figure: figure.clone(),
        index,
    }
}

fn save(figure: &Figure, path: &Path) -> Result<(), Error> {
    let drawn = drawn(figure)?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let bytes = match extension.as_deref() {
        Some("png") => drawn.to_png(),
        Some("svg") => drawn.to_svg().into_bytes(),
        _ => {
            return Err(Error::UnknownFormat {
                format: path.display().to_string(),
            });
        }
    };
    std::fs::write(path, bytes).map_err(|error| Error::FileNotWritten {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// The figure as a notebook shows it.
pub(super) fn shown_as(figure: &Figure) -> Result<Bundle, Error> {
    drawn(figure).map(|drawn| picture(&drawn, figure.to_string()))
}

fn drawn(figure: &Figure) -> Result<hx_figure::Figure, Error> {
    with_state(figure, |state| match &state.error {
        Some(error) => Err(error.clone()),
        None => state.draw().map_err(|error| Error::Drawing {
            function: "figure",
            reason: error.to_string(),
        }),
    })
}

/// Remembers what could not be drawn for whoever wants the picture.
pub(super) fn keep(figure: &Figure, error: Error) {
    with_state(figure, |state| {
        state.error.get_or_insert(error);
    });
}

pub(super) fn same(figure: &Figure, other: &Figure) -> bool {
    Arc::ptr_eq(&figure.0, &other.0)
}

pub(super) fn with_state<R>(figure: &Figure, work: impl FnOnce(&mut State) -> R) -> R {
    work(&mut figure.0.lock().unwrap_or_else(PoisonError::into_inner))
}

impl State {
    fn draw(&self) -> Result<hx_figure::Figure, FigureError> {
        let mut figure = hx_figure::Figure::subplots(self.rows, self.columns)?;
        if let Some((width, height)) = self.size {
            figure.set_size(width, height);
        }
        figure.suptitle(&self.title).share_x(self.share_x);
        for (index, state) in self.axes.iter().enumerate() {
            let axes = figure.axes_mut(index)?;
            state.drawn.iter().try_for_each(|drawn| drawn.draw(axes))?;
            axes.set_xlabel(&state.x_label)
                .set_ylabel(&state.y_label)
                .set_title(&state.title)
                .legend(state.legend);
            if let Some((left, right)) = state.x_limits {
                axes.set_xlim(left, right)?;
            }
            if let Some((bottom, top)) = state.y_limits {
                axes.set_ylim(bottom, top)?;
            }
        }
        Ok(figure)
    }
}

impl Rich for Figure {
    fn bundle(&self) -> Bundle {
        super::shown(self);
        shown_as(self).unwrap_or_else(|error| {
            Bundle::text(format!("<a figure that cannot be drawn: {error}>"))
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match with_state(self, |state| state.axes.len()) {
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
