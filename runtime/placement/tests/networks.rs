//! Networks of which is known what they need and whether they fit.

use std::collections::BTreeSet;

use hx_placement::{CapacityError, Connection, Network, Placement, Polarity, PreSource, place};

fn connection(source: PreSource, target: u32, polarity: Polarity, weight: u32) -> Connection {
    Connection {
        source,
        target,
        polarity,
        weight,
    }
}

/// Excitatory, weight 63.
fn plain(origin: PreSource, target: u32) -> Connection {
    connection(origin, target, Polarity::Excitatory, 63)
}

/// Places a network whose neurons are in order from position 0.
fn placed(neurons: usize, connections: &[Connection]) -> Result<Placement, CapacityError> {
    let positions: Vec<usize> = (0..neurons).collect();
    place(&Network {
        positions: &positions,
        generator_buses: &[0, 1, 2, 3, 4],
        connections,
    })
}

fn drivers(placement: &Placement) -> [[usize; 4]; 2] {
    [0, 1].map(|hemisphere| [0, 1, 2, 3].map(|bus| placement.drivers(hemisphere, bus)))
}

/// Every pair of an origin and a target.
fn all_to_all(origins: &[PreSource], targets: u32) -> Vec<Connection> {
    let onto = |&origin| (0..targets).map(move |target| plain(origin, target));
    origins.iter().flat_map(onto).collect()
}

fn external(sources: u32) -> Vec<PreSource> {
    (0..sources).map(PreSource::External).collect()
}

fn neurons(neurons: u32) -> Vec<PreSource> {
    (0..neurons).map(PreSource::Neuron).collect()
}

#[test]
fn the_tutorial_takes_five_rows_on_three_buses() {
    let placement = placed(1, &all_to_all(&external(5), 1)).expect("room");
    assert_eq!(placement.all_circuits().len(), 5);
    assert_eq!(placement.rows(), 5);
    // The second row of a driver comes before the next driver.
    assert_eq!(drivers(&placement), [[1, 1, 1, 0], [0; 4]]);
    assert_eq!(placement.events_per_spike(0), 1);
    assert_eq!(placement.sources(), 5);
}

#[test]
fn one_to_one_shares_rows() {
    let connections: Vec<Connection> = (0..512)
        .map(|number| plain(PreSource::External(number), number))
        .collect();
    let placement = placed(512, &connections).expect("room");
    // 64 labels to a row: four in each half.
    assert_eq!(placement.rows(), 8);
    assert_eq!(placement.labels(0, 0), 64);
    assert_eq!(placement.events_per_spike(300), 1);

    let ring: Vec<Connection> = (0..512)
        .map(|number| plain(PreSource::Neuron(number), (number + 1) % 512))
        .collect();
    let placement = placed(512, &ring).expect("room");
    assert_eq!(drivers(&placement), [[1; 4]; 2]);
}

#[test]
fn a_full_chip_fits() {
    let connections = all_to_all(&external(256), 512);
    let placement = placed(512, &connections).expect("room");
    assert_eq!(placement.all_circuits().len(), 131_072);
    assert_eq!(drivers(&placement), [[32; 4]; 2]);
    assert_eq!(placement.events_per_spike(0), 2);

    // The upper half with itself.
    let placement = placed(256, &all_to_all(&neurons(256), 256)).expect("room");
    assert_eq!(drivers(&placement), [[32; 4], [0; 4]]);

    // As many sources as there are labels, each onto eight neurons of its half.
    let connections: Vec<Connection> = (0..131_072_u32)
        .map(|number| {
            let source = number / 8;
            plain(
                PreSource::External(source),
                source / 8192 * 256 + number % 256,
            )
        })
        .collect();
    let placement = placed(512, &connections).expect("room");
    assert_eq!(placement.all_circuits().len(), 131_072);
    assert_eq!(placement.events_per_spike(0), 1);
}

#[test]
fn scattered_connections_fill_the_chip_nearly() {
    // 240 of 1000 sources onto each neuron, at random: sources each in one set would need
    // more rows than there are.
    let mut dice = 1_u64;
    let mut connections = Vec::new();
    for target in 0..512 {
        let mut sources: Vec<u32> = (0..1000).collect();
        for index in 0..240 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = index + (dice >> 33) as usize % (1000 - index);
            sources.swap(index, other);
            connections.push(plain(PreSource::External(sources[index]), target));
        }
    }
    let placement = placed(512, &connections).expect("room");
    // Every connection has a circuit of its own, and few rows are left.
    let circuits: BTreeSet<u32> = placement.all_circuits().iter().copied().collect();
    assert_eq!(circuits.len(), 512 * 240);
    assert!(placement.rows() > 490, "{} rows", placement.rows());
    // It fits because sources are spread over groups of drivers.
    let events: usize = (0..1000).map(|it| placement.events_per_spike(it)).sum();
    assert!(events > 2 * 1000, "{events} events");
}

