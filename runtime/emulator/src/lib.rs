//! An emulated BrainScaleS-2 chip.
//!
//! This crate knows currents, voltages and codes; it knows no PyNN. A caller
//! describes what is configured on the chip and what is sent to it
//! ([`Experiment`]), the chip runs it ([`run()`]) and gives back what its readout
//! saw ([`Observation`]).
//!
//! Units, everywhere in this crate: time in microseconds of hardware time,
//! potentials in LSB of the membrane ADC (MADC), slopes in LSB per microsecond,
//! configuration in DAC codes as the chip stores them.
//!
//! Two models live side by side. [`Chip::ideal`] is the textbook neuron, solved
//! in closed form between events. [`Chip::nominal`] has the transfer functions
//! of the real design ([`Transfer`]): amplifiers that saturate, latencies,
//! supply rails, a digital clock and temporal noise. [`Chip::new`] is that with the
//! mismatch of one chip of many, which a [`Calibration`] largely takes away again.

pub mod calibration;
pub mod chip;
pub mod circuit_block;
pub mod configuration;
pub mod experiment;
pub mod mismatch;
pub mod physical;
pub mod run;
pub mod transfer;

mod adex;
mod amplifier;
mod background;
mod compartments;
mod connectivity;
mod event_stream;
mod exponential;
mod ideal;
mod integration;
mod neuron;
mod readout;
mod root;
mod seed;
mod silicon;
mod snippets;

pub use calibration::Calibration;
pub use calibration::target::{InputTarget, Target};
pub use chip::{Backend, Chip};
pub use circuit_block::CircuitBlock;
pub use configuration::NeuronConfig;
pub use experiment::{
    Converter, Experiment, Generator, Observable, Observation, Probe, Snippet, Synapse, Trace,
};
pub use hx_geometry::{Polarity, PreSource};
pub use mismatch::{Deviation, MISMATCH, Mismatch, SPREADS, Spread};
pub use physical::{Physical, physical};
pub use run::run;
pub use transfer::functions::{TRANSFER_FUNCTIONS, TransferFunction};
pub use transfer::laws::AmplifierSwitches;
pub use transfer::{CONSTANTS, Constant, Kind, Transfer};
