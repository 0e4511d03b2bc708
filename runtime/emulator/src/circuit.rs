//! One neuron circuit: what the chip stores for it, and what that amounts to.

use crate::Chip;
use crate::chip::Silicon;

/// Configuration of one neuron circuit, in the codes the chip stores.
///
/// Field names are the chip's own, grouped by a common prefix. A parameter the
/// model gives no effect to is no field. The default is the uncalibrated chip:
/// all codes 0, synaptic inputs off.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronConfig {
    /// Leak potential, 0..=1022.
    pub leak_v_leak: u16,
    /// Leak conductance, 0..=1022; the membrane time constant goes as its inverse.
    pub leak_i_bias: u16,
    /// Divides the leak conductance by 8.
    pub leak_enable_division: bool,
    /// Multiplies the leak conductance by 8.
    pub leak_enable_multiplication: bool,
    /// Lowers the leak conductance and widens its linear range (both by 2, estimate).
    pub leak_enable_degeneration: bool,

    /// Reset potential, 0..=1022.
    pub reset_v_reset: u16,
    /// Reset conductance, 0..=1022.
    pub reset_i_bias: u16,
    /// Divides the reset conductance by 8.
    pub reset_enable_division: bool,
    /// Multiplies the reset conductance by 8.
    pub reset_enable_multiplication: bool,
    /// Lowers the reset conductance and widens its linear range (both by 2, estimate).
    pub reset_enable_degeneration: bool,

    /// Switches the comparator on; without it the neuron cannot spike.
    pub threshold_enable: bool,
    /// Spike threshold, 0..=1022.
    pub threshold_v_threshold: u16,

    /// Membrane capacitance, 0..=63; 63 is about 2.3 pF, 0 leaves the parasitics.
    pub membrane_capacitance_capacitance: u8,

    /// Length of the refractory period, 0..=255 cycles of 8 ns.
    pub refractory_period_refractory_time: u8,

    /// Connects the excitatory input to the membrane.
    pub excitatory_input_enable: bool,
    /// Strength of the excitatory input, 0..=1022.
    pub excitatory_input_i_bias_gm: u16,
    /// Excitatory synaptic time constant, 0..=1022; it goes as the inverse.
    pub excitatory_input_i_bias_tau: u16,
    /// Lengthens the excitatory synaptic time constant (3.5 times, estimate).
    pub excitatory_input_enable_high_resistance: bool,
    /// Leaves only the parasitic capacitance of the line: shorter (0.2 times,
    /// estimate) and higher currents.
    pub excitatory_input_enable_small_capacitance: bool,

    /// Connects the inhibitory input to the membrane.
    pub inhibitory_input_enable: bool,
    /// Strength of the inhibitory input, 0..=1022.
    pub inhibitory_input_i_bias_gm: u16,
    /// Inhibitory synaptic time constant, 0..=1022; it goes as the inverse.
    pub inhibitory_input_i_bias_tau: u16,
    /// Lengthens the inhibitory synaptic time constant (3.5 times, estimate).
    pub inhibitory_input_enable_high_resistance: bool,
    /// Leaves only the parasitic capacitance of the line: shorter (0.2 times,
    /// estimate) and higher currents.
    pub inhibitory_input_enable_small_capacitance: bool,

    /// Switches the constant current on.
    pub constant_current_enable: bool,
    /// Strength of the constant current, 0..=1022.
    pub constant_current_i_offset: u16,
    /// Direction of the constant current: 0 a source (raises the membrane),
    /// 1 a sink (lowers it).
    pub constant_current_type: u8,
}

impl Default for NeuronConfig {
    fn default() -> NeuronConfig {
        NeuronConfig {
            leak_v_leak: 0,
            leak_i_bias: 0,
            leak_enable_division: false,
            leak_enable_multiplication: false,
            leak_enable_degeneration: false,
            reset_v_reset: 0,
            reset_i_bias: 0,
            reset_enable_division: false,
            reset_enable_multiplication: false,
            reset_enable_degeneration: false,
            threshold_enable: false,
            threshold_v_threshold: 0,
            membrane_capacitance_capacitance: 0,
            refractory_period_refractory_time: 0,
            excitatory_input_enable: false,
            excitatory_input_i_bias_gm: 0,
            excitatory_input_i_bias_tau: 0,
            excitatory_input_enable_high_resistance: false,
            // The hardware's own default: the large capacitor is off.
            excitatory_input_enable_small_capacitance: true,
            inhibitory_input_enable: false,
            inhibitory_input_i_bias_gm: 0,
            inhibitory_input_i_bias_tau: 0,
            inhibitory_input_enable_high_resistance: false,
            inhibitory_input_enable_small_capacitance: true,
            constant_current_enable: false,
            constant_current_i_offset: 0,
            constant_current_type: 0,
        }
    }
}

