//! The dialect end to end: programs as a notebook would hold them, on the real emulator.

mod tutorial;

use pynn::prelude::*;
use pynn::{Chip, Error, Setup};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one chip per process, and tests run side by side.
fn the_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}

fn calibrated() -> Setup {
    Setup::new().initial_config(pynn::helpers::nightly_calibration())
}

/// The network of the tutorial, not run yet.
fn tutorial_network() -> Result<pynn::Population, Error> {
    let pop = pynn::Population::new(1, tutorial::neuron())?;
    pop.record(["spikes", "v"])?;
    let spike_times = [0.01, 0.03, 0.05, 0.07, 0.09];
    let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new(spike_times))?;
    let synapse = pynn::synapses::StaticSynapse::new(63);
    let connector = pynn::AllToAllConnector::new();
    pynn::Projection::new(&src, &pop, connector, synapse, "excitatory")?;
    Ok(pop)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[test]
fn the_tutorial_gives_what_its_picture_shows() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::end()?; // the default set-up is part of what is tested
    let pop = tutorial_network()?;
    pynn::run(0.1)?;

    let spiketrain = pop.get_data("spikes")?.segments[0].spiketrains[0].clone();
    assert_eq!(spiketrain.len(), 0);
    assert_eq!(format!("{spiketrain}"), "[] ms");

    let mem_v = pop.get_data("v")?.segments[0].irregularlysampledsignals[0].clone();
    assert_eq!(mem_v.times().len(), mem_v.values().len());
    assert!((2900..=2950).contains(&mem_v.len()), "{}", mem_v.len());
    assert!(mem_v.times().is_sorted() && mem_v.times().last() < Some(&0.1));

    // Rest 190, peaks 291, 320, 325, 324, 325 (reference, section 5).
    let samples = || mem_v.times().iter().zip(mem_v.values());
    let within = |begin: f64, end: f64| {
        let inside = samples().filter(move |(t, _)| (begin..end).contains(*t));
        inside.map(|(_, v)| *v)
    };
    let rest = mean(within(0.0, 0.01));
    assert!((rest - 190.0).abs() < 6.0, "rest {rest}");
    for (peak, begin) in [(291.0, 0.01), (320.0, 0.03), (325.0, 0.05), (324.0, 0.07)] {
        // The highest of many noisy samples would lie above the line in the picture.
        let samples: Vec<f64> = within(begin, begin + 0.02).collect();
        let means = samples.windows(9).map(|some| mean(some.iter().copied()));
        let highest = means.fold(0.0, f64::max);
        assert!((highest - peak).abs() < 8.0, "{highest} after {begin} ms");
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_trial_does_not() -> Result<(), Error> {
    let _chip = the_chip();
    let trials = |seed: u64| -> Result<Vec<Vec<f64>>, Error> {
        pynn::setup(calibrated().seed(seed))?;
        let pop = tutorial_network()?;
        pynn::run(0.05)?;
        pynn::reset()?;
        pynn::run(0.05)?;
        let block = pop.get_data("v")?;
        let signals = block
            .segments
            .iter()
            .map(|s| &s.irregularlysampledsignals[0]);
        Ok(signals.map(|signal| signal.values().to_vec()).collect())
    };
    let (once, again, other) = (trials(7)?, trials(7)?, trials(8)?);
    assert_eq!(once, again);
    assert_ne!(once[0], once[1]);
    assert_ne!(once[0], other[0]);

    pynn::setup(calibrated().noise(false))?;
    let pop = tutorial_network()?;
    pynn::run(0.01)?;
    let quiet = pop.signal("v")?;
    assert!(quiet.values().iter().all(|v| *v == quiet.values()[0]));
    Ok(())
}

#[test]
fn a_leak_above_the_threshold_fires_regularly() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = pynn::Population::new(1, tutorial::leak_over_threshold())?;
    pop.record("spikes")?;
    pynn::run(0.1)?;
    let train = pop.spiketrain(0)?;
    assert_eq!(pop.get_spike_counts()?, [train.len()]);
    assert!((6..=8).contains(&train.len()), "{train}"); // 7 in the picture
    for interval in train.windows(2).map(|pair| pair[1] - pair[0]) {
        assert!((interval - 0.014).abs() < 0.001, "{train}");
    }
    Ok(())
}

