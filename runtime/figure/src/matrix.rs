//! Matrices as images: colours, aspect and the pixels themselves.

use crate::artist::Cells;
use crate::color::{Color, viridis};
use crate::error::FigureError;
use crate::geometry::Rect;
use crate::range::widened;
use crate::scene::{DENSITY, Mark};

/// What a value that is not finite looks like.
const MISSING: Color = Color::gray(0xdd);

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

/// Refuses rows that are not equally long.
pub(crate) fn checked_rows(matrix: &[Vec<f64>]) -> Result<(), FigureError> {
    let expected = matrix.first().map_or(0, Vec::len);
    let mut lengths = matrix.iter().map(Vec::len).enumerate();
    match lengths.find(|(_, found)| *found != expected) {
        None => Ok(()),
        Some((row, found)) => Err(FigureError::RaggedMatrix {
            row,
            expected,
            found,
        }),
    }
}

/// The colours of the cells of a matrix, row by row, as `imshow` shows them.
///
/// # Errors
/// All rows must be equally long.
pub fn matrix_colors(matrix: &[Vec<f64>]) -> Result<Vec<Color>, FigureError> {
    checked_rows(matrix)?;
    let values = matrix.concat();
    let limits = color_limits(&values, None);
    let colors = values.iter().map(|&value| colored(value, limits));
    Ok(colors.collect())
}

fn colored(value: f64, (low, high): (f64, f64)) -> Color {
    if value.is_finite() {
        let value = value.clamp(-1e300, 1e300);
        viridis((value - low) / (high - low))
    } else {
        MISSING
    }
}

/// The rectangle within `cell` that gives a matrix square cells when so much of
/// its columns (`x`) and rows (`y`) is seen.
pub(crate) fn with_aspect(cell: Rect, x: (f64, f64), y: (f64, f64)) -> Rect {
    let ratio = ((x.1 - x.0) / (y.1 - y.0)).abs();
    if !ratio.is_normal() {
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
    cells: &Cells,
    (rows, columns): (usize, usize),
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
    let limits = match cells {
        Cells::Values(values, limits) => color_limits(values, *limits),
        Cells::Colors(_) => (0.0, 1.0),
    };
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
            let block = (top..bottom).map(|row| row * columns + left..row * columns + right);
            let color = match cells {
                Cells::Values(values, _) => {
                    let values = block.flat_map(|row| &values[row]);
                    colored(mean(values), limits)
                }
                Cells::Colors(colors) => blend(block.flat_map(|row| &colors[row])),
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

/// The mean of the finite values among some, NaN without any.
fn mean<'cell>(values: impl Iterator<Item = &'cell f64>) -> f64 {
    let finite = values.filter(|value| value.abs() <= 1e300);
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (sum / count).clamp(-1e300, 1e300)
}

/// The colour that some have in common from afar; those that are not seen do not count.
fn blend<'cell>(colors: impl Iterator<Item = &'cell Color>) -> Color {
    let (mut sums, mut opacity, mut count) = ([0.0; 3], 0.0, 0.0);
    for color in colors {
        let alpha = f64::from(color.alpha);
        for (sum, part) in sums.iter_mut().zip([color.red, color.green, color.blue]) {
            *sum += f64::from(part) * alpha;
        }
        opacity += alpha;
        count += 1.0;
    }
    if opacity == 0.0 {
        return Color::WHITE.with_alpha(0.0);
    }
    let [red, green, blue] = sums.map(|sum| (sum / opacity).round() as u8);
    Color::rgb(red, green, blue).with_alpha(opacity / count / 255.0)
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
