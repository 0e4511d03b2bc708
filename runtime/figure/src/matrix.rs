//! Matrices as images: colours, aspect and the pixels themselves.

use crate::color::viridis;
use crate::geometry::Rect;
use crate::range::widened;
use crate::scene::Mark;
use crate::{Axes, Color};

/// What a value that is not finite looks like.
const MISSING: Color = Color::gray(0xdd);

/// Device pixels for each logical one; matches the PNG.
pub(crate) const DENSITY: f64 = 2.0;

/// Cells are square as long as that does not make the image narrower than this
/// part of the room it has.
const NARROWEST: f64 = 0.3;

/// The values at the two ends of the colour map.
pub(crate) fn color_limits(values: &[f64], limits: Option<(f64, f64)>) -> (f64, f64) {
    if let Some(limits) = limits {
        return limits;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values.iter().filter(|value| value.abs() <= 1e300) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        (0.0, 1.0)
    } else {
        widened(low, high)
    }
}

/// The label of the colour bar.
pub(crate) fn bar_label(axes: &Axes) -> Option<&str> {
    axes.matrix()?.label.as_deref()
}

/// The rectangle within `cell` that gives a matrix square cells when so much of
/// its columns (`x`) and rows (`y`) is seen.
pub(crate) fn with_aspect(axes: &Axes, cell: Rect, x: (f64, f64), y: (f64, f64)) -> Rect {
    let ratio = ((x.1 - x.0) / (y.1 - y.0)).abs();
    if axes.matrix().is_none() || !ratio.is_normal() {
        return cell;
    }
    let width = cell.width.min(cell.height * ratio);
    let height = cell.height.min(cell.width / ratio);
    if width < cell.width * NARROWEST || height < cell.height * NARROWEST {
        return cell;
    }
    Rect {
        x: cell.x + (cell.width - width) / 2.0,
        y: cell.y + (cell.height - height) / 2.0,
        width,
        height,
    }
}

/// The part of a matrix that is seen in `plot`, as an image. The whole matrix
/// would cover `rect`; `flip` turns it left to right and upside down.
pub(crate) fn image(
    values: &[f64],
    (rows, columns): (usize, usize),
    (low, high): (f64, f64),
    rect: Rect,
    plot: Rect,
    flip: (bool, bool),
) -> Option<Mark> {
    if rows == 0 || columns == 0 {
        return None;
    }
    let across = Sampling::new(
        columns,
        (rect.x, rect.right()),
        (plot.x, plot.right()),
        flip.0,
    )?;
    let down = Sampling::new(
        rows,
        (rect.y, rect.bottom()),
        (plot.y, plot.bottom()),
        flip.1,
    )?;
    let mut pixels = Vec::with_capacity(across.pixels * down.pixels * 4);
    let mut previous: Option<(usize, usize)> = None;
    for y in 0..down.pixels {
        let (top, bottom) = down.cells(y);
        // Pixels of the same cells need not be computed again.
        if previous == Some((top, bottom)) {
            let row = across.pixels * 4;
            pixels.extend_from_within(pixels.len() - row..);
            continue;
        }
        previous = Some((top, bottom));
        for x in 0..across.pixels {
            let (left, right) = across.cells(x);
            let color = match mean(values, columns, (top, bottom), (left, right)) {
                Some(value) => viridis((value - low) / (high - low)),
                None => MISSING,
            };
            pixels.extend([color.red, color.green, color.blue, color.alpha]);
        }
    }
    Some(Mark::Image {
        rect: Rect {
            x: across.from,
            y: down.from,
            width: across.to - across.from,
            height: down.to - down.from,
        },
        columns: across.pixels as u32,
        rows: down.pixels as u32,
        pixels,
    })
}

/// The mean of the finite values in a block of cells.
fn mean(
    values: &[f64],
    columns: usize,
    (top, bottom): (usize, usize),
    (left, right): (usize, usize),
) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for row in top..bottom {
        for &value in &values[row * columns..][left..right] {
            if value.abs() <= 1e300 {
                sum += value;
                count += 1.0;
            }
        }
    }
    (count > 0.0).then(|| (sum / count).clamp(-1e300, 1e300))
}

/// How cells become the pixels of a fine screen along one direction: a pixel is
/// the cell it is in, or the mean of several. Drawn at the resolution of the
/// screen, cells stay sharp however a viewer scales images.
struct Sampling {
    /// The seen part of the matrix.
    from: f64,
    to: f64,
    pixels: usize,
    cells: usize,
    /// Where the first cell begins, and the pixels one cell covers.
    start: f64,
    pitch: f64,
    flip: bool,
}

impl Sampling {
    fn new(cells: usize, whole: (f64, f64), seen: (f64, f64), flip: bool) -> Option<Self> {
        let (from, to) = (whole.0.max(seen.0), whole.1.min(seen.1));
        let pixels = ((to - from) * DENSITY).round();
        (pixels >= 1.0).then(|| Self {
            from,
            to,
            pixels: pixels as usize,
            cells,
            start: whole.0,
            pitch: (whole.1 - whole.0) / cells as f64,
            flip,
        })
    }

    /// First cell of a pixel and the one after its last.
    fn cells(&self, pixel: usize) -> (usize, usize) {
        let size = (self.to - self.from) / self.pixels as f64;
        let edge = |pixel: f64| (self.from + pixel * size - self.start) / self.pitch;
        let (first, end) = if size > self.pitch {
            (edge(pixel as f64).round(), edge(pixel as f64 + 1.0).round())
        } else {
            let cell = edge(pixel as f64 + 0.5).floor();
            (cell, cell + 1.0)
        };
        let first = (first.max(0.0) as usize).min(self.cells - 1);
        let end = (end.max(0.0) as usize).clamp(first + 1, self.cells);
        if self.flip {
            (self.cells - end, self.cells - first)
        } else {
            (first, end)
        }
    }
}
