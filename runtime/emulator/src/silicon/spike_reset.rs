//! The spikes of lanes with brief resets: a lane crosses its threshold, is reset by a
//! jump, and is let go, without a scalar pass.

use super::block::LaneFlag;
use super::lane_stepper::LaneStepper;
use super::reset_release::Circuit;
use super::row::{Row, WIDTH};
use crate::neuron::Phase;

/// Slope with which a membrane must go through its threshold for a crossing among arrivals
/// to be known from their sum, LSB/µs: its way is known to some hundredths of an LSB.
const LEAST_SLOPE: f64 = 2.0;

/// Looks after the phases that end in the step: spikes with brief resets happen, other lanes
/// get a scalar pass.
pub(super) fn begin_ends(run: &mut LaneStepper) {
    let mut position = 0;
    while position < run.active.ends.len() {
        let (time, lane) = run.active.ends[position];
        if time >= run.to {
            position += 1;
            continue;
        }
        run.active.ends.swap_remove(position);
        let index = run.active.neurons[lane];
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        if !run.active.amplifiers[lane].brief {
            run.active.blocks[number].force(at);
            continue;
        }
        match run.machine.states[index].phase {
            Phase::SpikePending(spike) => {
                run.active.before_spike[lane] = f64::from(run.active.blocks[number].v[at]);
                let v = glides_to(run, lane, (spike - run.machine.now).max(0.0));
                reset(run, lane, (spike, v));
            }
            _ => run.active.ending.push((time, lane)),
        }
    }
}

/// Prediction of a lane's step.
pub(super) enum Prediction {
    Nothing,
    /// It crossed its threshold, and the spike comes at this time.
    Spike(f64),
    /// Only a scalar pass can tell.
    Unclear,
}

/// Predicts the step of a flagged lane, as far as that is clear without a scalar pass. It
/// changes nothing but the inbox, so that who looks on may ask, too.
pub(super) fn predict_spike(run: &mut LaneStepper, lane: usize) -> Prediction {
    let (machine, active) = (&*run.machine, &mut run.active);
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    let flag = active.blocks[number].flag(at);
    match flag {
        LaneFlag::Nothing => return Prediction::Nothing,
        LaneFlag::ScalarStepper => return Prediction::Unclear,
        LaneFlag::Crossed | LaneFlag::Look => {}
    }
    let index = active.neurons[lane];
    if !active.amplifiers[lane].brief || machine.states[index].phase != Phase::Integrating {
        return Prediction::Unclear;
    }
    active.inbox.clear();
    if flag == LaneFlag::Look {
        active.fill_inbox(run.context.connections, lane);
    }
    let path = active.blocks[number].path(at, (machine.now, active.step), &active.inbox);
    let Some((after, slope)) = path.crossing() else {
        return Prediction::Nothing;
    };
    if flag == LaneFlag::Look && slope < LEAST_SLOPE {
        return Prediction::Unclear;
    }
    let spike = machine.now + after + machine.neurons[index].comparator_delay;
    Prediction::Spike(machine.clock.next_cycle(spike))
}

/// Resolves what a lane is flagged for; says whether that could be done without a scalar pass.
pub(super) fn resolve(run: &mut LaneStepper, lane: usize) -> bool {
    match predict_spike(run, lane) {
        Prediction::Nothing => true,
        Prediction::Unclear => false,
        Prediction::Spike(spike) if spike < run.to => {
            let block = &run.active.blocks[lane / WIDTH];
            let row = |row: &Row| f64::from(row[lane % WIDTH]);
            let part = (spike - run.machine.now) / run.active.step;
            let v = row(&block.before) + part * (row(&block.v) - row(&block.before));
            reset(run, lane, (spike, v));
            true
        }
        Prediction::Spike(spike) => {
            run.enter(lane, Phase::SpikePending(spike));
            true
        }
    }
}

