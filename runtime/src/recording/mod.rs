//! What was recorded, in Neo's shape: a block of segments, a segment of spike
//! trains and signals.
//!
//! Everything here is immutable and shared, so that copies cost nothing and
//! stay valid whatever becomes of the network they came from.

mod device;
mod numpy;
mod segment;
mod signal;
mod spiketrain;
mod variables;

pub use device::Device;
pub(crate) use device::{DEVICES, converter};
pub use segment::{Block, Segment};
pub(crate) use segment::{part, time_of_signals, time_span};
pub(crate) use signal::signal_times;
pub use signal::{IrregularlySampledSignal, SignalList};
pub use spiketrain::{SpikeTrain, SpikeTrainList};
pub use variables::Variables;
pub(crate) use variables::{Variable, Wanted};

/// Where a spike train or a signal comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotations {
    /// Label of the population.
    pub source_population: String,
    /// Index of the neuron within its population.
    pub source_index: usize,
    /// PyNN's number of the neuron among all neurons and sources of the network.
    pub source_id: usize,
    /// Whether it is a source of spikes, not a neuron.
    pub is_spike_source: bool,
    /// What digitised a signal; nothing did a spike train.
    pub device: Option<Device>,
}
