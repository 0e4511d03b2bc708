//! Spikes on their way to the neurons.

use hx_geometry::PreSource;

/// A spike on its way to wherever it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub time: f64,
    pub source: PreSource,
}

/// Arrived event: its time, and the number of its origin in the connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming {
    pub time: f64,
    pub origin: usize,
}

/// Effect of an event on one neuron.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub time: f64,
    pub excitatory: f64,
    pub inhibitory: f64,
}