#[test]
fn neurons_reach_one_bus_and_sources_use_what_is_left() {
    // 40 neurons with themselves: 32 on bus 0, 8 on bus 1. 216 sources fill the rest.
    let mut connections = all_to_all(&neurons(40), 40);
    connections.extend(all_to_all(&external(216), 40));
    let placement = placed(40, &connections).expect("room");
    assert_eq!(drivers(&placement), [[32; 4], [0; 4]]);

    // 33: one row of a driver on bus 1 would be lost, did a source not use it.
    let mut connections = all_to_all(&neurons(33), 33);
    connections.extend(all_to_all(&external(223), 33));
    assert!(placed(33, &connections).is_ok());
}

#[test]
fn a_weight_takes_the_buses_it_needs() {
    let heavy = connection(PreSource::External(0), 0, Polarity::Excitatory, 63 * 256);
    let placement = placed(1, &[heavy]).expect("room");
    assert_eq!(drivers(&placement), [[32; 4], [0; 4]]);
    assert_eq!(placement.events_per_spike(0), 4);
    let both = [
        connection(PreSource::External(0), 0, Polarity::Excitatory, 64),
        connection(PreSource::External(0), 0, Polarity::Inhibitory, 127),
        connection(PreSource::External(0), 0, Polarity::Inhibitory, 0),
    ];
    let placement = placed(1, &both).expect("room");
    assert_eq!(placement.rows(), 2 + 4);
    assert_eq!(drivers(&placement), [[3, 0, 0, 0], [0; 4]]);
}

#[test]
fn what_does_not_fit_is_named() {
    let too_heavy = connection(PreSource::External(0), 0, Polarity::Excitatory, 63 * 257);
    assert_eq!(
        placed(1, &[too_heavy]),
        Err(CapacityError::Synapses {
            neuron: 0,
            needed: 257,
            available: 256
        })
    );
    // Neurons 0 to 31 and 128 to 159 share bus 0, and two neurons of the other row.
    let histogram: Vec<PreSource> = (0..32)
        .chain(128..160)
        .chain([256])
        .map(PreSource::Neuron)
        .collect();
    assert_eq!(
        placed(257, &all_to_all(&histogram, 1)),
        Err(CapacityError::DriversOnBus {
            hemisphere: 0,
            bus: 0,
            needed: 33,
            available: 32
        })
    );
    // 129 sources of both signs onto different neurons: rows are of one sign.
    let mut signed = all_to_all(&external(200), 1);
    signed.extend(
        external(100)
            .iter()
            .map(|&origin| connection(origin, 1, Polarity::Inhibitory, 1)),
    );
    assert_eq!(
        placed(2, &signed),
        Err(CapacityError::Drivers {
            hemisphere: 0,
            needed: 150,
            available: 128
        })
    );
    let positions = |positions: &[usize]| {
        place(&Network {
            positions,
            generator_buses: &[],
            connections: &[],
        })
    };
    assert_eq!(
        positions(&[3, 512]),
        Err(CapacityError::PositionOutside {
            neuron: 1,
            position: 512
        })
    );
    assert_eq!(
        positions(&[3, 5, 3]),
        Err(CapacityError::PositionTaken {
            neuron: 2,
            position: 3
        })
    );
    let background = |generator, cell| {
        let source = PreSource::Background { generator, cell };
        placed(1, &[plain(source, 0)])
    };
    assert!(background(3, 255).is_ok());
    assert_eq!(
        background(4, 0),
        Err(CapacityError::Backgrounds {
            needed: 5,
            available: 4
        })
    );
    assert_eq!(
        background(0, 256),
        Err(CapacityError::BackgroundCells {
            needed: 257,
            available: 256
        })
    );
    let source = placed(1, &[plain(PreSource::External(16_384), 0)]);
    assert_eq!(
        source,
        Err(CapacityError::Sources {
            needed: 16_385,
            available: 16_384
        })
    );
    assert_eq!(
        source.map_err(|error| error.to_string()),
        Err("16385 external sources are needed, but the chip can tell 16384 apart".to_string())
    );
}

#[test]
fn connections_from_or_to_nowhere_take_nothing() {
    let strays = [
        plain(PreSource::Neuron(7), 0),
        plain(PreSource::Neuron(0), 7),
    ];
    let placement = placed(1, &strays).expect("room");
    assert!(placement.all_circuits().is_empty());
    assert!(placement.circuits(0).is_empty() && placement.circuits(1).is_empty());
    assert_eq!(placement.rows(), 0);
}
