//! The neuron circuit of the chip as a cell type.

use super::{PARAMETERS, Parameter, parameter};
use crate::{Error, ParameterValue};
use hx_emulator::NeuronConfig;
use std::fmt;

/// A neuron circuit of the chip, in the chip's own units.
///
/// What is not set here comes from the calibration given to
/// [`setup`](crate::setup()); without one it is 0 and the neuron is silent.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let neuron = pynn::cells::HXNeuron::new()
///     .leak_v_leak(400)
///     .leak_i_bias([100, 200]) // one for each of two neurons
///     .threshold_enable(true);
/// let pop = pynn::Population::new(2, neuron)?;
/// assert!(pop.get("leak_v_leak")? == 400);
/// # Ok(())
/// # }
/// ```
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, Default, PartialEq)]
pub struct HXNeuron {
    /// What the user set, the latest value of each.
    set: Vec<(&'static str, ParameterValue)>,
}

impl HXNeuron {
    pub(crate) const NAME: &'static str = "HXNeuron";

    /// A neuron with everything left to the calibration.
    pub fn new() -> HXNeuron {
        HXNeuron::default()
    }

    /// A neuron with parameters given by name, such as from an array or a map.
    /// Flags can be given as 1 and 0, so that all values have one type.
    ///
    /// ```
    /// # fn main() -> Result<(), pynn::Error> {
    /// let params = [("leak_v_leak", 400), ("threshold_enable", 1)];
    /// let neuron = pynn::cells::HXNeuron::from_params(params)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A name no parameter has, or one of a parameter that is not emulated yet.
    pub fn from_params<N: AsRef<str>, V: Into<ParameterValue>>(
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Result<HXNeuron, Error> {
        let mut neuron = HXNeuron::new();
        for (name, value) in params {
            neuron = with(neuron, parameter(name.as_ref())?.name, value.into());
        }
        Ok(neuron)
    }

    /// The names of all parameters.
    pub fn get_parameter_names() -> Vec<&'static str> {
        PARAMETERS.iter().map(|parameter| parameter.name).collect()
    }
}

// What follows are functions rather than methods because completion in a cell
// lists private methods along with the public ones.

/// The neuron with one more parameter set.
pub(super) fn with(mut neuron: HXNeuron, name: &'static str, value: ParameterValue) -> HXNeuron {
    neuron.set.retain(|(earlier, _)| *earlier != name);
    neuron.set.push((name, value));
    neuron
}

/// The configuration of each neuron of a type on top of what the calibration gives
/// it, everything checked.
pub(crate) fn configurations(
    cell: &HXNeuron,
    calibrated: Vec<NeuronConfig>,
) -> Result<Vec<NeuronConfig>, Error> {
    let neurons = calibrated.len();
    let mut configurations = calibrated;
    for (name, value) in &cell.set {
        let parameter = parameter(name)?;
        let values = parameter.for_each(value, neurons)?;
        for (configuration, value) in configurations.iter_mut().zip(values) {
            parameter.store(configuration, value);
        }
    }
    Ok(configurations)
}

impl fmt::Debug for HXNeuron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write_settings(f, HXNeuron::NAME, &self.set)
    }
}

/// What one parameter is on each of these circuits.
pub(crate) fn read_each<'a>(
    parameter: &Parameter,
    configurations: impl Iterator<Item = &'a NeuronConfig>,
) -> ParameterValue {
    let values = configurations.map(parameter.read).collect();
    ParameterValue::from_each(values, parameter.is_flag())
}
