//! The fixed pattern of fabricated chips: how large it is, and that it is fixed.

use hx_emulator::{
    Backend, Chip, Experiment, MISMATCH, NeuronConfig, Physical, SPREADS, Snippet, physical, run,
};

/// A neuron with the same codes wherever it is.
fn by_hand() -> NeuronConfig {
    NeuronConfig {
        leak_v_leak: 568,
        leak_i_bias: 165,
        reset_v_reset: 532,
        reset_i_bias: 1012,
        threshold_enable: true,
        threshold_v_threshold: 339,
        membrane_capacitance_capacitance: 63,
        excitatory_input_enable: true,
        excitatory_input_i_bias_gm: 500,
        excitatory_input_i_bias_tau: 90,
        excitatory_input_enable_small_capacitance: false,
        inhibitory_input_enable: true,
        inhibitory_input_i_bias_gm: 500,
        inhibitory_input_i_bias_tau: 90,
        inhibitory_input_enable_small_capacitance: false,
        constant_current_enable: false,
        ..NeuronConfig::default()
    }
}

/// Mean and standard deviation.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance.sqrt())
}

fn everywhere(chip: &Chip, config: &NeuronConfig) -> Vec<Physical> {
    (0..512).map(|at| physical(chip, at, config)).collect()
}

/// Section 4.10 of the reference: 15 to 25 LSB, 25 % in time constants.
#[test]
fn an_uncalibrated_chip_spreads_as_the_reference_says() {
    for seed in [0, 1, 7, 12345] {
        let all = everywhere(&Chip::new(seed), &by_hand());
        let spread = |read: fn(&Physical) -> f64| moments(all.iter().map(read)).1;
        let variation = |read: fn(&Physical) -> f64| {
            let (mean, spread) = moments(all.iter().map(read));
            spread / mean
        };
        for potential in [
            spread(|p| p.v_leak),
            spread(|p| p.v_reset),
            spread(|p| p.v_threshold),
        ] {
            assert!((15.0..25.0).contains(&potential), "{potential}");
        }
        for time in [
            variation(|p| p.tau_m),
            variation(|p| p.tau_syn_exc),
            variation(|p| p.tau_syn_inh),
        ] {
            assert!((0.21..0.29).contains(&time), "{time}");
        }
        for strength in [variation(|p| p.weight_exc), variation(|p| p.weight_inh)] {
            assert!((0.1..0.14).contains(&strength), "{strength}");
        }
        assert!(all.iter().all(|p| p.tau_refrac == all[0].tau_refrac));
    }
}

#[test]
fn chips_scatter_about_the_design_and_differ_from_each_other() {
    let nominal = physical(&Chip::nominal(), 0, &by_hand());
    let means = |read: fn(&Physical) -> f64| {
        moments((0..60).map(|seed| {
            let all = everywhere(&Chip::new(seed), &by_hand());
            moments(all.iter().map(read)).0
        }))
    };
    let (leak, between) = means(|p| p.v_leak);
    assert!((leak - nominal.v_leak).abs() < 4.0, "{leak}");
    assert!((6.0..14.0).contains(&between), "{between}");
    let (tau, _) = means(|p| p.tau_m);
    assert!((tau / nominal.tau_m - 1.0).abs() < 0.04, "{tau}");
    let (weight, _) = means(|p| p.weight_exc);
    assert!((weight / nominal.weight_exc - 1.0).abs() < 0.04, "{weight}");
}

#[test]
fn parts_and_neighbours_deviate_each_on_their_own() {
    let all = everywhere(&Chip::new(3), &by_hand());
    let correlation = |pairs: Vec<(f64, f64)>| {
        let (a, spread_a) = moments(pairs.iter().map(|pair| pair.0));
        let (b, spread_b) = moments(pairs.iter().map(|pair| pair.1));
        let sum: f64 = pairs.iter().map(|(x, y)| (x - a) * (y - b)).sum();
        sum / pairs.len() as f64 / spread_a / spread_b
    };
    let neighbours = all.windows(2).map(|p| (p[0].v_leak, p[1].v_leak));
    let rows = (0..256).map(|column| (all[column].v_leak, all[column + 256].v_leak));
    for pairs in [
        neighbours.collect::<Vec<_>>(),
        rows.collect(),
        all.iter().map(|p| (p.v_leak, p.v_reset)).collect(),
        all.iter().map(|p| (p.v_leak, p.v_threshold)).collect(),
        all.iter().map(|p| (p.tau_m, p.v_leak)).collect(),
        all.iter().map(|p| (p.tau_syn_exc, p.tau_syn_inh)).collect(),
    ] {
        let found = correlation(pairs);
        assert!(found.abs() < 0.2, "{found}");
    }
}

