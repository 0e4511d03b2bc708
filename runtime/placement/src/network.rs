//! Networks as placing needs them, and nothing else of them.

use hx_geometry::{Polarity, PreSource};

/// A network. Connections that start or end nowhere are given no synapses.
#[derive(Debug, Clone, Copy)]
pub struct Network<'network> {
    /// Position of each neuron, 0..512 (row * 256 + column).
    pub positions: &'network [usize],
    /// Which bus each population of on-chip background generators is on, 0 to 3.
    pub generator_buses: &'network [usize],
    /// Connections.
    pub connections: &'network [Connection],
}

/// A connection from a source of events to a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Source of its events: a neuron is an index into [`Network::positions`], a
    /// generator one into [`Network::generator_buses`].
    pub source: PreSource,
    /// Which neuron it ends on, an index into [`Network::positions`].
    pub target: u32,
    /// Sign of its effect on the membrane.
    pub polarity: Polarity,
    /// Its weight, which takes [`synapses(weight)`](hx_geometry::synapses) synapses.
    pub weight: u32,
}
