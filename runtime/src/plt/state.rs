//! The figure that handles share, and which of its parts they mean.
//!
//! The figure itself is `hx_figure`'s; handles keep places in it instead of borrowing it, and
//! so can change the looks of a line at any time.

use crate::Error;
use hx_figure::{Axes, Figure, FigureError};
use std::sync::{Arc, Mutex, PoisonError};

/// A figure that several handles mean.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

/// A figure that is being put together.
pub(super) struct State {
    pub(super) figure: Figure,
    /// The axes that functions such as `plt::plot` draw in.
    pub(super) current: Place,
    /// The first thing that could not be drawn.
    pub(super) error: Option<Error>,
}

/// Which axes of a figure.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) index: usize,
    /// Whether the axes over those, with a vertical axis at the right, are meant.
    pub(super) second: bool,
}

impl Place {
    /// The axes of this index in the grid.
    pub(super) fn first(index: usize) -> Place {
        let second = false;
        Place { index, second }
    }
}

impl Shared {
    pub(super) fn of(figure: Figure) -> Shared {
        let current = Place::first(figure.axes_count() - 1);
        let error = None;
        Shared(Arc::new(Mutex::new(State {
            figure,
            current,
            error,
        })))
    }

    pub(super) fn is(&self, other: &Shared) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Works on axes; what cannot be done is kept for whoever wants the picture.
    pub(super) fn with_axes(
        &self,
        place: Place,
        function: &'static str,
        work: impl FnOnce(&mut Axes) -> Result<(), FigureError>,
    ) {
        let worked = self.with(|state| {
            let axes = state.figure.axes_mut(place.index)?;
            work(if place.second { axes.twinx() } else { axes })
        });
        if let Err(error) = worked {
            self.refuse(refusal(function, &error));
        }
    }

    /// Keeps what could not be drawn.
    pub(super) fn refuse(&self, error: Error) {
        self.with(|state| {
            state.error.get_or_insert(error);
        });
    }
}

/// What a function could not draw, in the dialect's words.
pub(super) fn refusal(function: &'static str, error: &FigureError) -> Error {
    match *error {
        FigureError::LengthMismatch { x, y, .. } => Error::LengthMismatch { function, x, y },
        _ => Error::Drawing {
            function,
            reason: error.to_string(),
        },
    }
}