/// Lets a lane with brief resets fire, at this time and potential, and resets it by a jump.
fn reset(run: &mut LaneStepper, lane: usize, (spike, v): (f64, f64)) {
    let index = run.active.neurons[lane];
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    run.spike(index, spike);
    let neuron = &run.machine.neurons[index];
    run.active.fallen[lane] = (v, spike);
    run.active.blocks[number].v[at] = neuron.reset.reference as f32;
    if let Some(extended) = &mut run.active.extended[number] {
        extended.spike(at, neuron);
    }
    run.enter(lane, Phase::Reset(spike));
}

/// Leaves the phases of lanes with brief resets that end within the step that has been made.
pub(super) fn leave(run: &mut LaneStepper) {
    let to = run.to;
    let mut ending = std::mem::take(&mut run.active.ending);
    for (time, lane) in ending.drain(..) {
        let index = run.active.neurons[lane];
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let phase = run.machine.states[index].phase;
        // A scalar pass may have been there before.
        if run.machine.neurons[index].phase_end(phase) != Some(time) {
            continue;
        }
        // With another configuration, it may have been long ago.
        let time = time.max(to - run.active.step);
        // The membrane goes straight from here to the end of the step, or nearly so.
        let (spike, begin, v) = match phase {
            Phase::Reset(spike) => {
                run.active.fill_inbox(run.context.connections, lane);
                (spike, time, release(run, lane, spike, time))
            }
            Phase::Refractory(spike) => {
                let before = run.active.blocks[number].before[at];
                (spike, to - run.active.step, f64::from(before))
            }
            Phase::Integrating | Phase::SpikePending(_) => continue,
        };
        let armed = spike + run.machine.neurons[index].refractory;
        if armed >= to {
            run.enter(lane, Phase::Refractory(spike));
            continue;
        }
        run.enter(lane, Phase::Integrating);
        let (end, threshold) = (
            f64::from(run.active.blocks[number].v[at]),
            f64::from(run.active.blocks[number].threshold[at]),
        );
        let armed = armed.max(begin);
        let at = |time: f64| v + (time - begin) / (to - begin) * (end - v);
        // It may be above it already when that begins to count, and not any more at the end.
        let above = at(armed) >= threshold;
        if above || end >= threshold {
            let crossing = if above {
                armed
            } else {
                begin + (threshold - v) / (end - v) * (to - begin)
            };
            let delay = run.machine.neurons[index].comparator_delay;
            let next = run.machine.clock.next_cycle(crossing + delay);
            if next < to {
                reset(run, lane, (next, at(next)));
            } else {
                run.enter(lane, Phase::SpikePending(next));
            }
        }
    }
    run.active.ending = ending;
}

/// Lets go of a lane that was reset at `spike`, at a time within the step that has been
/// made, in which its inbox arrived; says where it then was, LSB.
fn release(run: &mut LaneStepper, lane: usize, spike: f64, time: f64) -> f64 {
    let active = &mut run.active;
    let neuron = &run.machine.neurons[active.neurons[lane]];
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    let (block, amplifiers) = (&active.blocks[number], &active.amplifiers[lane]);
    let extended = active.extended[number].as_deref();
    let mut state = block.state_before(at, extended, Phase::Reset(spike));
    state.v = amplifiers.held(state.v);
    let circuit = Circuit::held(block, at, neuron, amplifiers, &state);
    let times = (run.to - active.step, time, run.to);
    let (v, end) = circuit.released(state, times, &active.inbox);
    let (from, since) = active.fallen[lane];
    let rest = neuron.reset.falls(from, time - since);
    let rest = rest - neuron.reset.reference;
    active.blocks[number].v[at] = (end + rest) as f32;
    v + rest
}

/// Potential of a lane `duration` µs after the beginning of the step, without arrivals.
fn glides_to(run: &LaneStepper, lane: usize, duration: f64) -> f64 {
    let active = &run.active;
    let index = active.neurons[lane];
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    let (block, neuron) = (&active.blocks[number], &run.machine.neurons[index]);
    let extended = active.extended[number].as_deref();
    let state = block.state(at, extended, run.machine.states[index].phase);
    Circuit::free(block, at, neuron, &active.amplifiers[lane]).glide(&state, duration)
}
