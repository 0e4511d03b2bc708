//! Chips, calibrations and calibrated cells, as a cell sees them.

use pynn::cells::{CalibHXNeuronCoba, CalibHXNeuronCuba, HXNeuron, SpikeSourceArray};
use pynn::display::Rich as _;
use pynn::prelude::*;
use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Backend, Chip, Error, Physical, Population, Projection, Setup};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one chip, and tests run side by side.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (square / (values.len() - 1) as f64).sqrt()
}

/// Spikes of three neurons over their threshold, and the trace of the first.
fn free_running(setup: Setup) -> Result<(Vec<f64>, Vec<f64>), Error> {
    pynn::setup(setup)?;
    let neuron = HXNeuron::new().leak_v_leak(1000).threshold_v_threshold(300);
    let pop = Population::new(3, neuron)?;
    pop.record("spikes")?;
    pop.view(0..1)?.record("v")?;
    pynn::run(0.1)?;
    let trains = pop.get_data("spikes")?.segments[0].spiketrains.clone();
    let spikes = trains
        .iter()
        .flat_map(|train| train.iter().copied().collect::<Vec<_>>());
    let spikes = spikes.collect();
    Ok((spikes, pop.view(0..1)?.signal("v")?.values().to_vec()))
}

#[test]
fn a_chip_of_a_seed_runs_and_runs_the_same_again() -> Result<(), Error> {
    let _alone = alone();
    let calib = || pynn::helpers::nightly_calibration();
    let setup = |chip, seed| Setup::new().chip(chip).initial_config(calib()).seed(seed);
    let first = free_running(setup(Chip::new(7), 1))?;
    assert!(first.0.len() > 3);
    assert_eq!(first, free_running(setup(Chip::new(7), 1))?);
    assert_ne!(first, free_running(setup(Chip::new(8), 1))?);
    assert_ne!(first.1, free_running(setup(Chip::new(7), 2))?.1);
    Ok(())
}

#[test]
fn an_uncalibrated_chip_is_all_zero_and_silent() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new().chip(Chip::new(7)))?;
    let pop = Population::new(2, HXNeuron::new())?;
    assert!(pop.get("leak_v_leak")? == 0);
    assert!(pop.get("excitatory_input_enable")? == 0);
    let physical = pop.physical()?;
    assert!(physical[0].v_leak != physical[1].v_leak);
    pop.record("spikes")?;
    pynn::run(0.1)?;
    assert!(pop.spiketrain(0)?.is_empty());
    Ok(())
}

#[test]
fn a_calibration_makes_the_neurons_of_a_chip_alike() -> Result<(), Error> {
    let _alone = alone();
    for calib in [
        pynn::helpers::nightly_calibration(),
        pynn::helpers::current_calibration(),
    ] {
        pynn::setup(Setup::new().chip(Chip::new(7)).initial_config(calib))?;
        let pop = Population::new(256, HXNeuron::new())?;
        let physical = pop.physical()?;
        assert!(spread(physical.iter().map(|p| p.v_leak)) < 6.0);
        assert!(spread(physical.iter().map(|p| p.tau_m)) < 0.8);
        assert!(spread(pop.get("leak_v_leak")?.numbers().into_iter()) > 15.0);
        // What the user sets stays, for all circuits the same code.
        let set = Population::new(256, HXNeuron::new().leak_v_leak(568))?;
        assert!(set.get("leak_v_leak")? == 568);
        assert!(spread(set.physical()?.iter().map(|p| p.v_leak)) > 15.0);
        assert!(spread(set.physical()?.iter().map(|p| p.v_reset)) < 6.0);
        // A population shows what differs from the calibration of its own circuits.
        let shown = |pop: &Population| pop.bundle().get("text/html").unwrap_or_default().to_owned();
        assert!(shown(&pop).contains("as calibrated"));
        assert!(shown(&set).contains("leak_v_leak=568") && !shown(&set).contains("i_bias"));
    }
    Ok(())
}

