//! Both converters and all quantities they can look at, and the background generators
//! as the neurons hear them.

mod network;

use hx_emulator::{
    Chip, Converter, Generator, NeuronConfig, Observable, Observation, Polarity, PreSource, Probe,
    Snippet, Synapse,
};
use network::{experiment, external, observe, over_threshold, silent, snippet};
use std::sync::Arc;

fn probe(neuron: usize, observable: Observable, converter: Converter) -> Probe {
    Probe {
        neuron,
        observable,
        converter,
    }
}

/// Five events of weight 63 at 20 µs, which is what the hardware's own test sends.
fn five_events(probes: Vec<Probe>) -> Snippet {
    Snippet {
        probes,
        ..snippet(
            200.0,
            vec![silent(), silent()],
            (0..5).map(|source| external(source, 0, 63)).collect(),
            vec![vec![20.0]; 5],
        )
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    (
        least,
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// The same instant as both converters see it, wherever both sample within 20 ns.
fn pairs(seen: &Observation) -> Vec<(f64, f64)> {
    let (madc, cadc) = (&seen.traces[0], &seen.traces[1]);
    let near = |&time: &f64| {
        let after = madc.times.partition_point(|&other| other < time - 0.017);
        madc.values.get(after).copied()
    };
    let both = cadc.times.iter().zip(&cadc.values);
    both.filter_map(|(time, &value)| Some((near(time)?, value)))
        .collect()
}

#[test]
fn both_converters_agree_about_one_membrane() {
    for (chip, tolerance) in [
        (Chip::nominal().noise(false), 1.5),
        // A rounding of each, and four deviations of the noise of each.
        (Chip::nominal(), 1.5 + 4.0 * (1.5 + 3.0 * 0.5)),
        (Chip::ideal(), 1e-9),
    ] {
        let ideal = chip.is_ideal();
        let probes = [Converter::Madc, Converter::Cadc]
            .map(|converter| probe(0, Observable::Membrane, converter));
        let seen = observe(chip, five_events(probes.to_vec()));
        let pairs = pairs(&seen);
        assert_eq!(pairs.len(), 118); // 200 µs of 1.7 µs
        let (_, peak) = extremes(&seen.traces[0].values);
        assert!(peak > seen.traces[0].values[0] + 50.0);
        // The two do not sample at the very same time; where the membrane is fast
        // that shows.
        let slack = if ideal { 17e-3 * 100.0 } else { 3.0 };
        for (madc, cadc) in pairs {
            let expected = 3.0 * cadc + 63.0;
            assert!(
                (madc - expected).abs() <= tolerance + slack,
                "{madc} and {cadc}"
            );
            assert!(ideal || (cadc.fract() == 0.0 && (0.0..=255.0).contains(&cadc)));
        }
    }
}

#[test]
fn noise_of_a_column_adc_has_the_documented_size() {
    let still = snippet(1e4, vec![silent()], vec![], vec![]);
    let seen = observe(
        Chip::nominal(),
        Snippet {
            probes: vec![probe(0, Observable::InhibitoryInput, Converter::Cadc)],
            ..still
        },
    );
    let values = &seen.traces[0].values;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    // 0.5 LSB, and what the rounding to whole ones adds.
    assert!((variance.sqrt() - (0.25_f64 + 1.0 / 12.0).sqrt()).abs() < 0.05);
}

#[test]
fn events_pull_their_own_line_down_and_no_other() {
    for chip in [Chip::nominal(), Chip::ideal()] {
        for observable in [Observable::ExcitatoryInput, Observable::InhibitoryInput] {
            let seen = observe(
                chip.clone(),
                five_events(vec![probe(0, observable, Converter::Madc)]),
            );
            let values = &seen.traces[0].values;
            let before = values[..500].iter().sum::<f64>() / 500.0;
            let (least, most) = extremes(values);
            assert!(most < before + 10.0);
            let falls = before - least > 20.0;
            assert_eq!(falls, observable == Observable::ExcitatoryInput, "{least}");
            // It comes back: the time constant is that of the input.
            let end = values[values.len() - 500..].iter().sum::<f64>() / 500.0;
            assert!((end - before).abs() < 1.0);
        }
    }
}

#[test]
fn all_column_adcs_sample_at_once_and_no_probe_disturbs_another() {
    let many = |count: usize| Snippet {
        probes: (0..count)
            .map(|neuron| probe(neuron, Observable::Membrane, Converter::Cadc))
            .collect(),
        ..snippet(
            100.0,
            vec![silent(); 70],
            (0..70).map(|neuron| external(0, neuron, 63)).collect(),
            vec![vec![10.0, 30.0]],
        )
    };
    let (few, all) = (
        observe(Chip::nominal(), many(1)),
        observe(Chip::nominal(), many(70)),
    );
    assert_eq!(few.traces[0], all.traces[0]);
    for trace in &all.traces {
        assert!(Arc::ptr_eq(&trace.times, &all.traces[0].times));
        assert_eq!(trace.values.len(), 59);
    }
    assert_ne!(all.traces[0].values, all.traces[1].values);
    // With a MADC beside it, a trace of a CADC is what it was.
    let mut both = many(1);
    both.probes
        .push(probe(0, Observable::Membrane, Converter::Madc));
    assert_eq!(
        observe(Chip::nominal(), both).traces[0].values,
        few.traces[0].values
    );
}

#[test]
fn a_column_adc_sees_resets_whether_or_not_the_madc_looks_too() {
    let firing = |converters: &[Converter]| {
        let probes = converters.iter();
        let stretch = Snippet {
            probes: probes
                .map(|&converter| probe(0, Observable::Membrane, converter))
                .collect(),
            ..snippet(1000.0, vec![over_threshold()], vec![], vec![])
        };
        observe(Chip::nominal().noise(false), stretch)
    };
    let alone = firing(&[Converter::Cadc]);
    let both = firing(&[Converter::Madc, Converter::Cadc]);
    assert!(alone.spikes[0].len() > 20);
    assert_eq!(alone.spikes, both.spikes);
    for (alone, beside) in alone.traces[0].values.iter().zip(&both.traces[1].values) {
        assert!((alone - beside).abs() <= 1.0, "{alone} and {beside}");
    }
    // Where the membrane does not jump, both converters say the same.
    let near = pairs(&both);
    let same = near
        .iter()
        .filter(|(madc, cadc)| (madc - (3.0 * cadc + 63.0)).abs() < 3.0);
    assert!(same.count() * 10 > near.len() * 9);
}

#[test]
fn the_adaptation_is_seen_at_rest_and_as_spikes_move_it() {
    let seen = |neuron: NeuronConfig| {
        let probes = vec![
            probe(0, Observable::Adaptation, Converter::Madc),
            probe(0, Observable::Adaptation, Converter::Cadc),
        ];
        let stretch = snippet(300.0, vec![neuron], vec![], vec![]);
        observe(Chip::nominal().noise(false), Snippet { probes, ..stretch })
    };
    let still = NeuronConfig {
        adaptation_v_ref: 600,
        ..over_threshold()
    };
    let rest = Chip::nominal().transfer().reference(600);
    let observation = seen(still.clone());
    assert!(observation.spikes[0].len() > 5);
    let [madc, cadc] = [0, 1].map(|trace| extremes(&observation.traces[trace].values));
    assert_eq!(madc, (rest.round(), rest.round()));
    assert_eq!(cadc.0, ((rest - 63.0) / 3.0).round());
    let moved = seen(NeuronConfig {
        adaptation_enable_pulse: true,
        adaptation_i_bias_b: 200,
        adaptation_i_bias_tau: 100,
        ..still
    });
    let values = &moved.traces[0].values;
    let first = moved.spikes[0][1];
    let after = moved.traces[0]
        .times
        .partition_point(|time| *time <= first + 0.05);
    // 0.25 LSB per code (4.8): it decays over 80 µs.
    assert!((values[after] - values[after - 4] - 50.0).abs() < 3.0);
    // It jumps once for each spike, and falls in between.
    for pair in values.windows(2) {
        assert!((-3.0..53.0).contains(&(pair[1] - pair[0])), "{pair:?}");
    }
    assert!(extremes(values).1 > rest + 45.0);
}

/// Two members of a generator, one on each of two neurons.
fn generated(duration: f64, rate: f64, recorded: bool) -> Snippet {
    let synapse = |cell: u32| Synapse {
        source: PreSource::Background { generator: 0, cell },
        target: cell as usize,
        polarity: Polarity::Excitatory,
        weight: 63,
        circuit: None,
    };
    Snippet {
        synapses: vec![synapse(0), synapse(1)],
        generators: vec![Generator {
            recorded,
            ..Generator::closest(rate, 1234, 2)
        }],
        ..snippet(duration, vec![silent(), silent()], vec![], vec![])
    }
}

#[test]
fn events_of_a_generator_reach_their_neuron_without_the_way_through_the_fpga() {
    for (chip, delay) in [
        (
            Chip::nominal().noise(false),
            Chip::nominal().transfer().internal_latency,
        ),
        (Chip::ideal(), 0.0),
    ] {
        let seen = observe(chip, generated(1e4, 2e-3, true));
        let first = seen.generated[0][0][0];
        let trace = &seen.traces[0];
        let rest = trace.values[0];
        let onset = trace
            .values
            .iter()
            .position(|v| *v > rest + 0.6)
            .expect("a response");
        let latency = trace.times[onset] - first;
        // It takes a moment to rise by one LSB.
        assert!((delay..delay + 0.35).contains(&latency), "{latency}");
    }
}

#[test]
fn generators_send_the_same_however_a_run_is_cut_and_only_what_is_recorded_is_kept() {
    let whole = observe(Chip::nominal(), generated(600.0, 0.2, true));
    let parts = vec![
        generated(200.0, 0.2, true),
        generated(300.0, 0.2, true),
        generated(100.0, 0.2, true),
    ];
    let parts = hx_emulator::run(&experiment(Chip::nominal(), parts), &|| false);
    for member in 0..2 {
        let joined: Vec<f64> = parts
            .iter()
            .flat_map(|part| part.generated[0][member].clone())
            .collect();
        assert_eq!(whole.generated[0][member], joined);
        assert!(joined.len() > 30);
    }
    let end = |o: &Observation| *o.traces[0].values.last().expect("a sample");
    assert!((end(&whole) - end(&parts[2])).abs() < 40.0);
    let unrecorded = observe(Chip::nominal(), generated(600.0, 0.2, false));
    assert!(unrecorded.generated[0].is_empty());
    // What it does to the neurons does not depend on being looked at.
    assert_eq!(unrecorded.traces, whole.traces);
}

#[test]
fn no_probe_and_no_generator_is_too_strange() {
    let everything = [
        Observable::Membrane,
        Observable::ExcitatoryInput,
        Observable::InhibitoryInput,
        Observable::Adaptation,
    ];
    let probes: Vec<Probe> = [0, 1, 9, usize::MAX]
        .into_iter()
        .flat_map(|neuron| {
            everything.into_iter().flat_map(move |observable| {
                [Converter::Madc, Converter::Cadc]
                    .map(|converter| probe(neuron, observable, converter))
            })
        })
        .collect();
    let stray = |generator, cell| Synapse {
        source: PreSource::Background { generator, cell },
        target: 0,
        polarity: Polarity::Inhibitory,
        weight: 9,
        circuit: None,
    };
    for chip in [Chip::nominal(), Chip::ideal()] {
        let stretches = [f64::NAN, 50.0, 0.0, f64::INFINITY, 20.0].map(|duration| Snippet {
            probes: probes.clone(),
            generators: [0, 1, 300]
                .map(|members| Generator {
                    recorded: true,
                    ..Generator::closest(f64::INFINITY, u32::MAX, members)
                })
                .to_vec(),
            synapses: vec![
                stray(0, 0),
                stray(1, 0),
                stray(2, 299),
                stray(2, 300),
                stray(3, 0),
            ],
            ..snippet(duration, vec![silent(), over_threshold()], vec![], vec![])
        });
        let ideal = chip.is_ideal();
        for seen in hx_emulator::run(&experiment(chip, stretches.to_vec()), &|| false) {
            for trace in &seen.traces {
                assert_eq!(trace.times.len(), trace.values.len());
                assert!(trace.times.is_sorted() && trace.times.iter().all(|t| *t < seen.end));
                let full = if trace.probe.converter == Converter::Madc {
                    1023.0
                } else {
                    255.0
                };
                let valid = |v: &f64| ideal || (v.fract() == 0.0 && (0.0..=full).contains(v));
                assert!(trace.values.iter().all(valid));
                assert!(trace.probe.neuron < 2 || trace.values.is_empty());
            }
            assert_eq!(seen.generated.len(), 3);
            assert!(seen.generated[0].is_empty());
        }
    }
}
