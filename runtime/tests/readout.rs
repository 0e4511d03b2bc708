//! Both devices and all analog variables, as a notebook records and reads them.

mod tutorial;

use pynn::prelude::*;
use pynn::{Device, Error, IrregularlySampledSignal, Setup};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one chip per process, and tests run side by side.
fn the_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}

fn calibrated() -> Setup {
    Setup::new().initial_config(pynn::helpers::nightly_calibration())
}

/// Neurons that five sources of weight 63 excite.
fn network(size: usize) -> Result<pynn::Population, Error> {
    let pop = pynn::Population::new(size, tutorial::neuron())?;
    let times = [0.01, 0.03, 0.05, 0.07, 0.09];
    let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new(times))?;
    let synapse = pynn::synapses::StaticSynapse::new(63);
    let connector = pynn::AllToAllConnector::new();
    pynn::Projection::new(&src, &pop, connector, synapse, "excitatory")?;
    Ok(pop)
}

fn extremes(signal: &IrregularlySampledSignal) -> (f64, f64) {
    let values = signal.values().iter().copied();
    (
        values.clone().fold(f64::INFINITY, f64::min),
        values.fold(f64::NEG_INFINITY, f64::max),
    )
}

#[test]
fn both_devices_record_one_neuron_together() -> Result<(), Error> {
    let _chip = the_chip();
    for setup in [calibrated(), calibrated().chip(pynn::Chip::ideal())] {
        pynn::setup(setup)?;
        let pop = network(3)?;
        pop.view(1)?.record(["spikes", "v"])?;
        pop.record_on("v", Device::Cadc)?;
        pynn::run(0.1)?;

        let signals = pop.get_data("v")?.segments[0]
            .irregularlysampledsignals
            .clone();
        let kinds: Vec<(Option<Device>, usize)> = signals
            .iter()
            .map(|signal| signal.annotations())
            .map(|from| (from.device, from.source_index))
            .collect();
        let cadc = Some(Device::Cadc);
        assert_eq!(
            kinds,
            [(Some(Device::Madc), 1), (cadc, 0), (cadc, 1), (cadc, 2)]
        );
        assert!(signals.iter().all(|signal| signal.name() == "v"));

        // The short forms: the MADC's, unless asked otherwise or there is none.
        assert_eq!(pop.signal("v")?, signals[0]);
        assert_eq!(pop.signal_on("v", Device::Madc)?, signals[0]);
        assert_eq!(pop.signal_on("v", Device::Cadc)?, signals[1]);
        assert_eq!(pop.view(2)?.signal("v")?, signals[3]);
        assert_eq!(
            pop.view(2)?
                .signal_on("v", Device::Madc)
                .unwrap_err()
                .name(),
            "NotRecorded"
        );
        let (madc, cadc) = (&signals[0], &signals[2]);
        assert_eq!((madc.len(), cadc.len()), (2942, 59));
        assert_eq!((madc.units(), cadc.units()), ("LSB", "LSB"));
        assert!((cadc.times()[1] - 0.0017).abs() < 1e-12);
        for (time, value) in cadc.times().iter().zip(cadc.values()) {
            let at = madc.times().partition_point(|t| *t < time - 1.7e-5);
            let difference = madc.values()[at] - (3.0 * value + 63.0);
            // Four deviations of each device's noise, a rounding of each, and 17 ns.
            assert!(difference.abs() < 16.0, "{difference} at {time}");
        }
    }
    Ok(())
}

#[test]
fn two_neurons_share_the_madc_in_turns() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = network(2)?;
    pop.record("v")?;
    pynn::run(0.1)?;
    let signals = pop.get_data("v")?.segments[0]
        .irregularlysampledsignals
        .clone();
    for (signal, first) in signals.iter().zip([0.0, 3.4e-5]) {
        assert_eq!(signal.len(), 1471);
        for (number, time) in signal.times().iter().enumerate() {
            assert!((time - first - 6.8e-5 * number as f64).abs() < 1e-12);
        }
    }
    Ok(())
}

#[test]
fn a_recording_can_be_too_large_with_those_before_it() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated().chip(pynn::Chip::ideal()))?;
    let pop = network(1)?;
    pop.record("v")?;
    pynn::run(300)?;
    pynn::reset()?;
    let error = pynn::run(2000).unwrap_err();
    assert_eq!(error.name(), "RecordingTooLarge");
    assert!(
        error.to_string().contains("earlier runs hold 142 MB"),
        "{error}"
    );
    // Nothing was scheduled, and what is taken away makes room.
    assert_eq!(pynn::execute().unwrap_err().name(), "NothingAppended");
    pop.take_data("all")?;
    pynn::append(2000)?;
    pynn::reset()
}

