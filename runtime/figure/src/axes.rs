//! One pair of axes and what is drawn in it.

use crate::artist::{
    Artist, ArtistHandle, Bars, Cells, Errors, LineStyle, Shape, checked_thickness, same_count,
};
use crate::color::Color;
use crate::error::FigureError;
use crate::extents;
use crate::geometry::AxisScale;
use crate::matrix::checked_rows;
use crate::range::{Extent, widened};

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
    pub(crate) x_scale: AxisScale,
    pub(crate) y_scale: AxisScale,
    pub(crate) grid: bool,
    pub(crate) legend: bool,
    /// What is drawn along a second vertical axis at the right.
    pub(crate) second: Option<Box<Axes>>,
    /// Whether these are such axes themselves.
    is_second: bool,
    /// How many colours of the cycle are taken by lines, dots and histograms.
    cycled: usize,
    /// How many are taken by bars and bands, which have a cycle of their own: a band so has
    /// the colour of its line.
    filled: usize,
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
        checked_rows(matrix)?;
        self.imshow_flat(&matrix.concat(), matrix.len(), columns)
    }

    /// The same for a matrix whose rows are stored one after the other.
    pub fn imshow_flat(
        &mut self,
        values: &[f64],
        rows: usize,
        columns: usize,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        self.add_matrix(
            Cells::Values(values.to_vec(), None),
            values.len(),
            (rows, columns),
        )
    }

    /// Shows a picture in its own colours, row 0 on top, its pixels stored row by row.
    ///
    /// # Errors
    /// `rows * columns` pixels are needed.
    pub fn imshow_colors(
        &mut self,
        pixels: &[Color],
        rows: usize,
        columns: usize,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        self.add_matrix(
            Cells::Colors(pixels.to_vec()),
            pixels.len(),
            (rows, columns),
        )
    }

    fn add_matrix(
        &mut self,
        cells: Cells,
        values: usize,
        (rows, columns): (usize, usize),
    ) -> Result<ArtistHandle<'_>, FigureError> {
        if rows.checked_mul(columns) != Some(values) {
            return Err(FigureError::MatrixSize {
                rows,
                columns,
                values,
            });
        }
        let shape = Shape::Matrix {
            cells,
            rows,
            columns,
        };
        Ok(self.add(shape, Color::BLACK))
    }

    /// Connects points by a line and draws bars as far to their sides (`x_errors`) and
    /// above and below (`y_errors`) as they are uncertain. Without a line but with dots:
    /// `.line_style(LineStyle::None).marker_size(5.5)`.
    ///
    /// # Errors
    /// As many y values and errors as x values are needed.
    pub fn errorbar(
        &mut self,
        x: &[f64],
        y: &[f64],
        x_errors: Errors<'_>,
        y_errors: Errors<'_>,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        same_length("errorbar", x, y)?;
        let shape = Shape::ErrorBars {
            x_error: x_errors.checked(x.len())?,
            y_error: y_errors.checked(y.len())?,
            x: x.to_vec(),
            y: y.to_vec(),
            cap: 0.0,
        };
        let color = self.next_color();
        Ok(self.add(shape, color))
    }

    /// Fills the area between the lines (x, low) and (x, high). It is opaque as long as
    /// no `alpha` is given.
    ///
    /// # Errors
    /// As many lower and upper values as x values are needed.
    pub fn fill_between(
        &mut self,
        x: &[f64],
        low: &[f64],
        high: &[f64],
    ) -> Result<ArtistHandle<'_>, FigureError> {
        same_count("fill_between", "lower values", x.len(), low)?;
        same_count("fill_between", "upper values", x.len(), high)?;
        let shape = Shape::Band {
            x: x.to_vec(),
            low: low.to_vec(),
            high: high.to_vec(),
        };
        let color = self.next_fill();
        Ok(self.add(shape, color))
    }

    /// Upright bars of a width (in units of the axis) centred on `x`, from 0 to `heights`.
    ///
    /// # Errors
    /// As many heights as x values and a positive width are needed.
    pub fn bar(
        &mut self,
        x: &[f64],
        heights: &[f64],
        width: f64,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        same_length("bar", x, heights)?;
        self.bars(x, heights, width, false)
    }

    /// Bars of a height (in units of the axis) centred on `y`, from 0 to `widths`.
    ///
    /// # Errors
    /// As many widths as y values and a positive height are needed.
    pub fn barh(
        &mut self,
        y: &[f64],
        widths: &[f64],
        height: f64,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        same_length("barh", widths, y)?;
        self.bars(y, widths, height, true)
    }

    fn bars(
        &mut self,
        positions: &[f64],
        lengths: &[f64],
        thickness: f64,
        horizontal: bool,
    ) -> Result<ArtistHandle<'_>, FigureError> {
        let bars = Bars {
            positions: positions.to_vec(),
            lengths: lengths.to_vec(),
            base: vec![0.0; positions.len()],
            thickness: checked_thickness(thickness)?,
            horizontal,
        };
        let color = self.next_fill();
        Ok(self.add(Shape::Bars(bars), color))
    }

    /// Fills the axes between two heights.
    pub fn axhspan(&mut self, low: f64, high: f64) -> ArtistHandle<'_> {
        self.add(Shape::HorizontalSpan { low, high }, Color::cycle(0))
    }

    /// Fills the axes between two places on the horizontal axis.
    pub fn axvspan(&mut self, low: f64, high: f64) -> ArtistHandle<'_> {
        self.add(Shape::VerticalSpan { low, high }, Color::cycle(0))
    }

    /// Axes over these with the same horizontal axis and a vertical one of their own, at
    /// the right: what is drawn in them, their vertical limits, scale and name count.
    /// Both are listed in one legend.
    pub fn twinx(&mut self) -> &mut Axes {
        // There is no third axis.
        if self.is_second {
            return self;
        }
        let (cycled, filled) = (self.cycled, self.filled);
        self.second.get_or_insert_with(|| {
            Box::new(Axes {
                is_second: true,
                cycled,
                filled,
                ..Axes::default()
            })
        })
    }

    /// How values are spread along the horizontal axis.
    pub fn set_xscale(&mut self, scale: AxisScale) -> &mut Self {
        self.x_scale = scale;
        self
    }

    /// How values are spread along the vertical axis.
    pub fn set_yscale(&mut self, scale: AxisScale) -> &mut Self {
        self.y_scale = scale;
        self
    }

    /// Whether lines at the ticks run through the axes.
    pub fn grid(&mut self, visible: bool) -> &mut Self {
        self.grid = visible;
        self
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

    /// How many things were drawn into these axes, without those of the second ones.
    pub fn artist_count(&self) -> usize {
        self.artists.len()
    }

    /// What was drawn `index`-th, counted from 0, to be given other looks.
    pub fn artist_mut(&mut self, index: usize) -> Option<ArtistHandle<'_>> {
        let artist = self.artists.get_mut(index)?;
        Some(ArtistHandle { artist })
    }

    /// Whether nothing was drawn into these axes yet.
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty() && self.second.as_ref().is_none_or(|second| second.is_empty())
    }

    /// The ends of the horizontal axis, as set or as the data need. A logarithmic axis
    /// ignores limits that are not positive.
    pub fn xlim(&self) -> (f64, f64) {
        usable(self.x_limits, self.x_scale).unwrap_or_else(|| self.x_extent(self.x_scale).limits())
    }

    /// The ends of the vertical axis, as set or as the data need. A logarithmic axis
    /// ignores limits that are not positive.
    pub fn ylim(&self) -> (f64, f64) {
        usable(self.y_limits, self.y_scale).unwrap_or_else(|| {
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

    fn next_fill(&mut self) -> Color {
        self.filled += 1;
        Color::cycle(self.filled - 1)
    }

    fn add(&mut self, shape: Shape, color: Color) -> ArtistHandle<'_> {
        let artist = Artist {
            shape,
            label: None,
            color,
            opacity: None,
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

    /// The label of the colour bar.
    pub(crate) fn bar_label(&self) -> Option<&str> {
        self.matrix()?.label.as_deref()
    }

    /// Whether the rows of a raster or a matrix make only whole numbers
    /// meaningful along (x, y).
    pub(crate) fn integer_axes(&self) -> (bool, bool) {
        let all = |test: fn(&Shape) -> bool| {
            let mut shapes = self.artists.iter().filter(|artist| {
                !matches!(
                    artist.shape,
                    Shape::HorizontalLine { .. }
                        | Shape::VerticalLine { .. }
                        | Shape::HorizontalSpan { .. }
                        | Shape::VerticalSpan { .. }
                )
            });
            !self.artists.is_empty() && shapes.all(|artist| test(&artist.shape))
        };
        (
            all(|shape| matches!(shape, Shape::Matrix { .. })),
            all(|shape| matches!(shape, Shape::Matrix { .. } | Shape::Events { .. })),
        )
    }

    /// What the data need of a horizontal axis of this kind, with those of the second axes.
    pub(crate) fn x_extent(&self, scale: AxisScale) -> Extent {
        let mut extent = Extent::empty(scale);
        for artist in self.all_artists() {
            extents::add_x(&mut extent, &artist.shape);
        }
        extent
    }

    fn y_extent(&self) -> Extent {
        let mut extent = Extent::empty(self.y_scale);
        for artist in &self.artists {
            extents::add_y(&mut extent, &artist.shape);
        }
        extent
    }

    /// Everything drawn here, along the second axis as well.
    pub(crate) fn all_artists(&self) -> impl Iterator<Item = &Artist> {
        let second = self.second.iter().flat_map(|second| &second.artists);
        self.artists.iter().chain(second)
    }
}

/// Limits that have a place on an axis of this kind.
pub(crate) fn usable(limits: Option<(f64, f64)>, scale: AxisScale) -> Option<(f64, f64)> {
    limits.filter(|(low, high)| scale == AxisScale::Linear || low.min(*high) > 0.0)
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