/// A neuron of the ideal chip under one input, with what `physical` says of it.
fn ideal_neuron(threshold: bool) -> Result<(pynn::Population, pynn::Physical), Error> {
    pynn::setup(calibrated().chip(Chip::ideal()))?;
    let pop = pynn::Population::new(1, tutorial::neuron().threshold_enable(threshold))?;
    pop.record(["spikes", "v"])?;
    let physical = pop.physical()?[0];
    Ok((pop, physical))
}

#[test]
fn on_the_ideal_chip_a_synaptic_potential_is_the_closed_form() -> Result<(), Error> {
    let _chip = the_chip();
    let (pop, p) = ideal_neuron(false)?;
    // Off the 8 ns grid of the real chip: the ideal one is exact.
    let spike = 0.010_003;
    let src = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([spike]))?;
    for (weight, receptor) in [(40, "excitatory"), (-15, "inhibitory")] {
        let synapse = pynn::synapses::StaticSynapse::new(weight);
        pynn::Projection::new(
            &src,
            &pop,
            pynn::OneToOneConnector::new(),
            synapse,
            receptor,
        )?;
    }
    pynn::run(0.06)?;

    // dV/dt = (v_leak − V)/tau_m + I, dI/dt = −I/tau_syn, I jumps at the spike.
    let response = |slope: f64, tau_syn: f64, t: f64| {
        let scale = slope * p.tau_m * tau_syn / (p.tau_m - tau_syn);
        scale * ((-t / p.tau_m).exp() - (-t / tau_syn).exp())
    };
    let mem_v = pop.signal("v")?;
    assert!(mem_v.len() > 1000);
    for (time, value) in mem_v.times().iter().zip(mem_v.values()) {
        let t = (time - spike) * 1e3 - p.delay;
        let mut expected = p.v_leak;
        if t > 0.0 {
            expected += response(40.0 * p.weight_exc, p.tau_syn_exc, t);
            expected -= response(15.0 * p.weight_inh, p.tau_syn_inh, t);
        }
        assert!(
            (value - expected).abs() < 1e-6,
            "{value} {expected} at {time} ms"
        );
    }
    Ok(())
}

#[test]
fn on_the_ideal_chip_spike_times_are_the_closed_form() -> Result<(), Error> {
    let _chip = the_chip();
    let (pop, _) = ideal_neuron(true)?;
    pop.set("leak_v_leak", 953)?;
    let p = pop.physical()?[0];
    assert!(p.v_leak > p.v_threshold);
    pynn::run(0.1)?;
    // It starts at rest, above the threshold, and from then on repeats itself.
    let rise = p.tau_m * ((p.v_leak - p.v_reset) / (p.v_leak - p.v_threshold)).ln();
    let period = (p.tau_refrac + rise) / 1e3;
    let train = pop.spiketrain(0)?;
    assert_eq!(train.len(), (0.1 / period).floor() as usize + 1);
    for (number, time) in train.into_iter().enumerate() {
        assert!((time - number as f64 * period).abs() < 1e-9, "{time}");
    }
    Ok(())
}

#[test]
fn runs_become_segments_and_old_handles_say_so() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = tutorial_network()?.with_label("target");
    pynn::run(0.02)?;
    assert_eq!(pynn::get_current_time(), 0.02);
    assert_eq!(pynn::run(0.02), Err(Error::RunWithoutReset));
    pynn::reset()?;
    assert_eq!(pynn::get_current_time(), 0.0);
    assert_eq!(pop.get_data("v")?.segments.len(), 1);
    pop.view(0)?.record([])?; // as PyNN's record(None): nothing of the whole population
    pop.record("spikes")?;
    pynn::run(0.03)?;

    let block = pop.get_data("all")?;
    let names: Vec<&str> = block.segments.iter().map(|s| &*s.name).collect();
    assert_eq!(names, ["segment000", "segment001"]);
    assert_eq!(block.segments[0].irregularlysampledsignals.len(), 1);
    assert!(block.segments[1].irregularlysampledsignals.is_empty());
    let train = &block.segments[1].spiketrains[0];
    assert_eq!((train.t_start(), train.t_stop()), (0.0, 0.03));
    assert_eq!(train.annotations().source_population, "target");
    // The short form looks at the latest run, in which "v" was not recorded.
    assert_eq!(pop.signal("v").unwrap_err().name(), "NotRecorded");

    assert_eq!(pop.take_data("all")?, block);
    assert_eq!(pop.get_data("all").unwrap_err().name(), "NoDataYet");

    pynn::setup(calibrated())?;
    for error in [
        pop.record("spikes").unwrap_err(),
        pop.get_data("v").unwrap_err(),
        pop.set("leak_v_leak", 1).unwrap_err(),
    ] {
        assert_eq!(error.name(), "NetworkGone");
        assert!(error.to_string().contains("'target'"), "{error}");
    }
    pynn::run(0.01)?;
    pynn::end()?;
    assert_eq!(
        block.segments[0].irregularlysampledsignals[0].units(),
        "LSB"
    );
    Ok(())
}