#[test]
fn the_current_calibration_is_known_by_its_potentials() -> Result<(), Error> {
    let _alone = alone();
    let calib = pynn::helpers::current_calibration();
    pynn::setup(Setup::new().initial_config(calib))?;
    let pop = Population::new(1, HXNeuron::new())?;
    let p = pop.physical()?[0];
    for (found, aim, off) in [
        (p.v_leak, 303.0, 1.0),
        (p.v_threshold, 440.0, 1.0),
        (p.v_reset, 276.0, 1.0),
        (p.tau_m, 10.0, 0.1),
        (p.tau_syn_exc, 10.0, 0.2),
        (p.weight_exc, 0.22, 0.002),
        (p.tau_refrac, 2.05, 0.01),
    ] {
        assert!((found - aim).abs() < off, "{found} for {aim}");
    }
    // Its backend can be replaced: another synaptic current.
    let doubled = Backend {
        synapse_dac_bias: 766,
        ..calib.backend()
    };
    pynn::setup(Setup::new().initial_config(calib).backend(doubled))?;
    let pop = Population::new(1, HXNeuron::new())?;
    assert!((pop.physical()?[0].weight_exc / p.weight_exc - 2.0).abs() < 1e-9);
    Ok(())
}

/// Potentials on the scale of the membrane ADC (reference 4.1).
fn madc(cadc: f64) -> f64 {
    3.0 * cadc + 63.0
}

#[test]
fn calibrated_cells_hit_their_targets_on_the_nominal_chip() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new())?;
    let cuba = CalibHXNeuronCuba::new()
        .v_rest([90, 120])
        .v_thresh(150)
        .tau_m([5, 40])
        .tau_syn_e(5)
        .tau_refrac([1.0, 20.0]);
    let pop = Population::new(2, cuba)?;
    let physical = pop.physical()?;
    let close =
        |found: f64, aim: f64, off: f64| assert!((found - aim).abs() < off, "{found} {aim}");
    for (p, (rest, tau, refrac)) in physical.iter().zip([(90.0, 5.0, 1.0), (120.0, 40.0, 20.0)]) {
        close(p.v_leak, madc(rest), 0.5);
        close(p.v_threshold, madc(150.0), 0.6);
        close(p.v_reset, madc(70.0), 0.5);
        close(p.tau_m, tau, 0.01 * tau);
        close(p.tau_syn_exc, 5.0, 0.1);
        close(p.tau_syn_inh, 10.0, 0.2);
        close(p.tau_refrac, refrac, 0.07);
        close(p.weight_exc, 0.2026, 0.001);
    }
    // Targets, not codes, are what one reads and sets.
    assert!(pop.get("tau_syn_E")? == 5);
    assert_eq!(pop.get("v_rest")?.numbers(), [90.0, 120.0]);
    pop.view(1..2)?.set("tau_syn_I", 20)?;
    assert_eq!(pop.get("tau_syn_i")?.numbers(), [10.0, 20.0]);
    close(pop.physical()?[1].tau_syn_inh, 20.0, 0.5);
    pop.set("synapse_dac_bias", 300)?;
    close(pop.physical()?[0].weight_exc, 0.5 * 0.2026, 0.001);
    let codes = pop.actual_hwparams()?;
    assert_eq!(
        codes.get("threshold_enable")?,
        pynn::ParameterValue::from(true)
    );
    assert!(codes.bundle().plain_text().contains("leak_v_leak"));
    assert!(pop.describe().contains("tau_syn_E"));
    Ok(())
}

#[test]
fn coba_cells_have_reversal_potentials_and_weights_without_sign() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new())?;
    let pop = Population::new(1, CalibHXNeuronCoba::new())?;
    let p: Physical = pop.physical()?[0];
    assert!((p.v_leak - madc(110.0)).abs() < 0.5);
    assert!((p.e_rev_exc - madc(300.0)).abs() < 0.6);
    assert!((p.e_rev_inh - madc(30.0)).abs() < 0.6);
    assert!((p.coba_exc / (madc(300.0) - madc(110.0)) - 1.0).abs() < 0.01);
    assert!(pop.physical()?.to_string().contains("e_rev_exc [LSB]"));
    let src = Population::new(1, SpikeSourceArray::new([0.01]))?;
    let connect = |weight, receptor| {
        let connector = AllToAllConnector::new();
        Projection::new(&src, &pop, connector, StaticSynapse::new(weight), receptor)
    };
    let inhibitory = connect(20, "inhibitory")?;
    assert_eq!(inhibitory.receptor_type(), "inhibitory");
    assert_eq!(inhibitory.get("weight")?[(0, 0)], 20.0);
    let error = connect(-20, "inhibitory").unwrap_err();
    assert!(error.name() == "WeightSign" && error.to_string().contains("conductances"));
    Ok(())
}

