//! Circuits that are connected with each other, outside the lanes: nodes of one or
//! several membranes, in small steps of their own.
//!
//! A step linearises every node on its own, as a scalar pass does, first with its
//! neighbours where they are, then with their mean over the step; the conductances are
//! part of the linearised slope, so strong ones do not blow up.

use super::events::{Arrival, Incoming};
use super::lane_stepper::LaneStepper;
use super::machine::{Machine, is_asleep};
use crate::amplifier::Slope;
use crate::compartments::Cluster;
use crate::connectivity::ConnectionTable;
use crate::exponential::phi1_and_phi2;
use crate::neuron::{Phase, State};
use crate::readout::sample::Sample;

/// Longest step, as a part of the longest of the lanes: 0.05 µs.
const LONGEST: f64 = 1.0 / 6.0;
/// Shortest step, as a part of the same.
const SHORTEST: f64 = 1e-3;
/// Largest change of a node in one step, LSB.
const LARGEST_CHANGE: f64 = 8.0;
/// Sweeps in which a resting cluster is looked for, and the change that ends it, LSB.
const SWEEPS: usize = 200;
const SETTLED: f64 = 1e-4;
/// Blocks of lanes that take as long as a step of one circuit.
pub(super) const BLOCKS_OF_A_CIRCUIT: usize = 4;

/// One step of a cluster, to be looked at from outside.
struct SubStep<'a> {
    begin: f64,
    length: f64,
    /// Each node at the beginning and at the end, and its slope at the beginning.
    before: &'a [f64],
    after: &'a [f64],
    slopes: &'a [f64],
}

impl SubStep<'_> {
    /// A node at a time within: a parabola through both ends.
    fn at(&self, node: usize, time: f64) -> f64 {
        let part = (time - self.begin) / self.length;
        let (before, after) = (self.before[node], self.after[node]);
        let slope = self.slopes[node] * self.length;
        before + part * (slope + part * (after - before - slope))
    }

    /// Time at which a node, below `threshold` at the beginning and not at the end, crosses it.
    fn crossing(&self, node: usize, threshold: f64) -> f64 {
        let below = threshold - self.before[node];
        let slope = self.slopes[node] * self.length;
        let bend = self.after[node] - self.before[node] - slope;
        let root = (slope * slope + 4.0 * bend * below).max(0.0).sqrt();
        let part = (2.0 * below / (slope + root).max(1e-9)).clamp(0.0, 1.0);
        self.begin + part * self.length
    }
}

/// Lets connected membranes that are apart meet: where charge leaves them, or, before
/// the experiment, where they rest.
pub(super) fn join_membranes(machine: &mut Machine, cluster: &Cluster, resting: bool) {
    let mut nodes = vec![0.0; cluster.node_capacitances.len()];
    for (position, &neuron) in cluster.neurons.iter().enumerate() {
        let node = cluster.nodes[position];
        let share = cluster.capacitances[position] / cluster.node_capacitances[node];
        nodes[node] += share * machine.states[neuron].v;
    }
    if resting {
        for _ in 0..SWEEPS {
            let mut moved = 0.0_f64;
            for node in 0..nodes.len() {
                let rest = node_rest(machine, cluster, &nodes, node);
                moved = moved.max((rest - nodes[node]).abs());
                nodes[node] = rest;
            }
            if moved < SETTLED {
                break;
            }
        }
    }
    for (position, &neuron) in cluster.neurons.iter().enumerate() {
        let v = nodes[cluster.nodes[position]];
        let state = &mut machine.states[neuron];
        state.v = v;
        if let (true, Some(adaptation)) = (resting, &machine.neurons[neuron].adaptation) {
            state.adaptation = adaptation.target(v);
        }
    }
}

/// Resting potential of a node with its neighbours fixed, LSB.
fn node_rest(machine: &Machine, cluster: &Cluster, nodes: &[f64], node: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1023.0);
    let mut trial = nodes.to_vec();
    for _ in 0..40 {
        trial[node] = 0.5 * (low + high);
        let mut value = 0.0;
        for (position, &neuron) in cluster.neurons.iter().enumerate() {
            if cluster.nodes[position] == node {
                let own = &machine.neurons[neuron];
                let mut state = own.at_rest();
                state.v = trial[node];
                if let Some(adaptation) = &own.adaptation {
                    state.adaptation = adaptation.target(state.v);
                }
                value += cluster.capacitances[position] * own.slope(&state).value;
            }
        }
        for &(a, b, conductance) in &cluster.links {
            if a == node {
                value += conductance * (trial[b] - trial[a]);
            } else if b == node {
                value += conductance * (trial[a] - trial[b]);
            }
        }
        if value > 0.0 {
            low = trial[node];
        } else {
            high = trial[node];
        }
    }
    0.5 * (low + high)
}

