//! What the chip has room for.

use super::{Network, Origins, ProjectionState};
use crate::Error;
use crate::recording::{Device, Variable};

/// Neuron circuits on the chip: 2 rows of 256 columns.
const NEURONS: usize = 512;
/// Columns of the chip; a neuron's column is its position modulo this.
const COLUMNS: usize = 256;
/// Sources the 14-bit labels of events can tell apart.
const SOURCES: usize = 1 << 14;
/// Synapses in the column of one neuron.
const SYNAPSES: usize = 256;
/// Largest weight of one synapse; a larger one takes several.
const LARGEST_WEIGHT: f64 = 63.0;

/// Whether a population of `size` cells fits.
pub(crate) fn check_room(network: &Network, neurons: bool, size: usize) -> Result<(), Error> {
    let (in_use, available) = if neurons {
        (network.neurons(), NEURONS)
    } else {
        (network.sources(), SOURCES)
    };
    if size <= available.saturating_sub(in_use) {
        Ok(())
    } else if neurons {
        Err(Error::TooManyNeurons {
            requested: size,
            in_use,
            available,
        })
    } else {
        Err(Error::TooManySources {
            requested: size,
            in_use,
            available,
        })
    }
}

/// Whether every neuron has synapses enough if projection number `replaced` (or
/// a new one) has these connections `(target within post, weight)`.
pub(crate) fn check_fan_in(
    network: &Network,
    replaced: Option<usize>,
    post: usize,
    connections: impl Iterator<Item = (usize, f64)>,
) -> Result<(), Error> {
    let Origins::Neurons(configurations) = &network.populations[post].origins else {
        return Ok(());
    };
    let mut needed = vec![0_usize; configurations.len()];
    for (number, other) in network.projections.iter().enumerate() {
        if other.post == post && Some(number) != replaced {
            let ProjectionState { pairs, weights, .. } = other;
            for (&(_, target), &weight) in pairs.iter().zip(weights) {
                needed[target] += synapses(weight);
            }
        }
    }
    for (target, weight) in connections {
        needed[target] = needed[target].saturating_add(synapses(weight));
    }
    match needed.iter().position(|&needed| needed > SYNAPSES) {
        None => Ok(()),
        Some(neuron) => Err(Error::TooManySynapses {
            neuron: neuron_text(network, post, neuron),
            needed: needed[neuron],
            available: SYNAPSES,
        }),
    }
}

/// How many synapses realise a weight. One that is 0 now has one all the same,
/// so that the weight can change later.
fn synapses(weight: f64) -> usize {
    (weight.abs() / LARGEST_WEIGHT).ceil().max(1.0) as usize
}

/// Whether `device` can digitise `variable` of `requested` neurons of population number
/// `population`, as far as these themselves go: it takes one variable of each.
pub(crate) fn check_analog(
    network: &Network,
    population: usize,
    requested: &[usize],
    device: Device,
    variable: Variable,
) -> Result<(), Error> {
    let recorded = network.populations[population].recorded.analog(device);
    for &neuron in requested {
        match recorded.get(&neuron) {
            Some(&other) if other != variable => {
                return Err(Error::OneAnalogVariable {
                    neuron: neuron_text(network, population, neuron),
                    recorded: other.name(),
                    requested: variable.name(),
                    device,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether `requested` neurons of population number `population` can be digitised by
/// the MADC along with those that are recorded already.
pub(crate) fn check_madc(
    network: &Network,
    population: usize,
    requested: &[usize],
) -> Result<(), Error> {
    let mut digitised: [Option<(usize, usize)>; 2] = [None; 2];
    let recorded = network
        .populations
        .iter()
        .enumerate()
        .flat_map(|(number, state)| {
            let neurons = state.recorded.analog(Device::Madc).keys();
            neurons.map(move |&neuron| (number, neuron))
        });
    let requested = requested.iter().map(|&neuron| (population, neuron));
    for (number, neuron) in recorded.chain(requested) {
        let parity = (network.populations[number].first + neuron) % COLUMNS % 2;
        match digitised[parity] {
            Some((first, other)) if (first, other) != (number, neuron) => {
                return Err(Error::MadcColumnConflict {
                    recorded: neuron_text(network, first, other),
                    requested: neuron_text(network, number, neuron),
                    parity: ["even", "odd"][parity],
                });
            }
            _ => digitised[parity] = Some((number, neuron)),
        }
    }
    Ok(())
}

fn neuron_text(network: &Network, population: usize, neuron: usize) -> String {
    format!(
        "neuron {neuron} of population '{}'",
        network.populations[population].label
    )
}
