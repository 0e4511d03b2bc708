//! The tables of what calibrated neurons are told to do.
//!
//! Builder methods, range checks, defaults, `get` and `set`, error texts and the
//! documentation of every target come from these tables, one per cell type. Ranges
//! and defaults are those of PyNN on BrainScaleS-2 (its cell types' documentation);
//! those of the reversal potentials are what the codes reach.

use super::{CalibHXNeuronCoba, CalibHXNeuronCuba};
use crate::{Error, ParameterValue};
use hx_emulator::{InputTarget, Transfer};

/// One target of a calibrated neuron.
#[derive(Debug, PartialEq)]
pub struct TargetParameter {
    /// Its name, which is PyNN's.
    pub name: &'static str,
    /// Its value if it is not set.
    pub default: f64,
    /// The smallest value.
    pub smallest: f64,
    /// The largest value.
    pub largest: f64,
    /// What its value counts.
    pub unit: &'static str,
    /// What it is for, in a sentence.
    pub meaning: &'static str,
}

/// The targets that all calibrated neurons of a chip must share: one bias feeds the
/// DACs of all synapses, and strengths are calibrated against each other.
pub(crate) const SHARED: [&str; 3] = ["i_synin_gm_E", "i_synin_gm_I", "synapse_dac_bias"];

/// The targets of the neurons of a population.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    /// What they are, for this cell type.
    pub table: &'static [TargetParameter],
    /// The values of each neuron, in the order of the table.
    pub neurons: Vec<Vec<f64>>,
}

impl TargetParameter {
    /// The value for each of `neurons` neurons, checked.
    pub(crate) fn for_each(
        &self,
        value: &ParameterValue,
        neurons: usize,
    ) -> Result<Vec<f64>, Error> {
        let values = super::parameters::one_for_each(self.name, value, neurons)?;
        let outside = |value: &&f64| !(self.smallest..=self.largest).contains(*value);
        match values.iter().find(outside) {
            None => Ok(values),
            Some(&value) => Err(Error::TargetOutOfRange {
                target: self.name.into(),
                value,
                range: (self.smallest, self.largest),
                unit: self.unit,
            }),
        }
    }
}

/// The number of the target of this name; its case does not matter, since the
/// builder methods are in small letters.
pub(crate) fn find(
    table: &'static [TargetParameter],
    cell_type: &'static str,
    name: &str,
) -> Result<usize, Error> {
    let found = table
        .iter()
        .position(|target| target.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Error::UnknownParameter {
        parameter: name.into(),
        cell_type,
        nearest: crate::error::nearest(name, table.iter().map(|target| target.name)),
    })
}

impl Targets {
    /// The value of a target that there is.
    pub(crate) fn value(&self, neuron: usize, name: &str) -> Option<f64> {
        let number = self.table.iter().position(|target| target.name == name)?;
        Some(self.neurons[neuron][number])
    }

    /// What the circuit of a neuron is to do on a chip with these constants.
    pub(crate) fn target(&self, neuron: usize, transfer: &Transfer) -> hx_emulator::Target {
        let value = |name| self.value(neuron, name).unwrap_or_default();
        let potential = |name| transfer.of_cadc(value(name));
        let input = |tau, i_bias_gm, reversal| InputTarget {
            tau: value(tau),
            i_bias_gm: value(i_bias_gm),
            reversal: self
                .value(neuron, reversal)
                .map(|reading| transfer.of_cadc(reading)),
        };
        hx_emulator::Target {
            v_rest: potential("v_rest"),
            v_threshold: potential("v_thresh"),
            v_reset: potential("v_reset"),
            tau_m: value("tau_m"),
            tau_refrac: value("tau_refrac"),
            capacitance: value("cm") as u8,
            // As the current calibration, of which these are the targets.
            leak_degeneration: true,
            excitatory: input("tau_syn_E", "i_synin_gm_E", "e_rev_E"),
            inhibitory: input("tau_syn_I", "i_synin_gm_I", "e_rev_I"),
        }
    }
}

