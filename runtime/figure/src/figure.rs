//! A figure: a grid of axes with a size.

use crate::axes::Axes;
use crate::error::FigureError;

/// CSS pixels to the inch.
const DOTS_PER_INCH: f64 = 96.0;

/// A picture of one or several axes.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) axes: Vec<Axes>,
    pub(crate) height_ratios: Vec<f64>,
    pub(crate) share_x: bool,
    pub(crate) title: String,
}

impl Default for Figure {
    fn default() -> Self {
        Self::new()
    }
}

impl Figure {
    /// One pair of axes in 6.4 x 4.0 inches.
    pub fn new() -> Self {
        Self::grid(1, 1)
    }

    /// One pair of axes in a figure of this size.
    pub fn with_size(width_inch: f64, height_inch: f64) -> Self {
        let mut figure = Self::new();
        figure.set_size(width_inch, height_inch);
        figure
    }

    /// A grid of axes, numbered row by row from the upper left, each row making
    /// the figure higher.
    pub fn subplots(rows: usize, columns: usize) -> Result<Self, FigureError> {
        if !(1..=32).contains(&rows) || !(1..=32).contains(&columns) {
            return Err(FigureError::BadGrid { rows, columns });
        }
        Ok(Self::grid(rows, columns))
    }

    fn grid(rows: usize, columns: usize) -> Self {
        let height_inch = match rows {
            1 => 4.0,
            rows => 1.2 + 1.8 * rows as f64,
        };
        let mut figure = Self {
            width: 0.0,
            height: 0.0,
            rows,
            columns,
            axes: vec![Axes::default(); rows * columns],
            height_ratios: vec![1.0; rows],
            share_x: false,
            title: String::new(),
        };
        figure.set_size(6.4, height_inch);
        figure
    }

    /// The size in inches of 96 logical pixels, kept within 1 to 30 inches.
    pub fn set_size(&mut self, width_inch: f64, height_inch: f64) -> &mut Self {
        let pixels = |inch: f64, default: f64| {
            let inch = if inch.is_finite() { inch } else { default };
            (inch.clamp(1.0, 30.0) * DOTS_PER_INCH).round()
        };
        self.width = pixels(width_inch, 6.4);
        self.height = pixels(height_inch, 4.0);
        self
    }

    /// Whether the axes of a column have one horizontal axis, labelled at the
    /// bottom.
    pub fn share_x(&mut self, shared: bool) -> &mut Self {
        self.share_x = shared;
        self
    }

    /// How high the rows are relative to one another.
    pub fn set_height_ratios(&mut self, ratios: &[f64]) -> Result<&mut Self, FigureError> {
        let drawable = |ratio: &f64| (1e-3..=1e3).contains(ratio);
        if ratios.len() != self.rows || !ratios.iter().all(drawable) {
            return Err(FigureError::BadRatios { rows: self.rows });
        }
        self.height_ratios = ratios.to_vec();
        Ok(self)
    }

    /// A title above all axes.
    pub fn suptitle(&mut self, title: &str) -> &mut Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The axes `index`, counted row by row from the upper left.
    pub fn axes_mut(&mut self, index: usize) -> Result<&mut Axes, FigureError> {
        let count = self.axes.len();
        self.axes
            .get_mut(index)
            .ok_or(FigureError::NoSuchAxes { index, count })
    }

    /// The axes `index`, to look at.
    pub fn axes(&self, index: usize) -> Result<&Axes, FigureError> {
        self.axes.get(index).ok_or(FigureError::NoSuchAxes {
            index,
            count: self.axes.len(),
        })
    }

    /// How many axes there are.
    pub fn axes_count(&self) -> usize {
        self.axes.len()
    }

    /// Whether nothing was drawn into any axes yet.
    pub fn is_empty(&self) -> bool {
        self.axes.iter().all(Axes::is_empty)
    }

    /// Width and height in logical pixels: those of the SVG, and half of those of
    /// the PNG.
    pub fn logical_size(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }
}
