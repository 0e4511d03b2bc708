//! How long networks that fill the chip take to be placed: some milliseconds, and no loop is
//! quadratic.
//!
//! `cargo bench -p hx-placement`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hx_geometry::{COLUMNS, LARGEST_WEIGHT, NEURONS, SOURCES, SYNAPSES};
use hx_placement::{Connection, Network, Polarity, PreSource, place};

/// A connection that takes one synapse circuit.
fn connection(source: PreSource, target: usize) -> Connection {
    Connection {
        source,
        target: target as u32,
        polarity: Polarity::Excitatory,
        weight: LARGEST_WEIGHT,
    }
}

/// Every source onto every neuron, of as many as there are rows.
fn all_to_all() -> Vec<Connection> {
    let sources = (0..COLUMNS as u32).map(PreSource::External);
    let onto = |source| (0..NEURONS).map(move |target| connection(source, target));
    sources.flat_map(onto).collect()
}

/// The neurons of one hemisphere with themselves.
fn recurrent() -> Vec<Connection> {
    let sources = (0..COLUMNS as u32).map(PreSource::Neuron);
    let onto = |source| (0..COLUMNS).map(move |target| connection(source, target));
    sources.flat_map(onto).collect()
}

/// As many sources as there are labels, each onto eight neurons.
fn all_labels() -> Vec<Connection> {
    let each = SYNAPSES / SOURCES;
    let connections = (0..SYNAPSES).map(|number| {
        let source = number / each;
        let target = source / (SOURCES / 2) * COLUMNS + number % COLUMNS;
        connection(PreSource::External(source as u32), target)
    });
    connections.collect()
}

/// 240 of 1000 sources onto each neuron, at random: they have to be spread.
fn scattered() -> Vec<Connection> {
    let mut dice = 1_u64;
    let mut connections = Vec::new();
    for target in 0..NEURONS {
        let mut sources: Vec<u32> = (0..1000).collect();
        for index in 0..240 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = index + (dice >> 33) as usize % (1000 - index);
            sources.swap(index, other);
            connections.push(connection(PreSource::External(sources[index]), target));
        }
    }
    connections
}

fn networks(criterion: &mut Criterion) {
    let positions: Vec<usize> = (0..NEURONS).collect();
    for (name, connections) in [
        ("256 sources onto 512 neurons", all_to_all()),
        ("256 neurons all to all", recurrent()),
        ("16,384 sources onto 512 neurons", all_labels()),
        ("1000 scattered sources", scattered()),
    ] {
        let network = Network {
            positions: &positions,
            generator_buses: &[],
            connections: &connections,
        };
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| place(black_box(&network)).is_ok());
        });
    }
}

criterion_group!(benches, networks);
criterion_main!(benches);