// Literal documentation, since rust-analyzer shows no other.
macro_rules! targets {
    ($cell:ident, $table:ident, $title:literal;
     $($method:ident, $name:literal, $default:literal, $smallest:literal, $largest:literal,
       $unit:literal, $range:literal, $meaning:literal;)*) => {
        #[doc = $title]
        pub static $table: &[TargetParameter] = &[$(TargetParameter {
            name: $name,
            default: $default,
            smallest: $smallest,
            largest: $largest,
            unit: $unit,
            meaning: $meaning,
        }),*];

        impl $cell {
            $(
                #[doc = $meaning]
                #[doc = ""]
                #[doc = $range]
                #[doc = "One value for all neurons, or an array or `Vec` with one for each."]
                #[doc = "A value out of range is refused where the cell is used."]
                pub fn $method(mut self, value: impl Into<ParameterValue>) -> $cell {
                    super::calibrated::store(&mut self.set, $name, value.into());
                    self
                }
            )*
        }
    };
}

// Builder method, name, default, smallest, largest, unit, range in words, meaning.
#[rustfmt::skip]
targets! {
    CalibHXNeuronCuba, CUBA_TARGETS, "The targets of a calibrated neuron with current-based inputs.";
    v_rest, "v_rest", 80.0, 50.0, 160.0, "CADC LSB", "50 to 160 CADC LSB; 80 if it is not set.", "Resting potential, as a column ADC reads it (one LSB of it is three of the membrane ADC).";
    v_reset, "v_reset", 70.0, 50.0, 160.0, "CADC LSB", "50 to 160 CADC LSB; 70 if it is not set.", "Potential the membrane is held at after a spike, as a column ADC reads it.";
    v_thresh, "v_thresh", 125.0, 50.0, 220.0, "CADC LSB", "50 to 220 CADC LSB; 125 if it is not set.", "Spike threshold, as a column ADC reads it.";
    tau_m, "tau_m", 10.0, 0.5, 60.0, "µs", "0.5 to 60 µs; 10 if it is not set.", "Membrane time constant.";
    tau_syn_e, "tau_syn_E", 10.0, 0.3, 30.0, "µs", "0.3 to 30 µs; 10 if it is not set. As a name: `tau_syn_E`.", "Excitatory synaptic time constant.";
    tau_syn_i, "tau_syn_I", 10.0, 0.3, 30.0, "µs", "0.3 to 30 µs; 10 if it is not set. As a name: `tau_syn_I`.", "Inhibitory synaptic time constant.";
    cm, "cm", 63.0, 0.0, 63.0, "steps of 37 fF", "0 to 63 steps of 37 fF, of which a fraction is cut; 63 if it is not set.", "Membrane capacitance; 63 is about 2.3 pF.";
    tau_refrac, "tau_refrac", 2.0, 0.04, 32.0, "µs", "0.04 to 32 µs; 2 if it is not set.", "Refractory time.";
    i_synin_gm_e, "i_synin_gm_E", 500.0, 30.0, 800.0, "DAC code", "30 to 800, the same for all calibrated neurons; 500 if it is not set. As a name: `i_synin_gm_E`.", "Strength of the excitatory input, as the code that gives it to a typical circuit.";
    i_synin_gm_i, "i_synin_gm_I", 500.0, 30.0, 800.0, "DAC code", "30 to 800, the same for all calibrated neurons; 500 if it is not set. As a name: `i_synin_gm_I`.", "Strength of the inhibitory input, as the code that gives it to a typical circuit.";
    synapse_dac_bias, "synapse_dac_bias", 600.0, 30.0, 1022.0, "DAC code", "30 to 1022, the same for all calibrated neurons; 600 if it is not set.", "Current of all synapses of the chip, also of those onto other neurons.";
}

