//! Sources that send at random, by the host and on the chip.

mod tutorial;

use pynn::cells::{SpikeSourcePoisson, SpikeSourcePoissonOnChip};
use pynn::prelude::*;
use pynn::{Error, Population, Setup};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one chip per process, and tests run side by side.
fn the_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}

fn calibrated() -> Setup {
    Setup::new().initial_config(pynn::helpers::nightly_calibration())
}

fn recorded(size: usize, cell: impl Into<pynn::cells::Cell>) -> Result<Population, Error> {
    let source = Population::new(size, cell)?;
    source.record("spikes")?;
    Ok(source)
}

/// All trains of the latest run.
fn trains(source: &Population) -> Result<Vec<Vec<f64>>, Error> {
    let segment = source.get_data("spikes")?.segments.last().cloned();
    let trains = segment.expect("a run").spiketrains;
    Ok(trains.iter().map(|train| train.times().to_vec()).collect())
}

/// Mean and variance.
fn moments(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>();
    (mean, squares / (count - 1.0))
}

#[test]
fn poisson_sources_have_the_statistics_of_their_name() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated().seed(1))?;
    let source = recorded(2000, SpikeSourcePoisson::new(40_000).start(0.2).duration(1))?;
    pynn::run(1.5)?;
    let trains = trains(&source)?;
    let counts: Vec<f64> = trains.iter().map(|train| train.len() as f64).collect();
    let (mean, variance) = moments(&counts);
    assert!(
        (mean - 40.0).abs() < 4.0 * (40.0_f64 / 2000.0).sqrt(),
        "{mean}"
    );
    let fano = variance / mean;
    assert!(
        (fano - 1.0).abs() < 4.0 * (2.0_f64 / 2000.0).sqrt(),
        "{fano}"
    );
    for train in &trains {
        assert!(train.is_sorted() && train.iter().all(|time| (0.2 - 8e-6..1.2).contains(time)));
        // Sent by the FPGA, whose clock has 125 MHz.
        assert!(
            train
                .iter()
                .all(|t| (t * 125e3 - (t * 125e3).round()).abs() < 1e-6)
        );
    }
    // Intervals are exponential: their deviation is their mean.
    let intervals: Vec<f64> = trains
        .iter()
        .flat_map(|train| train.windows(2).map(|pair| pair[1] - pair[0]))
        .collect();
    let (mean, variance) = moments(&intervals);
    assert!((variance.sqrt() / mean - 1.0).abs() < 0.05);
    // No two sources have anything in common.
    for (number, train) in trains.iter().enumerate() {
        assert!(!trains[..number].contains(train));
    }
    Ok(())
}

#[test]
fn a_train_stays_until_a_parameter_changes() -> Result<(), Error> {
    let _chip = the_chip();
    let run = |source: &Population, duration: f64| {
        pynn::reset()?;
        pynn::run(duration)?;
        trains(source)
    };
    let program = |seed: u64| -> Result<Vec<Vec<Vec<f64>>>, Error> {
        pynn::setup(calibrated().seed(seed))?;
        let other = recorded(3, SpikeSourcePoisson::new(1e5))?;
        let source = recorded(3, SpikeSourcePoisson::new(1e5))?;
        let first = run(&source, 0.3)?;
        assert_ne!(first, trains(&other)?);
        assert_eq!(first, run(&source, 0.3)?);
        // A longer run goes on where the shorter one ended.
        let longer = run(&source, 0.6)?;
        for (short, long) in first.iter().zip(&longer) {
            assert_eq!(*short, long[..short.len()]);
            assert!(long.len() > short.len() && long.last() > Some(&0.5));
        }
        // What is set to what it was is no change; what changes does so alone.
        source.set("rate", 1e5)?;
        assert_eq!(first, run(&source, 0.3)?);
        source.view(1)?.set("rate", 2e5)?;
        assert_eq!(source.get("rate")?.numbers(), [1e5, 2e5, 1e5]);
        source.view(1)?.set("rate", 1e5)?;
        let again = run(&source, 0.3)?;
        assert_eq!((&first[0], &first[2]), (&again[0], &again[2]));
        assert_ne!(first[1], again[1]);
        Ok(vec![first, again])
    };
    assert_eq!(program(5)?, program(5)?);
    assert_ne!(program(5)?, program(6)?);

    pynn::setup(calibrated())?;
    let cell = SpikeSourcePoisson::new([1e5, 2e5]).start([0.0, 0.1]);
    let source = recorded(2, cell.duration(0.2))?;
    assert_eq!(source.get("duration")?, 0.2);
    assert_eq!(source.get("start")?.numbers(), [0.0, 0.1]);
    pynn::append(0.15)?;
    pynn::append(0.15)?;
    pynn::execute()?;
    let parts = trains(&source)?;
    assert_eq!(parts.len(), 4);
    let inside = |train: &[f64], from: f64, to: f64| train.iter().all(|t| (from..to).contains(t));
    assert!(inside(&parts[0], 0.0, 0.15) && inside(&parts[2], 0.15 - 8e-6, 0.2));
    assert!(inside(&parts[1], 0.1 - 8e-6, 0.15) && inside(&parts[3], 0.15 - 8e-6, 0.3));
    assert!(parts.iter().all(|train| !train.is_empty()));
    Ok(())
}

