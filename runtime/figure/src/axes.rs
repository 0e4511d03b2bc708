//! One pair of axes and what is drawn in it.

use crate::artist::{Artist, ArtistHandle, LineStyle, Shape};
use crate::range::{Extent, widened};
use crate::{Color, FigureError};

/// Width of data lines in pixels.
const LINE_WIDTH: f64 = 1.5;

/// A pair of axes: a rectangle with data in it. Methods are named as in
/// matplotlib; values that are NaN or infinite leave gaps.
#[derive(Clone, Debug, Default)]
pub struct Axes {
    pub(crate) artists: Vec<Artist>,
    pub(crate) title: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) x_limits: Option<(f64, f64)>,
    pub(crate) y_limits: Option<(f64, f64)>,
    pub(crate) legend: bool,
    /// How many colours of the cycle are taken.
    cycled: usize,
}

impl Axes {
    /// Connects the points (x, y) by a line.
    pub fn plot(&mut self, x: &[f64], y: &[f64]) -> Result<ArtistHandle<'_>, FigureError> {
        same_length("plot", x, y)?;
        let shape = Shape::Line {
            x: x.to_vec(),
            y: y.to_vec(),
        };
        let color = self.next_color();
        Ok(self.add(shape, color))
    }

    /// Draws a dot at each point (x, y).
    pub fn scatter(&mut self, x: &[f64], y: &[f64]) -> Result<ArtistHandle<'_>, FigureError> {
        same_length("scatter", x, y)?;
        let shape = Shape::Scatter {
            x: x.to_vec(),
            y: y.to_vec(),
        };
        let color = self.next_color();
        Ok(self.add(shape, color).marker_size(5.5))
    }

    /// A raster: row `i` of `rows` becomes a row of short vertical ticks at
    /// height `i`, one at each time.
    pub fn eventplot(&mut self, rows: &[Vec<f64>]) -> ArtistHandle<'_> {
        let shape = Shape::Events {
            rows: rows.to_vec(),
        };
        let color = self.next_color();
        self.add(shape, color).line_width(1.2)
    }

    /// Counts the values in `bins` equal bins from the smallest to the largest.
    pub fn hist(&mut self, values: &[f64], bins: usize) -> Result<ArtistHandle<'_>, FigureError> {
        if !(1..=100_000).contains(&bins) {
            return Err(FigureError::BadBins { bins });
        }
        let (edges, counts) = count(values, bins);
        let color = self.next_color();
        Ok(self.add(Shape::Histogram { edges, counts }, color))
    }

    /// Shows a matrix as an image, row 0 on top, with a colour bar. Values that
    /// are not finite stay grey.
    pub fn imshow(&mut self, matrix: &[Vec<f64>]) -> Result<ArtistHandle<'_>, FigureError> {
        let columns = matrix.first().map_or(0, Vec::len);
        for (row, values) in matrix.iter().enumerate() {
            if values.len() != columns {
                return Err(FigureError::RaggedMatrix {
                    row,
                    expected: columns,
                    found: values.len(),
                });
            }
        }
        self.imshow_flat(&matrix.concat(), matrix.len(), columns)
    }

    /// The same for a matrix whose rows are stored one after the other.
    pub fn imshow_flat(
        &mut self,
        values: &[f64],
        rows: usize,
        columns: usize,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        if rows.checked_mul(columns) != Some(values.len()) {
            return Err(FigureError::MatrixSize {
                rows,
                columns,
                values: values.len(),
            });
        }
        let shape = Shape::Matrix {
            values: values.to_vec(),
            rows,
            columns,
            limits: None,
        };
        Ok(self.add(shape, Color::BLACK))
    }

    /// A horizontal line at `y` across the axes.
    pub fn axhline(&mut self, y: f64) -> ArtistHandle<'_> {
        self.add(Shape::HorizontalLine { y }, Color::cycle(0))
    }

    /// A vertical line at `x` across the axes.
    pub fn axvline(&mut self, x: f64) -> ArtistHandle<'_> {
        self.add(Shape::VerticalLine { x }, Color::cycle(0))
    }

    /// What is along the horizontal axis, with its unit: "time \[ms\]".
    pub fn set_xlabel(&mut self, label: &str) -> &mut Self {
        label.clone_into(&mut self.x_label);
        self
    }

    /// What is along the vertical axis, with its unit.
    pub fn set_ylabel(&mut self, label: &str) -> &mut Self {
        label.clone_into(&mut self.y_label);
        self
    }

    /// A title above the axes.
    pub fn set_title(&mut self, title: &str) -> &mut Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The ends of the horizontal axis; a larger `left` turns it around.
    pub fn set_xlim(&mut self, left: f64, right: f64) -> Result<&mut Self, FigureError> {
        self.x_limits = Some(checked_limits("x", left, right)?);
        Ok(self)
    }

    /// The ends of the vertical axis; a larger `bottom` turns it around.
    pub fn set_ylim(&mut self, bottom: f64, top: f64) -> Result<&mut Self, FigureError> {
        self.y_limits = Some(checked_limits("y", bottom, top)?);
        Ok(self)
    }

    /// Whether labelled things are listed in a legend (where it hides least).
    pub fn legend(&mut self, visible: bool) -> &mut Self {
        self.legend = visible;
        self
    }

    /// Whether nothing was drawn into these axes yet.
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty()
    }

    /// The ends of the horizontal axis, as set or as the data need.
    pub fn xlim(&self) -> (f64, f64) {
        self.x_limits.unwrap_or_else(|| self.x_extent().limits())
    }

    /// The ends of the vertical axis, as set or as the data need.
    pub fn ylim(&self) -> (f64, f64) {
        self.y_limits.unwrap_or_else(|| {
            let (low, high) = self.y_extent().limits();
            // Row 0 of a matrix is on top.
            if self.matrix().is_some() {
                (high, low)
            } else {
                (low, high)
            }
        })
    }

    fn next_color(&mut self) -> Color {
        self.cycled += 1;
        Color::cycle(self.cycled - 1)
    }

    fn add(&mut self, shape: Shape, color: Color) -> ArtistHandle<'_> {
        let artist = Artist {
            shape,
            label: None,
            color,
            line_width: LINE_WIDTH,
            line_style: LineStyle::Solid,
            marker_size: None,
        };
        let index = self.artists.len();
        self.artists.push(artist);
        ArtistHandle {
            artist: &mut self.artists[index],
        }
    }

    pub(crate) fn matrix(&self) -> Option<&Artist> {
        self.artists
            .iter()
            .find(|artist| matches!(artist.shape, Shape::Matrix { .. }))
    }

    /// Whether the rows of a raster or a matrix make only whole numbers
    /// meaningful along (x, y).
    pub(crate) fn integer_axes(&self) -> (bool, bool) {
        let all = |test: fn(&Shape) -> bool| {
            let mut shapes = self.artists.iter().filter(|artist| {
                !matches!(
                    artist.shape,
                    Shape::HorizontalLine { .. } | Shape::VerticalLine { .. }
                )
            });
            !self.artists.is_empty() && shapes.all(|artist| test(&artist.shape))
        };
        (
            all(|shape| matches!(shape, Shape::Matrix { .. })),
            all(|shape| matches!(shape, Shape::Matrix { .. } | Shape::Events { .. })),
        )
    }

    pub(crate) fn x_extent(&self) -> Extent {
        let mut extent = Extent::empty();
        for artist in &self.artists {
            match &artist.shape {
                // A point that is not drawn must not stretch the other axis.
                Shape::Line { x, y } | Shape::Scatter { x, y } => {
                    add_drawn(&mut extent, x, y);
                }
                Shape::Events { rows } => rows.iter().for_each(|row| extent.add_all(row)),
                Shape::Histogram { edges, .. } => extent.add_all(edges),
                Shape::Matrix { columns, .. } => stick(&mut extent, *columns),
                Shape::VerticalLine { x } => extent.add(*x),
                Shape::HorizontalLine { .. } => (),
            }
        }
        extent
    }

    fn y_extent(&self) -> Extent {
        let mut extent = Extent::empty();
        for artist in &self.artists {
            match &artist.shape {
                Shape::Line { x, y } | Shape::Scatter { x, y } => {
                    add_drawn(&mut extent, y, x);
                }
                Shape::Events { rows } => stick(&mut extent, rows.len()),
                Shape::Histogram { counts, .. } => {
                    extent.stick_low(0.0);
                    extent.add_all(counts);
                }
                Shape::Matrix { rows, .. } => stick(&mut extent, *rows),
                Shape::HorizontalLine { y } => extent.add(*y),
                Shape::VerticalLine { .. } => (),
            }
        }
        extent
    }
}

