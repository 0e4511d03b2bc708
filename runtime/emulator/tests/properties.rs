//! What must hold whatever is configured and sent.

mod network;

use hx_emulator::{Calibration, Chip, Experiment, NeuronConfig, Observation, physical, run};
use network::{experiment, external, internal, membrane, observe, silent, snippet};
use proptest::prelude::*;

fn code() -> impl Strategy<Value = u16> {
    prop_oneof![Just(0), Just(1022), 0u16..=1022]
}

/// Any configuration there is.
fn any_neuron() -> impl Strategy<Value = NeuronConfig> {
    let codes = prop::array::uniform10(code());
    let switches = prop::array::uniform15(any::<bool>());
    (codes, switches, 0u8..=63, any::<u8>(), 0u8..=1).prop_map(
        |(codes, switches, capacitance, refractory, direction)| NeuronConfig {
            leak_v_leak: codes[0],
            leak_i_bias: codes[1],
            leak_enable_division: switches[0],
            leak_enable_multiplication: switches[1],
            leak_enable_degeneration: switches[2],
            reset_v_reset: codes[2],
            reset_i_bias: codes[3],
            reset_enable_division: switches[3],
            reset_enable_multiplication: switches[4],
            reset_enable_degeneration: switches[5],
            threshold_enable: switches[6],
            threshold_v_threshold: codes[4],
            membrane_capacitance_capacitance: capacitance,
            refractory_period_refractory_time: refractory,
            excitatory_input_enable: switches[7],
            excitatory_input_i_bias_gm: codes[5],
            excitatory_input_i_bias_tau: codes[6],
            excitatory_input_enable_high_resistance: switches[8],
            excitatory_input_enable_small_capacitance: switches[9],
            inhibitory_input_enable: switches[10],
            inhibitory_input_i_bias_gm: codes[7],
            inhibitory_input_i_bias_tau: codes[8],
            inhibitory_input_enable_high_resistance: switches[11],
            inhibitory_input_enable_small_capacitance: switches[12],
            constant_current_enable: switches[13],
            constant_current_i_offset: codes[9],
            constant_current_type: direction,
            ..NeuronConfig::default()
        },
    )
}

fn any_times() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..40.0, 0..30).prop_map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    })
}

/// Two neurons that hear two sources and each other, in two snippets.
fn any_experiment() -> impl Strategy<Value = Experiment> {
    (
        [any_neuron(), any_neuron(), any_neuron()],
        [any_times(), any_times()],
        prop::array::uniform4(-6300i32..6300),
        (any::<bool>(), any::<bool>(), any::<u64>()),
    )
        .prop_map(|(neurons, sources, weights, (ideal, noise, seed))| {
            let [first, second, later] = neurons;
            let synapses = vec![
                external(0, 0, weights[0]),
                external(1, 1, weights[1]),
                internal(0, 1, weights[2]),
                internal(1, 0, weights[3]),
            ];
            let stretch = |a: &NeuronConfig, b: &NeuronConfig| {
                let mut stretch = snippet(
                    20.0,
                    vec![a.clone(), b.clone()],
                    synapses.clone(),
                    sources.to_vec(),
                );
                stretch.probes.push(membrane(1));
                stretch
            };
            let chip = if ideal {
                Chip::ideal()
            } else {
                Chip::nominal()
            };
            experiment(
                chip.noise(noise).seed(seed),
                vec![stretch(&first, &second), stretch(&later, &first)],
            )
        })
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
            prop_assert!(trace.times.is_sorted());
        }
        for (index, snippet) in experiment.snippets.iter().enumerate() {
            for (neuron, config) in snippet.neurons.iter().enumerate() {
                let spikes = &seen[index].spikes[neuron];
                let refractory = physical(&experiment.chip, neuron, config).tau_refrac;
                let range = 20.0 * index as f64..20.0 * (index + 1) as f64;
                prop_assert!(spikes.iter().all(|spike| range.contains(spike)));
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
        ideal in any::<bool>(),
    ) {
        let neuron = NeuronConfig { threshold_enable: false, ..neuron };
        let chip = if ideal { Chip::ideal() } else { Chip::nominal().noise(false) };
        let trace = |weight| {
            let stretch = snippet(
                40.0,
                vec![neuron.clone()],
                vec![external(0, 0, weight)],
                vec![times.clone()],
            );
            observe(chip.clone(), stretch).traces.remove(0).values
        };
        let tolerance = if ideal { 1e-6 } else { 1.0 };
        for (less, more) in trace(weight).iter().zip(trace(weight + more)) {
            prop_assert!(more >= less - tolerance, "{} then {}", less, more);
        }
    }

    #[test]
    fn inhibition_never_lifts_above_rest(
        neuron in any_neuron(),
        times in any_times(),
        weight in 1i32..6300,
        ideal in any::<bool>(),
    ) {
        let neuron = NeuronConfig { threshold_enable: false, ..neuron };
        let chip = if ideal { Chip::ideal() } else { Chip::nominal().noise(false) };
        let stretch = snippet(40.0, vec![neuron], vec![external(0, 0, -weight)], vec![times]);
        let values = observe(chip, stretch).traces.remove(0).values;
        let rest = values[0];
        prop_assert!(values.iter().all(|value| *value <= rest + 1e-6));
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