#[test]
fn calibrated_cells_are_alike_on_a_chip_with_mismatch() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new().chip(Chip::new(3)))?;
    let pop = Population::new(512, CalibHXNeuronCuba::new())?;
    let physical = pop.physical()?;
    let of = |read: fn(&Physical) -> f64| spread(physical.iter().map(read));
    assert!((3.0..7.0).contains(&of(|p| p.v_leak)));
    assert!((3.0..7.0).contains(&of(|p| p.v_reset)));
    assert!((3.0..7.0).contains(&of(|p| p.v_threshold)));
    assert!(of(|p| p.tau_m / 10.0) < 0.06);
    assert!(of(|p| p.tau_syn_exc / 10.0) < 0.055);
    assert!(of(|p| p.weight_exc / 0.2026) < 0.06);
    Ok(())
}

#[test]
fn targets_that_cannot_be_are_refused_by_name() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new())?;
    let refused = |result: Result<Population, Error>, name: &str, words: &[&str]| {
        let error = result.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(
            words.iter().all(|word| error.to_string().contains(word)),
            "{error}"
        );
    };
    refused(
        Population::new(1, CalibHXNeuronCuba::new().v_rest(200)),
        "TargetOutOfRange",
        &["v_rest", "200", "50 to 160 CADC LSB"],
    );
    refused(
        Population::new(1, CalibHXNeuronCuba::new().tau_m(f64::NAN)),
        "TargetOutOfRange",
        &["tau_m", "NaN"],
    );
    refused(
        Population::new(2, CalibHXNeuronCuba::new().i_synin_gm_e([400, 500])),
        "TargetNotShared",
        &["i_synin_gm_E", "400", "500", "the same population"],
    );
    refused(
        CalibHXNeuronCuba::from_params([("tau_syn", 4.0)]).and_then(|it| Population::new(1, it)),
        "UnknownParameter",
        &["CalibHXNeuronCuba", "tau_syn_E"],
    );
    refused(
        Population::new(3, CalibHXNeuronCuba::new().tau_m([1, 2])),
        "WrongNumberOfValues",
        &["tau_m"],
    );
    let first = Population::new(1, CalibHXNeuronCuba::new())?;
    refused(
        Population::new(1, CalibHXNeuronCoba::new()),
        "TargetNotShared",
        &[
            "i_synin_gm_E",
            "180",
            "500",
            "'population0'",
            "synapse_dac_bias",
        ],
    );
    let same = CalibHXNeuronCoba::from_params([
        ("i_synin_gm_E", 500),
        ("i_synin_gm_I", 500),
        ("synapse_dac_bias", 600),
    ])?;
    Population::new(1, same)?;
    let error = first.set("synapse_dac_bias", 500).unwrap_err();
    assert_eq!(error.name(), "TargetNotShared");
    assert!(first.get("synapse_dac_bias")? == 600);
    let error = first.get("leak_v_leak").unwrap_err();
    assert_eq!(error.name(), "UnknownParameter");
    Ok(())
}

#[test]
fn calibrated_cells_fire_with_input_and_only_with_it() -> Result<(), Error> {
    let _alone = alone();
    for weight in [0, 63] {
        pynn::setup(Setup::new())?;
        let pop = Population::new(1, CalibHXNeuronCuba::new())?;
        let src = Population::new(5, SpikeSourceArray::new([0.02, 0.025]))?;
        let connector = AllToAllConnector::new();
        Projection::new(
            &src,
            &pop,
            connector,
            StaticSynapse::new(weight),
            "excitatory",
        )?;
        pop.record(["spikes", "v"])?;
        pynn::run(0.1)?;
        assert_eq!(!pop.spiketrain(0)?.is_empty(), weight > 0);
    }
    Ok(())
}

/// Largest deflection and number of spikes of a neuron of the current calibration that
/// gets `weight` units at once.
fn response(weight: i32, threshold: bool) -> Result<(f64, usize), Error> {
    let calib = pynn::helpers::current_calibration();
    pynn::setup(Setup::new().noise(false).initial_config(calib))?;
    let pop = Population::new(1, HXNeuron::new().threshold_enable(threshold))?;
    let src = Population::new(1, SpikeSourceArray::new([0.02]))?;
    let connector = AllToAllConnector::new();
    Projection::new(
        &src,
        &pop,
        connector,
        StaticSynapse::new(weight),
        "excitatory",
    )?;
    pop.record(["spikes", "v"])?;
    pynn::run(0.1)?;
    let signal = pop.signal("v")?;
    let peak = signal.values().iter().copied().fold(0.0, f64::max);
    Ok((peak - signal.values()[0], pop.spiketrain(0)?.len()))
}

