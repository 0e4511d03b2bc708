//! Networks on the ideal chip against what must hold of any of them: every spike is
//! where the closed form of all that came before it meets the threshold, and nowhere
//! else does it.

mod network;

use hx_emulator::{
    Calibration, Chip, NeuronConfig, Observation, Physical, Polarity, PreSource, Snippet, Synapse,
    physical,
};
use network::{external, internal, membrane, observe, snippet};

/// A sequence of numbers that is the same on any machine (Knuth's MMIX).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    fn code(&mut self, least: u16, most: u16) -> u16 {
        least + self.below(usize::from(most - least) + 1) as u16
    }

    fn weight(&mut self, largest: usize) -> i32 {
        let size = 1 + self.below(largest) as i32;
        if self.below(2) == 0 { size } else { -size }
    }
}

/// Neurons that hear each other and four sources; if `alike`, they differ only in
/// their leak potential.
fn random_network(seed: u64, count: usize, alike: bool) -> Snippet {
    let mut sequence = Sequence(seed);
    let neurons = (0..count)
        .map(|_| {
            let mut neuron = NeuronConfig {
                leak_v_leak: sequence.code(640, 780),
                ..Calibration::Tutorial.neuron()
            };
            if !alike {
                neuron.leak_i_bias = sequence.code(80, 400);
                neuron.reset_v_reset = sequence.code(400, 560);
                neuron.excitatory_input_i_bias_tau = sequence.code(30, 400);
                neuron.inhibitory_input_i_bias_tau = sequence.code(30, 400);
                neuron.refractory_period_refractory_time = sequence.code(1, 255) as u8;
            }
            neuron
        })
        .collect();
    let mut synapses: Vec<Synapse> = Vec::new();
    for target in 0..count {
        for source in 0..4 {
            synapses.push(external(source, target, sequence.weight(400)));
        }
        // Dense rows of some neurons, short lists of the others.
        for origin in 0..count {
            if sequence.below(if origin % 3 == 0 { 12 } else { 2 }) == 0 {
                synapses.push(internal(origin, target, sequence.weight(80)));
            }
        }
    }
    let sources = (0..4)
        .map(|source| {
            (0..12)
                .map(|n| f64::from(n) * (3.7 + f64::from(source)) + 0.2)
                .collect()
        })
        .collect();
    let mut snippet = snippet(60.0, neurons, synapses, sources);
    snippet.probes.push(membrane(count - 1));
    snippet
}

/// When what arrived at a neuron: time, current, whether excitatory.
fn arrivals(
    snippet: &Snippet,
    seen: &Observation,
    target: usize,
    p: &Physical,
) -> Vec<(f64, f64, f64)> {
    let mut arrivals = Vec::new();
    for synapse in snippet.synapses.iter().filter(|s| s.target == target) {
        let times = match synapse.source {
            PreSource::External(source) => &snippet.sources[source as usize],
            PreSource::Neuron(neuron) => &seen.spikes[neuron as usize],
            PreSource::Background { .. } => continue,
        };
        let weight = f64::from(synapse.weight);
        let (current, tau) = match synapse.polarity {
            Polarity::Excitatory => (weight * p.weight_exc, p.tau_syn_exc),
            Polarity::Inhibitory => (-weight * p.weight_inh, p.tau_syn_inh),
        };
        arrivals.extend(times.iter().map(|&time| (time, current, tau)));
    }
    arrivals
}

/// V at `t` of a neuron that was let go at `start` from `v`, by superposition.
fn potential(p: &Physical, arrivals: &[(f64, f64, f64)], start: f64, v: f64, t: f64) -> f64 {
    let mut potential = p.v_leak + (v - p.v_leak) * (-(t - start) / p.tau_m).exp();
    for &(at, current, tau) in arrivals.iter().filter(|arrival| arrival.0 < t) {
        // What is left of the current when it begins to act.
        let from = at.max(start);
        let left = current * (-(from - at) / tau).exp();
        let (leak, fall) = (1.0 / p.tau_m, 1.0 / tau);
        let age = t - from;
        potential += left * ((-leak * age).exp() - (-fall * age).exp()) / (fall - leak);
    }
    potential
}

