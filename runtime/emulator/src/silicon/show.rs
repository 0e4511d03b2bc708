//! What the readout sees of the lanes. It looks at copies: to be looked at changes
//! nothing, not by a bit.
//!
//! A copy begins where its lane began the step, and makes a passage of its own with
//! the spikes of the lane. Where the lane took a reset as a jump, the copy falls as the
//! membrane does.

use super::passage::{Passage, Stretch};
use super::phases::{Foreseen, foresee};
use super::row::WIDTH;
use super::stepper::{Stepper, work_of_passage};
use crate::neuron::{Phase, State};

/// Draws what is looked at in the step that was made, before anything is done about
/// what lanes wish.
pub(super) fn show(run: &mut Stepper) {
    for position in 0..run.course.samplers.neurons().len() {
        let index = run.course.samplers.neurons()[position];
        if run.course.samplers.next_time(index) >= run.to {
            continue;
        }
        let Some(lane) = run.field.rows.lane(index) else {
            continue;
        };
        let mut neuron = run.machine.neurons[index];
        let mut state = state_to_show(run, lane, index);
        if run.field.pulls[lane].brief {
            // It fires when its lane does; where that is to have a passage, in the same one.
            let asks = run.field.asking.contains(&(lane / WIDTH));
            let foreseen = if asks {
                foresee(run, lane)
            } else {
                Foreseen::Nothing
            };
            if !matches!(foreseen, Foreseen::Unclear) {
                neuron.threshold = f64::INFINITY;
            }
            if let Foreseen::Spike(spike) = foreseen {
                state.phase = Phase::Firing(spike);
            }
        }
        run.field.fill_inbox(run.course.connections, lane);
        let mut passage = Passage {
            neuron: &neuron,
            state: &mut state,
            inbox: &run.field.inbox,
            clock: run.machine.clock,
            drift: run.drift(index),
            step: run.passage_step(index),
            steps: 0,
        };
        let samplers = &mut run.course.samplers;
        let look = |stretch: &Stretch| {
            samplers.take(index, stretch.end, |time| stretch.at(time));
        };
        passage.run(run.machine.now, run.to, look, &mut run.field.unheard);
        run.course.work += work_of_passage(passage.steps, run.field.arriving.len());
        run.field.unheard.clear();
    }
}

/// What a neuron that is looked at was at the beginning of the step.
fn state_to_show(run: &Stepper, lane: usize, index: usize) -> State {
    let (machine, field) = (&*run.machine, &run.field);
    let (number, at) = (lane / WIDTH, lane % WIDTH);
    let phase = machine.states[index].phase;
    let rich = field.rich[number].as_deref();
    let lane_state = field.blocks[number].state_before(at, rich, phase);
    let Phase::Reset(spike) = phase else {
        return lane_state;
    };
    if !field.pulls[lane].brief {
        return lane_state;
    }
    if spike >= machine.now {
        // The lane has jumped already, its adaptation too.
        let jump = machine.neurons[index].adaptation.map(|it| it.increment);
        return State {
            v: field.before_spike[lane],
            adaptation: lane_state.adaptation - jump.unwrap_or(0.0),
            phase: Phase::Firing(spike),
            ..lane_state
        };
    }
    State {
        v: field.fallen_to(machine, lane, lane_state.v, machine.now),
        ..lane_state
    }
}
