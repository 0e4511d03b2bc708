//! The one table of what can be set in a neuron circuit.
//!
//! Builder methods, range checks, `get` and `set`, error texts and the
//! documentation of every parameter come from this table; a parameter that is
//! not in it does not exist for the dialect.

use super::HXNeuron;
use crate::{Error, ParameterValue};
use hx_emulator::NeuronConfig;

/// What values a parameter can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Whole numbers from 0 to this one.
    Code(u16),
    /// `true` or `false`.
    Flag,
}

impl ParameterKind {
    /// The values, in words: `whole numbers from 0 to 1022`, `true or false`.
    pub fn range(self) -> String {
        match self {
            ParameterKind::Code(largest) => format!("whole numbers from 0 to {largest}"),
            ParameterKind::Flag => "true or false".into(),
        }
    }
}

/// One parameter of a neuron circuit.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, which is the chip's own.
    pub name: &'static str,
    /// The values it can have.
    pub kind: ParameterKind,
    /// What its value counts.
    pub unit: &'static str,
    /// What it is for, in a sentence.
    pub meaning: &'static str,
    pub(crate) read: fn(&NeuronConfig) -> f64,
    write: fn(&mut NeuronConfig, f64),
}

impl Parameter {
    /// The value on an uncalibrated chip.
    pub fn default(&self) -> f64 {
        (self.read)(&NeuronConfig::default())
    }

    /// Whether it is a flag.
    pub(crate) fn is_flag(&self) -> bool {
        self.kind == ParameterKind::Flag
    }

    /// Refuses what the chip cannot store. Like PyNN, a number with a fraction
    /// is cut to the whole number below it.
    pub(crate) fn check(&self, value: f64) -> Result<(), Error> {
        let largest = match self.kind {
            ParameterKind::Code(largest) => f64::from(largest),
            ParameterKind::Flag => 1.0,
        };
        // NaN is in no range.
        if (0.0..=largest).contains(&value.trunc()) {
            return Ok(());
        }
        Err(Error::ParameterOutOfRange {
            parameter: self.name.into(),
            value,
            range: self.kind.range(),
        })
    }

    /// Stores a checked value.
    pub(crate) fn store(&self, config: &mut NeuronConfig, value: f64) {
        (self.write)(config, value.trunc());
    }

    /// The value for each of `neurons` neurons, checked.
    pub(crate) fn for_each(
        &self,
        value: &ParameterValue,
        neurons: usize,
    ) -> Result<Vec<f64>, Error> {
        let values = one_for_each(self.name, value, neurons)?;
        values.iter().try_for_each(|&value| self.check(value))?;
        Ok(values)
    }
}

/// The value of a parameter for each of `cells` cells.
pub(super) fn one_for_each(
    name: &str,
    value: &ParameterValue,
    cells: usize,
) -> Result<Vec<f64>, Error> {
    let values = match value {
        ParameterValue::Rows(_) => {
            return Err(Error::WrongKindOfValue {
                parameter: name.into(),
                expected: "one number for all cells, or a list with one for each",
            });
        }
        one_or_many => match one_or_many.number() {
            Some(number) => vec![number; cells],
            None => one_or_many.numbers(),
        },
    };
    if values.len() != cells {
        return Err(Error::WrongNumberOfValues {
            parameter: name.into(),
            values: values.len(),
            cells,
        });
    }
    Ok(values)
}

/// The parameter of this name.
pub(crate) fn parameter(name: &str) -> Result<&'static Parameter, Error> {
    if let Some(found) = PARAMETERS.iter().find(|parameter| parameter.name == name) {
        return Ok(found);
    }
    if super::unmodelled::on_the_chip(name) {
        return Err(Error::NotEmulatedYet {
            what: format!("the parameter {name}"),
        });
    }
    Err(Error::UnknownParameter {
        parameter: name.into(),
        cell_type: HXNeuron::NAME,
        nearest: crate::error::nearest(name, PARAMETERS.iter().map(|parameter| parameter.name)),
    })
}

/// How the fields of [`NeuronConfig`] hold a checked number.
trait Field {
    fn to_number(&self) -> f64;
    fn from_number(number: f64) -> Self;
}

impl Field for u16 {
    fn to_number(&self) -> f64 {
        f64::from(*self)
    }
    fn from_number(number: f64) -> u16 {
        number as u16
    }
}

impl Field for u8 {
    fn to_number(&self) -> f64 {
        f64::from(*self)
    }
    fn from_number(number: f64) -> u8 {
        number as u8
    }
}

impl Field for bool {
    fn to_number(&self) -> f64 {
        f64::from(u8::from(*self))
    }
    fn from_number(number: f64) -> bool {
        number != 0.0
    }
}