#[test]
fn the_cadc_sees_a_neuron_fire_between_reset_and_threshold() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated().noise(false))?;
    let pop = pynn::Population::new(20, tutorial::leak_over_threshold())?;
    pop.record_on("v", Device::Cadc)?;
    pynn::run(0.5)?;
    let physical = pop.physical()?[7];
    let (least, most) = extremes(&pop.view(7)?.signal("v")?);
    let cadc = |madc: f64| (madc - 63.0) / 3.0;
    assert!((least - cadc(physical.v_reset)).abs() < 3.0, "{least}");
    // The comparator takes its time.
    assert!(most > cadc(physical.v_threshold) - 12.0 && most < cadc(physical.v_threshold) + 3.0);
    Ok(())
}

#[test]
fn the_synaptic_lines_are_pulled_down_by_their_own_events() -> Result<(), Error> {
    let _chip = the_chip();
    for device in [Device::Madc, Device::Cadc] {
        for (variable, falls) in [("exc_synin", true), ("inh_synin", false)] {
            pynn::setup(calibrated())?;
            let pop = network(1)?;
            pop.record_on(variable, device)?;
            pynn::run(0.1)?;
            let signal = pop.signal(variable)?;
            assert_eq!(signal.name(), variable);
            assert_eq!(signal.annotations().device, Some(device));
            let before = signal.values()[0];
            let (least, most) = extremes(&signal);
            assert!(most < before + 10.0, "{device}: {most}");
            // The CADC's LSB are three times as large, and it may miss the deepest.
            let deep = if device == Device::Madc { 20.0 } else { 5.0 };
            assert_eq!(
                before - least > deep,
                falls,
                "{device}: {before} to {least}"
            );
            assert_eq!(pop.signal("v").unwrap_err().name(), "NotRecorded");
            assert!(pop.get_data(["v", variable]).is_err());
        }
    }
    Ok(())
}

#[test]
fn what_is_recorded_can_change_from_stretch_to_stretch() -> Result<(), Error> {
    let _chip = the_chip();
    pynn::setup(calibrated())?;
    let pop = network(2)?;
    pop.view(0)?.record("v")?;
    pynn::append(0.02)?;
    pop.record_nothing()?;
    pop.record_on("v", Device::Cadc)?;
    pop.view(1)?.record("inh_synin")?;
    pynn::append(0.03)?;
    pynn::execute()?;
    let segment = pop.get_data("all")?.segments[0].clone();
    let kinds: Vec<String> = segment
        .irregularlysampledsignals
        .iter()
        .map(|s| {
            format!(
                "{} {} {}",
                s.name(),
                s.annotations().source_index,
                s.t_start()
            )
        })
        .collect();
    assert_eq!(kinds, ["v 0 0", "inh_synin 1 0.02", "v 0 0.02", "v 1 0.02"]);
    for signal in &segment.irregularlysampledsignals {
        assert!(
            signal
                .times()
                .iter()
                .all(|t| (signal.t_start()..signal.t_stop()).contains(t))
        );
    }
    Ok(())
}

#[test]
fn pictures_say_which_lsb_they_show_and_stay_small() -> Result<(), Error> {
    use pynn::display::Rich;
    let _chip = the_chip();
    let svg = |value: &dyn Rich| {
        let bundle = value.bundle();
        let picture = bundle.get("image/svg+xml").expect("a picture").to_owned();
        (picture, bundle.plain_text().to_owned())
    };
    for (size, duration, largest) in [
        (1, 0.1, 20_000),
        (8, 0.1, 60_000),
        (64, 1.0, 500_000),
        (512, 1.0, 500_000),
    ] {
        pynn::setup(calibrated())?;
        let pop = network(size)?;
        pop.record_on("v", Device::Cadc)?;
        pynn::run(duration)?;
        let (picture, text) = svg(&pop.get_data("v")?);
        println!("{size} traces of {duration} ms: {} bytes", picture.len());
        assert!(picture.contains("membrane potential [CADC LSB]"));
        assert!(!picture.contains("MADC"));
        assert!(picture.len() < largest, "{size}: {}", picture.len());
        assert!(text.len() < 2000, "{text}");
        if size > 1 {
            assert!(picture.contains(&format!("neuron {}", size - 1)));
        }
    }
    pynn::setup(calibrated())?;
    let pop = network(2)?;
    pop.record_on("v", Device::Cadc)?;
    pop.view(0)?.record("v")?;
    pop.view(1)?.record("exc_synin")?;
    assert!(svg_table(&pop).contains("v of 1, exc_synin of 1, v by the CADC"));
    pynn::run(0.1)?;
    let block = pop.get_data("all")?;
    let (picture, _) = svg(&block);
    for label in [
        "membrane potential [MADC LSB]",
        "membrane potential [CADC LSB]",
        "exc_synin [MADC LSB]",
    ] {
        assert!(picture.contains(label), "{label}");
    }
    let (signals, text) = svg(&block.segments[0].irregularlysampledsignals);
    assert!(signals.contains("exc_synin [MADC LSB]"));
    assert!(text.contains("by the CADC"));
    let (one, _) = svg(&pop.signal("exc_synin")?);
    assert!(one.contains("exc_synin [LSB]"));
    Ok(())
}

fn svg_table(pop: &pynn::Population) -> String {
    use pynn::display::Rich;
    pop.bundle().get("text/html").expect("a table").to_owned()
}
