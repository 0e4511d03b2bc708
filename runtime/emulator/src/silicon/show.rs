//! What the readout sees of the lanes. It looks at copies: to be looked at changes
//! nothing, not by a bit.
//!
//! A membrane the MADC digitises is drawn by a passage of its own in every step. Where
//! the lane takes a reset as a jump, the copy falls as the membrane does, with the
//! spikes of the lane.

use super::Machine;
use super::block::WIDTH;
use super::course::{Course, Field};
use super::lanes::Common;
use super::noise;
use super::passage::{Passage, Stretch};
use crate::neuron::{Phase, State};

/// A copy of a neuron that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy {
    neuron: usize,
    state: State,
}

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
        for channel in 0..course.samplers.len() {
            let index = course.samplers[channel].neuron;
            let mut earlier = course.samplers[..channel].iter();
            if earlier.any(|other| other.neuron == index) {
                continue;
            }
            let Some(lane) = field.rows.lane(index) else {
                continue;
            };
            let mut neuron = self.neurons[index];
            let mut state = self.state_to_show(lane, index, field);
            if field.brief[lane] {
                // It fires when its lane does.
                neuron.threshold = f64::INFINITY;
            }
            field.fill_inbox(course.wiring, lane);
            let mut passage = Passage {
                neuron: &neuron,
                state: &mut state,
                inbox: &field.inbox,
                clock: self.clock,
                drift: self.drift(index, common, noise, field.step),
                step: self.passage_step(index, field.step),
            };
            let (samplers, random) = (&mut course.samplers, &mut self.readout_random);
            let look = |stretch: &Stretch| {
                let channels = samplers.iter_mut().zip(random.iter_mut());
                for (sampler, random) in channels.filter(|(sampler, _)| sampler.neuron == index) {
                    while sampler.clock.time() < stretch.end {
                        sampler.take(&stretch.at(sampler.clock.time()), random);
                    }
                }
            };
            passage.run(self.now, to, look, &mut field.unheard);
            field.unheard.clear();
            self.keep_copy(index, state);
        }
    }

    /// What a neuron that is looked at was at the beginning of the step.
    fn state_to_show(&self, lane: usize, index: usize, field: &Field) -> State {
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let phase = self.states[index].phase;
        let rich = field.rich[number].as_deref();
        let own = field.blocks[number].state_before(at, rich, phase);
        let spike = match phase {
            Phase::Reset(spike) | Phase::Waiting(spike) if field.brief[lane] => spike,
            _ => return own,
        };
        let copy = self.copies.iter().find(|copy| copy.neuron == index);
        match copy.map(|copy| copy.state) {
            // The lane has jumped, the copy falls from where it was.
            Some(copy) if spike >= self.now => State {
                v: copy.v,
                phase: Phase::Firing(spike),
                ..own
            },
            Some(copy)
                if copy.phase == Phase::Reset(spike) || copy.phase == Phase::Waiting(spike) =>
            {
                State {
                    v: copy.v,
                    phase: copy.phase,
                    ..own
                }
            }
            _ => own,
        }
    }

    fn keep_copy(&mut self, neuron: usize, state: State) {
        match self.copies.iter_mut().find(|copy| copy.neuron == neuron) {
            Some(copy) => copy.state = state,
            None => self.copies.push(Copy { neuron, state }),
        }
    }
}
