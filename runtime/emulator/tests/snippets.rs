//! State that passes from one snippet to the next, which sampling does not change.

mod network;

use hx_emulator::{Backend, Calibration, Chip, NeuronConfig, Observation, Snippet, run};
use network::{experiment, external, membrane, over_threshold, silent, snippet};

fn observed(chip: Chip, snippets: Vec<Snippet>) -> Vec<Observation> {
    run(&experiment(chip, snippets), &|| false)
}

fn blind(mut it: Snippet) -> Snippet {
    it.probes.clear();
    it
}

fn spikes(seen: &[Observation]) -> Vec<Vec<Vec<f64>>> {
    seen.iter().map(|it| it.spikes.clone()).collect()
}

/// Holds that a trace without noise does not move.
fn assert_still(trace: &[f64]) {
    let least = trace.iter().copied().fold(f64::INFINITY, f64::min);
    let most = trace.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!(most - least <= 1.0, "between {least} and {most} LSB");
}

#[test]
fn to_look_at_connected_circuits_changes_nothing() {
    let connected = NeuronConfig {
        multicompartment_connect_right: true,
        ..Calibration::Tutorial.neuron()
    };
    let times: Vec<f64> = (1..40).map(|n| f64::from(n) * 97.3).collect();
    let one_snippet = snippet(
        4000.0,
        vec![connected, Calibration::Tutorial.neuron()],
        vec![external(0, 0, 2500)],
        vec![times],
    );
    let seen = observed(Chip::nominal(), vec![one_snippet.clone()]);
    let unseen = observed(Chip::nominal(), vec![blind(one_snippet)]);
    assert!(seen[0].spikes[0].len() > 10);
    assert_eq!(spikes(&seen), spikes(&unseen));
}

#[test]
fn to_look_at_a_neuron_that_hears_nothing_changes_nothing_later() {
    let neuron = || Calibration::Tutorial.neuron();
    let times: Vec<f64> = (1..40).map(|n| 500.0 + f64::from(n) * 97.3).collect();
    for looked_at in [0, 1] {
        let first = Snippet {
            probes: vec![membrane(looked_at)],
            ..snippet(500.0, vec![neuron(), neuron()], vec![], vec![])
        };
        let second = blind(snippet(
            4000.0,
            vec![neuron(), neuron()],
            vec![external(0, 0, 900)],
            vec![times.clone()],
        ));
        let seen = observed(Chip::nominal(), vec![first.clone(), second.clone()]);
        let unseen = observed(Chip::nominal(), vec![blind(first), second]);
        assert!(seen[1].spikes[0].len() > 10);
        assert_eq!(spikes(&seen), spikes(&unseen), "{looked_at}");
    }
}

#[test]
fn an_adaptation_that_gets_a_drive_begins_at_its_reference() {
    let without = NeuronConfig {
        adaptation_enable: true,
        adaptation_i_bias_tau: 100,
        adaptation_v_ref: 500,
        adaptation_v_leak: 400,
        ..silent()
    };
    let with = NeuronConfig {
        adaptation_enable_pulse: true,
        adaptation_i_bias_b: 100,
        ..without.clone()
    };
    let one_snippet = |config: &NeuronConfig| snippet(100.0, vec![config.clone()], vec![], vec![]);
    let seen = observed(
        Chip::nominal().noise(false),
        vec![one_snippet(&without), one_snippet(&with)],
    );
    // Nothing fires, so nothing moves it.
    assert_still(&seen[1].traces[0].values);
}

#[test]
fn what_all_circuits_share_is_that_of_the_stretch() {
    let times = vec![10.0, 160.0];
    let one_snippet = |duration, backend| Snippet {
        backend,
        ..snippet(
            duration,
            vec![over_threshold()],
            vec![external(0, 0, 300)],
            vec![times.clone()],
        )
    };
    for chip in [Chip::nominal().noise(false), Chip::ideal()] {
        let own = chip.backend_settings();
        let slow = Backend {
            clock_scale_slow: 4,
            clock_scale_fast: 4,
            synapse_dac_bias: 1000,
            ..own
        };
        let changed = observed(
            chip.clone(),
            vec![
                one_snippet(150.0, Some(own)),
                one_snippet(150.0, Some(slow)),
            ],
        );
        let as_the_chip = observed(chip.clone(), vec![one_snippet(150.0, None)]);
        assert_eq!(changed[0], as_the_chip[0]);
        let slow_from_the_start = observed(chip.backend(slow), vec![one_snippet(150.0, None); 2]);
        let spikes = |seen: &[Observation]| seen[1].spikes[0].len();
        assert!(spikes(&changed).abs_diff(spikes(&slow_from_the_start)) <= 1);
        assert!(2 * spikes(&changed) < changed[0].spikes[0].len());
    }
}