#[test]
fn every_spike_is_sent_in_exactly_one_stretch() -> Result<(), Error> {
    let _chip = the_chip();
    // Sums of these are not what they are multiplied by a number, and not all of them
    // are whole cycles of the clock.
    for (chip, step) in [Chip::nominal(), Chip::ideal()]
        .into_iter()
        .flat_map(|chip| [0.03, 0.013, 0.0103].map(|step| (chip.clone(), step)))
    {
        let peak_and_spikes = |time: f64, stretches: usize| -> Result<(f64, usize), Error> {
            pynn::setup(calibrated().chip(chip.clone()).noise(false))?;
            let pop = pynn::Population::new(1, tutorial::neuron().threshold_enable(false))?;
            let src = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([time]))?;
            let synapse = pynn::synapses::StaticSynapse::new(63);
            let connector = pynn::AllToAllConnector::new();
            pynn::Projection::new(&src, &pop, connector, synapse, "excitatory")?;
            pop.record("v")?;
            src.record("spikes")?;
            for _ in 0..stretches {
                pynn::append(step * 16.0 / stretches as f64)?;
            }
            pynn::execute()?;
            let peak = pop
                .signal("v")?
                .values()
                .iter()
                .copied()
                .fold(0.0, f64::max);
            Ok((peak, src.spiketrain(0)?.len()))
        };
        let (unmoved, _) = peak_and_spikes(1.0, 1)?;
        for stretch in 0..15 {
            for later in [0.0, 3e-6, -3e-6, 1e-9] {
                let time = (f64::from(stretch) * step + later).max(0.0);
                let (peak, spikes) = peak_and_spikes(time, 16)?;
                assert!(peak > unmoved + 5.0 && spikes == 1, "{time} ms");
            }
        }
    }
    Ok(())
}

#[test]
fn appended_stretches_run_on_and_keep_their_own_settings() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated().noise(false))?;
    let neuron = tutorial::neuron().threshold_enable(false);
    let pop = pynn::Population::new(1, neuron.constant_current_i_offset(400))?;
    let src = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([0.29, 0.005, 0.1]))?;
    pop.record("v")?;
    src.record("spikes")?;
    pynn::append(0.1)?;
    pop.set("constant_current_enable", true)?;
    pynn::append(0.1)?;
    pop.set("constant_current_enable", false)?;
    // A population that joins late is no trouble.
    let late = pynn::Population::new(1, tutorial::neuron())?;
    late.record("spikes")?;
    pynn::append(0.1)?;
    pynn::execute()?;

    let whole = pop.signal("v")?;
    assert_eq!((whole.t_start(), whole.t_stop()), (0.0, 0.1 + 0.1 + 0.1));
    let stretches = pop.get_data("v")?.segments[0]
        .irregularlysampledsignals
        .clone();
    assert_eq!(stretches.len(), 3);
    let ends: Vec<f64> = stretches
        .iter()
        .map(|s| *s.values().last().unwrap())
        .collect();
    assert!(
        ends[1] > ends[0] + 20.0 && (ends[2] - ends[0]).abs() <= 1.0,
        "{ends:?}"
    );
    // Membranes run on: the second stretch begins where the first ended.
    assert!((stretches[1].values()[0] - ends[0]).abs() <= 2.0);

    assert_eq!(src.spiketrain(0)?.times(), [0.005, 0.1, 0.29]);
    assert_eq!(src.get_data("spikes")?.segments[0].spiketrains.len(), 3);
    assert_eq!(late.get_data("spikes")?.segments[0].spiketrains.len(), 1);
    Ok(())
}