/// What a configuration amounts to on a chip: the numbers of the textbook neuron.
///
/// On the ideal chip they are the whole model. On any other they are what a
/// small signal sees: its amplifiers saturate, and charge faster than tau_m says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Physical {
    /// Resting potential, LSB: the leak potential, plus what a constant current
    /// adds through the membrane's resistance. A real membrane stops at its
    /// supply rails, this number does not.
    pub v_leak: f64,
    /// Spike threshold, LSB; infinite while the comparator is off.
    pub v_threshold: f64,
    /// Reset potential, LSB.
    pub v_reset: f64,
    /// Membrane time constant (discharging), µs.
    pub tau_m: f64,
    /// Excitatory synaptic time constant, µs.
    pub tau_syn_exc: f64,
    /// Inhibitory synaptic time constant, µs.
    pub tau_syn_inh: f64,
    /// Refractory time, µs; never below one cycle of 8 ns.
    pub tau_refrac: f64,
    /// Time from a source's spike to the onset of the current, µs.
    pub delay: f64,
    /// Membrane slope one excitatory weight unit adds when its spike arrives, LSB/µs.
    pub weight_exc: f64,
    /// Membrane slope one inhibitory weight unit takes when its spike arrives, LSB/µs.
    pub weight_inh: f64,
}

/// What `config` amounts to on `chip`, at circuit `index` of the chip.
///
/// Neither of the chips there are so far has mismatch, so every `index` gives the same.
pub fn physical(chip: &Chip, _index: usize, config: &NeuronConfig) -> Physical {
    let transfer = &chip.transfer;
    let gain = transfer.capacitance_gain(config.membrane_capacitance_capacitance);
    let leak_rate = gain
        * transfer.amplifier_rate(
            config.leak_i_bias,
            config.leak_enable_division,
            config.leak_enable_multiplication,
            config.leak_enable_degeneration,
        );
    let tau_m = 1.0 / leak_rate;
    let weight = |enabled: bool, bias: u16, small_capacitance: bool| {
        if enabled {
            gain * transfer.synaptic_strength(bias, small_capacitance)
        } else {
            0.0
        }
    };
    Physical {
        v_leak: transfer.reference(config.leak_v_leak)
            + gain * constant_slope(chip, config) * tau_m,
        v_threshold: if config.threshold_enable {
            transfer.threshold(config.threshold_v_threshold)
        } else {
            f64::INFINITY
        },
        v_reset: transfer.reference(config.reset_v_reset),
        tau_m,
        tau_syn_exc: transfer.synaptic_time(
            config.excitatory_input_i_bias_tau,
            config.excitatory_input_enable_high_resistance,
            config.excitatory_input_enable_small_capacitance,
        ),
        tau_syn_inh: transfer.synaptic_time(
            config.inhibitory_input_i_bias_tau,
            config.inhibitory_input_enable_high_resistance,
            config.inhibitory_input_enable_small_capacitance,
        ),
        tau_refrac: transfer.refractory(config.refractory_period_refractory_time),
        delay: match chip.silicon {
            Silicon::Ideal => 0.0,
            Silicon::Nominal => transfer.input_latency,
        },
        weight_exc: weight(
            config.excitatory_input_enable,
            config.excitatory_input_i_bias_gm,
            config.excitatory_input_enable_small_capacitance,
        ),
        weight_inh: weight(
            config.inhibitory_input_enable,
            config.inhibitory_input_i_bias_gm,
            config.inhibitory_input_enable_small_capacitance,
        ),
    }
}

/// Slope the constant current adds at full capacitance, LSB/µs, with its sign.
pub(crate) fn constant_slope(chip: &Chip, config: &NeuronConfig) -> f64 {
    if !config.constant_current_enable {
        return 0.0;
    }
    let slope = chip.transfer.constant_current * f64::from(config.constant_current_i_offset);
    match config.constant_current_type {
        0 => slope,
        _ => -slope,
    }
}