#[test]
fn spikes_are_where_the_closed_form_meets_the_threshold() {
    for (seed, count, alike) in [(1, 30, true), (2, 30, false), (3, 70, true), (4, 3, false)] {
        let mut snippet = random_network(seed, count, alike);
        // Unseen, they may jump over silence.
        if !alike {
            snippet.probes.clear();
        }
        let seen = observe(Chip::ideal(), snippet.clone());
        let total: usize = seen.spikes.iter().map(Vec::len).sum();
        assert!(total > count, "{total} spikes of {count}");
        for neuron in 0..count {
            let p = physical(&Chip::ideal(), neuron, &snippet.neurons[neuron]);
            let arrivals = arrivals(&snippet, &seen, neuron, &p);
            let (mut start, mut v) = (0.0, p.v_leak);
            let spikes = seen.spikes[neuron].iter().copied();
            for end in spikes.chain([60.0]) {
                assert!(end >= start, "neuron {neuron} fires while it is held");
                let at = |t| potential(&p, &arrivals, start, v, t);
                for part in 0..200 {
                    let t = start + (end - start) * f64::from(part) / 200.0;
                    let over = at(t) - p.v_threshold;
                    // At the very start it may be over: then it fires at once.
                    assert!(over < 1e-9 || end == start, "neuron {neuron} misses {t}");
                }
                if end < 60.0 && end > start {
                    let away = at(end) - p.v_threshold;
                    assert!(away.abs() < 1e-9, "{away} LSB away at {end}");
                }
                (start, v) = (end + p.tau_refrac, p.v_reset);
                if start >= 60.0 {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_trace_is_the_closed_form_between_spikes() {
    for alike in [true, false] {
        let snippet = random_network(5, 25, alike);
        let seen = observe(Chip::ideal(), snippet.clone());
        for trace in &seen.traces {
            let neuron = trace.probe.neuron;
            let p = physical(&Chip::ideal(), neuron, &snippet.neurons[neuron]);
            let arrivals = arrivals(&snippet, &seen, neuron, &p);
            assert!(trace.times.len() > 800);
            for (&t, &value) in trace.times.iter().zip(&trace.values) {
                let last = seen.spikes[neuron].iter().rfind(|spike| **spike < t);
                let expected = match last {
                    Some(spike) if t < spike + p.tau_refrac => p.v_reset,
                    Some(spike) => potential(&p, &arrivals, spike + p.tau_refrac, p.v_reset, t),
                    None => potential(&p, &arrivals, 0.0, p.v_leak, t),
                };
                assert!((value - expected).abs() < 1e-9, "{value} not {expected}");
            }
        }
    }
}

#[test]
fn numbering_the_neurons_otherwise_only_numbers_the_results_otherwise() {
    let count = 40;
    let snippet = random_network(6, count, false);
    // An odd stride goes through all of them.
    let renamed = |neuron: usize| (7 + 11 * neuron) % count;
    let mut other = snippet.clone();
    for neuron in 0..count {
        other.neurons[renamed(neuron)] = snippet.neurons[neuron].clone();
    }
    for synapse in &mut other.synapses {
        synapse.target = renamed(synapse.target);
        if let PreSource::Neuron(neuron) = &mut synapse.source {
            *neuron = renamed(*neuron as usize) as u32;
        }
    }
    let (seen, other) = (
        observe(Chip::ideal(), snippet),
        observe(Chip::ideal(), other),
    );
    for neuron in 0..count {
        let (one, two) = (&seen.spikes[neuron], &other.spikes[renamed(neuron)]);
        assert_eq!(one.len(), two.len());
        for (one, two) in one.iter().zip(two) {
            // Sums in another order round otherwise.
            assert!((one - two).abs() < 1e-8, "{one} not {two}");
        }
    }
}

#[test]
fn who_looks_and_how_long_nothing_happens_changes_nothing() {
    // Rare volleys, each of which makes everyone fire: without a probe the silence
    // between them is jumped over.
    let volleys: Vec<f64> = (0..6)
        .map(|n| 313.7 * f64::from(n) + f64::from(n * n))
        .collect();
    for alike in [true, false] {
        let mut seen_by_one = random_network(7, 20, alike);
        for neuron in &mut seen_by_one.neurons {
            neuron.leak_v_leak = 500;
        }
        seen_by_one.synapses = (0..20)
            .map(|target| external(0, target, 2000 + target as i32))
            .collect();
        seen_by_one.sources = vec![volleys.clone()];
        seen_by_one.duration = 2000.0;
        let mut unseen = seen_by_one.clone();
        unseen.probes.clear();
        let with = observe(Chip::ideal(), seen_by_one);
        let without = observe(Chip::ideal(), unseen);
        for (with, without) in with.spikes.iter().zip(&without.spikes) {
            assert!(with.len() >= 6 && with.len() == without.len());
            for (with, without) in with.iter().zip(without) {
                assert!((with - without).abs() < 1e-9, "{with} not {without}");
            }
        }
    }
}

#[test]
fn identical_neurons_fire_at_identical_times() {
    let mut synapses = Vec::new();
    for target in 0..100 {
        for origin in 0..100 {
            synapses.push(internal(origin, target, if target == 99 { 9 } else { -9 }));
        }
    }
    let neuron = network::over_threshold();
    let seen = observe(
        Chip::ideal(),
        snippet(100.0, vec![neuron; 100], synapses, Vec::new()),
    );
    assert!(seen.spikes[0].len() >= 3);
    assert!(
        seen.spikes[..99]
            .iter()
            .all(|train| *train == seen.spikes[0])
    );
    assert_ne!(seen.spikes[99], seen.spikes[0]);
}

#[test]
fn a_reset_above_the_threshold_fires_at_once_again() {
    // Also the shortest refractory time there is, far below a step.
    for refractory in [1, 100] {
        let neuron = NeuronConfig {
            reset_v_reset: 1000,
            leak_v_leak: 500,
            refractory_period_refractory_time: refractory,
            ..Calibration::Tutorial.neuron()
        };
        let p = physical(&Chip::ideal(), 0, &neuron);
        assert!(p.v_reset > p.v_threshold && p.v_leak < p.v_threshold);
        let seen = observe(
            Chip::ideal(),
            snippet(
                20.0,
                vec![neuron],
                vec![external(0, 0, 2000)],
                vec![vec![5.0]],
            ),
        );
        let spikes = &seen.spikes[0];
        assert_eq!(
            spikes.len(),
            1 + ((20.0 - spikes[0]) / p.tau_refrac) as usize
        );
        for (count, spike) in spikes.iter().enumerate() {
            let expected = spikes[0] + count as f64 * p.tau_refrac;
            assert!((spike - expected).abs() < 1e-9, "{spike} not {expected}");
        }
    }
}

#[test]
fn the_fastest_membrane_there_is_keeps_to_the_closed_form() {
    // Time constants from nanoseconds up: steps are as short as the shortest.
    let fast = NeuronConfig {
        leak_i_bias: 1022,
        leak_enable_multiplication: true,
        membrane_capacitance_capacitance: 0,
        threshold_enable: false,
        ..Calibration::Tutorial.neuron()
    };
    let p = physical(&Chip::ideal(), 0, &fast);
    assert!(p.tau_m < 0.02, "{}", p.tau_m);
    let snippet = snippet(
        30.0,
        vec![fast, network::silent()],
        vec![external(0, 0, 63), external(0, 1, 63)],
        vec![vec![10.0, 11.0]],
    );
    let seen = observe(Chip::ideal(), snippet.clone());
    let arrivals = arrivals(&snippet, &seen, 0, &p);
    for (&t, &value) in seen.traces[0].times.iter().zip(&seen.traces[0].values) {
        let expected = potential(&p, &arrivals, 0.0, p.v_leak, t);
        assert!((value - expected).abs() < 1e-9, "{value} not {expected}");
    }
}
