//! What holds of every placement, whatever the network.

use hx_geometry::{
    BUSES, COLUMNS, DRIVERS, DRIVERS_PER_BUS, HEMISPHERES, LABELS, Polarity, PreSource, ROWS,
    SynapseCircuit, bus_of_neuron, column, hemisphere, synapses,
};
use hx_placement::{CapacityError, Connection, Network, place};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Which bus each population of generators is on.
const BUS_OF_GENERATOR: [usize; 4] = [2, 0, 3, 1];

/// A network of neurons at any positions, connected at random.
#[derive(Debug, Clone)]
struct Any {
    positions: Vec<usize>,
    connections: Vec<Connection>,
}

impl Any {
    fn network(&self) -> Network<'_> {
        Network {
            positions: &self.positions,
            // In an order of their own.
            generator_buses: &BUS_OF_GENERATOR,
            connections: &self.connections,
        }
    }
}

fn any_connection(neurons: u32, sources: u32) -> impl Strategy<Value = Connection> {
    let origin = prop_oneof![
        3 => (0..neurons).prop_map(PreSource::Neuron),
        3 => (0..sources).prop_map(PreSource::External),
        1 => (0..4_u16, 0..256_u32)
            .prop_map(|(generator, cell)| PreSource::Background { generator, cell }),
    ];
    let weight = prop_oneof![4 => 0..64_u32, 1 => 64..400_u32];
    (origin, 0..neurons, any::<bool>(), weight).prop_map(|(source, target, excitatory, weight)| {
        Connection {
            source,
            target,
            polarity: if excitatory {
                Polarity::Excitatory
            } else {
                Polarity::Inhibitory
            },
            weight,
        }
    })
}

fn any_network() -> impl Strategy<Value = Any> {
    let positions = Just((0..512).collect::<Vec<usize>>()).prop_shuffle();
    (positions, 1..100_usize, 1..300_u32, 0..2500_usize).prop_flat_map(
        |(mut positions, neurons, sources, connections)| {
            positions.truncate(neurons);
            let connection = any_connection(neurons as u32, sources);
            let connections = prop::collection::vec(connection, connections);
            connections.prop_map(move |connections| Any {
                positions: positions.clone(),
                connections,
            })
        },
    )
}

/// Neurons that hear nearly as many sources as they have synapses: there is no room to
/// waste, and sources have to be spread.
fn dense_network() -> impl Strategy<Value = Any> {
    let positions = Just((0..256).collect::<Vec<usize>>()).prop_shuffle();
    (
        positions,
        30..256_usize,
        200..1200_u32,
        150..257_usize,
        any::<u64>(),
    )
        .prop_map(|(mut positions, neurons, sources, fan_in, seed)| {
            positions.truncate(neurons);
            let mut dice = seed | 1;
            let mut below = |limit: u32| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                (dice >> 33) as u32 % limit
            };
            let targets = (0..neurons as u32).flat_map(|it| vec![it; fan_in]);
            let connections = targets.map(|target| {
                let source = below(sources);
                Connection {
                    source: PreSource::External(source),
                    target,
                    // A fifth of the sources inhibit.
                    polarity: if source.is_multiple_of(5) {
                        Polarity::Inhibitory
                    } else {
                        Polarity::Excitatory
                    },
                    weight: 63,
                }
            });
            Any {
                connections: connections.collect(),
                positions,
            }
        })
}

