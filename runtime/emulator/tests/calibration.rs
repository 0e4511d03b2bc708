//! Calibrations: their codes on the nominal chip, and what they make of others.

use hx_emulator::{
    Calibration, Chip, InputTarget, NeuronConfig, Physical, Target, Transfer, physical,
};

/// Mean and standard deviation.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance.sqrt())
}

fn everywhere(chip: &Chip, config: impl Fn(usize) -> NeuronConfig) -> Vec<Physical> {
    (0..512).map(|at| physical(chip, at, &config(at))).collect()
}

/// What is calibrated: its name, how to read it, whether its spread is one of ratios,
/// by how much the calibration must narrow it and what may remain.
type Figure = (&'static str, fn(&Physical) -> f64, bool, f64, f64);

/// 4.10: 3 to 7 LSB and less than 0.3, 0.2 and 0.35 of the uncalibrated spread;
/// time constants and strengths 5 %, less than 0.45 and 0.2 of it.
const FIGURES: [Figure; 8] = [
    ("leak", |p| p.v_leak, false, 0.3, 7.0),
    ("reset", |p| p.v_reset, false, 0.2, 7.0),
    ("threshold", |p| p.v_threshold, false, 0.35, 7.0),
    ("tau_m", |p| p.tau_m, true, 0.45, 0.06),
    ("tau_syn_exc", |p| p.tau_syn_exc, true, 0.2, 0.055),
    ("tau_syn_inh", |p| p.tau_syn_inh, true, 0.2, 0.055),
    ("weight_exc", |p| p.weight_exc, true, 0.6, 0.06),
    ("weight_inh", |p| p.weight_inh, true, 0.6, 0.06),
];

#[test]
fn a_calibrated_chip_spreads_as_the_reference_says() {
    for calibration in [Calibration::Tutorial, Calibration::Current] {
        let nominal = Chip::nominal().backend(calibration.backend());
        let design = physical(&nominal, 0, &calibration.neuron());
        for seed in [0, 1, 7, 12345] {
            let chip = Chip::new(seed).backend(calibration.backend());
            let before = everywhere(&chip, |_| calibration.neuron());
            let after = everywhere(&chip, |at| calibration.neuron_on(&chip, at));
            for (name, read, relative, ratio, largest) in FIGURES {
                let (mean, wide) = moments(before.iter().map(read));
                let unit = if relative { mean } else { 1.0 };
                let wide = wide / unit;
                let (mean, narrow) = moments(after.iter().map(read));
                let unit = if relative { mean } else { 1.0 };
                let narrow = narrow / unit;
                let aim = read(&design);
                println!(
                    "{calibration:?} chip {seed} {name}: {wide:.3} -> {narrow:.3} ({:.2}), \
                     mean {mean:.3} for {aim:.3}",
                    narrow / wide
                );
                assert!(narrow < ratio * wide, "{name}: {wide} to {narrow}");
                assert!(narrow < largest, "{name}: {narrow}");
                assert!(relative || narrow > 3.0, "{name}: {narrow}");
                let off = if relative {
                    mean / aim - 1.0
                } else {
                    (mean - aim) / 100.0
                };
                assert!(off.abs() < 0.02, "{name}: {mean} for {aim}");
            }
        }
    }
}

#[test]
fn the_trimmed_inputs_carry_next_to_nothing() {
    // Best code 310 with a spread of 75; a calibrated one is off by 3.
    let chip = Chip::new(7);
    let calibration = Calibration::Tutorial;
    let codes = |at| {
        calibration
            .neuron_on(&chip, at)
            .excitatory_input_i_shift_reference
    };
    let (mean, spread) = moments((0..512).map(|at| f64::from(codes(at))));
    assert!((250.0..370.0).contains(&mean), "{mean}");
    assert!((60.0..90.0).contains(&spread), "{spread}");
}

#[test]
fn without_mismatch_every_circuit_gets_the_same_codes() {
    for calibration in [Calibration::Tutorial, Calibration::Current] {
        for chip in [Chip::nominal(), Chip::ideal(), Chip::nominal().noise(false)] {
            let chip = chip.backend(calibration.backend());
            for at in [0, 1, 255, 511] {
                assert_eq!(calibration.neuron_on(&chip, at), calibration.neuron());
            }
        }
    }
}

/// The codes the published traces were fitted with.
#[test]
fn the_tutorials_codes_are_what_they_were() {
    let expected = NeuronConfig {
        leak_v_leak: 569,
        leak_i_bias: 142,
        reset_v_reset: 579,
        reset_i_bias: 1012,
        reset_enable_multiplication: true,
        threshold_enable: true,
        threshold_v_threshold: 339,
        membrane_capacitance_capacitance: 63,
        refractory_period_refractory_time: 250,
        excitatory_input_enable: true,
        excitatory_input_i_bias_gm: 500,
        excitatory_input_i_bias_tau: 87,
        excitatory_input_i_shift_reference: 310,
        excitatory_input_enable_small_capacitance: false,
        inhibitory_input_enable: true,
        inhibitory_input_i_bias_gm: 500,
        inhibitory_input_i_bias_tau: 87,
        inhibitory_input_i_shift_reference: 310,
        inhibitory_input_enable_small_capacitance: false,
        ..NeuronConfig::default()
    };
    assert_eq!(Calibration::Tutorial.neuron(), expected);
}

/// Profile B of 4.0, within what whole codes allow.
#[test]
fn the_current_calibration_is_profile_b() {
    let calibration = Calibration::Current;
    let chip = Chip::nominal().backend(calibration.backend());
    let numbers = physical(&chip, 0, &calibration.neuron());
    for (found, aim, off) in [
        (numbers.v_leak, 303.0, 0.4),
        (numbers.v_threshold, 440.0, 0.6),
        (numbers.v_reset, 276.0, 0.4),
        (numbers.tau_m, 10.0, 0.05),
        (numbers.tau_syn_exc, 10.0, 0.2),
        (numbers.tau_syn_inh, 10.0, 0.2),
        (numbers.weight_exc, 0.22, 0.001),
        (numbers.weight_inh, 0.22, 0.001),
        (numbers.tau_refrac, 2.048, 1e-9),
    ] {
        assert!((found - aim).abs() < off, "{found} for {aim}");
    }
    let transfer = Transfer::NOMINAL;
    let config = calibration.neuron();
    let largest = transfer.synaptic_saturation(config.excitatory_input_i_bias_gm);
    assert!(largest > 110.0, "{largest}");
    let saturation = transfer.saturation(numbers.v_leak, config.leak_enable_degeneration);
    assert!((180.0..270.0).contains(&saturation), "{saturation}");
}

fn target() -> Target {
    let input = InputTarget {
        tau: 10.0,
        i_bias_gm: 500.0,
        reversal: None,
    };
    Target {
        v_rest: 303.0,
        v_threshold: 438.0,
        v_reset: 273.0,
        tau_m: 10.0,
        tau_refrac: 2.0,
        capacitance: 63,
        leak_degeneration: true,
        excitatory: input,
        inhibitory: input,
    }
}

/// Over the ranges of 1.5 a target is missed by no more than the step of a code.
#[test]
fn targets_are_hit_within_a_code_over_their_whole_ranges() {
    let chip = Chip::nominal();
    let at = |target: Target| physical(&chip, 0, &target.configure(&chip, 0));
    for step in 0..=40 {
        let part = f64::from(step) / 40.0;
        let between = |low: f64, high: f64| low * (high / low).powf(part);
        let v_rest = between(213.0, 543.0);
        let tau_m = between(0.5, 60.0);
        let tau = between(0.3, 30.0);
        let mut target = Target {
            v_rest,
            v_threshold: v_rest + 50.0,
            v_reset: v_rest - 20.0,
            tau_m,
            tau_refrac: between(0.04, 2.0),
            ..target()
        };
        target.excitatory.tau = tau;
        let numbers = at(target);
        assert!((numbers.v_leak - v_rest).abs() < 0.4, "{v_rest}");
        assert!((numbers.v_reset - target.v_reset).abs() < 0.4, "{v_rest}");
        assert!((numbers.v_threshold - target.v_threshold).abs() < 0.6);
        assert!((numbers.tau_m / tau_m - 1.0).abs() < 0.01, "{tau_m}");
        let off = (numbers.tau_syn_exc / tau - 1.0).abs();
        assert!(off < 0.025, "{tau}: {off}");
        assert!((numbers.tau_refrac - target.tau_refrac).abs() < 0.0041);
    }
}

/// What no code reaches is missed by as little as possible, and nothing breaks.
#[test]
fn a_target_out_of_reach_gets_the_nearest() {
    let chip = Chip::nominal();
    let target = Target {
        v_rest: 20.0,
        v_threshold: 5000.0,
        v_reset: -5.0,
        tau_m: 1e9,
        tau_refrac: 50.0,
        ..target()
    };
    let config = target.configure(&chip, 0);
    assert_eq!(config.leak_v_leak, 0);
    assert_eq!(config.threshold_v_threshold, 1022);
    assert_eq!(config.reset_v_reset, 0);
    assert_eq!(config.leak_i_bias, 0);
    assert!(config.leak_enable_division);
    assert_eq!(config.refractory_period_refractory_time, 255);
}

#[test]
fn a_coba_target_sets_what_makes_a_conductance() {
    let mut target = target();
    target.excitatory.reversal = Some(963.0);
    target.inhibitory.reversal = Some(153.0);
    let chip = Chip::nominal();
    let numbers = physical(&chip, 0, &target.configure(&chip, 0));
    assert!((numbers.e_rev_exc - 963.0).abs() < 0.6);
    assert!((numbers.e_rev_inh - 153.0).abs() < 0.6);
    // At the leak potential it is as strong as a CUBA input.
    assert!((numbers.coba_exc / (963.0 - 303.0) - 1.0).abs() < 0.01);
    assert!((numbers.coba_inh / (303.0 - 153.0) - 1.0).abs() < 0.01);
    let chip = Chip::new(7);
    let config = |at| target.configure(&chip, at);
    let all = everywhere(&chip, config);
    assert!(moments(all.iter().map(|p| p.e_rev_exc)).1 < 10.0);
    assert!(moments(all.iter().map(|p| p.coba_inh / 150.0)).1 < 0.1);
}