fn add_drawn(extent: &mut Extent, values: &[f64], others: &[f64]) {
    for (&value, other) in values.iter().zip(others) {
        if other.is_finite() {
            extent.add(value);
        }
    }
}

/// Rows and columns are centred on their index and reach half a step beyond.
fn stick(extent: &mut Extent, count: usize) {
    if count > 0 {
        extent.stick_low(-0.5);
        extent.stick_high(count as f64 - 0.5);
    }
}

fn same_length(method: &'static str, x: &[f64], y: &[f64]) -> Result<(), FigureError> {
    if x.len() == y.len() {
        Ok(())
    } else {
        Err(FigureError::LengthMismatch {
            method,
            x: x.len(),
            y: y.len(),
        })
    }
}

fn checked_limits(axis: &'static str, low: f64, high: f64) -> Result<(f64, f64), FigureError> {
    let drawable = low.abs() <= 1e300 && high.abs() <= 1e300;
    if !drawable || low == high {
        return Err(FigureError::BadLimits { axis, low, high });
    }
    // Limits that `f64` can hardly tell apart are moved apart.
    Ok(if low < high {
        widened(low, high)
    } else {
        let (high, low) = widened(high, low);
        (low, high)
    })
}

/// Bin edges and counts; no data make empty bins from 0 to 1, as in numpy.
fn count(values: &[f64], bins: usize) -> (Vec<f64>, Vec<f64>) {
    let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values.iter().filter(|value| value.abs() <= 1e300) {
        extent = (extent.0.min(value), extent.1.max(value));
    }
    let (low, high) = if extent.0 > extent.1 {
        (0.0, 1.0)
    } else if extent.0 == extent.1 && extent.0.abs() < 1e6 {
        (extent.0 - 0.5, extent.1 + 0.5)
    } else {
        widened(extent.0, extent.1)
    };
    let width = (high - low) / bins as f64;
    let edges = (0..=bins).map(|bin| low + width * bin as f64).collect();
    let mut counts = vec![0.0; bins];
    for &value in values.iter().filter(|value| value.abs() <= 1e300) {
        let bin = (((value - low) / (high - low)) * bins as f64) as usize;
        counts[bin.min(bins - 1)] += 1.0;
    }
    (edges, counts)
}
