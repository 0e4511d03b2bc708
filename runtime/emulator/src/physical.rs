//! Numbers of the textbook neuron that a configuration amounts to.

use crate::chip::Chip;
use crate::chip::Silicon;
use crate::circuit_block::CircuitBlock;
use crate::configuration::NeuronConfig;
use crate::transfer::Transfer;

/// Numbers of the textbook neuron that a configuration amounts to on a chip.
///
/// On the ideal chip they are the whole model. On any other they are what a
/// small signal sees: its amplifiers saturate.
///
/// With the exponential and the adaptation current it is the adaptive exponential
/// neuron of Brette and Gerstner, w being the adaptation in the LSB it lowers a
/// membrane by that follows it slowly:
///
/// ```text
/// tau_m dV/dt = v_leak − V + delta_exp exp((V − v_exp)/delta_exp) − w + …
/// tau_w dw/dt = a (V − v_w) − w, and w grows by b with every spike
/// ```
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
    /// Membrane time constant, µs.
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
    /// Of a COBA input: where the membrane is `coba_exc` below `e_rev_exc`.
    pub weight_exc: f64,
    /// Membrane slope one inhibitory weight unit takes when its spike arrives, LSB/µs.
    /// Of a COBA input: where the membrane is `coba_inh` above `e_rev_inh`.
    pub weight_inh: f64,
    /// Potential at which the exponential current moves the membrane as fast as the
    /// leak does at a distance of `delta_exp`, LSB; infinite without it.
    pub v_exp: f64,
    /// Potential over which the exponential current grows by e, LSB; 0 without it.
    pub delta_exp: f64,
    /// Time constant of the adaptation, µs; infinite without it.
    pub tau_w: f64,
    /// Coupling of the adaptation to the membrane, LSB per LSB; 0 without it.
    pub a: f64,
    /// Increment of the adaptation per spike, LSB; 0 without it.
    pub b: f64,
    /// Membrane potential that does not drive the adaptation, LSB; 0 without it.
    pub v_w: f64,
    /// Excitatory reversal potential, LSB; infinite for a CUBA input, whose current
    /// does not go with the membrane potential.
    pub e_rev_exc: f64,
    /// Inhibitory reversal potential, LSB; negative infinite for a CUBA input.
    pub e_rev_inh: f64,
    /// Distance from `e_rev_exc` at which a weight unit counts `weight_exc`, LSB; the
    /// current goes with the distance. Infinite for a CUBA input.
    pub coba_exc: f64,
    /// Distance from `e_rev_inh` at which a weight unit counts `weight_inh`, LSB; the
    /// current goes with the distance. Infinite for a CUBA input.
    pub coba_inh: f64,
}

/// Numbers that `config` amounts to on `chip`, at position `index` (0..512) of the chip.
///
/// All numbers come from the laws that [`TRANSFER_FUNCTIONS`](crate::TRANSFER_FUNCTIONS)
/// lists, with the constants this circuit has on this chip.
pub fn physical(chip: &Chip, index: usize, config: &NeuronConfig) -> Physical {
    let design = chip.transfer();
    let block = |block| chip.block(index, block);
    let leak = block(CircuitBlock::Leak);
    let gain = design.capacitance_gain(config.membrane_capacitance_capacitance);
    let reference = leak.reference(config.leak_v_leak);
    let leak_rate =
        gain * leak.amplifier_rate(reference, config.leak_i_bias, config.leak_switches());
    let tau_m = 1.0 / leak_rate;
    let v_leak = reference + gain * constant_slope(chip, index, config) * tau_m;
    let (excitatory, inhibitory) = (
        block(CircuitBlock::Excitatory),
        block(CircuitBlock::Inhibitory),
    );
    let weight = |enabled: bool, transfer: &Transfer, bias: u16, small_capacitance: bool| {
        if enabled {
            gain * transfer.synaptic_strength(bias, small_capacitance) * chip.backend.weight_unit()
        } else {
            0.0
        }
    };
    Physical {
        v_leak,
        v_threshold: if config.threshold_enable {
            block(CircuitBlock::Comparator).threshold(config.threshold_v_threshold)
        } else {
            f64::INFINITY
        },
        v_reset: block(CircuitBlock::Reset).reset_reference(config.reset_v_reset),
        tau_m,
        tau_syn_exc: excitatory.synaptic_time(
            config.excitatory_input_i_bias_tau,
            config.excitatory_input_enable_high_resistance,
            config.excitatory_input_enable_small_capacitance,
        ),
        tau_syn_inh: inhibitory.synaptic_time(
            config.inhibitory_input_i_bias_tau,
            config.inhibitory_input_enable_high_resistance,
            config.inhibitory_input_enable_small_capacitance,
        ),
        tau_refrac: design.refractory(
            config.refractory_period_refractory_time,
            chip.backend
                .clock_scale(config.refractory_period_input_clock),
        ),
        delay: match chip.silicon {
            Silicon::Ideal => 0.0,
            Silicon::Nominal | Silicon::Fabricated(_) => design.input_latency,
        },
        weight_exc: weight(
            config.excitatory_input_enable,
            &excitatory,
            config.excitatory_input_i_bias_gm,
            config.excitatory_input_enable_small_capacitance,
        ),
        weight_inh: weight(
            config.inhibitory_input_enable,
            &inhibitory,
            config.inhibitory_input_i_bias_gm,
            config.inhibitory_input_enable_small_capacitance,
        ),
        ..special(chip, index, config, tau_m)
    }
}

