//! The resource that ran out.

use hx_geometry::NEURONS;
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
        /// Largest number.
        available: usize,
    },
    /// More cells of a population of background generators than their labels tell apart.
    BackgroundCells {
        /// The number of the last cell, and one more.
        needed: usize,
        /// Largest number.
        available: usize,
    },
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            CapacityError::PositionOutside { neuron, position } => write!(
                f,
                "neuron {neuron} cannot be at position {position}: the chip has positions 0 to {}",
                NEURONS - 1
            ),
            CapacityError::PositionTaken { neuron, position } => write!(
                f,
                "neuron {neuron} cannot be at position {position}: another neuron is there"
            ),
            CapacityError::Synapses {
                neuron,
                needed,
                available,
            } => write!(
                f,
                "neuron {neuron} needs {needed} synapses, but a neuron has {available}"
            ),
            CapacityError::DriversOnBus {
                hemisphere,
                bus,
                needed,
                available,
            } => write!(
                f,
                "{needed} synapse drivers are needed on bus {bus} of hemisphere {hemisphere}, but \
                 it has {available}"
            ),
            CapacityError::Drivers {
                hemisphere,
                needed,
                available,
            } => write!(
                f,
                "about {needed} synapse drivers are needed in hemisphere {hemisphere}, but it has \
                 {available}"
            ),
            CapacityError::Sources { needed, available } => write!(
                f,
                "{needed} external sources are needed, but the chip can tell {available} apart"
            ),
            CapacityError::Backgrounds { needed, available } => write!(
                f,
                "{needed} background generators are needed, but the chip has {available}"
            ),
            CapacityError::BackgroundCells { needed, available } => write!(
                f,
                "{needed} cells of a background generator are needed, but it has {available}"
            ),
        }
    }
}

impl std::error::Error for CapacityError {}
