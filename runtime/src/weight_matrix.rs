//! The weights of a projection as a matrix.

use crate::ParameterValue;
use crate::number::Short;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// A matrix of weights: one row per source, one column per target neuron, NaN
/// where two are not connected. Shown as an image.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let src = pynn::Population::new(2, pynn::cells::SpikeSourceArray::new([0.01]))?;
/// let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new())?;
/// let synapse = pynn::synapses::StaticSynapse::new(63);
/// let proj = pynn::Projection::new(&src, &pop, pynn::OneToOneConnector::new(), synapse, "excitatory")?;
/// let weights = proj.get("weight")?;
/// assert_eq!(weights.shape(), (2, 2));
/// assert_eq!(weights[(1, 1)], 63.0);
/// assert!(weights[(0, 1)].is_nan());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct WeightMatrix {
    rows: usize,
    columns: usize,
    values: Arc<[f64]>,
}

impl WeightMatrix {
    /// A matrix from its values, row by row; there are `rows * columns` of them.
    pub(crate) fn new(rows: usize, columns: usize, values: Vec<f64>) -> WeightMatrix {
        WeightMatrix {
            rows,
            columns,
            values: values.into(),
        }
    }

    /// Number of rows (source neurons).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns (target neurons).
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// One value; nothing outside the matrix.
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        let inside = row < self.rows && column < self.columns;
        inside.then(|| self.values[row * self.columns + column])
    }

    /// The rows as lists.
    pub fn to_rows(&self) -> Vec<Vec<f64>> {
        self.values
            .chunks(self.columns.max(1))
            .map(<[f64]>::to_vec)
            .collect()
    }
}

impl Index<(usize, usize)> for WeightMatrix {
    type Output = f64;
    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self[row][column]
    }
}

impl Index<usize> for WeightMatrix {
    type Output = [f64];
    fn index(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

impl From<WeightMatrix> for ParameterValue {
    fn from(matrix: WeightMatrix) -> ParameterValue {
        ParameterValue::Rows(matrix.to_rows())
    }
}

impl From<&WeightMatrix> for ParameterValue {
    fn from(matrix: &WeightMatrix) -> ParameterValue {
        ParameterValue::Rows(matrix.to_rows())
    }
}

/// More rows or columns than this are not read as text.
const READABLE: usize = 24;

impl fmt::Display for WeightMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows > READABLE || self.columns > READABLE {
            return write!(f, "{} × {} weights", self.rows, self.columns);
        }
        let text = |value: &f64| Short(*value).to_string();
        let width = self.values.iter().map(|v| text(v).len()).max().unwrap_or(0);
        for row in 0..self.rows {
            let open = if row == 0 { "[[" } else { "\n [" };
            let cells: Vec<String> = self[row]
                .iter()
                .map(|value| format!("{:>width$}", text(value)))
                .collect();
            write!(f, "{open}{}]", cells.join(" "))?;
        }
        write!(f, "]")
    }
}

impl fmt::Debug for WeightMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