/// The numbers of the parts that most neurons do not use; all others are 0.
fn special(chip: &Chip, index: usize, config: &NeuronConfig, tau_m: f64) -> Physical {
    let gain = chip
        .transfer()
        .capacitance_gain(config.membrane_capacitance_capacitance);
    let (v_exp, delta_exp) = exponential(chip, index, config, gain * tau_m);
    let (excitatory, inhibitory) = (
        chip.block(index, CircuitBlock::Excitatory),
        chip.block(index, CircuitBlock::Inhibitory),
    );
    let (excitatory, inhibitory) = (
        config.excitatory_input_enable_coba_mode.then(|| {
            (
                excitatory.reversal(config.excitatory_input_v_rev_coba),
                1.0 / excitatory.coba_gain(config.excitatory_input_i_bias_coba),
            )
        }),
        config.inhibitory_input_enable_coba_mode.then(|| {
            (
                inhibitory.reversal(config.inhibitory_input_v_rev_coba),
                1.0 / inhibitory.coba_gain(config.inhibitory_input_i_bias_coba),
            )
        }),
    );
    let (e_rev_exc, coba_exc) = excitatory.unwrap_or((f64::INFINITY, f64::INFINITY));
    let (e_rev_inh, coba_inh) = inhibitory.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    Physical {
        v_exp,
        delta_exp,
        e_rev_exc,
        e_rev_inh,
        coba_exc,
        coba_inh,
        ..adaptation(chip, index, config, gain * tau_m)
    }
}

/// Onset and slope factor of the exponential current; `resistance` is what a slope at
/// full capacitance amounts to at rest, µs.
fn exponential(chip: &Chip, index: usize, config: &NeuronConfig, resistance: f64) -> (f64, f64) {
    if !config.exponential_enable {
        return (f64::INFINITY, 0.0);
    }
    let transfer = chip.block(index, CircuitBlock::Exponential);
    let (onset, slope_factor) =
        transfer.exponential(config.exponential_v_exp, config.exponential_i_bias);
    // The current is rate × slope factor at its onset; the textbook's is slope factor
    // / tau_m at its own.
    let onset = onset - slope_factor * (transfer.exponential_rate * resistance).ln();
    (onset, slope_factor)
}

/// The numbers of the adaptation; all others are 0.
fn adaptation(chip: &Chip, index: usize, config: &NeuronConfig, resistance: f64) -> Physical {
    let none = Physical {
        tau_w: f64::INFINITY,
        ..NOTHING
    };
    if !config.adaptation_enable {
        return none;
    }
    let transfer = chip.block(index, CircuitBlock::Adaptation);
    let sign = |invert: bool| if invert { -1.0 } else { 1.0 };
    // What the chip's adaptation voltage lowers the membrane by, LSB per LSB.
    let strength = transfer.adaptation_strength * resistance;
    let coupling =
        transfer.adaptation_coupling(config.adaptation_i_bias_a, config.adaptation_i_bias_tau);
    let pulse_scale = chip.backend.clock_scale_adaptation_pulse;
    let increment = if config.adaptation_enable_pulse {
        transfer.adaptation_increment(config.adaptation_i_bias_b, pulse_scale)
    } else {
        0.0
    };
    Physical {
        tau_w: transfer.adaptation_time_constant(config.adaptation_i_bias_tau),
        a: sign(config.adaptation_invert_a) * strength * coupling,
        b: sign(config.adaptation_invert_b) * strength * increment,
        v_w: transfer.adaptation_reference(config.adaptation_v_leak),
        ..none
    }
}