#[test]
fn views_select_record_and_set() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = pynn::Population::new(10, pynn::cells::HXNeuron::new())?;
    let view = pop.view([5, 1])?;
    assert_eq!(view.indices(), [1, 5]);
    assert_eq!(pop.view(2..)?.view(0..=1)?.indices(), [2, 3]);
    view.set("leak_v_leak", [500, 600])?;
    assert_eq!(pop.view(5)?.get("leak_v_leak")?, 600);
    assert_eq!(view.get("leak_v_leak")?.numbers(), [500.0, 600.0]);
    assert!(pop.view(6..)?.get("threshold_enable")? == true);
    // What fails changes nothing.
    assert!(view.set("leak_v_leak", [1, 2000]).is_err());
    assert_eq!(view.get("leak_v_leak")?.numbers(), [500.0, 600.0]);
    assert!(pop.record(["spikes", "v"]).is_err());

    view.record("spikes")?;
    pop.view([1, 2])?.record("v")?;
    pynn::run(0.02)?;
    let segment = pop.get_data("all")?.segments[0].clone();
    let neurons: Vec<usize> = segment
        .spiketrains
        .iter()
        .map(|train| train.annotations().source_index)
        .collect();
    assert_eq!(neurons, [1, 5]);
    assert_eq!(segment.irregularlysampledsignals.len(), 2);
    assert_eq!(view.spiketrain(1)?.annotations().source_index, 5);
    assert_eq!(view.get_spike_counts()?.len(), 2);
    assert_eq!(pop.spiketrain(0).unwrap_err().name(), "NotRecorded");
    assert_eq!(pop.get_spike_counts().unwrap_err().name(), "NotRecorded");
    Ok(())
}

#[test]
fn weights_are_a_matrix_and_reach_the_neurons() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated().noise(false))?;
    let src = pynn::Population::new(2, pynn::cells::SpikeSourceArray::new([0.005]))?;
    let pop = pynn::Population::new(2, tutorial::neuron().threshold_enable(false))?;
    pop.record("v")?;
    let synapse = pynn::synapses::StaticSynapse::new(42.5);
    let proj = pynn::Projection::new(
        &src,
        &pop,
        pynn::OneToOneConnector::new(),
        synapse,
        "excitatory",
    )?;
    assert_eq!((proj.len(), proj.size()), (2, 2));
    let weights = proj.get("weight")?;
    assert_eq!(weights.shape(), (2, 2));
    assert_eq!((weights[(0, 0)], weights[1][1]), (42.0, 42.0));
    assert!(weights[(0, 1)].is_nan());
    proj.set("weight", &weights)?; // what was read can be written, NaN and all
    proj.set("weight", [[200.0, f64::NAN], [f64::NAN, 10.0]])?;
    assert_eq!(proj.get("weight")?.values()[0], 200.0);
    pynn::run(0.02)?;
    let signals = pop.get_data("v")?.segments[0]
        .irregularlysampledsignals
        .clone();
    let height = |index: usize| {
        let values = signals[index].values();
        values.iter().copied().fold(0.0, f64::max) - values[0]
    };
    assert!(height(0) > 5.0 * height(1) && height(1) > 1.0);

    let recurrent = pynn::AllToAllConnector::new().allow_self_connections(false);
    let inhibitory = pynn::synapses::StaticSynapse::new(-5);
    let lateral = pynn::Projection::new(&pop, &pop.view(..)?, recurrent, inhibitory, "inhibitory")?;
    assert_eq!(lateral.len(), 2);
    assert_eq!(
        lateral.get("weight")?.to_string(),
        "[[NaN  -5]\n [ -5 NaN]]"
    );
    Ok(())
}

#[test]
fn an_interrupted_run_leaves_its_data() -> Result<(), Error> {
    unsafe extern "C" {
        safe fn pynn_interrupt(on: bool);
    }
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = tutorial_network()?;
    pynn_interrupt(true);
    let outcome = pynn::run(500);
    pynn_interrupt(false);
    assert_eq!(outcome, Err(Error::Interrupted));
    assert!(pop.signal("v")?.len() < 10_000_000);
    assert_eq!(pynn::run(0.1), Err(Error::RunWithoutReset));
    pynn::reset()?;
    pynn::run(0.1)
}