#[test]
fn a_spike_that_nobody_waits_for_is_gone_a_stretch_later() {
    let one_snippet = |duration, synapses, sent| {
        let neurons = vec![silent()];
        snippet(duration, neurons, synapses, vec![sent])
    };
    let contact = || vec![external(0, 0, 900)];
    let seen = observed(
        Chip::nominal().noise(false),
        vec![
            blind(one_snippet(100.0, contact(), vec![99.9])),
            // It arrives here, at no synapse.
            blind(one_snippet(1000.0, vec![], vec![])),
            one_snippet(50.0, contact(), vec![]),
        ],
    );
    assert_still(&seen[2].traces[0].values);
}

#[test]
fn a_stretch_may_be_as_short_as_numbers_go() {
    for duration in [1e-30, 1e-39, 1e-45, 1e-50, 1e-300, f64::MIN_POSITIVE] {
        let one_snippet = |duration| {
            snippet(
                duration,
                vec![silent()],
                vec![external(0, 0, 9)],
                vec![vec![]],
            )
        };
        let seen = observed(
            Chip::nominal().noise(false),
            vec![one_snippet(duration), one_snippet(50.0)],
        );
        assert_still(&seen[1].traces[0].values);
    }
}

#[test]
fn a_trace_falls_once_for_a_spike_that_comes_within_the_step_of_its_crossing() {
    for delay in [0.05, 0.1, 0.2325] {
        let mut transfer = *Chip::nominal().transfer();
        transfer.comparator_delay = delay;
        let chip = Chip::nominal().noise(false).with_transfer(transfer);
        let seen = observed(
            chip,
            vec![snippet(300.0, vec![over_threshold()], vec![], vec![])],
        );
        assert!(seen[0].spikes[0].len() > 5);
        let steps = seen[0].traces[0].values.windows(2);
        let leap = steps.map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(leap < 15.0, "up by {leap} LSB after {delay} µs");
    }
}

#[test]
fn a_run_can_be_stopped_while_connected_circuits_sleep() {
    let connected = NeuronConfig {
        multicompartment_connect_right: true,
        ..silent()
    };
    let one_snippet = blind(snippet(1e6, vec![connected, silent()], vec![], vec![]));
    let whole = experiment(Chip::nominal(), vec![one_snippet]);
    assert!(run(&whole, &|| true)[0].end < 1e5);
}

/// A chip whose refractory clock is 2 to this power slower, and a neuron on it that fires
/// and is reset for long and strongly.
fn reset_for_long(scale: u8) -> (Chip, NeuronConfig) {
    let chip = Chip::nominal().noise(false);
    let backend = Backend {
        clock_scale_slow: scale,
        clock_scale_fast: scale,
        ..chip.backend_settings()
    };
    let neuron = NeuronConfig {
        reset_i_bias: 1022,
        reset_enable_multiplication: true,
        refractory_period_refractory_time: 255,
        ..over_threshold()
    };
    (chip.backend(backend), neuron)
}

#[test]
fn a_reset_may_have_begun_long_before_a_stretch() {
    let (chip, neuron) = reset_for_long(12);
    let part = || snippet(1500.0, vec![neuron.clone()], vec![], vec![]);
    let seen = run(&experiment(chip, vec![part(), part()]), &|| false);
    let values = &seen[1].traces[0].values;
    assert!(values.iter().all(|v| v.is_finite() && *v < 450.0));
}

#[test]
fn a_reset_that_is_cut_short_lets_go_where_the_membrane_is() {
    let (chip, long) = reset_for_long(6);
    let short = NeuronConfig {
        refractory_period_refractory_time: 20,
        leak_v_leak: 500,
        ..long.clone()
    };
    let synapses = || vec![external(0, 0, 30)];
    let before = snippet(80.0, vec![long], synapses(), vec![vec![79.0, 79.5]]);
    let after = snippet(80.0, vec![short], synapses(), vec![vec![]]);
    let seen = run(&experiment(chip, vec![before, after]), &|| false);
    assert!(seen[1].spikes[0].is_empty());
    assert!(seen[1].traces[0].values.iter().all(|v| *v < 400.0));
}

#[test]
fn spikes_are_in_the_stretch_in_which_they_come() {
    let neuron = NeuronConfig {
        threshold_v_threshold: 100,
        reset_i_bias: 1022,
        reset_enable_multiplication: true,
        ..over_threshold()
    };
    let part = || snippet(10.03, vec![neuron.clone()], vec![], vec![]);
    let parts: Vec<Snippet> = (0..200).map(|_| part()).collect();
    let seen = run(&experiment(Chip::nominal().noise(false), parts), &|| false);
    for (index, seen) in seen.iter().enumerate() {
        let begin = 10.03 * index as f64 - 1e-9;
        let inside = |spike: &f64| (begin..begin + 10.03 + 2e-9).contains(spike);
        assert!(
            seen.spikes[0].iter().all(inside),
            "{begin} {:?}",
            seen.spikes[0]
        );
        assert!(seen.spikes[0].len() > 2);
    }
}