// One line of documentation per kind of parameter, because rust-analyzer shows
// literal documentation only.
macro_rules! builder {
    (flag, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "`true` or `false`.");
    };
    (choice, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "0 or 1.");
    };
    (cell10, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "0 to 1022 (a 10-bit analog cell).");
    };
    (count4, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "0 to 15.");
    };
    (count6, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "0 to 63.");
    };
    (count8, $name:ident, $unit:literal, $meaning:literal) => {
        builder!(@method $name, $meaning, "0 to 255.");
    };
    (@method $name:ident, $meaning:literal, $range:literal) => {
        #[doc = $meaning]
        #[doc = ""]
        #[doc = $range]
        #[doc = "One value for all neurons, or an array or `Vec` with one for each."]
        #[doc = "A value out of range is refused where the cell is used."]
        pub fn $name(self, value: impl Into<ParameterValue>) -> HXNeuron {
            super::hx_neuron::with(self, stringify!($name), value.into())
        }
    };
}

macro_rules! kind {
    (flag) => {
        ParameterKind::Flag
    };
    (choice) => {
        ParameterKind::Code(1)
    };
    (cell10) => {
        ParameterKind::Code(1022)
    };
    (count4) => {
        ParameterKind::Code(15)
    };
    (count6) => {
        ParameterKind::Code(63)
    };
    (count8) => {
        ParameterKind::Code(255)
    };
}

macro_rules! table {
    ($($name:ident, $kind:ident, $unit:literal, $meaning:literal;)*) => {
        /// Every parameter of a neuron circuit that the emulator models.
        pub static PARAMETERS: &[Parameter] = &[$(Parameter {
            name: stringify!($name),
            kind: kind!($kind),
            unit: $unit,
            meaning: $meaning,
            read: |config| config.$name.to_number(),
            write: |config, value| config.$name = Field::from_number(value),
        }),*];

        impl HXNeuron {
            $(builder!($kind, $name, $unit, $meaning);)*
        }
    };
}

