//! What the chip has room for.

use super::{Network, Origins, PopulationState, ProjectionState};
use crate::Error;
use crate::cells::{Cell, is_neuron};
use crate::recording::{Device, Variable};
use hx_geometry::{
    BACKGROUNDS, BUSES, LARGEST_WEIGHT, NEURONS, ROWS, ROWS_PER_BUS, SOURCES, bus_of_neuron, column,
};

/// Whether a population of `size` cells fits.
pub(crate) fn check_room(network: &Network, cell: &Cell, size: usize) -> Result<(), Error> {
    // What a generator sends takes no label of the FPGA's.
    if matches!(cell, Cell::SpikeSourcePoissonOnChip(_)) {
        let available = match network.buses.len() {
            0 => BACKGROUNDS,
            buses => buses,
        };
        return if network.generators() < available {
            Ok(())
        } else {
            Err(Error::TooManyGenerators { available })
        };
    }
    let neurons = is_neuron(cell);
    let (in_use, available) = if neurons {
        let places = match network.permutation.len() {
            0 => NEURONS,
            places => places,
        };
        (network.neurons(), places)
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
/// a new one) has these connections `((source within pre, target within post), weight)`,
/// and enough on each bus on which spikes of neurons come.
pub(crate) fn check_fan_in(
    network: &Network,
    replaced: Option<usize>,
    (pre, post): (usize, usize),
    connections: impl Iterator<Item = ((usize, usize), f64)>,
) -> Result<(), Error> {
    let Origins::Neurons(configurations) = &network.populations[post].origins else {
        return Ok(());
    };
    let bus = |pre: usize, source: usize| {
        let PopulationState { origins, first, .. } = &network.populations[pre];
        match origins {
            Origins::Neurons(_) => bus_of_neuron(network.position(first + source)),
            // External spikes come on any bus: they are counted in a column of their own.
            Origins::Sources(_) | Origins::Poisson(_) => BUSES,
            // A generator reaches one bus of each half.
            Origins::OnChip(_) => network.generator_bus(*first),
        }
    };
    let mut needed = vec![[0_usize; BUSES + 1]; configurations.len()];
    for (number, other) in network.projections.iter().enumerate() {
        if other.post == post && Some(number) != replaced {
            let ProjectionState { pairs, weights, .. } = other;
            for (&(source, target), &weight) in pairs.iter().zip(weights) {
                needed[target][bus(other.pre, source)] += synapses(weight);
            }
        }
    }
    for ((source, target), weight) in connections {
        let needed = &mut needed[target][bus(pre, source)];
        *needed = needed.saturating_add(synapses(weight));
    }
    for (neuron, needed) in needed.iter().enumerate() {
        let all = needed
            .iter()
            .fold(0_usize, |all, it| all.saturating_add(*it));
        if all > ROWS {
            return Err(Error::TooManySynapses {
                neuron: neuron_text(network, post, neuron),
                needed: all,
                available: ROWS,
            });
        }
        let crowded = |&bus: &usize| needed[bus] > ROWS_PER_BUS;
        if let Some(bus) = (0..BUSES).find(crowded) {
            return Err(Error::TooManySynapsesOnBus {
                neuron: neuron_text(network, post, neuron),
                bus,
                needed: needed[bus],
                available: ROWS_PER_BUS,
            });
        }
    }
    Ok(())
}

/// How many synapses realise a weight. One that is 0 now has one all the same,
/// so that the weight can change later.
pub(crate) fn synapses(weight: f64) -> usize {
    (weight.abs() / f64::from(LARGEST_WEIGHT)).ceil().max(1.0) as usize
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
        let parity = column(network.position(network.populations[number].first + neuron)) % 2;
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

pub(super) fn neuron_text(network: &Network, population: usize, neuron: usize) -> String {
    format!(
        "neuron {neuron} of population '{}'",
        network.populations[population].label
    )
}