#[test]
fn a_trace_falls_from_its_spike_on_however_strong_the_input() {
    let neuron = NeuronConfig {
        reset_i_bias: 1022,
        reset_enable_multiplication: true,
        excitatory_input_i_bias_gm: 1022,
        ..Calibration::Tutorial.neuron()
    };
    let train: Vec<f64> = (0..1000).map(|n| 5.0 + 20.037 * f64::from(n)).collect();
    let one_snippet = snippet(
        20_100.0,
        vec![neuron],
        vec![external(0, 0, 2000)],
        vec![train],
    );
    let seen = run(
        &experiment(Chip::nominal().noise(false), vec![one_snippet]),
        &|| false,
    )
    .remove(0);
    let trace = &seen.traces[0];
    let mut looked_at = 0;
    for &spike in &seen.spikes[0] {
        let after = trace.times.partition_point(|time| *time < spike);
        let soon = spike + 0.012..spike + 0.034;
        if after == 0
            || !trace
                .times
                .get(after)
                .is_some_and(|time| soon.contains(time))
        {
            continue;
        }
        looked_at += 1;
        let (before, after) = (trace.values[after - 1], trace.values[after]);
        assert!(after < before + 2.0, "{spike}: {before} then {after}");
    }
    assert!(looked_at > 500, "{looked_at}");
}

#[test]
fn to_look_at_a_neuron_nothing_happens_to_changes_nothing_of_others() {
    let mut neurons = vec![
        NeuronConfig {
            leak_v_leak: 700,
            ..Calibration::Tutorial.neuron()
        };
        40
    ];
    neurons[0] = Calibration::Tutorial.neuron();
    neurons[16].refractory_period_enable_pause = true;
    let mut synapses = Vec::new();
    for source in 0..20 {
        for target in (1..40).filter(|target| source < 10 || target % 10 == 1) {
            let weight = 1 + (7 * source + 13 * target) % 40;
            let sign = if source % 3 == 0 { -1 } else { 1 };
            synapses.push(external(source, target, sign * weight as i32));
        }
    }
    let train = |source: usize| {
        let first = 3.0 + (source * source) as f64 * 0.377 % 40.0;
        (0..300).map(|n| first + 6.1 * f64::from(n)).collect()
    };
    let sources = (0..20).map(train).collect();
    let mut one_snippet = snippet(2000.0, neurons, synapses, sources);
    let looked_at = one_snippet.clone();
    one_snippet.probes = Vec::new();
    let spikes = |one_snippet| {
        run(&experiment(Chip::nominal(), vec![one_snippet]), &|| false)
            .remove(0)
            .spikes
    };
    let (without, with) = (spikes(one_snippet), spikes(looked_at));
    assert!(without.iter().map(Vec::len).sum::<usize>() > 1000);
    assert!(without == with);
}

#[test]
fn to_look_at_neurons_that_sleep_changes_no_bit_of_others() {
    let mut state = 1u64;
    let mut below = |end: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % end
    };
    let mut spikes_seen = 0;
    for seed in 0..100 {
        let chip = Chip::new(seed).seed(1000 + seed);
        let count = 20 + below(60);
        let sleeps: Vec<bool> = (0..count).map(|_| below(3) == 0).collect();
        let neurons: Vec<NeuronConfig> = (0..count)
            .map(|index| {
                let kind = below(8);
                NeuronConfig {
                    exponential_enable: kind == 1 && !sleeps[index],
                    exponential_v_exp: 900,
                    exponential_i_bias: 300,
                    refractory_period_enable_pause: kind == 2,
                    excitatory_input_enable_coba_mode: kind == 3,
                    excitatory_input_i_bias_coba: 60,
                    excitatory_input_v_rev_coba: 900,
                    // Noise wakes those as soon as anybody looks.
                    adaptation_enable: kind == 4,
                    adaptation_i_bias_tau: 100,
                    adaptation_i_bias_a: 100,
                    leak_v_leak: if sleeps[index] {
                        500
                    } else {
                        600 + below(150) as u16
                    },
                    ..Calibration::Tutorial.neuron_on(&chip, index)
                }
            })
            .collect();
        let mut synapses = Vec::new();
        for target in (0..count).filter(|&target| !sleeps[target]) {
            for source in 0..20 {
                if source < 10 || below(8) == 0 {
                    let sign = if source % 3 == 0 { -1 } else { 1 };
                    synapses.push(external(source, target, sign * (1 + below(40) as i32)));
                }
            }
        }
        let sources = (0..20).map(|source| {
            let first = 3.0 + below(1000) as f64 * 0.0377;
            (0..30)
                .map(|n| first + (6.1 + 0.1 * f64::from(source)) * f64::from(n))
                .collect()
        });
        let one_snippet = blind(snippet(200.0, neurons, synapses, sources.collect()));
        let mut looked_at = one_snippet.clone();
        let sleepers = (0..count).filter(|&neuron| sleeps[neuron]);
        looked_at.probes = sleepers.take(1 + below(20)).map(membrane).collect();
        let seen = |one_snippet: Snippet| spikes(&observed(chip.clone(), vec![one_snippet; 3]));
        let (without, with) = (seen(one_snippet), seen(looked_at));
        spikes_seen += without.iter().flatten().map(Vec::len).sum::<usize>();
        assert!(without == with, "chip {seed}");
    }
    assert!(spikes_seen > 3000, "{spikes_seen}");
}
