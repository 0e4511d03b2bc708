//! Tables of literals, as the kernel compiles them.

use std::ops::Neg;

/// Makes what stands in a cell of a list of numbers.
pub trait Rows<T> {
    /// Rows of these lengths, one after the other.
    fn hx_rows(&self, lengths: &[usize]) -> Vec<Vec<T>>
    where
        T: Clone;

    /// The same numbers, those at these places negative.
    fn hx_signed(&self, negatives: &[usize]) -> Vec<T>
    where
        T: Clone + Neg<Output = T>;
}

impl<T> Rows<T> for [T] {
    fn hx_rows(&self, lengths: &[usize]) -> Vec<Vec<T>>
    where
        T: Clone,
    {
        let mut rest = self;
        lengths
            .iter()
            .map(|length| {
                let (row, after) = rest.split_at(*length);
                rest = after;
                row.to_vec()
            })
            .collect()
    }

    fn hx_signed(&self, negatives: &[usize]) -> Vec<T>
    where
        T: Clone + Neg<Output = T>,
    {
        let mut numbers = self.to_vec();
        for at in negatives {
            numbers[*at] = -numbers[*at].clone();
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_their_lengths_and_numbers_their_signs() {
        let rows = [1, 2, 3].hx_signed(&[1]).hx_rows(&[2, 1]);
        assert_eq!(rows, [vec![1, -2], vec![3]]);
    }
}
