//! Running an experiment on the real design: the neurons anything happens to are
//! lanes of flat arrays (`lanes`), which go through time together, step by step;
//! one that has something special to do in a step goes through it alone
//! (`passage`), and so does, for show, one that is recorded. A step is no longer
//! than the way from neuron to neuron, so no neuron hears another within one.
//!
//! All numbers of the lanes are `f32`: a potential of 500 LSB is then known to
//! 3e-5 LSB, where 0.5 matter. `runtime/benches/speed.rs` says what it costs.

#[cfg(test)]
mod accuracy;
mod approximation;
mod block;
mod cluster;
mod course;
mod crossing;
mod field;
mod lanes;
mod motion;
mod noise;
mod passage;
mod phases;
mod release;
mod rich;
mod rows;
mod show;
mod vector;

use crate::compartments::{self, Cluster};
use crate::configuration::NeuronConfig;
use crate::experiment::{Experiment, Observation, Origin, Snippet};
use crate::feed::{Feed, Ways};
use crate::neuron::{Neuron, Phase, State};
use crate::readout;
use crate::readout::samplers::Samplers;
use crate::seed::seed_of;
use crate::snippets::each_snippet;
use crate::transfer::Transfer;
use crate::wiring::Wiring;
use course::Course;

/// Longest step of the lanes, µs; `accuracy` holds it against a tenth of it.
const STEP: f64 = 0.3;
/// Steps of a passage in one of the lanes, and at least and most of a neuron that is too
/// fast for them.
const STEPS_OF_A_PASSAGE: f64 = 2.0;
const STEPS_OF_A_FAST_ONE: (f64, f64) = (6.0, 40.0);
/// Part of the time constant of a synaptic line that one of those may be.
const LARGEST_PART_OF_A_LINE: f64 = 0.2;
/// Work after which the caller is asked whether to go on: a millisecond or two. A unit is
/// what a block costs in a step; everything else is counted in proportion.
const WORK_BETWEEN_QUESTIONS: usize = 10_000;
/// Weight units of a synaptic line below which nothing of it is left to see.
const SILENT_LINE: f64 = 1e-6;
/// Shortest stretch, µs: less than anything on the chip can tell from nothing.
const SHORTEST_STRETCH: f64 = 1e-9;

/// Runs an experiment; see [`run`](crate::run()).
pub(crate) fn run(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Observation> {
    let mut machine = Machine::new(experiment, STEP);
    each_snippet(experiment, interrupted, |snippet, begin| {
        machine.run(snippet, begin, interrupted)
    })
}

/// A spike on its way to wherever it goes.
#[derive(Debug, Clone, Copy)]
struct Event {
    time: f64,
    origin: Origin,
}

/// What has arrived: when, and from which origin, by its number in the wiring.
#[derive(Debug, Clone, Copy)]
struct Incoming {
    time: f64,
    origin: usize,
}

/// What an event is to one neuron.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    time: f64,
    excitatory: f64,
    inhibitory: f64,
}

/// What a chip is while it runs.
struct Machine<'a> {
    experiment: &'a Experiment,
    transfer: Transfer,
    clock: Clock,
    step: f64,
    /// Noise the membranes integrate, LSB per square root of a µs.
    membrane_noise: f64,
    now: f64,
    /// How many steps were made, of whatever length.
    steps: u64,
    neurons: Vec<Neuron>,
    /// State of every neuron between two stretches; within one, the phase alone.
    states: Vec<State>,
    /// What tells the noise of one neuron from that of another.
    keys: Vec<u32>,
    /// Spikes that have not arrived.
    in_flight: Vec<Event>,
    /// Neurons to which anything may happen in any snippet. They are lanes in all of
    /// them, so that it makes no difference whether one is looked at before it does.
    alive: Vec<bool>,
    /// Neurons that are not, and were asleep once: only those who look at them see what
    /// the noise makes of them, and that must not wake them.
    slept: Vec<bool>,
    /// The circuits that are connected with others.
    clusters: Vec<Cluster>,
    /// Spikes of neurons whose membrane was gone past that have not come yet.
    passing: Vec<(f64, usize)>,
    /// The cycle in which each neuron sent the last of these, or will.
    passed: Vec<f64>,
}