// Name, kind (its range), unit, meaning. Defaults are those of the emulator's
// uncalibrated circuit, overlaid by a calibration where there is one.
#[rustfmt::skip]
table! {
    leak_v_leak, cell10, "DAC code", "Leak (resting) potential; useful from 300 to 1000.";
    leak_i_bias, cell10, "DAC code", "Leak conductance; the membrane time constant goes as its inverse.";
    leak_enable_degeneration, flag, "", "Halves the leak conductance and widens the range in which it is linear.";
    leak_enable_division, flag, "", "Divides the leak conductance by 8.";
    leak_enable_multiplication, flag, "", "Multiplies the leak conductance by 8.";
    reset_v_reset, cell10, "DAC code", "Potential the membrane is held at after a spike; useful from 300 to 1000.";
    reset_i_bias, cell10, "DAC code", "Conductance that pulls the membrane to the reset potential.";
    reset_enable_degeneration, flag, "", "Halves the reset conductance and widens the range in which it is linear.";
    reset_enable_division, flag, "", "Divides the reset conductance by 8.";
    reset_enable_multiplication, flag, "", "Multiplies the reset conductance by 8.";
    threshold_enable, flag, "", "Switches the spike comparator on; without it the neuron cannot spike.";
    threshold_v_threshold, cell10, "DAC code", "Spike threshold, on a scale of its own: 400 is higher than a leak potential of 400; useful from 0 to 600.";
    membrane_capacitance_capacitance, count6, "steps of 37 fF", "Membrane capacitance; 63 is about 2.3 pF, 0 leaves what the wires have.";
    refractory_period_refractory_time, count8, "clock cycles", "Length of the refractory period in clock cycles of 8 ns.";
    refractory_period_reset_holdoff, count4, "2 clock cycles", "How early the membrane is let go: 31 - 2 × this many cycles before the refractory period ends.";
    refractory_period_input_clock, choice, "", "Which clock the refractory counter counts: 0 the slow one, 1 the fast one.";
    refractory_period_enable_pause, flag, "", "Keeps synaptic and exponential currents off the membrane while it is reset.";
    excitatory_input_enable, flag, "", "Connects the excitatory synaptic input to the membrane.";
    excitatory_input_i_bias_gm, cell10, "DAC code", "Strength of the excitatory synaptic input.";
    excitatory_input_i_bias_tau, cell10, "DAC code", "Excitatory synaptic time constant, which goes as the inverse of this.";
    excitatory_input_i_shift_reference, cell10, "DAC code", "Trim of the excitatory input: away from the circuit's best code (about 310) a current flows without any spike.";
    excitatory_input_enable_high_resistance, flag, "", "Lengthens the excitatory synaptic time constant.";
    excitatory_input_enable_small_capacitance, flag, "", "Shortens the excitatory synaptic time constant to what the line's own capacitance gives.";
    excitatory_input_enable_coba_mode, flag, "", "Makes the excitatory current go with the membrane's distance from a reversal potential.";
    excitatory_input_i_bias_coba, cell10, "DAC code", "How strongly that distance counts for the excitatory current.";
    excitatory_input_v_rev_coba, cell10, "DAC code", "Reversal potential of the excitatory current, on the scale of the threshold (estimate).";
    inhibitory_input_enable, flag, "", "Connects the inhibitory synaptic input to the membrane.";
    inhibitory_input_i_bias_gm, cell10, "DAC code", "Strength of the inhibitory synaptic input.";
    inhibitory_input_i_bias_tau, cell10, "DAC code", "Inhibitory synaptic time constant, which goes as the inverse of this.";
    inhibitory_input_i_shift_reference, cell10, "DAC code", "Trim of the inhibitory input: away from the circuit's best code (about 310) a current flows without any spike.";
    inhibitory_input_enable_high_resistance, flag, "", "Lengthens the inhibitory synaptic time constant.";
    inhibitory_input_enable_small_capacitance, flag, "", "Shortens the inhibitory synaptic time constant to what the line's own capacitance gives.";
    inhibitory_input_enable_coba_mode, flag, "", "Makes the inhibitory current go with the membrane's distance from a reversal potential.";
    inhibitory_input_i_bias_coba, cell10, "DAC code", "How strongly that distance counts for the inhibitory current.";
    inhibitory_input_v_rev_coba, cell10, "DAC code", "Reversal potential of the inhibitory current, on the scale of the threshold (estimate).";
    constant_current_enable, flag, "", "Switches a constant current onto the membrane.";
    constant_current_i_offset, cell10, "DAC code", "Strength of the constant current.";
    constant_current_type, choice, "", "Direction of the constant current: 0 raises the membrane (source), 1 lowers it (sink).";
    exponential_enable, flag, "", "Switches the exponential current of the AdEx neuron on.";
    exponential_v_exp, cell10, "DAC code", "Where the exponential current sets in; lower is earlier.";
    exponential_i_bias, cell10, "DAC code", "Strength of the exponential current: larger is steeper and earlier.";
    adaptation_enable, flag, "", "Connects the adaptation current to the membrane.";
    adaptation_enable_pulse, flag, "", "Lets every spike change the adaptation.";
    adaptation_i_bias_tau, cell10, "DAC code", "Adaptation time constant, which goes as the inverse of this.";
    adaptation_i_bias_a, cell10, "DAC code", "How strongly the membrane potential drives the adaptation.";
    adaptation_i_bias_b, cell10, "DAC code", "How much a spike adds to the adaptation.";
    adaptation_invert_a, flag, "", "Turns the sign of the membrane's influence on the adaptation.";
    adaptation_invert_b, flag, "", "Turns the sign of a spike's influence on the adaptation.";
    adaptation_v_ref, cell10, "DAC code", "What the adaptation rests at.";
    adaptation_v_leak, cell10, "DAC code", "Membrane potential at which it does not drive the adaptation.";
    multicompartment_connect_soma, flag, "", "Connects the membrane with the shared line.";
    multicompartment_connect_soma_right, flag, "", "Connects the shared line with that of the right neighbour. Without one (the network has no neuron there; columns 127 and 255) it does nothing.";
    multicompartment_connect_right, flag, "", "Connects the membrane with that of the right neighbour. Without one (the network has no neuron there; columns 127 and 255) it does nothing.";
    multicompartment_connect_vertical, flag, "", "Connects the membrane with that of the circuit in the other row. Without a neuron there it does nothing.";
    multicompartment_enable_conductance, flag, "", "Connects the membrane with the shared line through a resistor.";
    multicompartment_enable_conductance_division, flag, "", "Divides the conductance of that resistor by 4.";
    multicompartment_enable_conductance_multiplication, flag, "", "Multiplies the conductance of that resistor by 4.";
    multicompartment_i_bias_nmda, cell10, "DAC code", "Conductance of that resistor.";
    event_routing_enable_bypass_excitatory, flag, "", "Makes a spike of every excitatory event, past the membrane.";
    event_routing_enable_bypass_inhibitory, flag, "", "Makes a spike of every inhibitory event, past the membrane.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_reads_back_what_was_stored() {
        for parameter in PARAMETERS {
            let largest = match parameter.kind {
                ParameterKind::Code(largest) => f64::from(largest),
                ParameterKind::Flag => 1.0,
            };
            let mut config = NeuronConfig::default();
            for value in [largest, 0.0, largest] {
                assert_eq!(parameter.check(value), Ok(()), "{}", parameter.name);
                parameter.store(&mut config, value);
                assert_eq!((parameter.read)(&config), value, "{}", parameter.name);
            }
            for value in [largest + 1.0, -1.0, f64::NAN, f64::INFINITY] {
                assert!(
                    parameter.check(value).is_err(),
                    "{} {value}",
                    parameter.name
                );
            }
        }
    }
}
