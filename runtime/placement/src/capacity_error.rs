//! What ran out.

use std::fmt;

/// A resource of which a network needs more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CapacityError {
    /// A neuron is to be where the chip has none.
    PositionOutside {
        /// The neuron.
        neuron: usize,
        /// The position asked for.
        position: usize,
    },
    /// Two neurons are to be in one place.
    PositionTaken {
        /// The second of them.
        neuron: usize,
        /// The position.
        position: usize,
    },
    /// More synapses on one neuron than its column has.
    Synapses {
        /// The neuron.
        neuron: usize,
        /// Synapses it would need.
        needed: usize,
        /// Synapses it has.
        available: usize,
    },
    /// More synapse drivers than one bus has, for origins that reach no other.
    DriversOnBus {
        /// The half of the chip, 0 or 1.
        hemisphere: usize,
        /// The bus, 0 to 3.
        bus: usize,
        /// Drivers it would need.
        needed: usize,
        /// Drivers it has.
        available: usize,
    },
    /// More synapse drivers than a half of the chip has, wherever they are.
    Drivers {
        /// The half of the chip, 0 or 1.
        hemisphere: usize,
        /// Drivers it would need, about: the fewest are not known.
        needed: usize,
        /// Drivers it has.
        available: usize,
    },
    /// More external sources than labels of events.
    Sources {
        /// The number of the last source, and one more.
        needed: usize,
        /// Labels there are.
        available: usize,
    },
    /// More populations of background generators than the chip has buses for.
    Backgrounds {
        /// The number of the last one, and one more.
        needed: usize,
        /// How many there can be.
        available: usize,
    },
    /// More cells of a population of background generators than their labels tell apart.
    BackgroundCells {
        /// The number of the last cell, and one more.
        needed: usize,
        /// How many there can be.
        available: usize,
    },
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, needed, available) = match *self {
            CapacityError::PositionOutside { neuron, position } => {
                return write!(f, "neuron {neuron} cannot be at position {position}");
            }
            CapacityError::PositionTaken { neuron, position } => {
                return write!(f, "neuron {neuron} is not the first at position {position}");
            }
            CapacityError::Synapses {
                neuron,
                needed,
                available,
            } => (format!("synapses of neuron {neuron}"), needed, available),
            CapacityError::DriversOnBus {
                hemisphere,
                bus,
                needed,
                available,
            } => {
                let what = format!("synapse drivers on bus {bus} of half {hemisphere}");
                (what, needed, available)
            }
            CapacityError::Drivers {
                hemisphere,
                needed,
                available,
            } => (
                format!("synapse drivers of half {hemisphere}"),
                needed,
                available,
            ),
            CapacityError::Sources { needed, available } => {
                ("labels of sources".into(), needed, available)
            }
            CapacityError::Backgrounds { needed, available } => {
                ("populations of generators".into(), needed, available)
            }
            CapacityError::BackgroundCells { needed, available } => {
                ("cells of a generator".into(), needed, available)
            }
        };
        write!(f, "{needed} {what} are needed, there are {available}")
    }
}

impl std::error::Error for CapacityError {}
