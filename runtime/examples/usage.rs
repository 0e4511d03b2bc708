//! Writes maps of the chip as `pynn::usage()` shows them into a directory, to be looked at:
//! `cargo run -p pynn --example usage -- /tmp/usage`.

use base64::Engine as _;
use pynn::cells::{HXNeuron, SpikeSourceArray};
use pynn::display::Rich as _;
use pynn::prelude::*;
use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Error, OneToOneConnector, Population, Projection, Setup};
use std::path::Path;

/// A name for the files, and how the network is made.
type Entry = (&'static str, fn() -> Result<(), Error>);

const NETWORKS: [Entry; 5] = [
    ("empty", || Ok(())),
    ("tutorial", tutorial),
    ("synfire_chain", synfire_chain),
    ("full", full),
    ("flood", flood),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("give a directory")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    for (name, make) in NETWORKS {
        pynn::setup(Setup::new())?;
        make()?;
        let usage = pynn::usage()?;
        println!("{name}:\n{usage}\n");
        plt::format("svg")?;
        let svg = usage.bundle();
        std::fs::write(
            directory.join(format!("{name}.svg")),
            svg.get("image/svg+xml").unwrap_or_default(),
        )?;
        plt::format("png")?;
        let png = usage.bundle();
        let png = png.get("image/png").unwrap_or_default();
        let png = base64::engine::general_purpose::STANDARD.decode(png)?;
        std::fs::write(directory.join(format!("{name}.png")), png)?;
    }
    Ok(())
}

fn connect(
    pre: impl Into<pynn::PopulationView>,
    post: impl Into<pynn::PopulationView>,
    weight: i32,
) -> Result<(), Error> {
    let receptor = if weight < 0 {
        "inhibitory"
    } else {
        "excitatory"
    };
    let connector = AllToAllConnector::new();
    Projection::new(pre, post, connector, StaticSynapse::new(weight), receptor).map(drop)
}

fn tutorial() -> Result<(), Error> {
    let pop = Population::new(1, HXNeuron::new())?;
    pop.record(["spikes", "v"])?;
    let src = Population::new(5, SpikeSourceArray::new([0.01, 0.03]))?;
    connect(&src, &pop, 63)
}

/// A closed chain of 20 groups of 8 excitatory and 8 inhibitory neurons.
fn synfire_chain() -> Result<(), Error> {
    let (length, size) = (20, 8);
    let exc = Population::new(length * size, HXNeuron::new())?;
    let inh = Population::new(length * size, HXNeuron::new())?;
    let stimulus = Population::new(size, SpikeSourceArray::new([0.01]))?;
    let group = |pop: &Population, number: usize| pop.view(number * size..(number + 1) * size);
    for number in 0..length {
        let next = (number + 1) % length;
        connect(group(&exc, number)?, group(&exc, next)?, 60)?;
        connect(group(&exc, number)?, group(&inh, next)?, 60)?;
        connect(group(&inh, number)?, group(&exc, number)?, -30)?;
    }
    exc.view(0..2)?.record("v")?;
    connect(&stimulus, group(&exc, 0)?, 60)
}

fn full() -> Result<(), Error> {
    let pop = Population::new(512, HXNeuron::new())?;
    pop.view([100, 301])?.record("v")?;
    let sources = || Population::new(128, SpikeSourceArray::new([0.01]));
    connect(&sources()?, &pop, 63)?;
    connect(&sources()?, &pop, -63)
}

fn flood() -> Result<(), Error> {
    let pop = Population::new(64, HXNeuron::new())?;
    let times: Vec<f64> = (0..20_000).map(|spike| f64::from(spike) * 1e-6).collect();
    let sources = Population::new(256, SpikeSourceArray::new(times))?;
    let synapse = StaticSynapse::new(1);
    let connector = OneToOneConnector::new();
    Projection::new(
        &sources.view(0..64)?,
        &pop,
        connector,
        synapse,
        "excitatory",
    )?;
    pynn::run(0.02)
}
