//! A part of a snippet, in steps of one length: the loop over its steps.

use super::active_set::ActiveNeurons;
use super::arrivals;
use super::cluster;
use super::lane_stepper::{LaneStepper, RunContext, SMALL_THINGS_OF_A_BLOCK};
use super::lanes;
use super::machine::Machine;
use super::membrane_update::Common;
use super::noise;
use super::probe_sampling;
use super::row::WIDTH;
use super::spike_reset;

/// Runs from now to `end`; says whether it came there.
pub(super) fn run_until(machine: &mut Machine, context: &mut RunContext, end: f64) -> bool {
    let begin = machine.now;
    let longest = if context.connections.is_recurrent() {
        machine
            .step
            .min(machine.transfer.internal_latency.max(machine.step / 100.0))
    } else {
        machine.step
    };
    // All of one length, so that a lane's decay is one number.
    let count = ((end - begin) / longest).ceil().max(1.0) as u64;
    let step = (end - begin) / count as f64;
    let common = Common {
        step: step as f32,
        noise: (machine.membrane_noise * step.sqrt()) as f32,
        ceiling: machine.transfer.source_ceiling as f32,
        ceiling_scale: (1.0 / machine.transfer.source_softness) as f32,
        floor: machine.transfer.sink_floor as f32,
        floor_scale: (1.0 / machine.transfer.sink_softness) as f32,
    };
    let earlier = context.rows.take();
    let looked_at = context.samplers.neurons();
    let mut run = LaneStepper {
        active: ActiveNeurons::new(machine, looked_at, context.connections, earlier, step),
        noise: noise::Step::new(machine.steps, true),
        machine,
        context,
        common,
        to: begin,
    };
    let mut finished = true;
    for index in 0..count {
        if run.context.is_interrupted() {
            finished = false;
            break;
        }
        run.to = if index + 1 == count {
            end
        } else {
            begin + (index + 1) as f64 * step
        };
        run.noise = noise::Step::new(run.machine.steps, index == 0);
        step_on(&mut run);
        if nothing_can_happen(&run) {
            let (machine, context) = (&mut *run.machine, &mut *run.context);
            machine.now = end;
            // Noise is told apart by the number of the step.
            machine.steps += count - index - 1;
            // Events that no neuron receives are dropped.
            machine.in_flight.retain(|event| event.time >= end);
            while context.events.next_if(|&(time, _)| time < end).is_some() {
                context.work += 1;
                if context.is_interrupted() {
                    finished = false;
                    break;
                }
            }
            break;
        }
    }
    run.active.settle(run.machine);
    run.context.rows = Some(run.active.rows);
    finished
}

/// Tells whether the rest of the time may be skipped: no neuron can receive a spike.
fn nothing_can_happen(run: &LaneStepper) -> bool {
    run.active.neurons.is_empty()
        && run.machine.clusters.is_empty()
        && run.machine.passing.is_empty()
        && !run.context.connections.has_bypasses()
}

/// One step of everything.
fn step_on(run: &mut LaneStepper) {
    arrivals::collect(run);
    let small_things = run.machine.in_flight.len() + deliver(run);
    spike_reset::begin_ends(run);
    let active = &mut run.active;
    lanes::advance(
        &mut active.blocks,
        &mut active.extended,
        &run.common,
        run.noise,
        (&active.rows, &active.dense),
        &mut active.asking,
    );
    // A step is work even where every circuit is asleep.
    run.context.work += active.blocks.len() + active.arriving.len() + 1;
    run.context.work += small_things / SMALL_THINGS_OF_A_BLOCK;

    probe_sampling::sample(run);
    answer(run);
    spike_reset::leave(run);
    step_clusters(run);
    run.machine.now = run.to;
    run.machine.steps += 1;
}

/// Puts what arrives into the lanes: dense rows are noted, single lanes get theirs. How many
/// entries and rows of blocks that were.
fn deliver(run: &mut LaneStepper) -> usize {
    let (from, to, connections) = (run.machine.now, run.to, run.context.connections);
    let active = &mut run.active;
    let mut small_things = 0;
    active.dense.excitatory.clear();
    active.dense.inhibitory.clear();
    for event in &active.arriving {
        let left = (to - event.time.max(from)).max(0.0) as f32;
        if active.rows.is_dense(event.origin) {
            active.rows.note(event.origin, left, &mut active.dense);
            small_things += active.blocks.len();
        } else {
            let blocks = &mut active.blocks;
            small_things += connections.of(event.origin).len();
            active.rows.deliver(connections, event.origin, left, blocks);
        }
    }
    small_things
}

/// Sees to the lanes that are flagged, with a scalar pass where nothing less will do.
fn answer(run: &mut LaneStepper) {
    for position in 0..run.active.asking.len() {
        let number = run.active.asking[position];
        let lanes = number * WIDTH..run.active.neurons.len().min((number + 1) * WIDTH);
        for lane in lanes {
            if run.active.blocks[number].flags[lane % WIDTH] == 0.0 {
                continue;
            }
            run.context.work += 1 + run.active.arriving.len() / SMALL_THINGS_OF_A_BLOCK;
            if spike_reset::resolve(run, lane) {
                continue;
            }
            let state = run.pass(lane);
            let index = run.active.neurons[lane];
            let extended = run.active.extended[number].as_deref_mut();
            run.active.blocks[number].set_state(lane % WIDTH, extended, &state);
            if state.phase != run.machine.states[index].phase {
                run.enter(lane, state.phase);
            }
            run.active.fall(run.machine, lane, &state, run.to);
            for position in 0..run.active.fired.len() {
                run.spike(index, run.active.fired[position]);
            }
        }
    }
}

/// One step of the circuits that are connected with others.
fn step_clusters(run: &mut LaneStepper) {
    let clusters = std::mem::take(&mut run.machine.clusters);
    for cluster in &clusters {
        let drifts = cluster.neurons.iter().map(|&neuron| run.drift(neuron));
        let drifts: Vec<f64> = drifts.collect();
        let arriving = run.active.arriving.len() * cluster.neurons.len();
        run.context.work += arriving / SMALL_THINGS_OF_A_BLOCK;
        cluster::run(run, cluster, &drifts);
    }
    run.machine.clusters = clusters;
}