/// Takes a cluster through the step. `drifts` is what the noise does to each of its
/// membranes, LSB/µs.
pub(super) fn run(run: &mut LaneStepper, cluster: &Cluster, drifts: &[f64]) {
    let to = run.to;
    let inbox = inbox(cluster, &run.active.arriving, run.context.connections);
    let asleep = |neuron: usize| {
        let mut state = run.machine.states[neuron];
        is_asleep(
            &run.machine.neurons[neuron],
            &mut state,
            run.machine.membrane_noise,
        )
    };
    let seen = |neuron: usize| run.context.samplers.next_time(neuron) < to;
    let still = |neuron: usize| !run.machine.alive[neuron] && asleep(neuron) && !seen(neuron);
    if cluster.neurons.iter().all(|&neuron| still(neuron)) {
        return;
    }
    let mut pending = inbox.iter().peekable();
    let mut now = run.machine.now;
    while now < to {
        while let Some((position, arrival)) = pending.next_if(|(_, it)| it.time <= now) {
            let state = &mut run.machine.states[cluster.neurons[*position]];
            state.excitatory += arrival.excitatory;
            state.inhibitory += arrival.inhibitory;
        }
        leave_phases(run, cluster, now);
        let mut stop = pending
            .peek()
            .map_or(to, |(_, arrival)| arrival.time.min(to));
        for &neuron in &cluster.neurons {
            let end = run.machine.neurons[neuron].phase_end(run.machine.states[neuron].phase);
            stop = stop.min(end.unwrap_or(to));
        }
        now = step_cluster(run, cluster, drifts, now, stop);
        run.context.work += BLOCKS_OF_A_CIRCUIT * cluster.neurons.len();
    }
}

/// Leaves the phases that are over at `now`, and fires what is above its threshold.
fn leave_phases(run: &mut LaneStepper, cluster: &Cluster, now: f64) {
    for &neuron in &cluster.neurons {
        loop {
            let phase = run.machine.states[neuron].phase;
            let own = &run.machine.neurons[neuron];
            if own.phase_end(phase).is_none_or(|end| end > now) {
                break;
            }
            let next = match phase {
                Phase::SpikePending(spike) => {
                    if let Some(adaptation) = &own.adaptation {
                        run.machine.states[neuron].adaptation += adaptation.increment;
                    }
                    run.spike(neuron, spike);
                    Phase::Reset(spike)
                }
                Phase::Reset(spike) => Phase::Refractory(spike),
                Phase::Refractory(_) | Phase::Integrating => Phase::Integrating,
            };
            run.machine.states[neuron].phase = next;
        }
        let (own, state) = (&run.machine.neurons[neuron], &run.machine.states[neuron]);
        if state.phase == Phase::Integrating && state.v >= own.threshold {
            let spike = run.machine.clock.next_cycle(now + own.comparator_delay);
            run.machine.states[neuron].phase = Phase::SpikePending(spike);
        }
    }
}

/// Makes one step towards `stop`; returns how far it came.
fn step_cluster(
    run: &mut LaneStepper,
    cluster: &Cluster,
    drifts: &[f64],
    begin: f64,
    stop: f64,
) -> f64 {
    let count = cluster.node_capacitances.len();
    let mut before = vec![0.0; count];
    let mut slopes = vec![Slope::default(); count];
    let mut noise = vec![0.0; count];
    for (position, &neuron) in cluster.neurons.iter().enumerate() {
        let node = cluster.nodes[position];
        let share = cluster.capacitances[position] / cluster.node_capacitances[node];
        let state = &run.machine.states[neuron];
        let own = run.machine.neurons[neuron].slope(state);
        before[node] = state.v;
        slopes[node].value += share * own.value;
        slopes[node].by_potential += share * own.by_potential;
        slopes[node].by_time += share * own.by_time;
        slopes[node].curvature += share * own.curvature;
        noise[node] += share * drifts[position];
    }
    let mut length = (stop - begin).min(run.machine.step * LONGEST);
    let mut after = moved(cluster, &before, &before, &slopes, length);
    let change = |after: &[f64]| {
        let changes = before.iter().zip(after).map(|(a, b)| (a - b).abs());
        changes.fold(0.0, f64::max)
    };
    let most = change(&after);
    if most > LARGEST_CHANGE {
        length = (length * LARGEST_CHANGE / most).max((run.machine.step * SHORTEST).min(length));
        after = moved(cluster, &before, &before, &slopes, length);
    }
    let mean: Vec<f64> = before
        .iter()
        .zip(&after)
        .map(|(a, b)| 0.5 * (a + b))
        .collect();
    after = moved(cluster, &before, &mean, &slopes, length);
    // The last step takes the rounding of the others.
    let end = if begin + length > stop - run.machine.step * 1e-9 {
        stop
    } else {
        begin + length
    };
    let mut values: Vec<f64> = slopes.iter().map(|slope| slope.value).collect();
    for &(a, b, conductance) in &cluster.links {
        let current = conductance * (before[b] - before[a]);
        values[a] += current / cluster.node_capacitances[a];
        values[b] -= current / cluster.node_capacitances[b];
    }
    let rails = run.machine.neurons[cluster.neurons[0]].rails;
    for node in 0..count {
        values[node] += noise[node];
        after[node] =
            (after[node] + noise[node] * length).clamp(rails.floor.end, rails.ceiling.end);
    }
    let part = SubStep {
        begin,
        length,
        before: &before,
        after: &after,
        slopes: &values,
    };
    for (position, &neuron) in cluster.neurons.iter().enumerate() {
        take_part(run, neuron, cluster.nodes[position], &part, end);
    }
    end
}

