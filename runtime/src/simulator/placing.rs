//! The network as the placement sees it, and the placement as long as it holds.
//!
//! Placing takes milliseconds for a full chip, runs may take less: a placement is kept
//! until neurons or connections are added or a weight takes more or fewer synapses.

use super::resources::neuron_text;
use super::{Network, Origins};
use crate::Error;
use hx_geometry::NEURONS;
use hx_placement::{CapacityError, Connection, Placement};
use std::sync::Arc;

impl Network {
    /// Where a neuron is on the chip, 0..512 (row * 256 + column).
    pub(crate) fn position(&self, neuron: usize) -> usize {
        self.permutation.get(neuron).copied().unwrap_or(neuron)
    }

    /// The bus that a generator is on, 0 to 3, in both halves.
    pub(crate) fn generator_bus(&self, generator: usize) -> usize {
        self.buses.get(generator).copied().unwrap_or(generator)
    }

    /// The buses that all generators are on.
    fn generator_buses(&self) -> Vec<usize> {
        (0..self.generators())
            .map(|generator| self.generator_bus(generator))
            .collect()
    }

    /// Where all neurons are.
    pub(crate) fn positions(&self) -> Vec<usize> {
        (0..self.neurons())
            .map(|neuron| self.position(neuron))
            .collect()
    }
}

/// Where the network is on the chip; its connections are those of the projections, one
/// projection after the other.
pub(crate) fn placement(network: &mut Network) -> Result<Arc<Placement>, Error> {
    let pairs = network.projections.iter().map(|it| it.pairs.len());
    let size = (network.neurons(), pairs.sum());
    if let Some(placement) = &network.placement
        && (placement.positions().len(), placement.connections()) == size
    {
        return Ok(Arc::clone(placement));
    }
    let connections = connections(network);
    let placed = hx_placement::place(&hx_placement::Network {
        positions: &network.positions(),
        generator_buses: &network.generator_buses(),
        connections: &connections,
    });
    let placement = Arc::new(placed.map_err(|shortage| error(network, &shortage))?);
    network.placement = Some(Arc::clone(&placement));
    Ok(placement)
}

fn connections(network: &Network) -> Vec<Connection> {
    let of_projections = network.projections.iter().flat_map(|projection| {
        let pre = &network.populations[projection.pre];
        let post = &network.populations[projection.post];
        let connections = projection.pairs.iter().zip(&projection.weights);
        connections.map(move |(&(source, target), weight)| Connection {
            source: pre.source(source),
            target: (post.first + target) as u32,
            polarity: projection.polarity,
            weight: weight.abs() as u32,
        })
    });
    of_projections.collect()
}

/// What ran out, in the words of the dialect.
fn error(network: &Network, shortage: &CapacityError) -> Error {
    match *shortage {
        CapacityError::Synapses {
            neuron,
            needed,
            available,
        } => Error::TooManySynapses {
            neuron: name(network, neuron),
            needed,
            available,
        },
        CapacityError::DriversOnBus {
            hemisphere,
            bus,
            needed,
            available,
        } => Error::TooManySynapseDrivers {
            half: HALVES[hemisphere],
            bus: Some(bus),
            needed,
            available,
        },
        CapacityError::Drivers {
            hemisphere,
            needed,
            available,
        } => Error::TooManySynapseDrivers {
            half: HALVES[hemisphere],
            bus: None,
            needed,
            available,
        },
        CapacityError::Sources { needed, available } => Error::TooManySources {
            requested: needed,
            in_use: 0,
            available,
        },
        CapacityError::PositionOutside { position, .. } => Error::PositionOutside {
            position: position as i128,
            available: NEURONS,
        },
        CapacityError::PositionTaken { position, .. } => Error::PositionTwice { position },
        // Whatever else the chip may run out of, its own words are clear.
        ref other => Error::NoRoom {
            reason: other.to_string(),
        },
    }
}

/// What the two halves of the chip are called.
const HALVES: [&str; 2] = ["upper", "lower"];

/// A neuron, by its number among all neurons.
fn name(network: &Network, neuron: usize) -> String {
    let populations = network.populations.iter().enumerate();
    let mut neurons = populations.filter(|(_, it)| matches!(it.origins, Origins::Neurons(_)));
    match neurons.rfind(|(_, it)| it.first <= neuron) {
        Some((number, population)) => neuron_text(network, number, neuron - population.first),
        None => format!("neuron {neuron}"),
    }
}
