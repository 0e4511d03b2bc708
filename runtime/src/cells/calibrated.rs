//! Neurons that are told what to do instead of which codes to store.

use super::Cell;
use super::targets::{COBA_TARGETS, CUBA_TARGETS, Targets, find};
use crate::{Error, ParameterValue};
use std::fmt;

/// A neuron that is calibrated to what it is told: potentials, time constants and
/// strengths, the same on every circuit of every chip. Its synapses are current-based.
///
/// Every circuit gets codes of its own that bring it to the targets
/// ([`actual_hwparams`](crate::PopulationView::actual_hwparams) shows them), but for
/// what a calibration leaves: 3 to 5 LSB in potentials, 4 to 5 % in time constants and
/// strengths. What a circuit cannot reach it comes as near to as it can. On hardware
/// this takes minutes, here no time. A calibration given to [`setup`](crate::setup()) has
/// no effect on these neurons.
///
/// Names are PyNN's; methods have them in small letters, so `tau_syn_E` is set by
/// [`tau_syn_e`](CalibHXNeuronCuba::tau_syn_e).
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// pynn::setup(pynn::Setup::new().chip(pynn::Chip::new(7)))?;
/// let neuron = pynn::cells::CalibHXNeuronCuba::new().v_rest(80).tau_m(20).tau_syn_e(5);
/// let pop = pynn::Population::new(2, neuron)?;
/// assert!(pop.get("tau_syn_E")? == 5);
/// assert!((pop.physical()?[0].tau_m - 20.0).abs() < 4.0);
/// # Ok(())
/// # }
/// ```
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, Default, PartialEq)]
pub struct CalibHXNeuronCuba {
    pub(super) set: Settings,
}

/// A neuron that is calibrated to what it is told, with conductance-based synapses:
/// their current goes with the distance of the membrane from a reversal potential.
///
/// All weights are at least 0, those of inhibitory projections too. All else is as
/// with [`CalibHXNeuronCuba`].
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let neuron = pynn::cells::CalibHXNeuronCoba::new().e_rev_e(300).e_rev_i(30);
/// let pop = pynn::Population::new(1, neuron)?;
/// let src = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([0.01]))?;
/// let synapse = pynn::synapses::StaticSynapse::new(20);
/// pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(), synapse, "inhibitory")?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, Default, PartialEq)]
pub struct CalibHXNeuronCoba {
    pub(super) set: Settings,
}

/// What the user set, the latest value of each.
type Settings = Vec<(&'static str, ParameterValue)>;

impl fmt::Debug for CalibHXNeuronCuba {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write_settings(f, CalibHXNeuronCuba::NAME, &self.set)
    }
}

impl fmt::Debug for CalibHXNeuronCoba {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write_settings(f, CalibHXNeuronCoba::NAME, &self.set)
    }
}

impl CalibHXNeuronCuba {
    pub(crate) const NAME: &'static str = "CalibHXNeuronCuba";

    /// A neuron with all targets at their defaults.
    pub fn new() -> CalibHXNeuronCuba {
        CalibHXNeuronCuba::default()
    }

    /// A neuron with targets given by name, such as from an array or a map.
    ///
    /// # Errors
    /// A name no target has.
    pub fn from_params<N: AsRef<str>, V: Into<ParameterValue>>(
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Result<CalibHXNeuronCuba, Error> {
        let mut neuron = CalibHXNeuronCuba::new();
        for (name, value) in params {
            let number = find(CUBA_TARGETS, CalibHXNeuronCuba::NAME, name.as_ref())?;
            store(&mut neuron.set, CUBA_TARGETS[number].name, value.into());
        }
        Ok(neuron)
    }

    /// The names of all targets.
    pub fn get_parameter_names() -> Vec<&'static str> {
        CUBA_TARGETS.iter().map(|target| target.name).collect()
    }
}

impl CalibHXNeuronCoba {
    pub(crate) const NAME: &'static str = "CalibHXNeuronCoba";

    /// A neuron with all targets at their defaults.
    pub fn new() -> CalibHXNeuronCoba {
        CalibHXNeuronCoba::default()
    }

    /// A neuron with targets given by name, such as from an array or a map.
    ///
    /// # Errors
    /// A name no target has.
    pub fn from_params<N: AsRef<str>, V: Into<ParameterValue>>(
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Result<CalibHXNeuronCoba, Error> {
        let mut neuron = CalibHXNeuronCoba::new();
        for (name, value) in params {
            let number = find(COBA_TARGETS, CalibHXNeuronCoba::NAME, name.as_ref())?;
            store(&mut neuron.set, COBA_TARGETS[number].name, value.into());
        }
        Ok(neuron)
    }

    /// The names of all targets.
    pub fn get_parameter_names() -> Vec<&'static str> {
        COBA_TARGETS.iter().map(|target| target.name).collect()
    }
}

// What follows are functions rather than methods because completion in a cell
// lists private methods along with the public ones.

/// Sets one more target.
pub(super) fn store(set: &mut Settings, name: &'static str, value: ParameterValue) {
    set.retain(|(earlier, _)| *earlier != name);
    set.push((name, value));
}

/// The targets of each of `neurons` neurons of a type, everything checked; none if
/// it is no calibrated one.
pub(crate) fn targets(cell: &Cell, neurons: usize) -> Result<Option<Targets>, Error> {
    let (table, set) = match cell {
        Cell::CalibHXNeuronCuba(cell) => (CUBA_TARGETS, &cell.set),
        Cell::CalibHXNeuronCoba(cell) => (COBA_TARGETS, &cell.set),
        _ => return Ok(None),
    };
    let defaults: Vec<f64> = table.iter().map(|target| target.default).collect();
    let mut all = vec![defaults; neurons];
    for (name, value) in set {
        let number = find(table, cell.name(), name)?;
        let values = table[number].for_each(value, neurons)?;
        for (neuron, value) in all.iter_mut().zip(values) {
            neuron[number] = value;
        }
    }
    Ok(Some(Targets {
        table,
        neurons: all,
    }))
}
