//! What can be wrong with a request to draw, told in a sentence.

use std::error::Error;
use std::fmt;

/// Why something could not be added to a figure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FigureError {
    /// Horizontal and vertical coordinates are not equally many.
    LengthMismatch {
        /// The method that was called.
        method: &'static str,
        /// How many horizontal coordinates there are.
        x: usize,
        /// How many vertical coordinates there are.
        y: usize,
    },
    /// Values that belong to points are not as many as those.
    CountMismatch {
        /// The method that was called.
        method: &'static str,
        /// Which values: `"errors"`, `"bases"`, `"lower values"` and the like.
        what: &'static str,
        /// How many points there are.
        points: usize,
        /// How many values there are.
        found: usize,
    },
    /// The thickness of bars must be a positive finite number.
    BadThickness {
        /// The thickness asked for.
        thickness: f64,
    },
    /// The figure has no axes of that index.
    NoSuchAxes {
        /// The index asked for.
        index: usize,
        /// How many axes there are.
        count: usize,
    },
    /// A grid of subplots of that shape cannot be made.
    BadGrid {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },
    /// Limits that are equal or not finite.
    BadLimits {
        /// Which limits: `"x"`, `"y"` or `"colour"`.
        axis: &'static str,
        /// The first limit.
        low: f64,
        /// The second limit.
        high: f64,
    },
    /// A histogram needs at least one bin (and at most 100,000).
    BadBins {
        /// The number of bins asked for.
        bins: usize,
    },
    /// The rows of a matrix are not equally long.
    RaggedMatrix {
        /// The first row that differs.
        row: usize,
        /// The length of row 0.
        expected: usize,
        /// The length of that row.
        found: usize,
    },
    /// A flat matrix does not have `rows * columns` values.
    MatrixSize {
        /// Rows announced.
        rows: usize,
        /// Columns announced.
        columns: usize,
        /// Values given.
        values: usize,
    },
    /// No colour is known by this name.
    UnknownColor {
        /// The name.
        name: String,
    },
    /// Height ratios must be positive, finite and one per row.
    BadRatios {
        /// How many rows the figure has.
        rows: usize,
    },
}

impl fmt::Display for FigureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LengthMismatch { method, x, y } => write!(
                formatter,
                "{method} needs as many x as y values, but got {x} x and {y} y values"
            ),
            Self::CountMismatch {
                method,
                what,
                points,
                found,
            } => write!(
                formatter,
                "{method} needs as many {what} as points, but got {found} for {points}"
            ),
            Self::BadThickness { thickness } => write!(
                formatter,
                "bars need a positive thickness, not {thickness:?}"
            ),
            Self::NoSuchAxes { index, count } => write!(
                formatter,
                "the figure has {count} axes, counted from 0, so there are no axes {index}"
            ),
            Self::BadGrid { rows, columns } => write!(
                formatter,
                "a grid of {rows} x {columns} subplots cannot be made: rows and columns must be between 1 and 32"
            ),
            Self::BadLimits { axis, low, high } => write!(
                formatter,
                "{axis} limits must be two different finite numbers, not {low:?} and {high:?}"
            ),
            Self::BadBins { bins } => write!(
                formatter,
                "a histogram needs between 1 and 100000 bins, not {bins}"
            ),
            Self::RaggedMatrix {
                row,
                expected,
                found,
            } => write!(
                formatter,
                "the rows of a matrix must be equally long, but row 0 has {expected} values and row {row} has {found}"
            ),
            Self::MatrixSize {
                rows,
                columns,
                values,
            } => write!(
                formatter,
                "a matrix of {rows} x {columns} needs as many values, but got {values}"
            ),
            Self::UnknownColor { name } => write!(
                formatter,
                "there is no colour \"{name}\": use a name such as \"red\" or \"tab:blue\", \"C0\" to \"C9\", a grey level such as \"0.5\", or \"#rrggbb\""
            ),
            Self::BadRatios { rows } => write!(
                formatter,
                "height ratios must be positive numbers, one for each of the {rows} rows"
            ),
        }
    }
}

impl Error for FigureError {}
