//! How long the emulated chip takes for what the project promises, each next to a
//! plain scalar loop over uniform LIF neurons of the same size, timed in the same
//! run: what matters is the ratio, since machines differ.
//!
//! `cargo bench -p pynn`; `tests/benchmarks/speed.sh` makes the table of `docs/performance.md`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hx_emulator::{
    Calibration, Chip, Converter, Experiment, NeuronConfig, Observable, Polarity, PreSource, Probe,
    Snippet, Synapse, run,
};
use hx_geometry::{NEURONS, SynapseCircuit, column, hemisphere};
use pynn::Error;

/// Synapses of a neuron.
const FAN_IN: usize = 256;

fn experiment(chip: Chip, snippet: Snippet) -> Experiment {
    Experiment {
        chip,
        positions: (0..snippet.neurons.len()).map(|it| it % NEURONS).collect(),
        snippets: vec![snippet],
        trial: 0,
    }
}

fn membrane(neuron: usize) -> Probe {
    Probe {
        neuron,
        observable: Observable::Membrane,
        converter: Converter::Madc,
    }
}

/// (a) The introductory tutorial as a notebook does it: one neuron, five sources, 0.1 ms,
/// built, run and read.
fn tutorial() -> Result<usize, Error> {
    pynn::setup(pynn::Setup::new().initial_config(pynn::helpers::nightly_calibration()))?;
    let neuron = pynn::cells::HXNeuron::new()
        .leak_v_leak(400)
        .leak_i_bias(200)
        .threshold_v_threshold(400)
        .threshold_enable(true)
        .refractory_period_refractory_time(100)
        .reset_v_reset(300)
        .reset_i_bias(1000)
        .membrane_capacitance_capacitance(63);
    let pop = pynn::Population::new(1, neuron)?;
    pop.record(["spikes", "v"])?;
    let times = [0.01, 0.03, 0.05, 0.07, 0.09];
    let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new(times))?;
    let synapse = pynn::synapses::StaticSynapse::new(63);
    let all = pynn::AllToAllConnector::new();
    pynn::Projection::new(&src, &pop, all, synapse, "excitatory")?;
    pynn::run(0.1)?;
    Ok(pop.signal("v")?.len())
}

/// (d) 100 runs of 0.1 ms of one neuron that fires, with another leak each time.
fn sweep(pop: &pynn::Population) -> Result<usize, Error> {
    let mut spikes = 0;
    for leak in 0..100 {
        pop.set("leak_v_leak", 800 + leak)?;
        pynn::run(0.1)?;
        spikes += pop.spiketrain(0)?.len();
        pop.take_data("spikes")?;
        pynn::reset()?;
    }
    Ok(spikes)
}

/// The neuron of the sweep.
fn swept() -> Result<pynn::Population, Error> {
    pynn::setup(pynn::Setup::new().initial_config(pynn::helpers::nightly_calibration()))?;
    let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;
    pop.record("spikes")?;
    Ok(pop)
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

/// What is special about the neurons of a full chip.
#[derive(Clone, Copy, PartialEq)]
enum Character {
    Plain,
    /// Exponential current and adaptation are on.
    AdaptiveExponential,
}

/// (b) Full chips: every neuron hears 256 others of its chip, half of which inhibit, and
/// fires at about 20 kHz; 1 ms. (c) is ten of them.
fn full_chips(chip: Chip, chips: usize, character: Character) -> Experiment {
    let mut sequence = Sequence(7);
    let mut synapses = Vec::new();
    for target in 0..chips * NEURONS {
        let (first, base) = (sequence.below(NEURONS), target / NEURONS * NEURONS);
        for number in 0..FAN_IN {
            // An odd stride goes through all neurons before it meets one again.
            let neuron = (first + 5 * number) % NEURONS;
            let inhibits = !neuron.is_multiple_of(2);
            let position = target % NEURONS;
            let circuit = SynapseCircuit {
                hemisphere: hemisphere(position),
                row: number,
                column: column(position),
            };
            synapses.push(Synapse {
                source: PreSource::Neuron((base + neuron) as u32),
                target,
                polarity: if inhibits {
                    Polarity::Inhibitory
                } else {
                    Polarity::Excitatory
                },
                weight: 1 + sequence.below(15) as u32,
                circuit: Some(circuit.number()),
            });
        }
    }
    let adaptive = character == Character::AdaptiveExponential;
    let neurons = (0..chips * NEURONS)
        .map(|neuron| {
            let calibrated = Calibration::Tutorial.neuron_on(&chip, neuron % NEURONS);
            NeuronConfig {
                leak_v_leak: calibrated.leak_v_leak + 150 + 4 * sequence.below(20) as u16,
                exponential_enable: adaptive,
                exponential_v_exp: 800,
                exponential_i_bias: 300,
                adaptation_enable: adaptive,
                adaptation_enable_pulse: adaptive,
                adaptation_i_bias_tau: 100,
                adaptation_i_bias_a: if adaptive { 20 } else { 0 },
                adaptation_i_bias_b: if adaptive { 20 } else { 0 },
                adaptation_v_ref: 500,
                adaptation_v_leak: 600,
                ..calibrated
            }
        })
        .collect();
    let snippet = Snippet {
        duration: 1000.0,
        neurons,
        synapses,
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
    let mut bench = |name: &str, experiment: &Experiment| {
        let spikes: usize = {
            let seen = run(experiment, &|| false);
            seen[0].spikes.iter().map(Vec::len).sum()
        };
        let rate = spikes as f64 / experiment.positions.len() as f64;
        println!(
            "{name} fires at {:.1} kHz",
            rate * 1e3 / experiment.snippets[0].duration
        );
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| run(black_box(experiment), &|| false));
        });
    };
    let adaptive = Character::AdaptiveExponential;
    bench(
        "b/full analog character",
        &full_chips(Chip::new(7), 1, Character::Plain),
    );
    bench(
        "b/nominal chip",
        &full_chips(Chip::nominal(), 1, Character::Plain),
    );
    bench(
        "b/ideal chip",
        &full_chips(Chip::ideal(), 1, Character::Plain),
    );
    bench(
        "b/adaptive exponential",
        &full_chips(Chip::new(7), 1, adaptive),
    );
    bench(
        "c/ten chips",
        &full_chips(Chip::new(7), 10, Character::Plain),
    );
    bench("e/recording", &recording(Chip::nominal()));
    println!(
        "the plain loop fires at {:.1} kHz",
        plain(NEURONS, 1000.0) as f64 / NEURONS as f64
    );
    for (name, count, duration) in [
        ("a/plain loop", 1, 100.0),
        ("b/plain loop", NEURONS, 1000.0),
        ("c/plain loop", 10 * NEURONS, 1000.0),
        ("d/plain loop", 1, 10_000.0),
        ("e/plain loop", 1, 10_000.0),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| plain(black_box(count), duration));
        });
    }
    criterion.bench_function("a/tutorial", |bencher| bencher.iter(tutorial));
    match swept() {
        Ok(pop) => {
            criterion.bench_function("d/sweep", |bencher| bencher.iter(|| sweep(&pop)));
        }
        Err(error) => println!("(d) cannot be set up: {error}"),
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = speed
}
criterion_main!(benches);
