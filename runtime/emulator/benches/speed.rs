//! How long the emulated chip takes for what the project promises, each next to a
//! plain scalar loop over uniform LIF neurons of the same size, timed in the same
//! run: what matters is the ratio, since machines differ.
//!
//! `cargo bench -p hx-emulator`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hx_emulator::{
    Analog, Calibration, Chip, Converter, Experiment, NeuronConfig, Origin, Polarity, Probe,
    Snippet, Synapse, run,
};

/// Neurons of a chip.
const NEURONS: usize = 512;
/// Synapses of a neuron.
const FAN_IN: usize = 256;

fn experiment(chip: Chip, snippet: Snippet) -> Experiment {
    Experiment {
        chip,
        positions: (0..snippet.neurons.len()).collect(),
        snippets: vec![snippet],
        trial: 0,
    }
}

fn membrane(neuron: usize) -> Probe {
    Probe {
        neuron,
        analog: Analog::Membrane,
        converter: Converter::Madc,
    }
}

/// (a) The introductory tutorial: one neuron, five sources, 0.1 ms.
fn tutorial() -> Experiment {
    let neuron = NeuronConfig {
        leak_v_leak: 400,
        leak_i_bias: 200,
        threshold_v_threshold: 400,
        refractory_period_refractory_time: 100,
        reset_v_reset: 300,
        reset_i_bias: 1000,
        ..Calibration::Tutorial.neuron()
    };
    let synapse = |source| Synapse {
        origin: Origin::External(source),
        target: 0,
        polarity: Polarity::Excitatory,
        weight: 63,
        circuit: None,
    };
    let snippet = Snippet {
        duration: 100.0,
        neurons: vec![neuron],
        synapses: (0..5).map(synapse).collect(),
        sources: vec![vec![10.0, 30.0, 50.0, 70.0, 90.0]; 5],
        probes: vec![membrane(0)],
        ..Snippet::default()
    };
    experiment(Chip::nominal(), snippet)
}

/// A sequence of numbers that is the same on any machine (Knuth's MMIX).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

/// (b) A full chip: every neuron hears 256 others, half of which inhibit, and
/// fires at about 20 kHz; 1 ms.
fn full_chip(chip: Chip) -> Experiment {
    let mut sequence = Sequence(7);
    let mut synapses = Vec::new();
    for target in 0..NEURONS {
        let first = sequence.below(NEURONS);
        for number in 0..FAN_IN {
            // An odd stride goes through all neurons before it meets one again.
            let neuron = (first + 5 * number) % NEURONS;
            synapses.push(Synapse {
                origin: Origin::Neuron(neuron),
                target,
                polarity: if neuron.is_multiple_of(2) {
                    Polarity::Excitatory
                } else {
                    Polarity::Inhibitory
                },
                weight: 1 + sequence.below(15) as u32,
                circuit: None,
            });
        }
    }
    let neurons = (0..NEURONS)
        .map(|_| NeuronConfig {
            leak_v_leak: 706 + 4 * sequence.below(20) as u16,
            ..Calibration::Tutorial.neuron()
        })
        .collect();
    let snippet = Snippet {
        duration: 1000.0,
        neurons,
        synapses,
        sources: Vec::new(),
        probes: Vec::new(),
        ..Snippet::default()
    };
    experiment(chip, snippet)
}

/// (e) One neuron that fires, 10 ms, its membrane recorded.
fn recording(chip: Chip) -> Experiment {
    let snippet = Snippet {
        duration: 10_000.0,
        neurons: vec![NeuronConfig {
            leak_v_leak: 900,
            ..Calibration::Tutorial.neuron()
        }],
        synapses: Vec::new(),
        sources: Vec::new(),
        probes: vec![membrane(0)],
        ..Snippet::default()
    };
    experiment(chip, snippet)
}

/// The textbook neuron as one would first write it: `count` neurons with the same
/// constants, exact decay over steps of 0.1 µs, a dense row of weights per spike.
fn plain(count: usize, duration: f64) -> usize {
    let step = 0.1f32;
    let (membrane, synapse) = ((-step / 10.0).exp(), (-step / 3.05).exp());
    let mut sequence = Sequence(7);
    let weights: Vec<f32> = (0..count * count)
        .map(|_| {
            if count == 1 {
                0.0
            } else {
                0.1 * (sequence.below(31) as f32 - 15.0)
            }
        })
        .collect();
    let mut v: Vec<f32> = (0..count)
        .map(|_| 276.0 + sequence.below(160) as f32)
        .collect();
    let mut current = vec![0.0f32; count];
    let mut free = vec![0u32; count];
    let mut fired = Vec::with_capacity(count);
    let mut spikes = 0;
    for now in 0..(duration / f64::from(step)) as u32 {
        fired.clear();
        for neuron in 0..count {
            current[neuron] *= synapse;
            if free[neuron] > now {
                continue;
            }
            v[neuron] = 441.0 + (v[neuron] - 441.0) * membrane + current[neuron] * step;
            if v[neuron] >= 440.0 {
                v[neuron] = 276.0;
                free[neuron] = now + 20;
                fired.push(neuron);
            }
        }
        for &neuron in &fired {
            let row = &weights[neuron * count..(neuron + 1) * count];
            for (current, weight) in current.iter_mut().zip(row) {
                *current += weight;
            }
        }
        spikes += fired.len();
    }
    spikes
}

fn speed(criterion: &mut Criterion) {
    let spikes = |experiment: &Experiment| -> usize {
        let seen = run(experiment, &|| false);
        seen[0].spikes.iter().map(Vec::len).sum()
    };
    let busy = full_chip(Chip::nominal());
    println!(
        "(b) fires at {:.1} kHz",
        spikes(&busy) as f64 / NEURONS as f64
    );
    criterion.bench_function("b/full chip", |bencher| {
        bencher.iter(|| run(black_box(&busy), &|| false));
    });
    let ideal = full_chip(Chip::ideal());
    println!(
        "the ideal chip at {:.1} kHz",
        spikes(&ideal) as f64 / NEURONS as f64
    );
    criterion.bench_function("b/full chip, ideal", |bencher| {
        bencher.iter(|| run(black_box(&ideal), &|| false));
    });
    criterion.bench_function("b/plain loop", |bencher| {
        bencher.iter(|| plain(black_box(NEURONS), 1000.0));
    });
    println!(
        "the plain loop at {:.1} kHz",
        plain(NEURONS, 1000.0) as f64 / NEURONS as f64
    );
    let tutorial = tutorial();
    criterion.bench_function("a/tutorial", |bencher| {
        bencher.iter(|| run(black_box(&tutorial), &|| false));
    });
    criterion.bench_function("a/plain loop", |bencher| {
        bencher.iter(|| plain(black_box(1), 100.0));
    });
    let recording = recording(Chip::nominal());
    criterion.bench_function("e/recording", |bencher| {
        bencher.iter(|| run(black_box(&recording), &|| false));
    });
    criterion.bench_function("e/plain loop", |bencher| {
        bencher.iter(|| plain(black_box(1), 10_000.0));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = speed
}
criterion_main!(benches);
