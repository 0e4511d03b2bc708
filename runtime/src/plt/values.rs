//! What can be drawn: lists of numbers, and lists of such lists.

use crate::recording::{IrregularlySampledSignal, SpikeTrain, SpikeTrainList};
use crate::{Number, WeightMatrix, Whole};
use std::ops::{Range, RangeInclusive};

/// A list of numbers: an array, a slice, a `Vec`, a range, a spike train (its
/// times) or a signal (its values).
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub(super) Vec<f64>);

fn numbers<T: Number>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.number()).collect()
}

impl<T: Number> From<&[T]> for Values {
    fn from(values: &[T]) -> Values {
        Values(numbers(values))
    }
}

impl<T: Number> From<Vec<T>> for Values {
    fn from(values: Vec<T>) -> Values {
        Values(numbers(&values))
    }
}

impl<T: Number> From<&Vec<T>> for Values {
    fn from(values: &Vec<T>) -> Values {
        Values(numbers(values))
    }
}

impl<T: Number, const N: usize> From<[T; N]> for Values {
    fn from(values: [T; N]) -> Values {
        Values(numbers(&values))
    }
}

impl<T: Number, const N: usize> From<&[T; N]> for Values {
    fn from(values: &[T; N]) -> Values {
        Values(numbers(values))
    }
}

impl<T: Whole> From<Range<T>> for Values {
    fn from(range: Range<T>) -> Values {
        Values(whole_numbers(range.start.whole()..range.end.whole()))
    }
}

impl<T: Whole> From<RangeInclusive<T>> for Values {
    fn from(range: RangeInclusive<T>) -> Values {
        let (begin, last) = range.into_inner();
        Values(whole_numbers(begin.whole()..last.whole() + 1))
    }
}

fn whole_numbers(range: Range<i128>) -> Vec<f64> {
    range.map(Number::number).collect()
}

impl From<&SpikeTrain> for Values {
    fn from(train: &SpikeTrain) -> Values {
        Values(train.times().to_vec())
    }
}

impl From<SpikeTrain> for Values {
    fn from(train: SpikeTrain) -> Values {
        Values::from(&train)
    }
}

impl From<IrregularlySampledSignal> for Values {
    fn from(signal: IrregularlySampledSignal) -> Values {
        Values::from(&signal)
    }
}

impl From<&IrregularlySampledSignal> for Values {
    fn from(signal: &IrregularlySampledSignal) -> Values {
        Values(signal.values().to_vec())
    }
}

/// A list of lists of numbers: the rows of a matrix, or times row by row. A list
/// of numbers or one spike train is one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows(pub(super) Vec<Vec<f64>>);

fn rows<T: Number, R: AsRef<[T]>>(rows: &[R]) -> Rows {
    Rows(rows.iter().map(|row| numbers(row.as_ref())).collect())
}

impl<T: Number> From<Vec<Vec<T>>> for Rows {
    fn from(values: Vec<Vec<T>>) -> Rows {
        rows(&values)
    }
}

impl<T: Number> From<&Vec<Vec<T>>> for Rows {
    fn from(values: &Vec<Vec<T>>) -> Rows {
        rows(values)
    }
}

impl<T: Number> From<&[Vec<T>]> for Rows {
    fn from(values: &[Vec<T>]) -> Rows {
        rows(values)
    }
}

impl<T: Number, const N: usize, const M: usize> From<[[T; M]; N]> for Rows {
    fn from(values: [[T; M]; N]) -> Rows {
        rows(&values)
    }
}

impl<T: Number> From<Vec<T>> for Rows {
    fn from(row: Vec<T>) -> Rows {
        rows(&[row])
    }
}

impl<T: Number, const N: usize> From<[T; N]> for Rows {
    fn from(row: [T; N]) -> Rows {
        rows(&[row])
    }
}

impl<T: Number> From<&[T]> for Rows {
    fn from(row: &[T]) -> Rows {
        rows(&[row])
    }
}

impl<T: Number, const N: usize> From<[Vec<T>; N]> for Rows {
    fn from(values: [Vec<T>; N]) -> Rows {
        rows(&values)
    }
}

impl<const N: usize> From<[SpikeTrain; N]> for Rows {
    fn from(trains: [SpikeTrain; N]) -> Rows {
        rows(&trains)
    }
}

impl From<SpikeTrain> for Rows {
    fn from(train: SpikeTrain) -> Rows {
        Rows::from(&train)
    }
}

impl From<Vec<SpikeTrain>> for Rows {
    fn from(trains: Vec<SpikeTrain>) -> Rows {
        rows(&trains)
    }
}

impl From<SpikeTrainList> for Rows {
    fn from(trains: SpikeTrainList) -> Rows {
        rows(&trains)
    }
}

impl From<&SpikeTrain> for Rows {
    fn from(train: &SpikeTrain) -> Rows {
        Rows(vec![train.times().to_vec()])
    }
}

impl From<&[SpikeTrain]> for Rows {
    fn from(trains: &[SpikeTrain]) -> Rows {
        rows(trains)
    }
}

impl From<&Vec<SpikeTrain>> for Rows {
    fn from(trains: &Vec<SpikeTrain>) -> Rows {
        rows(trains)
    }
}

impl From<&SpikeTrainList> for Rows {
    fn from(trains: &SpikeTrainList) -> Rows {
        rows(trains)
    }
}

impl From<&WeightMatrix> for Rows {
    fn from(matrix: &WeightMatrix) -> Rows {
        rows(&matrix.to_rows())
    }
}

impl From<WeightMatrix> for Rows {
    fn from(matrix: WeightMatrix) -> Rows {
        Rows::from(&matrix)
    }
}