#[test]
fn on_chip_sources_reach_their_rate_and_send_the_same_again() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let source = recorded(8, SpikeSourcePoissonOnChip::new(120_000).seed(1234))?;
    let other = recorded(8, SpikeSourcePoissonOnChip::new(120_000).seed(1235))?;
    let rate = source.get("realised_rate")?.number().expect("one number");
    assert!((rate / 120_000.0 - 1.0).abs() < 2e-3, "{rate}");
    assert_eq!(source.get("rate")?, 120_000);
    pynn::run(20)?;
    let first = trains(&source)?;
    let counts: Vec<f64> = first.iter().map(|train| train.len() as f64).collect();
    let expected = rate * 0.02;
    for count in counts {
        assert!((count - expected).abs() < 4.5 * expected.sqrt(), "{count}");
    }
    for train in &first {
        assert!(train.is_sorted() && train.iter().all(|time| (0.0..20.0).contains(time)));
    }
    assert_ne!(first, trains(&other)?);
    pynn::reset()?;
    pynn::run(20)?;
    assert_eq!(first, trains(&source)?);
    source.set("seed", 1235)?;
    pynn::reset()?;
    pynn::run(20)?;
    assert_eq!(trains(&source)?, trains(&other)?);
    // A rate of 0 is silence.
    source.set("rate", 0)?;
    assert_eq!(source.get("realised_rate")?, 0);
    pynn::reset()?;
    pynn::run(1)?;
    assert!(trains(&source)?.concat().is_empty());
    Ok(())
}

#[test]
fn neurons_hear_both_kinds_of_random_sources() -> Result<(), Error> {
    let _chip = the_chip();
    let lifted = |cell: pynn::cells::Cell, setup: Setup| -> Result<f64, Error> {
        pynn::setup(setup)?;
        let pop = Population::new(1, tutorial::neuron().threshold_enable(false))?;
        pop.record("v")?;
        let source = Population::new(4, cell)?;
        let synapse = pynn::synapses::StaticSynapse::new(20);
        let connector = pynn::AllToAllConnector::new();
        pynn::Projection::new(&source, &pop, connector, synapse, "excitatory")?;
        pynn::run(2)?;
        let signal = pop.signal("v")?;
        let late = &signal.values()[signal.len() / 10..];
        Ok(late.iter().sum::<f64>() / late.len() as f64 - signal.values()[0])
    };
    for ideal in [false, true] {
        let setup = || {
            let chip = if ideal {
                pynn::Chip::ideal()
            } else {
                pynn::Chip::nominal()
            };
            calibrated().chip(chip)
        };
        let host = lifted(SpikeSourcePoisson::new(25_000).into(), setup())?;
        let chip = lifted(SpikeSourcePoissonOnChip::new(25_000).into(), setup())?;
        assert!(
            host > 5.0 && (host / chip - 1.0).abs() < 0.35,
            "{host} and {chip}"
        );
    }
    Ok(())
}

#[test]
fn a_second_of_the_fastest_generator_needs_no_memory_for_its_events() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let source = Population::new(256, SpikeSourcePoissonOnChip::new(125e6 / 256.0))?;
    let pop = Population::new(1, tutorial::neuron())?;
    let one = pynn::OneToOneConnector::new();
    let synapse = pynn::synapses::StaticSynapse::new(1);
    pynn::Projection::new(&source.view(0)?, &pop, one, synapse, "excitatory")?;
    pop.record("spikes")?;
    pynn::run(20)?; // 2.5 million events, of which the neuron hears 10,000
    assert_eq!(source.get_data("spikes").unwrap_err().name(), "NotRecorded");
    Ok(())
}

/// Rate coding (ts_10): neurons that pass events on show what they are sent.
#[test]
fn a_chip_that_passes_events_on_shows_what_it_is_sent() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(Setup::new().enable_neuron_bypass(true))?;
    let pop = Population::new(2, pynn::cells::HXNeuron::new())?;
    pop.record("spikes")?;
    let trains = vec![vec![0.01, 0.02, 0.03], vec![0.015]];
    let source = Population::new(2, pynn::cells::SpikeSourceArray::new(trains))?;
    let synapse = pynn::synapses::StaticSynapse::new(63);
    pynn::Projection::new(
        &source,
        &pop,
        pynn::OneToOneConnector::new(),
        synapse,
        "excitatory",
    )?;
    pynn::run(0.05)?;
    assert_eq!(pop.get_spike_counts()?, [3, 1]);
    Ok(())
}
