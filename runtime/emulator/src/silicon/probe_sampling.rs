//! Sampling of the lanes by the readout. It samples copies: sampling changes
//! nothing, not by a bit.
//!
//! A copy begins where its lane began the step, and makes a scalar pass of its own with
//! the spikes of the lane. Where the lane took a reset as a jump, the copy falls as the
//! membrane does.

use super::lane_stepper::{LaneStepper, work_of_scalar_steps};
use super::row::WIDTH;
use super::scalar_stepper::{ScalarStepper, SubStep};
use super::spike_reset::{Prediction, predict_spike};
use crate::neuron::{Phase, State};

/// Draws what is looked at in the step that was made, before anything is done about
/// what lanes are flagged for.
pub(super) fn sample(run: &mut LaneStepper) {
    for position in 0..run.context.samplers.neurons().len() {
        let index = run.context.samplers.neurons()[position];
        if run.context.samplers.next_time(index) >= run.to {
            continue;
        }
        let Some(lane) = run.active.rows.lane(index) else {
            continue;
        };
        let mut neuron = run.machine.neurons[index];
        let mut state = state_to_show(run, lane, index);
        if run.active.amplifiers[lane].brief {
            // It fires when its lane does; where that is to have a scalar pass, in the same one.
            let asks = run.active.asking.contains(&(lane / WIDTH));
            let prediction = if asks {
                predict_spike(run, lane)
            } else {
                Prediction::Nothing
            };
            if !matches!(prediction, Prediction::Unclear) {
                neuron.threshold = f64::INFINITY;
            }
            if let Prediction::Spike(spike) = prediction {
                state.phase = Phase::SpikePending(spike);
            }
        }
        run.active.fill_inbox(run.context.connections, lane);
        let mut scalar = ScalarStepper {
            neuron: &neuron,
            state: &mut state,
            inbox: &run.active.inbox,
            clock: run.machine.clock,
            drift: run.drift(index),
            step: run.scalar_step(index),
            steps: 0,
        };
        let samplers = &mut run.context.samplers;
        let look = |step: &SubStep| {
            samplers.take(index, step.end, |time| step.at(time));
        };
        scalar.run(run.machine.now, run.to, look, &mut run.active.discarded);
        run.context.work += work_of_scalar_steps(scalar.steps, run.active.arriving.len());
        run.active.discarded.clear();
    }
}

/// State of a sampled neuron at the beginning of the step.
fn state_to_show(run: &LaneStepper, lane: usize, index: usize) -> State {
    let (machine, active) = (&*run.machine, &run.active);
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    let phase = machine.states[index].phase;
    let extended = active.extended[number].as_deref();
    let lane_state = active.blocks[number].state_before(at, extended, phase);
    let Phase::Reset(spike) = phase else {
        return lane_state;
    };
    if !active.amplifiers[lane].brief {
        return lane_state;
    }
    if spike >= machine.now {
        // The lane has jumped already, its adaptation too.
        let jump = machine.neurons[index].adaptation.map(|it| it.increment);
        return State {
            v: active.before_spike[lane],
            adaptation: lane_state.adaptation - jump.unwrap_or(0.0),
            phase: Phase::SpikePending(spike),
            ..lane_state
        };
    }
    State {
        v: active.fallen_to(machine, lane, lane_state.v, machine.now),
        ..lane_state
    }
}
