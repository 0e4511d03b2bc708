//! What must hold whatever is configured and sent.

#[path = "properties/any.rs"]
mod any;
mod network;

use any::{alone, any_chip, any_experiment, any_neuron, any_times, passive};
use hx_emulator::{Calibration, Chip, Experiment, NeuronConfig, Observation, physical, run};
use network::{experiment, external, internal, membrane, observe, silent, snippet};
use proptest::prelude::*;

/// How far the integration may be off where everything is at its limit, LSB: at full
/// bias and without capacitance a membrane moves by thousands of LSB in a step.
const STIFF: f64 = 5.0;

/// Whether spikes can come past the membrane.
fn passed_by(config: &NeuronConfig) -> bool {
    config.event_routing_enable_bypass_excitatory || config.event_routing_enable_bypass_inhibitory
}

/// Whether a circuit may share its membrane with others.
fn connected(config: &NeuronConfig) -> bool {
    *config != alone(config.clone())
}

fn same(a: &[Observation], b: &[Observation]) -> bool {
    a == b
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_run_ends_with_numbers_and_respects_the_refractory_time(experiment in any_experiment()) {
        let seen = run(&experiment, &|| false);
        prop_assert_eq!(seen.len(), 2);
        for trace in seen.iter().flat_map(|observation| &observation.traces) {
            prop_assert!(!trace.times.is_empty());
            prop_assert_eq!(trace.times.len(), trace.values.len());
            prop_assert!(trace.values.iter().all(|value| value.is_finite()));
            let range = 0.0..=1023.0;
            let inside = trace.values.iter().all(|value| range.contains(value));
            prop_assert!(inside || experiment.chip.is_ideal());
            prop_assert!(trace.times.is_sorted());
        }
        for (index, snippet) in experiment.snippets.iter().enumerate() {
            for (neuron, config) in snippet.neurons.iter().enumerate() {
                let spikes = &seen[index].spikes[neuron];
                let range = 20.0 * index as f64..20.0 * (index + 1) as f64;
                // Circuits that are connected note one on the border with what is before.
                let ends = |spike: f64| spike == range.end && snippet.neurons.iter().any(connected);
                prop_assert!(spikes.iter().all(|&spike| range.contains(&spike) || ends(spike)));
                prop_assert!(spikes.is_sorted());
                // Spikes that pass the membrane by know no refractory time, and those on
                // their way when a snippet ends come in the next one.
                let until_now = experiment.snippets[..=index].iter();
                if until_now.map(|snippet| &snippet.neurons[neuron]).any(passed_by) {
                    continue;
                }
                let refractory = physical(&experiment.chip, neuron, config).tau_refrac;
                prop_assert!(spikes.windows(2).all(|pair| pair[1] - pair[0] > refractory - 1e-9));
                prop_assert!(config.threshold_enable || index > 0 || spikes.is_empty());
            }
        }
    }

    #[test]
    fn the_seed_decides(experiment in any_experiment()) {
        prop_assert!(same(&run(&experiment, &|| false), &run(&experiment, &|| false)));
    }

    #[test]
    fn more_weight_lifts_more(
        neuron in any_neuron(),
        times in any_times(),
        weight in 0i32..6300,
        more in 1i32..63,
        chip in any_chip(),
    ) {
        let neuron = alone(passive(neuron));
        let trace = |weight| {
            let stretch = snippet(
                40.0,
                vec![neuron.clone()],
                vec![external(0, 0, weight)],
                vec![times.clone()],
            );
            observe(chip.clone().noise(false), stretch).traces.remove(0).values
        };
        let tolerance = if chip.is_ideal() { 1e-6 } else { STIFF };
        for (less, more) in trace(weight).iter().zip(trace(weight + more)) {
            prop_assert!(more >= less - tolerance, "{} then {}", less, more);
        }
    }

    #[test]
    fn inhibition_never_lifts_above_rest(
        neuron in any_neuron(),
        times in any_times(),
        weight in 1i32..6300,
        chip in any_chip(),
    ) {
        let neuron = alone(passive(neuron));
        let stretch = snippet(40.0, vec![neuron], vec![external(0, 0, -weight)], vec![times]);
        let values = observe(chip.clone().noise(false), stretch).traces.remove(0).values;
        let rest = values[0];
        // A rest between two LSB may be read as either.
        let tolerance = if chip.is_ideal() { 1e-6 } else { 1.0 };
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(highest <= rest + tolerance, "{} over {}", highest, rest);
    }

    #[test]
    fn a_later_input_does_the_same_later(
        neuron in any_neuron(),
        times in any_times(),
        weight in -3000i32..3000,
        chip in any_chip(),
        shift in 0usize..100,
    ) {
        // It may adapt, but not explode: an upstroke makes much of the last digits. Nor is
        // it as fast as without a capacitance or with an input at its strongest, where a step is
        // too long for a flank.
        let neuron = NeuronConfig {
            adaptation_enable: neuron.adaptation_enable,
            membrane_capacitance_capacitance: neuron.membrane_capacitance_capacitance.max(30),
            excitatory_input_i_bias_gm: neuron.excitatory_input_i_bias_gm.min(700),
            inhibitory_input_i_bias_gm: neuron.inhibitory_input_i_bias_gm.min(700),
            ..alone(passive(neuron))
        };
        // Both the clock of the inputs (8 ns) and that of the MADC (34 ns) move by whole cycles.
        let samples = 4 * shift;
        let late = 0.034 * samples as f64;
        let trace = |late: f64| {
            let stretch = snippet(
                60.0,
                vec![neuron.clone()],
                vec![external(0, 0, weight)],
                vec![times.iter().map(|time| time + late).collect()],
            );
            observe(chip.clone().noise(false), stretch).traces.remove(0).values
        };
        let (early, late) = (trace(0.0), trace(late));
        // A strong input lets the membrane chatter around its end by two or three LSB, by where
        // a step begins.
        let tolerance = if chip.is_ideal() { 1e-6 } else { 4.0 };
        // On a steep flank a nanosecond is many LSB: then it may be what it is a sample away.
        for (index, late) in late[samples..].iter().enumerate() {
            let near = &early[index.saturating_sub(1)..(index + 2).min(early.len())];
            let (least, most) = near.iter().fold((*late, *late), |(least, most), value| (value.min(least), value.max(most)));
            let close = (early[index] - late).abs() <= tolerance;
            prop_assert!(close || (least + 1e-9 < *late && *late < most - 1e-9), "{} then {}", early[index], late);
        }
    }

    #[test]
    fn neurons_have_no_order(
        neurons in prop::collection::vec(any_neuron(), 4),
        order in Just([0usize, 1, 2, 3]).prop_shuffle(),
        places in Just((0usize..512).collect::<Vec<_>>()).prop_shuffle(),
        times in [any_times(), any_times()],
        weights in prop::collection::vec((0usize..6, 0usize..4, -1500i32..1500), 0..16),
        chip in any_chip(),
    ) {
        let outcome = |order: &[usize; 4]| {
            // Neuron n of the original is now at order[n].
            let mut stretch = snippet(20.0, vec![NeuronConfig::default(); 4], Vec::new(), times.to_vec());
            let mut positions = vec![0; 4];
            for (neuron, config) in neurons.iter().enumerate() {
                stretch.neurons[order[neuron]] = config.clone();
                positions[order[neuron]] = places[neuron];
            }
            stretch.synapses = weights.iter().map(|&(from, to, weight)| match from {
                0 | 1 => external(from, order[to], weight),
                neuron => internal(order[neuron - 2], order[to], weight),
            }).collect();
            stretch.probes = vec![membrane(order[0])];
            let whole = Experiment { positions, ..experiment(chip.clone().noise(false), vec![stretch]) };
            let seen = run(&whole, &|| false).remove(0);
            let spikes: Vec<Vec<f64>> = order.iter().map(|&at| seen.spikes[at].clone()).collect();
            (spikes, seen.traces[0].values.clone())
        };
        prop_assert_eq!(outcome(&[0, 1, 2, 3]), outcome(&order));
    }

    #[test]
    fn neurons_nobody_knows_change_nothing(
        experiment in any_experiment(),
        others in prop::collection::vec(any_neuron(), 1..20),
        alien in any_times(),
        weight in -3000i32..3000,
    ) {
        // Noise is another with another number of neurons.
        let chip = experiment.chip.clone().noise(false);
        let experiment = Experiment { chip, ..experiment };
        let mut crowded = experiment.clone();
        for snippet in &mut crowded.snippets {
            for other in &others {
                snippet.neurons.push(alone(other.clone()));
                let target = snippet.neurons.len() - 1;
                snippet.synapses.push(external(2, target, weight));
            }
            snippet.sources.push(alien.clone());
        }
        // Not beside the two: a switch of theirs would connect them.
        crowded.positions = [0, 1].into_iter().chain(130..).take(2 + others.len()).collect();
        let both = (run(&experiment, &|| false), run(&crowded, &|| false));
        for (few, many) in both.0.iter().zip(&both.1) {
            if !experiment.chip.is_ideal() {
                prop_assert_eq!(&few.traces, &many.traces);
                prop_assert_eq!(&few.spikes[..], &many.spikes[..2]);
                continue;
            }
            // Exact sums are taken in other steps where more happens.
            for (few, many) in few.spikes.iter().zip(&many.spikes) {
                prop_assert!(few.len().abs_diff(many.len()) <= 1);
                let mut pairs = few.iter().zip(many);
                prop_assert!(pairs.all(|(few, many)| (few - many).abs() < 1e-6));
            }
        }
    }

    #[test]
    fn the_ideal_chip_does_not_know_what_time_it_is(
        times in any_times(),
        weight in 100i32..1000,
        shift in 0.0f64..50.0,
    ) {
        let outcome = |shift: f64| {
            let stretch = snippet(
                100.0,
                vec![Calibration::Tutorial.neuron()],
                vec![external(0, 0, weight)],
                vec![times.iter().map(|time| time + shift).collect()],
            );
            observe(Chip::ideal(), stretch).spikes.remove(0)
        };
        let moved = outcome(shift);
        let still: Vec<f64> = outcome(0.0).iter().map(|spike| spike + shift).collect();
        let still: Vec<f64> = still.into_iter().filter(|spike| *spike < 99.9).collect();
        prop_assert!(moved.len() >= still.len());
        for (moved, still) in moved.iter().zip(&still) {
            prop_assert!((moved - still).abs() < 1e-7, "{} not {}", moved, still);
        }
    }

    #[test]
    fn on_the_ideal_chip_responses_add(
        first in any_times(),
        second in any_times(),
        weights in [-2000i32..2000, -2000i32..2000],
    ) {
        let rest = physical(&Chip::ideal(), 0, &silent()).v_leak;
        let trace = |weights: [i32; 2]| {
            let stretch = snippet(
                60.0,
                vec![silent()],
                vec![external(0, 0, weights[0]), external(1, 0, weights[1])],
                vec![first.clone(), second.clone()],
            );
            observe(Chip::ideal(), stretch).traces.remove(0).values
        };
        let both = trace(weights);
        let (one, other) = (trace([weights[0], 0]), trace([0, weights[1]]));
        for ((both, one), other) in both.iter().zip(one).zip(other) {
            prop_assert!((both - (one + other - rest)).abs() < 1e-6);
        }
    }
}
