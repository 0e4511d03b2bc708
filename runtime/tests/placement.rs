//! What of the chip networks use, where their neurons are, and what the links lose.

use pynn::cells::{HXNeuron, SpikeSourceArray};
use pynn::display::Rich as _;
use pynn::synapses::StaticSynapse;
use pynn::{
    AllToAllConnector, Chip, Error, OneToOneConnector, Population, PopulationView, Projection,
    Setup, Usage,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one chip per process, and tests run side by side.
fn the_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}

fn neurons(size: usize) -> Result<Population, Error> {
    Population::new(size, HXNeuron::new())
}

fn sources(size: usize, times: &[f64]) -> Result<Population, Error> {
    Population::new(size, SpikeSourceArray::new(times))
}

fn connect(
    pre: impl Into<PopulationView>,
    post: impl Into<PopulationView>,
    weight: i32,
) -> Result<Projection, Error> {
    let receptor = if weight < 0 {
        "inhibitory"
    } else {
        "excitatory"
    };
    let connector = AllToAllConnector::new();
    Projection::new(pre, post, connector, StaticSynapse::new(weight), receptor)
}

fn drivers(usage: &Usage) -> [[usize; 4]; 2] {
    usage
        .drivers_per_bus
        .map(|half| half.map(|drivers| drivers.used))
}

#[test]
fn usage_counts_what_a_hand_counts() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new())?;
    let empty = pynn::usage()?;
    assert_eq!((empty.neurons.used, empty.synapses.used), (0, 0));
    assert_eq!(empty.neurons.free(), 512);

    // The tutorial: five sources onto one neuron.
    let pop = neurons(1)?;
    pop.record(["spikes", "v"])?;
    connect(&sources(5, &[0.01])?, &pop, 63)?;
    let usage = pynn::usage()?;
    assert_eq!(usage.neurons.to_string(), "1 of 512");
    assert_eq!(usage.synapses.to_string(), "5 of 131072");
    assert_eq!(usage.busiest_neuron.to_string(), "5 of 256");
    assert_eq!(usage.sources.to_string(), "5 of 16384");
    assert_eq!(usage.madc_channels.to_string(), "1 of 2");
    assert_eq!(usage.synapse_drivers.to_string(), "3 of 256");
    assert_eq!(usage.background_generators.to_string(), "0 of 8");

    // Another neuron, and one source onto it with both signs, one of them three synapses
    // strong. A source that is not connected uses nothing.
    let other = neurons(1)?;
    let source = sources(2, &[0.01])?;
    let strong = connect(source.view(0..1)?, &other, 150)?;
    connect(source.view(0..1)?, &other, -1)?;
    let usage = pynn::usage()?;
    assert_eq!((usage.neurons.used, usage.synapses.used), (2, 9));
    assert_eq!((usage.sources.used, usage.busiest_neuron.used), (6, 5));
    // The new column uses the five excitatory rows where its source may: on one bus.
    let before = drivers(&usage);
    assert_eq!(before[1], [0; 4]);
    // A weight of as many synapses changes nothing, one of more does.
    strong.set("weight", 180)?;
    assert_eq!(pynn::usage()?, usage);
    strong.set("weight", 190)?;
    assert_eq!(pynn::usage()?.synapses.used, 10);

    // In the lower half everything is there once more.
    neurons(254)?;
    let lower = neurons(1)?;
    connect(&pop, &lower, 10)?;
    let usage = pynn::usage()?;
    assert_eq!(drivers(&usage)[1], [1, 0, 0, 0]);
    Ok(())
}

#[test]
fn a_usage_is_a_picture_and_a_table() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new())?;
    connect(&sources(3, &[0.01])?, &neurons(2)?, 100)?;
    let usage = pynn::usage()?;
    let bundle = usage.bundle();
    assert_eq!(bundle.plain_text(), usage.to_string());
    let picture = bundle.get("image/svg+xml").expect("a picture");
    for text in ["12 of 131072", "synapse drivers, lower half", "2 of 512"] {
        assert!(picture.contains(text), "{text}");
    }
    let table: Vec<&str> = bundle.plain_text().lines().collect();
    assert_eq!(table.len(), 1 + 7 + 8);
    assert!(
        table[2].ends_with("synapses    12     131072"),
        "{}",
        table[2]
    );
    Ok(())
}

