//! The coordinates of a BrainScaleS-2 chip, for all crates that number its circuits.
//!
//! How many circuits of each kind there are and how they are numbered ([`chip`]), where a
//! synapse circuit is ([`SynapseCircuit`]), and what a synapse is told of its two ends
//! ([`PreSource`], [`Polarity`]). The facts are those of the chip's own coordinates (`halco`
//! of Electronic Vision(s)).

pub mod chip;
pub mod source;
pub mod synapse;

pub use chip::{
    BACKGROUND_CELLS, BACKGROUNDS, BUSES, COLUMNS, COLUMNS_PER_SIDE, DRIVERS, DRIVERS_PER_BUS,
    HEMISPHERES, LABELS, NEURONS, ROWS, ROWS_PER_BUS, ROWS_PER_DRIVER, SOURCES, SYNAPSES,
    SYNAPSES_PER_DRIVER, bus_of_neuron, column, hemisphere,
};
pub use source::PreSource;
pub use synapse::{LARGEST_WEIGHT, Polarity, SynapseCircuit, synapses};
