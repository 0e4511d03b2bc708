//! What the readout sees of the lanes. It looks at copies: to be looked at changes
//! nothing, not by a bit.
//!
//! A copy begins where its lane began the step, and makes a passage of its own with
//! the spikes of the lane. Where the lane took a reset as a jump, the copy falls as the
//! membrane does.

use super::Machine;
use super::block::WIDTH;
use super::course::{Course, work_of_passage};
use super::field::Field;
use super::motion::Common;
use super::noise;
use super::passage::{Passage, Stretch};
use super::phases::Foreseen;
use crate::neuron::{Phase, State};

impl Machine<'_> {
    /// Draws what is looked at in the step that was made, before anything is done about
    /// what lanes wish.
    pub(super) fn show(
        &mut self,
        to: f64,
        common: &Common,
        noise: noise::Step,
        field: &mut Field,
        course: &mut Course,
    ) {
        for position in 0..course.samplers.neurons().len() {
            let index = course.samplers.neurons()[position];
            if course.samplers.next_time(index) >= to {
                continue;
            }
            let Some(lane) = field.rows.lane(index) else {
                continue;
            };
            let mut neuron = self.neurons[index];
            let mut state = self.state_to_show(lane, index, field);
            if field.pulls[lane].brief {
                // It fires when its lane does; where that is to have a passage, in the same one.
                let asks = field.asking.contains(&(lane / WIDTH));
                let foreseen = if asks {
                    self.foresee(lane, field, course.wiring)
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
            field.fill_inbox(course.wiring, lane);
            let mut passage = Passage {
                neuron: &neuron,
                state: &mut state,
                inbox: &field.inbox,
                clock: self.clock,
                drift: self.drift(index, common, noise, field.step),
                step: self.passage_step(index, field.step),
                steps: 0,
            };
            let samplers = &mut course.samplers;
            let look = |stretch: &Stretch| {
                samplers.take(index, stretch.end, |time| stretch.at(time));
            };
            passage.run(self.now, to, look, &mut field.unheard);
            field.unheard.clear();
            course.work += work_of_passage(passage.steps, field.arriving.len());
        }
    }

    /// What a neuron that is looked at was at the beginning of the step.
    fn state_to_show(&self, lane: usize, index: usize, field: &Field) -> State {
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let phase = self.states[index].phase;
        let rich = field.rich[number].as_deref();
        let lane_state = field.blocks[number].state_before(at, rich, phase);
        let Phase::Reset(spike) = phase else {
            return lane_state;
        };
        if !field.pulls[lane].brief {
            return lane_state;
        }
        if spike >= self.now {
            // The lane has jumped already, its adaptation too.
            let jump = self.neurons[index].adaptation.map(|it| it.increment);
            return State {
                v: field.before_spike[lane],
                adaptation: lane_state.adaptation - jump.unwrap_or(0.0),
                phase: Phase::Firing(spike),
                ..lane_state
            };
        }
        State {
            v: field.fallen_to(self, lane, lane_state.v, self.now),
            ..lane_state
        }
    }
}
