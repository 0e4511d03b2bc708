//! The ideal chip against closed forms and a brute-force integration, both
//! written here from the equations alone.

mod network;

use hx_emulator::{Calibration, Chip, NeuronConfig, Physical, Transfer, physical, run};
use network::{experiment, external, internal, membrane, observe, over_threshold, silent, snippet};

fn numbers(neuron: &NeuronConfig) -> Physical {
    physical(&Chip::ideal(), 0, neuron)
}

/// What a current that starts at 1 LSB/µs adds to the membrane t µs later.
fn double_exponential(tau_m: f64, tau_syn: f64, t: f64) -> f64 {
    if t <= 0.0 {
        return 0.0;
    }
    tau_m * tau_syn / (tau_m - tau_syn) * ((-t / tau_m).exp() - (-t / tau_syn).exp())
}

#[test]
fn potentials_are_the_superposition_of_double_exponentials() {
    let neuron = silent();
    let numbers = numbers(&neuron);
    let arrivals = [
        (3.0, 63.0 * numbers.weight_exc, numbers.tau_syn_exc),
        (5.5, -40.0 * numbers.weight_inh, numbers.tau_syn_inh),
        (5.5, 250.0 * numbers.weight_exc, numbers.tau_syn_exc),
        (31.25, 63.0 * numbers.weight_exc, numbers.tau_syn_exc),
    ];
    let synapses = vec![external(0, 0, 63), external(1, 0, -40), external(2, 0, 250)];
    let sources = vec![vec![3.0, 31.25], vec![5.5], vec![5.5]];
    let seen = observe(
        Chip::ideal(),
        snippet(60.0, vec![neuron], synapses, sources),
    );
    let trace = &seen.traces[0];
    assert_eq!(trace.times.len(), 1765);
    for (&time, value) in trace.times.iter().zip(&trace.values) {
        let expected: f64 = numbers.v_leak
            + arrivals
                .iter()
                .map(|(at, current, tau)| {
                    current * double_exponential(numbers.tau_m, *tau, time - at)
                })
                .sum::<f64>();
        assert!((value - expected).abs() < 1e-9, "{value} not {expected}");
    }
}

#[test]
fn equal_time_constants_give_the_alpha_function() {
    let nominal = Transfer::NOMINAL;
    let headroom = nominal.headroom(nominal.reference(silent().leak_v_leak));
    let transfer = Transfer {
        synapse_time_offset: 0.0,
        synapse_time: nominal.amplifier_time / headroom,
        ..nominal
    };
    for code in [160, 161] {
        let neuron = NeuronConfig {
            leak_i_bias: 160,
            excitatory_input_i_bias_tau: code,
            ..silent()
        };
        let chip = Chip::ideal().with_transfer(transfer);
        let numbers = physical(&chip, 0, &neuron);
        let apart = (numbers.tau_m - numbers.tau_syn_exc).abs();
        assert_eq!(code == 160, apart < 1e-12);
        let seen = observe(
            chip,
            snippet(
                80.0,
                vec![neuron],
                vec![external(0, 0, 63)],
                vec![vec![0.0]],
            ),
        );
        let current = 63.0 * numbers.weight_exc;
        for (&t, value) in seen.traces[0].times.iter().zip(&seen.traces[0].values) {
            let psp = if code == 160 {
                t * (-t / numbers.tau_m).exp()
            } else {
                double_exponential(numbers.tau_m, numbers.tau_syn_exc, t)
            };
            let expected = numbers.v_leak + current * psp;
            assert!((value - expected).abs() < 1e-9, "{value} not {expected}");
        }
    }
}

#[test]
fn a_constant_drive_gives_the_textbook_interval() {
    let driven = NeuronConfig {
        constant_current_enable: true,
        constant_current_i_offset: 900,
        ..Calibration::Tutorial.neuron()
    };
    for neuron in [over_threshold(), driven] {
        let numbers = numbers(&neuron);
        assert!(numbers.v_leak > numbers.v_threshold);
        let interval = numbers.tau_refrac
            + numbers.tau_m
                * ((numbers.v_leak - numbers.v_reset) / (numbers.v_leak - numbers.v_threshold))
                    .ln();
        let seen = observe(
            Chip::ideal(),
            snippet(200.0, vec![neuron], Vec::new(), Vec::new()),
        );
        // It starts at the leak potential, above the threshold: a spike at 0.
        assert_eq!(seen.spikes[0].len(), (200.0 / interval) as usize + 1);
        for (count, spike) in seen.spikes[0].iter().enumerate() {
            let expected = count as f64 * interval;
            assert!((spike - expected).abs() < 1e-9, "{spike} not {expected}");
        }
    }
}

