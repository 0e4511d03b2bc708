//! The parameters of a population: reading them, setting them, and what they amount to.

use super::{PopulationView, with_population};
use crate::cells::{Cell, PARAMETERS, parameter, read_each, trains};
use crate::simulator::{Origins, PopulationState};
use crate::{Error, ParameterValue, PhysicalTable};

/// A parameter of these neurons: one value if it is the same for all.
pub(super) fn get(view: &PopulationView, name: &str) -> Result<ParameterValue, Error> {
    check_name(view.celltype(), name)?;
    with_population(view, |network, index| {
        match &network.populations[index].origins {
            Origins::Neurons(configurations) => {
                let these = view.indices().iter().map(|&index| &configurations[index]);
                Ok(read_each(parameter(name)?, these))
            }
            Origins::Sources(trains) => Ok(trains_of(view, trains)),
        }
    })
}

/// Sets a parameter of these neurons; everything is checked before anything changes.
pub(super) fn set(view: &PopulationView, name: &str, value: &ParameterValue) -> Result<(), Error> {
    check_name(view.celltype(), name)?;
    with_population(view, |network, index| {
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
        }
        Ok(())
    })
}

/// The parameters that differ from what the calibration gives, as they are now.
pub(crate) fn parameters_set(
    view: &PopulationView,
) -> Result<Vec<(&'static str, ParameterValue)>, Error> {
    with_population(view, |network, index| {
        match &network.populations[index].origins {
            Origins::Neurons(configurations) => {
                let calibrated = [network.calibrated()];
                let these = || view.indices().iter().map(|&index| &configurations[index]);
                let now = PARAMETERS.iter().map(|parameter| {
                    let with_calibrated = read_each(parameter, these().chain(&calibrated));
                    let differs = with_calibrated.number().is_none();
                    differs.then(|| (parameter.name, read_each(parameter, these())))
                });
                Ok(now.flatten().collect())
            }
            Origins::Sources(trains) => Ok(vec![("spike_times", trains_of(view, trains))]),
        }
    })
}

/// What the parameters of these neurons amount to on this chip.
pub(super) fn physical(view: &PopulationView) -> Result<PhysicalTable, Error> {
    with_population(view, |network, index| {
        let PopulationState { origins, first, .. } = &network.populations[index];
        let Origins::Neurons(configurations) = origins else {
            return Err(Error::NotNeurons {
                population: view.to_string(),
                needed_for: "physical()",
            });
        };
        let physical = |&index: &usize| {
            let position = network.position(first + index);
            hx_emulator::physical(&network.chip, position, &configurations[index])
        };
        Ok(PhysicalTable::new(
            view.indices().to_vec(),
            view.indices().iter().map(physical).collect(),
        ))
    })
}

fn trains_of(view: &PopulationView, trains: &[Vec<f64>]) -> ParameterValue {
    let these = view.indices().iter().map(|&index| trains[index].clone());
    ParameterValue::Rows(these.collect())
}

/// Refuses a parameter that cells of this type do not have.
fn check_name(cell: &Cell, name: &str) -> Result<(), Error> {
    match cell {
        Cell::HXNeuron(_) => parameter(name).map(|_| ()),
        cell if cell.get_parameter_names().contains(&name) => Ok(()),
        cell => Err(Error::UnknownParameter {
            parameter: name.into(),
            cell_type: cell.name(),
            nearest: crate::error::nearest(name, cell.get_parameter_names()),
        }),
    }
}
