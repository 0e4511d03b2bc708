//! The codes that neuron circuits store, as a table.

use crate::cells::{PARAMETERS, Parameter, parameter, read_each};
use crate::{Error, ParameterValue};
use hx_emulator::NeuronConfig;
use std::fmt;
use std::sync::Arc;

/// What the circuits of some neurons store: the parameters of an
/// [`HXNeuron`](crate::cells::HXNeuron), one code per neuron. It is shown as a table of
/// those that are not what an uncalibrated circuit has.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// pynn::setup(pynn::Setup::new().chip(pynn::Chip::new(7)))?;
/// let pop = pynn::Population::new(2, pynn::cells::CalibHXNeuronCuba::new())?;
/// let codes = pop.actual_hwparams()?.get("leak_v_leak")?.numbers();
/// assert!(codes[0] != codes[1]); // two circuits, the same potential
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct HardwareParameters {
    neurons: Arc<[usize]>,
    circuits: Arc<[NeuronConfig]>,
}

impl HardwareParameters {
    pub(crate) fn new(neurons: Vec<usize>, circuits: Vec<NeuronConfig>) -> HardwareParameters {
        HardwareParameters {
            neurons: neurons.into(),
            circuits: circuits.into(),
        }
    }

    /// A parameter of these circuits: one value if it is the same for all, else one
    /// for each.
    ///
    /// # Errors
    /// A name no parameter has.
    pub fn get(&self, name: &str) -> Result<ParameterValue, Error> {
        Ok(read_each(parameter(name)?, self.circuits.iter()))
    }
}

/// Neurons that fit beside each other on a page.
const BESIDE: usize = 10;

/// The header and the lines of the table, as text. Names of parameters are long: those
/// of a few neurons stand below each other.
pub(crate) fn cells(table: &HardwareParameters) -> Vec<Vec<String>> {
    let lines = neuron_by_neuron(table);
    if table.neurons.len() > BESIDE {
        return lines;
    }
    let columns = 0..lines[0].len();
    let column = |number: usize| lines.iter().map(|line| line[number].clone()).collect();
    let mut lines: Vec<Vec<String>> = columns.map(column).collect();
    for name in &mut lines[0][1..] {
        *name = format!("neuron {name}");
    }
    lines[0][0] = "parameter".into();
    lines
}

/// A line for each neuron, a column for each parameter that is not as on an
/// uncalibrated chip.
fn neuron_by_neuron(table: &HardwareParameters) -> Vec<Vec<String>> {
    let uncalibrated = NeuronConfig::default();
    let differs = |parameter: &&Parameter| {
        let default = (parameter.read)(&uncalibrated);
        let mut circuits = table.circuits.iter();
        circuits.any(|circuit| (parameter.read)(circuit) != default)
    };
    let columns: Vec<&Parameter> = PARAMETERS.iter().filter(differs).collect();
    let mut header = vec!["neuron".to_owned()];
    header.extend(columns.iter().map(|parameter| parameter.name.to_owned()));
    let line = |(neuron, circuit): (&usize, &NeuronConfig)| {
        let mut line = vec![neuron.to_string()];
        line.extend(columns.iter().map(|parameter| {
            let value = (parameter.read)(circuit);
            ParameterValue::from_each(vec![value], parameter.is_flag()).to_string()
        }));
        line
    };
    let lines = table.neurons.iter().zip(table.circuits.iter()).map(line);
    std::iter::once(header).chain(lines).collect()
}

impl fmt::Display for HardwareParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::rich::plain_table(&cells(self)))
    }
}

impl fmt::Debug for HardwareParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
