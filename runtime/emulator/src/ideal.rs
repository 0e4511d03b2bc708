//! Running an experiment on the textbook chip: from event to event in closed
//! form, with threshold crossings found to the last digits.

mod membrane;

use membrane::Membrane;

use crate::feed::{Feed, Ways};
use crate::readout::{self, Sample, Samplers};
use crate::run::each_snippet;
use crate::wiring::Wiring;
use crate::{Experiment, Observation, Physical, Snippet, physical};

/// Events and samples after which the caller is asked whether to go on.
const WORK_BETWEEN_QUESTIONS: usize = 20_000;
/// Longest time that passes without samples being taken and the caller being
/// asked, µs.
const SLICE: f64 = 1000.0;

/// Runs an experiment; see [`crate::run`].
pub(crate) fn run(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Observation> {
    let mut neurons: Vec<Neuron> = Vec::new();
    each_snippet(experiment, |snippet, begin| {
        configure(&mut neurons, experiment, snippet, begin);
        run_snippet(&mut neurons, experiment, snippet, begin, interrupted)
    })
}

/// One neuron: where it was at its last event, and when it fires if nothing
/// more arrives.
#[derive(Debug, Clone, Copy)]
struct Neuron {
    numbers: Physical,
    time: f64,
    membrane: Membrane,
    /// End of the refractory period, or of the last one.
    held_until: f64,
    /// Next spike; infinite if there is none within the snippet.
    next_spike: f64,
}

impl Neuron {
    /// Its state at a later time before which nothing arrives.
    fn at(&self, time: f64) -> Membrane {
        let free = time - self.held_until.max(self.time);
        if free <= 0.0 {
            return self.membrane.held(&self.numbers, time - self.time);
        }
        let held = (self.held_until - self.time).max(0.0);
        self.membrane
            .held(&self.numbers, held)
            .after(&self.numbers, free)
    }

    /// Makes a later time the one of its last event.
    fn move_to(&mut self, time: f64) {
        self.membrane = self.at(time);
        self.time = time;
    }

    /// Finds its next spike before `end`.
    fn aim(&mut self, end: f64) {
        let begin = self.held_until.max(self.time);
        self.next_spike = f64::INFINITY;
        if begin < end {
            let membrane = self.at(begin);
            if let Some(delay) = membrane.crossing(&self.numbers, end - begin) {
                self.next_spike = begin + delay;
            }
        }
    }
}

/// Gives every neuron the configuration of a snippet; the first one also where it starts.
fn configure(neurons: &mut Vec<Neuron>, experiment: &Experiment, snippet: &Snippet, begin: f64) {
    let first = neurons.is_empty();
    for (index, config) in snippet.neurons.iter().enumerate() {
        let numbers = physical(&experiment.chip, experiment.position(index), config);
        if first {
            neurons.push(Neuron {
                numbers,
                time: begin,
                membrane: Membrane {
                    v: numbers.v_leak,
                    excitatory: 0.0,
                    inhibitory: 0.0,
                },
                held_until: begin,
                next_spike: f64::INFINITY,
            });
        } else if let Some(neuron) = neurons.get_mut(index) {
            neuron.numbers = numbers;
            if neuron.held_until > begin {
                neuron.membrane.v = numbers.v_reset;
            }
        }
    }
}

/// Runs one snippet that begins at `begin`; says whether it came to its end.
fn run_snippet(
    neurons: &mut [Neuron],
    experiment: &Experiment,
    snippet: &Snippet,
    begin: f64,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> (Observation, bool) {
    let end = begin + readout::length(snippet);
    let wiring = Wiring::new(snippet, neurons.len());
    let mut feed = Feed::new(snippet, &wiring, (begin, end), Ways::IDEAL).peekable();
    let mut observation = readout::empty_observation(snippet, neurons.len(), end);
    let traces = &mut observation.traces;
    let mut samplers = Samplers::new(experiment, snippet, traces, (begin, end));
    for neuron in neurons.iter_mut() {
        neuron.aim(end);
    }

    let mut touched: Vec<usize> = Vec::new();
    let mut work = WORK_BETWEEN_QUESTIONS;
    let mut slice_end = (begin + SLICE).min(end);
    let mut reached = begin;
    loop {
        if work >= WORK_BETWEEN_QUESTIONS {
            if interrupted() {
                observation.end = reached;
                return (observation, false);
            }
            work = 0;
        }
        let arrival = feed.peek().map_or(f64::INFINITY, |event| event.0);
        let (firing, spike) = earliest(neurons);
        let now = arrival.min(spike);
        reached = now.min(slice_end);
        if now >= slice_end {
            for (index, neuron) in neurons.iter().enumerate() {
                sample(&mut samplers, neuron, index, slice_end);
            }
            if slice_end >= end {
                break;
            }
            slice_end = (slice_end + SLICE).min(end);
            work = WORK_BETWEEN_QUESTIONS;
            continue;
        }
        touched.clear();
        if spike <= arrival {
            sample(&mut samplers, &neurons[firing], firing, now);
            let neuron = &mut neurons[firing];
            neuron.move_to(now);
            neuron.membrane.v = neuron.numbers.v_reset;
            neuron.held_until = now + neuron.numbers.tau_refrac;
            observation.spikes[firing].push(now);
            touched.push(firing);
            deliver(
                wiring.of_neuron(firing),
                now,
                neurons,
                &mut samplers,
                &mut touched,
            );
        } else {
            // Everything that arrives at the same instant, so that each neuron
            // aims once.
            while let Some((_, origin)) = feed.next_if(|event| event.0 <= now) {
                deliver(wiring.of(origin), now, neurons, &mut samplers, &mut touched);
            }
            touched.sort_unstable();
            touched.dedup();
        }
        for &index in &touched {
            neurons[index].aim(end);
        }
        work += 1 + touched.len() + neurons.len() / 64;
    }
    for neuron in neurons.iter_mut() {
        neuron.move_to(end);
    }
    (observation, true)
}

/// The neuron that fires next, and when.
fn earliest(neurons: &[Neuron]) -> (usize, f64) {
    let mut first = (0, f64::INFINITY);
    for (index, neuron) in neurons.iter().enumerate() {
        if neuron.next_spike < first.1 {
            first = (index, neuron.next_spike);
        }
    }
    first
}

/// Adds a spike's weights to the neurons it reaches.
fn deliver(
    contacts: &[crate::wiring::Contact],
    now: f64,
    neurons: &mut [Neuron],
    samplers: &mut Samplers,
    touched: &mut Vec<usize>,
) {
    for contact in contacts {
        let neuron = &mut neurons[contact.target];
        sample(samplers, neuron, contact.target, now);
        neuron.move_to(now);
        neuron.membrane.excitatory += contact.excitatory * neuron.numbers.weight_exc;
        neuron.membrane.inhibitory += contact.inhibitory * neuron.numbers.weight_inh;
        touched.push(contact.target);
    }
}

/// Takes the samples of a neuron that are due before `until`.
fn sample(samplers: &mut Samplers, neuron: &Neuron, index: usize, until: f64) {
    let line = |current: f64, weight: f64| if weight > 0.0 { current / weight } else { 0.0 };
    samplers.take(index, until, |time| {
        let state = neuron.at(time);
        Sample {
            membrane: state.v,
            excitatory_line: line(state.excitatory, neuron.numbers.weight_exc),
            inhibitory_line: line(state.inhibitory, neuron.numbers.weight_inh),
            adaptation: 0.0,
        }
    });
}
