//! What is to be placed, with nothing in it but what placing needs.

/// A network. Connections that start or end nowhere are given no synapses.
#[derive(Debug, Clone, Copy)]
pub struct Network<'network> {
    /// Where each neuron is, 0..512 (row * 256 + column).
    pub positions: &'network [usize],
    /// Who is connected to whom.
    pub connections: &'network [Connection],
}

/// A connection from an origin of events to a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Where its events come from.
    pub origin: Origin,
    /// Which neuron it ends on, an index into [`Network::positions`].
    pub target: u32,
    /// Whether it raises or lowers the membrane.
    pub sign: Sign,
    /// Its weight, which takes [`synapses(weight)`](crate::synapses) synapses.
    pub weight: u32,
}

/// Where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The neuron with this index into [`Network::positions`].
    Neuron(u32),
    /// The external source with this number.
    External(u32),
    /// A cell of a population of on-chip background generators.
    Background {
        /// Which bus the population's generators are on, 0 to 3.
        bus: u8,
        /// The cell within the population, 0 to 255.
        cell: u32,
    },
}

/// What a row of synapses does to membranes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Raises them.
    Excitatory,
    /// Lowers them.
    Inhibitory,
}
