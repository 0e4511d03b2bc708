//! Laws of every parameter a user can set: one row per law, to read and to
//! compute with. The numbers are those of the laws themselves, which `physical` and
//! the engines call, so a table made of this cannot disagree with the chip.

use super::laws::AmplifierSwitches;
use super::{Kind, Transfer};

/// Law that makes one parameter a physical quantity: a row of [`TRANSFER_FUNCTIONS`].
#[derive(Debug, Clone, Copy)]
pub struct TransferFunction {
    /// The parameter, as the chip calls it; `*` stands for excitatory and inhibitory.
    pub parameter: &'static str,
    /// Quantity that it sets.
    pub quantity: &'static str,
    /// The unit of that.
    pub unit: &'static str,
    /// The law, with `x` for the code and constants as [`Transfer`] calls them.
    pub formula: &'static str,
    /// The largest code; the smallest is 0.
    pub largest: u16,
    /// Kind of number that the law is.
    pub kind: Kind,
    /// Source of the law: a section of the reference.
    pub source: &'static str,
    /// Uncertainty, in words.
    pub uncertainty: &'static str,
    /// The law: the quantity at a code, with all other parameters where the row says.
    pub law: fn(&Transfer, u16) -> f64,
}

macro_rules! functions {
    ($($parameter:literal, $quantity:literal, $unit:literal, $formula:literal, $largest:literal,
       $kind:ident, $source:literal, $uncertainty:literal, $law:expr;)*) => {
        /// The laws of all parameters, in the order of [`NeuronConfig`](crate::NeuronConfig).
        pub static TRANSFER_FUNCTIONS: &[TransferFunction] = &[$(TransferFunction {
            parameter: $parameter,
            quantity: $quantity,
            unit: $unit,
            formula: $formula,
            largest: $largest,
            kind: Kind::$kind,
            source: $source,
            uncertainty: $uncertainty,
            law: $law,
        }),*];
    };
}

/// No switch of the leak is set.
const PLAIN: AmplifierSwitches = AmplifierSwitches {
    division: false,
    multiplication: false,
    degeneration: false,
};
/// Resting potential of a calibrated neuron, LSB (4.0).
const REST: f64 = 303.0;

/// Conductance of the leak that the switches make at some bias.
fn conductance(transfer: &Transfer, switches: AmplifierSwitches) -> f64 {
    transfer.amplifier_rate(REST, 100, switches)
}