/// The self-checks of the reference for profile B (4.0, 4.4): what one input of so many
/// weight units does, and from how many on a neuron fires.
#[test]
fn the_current_calibration_does_what_the_notebooks_show() -> Result<(), Error> {
    let _alone = alone();
    for (weight, height) in [(32, 25.0), (64, 50.0), (128, 101.0), (288, 252.0)] {
        let (found, _) = response(weight, false)?;
        assert!((found / height - 1.0).abs() < 0.08, "{weight}: {found}");
    }
    // Logic gates: four inputs of 32 are too few, four of 63 are enough.
    for (weight, spikes) in [(128, 0), (160, 0), (170, 1), (252, 1)] {
        assert_eq!(response(weight, true)?.1, spikes, "{weight}");
    }
    Ok(())
}

#[test]
fn coba_cells_fire_if_enough_arrives() -> Result<(), Error> {
    let _alone = alone();
    pynn::setup(Setup::new())?;
    let pop = Population::new(1, CalibHXNeuronCoba::new())?;
    let times: Vec<f64> = (0..90).map(|count| f64::from(count) * 1e-3).collect();
    let src = Population::new(3, SpikeSourceArray::new(times))?;
    let connector = AllToAllConnector::new();
    Projection::new(&src, &pop, connector, StaticSynapse::new(63), "excitatory")?;
    pop.record("spikes")?;
    pynn::run(0.1)?;
    assert!(!pop.spiketrain(0)?.is_empty());
    Ok(())
}

#[test]
fn what_neurons_share_can_change_from_stretch_to_stretch() -> Result<(), Error> {
    let _alone = alone();
    // The peaks of a potential in both stretches, and the spikes of a free-running neuron.
    let seen = |target: &str, value: i32| -> Result<([f64; 2], Vec<usize>), Error> {
        pynn::setup(Setup::new().noise(false))?;
        // The second one rests above its threshold.
        let neuron = CalibHXNeuronCuba::new()
            .v_rest([80, 150])
            .v_thresh([125, 120]);
        let both = Population::new(2, neuron.tau_refrac(10))?;
        let (pop, free) = (both.view(0)?, both.view(1)?);
        let src = Population::new(1, SpikeSourceArray::new([0.02, 0.22]))?;
        let connector = AllToAllConnector::new();
        Projection::new(&src, &pop, connector, StaticSynapse::new(63), "excitatory")?;
        pop.record("v")?;
        free.record("spikes")?;
        pynn::append(0.2)?;
        match target {
            "tau_refrac" => pop.set(target, value)?,
            _ => both.set(target, value)?,
        }
        pynn::append(0.2)?;
        pynn::execute()?;
        let peak = |stretch: usize| -> Result<f64, Error> {
            let signals = &pop.get_data("v")?.segments[0].irregularlysampledsignals;
            let values = signals[stretch].values();
            Ok(values.iter().copied().fold(0.0, f64::max) - values[0])
        };
        let trains = &free.get_data("spikes")?.segments[0].spiketrains;
        let spikes = trains.iter().map(|train| train.len()).collect();
        Ok(([peak(0)?, peak(1)?], spikes))
    };
    let (unchanged, steady) = seen("synapse_dac_bias", 600)?;
    assert!((unchanged[0] - unchanged[1]).abs() < 3.0);
    let (peaks, _) = seen("synapse_dac_bias", 300)?;
    assert!((peaks[0] - unchanged[0]).abs() < 1.0, "{peaks:?}");
    assert!((peaks[1] - unchanged[1] / 2.0).abs() < 3.0, "{peaks:?}");
    // It takes a slower clock, which the other neuron then counts, too.
    let (_, spikes) = seen("tau_refrac", 30)?;
    assert_eq!(spikes[0], steady[0]);
    assert!(spikes[1].abs_diff(steady[1]) <= 1, "{spikes:?} {steady:?}");
    Ok(())
}
