//! How the nominal chip behaves beyond the two published traces: readout,
//! noise, latencies, rails, snippets, interruption.

mod network;

use std::sync::atomic::{AtomicUsize, Ordering};

use hx_emulator::{
    Calibration, Chip, NeuronConfig, Observation, Polarity, PreSource, Snippet, Synapse, physical,
    run,
};
use network::{experiment, external, internal, membrane, observe, over_threshold, silent, snippet};

fn quiet() -> Chip {
    Chip::nominal().noise(false)
}

/// Largest value of the first trace.
fn peak(observation: &Observation) -> f64 {
    let values = &observation.traces[0].values;
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Smallest value of the first trace.
fn trough(observation: &Observation) -> f64 {
    let values = &observation.traces[0].values;
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

#[test]
fn the_madc_samples_every_34_ns_and_two_channels_take_turns() {
    let mut stretch = snippet(100.0, vec![silent(), silent()], vec![], vec![]);
    let alone = observe(Chip::nominal(), stretch.clone());
    let times = &alone.traces[0].times;
    assert_eq!(times.len(), 2942);
    assert!(
        times
            .windows(2)
            .all(|pair| (pair[1] - pair[0] - 0.034).abs() < 1e-9)
    );
    stretch.probes.push(membrane(1));
    let pair = observe(Chip::nominal(), stretch);
    for (trace, first) in pair.traces.iter().zip([0.0, 0.034]) {
        assert_eq!(trace.times.len(), 1471);
        for (count, time) in trace.times.iter().enumerate() {
            assert!((time - first - 0.068 * count as f64).abs() < 1e-9);
        }
    }
}

#[test]
fn noise_has_the_documented_size_and_leaves_ten_bits() {
    let stretch = || snippet(1000.0, vec![silent()], vec![], vec![]);
    let still = observe(quiet(), stretch());
    let rest = still.traces[0].values[0];
    assert!(still.traces[0].values.iter().all(|value| *value == rest));
    let noisy = observe(Chip::nominal(), stretch());
    let values = &noisy.traces[0].values;
    assert!(
        values
            .iter()
            .all(|v| v.fract() == 0.0 && (0.0..=1023.0).contains(v))
    );
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    assert!((mean - rest).abs() < 0.5, "{mean} for {rest}");
    assert!((1.4..2.0).contains(&variance.sqrt()), "{}", variance.sqrt());
}

#[test]
fn noise_differs_between_seeds_and_trials_and_only_there() {
    let trace = |seed, trial| {
        let stretch = snippet(20.0, vec![over_threshold()], vec![], vec![]);
        let mut experiment = experiment(Chip::nominal().seed(seed), vec![stretch]);
        experiment.trial = trial;
        run(&experiment, &|| false)
    };
    assert_eq!(trace(1, 0), trace(1, 0));
    assert_ne!(trace(1, 0), trace(2, 0));
    assert_ne!(trace(1, 0), trace(1, 1));
    assert_ne!(trace(1, 2), trace(2, 1));
}

#[test]
fn looking_at_a_neuron_does_not_change_it() {
    let neurons = vec![silent(), over_threshold()];
    let mut stretch = snippet(100.0, neurons, vec![], vec![]);
    let unseen = observe(Chip::nominal(), stretch.clone());
    stretch.probes.push(membrane(1));
    let seen = observe(Chip::nominal(), stretch);
    assert!(seen.spikes[1].len() > 5);
    assert_eq!(seen.spikes, unseen.spikes);
}

#[test]
fn spikes_are_on_the_8_ns_grid() {
    let seen = observe(
        Chip::nominal(),
        snippet(500.0, vec![over_threshold()], vec![], vec![]),
    );
    assert!(seen.spikes[0].len() > 20);
    for spike in &seen.spikes[0] {
        assert!((spike * 125.0 - (spike * 125.0).round()).abs() < 1e-9);
    }
}

#[test]
fn an_input_acts_after_the_documented_delay() {
    let delay = physical(&quiet(), 0, &silent()).delay;
    assert!((0.4..0.5).contains(&delay));
    let seen = observe(
        quiet(),
        snippet(
            20.0,
            vec![silent()],
            vec![external(0, 0, 300)],
            vec![vec![10.0]],
        ),
    );
    let trace = &seen.traces[0];
    let rest = trace.values[0];
    let onset = trace.values.iter().position(|v| *v > rest).expect("a PSP");
    let late = trace.times[onset] - 10.0 - delay;
    // One LSB takes 17 ns at 60 LSB/µs, one sample 34 ns.
    assert!((0.0..0.06).contains(&late), "{late} µs late");
}

#[test]
fn a_spike_reaches_another_neuron_within_half_a_microsecond() {
    let mut stretch = snippet(
        60.0,
        vec![over_threshold(), silent()],
        vec![internal(0, 1, 300)],
        vec![],
    );
    stretch.probes = vec![membrane(1)];
    let seen = observe(quiet(), stretch);
    let trace = &seen.traces[0];
    let first = seen.spikes[0][0];
    let before = trace.times.partition_point(|time| *time < first);
    let base = trace.values[before];
    let onset = before
        + trace.values[before..]
            .iter()
            .position(|v| *v > base + 1.0)
            .expect("a PSP");
    let latency = trace.times[onset] - first;
    assert!((0.2..0.5).contains(&latency), "{latency} µs");
}

#[test]
fn a_wave_runs_through_a_synfire_chain() {
    // Seven neurons of weight 60 onto each of the next seven, as in gs_04-1.
    let stages = 6;
    let count = 7 * stages;
    let mut synapses: Vec<Synapse> = (0..7).map(|neuron| external(0, neuron, 7 * 60)).collect();
    for stage in 1..stages {
        for from in 0..7 {
            for to in 0..7 {
                synapses.push(internal(7 * (stage - 1) + from, 7 * stage + to, 60));
            }
        }
    }
    let neurons = vec![Calibration::Tutorial.neuron(); count];
    let seen = observe(
        Chip::nominal(),
        snippet(60.0, neurons, synapses, vec![vec![1.0]]),
    );
    assert!(
        seen.spikes.iter().all(|spikes| spikes.len() == 1),
        "{:?}",
        seen.spikes
    );
    let pace = (seen.spikes[count - 1][0] - seen.spikes[0][0]) / (stages - 1) as f64;
    // The published chain takes 2.5 µs per stage, with the three times slower
    // synapses of another calibration, which saturate later.
    assert!((2.5..6.0).contains(&pace), "{pace} µs per stage");
}

#[test]
fn the_membrane_stays_between_the_rails() {
    for weight in [63, 630, 6300] {
        let times: Vec<f64> = (0..100).map(f64::from).collect();
        let stretch = |weight| {
            snippet(
                100.0,
                vec![silent()],
                vec![external(0, 0, weight)],
                vec![times.clone()],
            )
        };
        assert!(peak(&observe(quiet(), stretch(weight))) <= 750.0);
        let lowest = trough(&observe(quiet(), stretch(-weight)));
        assert!(lowest >= 105.0);
        // Reference 4.4: inhibition compresses toward about 110 LSB.
        assert!(weight < 630 || lowest < 160.0, "{lowest}");
    }
}

#[test]
fn strong_inputs_saturate() {
    let height = |weight| {
        let stretch = snippet(
            40.0,
            vec![silent()],
            vec![external(0, 0, weight)],
            vec![vec![5.0]],
        );
        let seen = observe(quiet(), stretch);
        peak(&seen) - seen.traces[0].values[0]
    };
    assert!(height(126) > 1.7 * height(63));
    // In proportion it would be ten times as high.
    assert!(height(1260) < 7.0 * height(126));
    assert!(height(1260) > height(630));
}

#[test]
fn the_rest_follows_the_leak_potential_and_a_slow_membrane_starts_there() {
    let mut last = 0.0;
    for leak_v_leak in (300..=1000).step_by(50) {
        let neuron = NeuronConfig {
            leak_v_leak,
            leak_i_bias: 10,
            leak_enable_division: true,
            ..silent()
        };
        let expected = physical(&quiet(), 0, &neuron).v_leak;
        let seen = observe(quiet(), snippet(50.0, vec![neuron], vec![], vec![]));
        assert!(
            seen.traces[0]
                .values
                .iter()
                .all(|v| (v - expected).abs() < 1.0)
        );
        assert!(expected > last);
        last = expected;
    }
}

#[test]
fn a_constant_current_moves_the_rest_both_ways() {
    let rest = |code, direction| {
        let neuron = NeuronConfig {
            constant_current_enable: true,
            constant_current_i_offset: code,
            constant_current_type: direction,
            ..silent()
        };
        observe(quiet(), snippet(1.0, vec![neuron], vec![], vec![])).traces[0].values[0]
    };
    let (up, none, down) = (rest(200, 0), rest(0, 0), rest(200, 1));
    assert!(up > none + 10.0 && down < none - 10.0, "{down} {none} {up}");
}

#[test]
fn cutting_a_run_into_snippets_changes_next_to_nothing() {
    let neuron = Calibration::Tutorial.neuron();
    let stretch = |duration| {
        snippet(
            duration,
            vec![neuron.clone(), neuron.clone()],
            vec![external(0, 0, 500), internal(0, 1, 500)],
            // One spike is in flight across the first cut.
            vec![vec![2.0, 17.9, 18.0, 44.0]],
        )
    };
    let whole = observe(quiet(), stretch(60.0));
    let cuts = vec![stretch(18.0), stretch(3.3), stretch(38.7)];
    let parts = run(&experiment(quiet(), cuts), &|| false);
    for neuron in 0..2 {
        let spikes: Vec<f64> = parts
            .iter()
            .flat_map(|o| o.spikes[neuron].clone())
            .collect();
        assert!(!spikes.is_empty());
        assert_eq!(spikes.len(), whole.spikes[neuron].len());
        for (part, whole) in spikes.iter().zip(&whole.spikes[neuron]) {
            assert!((part - whole).abs() < 0.01, "{part} {whole}");
        }
    }
}

#[test]
fn an_interrupted_run_gives_back_what_was_seen() {
    for chip in [Chip::nominal(), Chip::ideal()] {
        let times: Vec<f64> = (0..100_000).map(|n| f64::from(n) * 5.0).collect();
        let stretch = snippet(
            500_000.0,
            vec![over_threshold()],
            vec![external(0, 0, 10)],
            vec![times],
        );
        let questions = AtomicUsize::new(0);
        let interrupted = || questions.fetch_add(1, Ordering::Relaxed) >= 5;
        let seen = run(
            &experiment(chip, vec![stretch.clone(), stretch]),
            &interrupted,
        );
        assert_eq!(questions.into_inner(), 6);
        assert_eq!(seen.len(), 1);
        let spikes = &seen[0].spikes[0];
        assert!(!spikes.is_empty() && spikes.len() < 30_000);
    }
}

#[test]
fn what_makes_no_sense_is_ignored() {
    let stray = |source, target| Synapse {
        source,
        target,
        polarity: Polarity::Excitatory,
        weight: u32::MAX,
        circuit: None,
    };
    for chip in [Chip::nominal(), Chip::ideal()] {
        let stretch = |duration| Snippet {
            duration,
            neurons: vec![silent()],
            synapses: vec![
                stray(PreSource::External(9), 0),
                stray(PreSource::Neuron(9), 0),
                stray(PreSource::External(0), 9),
                stray(PreSource::External(0), 0),
            ],
            sources: vec![vec![f64::NAN, f64::INFINITY, -3.0, 5.0]],
            probes: vec![membrane(0), membrane(9)],
            ..Snippet::default()
        };
        let mut experiment = experiment(
            chip,
            [f64::NAN, -1.0, f64::INFINITY, 20.0].map(stretch).to_vec(),
        );
        experiment.positions.clear();
        let seen = run(&experiment, &|| false);
        assert_eq!(seen.len(), 4);
        assert!(seen[0].traces[0].times.is_empty());
        assert!(seen[3].traces[1].times.is_empty());
        assert!(
            seen[3].traces[0]
                .values
                .iter()
                .all(|value| value.is_finite())
        );
        experiment.snippets.clear();
        assert!(run(&experiment, &|| false).is_empty());
    }
}

#[test]
fn a_bypassed_neuron_spikes_once_for_every_event_strong_enough() {
    let neuron = NeuronConfig {
        event_routing_enable_bypass_excitatory: true,
        ..NeuronConfig::default()
    };
    let times: Vec<f64> = (0..50).map(|n| 1.0 + 0.7 * f64::from(n)).collect();
    // Neuron 1 is sent on by neuron 0, whose membrane has no part in it.
    let seen = |weight| {
        let stretch = snippet(
            40.0,
            vec![neuron.clone(), neuron.clone()],
            vec![external(0, 0, weight), internal(0, 1, 63)],
            vec![times.clone()],
        );
        observe(Chip::nominal(), stretch)
    };
    let strong = seen(63);
    assert_eq!(strong.spikes[0].len(), times.len());
    assert_eq!(strong.spikes[1].len(), times.len());
    let delays = |from: &[f64], to: &[f64]| -> Vec<f64> {
        from.iter().zip(to).map(|(from, to)| to - from).collect()
    };
    let first = delays(&times, &strong.spikes[0]);
    let second = delays(&strong.spikes[0], &strong.spikes[1]);
    assert!(
        first
            .iter()
            .chain(&second)
            .all(|delay| (0.2..1.0).contains(delay))
    );
    assert!(seen(0).spikes[0].is_empty() && seen(5).spikes[0].is_empty());
    let rest = |observation: &Observation| observation.traces[0].values[0];
    let moved = strong.traces[0]
        .values
        .iter()
        .map(|v| (v - rest(&strong)).abs());
    assert!(moved.fold(0.0, f64::max) < 12.0, "noise only");
}

/// A circuit that makes a spike of every event, and hears many sources, sends what those
/// that hear one each do together, but one spike in a cycle of the clock.
#[test]
fn a_bypassed_neuron_spikes_once_in_a_cycle_however_many_excite_it() {
    let neuron = NeuronConfig {
        event_routing_enable_bypass_excitatory: true,
        ..NeuronConfig::default()
    };
    let count = 12;
    // Some 3 ns from event to event, over many steps and into a second stretch.
    let train = |source: usize| -> Vec<f64> {
        let first = 1.0 + 0.0031 * source as f64;
        (0..300).map(|n| first + 0.0371 * f64::from(n)).collect()
    };
    let mut synapses: Vec<_> = (0..count).map(|it| external(it, count, 63)).collect();
    synapses.extend((0..count).map(|it| external(it, it, 63)));
    let stretch = || {
        let neurons = vec![neuron.clone(); count + 1];
        snippet(
            8.0,
            neurons,
            synapses.clone(),
            (0..count).map(train).collect(),
        )
    };
    let experiment = experiment(Chip::nominal(), vec![stretch(), stretch()]);
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for seen in run(&experiment, &|| false) {
        let (one_each, all) = seen.spikes.split_at(count);
        together.extend_from_slice(&all[0]);
        alone.extend(one_each.iter().flatten().copied());
    }
    let sent = alone.len();
    alone.sort_by(f64::total_cmp);
    alone.dedup();
    assert_eq!(together, alone);
    assert!(sent > alone.len() + 1000, "{sent} of which {}", alone.len());
}

/// Of a membrane that fires and an event that goes past it in the same cycle, one is seen.
#[test]
fn a_membrane_and_what_goes_past_it_share_the_clock() {
    let neuron = NeuronConfig {
        event_routing_enable_bypass_excitatory: true,
        ..over_threshold()
    };
    // One for every cycle, for as long as it takes to fire some times.
    let cycle = Chip::nominal().transfer().spike_cycle;
    let train = |count: usize| -> Vec<f64> { (0..count).map(|n| 1.0 + cycle * n as f64).collect() };
    let seen = |count| {
        let synapse = vec![external(0, 0, 63)];
        let stretch = snippet(90.0, vec![neuron.clone()], synapse, vec![train(count)]);
        observe(Chip::nominal(), stretch).spikes.remove(0)
    };
    let (fired, all) = (seen(0), seen(10_000));
    assert!(
        fired
            .iter()
            .filter(|&&time| (5.0..80.0).contains(&time))
            .count()
            > 3
    );
    assert!(all.windows(2).all(|pair| pair[1] - pair[0] > 0.9 * cycle));
    assert!(all.len() >= 10_000, "{}", all.len());
}

/// The same of circuits that excite each other: it does not grow without end.
#[test]
fn bypassed_neurons_that_excite_each_other_keep_to_the_clock() {
    let neuron = NeuronConfig {
        event_routing_enable_bypass_excitatory: true,
        ..NeuronConfig::default()
    };
    let count = 40;
    let mut synapses = vec![external(0, 0, 63)];
    for target in 0..count {
        synapses.extend((0..count).map(|origin| internal(origin, target, 63)));
    }
    for chip in [Chip::nominal(), Chip::new(7)] {
        let cycle = chip.transfer().spike_cycle;
        let stretch = || {
            let neurons = vec![neuron.clone(); count];
            snippet(10.0, neurons, synapses.clone(), vec![vec![1.0]])
        };
        for seen in run(&experiment(chip, vec![stretch(), stretch()]), &|| false) {
            for train in &seen.spikes {
                assert!(train.len() > 10, "{} spikes", train.len());
                let apart = |pair: &[f64]| pair[1] - pair[0] > 0.9 * cycle;
                assert!(train.windows(2).all(apart), "{train:?}");
            }
        }
    }
}