#[test]
fn the_same_seed_is_the_same_chip_in_any_order_and_on_any_thread() {
    let forth = everywhere(&Chip::new(7), &by_hand());
    let back: Vec<Physical> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..4)
            .map(|part| {
                scope.spawn(move || {
                    let chip = Chip::new(7).seed(part).noise(part % 2 == 0);
                    let positions = (part as usize * 128..(part as usize + 1) * 128).rev();
                    positions
                        .map(|at| physical(&chip, at, &by_hand()))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let parts = handles.into_iter().map(|handle| handle.join().unwrap());
        parts.flat_map(|part| part.into_iter().rev()).collect()
    });
    assert_eq!(forth, back);
    let other = everywhere(&Chip::new(8), &by_hand());
    assert!(forth.iter().zip(&other).all(|(a, b)| a.v_leak != b.v_leak));
}

#[test]
fn the_nominal_and_the_ideal_chip_have_no_pattern() {
    for chip in [Chip::nominal(), Chip::ideal()] {
        let all = everywhere(&chip, &by_hand());
        assert!(all.iter().all(|numbers| *numbers == all[0]));
        assert_eq!(chip.synapse_factor(70_000), 1.0);
        assert_eq!(chip.cadc(5), (0.0, 1.0));
        assert_eq!(chip.drift(3, 5), 0.0);
        assert_eq!(chip.start(3, 5), chip.transfer().comparator_lead);
    }
}

#[test]
fn synapses_differ_by_a_tenth_and_share_their_drivers_part() {
    let chip = Chip::new(7);
    let all: Vec<f64> = (0..131_072).map(|at| chip.synapse_factor(at)).collect();
    assert!(all.iter().all(|factor| (0.5..2.0).contains(factor)));
    let (mean, spread) = moments(all.iter().copied());
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    assert!((0.09..0.11).contains(&spread), "{spread}");
    // A driver is two rows of 256 columns.
    let (_, shared) = moments(
        all.chunks(512)
            .map(|driver| moments(driver.iter().copied()).0),
    );
    assert!((0.05..0.07).contains(&shared), "{shared}");
    let (_, half) = moments(all.chunks(512).map(|driver| {
        let (first, second) = driver.split_at(256);
        moments(first.iter().copied()).0 - moments(second.iter().copied()).0
    }));
    assert!(half < 0.01, "{half}");
}

#[test]
fn column_adcs_are_raw_until_they_are_calibrated() {
    let raw = Chip::new(7);
    let calibrated = Chip::new(7).backend(Backend {
        cadc_calibrated: true,
        ..Backend::default()
    });
    let spreads = |chip: &Chip| {
        let (_, offset) = moments((0..512).map(|at| chip.cadc(at).0));
        let (mean, gain) = moments((0..512).map(|at| chip.cadc(at).1));
        assert!((mean - 1.0).abs() < 0.01);
        (offset, gain)
    };
    let (offset, gain) = spreads(&raw);
    assert!((12.0..20.0).contains(&offset) && (0.02..0.04).contains(&gain));
    let (offset, gain) = spreads(&calibrated);
    assert!(offset < 1.5 && gain < 0.015);
}

#[test]
fn trials_differ_where_there_is_noise_and_only_there() {
    let chip = Chip::new(7);
    let (mean, spread) = moments((0..2000).map(|trial| chip.drift(trial, 3)));
    assert!(mean.abs() < 0.1 && (0.9..1.1).contains(&spread));
    let starts = || (0..2000).map(|trial| chip.start(trial, 3));
    let (mean, _) = moments(starts());
    assert!(starts().all(|start| (0.0..50.0).contains(&start)));
    assert!((mean - 25.0).abs() < 1.0, "{mean}");
    assert_eq!(chip.drift(5, 9), Chip::new(7).drift(5, 9));
    assert_ne!(chip.drift(5, 9), chip.clone().seed(1).drift(5, 9));
    let quiet = Chip::new(7).noise(false);
    assert_eq!(quiet.drift(5, 9), 0.0);
    assert_eq!(quiet.start(5, 9), quiet.transfer().comparator_lead);
}

#[test]
fn every_row_of_the_tables_says_where_it_is_from() {
    assert!(MISMATCH.iter().all(|row| {
        row.spread > 0.0 && row.common >= 0.0 && !row.source.is_empty() && !row.meaning.is_empty()
    }));
    assert!(
        SPREADS
            .iter()
            .all(|row| row.spread > 0.0 && !row.source.is_empty())
    );
    for (number, row) in MISMATCH.iter().enumerate() {
        let twice = MISMATCH[..number]
            .iter()
            .any(|other| other.block == row.block && other.names[0] == row.names[0]);
        assert!(
            !twice,
            "{:?} {} would be drawn twice alike",
            row.block, row.names[0]
        );
    }
}

/// Figure 3 of ts_00: neurons of one chip with the same codes, leak over threshold, fire
/// at rates of their own.
#[test]
fn neurons_with_the_same_codes_fire_at_rates_of_their_own() {
    let rates = |chip: Chip| {
        let config = NeuronConfig {
            leak_v_leak: 1000,
            threshold_v_threshold: 300,
            reset_v_reset: 400,
            reset_enable_multiplication: true,
            refractory_period_refractory_time: 255,
            ..by_hand()
        };
        let experiment = Experiment {
            chip: chip.noise(false),
            positions: (0..64).collect(),
            snippets: vec![Snippet {
                duration: 500.0,
                neurons: vec![config; 64],
                ..Snippet::default()
            }],
            trial: 0,
        };
        let seen = run(&experiment, &|| false);
        let counts = seen[0].spikes.iter().map(|spikes| spikes.len() as f64);
        moments(counts)
    };
    let (mean, spread) = rates(Chip::nominal());
    assert!(mean > 20.0 && spread == 0.0);
    let (mean, spread) = rates(Chip::new(7));
    assert!(mean > 20.0);
    assert!((0.1..0.4).contains(&(spread / mean)), "{}", spread / mean);
}