#[test]
fn one_run_at_a_time() -> Result<(), Error> {
    unsafe extern "C" {
        safe fn pynn_interrupt(on: bool);
    }
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    // Neurons that fire on their own: the chip cannot skip over the time it runs.
    pynn::Population::new(128, pynn::cells::HXNeuron::new().leak_v_leak(900))?;
    let first = std::thread::spawn(|| {
        loop {
            match pynn::run(50_000) {
                // The turn was the other thread's, which only looks.
                Err(Error::RunUnderWay) => std::thread::yield_now(),
                outcome => return outcome,
            }
        }
    });
    // Its run has begun when this is refused.
    while pynn::reset() == Ok(()) {
        assert!(!first.is_finished(), "{:?}", first.join());
        std::thread::yield_now();
    }
    for refused in [
        pynn::run(0.1),
        pynn::append(0.1),
        pynn::execute(),
        pynn::reset(),
    ] {
        let error = refused.expect_err("the chip is in use");
        assert_eq!(error.name(), "RunUnderWay");
        assert!(error.to_string().contains("another thread"), "{error}");
    }
    pynn_interrupt(true);
    let outcome = first.join().expect("no panic");
    pynn_interrupt(false);
    assert_eq!(outcome, Err(Error::Interrupted));
    assert!(pynn::get_current_time() < 50_000.0);
    // A run that was refused, or failed, leaves the chip to the next.
    pynn::reset()?;
    assert_eq!(
        pynn::run(-1),
        Err(Error::DurationInvalid { duration: -1.0 })
    );
    pynn::run(0.1)
}

#[test]
fn pictures_have_a_text_and_figures_keep_their_errors() -> Result<(), Error> {
    use pynn::display::Rich;
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = tutorial_network()?.with_label("a<b");
    let src = pynn::Population::new(3, pynn::cells::SpikeSourceArray::new([0.01]))?;
    src.record("spikes")?;
    pynn::run(0.1)?;
    let svg = |value: &dyn Rich, words: &[&str]| {
        let bundle = value.bundle();
        assert!(!bundle.plain_text().is_empty());
        let picture = bundle.get("image/svg+xml").expect("a picture");
        assert!(picture.starts_with("<svg"));
        for word in words {
            assert!(picture.contains(word), "{word} is not in the picture");
        }
    };
    svg(
        &pop.signal("v")?,
        &["time [ms]", "membrane potential [LSB]"],
    );
    svg(&src.spiketrain(0)?, &["time [ms]", "source"]);
    svg(
        &src.get_data("spikes")?.segments[0].spiketrains,
        &["source"],
    );
    svg(
        &pop.get_data("all")?,
        &["neuron", "membrane potential [LSB]"],
    );
    let html = pop.bundle().get("text/html").map(str::to_owned);
    assert!(html.is_some_and(|html| html.contains("a&lt;b") && html.contains("spikes, v")));
    assert!(pop.physical()?.bundle().plain_text().contains("tau_m [µs]"));

    let directory = std::env::temp_dir();
    plt::figure();
    plt::plot([1, 2, 3], [0.5, 1.5]);
    let mismatch = Error::LengthMismatch {
        function: "plot",
        x: 3,
        y: 2,
    };
    assert_eq!(
        plt::savefig(directory.join("pynn-test.svg")),
        Err(mismatch.clone())
    );
    assert_eq!(plt::show(), Err(mismatch));
    let (fig, axs) = plt::subplots(2, 1)?;
    axs[0].eventplot(&src.get_data("spikes")?.segments[0].spiketrains);
    axs[1]
        .plot(0..3, [4, 5, 6])
        .label("line")
        .color("red")
        .linestyle("--");
    axs[1].legend();
    let file = directory.join("pynn-test.png");
    fig.savefig(&file)?;
    assert!(std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG")));
    plt::format("png")?;
    assert!(pop.signal("v")?.bundle().get("image/png").is_some());
    plt::format("svg")?;
    plt::close();
    Ok(())
}
