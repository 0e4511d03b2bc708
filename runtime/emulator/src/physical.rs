//! What a configuration amounts to: the numbers of the textbook neuron.

use crate::chip::Silicon;
use crate::{Chip, NeuronConfig};

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
    /// Refractory time, µs; never below one cycle of its clock.
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
pub fn physical(chip: &Chip, index: usize, config: &NeuronConfig) -> Physical {
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
            + gain * constant_slope(chip, index, config) * tau_m,
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
        tau_refrac: transfer.refractory(
            config.refractory_period_refractory_time,
            chip.backend
                .clock_scale(config.refractory_period_input_clock),
        ),
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
pub(crate) fn constant_slope(chip: &Chip, _index: usize, config: &NeuronConfig) -> f64 {
    if !config.constant_current_enable {
        return 0.0;
    }
    let slope = chip
        .transfer
        .constant_slope(config.constant_current_i_offset);
    match config.constant_current_type {
        0 => slope,
        _ => -slope,
    }
}