// Parameter, quantity, unit, formula, largest code, kind, source, uncertainty, law.
#[rustfmt::skip]
functions! {
    "leak_v_leak", "leak potential", "LSB",
        "reference_floor + reference_softness · ln(1 + exp((reference_slope · x − reference_knee) / reference_softness))",
        1022, Fit, "4.2", "±40 LSB between chips", |t, x| t.reference(x);
    "leak_i_bias", "membrane time constant", "µs",
        "amplifier_time / (x + amplifier_residual) / (1 + ((v_leak − reference_floor) / amplifier_headroom)²), at full capacitance and v_leak 303",
        1022, Fit, "4.3", "25 % between circuits; 150 is 10 µs in the reference",
        |t, x| 1.0 / t.amplifier_rate(REST, x, PLAIN);
    "leak_enable_division", "membrane time constant, against without", "1", "amplifier_scaling^x",
        1, Text, "2, 4.3", "10 %",
        |t, x| conductance(t, PLAIN) / conductance(t, AmplifierSwitches { division: x != 0, ..PLAIN });
    "leak_enable_multiplication", "membrane time constant, against without", "1", "amplifier_scaling^−x",
        1, Text, "2, 4.3", "10 %",
        |t, x| conductance(t, PLAIN) / conductance(t, AmplifierSwitches { multiplication: x != 0, ..PLAIN });
    "leak_enable_degeneration", "membrane time constant and linear range, against without", "1",
        "amplifier_degeneration^x", 1, Estimate, "4.3", "a third",
        |t, x| conductance(t, PLAIN) / conductance(t, AmplifierSwitches { degeneration: x != 0, ..PLAIN });
    "reset_v_reset", "reset potential", "LSB",
        "reference_floor + reference_softness · ln(1 + exp((reset_slope · x − reset_knee) / reference_softness))",
        1022, Fit, "4.2", "±40 LSB between chips", |t, x| t.reset_reference(x);
    "reset_i_bias", "time constant of the reset", "µs",
        "amplifier_time / amplifier_scaling / (x + amplifier_residual), multiplied, at full capacitance and v_reset at the floor",
        1022, Fit, "4.3, 4.5", "a third",
        |t, x| 1.0 / t.amplifier_rate(t.reference_floor, x, AmplifierSwitches { multiplication: true, ..PLAIN });
    "threshold_v_threshold", "spike threshold", "LSB", "threshold_offset + threshold_slope · x",
        1022, Fit, "4.2", "±20 LSB between circuits, 25 to 50 LSB lower in one notebook",
        |t, x| t.threshold(x);
    "membrane_capacitance_capacitance", "speed of the membrane, against code 63", "1",
        "(63 + capacitance_parasitic) / (x + capacitance_parasitic)",
        63, Estimate, "4.3", "a factor 2 at code 0", |t, x| t.capacitance_gain(x as u8);
    "refractory_period_refractory_time", "refractory time", "µs",
        "max(x, 1) · refractory_cycle · 2^s, at clock scale s = 0",
        255, Text, "3, 4.5", "exact; the chip glitches below 10", |t, x| t.refractory(x as u8, 0);
    "refractory_period_reset_holdoff", "time the membrane is let go before the refractory time ends", "µs",
        "(31 − 2 x) · refractory_cycle · 2^s, at clock scale s = 0",
        15, Text, "2", "exact", |t, x| t.holdoff(x as u8, 0);
    "*_input_i_bias_gm", "membrane slope per weight unit", "LSB/µs",
        "synapse_strength · x / 500 · synapse_dac_bias / 600, at full capacitance",
        1022, Fit, "4.0, 4.4", "0.18 to 0.27 at 500", |t, x| t.synaptic_strength(x, false);
    "*_input_i_bias_gm (saturation)", "largest membrane slope of an input", "LSB/µs",
        "synapse_saturation · x / 500, at full capacitance",
        1022, Fit, "4.0, 4.4", "a sixth; current chips ask for 150 or more", |t, x| t.synaptic_saturation(x);
    "*_input_i_bias_tau", "synaptic time constant", "µs",
        "synapse_time_offset + synapse_time / (x + amplifier_residual)",
        1022, Estimate, "4.4", "a quarter", |t, x| t.synaptic_time(x, false, false);
    "*_input_enable_high_resistance", "synaptic time constant, against without", "1",
        "synapse_high_resistance^x", 1, Estimate, "4.4", "a seventh",
        |t, x| t.synaptic_time(100, x != 0, false) / t.synaptic_time(100, false, false);
    "*_input_enable_small_capacitance", "synaptic time constant and inverse strength, against without", "1",
        "synapse_small_capacitance^x", 1, Estimate, "4.4", "a half",
        |t, x| t.synaptic_time(100, false, x != 0) / t.synaptic_time(100, false, false);
    "*_input_i_shift_reference", "what an input sees without events", "weight units (DAC bias 600)",
        "synapse_shift_gain · (x − synapse_shift_best)",
        1022, Estimate, "2, 4.4", "a half", |t, x| t.synaptic_offset(x);
    "*_input_i_bias_coba", "gain of a COBA input per distance to its reversal potential", "1/LSB",
        "x / (500 · coba_distance)", 1022, Estimate, "none", "a half", |t, x| t.coba_gain(x);
    "*_input_v_rev_coba", "reversal potential of a COBA input", "LSB", "as threshold_v_threshold",
        1022, Estimate, "none", "50 LSB", |t, x| t.reversal(x);
    "constant_current_i_offset", "membrane slope of the constant current", "LSB/µs",
        "constant_current · (min(x, c) + 0.7 · max(x − c, 0)), c = constant_current_linear, at full capacitance",
        1022, Estimate, "4.6", "0.02 to 0.035 per code", |t, x| t.constant_slope(x);
    "exponential_v_exp", "potential at which the exponential current is exponential_rate · its slope factor, at i_bias 100", "LSB",
        "reference_floor + reference_slope · x − reference_knee + exponential_shift − exponential_shift_slope · ln(i_bias / 100)",
        1022, Estimate, "4.7", "60 LSB", |t, x| t.exponential(x, 100).0;
    "exponential_i_bias", "potential over which the exponential current grows by e", "LSB",
        "exponential_slope · (x / 100)^−0.6, from 5 to 100",
        1022, Estimate, "4.7", "a third", |t, x| t.exponential(500, x).1;
    "adaptation_i_bias_tau", "adaptation time constant", "µs", "adaptation_time / (x + amplifier_residual)",
        1022, Estimate, "4.8", "a third", |t, x| t.adaptation_time_constant(x);
    "adaptation_i_bias_a", "what the adaptation follows of the membrane, at i_bias_tau 100", "LSB/LSB",
        "adaptation_gain · x / (i_bias_tau + amplifier_residual)",
        1022, Estimate, "4.8", "40 %", |t, x| t.adaptation_coupling(x, 100);
    "adaptation_i_bias_b", "what a spike adds to the adaptation, at pulse scale 7", "LSB",
        "adaptation_jump · x · 2^(s − 7), at pulse scale s = 7",
        1022, Estimate, "4.8", "60 %", |t, x| t.adaptation_increment(x, 7);
    "adaptation_v_ref", "adaptation without drive", "LSB", "as leak_v_leak at x + adaptation_shift",
        1022, Estimate, "4.8", "60 LSB; images show 330 and 425 at 500", |t, x| t.adaptation_reference(x);
    "adaptation_v_leak", "membrane potential that does not drive the adaptation", "LSB", "as leak_v_leak at x + adaptation_shift",
        1022, Text, "2, 5 (ts_08)", "40 LSB", |t, x| t.adaptation_reference(x);
    "multicompartment_i_bias_nmda", "rate of the resistor to the shared line", "1/µs",
        "compartment_rate · x / 500, at full capacitance",
        1022, Estimate, "4.9", "40 %", |t, x| t.compartment_conductance(x, false, false);
    "multicompartment_enable_conductance_division", "rate of the resistor, against without", "1",
        "compartment_scaling^−x", 1, Text, "2", "10 %",
        |t, x| t.compartment_conductance(500, x != 0, false) / t.compartment_conductance(500, false, false);
    "multicompartment_enable_conductance_multiplication", "rate of the resistor, against without", "1",
        "compartment_scaling^x", 1, Text, "2", "10 %",
        |t, x| t.compartment_conductance(500, false, x != 0) / t.compartment_conductance(500, false, false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_is_finite_over_its_codes_and_monotone() {
        for function in TRANSFER_FUNCTIONS {
            let at = |code| (function.law)(&Transfer::NOMINAL, code);
            let values: Vec<f64> = (0..=function.largest).map(at).collect();
            let name = function.parameter;
            assert!(values.iter().all(|value| value.is_finite()), "{name}");
            let rising = values.windows(2).all(|pair| pair[1] >= pair[0]);
            let falling = values.windows(2).all(|pair| pair[1] <= pair[0]);
            assert!(rising || falling, "{name}");
        }
    }

    #[test]
    fn formulas_name_constants_that_exist() {
        for function in TRANSFER_FUNCTIONS {
            let words = function
                .formula
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            for word in words.filter(|word| word.contains('_') && word.len() > 6) {
                let constant = crate::transfer::CONSTANTS.iter().any(|c| c.name == word);
                let code = TRANSFER_FUNCTIONS
                    .iter()
                    .any(|f| f.parameter.ends_with(word))
                    || ["i_bias", "i_bias_tau", "synapse_dac_bias", "v_leak"].contains(&word);
                assert!(constant || code, "{}: {word}", function.parameter);
            }
        }
    }
}