/// Blank that the functions above fill in.
const NOTHING: Physical = Physical {
    v_leak: 0.0,
    v_threshold: 0.0,
    v_reset: 0.0,
    tau_m: 0.0,
    tau_syn_exc: 0.0,
    tau_syn_inh: 0.0,
    tau_refrac: 0.0,
    delay: 0.0,
    weight_exc: 0.0,
    weight_inh: 0.0,
    v_exp: 0.0,
    delta_exp: 0.0,
    tau_w: 0.0,
    a: 0.0,
    b: 0.0,
    v_w: 0.0,
    e_rev_exc: 0.0,
    e_rev_inh: 0.0,
    coba_exc: 0.0,
    coba_inh: 0.0,
};

/// Slope the constant current adds at full capacitance, LSB/µs, with its sign.
pub(crate) fn constant_slope(chip: &Chip, index: usize, config: &NeuronConfig) -> f64 {
    if !config.constant_current_enable {
        return 0.0;
    }
    let slope = chip
        .block(index, CircuitBlock::Constant)
        .constant_slope(config.constant_current_i_offset);
    match config.constant_current_type {
        0 => slope,
        _ => -slope,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::Calibration;

    #[test]
    fn the_exponential_current_is_the_textbooks_at_its_onset() {
        let config = NeuronConfig {
            exponential_enable: true,
            exponential_v_exp: 580,
            exponential_i_bias: 100,
            membrane_capacitance_capacitance: 40,
            ..Calibration::Tutorial.neuron()
        };
        let transfer = Transfer::NOMINAL;
        let numbers = physical(&Chip::nominal(), 0, &config);
        let (onset, slope) = transfer.exponential(580, 100);
        let gain = transfer.capacitance_gain(40);
        for v in [300.0, 450.0, 500.0] {
            let chips = gain * transfer.exponential_rate * slope * ((v - onset) / slope).exp();
            let textbooks =
                numbers.delta_exp / numbers.tau_m * ((v - numbers.v_exp) / numbers.delta_exp).exp();
            assert!((chips / textbooks - 1.0).abs() < 1e-9, "{v}");
        }
    }

    #[test]
    fn the_adaptation_lowers_the_membrane_by_a_of_what_it_followed() {
        let config = NeuronConfig {
            adaptation_enable: true,
            adaptation_enable_pulse: true,
            adaptation_i_bias_tau: 100,
            adaptation_i_bias_a: 100,
            adaptation_i_bias_b: 200,
            adaptation_invert_b: true,
            adaptation_v_leak: 500,
            ..Calibration::Tutorial.neuron()
        };
        let numbers = physical(&Chip::nominal(), 0, &config);
        let transfer = Transfer::NOMINAL;
        let strength = transfer.adaptation_strength * numbers.tau_m;
        assert!((numbers.a - strength * transfer.adaptation_coupling(100, 100)).abs() < 1e-12);
        assert!((numbers.b + strength * transfer.adaptation_increment(200, 7)).abs() < 1e-12);
        assert_eq!(numbers.v_w, transfer.adaptation_reference(500));
        assert_eq!(numbers.tau_w, transfer.adaptation_time_constant(100));
    }

    #[test]
    fn what_is_off_has_no_effect_in_the_textbooks_terms() {
        let numbers = physical(&Chip::nominal(), 0, &Calibration::Tutorial.neuron());
        assert_eq!((numbers.v_exp, numbers.delta_exp), (f64::INFINITY, 0.0));
        assert_eq!(
            (numbers.tau_w, numbers.a, numbers.b),
            (f64::INFINITY, 0.0, 0.0)
        );
        assert_eq!(numbers.e_rev_exc, f64::INFINITY);
        assert_eq!(numbers.e_rev_inh, f64::NEG_INFINITY);
    }

    #[test]
    fn the_bias_of_the_synapses_scales_all_weights() {
        let chip = Chip::nominal().backend(crate::chip::Backend {
            synapse_dac_bias: 300,
            ..crate::chip::Backend::default()
        });
        let config = Calibration::Tutorial.neuron();
        let half = physical(&chip, 0, &config);
        let full = physical(&Chip::nominal(), 0, &config);
        assert_eq!(2.0 * half.weight_exc, full.weight_exc);
        assert_eq!(2.0 * half.weight_inh, full.weight_inh);
    }
}
