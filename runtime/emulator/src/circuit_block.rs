//! The parts of a neuron circuit.

/// The parts of a neuron circuit that deviate from the design each on their own.
///
/// The numbers are part of what a chip's seed means: they may not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitBlock {
    /// The amplifier that pulls the membrane to the leak potential.
    Leak = 0,
    /// The same with the references and bias of the reset.
    Reset = 1,
    /// The comparator that sees spikes.
    Comparator = 2,
    /// The excitatory synaptic input.
    Excitatory = 3,
    /// The inhibitory synaptic input.
    Inhibitory = 4,
    /// The source of the constant current.
    Constant = 5,
    /// The source of the exponential current.
    Exponential = 6,
    /// The adaptation.
    Adaptation = 7,
    /// The resistor to the shared line.
    Resistor = 8,
    /// The amplifier in front of the membrane ADC. It does not deviate: what is known
    /// of the spread of potentials was measured through it.
    Readout = 9,
}
