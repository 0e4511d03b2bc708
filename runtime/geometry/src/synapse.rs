//! Synapse circuits: where they are, what they do to a membrane, and how much of a weight one
//! of them holds.

use crate::chip::{COLUMNS, ROWS};

/// Whether a synapse row pulls the membrane up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// Current that raises the membrane.
    Excitatory,
    /// Current that lowers the membrane.
    Inhibitory,
}

impl Polarity {
    /// Both, in the order of their indices (`polarity as usize`).
    pub const ALL: [Polarity; 2] = [Polarity::Excitatory, Polarity::Inhibitory];
}

/// The place of a synapse circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynapseCircuit {
    /// The hemisphere, 0 or 1.
    pub hemisphere: usize,
    /// The row within the hemisphere, 0 to 255.
    pub row: usize,
    /// The column, 0 to 255.
    pub column: usize,
}

impl SynapseCircuit {
    /// The circuit with this number.
    pub const fn new(number: u32) -> SynapseCircuit {
        let number = number as usize;
        SynapseCircuit {
            hemisphere: number / (ROWS * COLUMNS),
            row: number / COLUMNS % ROWS,
            column: number % COLUMNS,
        }
    }

    /// Its number among all synapse circuits: hemisphere * 65536 + row * 256 + column.
    pub const fn number(self) -> u32 {
        (self.row_of_chip() * COLUMNS + self.column) as u32
    }

    /// Its row among the rows of both hemispheres, 0 to 511.
    pub const fn row_of_chip(self) -> usize {
        self.hemisphere * ROWS + self.row
    }
}

/// Largest weight of one synapse circuit; a larger one takes several.
pub const LARGEST_WEIGHT: u32 = 63;

/// How many synapse circuits make up a weight. One that is 0 now has one all the
/// same, so that it can change later.
pub const fn synapses(weight: u32) -> usize {
    if weight == 0 {
        1
    } else {
        weight.div_ceil(LARGEST_WEIGHT) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chip::SYNAPSES;

    #[test]
    fn a_circuit_is_where_its_number_says() {
        for number in (0..SYNAPSES as u32).step_by(97) {
            let circuit = SynapseCircuit::new(number);
            assert_eq!(circuit.number(), number);
            assert!(circuit.hemisphere < 2 && circuit.row < ROWS && circuit.column < COLUMNS);
        }
        let last = SynapseCircuit {
            hemisphere: 1,
            row: 255,
            column: 255,
        };
        assert_eq!(last.number(), 131_071);
        assert_eq!(last.row_of_chip(), 511);
    }

    #[test]
    fn a_weight_takes_as_many_circuits_as_it_needs_and_one_at_least() {
        let expected = [(0, 1), (1, 1), (63, 1), (64, 2), (126, 2), (127, 3)];
        for (weight, circuits) in expected {
            assert_eq!(synapses(weight), circuits, "{weight}");
        }
    }
}
