//! The parameters of a population: reading them, setting them, and what they amount to.

use super::{PopulationView, with_population};
use crate::cells::{
    Cell, PARAMETERS, REALISED_RATE, Targets, find, get_on_chip, get_poisson, is_neuron, parameter,
    read_each, set_on_chip, set_poisson, trains,
};
use crate::simulator::{Origins, calibrate, check_shared};
use crate::{Error, HardwareParameters, ParameterValue, PhysicalTable};
use hx_emulator::NeuronConfig;

/// A parameter of these neurons: one value if it is the same for all.
pub(super) fn get(view: &PopulationView, name: &str) -> Result<ParameterValue, Error> {
    let on_chip = matches!(view.celltype(), Cell::SpikeSourcePoissonOnChip(_));
    if !(on_chip && name == REALISED_RATE) {
        check_name(view.celltype(), name)?;
    }
    with_population(view, |network, index| {
        if let Some(targets) = &network.populations[index].targets {
            let number = find(targets.table, view.celltype().name(), name)?;
            return Ok(target_of(view, targets, number));
        }
        match &network.populations[index].origins {
            Origins::Neurons(configurations) => {
                let these = view.indices().iter().map(|&index| &configurations[index]);
                Ok(read_each(parameter(name)?, these))
            }
            Origins::Sources(trains) => Ok(trains_of(view, trains)),
            Origins::Poisson(sources) => Ok(get_poisson(sources, view.indices(), name)),
            Origins::OnChip(on_chip) => Ok(get_on_chip(on_chip, name)),
        }
    })
}

/// Sets a parameter of these neurons; everything is checked before anything changes.
pub(super) fn set(view: &PopulationView, name: &str, value: &ParameterValue) -> Result<(), Error> {
    let name = check_name(view.celltype(), name)?;
    with_population(view, |network, index| {
        if let Some(targets) = &network.populations[index].targets {
            let mut targets = targets.clone();
            let number = find(targets.table, view.celltype().name(), name)?;
            let values = targets.table[number].for_each(value, view.len())?;
            for (&neuron, value) in view.indices().iter().zip(values) {
                targets.neurons[neuron][number] = value;
            }
            check_shared(network, Some(index), &targets)?;
            network.populations[index].targets = Some(targets);
            calibrate(network, index);
            return Ok(());
        }
        match &mut network.populations[index].origins {
            Origins::Neurons(configurations) => {
                let parameter = parameter(name)?;
                let values = parameter.for_each(value, view.len())?;
                for (&index, value) in view.indices().iter().zip(values) {
                    parameter.store(&mut configurations[index], value);
                }
            }
            Origins::Sources(all) => {
                let trains = trains(value, view.len())?;
                for (&index, train) in view.indices().iter().zip(trains) {
                    all[index] = train;
                }
            }
            Origins::Poisson(sources) => set_poisson(sources, view.indices(), name, value)?,
            Origins::OnChip(on_chip) => set_on_chip(on_chip, view.len(), name, value)?,
        }
        Ok(())
    })
}

/// The parameters that differ from what the calibration gives, as they are now; of
/// calibrated neurons the targets that differ from their defaults.
pub(crate) fn parameters_set(
    view: &PopulationView,
) -> Result<Vec<(&'static str, ParameterValue)>, Error> {
    with_population(view, |network, index| {
        let population = &network.populations[index];
        if let Some(targets) = &population.targets {
            let now = targets
                .table
                .iter()
                .enumerate()
                .filter_map(|(number, target)| {
                    let value = target_of(view, targets, number);
                    (value != target.default).then_some((target.name, value))
                });
            return Ok(now.collect());
        }
        match &population.origins {
            Origins::Neurons(configurations) => {
                let calibrated = |&neuron: &usize| {
                    network.calibrated(network.position(population.first + neuron))
                };
                let calibrated: Vec<NeuronConfig> = view.indices().iter().map(calibrated).collect();
                let these = || view.indices().iter().map(|&index| &configurations[index]);
                let now = PARAMETERS.iter().map(|parameter| {
                    let mut pairs = these().zip(&calibrated);
                    let differs =
                        pairs.any(|(now, then)| (parameter.read)(now) != (parameter.read)(then));
                    differs.then(|| (parameter.name, read_each(parameter, these())))
                });
                Ok(now.flatten().collect())
            }
            Origins::Sources(trains) => Ok(vec![("spike_times", trains_of(view, trains))]),
            Origins::Poisson(sources) => {
                let names = view.celltype().get_parameter_names().into_iter();
                let now = |name| (name, get_poisson(sources, view.indices(), name));
                Ok(names.map(now).collect())
            }
            Origins::OnChip(on_chip) => {
                let names = view.celltype().get_parameter_names().into_iter();
                let now = |name| (name, get_on_chip(on_chip, name));
                Ok(names.chain([REALISED_RATE]).map(now).collect())
            }
        }
    })
}

/// A target of these neurons.
fn target_of(view: &PopulationView, targets: &Targets, number: usize) -> ParameterValue {
    let these = view.indices().iter();
    let values = these.map(|&neuron| targets.neurons[neuron][number]);
    ParameterValue::from_each(values.collect(), false)
}

/// What the parameters of these neurons amount to on this chip.
pub(super) fn physical(view: &PopulationView) -> Result<PhysicalTable, Error> {
    with_population(view, |network, index| {
        let population = &network.populations[index];
        let Origins::Neurons(configurations) = &population.origins else {
            return Err(Error::NotNeurons {
                population: view.to_string(),
                needed_for: "physical()",
            });
        };
        let physical = |&neuron: &usize| {
            let position = network.position(population.first + neuron);
            hx_emulator::physical(&network.chip, position, &configurations[neuron])
        };
        Ok(PhysicalTable::new(
            view.indices().to_vec(),
            view.indices().iter().map(physical).collect(),
        ))
    })
}

/// What the circuits of these neurons store.
pub(super) fn hardware(view: &PopulationView) -> Result<HardwareParameters, Error> {
    with_population(view, |network, index| {
        let Origins::Neurons(configurations) = &network.populations[index].origins else {
            return Err(Error::NotNeurons {
                population: view.to_string(),
                needed_for: "actual_hwparams()",
            });
        };
        let circuits = view
            .indices()
            .iter()
            .map(|&neuron| configurations[neuron].clone());
        Ok(HardwareParameters::new(
            view.indices().to_vec(),
            circuits.collect(),
        ))
    })
}

fn trains_of(view: &PopulationView, trains: &[Vec<f64>]) -> ParameterValue {
    let these = view.indices().iter().map(|&index| trains[index].clone());
    ParameterValue::Rows(these.collect())
}

/// The parameter of this name; refuses one that cells of this type do not have.
fn check_name(cell: &Cell, name: &str) -> Result<&'static str, Error> {
    if let Cell::HXNeuron(_) = cell {
        return Ok(parameter(name)?.name);
    }
    let names = cell.get_parameter_names();
    // Those of calibrated neurons are found whatever their case.
    let same = |known: &str| known == name || (is_neuron(cell) && known.eq_ignore_ascii_case(name));
    let known = names.iter().copied().find(|known| same(known));
    known.ok_or_else(|| Error::UnknownParameter {
        parameter: name.into(),
        cell_type: cell.name(),
        nearest: crate::error::nearest(name, names),
    })
}
