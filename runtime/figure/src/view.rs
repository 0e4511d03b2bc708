//! The data area that marks are made for, and how marks of too many points become pixels.

use crate::artist::Artist;
use crate::geometry::{Point, Rect, Scale};
use crate::raster;
use crate::scene::Mark;

/// From this many points on a mark is drawn to pixels even in SVG: a line that
/// fills an area is smaller as a picture, and viewers are slow at long paths.
const MOST_POINTS: usize = 12_000;

/// The data area and how data get there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) plot: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl View {
    pub(crate) fn point(&self, x: f64, y: f64) -> Point {
        Point {
            x: self.x.pixel(x),
            y: self.y.pixel(y),
        }
    }
}

/// The mark, or an image of it if it has too many points.
pub(crate) fn pictured(mark: Mark, artist: &Artist, points: usize, view: View) -> Mark {
    if points <= MOST_POINTS {
        return mark;
    }
    match raster::draw_alone(&mark, artist.color, view.plot) {
        Some((columns, rows, pixels)) => Mark::Image {
            rect: view.plot,
            columns,
            rows,
            pixels,
        },
        None => mark,
    }
}