#[test]
fn a_peak_just_over_the_threshold_is_found_and_one_just_under_is_not() {
    let neuron = Calibration::Tutorial.neuron();
    let plain = numbers(&neuron);
    let (tau_m, tau_syn) = (plain.tau_m, plain.tau_syn_exc);
    // Where the double exponential is flat.
    let top = tau_m * tau_syn / (tau_m - tau_syn) * (tau_m / tau_syn).ln();
    let peak = plain.v_leak + 63.0 * plain.weight_exc * double_exponential(tau_m, tau_syn, top);
    for (margin, expected) in [(1e-9, 1), (-1e-9, 0)] {
        let mut transfer = Transfer::NOMINAL;
        transfer.threshold_offset += peak - plain.v_threshold - margin;
        // The next event is far behind the peak.
        for duration in [top + 0.5, 5000.0] {
            let seen = observe(
                Chip::ideal().with_transfer(transfer),
                snippet(
                    duration + 1.0,
                    vec![neuron.clone()],
                    vec![external(0, 0, 63)],
                    vec![vec![1.0]],
                ),
            );
            assert_eq!(seen.spikes[0].len(), expected);
            for spike in &seen.spikes[0] {
                // V is flat there: 1e-9 LSB are some 1e-5 µs.
                assert!((spike - 1.0 - top).abs() < 1e-3, "{spike}");
            }
        }
    }
}

#[test]
fn a_rebound_over_the_threshold_is_found() {
    // Inhibition that outlasts a strong excitation: up, down and up again
    // between two events.
    let neuron = NeuronConfig {
        leak_v_leak: 900,
        inhibitory_input_i_bias_tau: 60,
        excitatory_input_i_bias_tau: 700,
        ..Calibration::Tutorial.neuron()
    };
    let mut transfer = Transfer::NOMINAL;
    transfer.threshold_offset += 180.0;
    let chip = Chip::ideal().with_transfer(transfer);
    let numbers = physical(&chip, 0, &neuron);
    assert!(numbers.v_leak < numbers.v_threshold);
    let synapses = vec![external(0, 0, 2500), external(0, 0, -600)];
    let seen = observe(
        chip,
        snippet(200.0, vec![neuron], synapses, vec![vec![10.0]]),
    );
    let potential = |t: f64| {
        numbers.v_leak
            + 2500.0
                * numbers.weight_exc
                * double_exponential(numbers.tau_m, numbers.tau_syn_exc, t)
            - 600.0 * numbers.weight_inh * double_exponential(numbers.tau_m, numbers.tau_syn_inh, t)
    };
    let crossing = (0..2_000_000)
        .map(|n| f64::from(n) * 1e-5)
        .find(|t| potential(*t) >= numbers.v_threshold)
        .expect("the excitation crosses the threshold");
    assert!((seen.spikes[0][0] - 10.0 - crossing).abs() < 2e-5);
}

/// Neurons 0 and 1 excite and inhibit each other: integrated with small steps
/// of a fourth-order method, spikes placed by linear interpolation.
fn brute_force(
    numbers: [Physical; 2],
    weights: [[f64; 2]; 2],
    drive: &[f64],
    drive_weight: f64,
    end: f64,
) -> [Vec<f64>; 2] {
    let step = 2e-4;
    let mut v = [numbers[0].v_leak, numbers[1].v_leak];
    let (mut up, mut down) = ([0.0; 2], [0.0; 2]);
    let mut held_until = [0.0f64; 2];
    let mut spikes = [Vec::new(), Vec::new()];
    for n in 0..(end / step) as usize {
        let now = n as f64 * step;
        if drive.iter().any(|at| (at - now).abs() < step / 2.0) {
            up[0] += drive_weight * numbers[0].weight_exc;
        }
        let mut sent = [[0.0; 2]; 2];
        for i in 0..2 {
            let p = &numbers[i];
            let slope = |v: f64, t: f64| {
                (p.v_leak - v) / p.tau_m + up[i] * (-t / p.tau_syn_exc).exp()
                    - down[i] * (-t / p.tau_syn_inh).exp()
            };
            let from = (held_until[i] - now).clamp(0.0, step);
            let h = step - from;
            let k1 = slope(v[i], from);
            let k2 = slope(v[i] + 0.5 * h * k1, from + 0.5 * h);
            let k3 = slope(v[i] + 0.5 * h * k2, from + 0.5 * h);
            let k4 = slope(v[i] + h * k3, step);
            let next = v[i] + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
            up[i] *= (-step / p.tau_syn_exc).exp();
            down[i] *= (-step / p.tau_syn_inh).exp();
            if h > 0.0 && next >= p.v_threshold {
                let spike = now + from + h * (p.v_threshold - v[i]).max(0.0) / (next - v[i]);
                spikes[i].push(spike);
                held_until[i] = spike + p.tau_refrac;
                v[i] = p.v_reset;
                let target = 1 - i;
                let weight = weights[i][target];
                // What is left of the current at the end of this step.
                let late = now + step - spike;
                if weight > 0.0 {
                    sent[target][0] += weight
                        * numbers[target].weight_exc
                        * (-late / numbers[target].tau_syn_exc).exp();
                } else {
                    sent[target][1] -= weight
                        * numbers[target].weight_inh
                        * (-late / numbers[target].tau_syn_inh).exp();
                }
            } else {
                v[i] = next;
            }
        }
        for i in 0..2 {
            up[i] += sent[i][0];
            down[i] += sent[i][1];
        }
    }
    spikes
}