/// Updates one circuit from a step of its cluster.
fn take_part(run: &mut LaneStepper, neuron: usize, node: usize, part: &SubStep, end: f64) {
    let own = &run.machine.neurons[neuron];
    let before = run.machine.states[neuron];
    let decay = own.decay(part.length);
    let v = part.after[node];
    let adaptation = own.adaptation.map_or(before.adaptation, |adaptation| {
        adaptation.follow(before.adaptation, 0.5 * (before.v + v), part.length)
    });
    run.context.samplers.take(neuron, end, |time| {
        let since = time - part.begin;
        let decay = own.decay(since);
        Sample {
            membrane: part.at(node, time),
            excitatory_line: before.excitatory * decay.0,
            inhibitory_line: before.inhibitory * decay.1,
            adaptation: before.adaptation + since / part.length * (adaptation - before.adaptation),
        }
    });
    let mut phase = before.phase;
    if phase == Phase::Integrating && before.v < own.threshold && v >= own.threshold {
        let crossing = part.crossing(node, own.threshold);
        phase = Phase::SpikePending(
            run.machine
                .clock
                .next_cycle(crossing + own.comparator_delay),
        );
    }
    run.machine.states[neuron] = State {
        v,
        excitatory: before.excitatory * decay.0,
        inhibitory: before.inhibitory * decay.1,
        adaptation,
        phase,
    };
}

/// Potentials of the nodes after `length` µs, with their neighbours at `others` on the mean.
fn moved(
    cluster: &Cluster,
    before: &[f64],
    others: &[f64],
    slopes: &[Slope],
    length: f64,
) -> Vec<f64> {
    let mut slopes = slopes.to_vec();
    for &(a, b, conductance) in &cluster.links {
        for (node, other) in [(a, b), (b, a)] {
            let rate = conductance / cluster.node_capacitances[node];
            slopes[node].value += rate * (others[other] - before[node]);
            slopes[node].by_potential -= rate;
        }
    }
    let nodes = before.iter().zip(&slopes);
    nodes
        .map(|(v, slope)| {
            let (phi1, phi2) = phi1_and_phi2(slope.by_potential * length);
            let change = length * (phi1 * slope.value + length * phi2 * slope.by_time);
            let bend = length / 6.0 * slope.curvature * change;
            v + change + bend.clamp(-0.25, 0.25) * change
        })
        .collect()
}

/// Arrivals for the circuits of a cluster, by their place in it, in order of time.
fn inbox(
    cluster: &Cluster,
    arriving: &[Incoming],
    connections: &ConnectionTable,
) -> Vec<(usize, Arrival)> {
    let mut inbox = Vec::new();
    for event in arriving {
        let entries = connections.of(event.origin);
        for (position, &neuron) in cluster.neurons.iter().enumerate() {
            let first = entries.partition_point(|entry| entry.target() < neuron);
            let own = entries[first..].iter();
            inbox.extend(own.take_while(|it| it.target() == neuron).map(|entry| {
                let arrival = Arrival {
                    time: event.time,
                    excitatory: entry.excitatory(),
                    inhibitory: entry.inhibitory(),
                };
                (position, arrival)
            }));
        }
    }
    inbox
}
