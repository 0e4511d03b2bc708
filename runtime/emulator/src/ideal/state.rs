//! The state of a textbook neuron.

/// State of a textbook neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct State {
    /// Membrane potential, LSB.
    pub v: f64,
    /// Excitatory current, LSB/µs.
    pub excitatory: f64,
    /// Inhibitory current, LSB/µs.
    pub inhibitory: f64,
    /// End of the refractory period, or of the last one, µs.
    pub held_until: f64,
}