#[rustfmt::skip]
targets! {
    CalibHXNeuronCoba, COBA_TARGETS, "The targets of a calibrated neuron with conductance-based inputs.";
    v_rest, "v_rest", 110.0, 50.0, 160.0, "CADC LSB", "50 to 160 CADC LSB; 110 if it is not set.", "Resting potential, as a column ADC reads it (one LSB of it is three of the membrane ADC).";
    v_reset, "v_reset", 100.0, 50.0, 160.0, "CADC LSB", "50 to 160 CADC LSB; 100 if it is not set.", "Potential the membrane is held at after a spike, as a column ADC reads it.";
    v_thresh, "v_thresh", 160.0, 50.0, 220.0, "CADC LSB", "50 to 220 CADC LSB; 160 if it is not set.", "Spike threshold, as a column ADC reads it.";
    tau_m, "tau_m", 10.0, 0.5, 60.0, "µs", "0.5 to 60 µs; 10 if it is not set.", "Membrane time constant.";
    tau_syn_e, "tau_syn_E", 10.0, 0.3, 30.0, "µs", "0.3 to 30 µs; 10 if it is not set. As a name: `tau_syn_E`.", "Excitatory synaptic time constant.";
    tau_syn_i, "tau_syn_I", 10.0, 0.3, 30.0, "µs", "0.3 to 30 µs; 10 if it is not set. As a name: `tau_syn_I`.", "Inhibitory synaptic time constant.";
    e_rev_e, "e_rev_E", 300.0, 10.0, 360.0, "CADC LSB", "10 to 360 CADC LSB; 300 if it is not set. As a name: `e_rev_E`.", "Excitatory reversal potential: the current goes with the distance from it, and is that of a current-based input with the membrane at rest.";
    e_rev_i, "e_rev_I", 30.0, 10.0, 360.0, "CADC LSB", "10 to 360 CADC LSB; 30 if it is not set. As a name: `e_rev_I`.", "Inhibitory reversal potential: the current goes with the distance from it, and is that of a current-based input with the membrane at rest.";
    cm, "cm", 63.0, 0.0, 63.0, "steps of 37 fF", "0 to 63 steps of 37 fF, of which a fraction is cut; 63 if it is not set.", "Membrane capacitance; 63 is about 2.3 pF.";
    tau_refrac, "tau_refrac", 2.0, 0.04, 32.0, "µs", "0.04 to 32 µs; 2 if it is not set.", "Refractory time.";
    i_synin_gm_e, "i_synin_gm_E", 180.0, 30.0, 800.0, "DAC code", "30 to 800, the same for all calibrated neurons; 180 if it is not set. As a name: `i_synin_gm_E`.", "Strength of the excitatory input, as the code that gives it to a typical circuit.";
    i_synin_gm_i, "i_synin_gm_I", 250.0, 30.0, 800.0, "DAC code", "30 to 800, the same for all calibrated neurons; 250 if it is not set. As a name: `i_synin_gm_I`.", "Strength of the inhibitory input, as the code that gives it to a typical circuit.";
    synapse_dac_bias, "synapse_dac_bias", 400.0, 30.0, 1022.0, "DAC code", "30 to 1022, the same for all calibrated neurons; 400 if it is not set.", "Current of all synapses of the chip, also of those onto other neurons.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables say it twice, because rust-analyzer cannot compute texts.
    #[test]
    fn ranges_in_words_are_those_in_numbers() {
        let source = include_str!("targets.rs");
        for target in CUBA_TARGETS.iter().chain(COBA_TARGETS) {
            assert!((target.smallest..=target.largest).contains(&target.default));
            let words = format!("\"{} to {}", target.smallest, target.largest);
            let default = format!("; {} if it is not set", target.default);
            let row = source
                .lines()
                .find(|line| line.contains(&format!("\"{}\", {:?},", target.name, target.default)));
            let row = row.expect(target.name);
            assert!(row.contains(&words) && row.contains(&default), "{row}");
        }
    }
}