#[test]
fn neurons_go_where_the_permutation_says() -> Result<(), Error> {
    let _chip = the_chip();
    // Two neurons in even columns, then one in an odd column of the lower half.
    pynn::setup(Setup::new().neuron_permutation([4, 2, 256 + 37]))?;
    let pop = neurons(3)?;
    pop.view([0, 2])?.record("v")?;
    assert_eq!(
        pop.view(1)?.record("v").unwrap_err().name(),
        "MadcColumnConflict"
    );
    connect(&sources(1, &[0.01])?, pop.view(2)?, 63)?;
    // Neuron 2 is in columns 32 to 63: its spikes take bus 1.
    connect(pop.view(2)?, pop.view(0)?, 63)?;
    assert_eq!(drivers(&pynn::usage()?), [[0, 1, 0, 0], [1, 0, 0, 0]]);
    assert_eq!(neurons(1).unwrap_err().name(), "TooManyNeurons");
    pynn::run(0.01)?;
    assert_eq!(
        pop.get_data("v")?.segments[0]
            .irregularlysampledsignals
            .len(),
        2
    );
    Ok(())
}

#[test]
fn generators_go_where_the_permutation_says() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new().background_permutation([2, 0]))?;
    let pop = neurons(1)?;
    for used in [[0, 0, 1, 0], [1, 0, 1, 0]] {
        let source = pynn::cells::SpikeSourcePoissonOnChip::new(1e4);
        connect(&Population::new(1, source)?, pop.view(0)?, 63)?;
        assert_eq!(drivers(&pynn::usage()?)[0], used);
    }
    Ok(())
}

#[test]
fn no_spikes_are_lost_in_a_burst_or_on_the_ideal_chip() -> Result<(), Error> {
    let _chip = the_chip();
    // 512 sources at once, ten times; then 64 sources with a spike every nanosecond.
    let flood: Vec<f64> = (0..4000).map(|spike| f64::from(spike) * 1e-6).collect();
    let burst: Vec<f64> = (0..10).map(|spike| f64::from(spike) * 0.01).collect();
    for (chip, size, times, loses) in [
        (Chip::nominal(), 512, &burst, false),
        (Chip::ideal(), 64, &flood, false),
        (Chip::nominal(), 64, &flood, true),
    ] {
        pynn::setup(Setup::new().chip(chip))?;
        let src = sources(size, times)?;
        src.record("spikes")?;
        let (connector, synapse) = (OneToOneConnector::new(), StaticSynapse::new(1));
        Projection::new(&src, &neurons(size)?, connector, synapse, "excitatory")?;
        pynn::run(0.1)?;
        let loss = pynn::usage()?.lost_to_chip;
        assert_eq!(loss.of, size * times.len());
        assert_eq!(loss.lost > 0, loses, "{loss}");
        let sent: usize = src.get_spike_counts()?.iter().sum();
        assert_eq!(sent, loss.of - loss.lost);
        if loses {
            // In 4 µs the link carries 500 events, and 1024 can wait.
            assert!((1520..=1526).contains(&sent), "{sent}");
            let table = pynn::usage()?.to_string();
            assert!(table.contains("last run: 25447"), "{table}");
            // The next run starts anew.
            pynn::reset()?;
            src.set("spike_times", [0.01])?;
            pynn::run(0.1)?;
            assert_eq!(pynn::usage()?.lost_to_chip.to_string(), "0 of 64");
        }
    }
    Ok(())
}

#[test]
fn spikes_that_nobody_records_or_hears_need_no_link() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new())?;
    let flood: Vec<f64> = (0..4000).map(|spike| f64::from(spike) * 1e-6).collect();
    let deaf = sources(64, &flood)?;
    deaf.record("spikes")?;
    pynn::run(0.1)?;
    let usage = pynn::usage()?;
    assert_eq!((usage.lost_to_chip.of, usage.lost_to_host.of), (0, 0));
    assert_eq!(deaf.get_spike_counts()?.iter().sum::<usize>(), 64 * 4000);
    Ok(())
}

#[test]
fn a_full_chip_is_refused_one_more() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new())?;
    let pop = neurons(512)?;
    connect(&sources(256, &[0.01])?, &pop, 63)?;
    pynn::run(0.02)?;
    let error = connect(&sources(1, &[0.01])?, pop.view(100)?, 0).unwrap_err();
    assert_eq!(error.name(), "TooManySynapses");
    Ok(())
}
