//! One neuron circuit: what the chip stores for it, and what that amounts to.

use crate::Chip;

/// Configuration of one neuron circuit, in the codes the chip stores.
///
/// Field names are the chip's own, grouped by a common prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronConfig {
    /// Leak potential, 0..=1022.
    pub leak_v_leak: u16,
    /// Leak conductance, 0..=1022.
    pub leak_i_bias: u16,
    // ... H1 fills in the rest: every field of the reference's section 2.
}

/// What a configuration amounts to on a chip: the numbers of the textbook neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Physical {
    /// Resting potential, LSB.
    pub v_leak: f64,
    /// Spike threshold, LSB.
    pub v_threshold: f64,
    /// Reset potential, LSB.
    pub v_reset: f64,
    /// Membrane time constant, µs.
    pub tau_m: f64,
    /// Excitatory synaptic time constant, µs.
    pub tau_syn_exc: f64,
    /// Inhibitory synaptic time constant, µs.
    pub tau_syn_inh: f64,
    /// Refractory time, µs.
    pub tau_refrac: f64,
    /// Time from a source's spike to the onset of the current, µs.
    pub delay: f64,
    /// Membrane slope one excitatory weight unit adds when its spike arrives, LSB/µs.
    pub weight_exc: f64,
    /// Membrane slope one inhibitory weight unit takes when its spike arrives, LSB/µs.
    pub weight_inh: f64,
}

/// What `config` amounts to on `chip`, at circuit `index` of the chip.
pub fn physical(_chip: &Chip, _index: usize, _config: &NeuronConfig) -> Physical {
    unimplemented!("skeleton")
}