#[test]
fn neurons_that_talk_to_each_other_agree_with_brute_force() {
    let neuron = Calibration::Tutorial.neuron();
    let drive: Vec<f64> = (1..9).map(|n| f64::from(n) * 11.0).collect();
    let seen = observe(
        Chip::ideal(),
        snippet(
            100.0,
            vec![neuron.clone(), neuron.clone()],
            vec![
                external(0, 0, 380),
                internal(0, 1, 400),
                internal(1, 0, -63),
            ],
            vec![drive.clone()],
        ),
    );
    let p = numbers(&neuron);
    let expected = brute_force([p, p], [[0.0, 400.0], [-63.0, 0.0]], &drive, 380.0, 100.0);
    assert!(
        expected[0].len() >= 5 && expected[1].len() >= 5,
        "{expected:?}"
    );
    for (seen, expected) in seen.spikes.iter().zip(&expected) {
        assert_eq!(seen.len(), expected.len());
        for (seen, expected) in seen.iter().zip(expected) {
            // The brute force is good to its step.
            assert!((seen - expected).abs() < 1e-3, "{seen} not {expected}");
        }
    }
}

#[test]
fn cutting_a_run_into_snippets_changes_nothing() {
    let neuron = Calibration::Tutorial.neuron();
    let stretch = |duration| {
        let mut stretch = snippet(
            duration,
            vec![neuron.clone(), neuron.clone()],
            vec![external(0, 0, 500), internal(0, 1, 500)],
            vec![vec![2.0, 17.5, 18.0, 44.0]],
        );
        stretch.probes.push(membrane(1));
        stretch
    };
    let whole = observe(Chip::ideal(), stretch(60.0));
    let cuts = vec![stretch(18.0), stretch(3.3), stretch(38.7)];
    let parts = run(&experiment(Chip::ideal(), cuts), &|| false);
    for neuron in 0..2 {
        let spikes: Vec<f64> = parts
            .iter()
            .flat_map(|o| o.spikes[neuron].clone())
            .collect();
        assert!(!spikes.is_empty());
        assert_eq!(spikes.len(), whole.spikes[neuron].len());
        for (part, whole) in spikes.iter().zip(&whole.spikes[neuron]) {
            assert!((part - whole).abs() < 1e-9);
        }
        let trace = &whole.traces[neuron];
        let values: Vec<f64> = parts
            .iter()
            .flat_map(|o| o.traces[neuron].values.clone())
            .collect();
        let times: Vec<f64> = parts
            .iter()
            .flat_map(|o| o.traces[neuron].times.to_vec())
            .collect();
        assert_eq!(times, *trace.times);
        for (part, whole) in values.iter().zip(&trace.values) {
            assert!((part - whole).abs() < 1e-8);
        }
    }
}

#[test]
fn a_new_configuration_acts_from_its_boundary_on() {
    let quiet = silent();
    let driven = NeuronConfig {
        constant_current_enable: true,
        constant_current_i_offset: 200,
        ..quiet.clone()
    };
    let (before, after) = (numbers(&quiet), numbers(&driven));
    let stretch = |neuron: &NeuronConfig| snippet(50.0, vec![neuron.clone()], vec![], vec![]);
    let seen = run(
        &experiment(Chip::ideal(), vec![stretch(&quiet), stretch(&driven)]),
        &|| false,
    );
    for value in &seen[0].traces[0].values {
        assert!((value - before.v_leak).abs() < 1e-9);
    }
    for (time, value) in seen[1].traces[0]
        .times
        .iter()
        .zip(&seen[1].traces[0].values)
    {
        let expected =
            after.v_leak + (before.v_leak - after.v_leak) * (-(time - 50.0) / after.tau_m).exp();
        assert!((value - expected).abs() < 1e-9, "{value} not {expected}");
    }
}
