//! Pictures that a cell draws itself: plotters' drawing areas on a [`Canvas`], and drawings.

use crate::display::{Bundle, Rich};
use crate::plt::drawn;
use hx_figure::{Canvas, Drawing};
use plotters::coord::CoordTranslate;
use plotters::drawing::DrawingArea;

impl Rich for Drawing {
    fn bundle(&self) -> Bundle {
        let (width, height) = self.logical_size();
        drawn(self, format!("<a drawing of {width} x {height} pixels>"))
    }
}

impl<Coord: CoordTranslate> Rich for DrawingArea<Canvas, Coord> {
    /// All of the canvas, whichever part of it the area is.
    fn bundle(&self) -> Bundle {
        Drawing::of(self).bundle()
    }
}
