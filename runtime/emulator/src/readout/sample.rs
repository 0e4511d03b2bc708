//! The observable state of a neuron.

/// All there is to see of a neuron at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sample {
    /// Membrane potential, MADC LSB.
    pub membrane: f64,
    /// Excitatory synaptic line, weight units.
    pub excitatory_line: f64,
    /// Inhibitory synaptic line, weight units.
    pub inhibitory_line: f64,
    /// State of the adaptation, MADC LSB.
    pub adaptation: f64,
}
