//! What of a population is recorded, and by which device.

use super::{PopulationView, with_population};
use crate::Error;
use crate::recording::{Device, Variable, Variables};
use crate::simulator::{check_analog, check_madc};

/// Records more of these neurons; an empty list clears.
pub(super) fn record(
    view: &PopulationView,
    variables: &Variables,
    device: Device,
) -> Result<(), Error> {
    let variables = variables.to_record(view.celltype())?;
    if variables.is_empty() {
        return clear(view);
    }
    with_population(view, |network, index| {
        // The textbook chip does not say what its adaptation is.
        if variables.contains(&Variable::Adaptation) && network.chip.is_ideal() {
            return Err(Error::NotEmulatedYet {
                what: "a readout of 'adaptation', of the ideal chip too".into(),
            });
        }
        let analog = variables.iter().filter(|v| v.observable().is_some());
        for (number, &variable) in analog.clone().enumerate() {
            check_analog(network, index, view.indices(), device, variable)?;
            if let Some(&other) = analog.clone().nth(number + 1)
                && other != variable
            {
                return Err(Error::OneAnalogVariable {
                    neuron: view.to_string(),
                    recorded: variable.name(),
                    requested: other.name(),
                    device,
                });
            }
            if device == Device::Madc {
                check_madc(network, index, view.indices())?;
            }
        }
        let recorded = &mut network.populations[index].recorded;
        for variable in variables {
            if variable.observable().is_some() {
                let neurons = view.indices().iter();
                recorded
                    .analog_mut(device)
                    .extend(neurons.map(|&neuron| (neuron, variable)));
            } else {
                recorded.spikes.extend(view.indices());
            }
        }
        Ok(())
    })
}

/// Records nothing more of the whole population.
pub(super) fn clear(view: &PopulationView) -> Result<(), Error> {
    with_population(view, |network, index| {
        network.populations[index].recorded = Default::default();
        Ok(())
    })
}