/// The drivers that hear each origin, and the origins that each driver hears.
fn check(network: &Any) -> Result<(), TestCaseError> {
    let placement = match place(&network.network()) {
        Ok(placement) => placement,
        Err(error) => return check_shortage(network, &error),
    };
    let mut taken = BTreeSet::new();
    let mut heard: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (number, connection) in network.connections.iter().enumerate() {
        let circuits = placement.circuits(number);
        prop_assert_eq!(circuits.len(), synapses(connection.weight));
        for &circuit in circuits {
            prop_assert!(taken.insert(circuit), "two connections share a synapse");
            let circuit = SynapseCircuit::new(circuit);
            let row = circuit.row_of_chip();
            let position = network.positions[connection.target as usize];
            prop_assert_eq!(circuit.column, column(position));
            prop_assert_eq!(circuit.hemisphere, hemisphere(position));
            prop_assert_eq!(
                placement.polarity_of_row(row),
                Some(connection.polarity),
                "a row is of one sign"
            );
            let (driver, bus) = (row / 2, row / 2 % BUSES);
            heard
                .entry(driver)
                .or_default()
                .insert(format!("{:?}", connection.source));
            match connection.source {
                PreSource::Neuron(neuron) => {
                    prop_assert_eq!(bus, bus_of_neuron(network.positions[neuron as usize]));
                }
                PreSource::Background { generator, .. } => {
                    prop_assert_eq!(bus, BUS_OF_GENERATOR[generator as usize]);
                }
                PreSource::External(source) => {
                    prop_assert!(placement.events_per_spike(source as usize) > 0);
                }
            }
        }
    }
    prop_assert!(heard.values().all(|origins| origins.len() <= LABELS));
    for (hemisphere, bus) in
        (0..HEMISPHERES).flat_map(|hemisphere| (0..BUSES).map(move |bus| (hemisphere, bus)))
    {
        let here = |driver: &&usize| **driver / DRIVERS == hemisphere && **driver % BUSES == bus;
        let drivers = heard.keys().filter(here).count();
        prop_assert_eq!(drivers, placement.drivers(hemisphere, bus));
        prop_assert!(drivers <= DRIVERS_PER_BUS);
    }
    prop_assert_eq!(taken.len(), placement.all_circuits().len());
    prop_assert_eq!(placement.map().iter().flatten().count(), taken.len());
    Ok(())
}

/// A refusal has to say what is true.
fn check_shortage(network: &Any, error: &CapacityError) -> Result<(), TestCaseError> {
    match *error {
        CapacityError::Synapses {
            neuron,
            needed,
            available,
        } => {
            let onto = network
                .connections
                .iter()
                .filter(|connection| connection.target as usize == neuron);
            let sum: usize = onto.map(|connection| synapses(connection.weight)).sum();
            prop_assert_eq!(sum, needed);
            prop_assert!(needed > available && available == ROWS);
        }
        CapacityError::Drivers {
            needed, available, ..
        }
        | CapacityError::DriversOnBus {
            needed, available, ..
        } => prop_assert!(needed > available),
        ref other => prop_assert!(false, "{}", other),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_synapse_is_where_it_can_be(network in any_network()) {
        check(&network)?;
    }

    #[test]
    fn what_has_to_be_spread_is_where_it_can_be(network in dense_network()) {
        check(&network)?;
    }

    /// Columns of one event output are alike, and so are the halves: a network that is moved
    /// within them only moves.
    #[test]
    fn permuting_neurons_permutes(network in any_network(), turn in 0..32_usize, swap: bool) {
        let moved = |position: usize| {
            let (row, column) = (position / COLUMNS, position % COLUMNS);
            let row = if swap { 1 - row } else { row };
            row * COLUMNS + column / 32 * 32 + (column + turn) % 32
        };
        let other = Any {
            positions: network.positions.iter().map(|&it| moved(it)).collect(),
            connections: network.connections.clone(),
        };
        match (place(&network.network()), place(&other.network())) {
            (Ok(here), Ok(there)) => {
                for connection in 0..network.connections.len() {
                    let pairs = here.circuits(connection).iter().zip(there.circuits(connection));
                    for (&from, &to) in pairs {
                        let from = SynapseCircuit::new(from);
                        let expected = SynapseCircuit {
                            hemisphere: if swap { 1 - from.hemisphere } else { from.hemisphere },
                            row: from.row,
                            column: column(moved(from.column)),
                        };
                        prop_assert_eq!(to, expected.number());
                    }
                }
            }
            (Err(_), Err(_)) => {}
            _ => prop_assert!(false, "only one of the two fits"),
        }
    }
}
