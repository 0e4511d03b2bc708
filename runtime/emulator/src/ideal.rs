//! Running an experiment on the textbook chip. Its equations are linear between
//! spikes, so it goes from one to the next with nothing but rounding errors, all
//! neurons that anything happens to at once (`lanes`), and finds threshold crossings
//! to the last digits (`curve`). `event_loop` is the order in which things happen.
//!
//! The same numbers of [`Physical`] give the same bits on every machine: vectors of any
//! width round alike, and no function is asked of a library of mathematics.

mod block;
mod candidates;
mod event_loop;
mod fan_out;
mod lanes;
mod propagation;
mod state;
mod targets;
mod trajectory;
mod vector;

use event_loop::{EventLoop, EventLoopParts, Seen};
use fan_out::SynapseRows;
use lanes::{Lanes, Owner};
use state::State;

use crate::connectivity::ConnectionTable;
use crate::event_stream::{EventStream, InputLatencies};
use crate::experiment::{Experiment, Observable, Observation, Snippet};
use crate::physical::{Physical, physical};
use crate::readout;
use crate::readout::samplers::Samplers;
use crate::snippets::each_snippet;

/// Runs an experiment; see [`run`](crate::run()).
pub(crate) fn run(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Observation> {
    let mut neurons: Vec<Neuron> = Vec::new();
    each_snippet(experiment, interrupted, |snippet, begin| {
        configure(&mut neurons, experiment, snippet, begin);
        run_snippet(&mut neurons, experiment, snippet, begin, interrupted)
    })
}

/// One neuron between two snippets. Its times are from the start of the experiment.
#[derive(Debug, Clone, Copy)]
struct Neuron {
    numbers: Physical,
    state: State,
}

impl Neuron {
    /// Tells whether nothing at all happens to it as long as nothing arrives.
    fn is_asleep(&self, begin: f64) -> bool {
        let (state, numbers) = (&self.state, &self.numbers);
        let still = state.excitatory == 0.0 && state.inhibitory == 0.0;
        let at_rest = state.v == numbers.v_leak && state.held_until <= begin;
        still && at_rest && state.v < numbers.v_threshold
    }
}

/// Gives every neuron the configuration of a snippet; the first one also where it starts.
fn configure(neurons: &mut Vec<Neuron>, experiment: &Experiment, snippet: &Snippet, begin: f64) {
    let first = neurons.is_empty();
    let chip = experiment.chip_in(snippet);
    for (index, config) in snippet.neurons.iter().enumerate() {
        let numbers = physical(&chip, experiment.position(index), config);
        if first {
            let state = State {
                v: numbers.v_leak,
                excitatory: 0.0,
                inhibitory: 0.0,
                held_until: begin,
            };
            neurons.push(Neuron { numbers, state });
        } else if let Some(neuron) = neurons.get_mut(index) {
            neuron.numbers = numbers;
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
    let length = readout::length(snippet);
    let end = begin + length;
    let connections = ConnectionTable::new(snippet, neurons.len(), &experiment.chip);
    let mut observation = readout::empty_observation(snippet, neurons.len(), end);

    let mut live = vec![false; neurons.len()];
    connections.mark_targets(&mut live);
    for (index, neuron) in neurons.iter().enumerate() {
        let seen = snippet.probes.iter().any(|probe| probe.neuron == index);
        live[index] |= seen || !neuron.is_asleep(begin);
    }
    let owners = (0..neurons.len()).filter(|&neuron| live[neuron]);
    let owners = owners.map(|neuron| Owner {
        neuron,
        numbers: neurons[neuron].numbers,
    });
    let lanes = Lanes::new(owners.collect(), |neuron| {
        let state = neurons[neuron].state;
        State {
            held_until: state.held_until - begin,
            ..state
        }
    });
    let mut lane_of = vec![usize::MAX; neurons.len()];
    for (lane, owner) in lanes.each() {
        lane_of[owner.neuron] = lane;
    }
    let rows = SynapseRows::new(&connections, &lane_of, lanes.block_count());

    let traces = &mut observation.traces;
    let samplers = Samplers::new(experiment, snippet, traces, (begin, end));
    let seen = samplers.neurons().iter().map(|&neuron| Seen {
        neuron,
        lane: lane_of[neuron],
        lines: snippet
            .probes
            .iter()
            .any(|probe| probe.neuron == neuron && probe.observable != Observable::Membrane),
    });
    let seen = seen.collect();
    let mut event_loop = EventLoop::new(EventLoopParts {
        lanes,
        rows: &rows,
        connections: &connections,
        events: EventStream::new(snippet, &connections, (begin, end), InputLatencies::IDEAL)
            .peekable(),
        samplers,
        seen,
        spikes: &mut observation.spikes,
        interrupted,
        begin,
        length,
    });
    let finished = event_loop.run();
    for (lane, owner) in event_loop.lanes.each() {
        let state = event_loop.lanes.state(lane);
        neurons[owner.neuron].state = State {
            held_until: begin + state.held_until,
            ..state
        };
    }
    let reached = begin + event_loop.now;
    if !finished {
        observation.end = reached;
    }
    (observation, finished)
}
