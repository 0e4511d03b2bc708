//! Running an experiment on the real design: the neurons anything happens to are
//! lanes of flat arrays (`lanes`), which go through time together, step by step;
//! one that has something special to do in a step goes through it alone
//! (`scalar_stepper`), and so does, for show, one that is recorded. A step is no longer
//! than the way from neuron to neuron, so no spike of a neuron reaches another within one.
//!
//! All numbers of the lanes are `f32`: a potential of 500 LSB is then known to
//! 3e-5 LSB, where 0.5 matter. `runtime/benches/speed.rs` says what it costs.

#[cfg(test)]
mod accuracy;
mod active_set;
mod adex_coba;
mod approximation;
mod arrivals;
mod block;
mod clock;
mod cluster;
mod crossing;
mod events;
mod fan_out;
mod lane_stepper;
mod lanes;
mod machine;
mod membrane_update;
mod noise;
mod probe_sampling;
mod reset_release;
mod row;
mod run_loop;
mod scalar_stepper;
mod spike_reset;
mod vector;

use crate::connectivity::ConnectionTable;
use crate::event_stream::{EventStream, InputLatencies};
use crate::experiment::{Experiment, Observation, Snippet};
use crate::readout;
use crate::readout::samplers::Samplers;
use crate::snippets::each_snippet;
use events::Event;
use lane_stepper::RunContext;
use machine::{Machine, clusters};

/// Longest step of the lanes, µs; `accuracy` holds it against a tenth of it.
const STEP: f64 = 0.3;
/// Shortest part of a snippet, µs: less than anything on the chip can tell from nothing.
const SHORTEST_PART: f64 = 1e-9;

/// Runs an experiment; see [`run`](crate::run()).
pub(crate) fn run(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Observation> {
    let mut machine = Machine::new(experiment, STEP);
    each_snippet(experiment, interrupted, |snippet, begin| {
        run_snippet(&mut machine, snippet, begin, interrupted)
    })
}

/// Runs one snippet that begins at `begin`; says whether it came to its end.
fn run_snippet(
    machine: &mut Machine,
    snippet: &Snippet,
    begin: f64,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> (Observation, bool) {
    let end = begin + readout::length(snippet);
    let count = machine.neurons.len();
    machine.configure(snippet);
    connect(machine, snippet);
    let connections = ConnectionTable::new(snippet, count, &machine.experiment.chip);
    let latencies = InputLatencies {
        frequency: Some(machine.clock.frequency),
        external: machine.transfer.input_latency,
        generated: machine.transfer.internal_latency,
    };
    let events = EventStream::new(snippet, &connections, (begin, end), latencies);
    let mut observation = readout::empty_observation(snippet, count, end);
    let traces = &mut observation.traces;
    let samplers = Samplers::new(machine.experiment, snippet, traces, (begin, end));
    let spikes = &mut observation.spikes;
    let mut context = RunContext::new(events, samplers, spikes, &connections, interrupted);
    // A spike before time 0 belongs to no snippet: the lead is a part of its own.
    let mut finished = true;
    if machine.now < 0.0 && end > begin {
        finished = run_loop::run_until(machine, &mut context, 0.0);
    }
    if finished && end - machine.now > SHORTEST_PART {
        finished = run_loop::run_until(machine, &mut context, end);
    }
    // What was sent but has not arrived does so in the next snippet.
    if finished {
        let late = context.events.map(|(time, origin)| Event {
            time,
            source: connections.origin(origin),
        });
        machine.in_flight.extend(late);
    }
    if !finished {
        observation.end = machine.now.max(begin);
    }
    (observation, finished)
}

/// Finds out which circuits are connected in a snippet, and lets their membranes meet.
fn connect(machine: &mut Machine, snippet: &Snippet) {
    let clusters = clusters(machine.experiment, snippet);
    let earlier = std::mem::replace(&mut machine.clusters, clusters.clone());
    for cluster in clusters.iter().filter(|it| !earlier.contains(it)) {
        let resting = machine.now < 0.0;
        cluster::join_membranes(machine, cluster, resting);
    }
}