impl<'a> Machine<'a> {
    fn new(experiment: &'a Experiment, step: f64) -> Machine<'a> {
        let chip = &experiment.chip;
        let transfer = *chip.transfer();
        let count = experiment.neuron_count();
        let first = experiment.snippets.first();
        let neurons = first.map_or(Vec::new(), |first| configured(experiment, first));
        let mut states: Vec<State> = neurons.iter().map(Neuron::at_rest).collect();
        wait_for_comparators(experiment, &neurons, &mut states);
        let seed = |index: usize| seed_of([chip.noise_seed, experiment.trial, 0, index as u64]);
        Machine {
            experiment,
            transfer,
            clock: Clock {
                frequency: (1.0 / transfer.spike_cycle).round(),
            },
            step,
            membrane_noise: if chip.noise {
                transfer.membrane_noise
            } else {
                0.0
            },
            // Always as long, so that no neuron shifts the noise of another.
            now: -chip.longest_start().max(0.0),
            steps: 0,
            neurons,
            states,
            keys: (0..count).map(|index| (seed(index) >> 32) as u32).collect(),
            in_flight: Vec::new(),
            alive: alive(experiment),
            slept: vec![false; count],
            clusters: Vec::new(),
            passing: Vec::new(),
            passed: vec![f64::NEG_INFINITY; count],
        }
    }

    /// Runs one snippet that begins at `begin`; says whether it came to its end.
    fn run(
        &mut self,
        snippet: &Snippet,
        begin: f64,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> (Observation, bool) {
        let end = begin + readout::length(snippet);
        let count = self.neurons.len();
        // They start with the configuration of the first snippet.
        let fresh = std::ptr::eq(snippet, &raw const self.experiment.snippets[0]);
        if !fresh {
            let configured = configured(self.experiment, snippet);
            let neurons = self.neurons.iter_mut().zip(configured);
            for ((neuron, new), state) in neurons.zip(&mut self.states) {
                let earlier = std::mem::replace(neuron, new);
                state.begin_adapting(&earlier, neuron);
            }
        }
        self.connect(snippet);
        let wiring = Wiring::new(snippet, count, &self.experiment.chip);
        let ways = Ways {
            frequency: Some(self.clock.frequency),
            external: self.transfer.input_latency,
            generated: self.transfer.internal_latency,
        };
        let feed = Feed::new(snippet, &wiring, (begin, end), ways);
        let mut observation = readout::empty_observation(snippet, count, end);
        let traces = &mut observation.traces;
        let samplers = Samplers::new(self.experiment, snippet, traces, (begin, end));
        let mut course = Course {
            feed: feed.peekable(),
            samplers,
            spikes: &mut observation.spikes,
            work: WORK_BETWEEN_QUESTIONS,
            wiring: &wiring,
            rows: None,
            interrupted,
        };
        // A spike before time 0 belongs to no snippet: the lead is a stretch of its own.
        let mut finished = true;
        if self.now < 0.0 && end > begin {
            finished = self.stretch(0.0, &mut course);
        }
        if finished && end - self.now > SHORTEST_STRETCH {
            finished = self.stretch(end, &mut course);
        }
        // What was sent but has not arrived does so in the next snippet.
        if finished {
            let late = course.feed.map(|(time, origin)| Event {
                time,
                origin: wiring.origin(origin),
            });
            self.in_flight.extend(late);
        }
        if !finished {
            observation.end = self.now.max(begin);
        }
        (observation, finished)
    }
}

/// Which neurons hear anything, change, or are connected with others that do.
fn alive(experiment: &Experiment) -> Vec<bool> {
    let snippets = &experiment.snippets;
    let mut alive = vec![false; experiment.neuron_count()];
    for synapse in snippets.iter().flat_map(|snippet| &snippet.synapses) {
        if let (true, Some(alive)) = (synapse.weight > 0, alive.get_mut(synapse.target)) {
            *alive = true;
        }
    }
    for pair in snippets.windows(2) {
        // What they share changes all of them.
        if experiment.chip_in(&pair[0]).backend != experiment.chip_in(&pair[1]).backend {
            alive.fill(true);
        }
        let changes = pair[0].neurons.iter().zip(&pair[1].neurons);
        for (alive, (before, after)) in alive.iter_mut().zip(changes) {
            *alive |= before != after;
        }
    }
    // What one hears goes on to those it is connected with, in whichever snippet.
    let mut spread = true;
    while spread {
        spread = false;
        for cluster in snippets.iter().flat_map(|it| clusters(experiment, it)) {
            let any = cluster.neurons.iter().any(|&neuron| alive[neuron]);
            for neuron in cluster.neurons {
                spread |= any && !std::mem::replace(&mut alive[neuron], any);
            }
        }
    }
    alive
}

/// The circuits that are connected in a snippet.
fn clusters(experiment: &Experiment, snippet: &Snippet) -> Vec<Cluster> {
    let positions: Vec<usize> = (0..snippet.neurons.len())
        .map(|index| experiment.position(index))
        .collect();
    compartments::clusters(&experiment.chip, &positions, &snippet.neurons)
}

/// The neurons with their configurations of a snippet, in this trial.
fn configured(experiment: &Experiment, snippet: &Snippet) -> Vec<Neuron> {
    let chip = experiment.chip_in(snippet);
    let neuron = |(index, config): (usize, &NeuronConfig)| {
        let position = experiment.position(index);
        let drift = chip.drift(experiment.trial, position);
        Neuron::new(&chip, position, config, drift)
    };
    snippet.neurons.iter().enumerate().map(neuron).collect()
}

/// Comparators are switched on before the experiment begins, each at its time. Until
/// then every membrane sits where nothing but its leak moves it. Neurons that rest
/// above their threshold wait for theirs; others do not tell.
fn wait_for_comparators(experiment: &Experiment, neurons: &[Neuron], states: &mut [State]) {
    for (index, (neuron, state)) in neurons.iter().zip(states).enumerate() {
        if state.v >= neuron.threshold {
            let position = experiment.position(index);
            let on = -experiment.chip.start(experiment.trial, position).max(0.0);
            state.phase = Phase::Waiting(on - neuron.refractory);
        }
    }
}

impl Machine<'_> {
    /// Finds out which circuits are connected in a snippet, and lets their membranes meet.
    fn connect(&mut self, snippet: &Snippet) {
        let clusters = clusters(self.experiment, snippet);
        let earlier = std::mem::replace(&mut self.clusters, clusters.clone());
        for cluster in clusters.iter().filter(|it| !earlier.contains(it)) {
            self.join_membranes(cluster, self.now < 0.0);
        }
    }
}

/// Whether nothing can happen to a neuron before something arrives: it is at
/// rest, well below its threshold, with silent lines.
fn is_asleep(neuron: &Neuron, state: &mut State, membrane_noise: f64) -> bool {
    let spread = neuron.noise_spread(membrane_noise);
    let (rest, adaptation) = neuron.rest;
    let asleep = state.phase == Phase::Free
        && state.excitatory < SILENT_LINE
        && state.inhibitory < SILENT_LINE
        && neuron.exponential.is_none()
        && (state.adaptation - adaptation).abs() < 0.01
        && (state.v - rest).abs() < 0.01 + 4.0 * spread
        && rest + 8.0 * spread + 1.0 < neuron.threshold;
    if asleep {
        state.excitatory = 0.0;
        state.inhibitory = 0.0;
    }
    asleep
}

/// The clock spikes are stamped with.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Cycles per µs: a whole number, unlike the cycle in µs, so that stamps
    /// are as exact as they can be.
    frequency: f64,
}

impl Clock {
    /// The first cycle not before `time`.
    fn next_cycle(self, time: f64) -> f64 {
        (time * self.frequency - 1e-6).ceil() / self.frequency
    }
}
