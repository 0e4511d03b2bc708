//! A stretch of time without a change of configuration: the loop over its steps.

use super::arrivals;
use super::cluster;
use super::field::Field;
use super::lanes;
use super::machine::Machine;
use super::motion::Common;
use super::noise;
use super::phases;
use super::row::WIDTH;
use super::show;
use super::stepper::{Course, SMALL_THINGS_OF_A_BLOCK, Stepper};

/// Runs from now to `end`; says whether it came there.
pub(super) fn stretch(machine: &mut Machine, course: &mut Course, end: f64) -> bool {
    let begin = machine.now;
    let longest = if course.connections.is_recurrent() {
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
    let earlier = course.rows.take();
    let looked_at = course.samplers.neurons();
    let mut run = Stepper {
        field: Field::new(machine, looked_at, course.connections, earlier, step),
        noise: noise::Step::new(machine.steps, true),
        machine,
        course,
        common,
        to: begin,
    };
    let mut finished = true;
    for index in 0..count {
        if run.course.is_interrupted() {
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
            let (machine, course) = (&mut *run.machine, &mut *run.course);
            machine.now = end;
            // Noise is told apart by the number of the step.
            machine.steps += count - index - 1;
            // What arrives where nobody listens is gone.
            machine.in_flight.retain(|event| event.time >= end);
            while course.events.next_if(|&(time, _)| time < end).is_some() {
                course.work += 1;
                if course.is_interrupted() {
                    finished = false;
                    break;
                }
            }
            break;
        }
    }
    run.field.settle(run.machine);
    run.course.rows = Some(run.field.rows);
    finished
}

/// Whether the rest of a stretch may be gone past: there is nobody to hear a spike.
fn nothing_can_happen(run: &Stepper) -> bool {
    run.field.neurons.is_empty()
        && run.machine.clusters.is_empty()
        && run.machine.passing.is_empty()
        && !run.course.connections.has_bypasses()
}

/// One step of everything.
fn step_on(run: &mut Stepper) {
    arrivals::collect(run);
    let small_things = run.machine.in_flight.len() + deliver(run);
    phases::begin_ends(run);
    let field = &mut run.field;
    lanes::advance(
        &mut field.blocks,
        &mut field.rich,
        &run.common,
        run.noise,
        (&field.rows, &field.dense),
        &mut field.asking,
    );
    // A step is work even where every circuit is asleep.
    run.course.work += field.blocks.len() + field.arriving.len() + 1;
    run.course.work += small_things / SMALL_THINGS_OF_A_BLOCK;

    show::show(run);
    answer(run);
    phases::leave(run);
    step_clusters(run);
    run.machine.now = run.to;
    run.machine.steps += 1;
}

/// Puts what arrives into the lanes: dense rows are noted, single lanes get theirs. How many
/// entries and rows of blocks that were.
fn deliver(run: &mut Stepper) -> usize {
    let (from, to, connections) = (run.machine.now, run.to, run.course.connections);
    let field = &mut run.field;
    let mut small_things = 0;
    field.dense.excitatory.clear();
    field.dense.inhibitory.clear();
    for event in &field.arriving {
        let left = (to - event.time.max(from)).max(0.0) as f32;
        if field.rows.is_dense(event.origin) {
            field.rows.note(event.origin, left, &mut field.dense);
            small_things += field.blocks.len();
        } else {
            let blocks = &mut field.blocks;
            small_things += connections.of(event.origin).len();
            field.rows.deliver(connections, event.origin, left, blocks);
        }
    }
    small_things
}

/// Sees to the lanes that wish something, with a passage where nothing less will do.
fn answer(run: &mut Stepper) {
    for position in 0..run.field.asking.len() {
        let number = run.field.asking[position];
        let lanes = number * WIDTH..run.field.neurons.len().min((number + 1) * WIDTH);
        for lane in lanes {
            if run.field.blocks[number].wishes[lane % WIDTH] == 0.0 {
                continue;
            }
            run.course.work += 1 + run.field.arriving.len() / SMALL_THINGS_OF_A_BLOCK;
            if phases::grant(run, lane) {
                continue;
            }
            let state = run.pass(lane);
            let index = run.field.neurons[lane];
            let rich = run.field.rich[number].as_deref_mut();
            run.field.blocks[number].set_state(lane % WIDTH, rich, &state);
            if state.phase != run.machine.states[index].phase {
                run.enter(lane, state.phase);
            }
            run.field.fall(run.machine, lane, &state, run.to);
            for position in 0..run.field.fired.len() {
                run.spike(index, run.field.fired[position]);
            }
        }
    }
}

/// One step of the circuits that are connected with others.
fn step_clusters(run: &mut Stepper) {
    let clusters = std::mem::take(&mut run.machine.clusters);
    for cluster in &clusters {
        let drifts = cluster.neurons.iter().map(|&neuron| run.drift(neuron));
        let drifts: Vec<f64> = drifts.collect();
        let arriving = run.field.arriving.len() * cluster.neurons.len();
        run.course.work += arriving / SMALL_THINGS_OF_A_BLOCK;
        cluster::run(run, cluster, &drifts);
    }
    run.machine.clusters = clusters;
}
