//! The spikes of lanes with brief resets: a lane crosses its threshold, is reset by a
//! jump, and is let go, without a passage.

use super::Machine;
use super::block::{NOTHING_ARRIVES, WIDTH, Wish};
use super::course::Course;
use super::field::Field;
use crate::neuron::Phase;
use crate::wiring::Wiring;

/// Slope with which a membrane must go through its threshold for a crossing among arrivals
/// to be known from their sum, LSB/µs: its way is known to some hundredths of an LSB.
const LEAST_SLOPE: f64 = 3.0;

impl Field {
    /// Sets a lane to what `phase` makes of its neuron.
    pub fn enter(&mut self, machine: &mut Machine, lane: usize, phase: Phase) {
        let index = self.neurons[lane];
        machine.states[index].phase = phase;
        let neuron = &machine.neurons[index];
        let (block, at) = (lane / WIDTH, lane % WIDTH);
        self.blocks[block].set_phase(at, &self.pulls[lane], phase);
        if let Some(rich) = &mut self.rich[block] {
            rich.set_phase(at, neuron, phase);
        }
        if let Some(time) = neuron.phase_end(phase) {
            self.ends.push((time, lane));
        }
    }

    /// Leaves the phases of lanes with brief resets that end within the step that has been made.
    pub fn leave(&mut self, machine: &mut Machine, to: f64) {
        let mut ending = std::mem::take(&mut self.ending);
        for (time, lane, arrivals) in ending.drain(..) {
            let index = self.neurons[lane];
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let phase = machine.states[index].phase;
            // A passage may have been there before.
            if machine.neurons[index].phase_end(phase) != Some(time) {
                continue;
            }
            let spike = match phase {
                Phase::Reset(spike) => {
                    let (block, neuron) = (&mut self.blocks[number], &machine.neurons[index]);
                    match self.rich[number].as_deref() {
                        None => block.release(at, neuron, (to - time, self.step), arrivals),
                        rich => {
                            let phase = Phase::Waiting(spike);
                            let mut state = block.state_before(at, rich, phase);
                            state.v = block.held(at, (to - time) / self.step);
                            block.v[at] = neuron.step(&state).at(to - time) as f32;
                        }
                    }
                    let left = neuron.reset.falls(self.fallen[lane], neuron.reset_time);
                    block.v[at] += (left - neuron.reset.reference) as f32;
                    spike
                }
                Phase::Waiting(spike) => spike,
                Phase::Free | Phase::Firing(_) => continue,
            };
            let armed = spike + machine.neurons[index].refractory;
            if armed >= to {
                self.enter(machine, lane, Phase::Waiting(spike));
                continue;
            }
            self.enter(machine, lane, Phase::Free);
            if self.blocks[number].v[at] >= self.blocks[number].threshold[at] {
                let crossing = armed + machine.neurons[index].comparator_delay;
                let next = machine.clock.next_cycle(crossing);
                self.enter(machine, lane, Phase::Firing(next));
            }
        }
        self.ending = ending;
    }
}

impl Machine<'_> {
    /// Looks after the phases that end before `to`: spikes with brief resets
    /// happen, other lanes get a passage.
    pub(super) fn begin_ends(&mut self, to: f64, field: &mut Field, course: &mut Course) {
        let mut position = 0;
        while position < field.ends.len() {
            let (time, lane) = field.ends[position];
            if time >= to {
                position += 1;
                continue;
            }
            field.ends.swap_remove(position);
            let index = field.neurons[lane];
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            if !field.brief[lane] {
                field.blocks[number].force(at);
                continue;
            }
            match self.states[index].phase {
                Phase::Firing(spike) => {
                    self.spike(index, spike, course);
                    let neuron = &self.neurons[index];
                    let v = &mut field.blocks[number].v[at];
                    field.fallen[lane] = f64::from(*v);
                    *v = neuron.reset.reference as f32;
                    if let Some(rich) = &mut field.rich[number] {
                        rich.spike(at, neuron);
                    }
                    field.enter(self, lane, Phase::Reset(spike));
                }
                // What arrives for a rich neuron just then is too much for one formula.
                Phase::Reset(_)
                    if field.rich[number].is_some() && field.arrivals(lane) != NOTHING_ARRIVES =>
                {
                    let (block, neuron) = (&mut field.blocks[number], &self.neurons[index]);
                    let left = neuron.reset.falls(field.fallen[lane], neuron.reset_time);
                    block.v[at] += (left - neuron.reset.reference) as f32;
                    block.force(at);
                }
                _ => {
                    let arrivals = field.arrivals(lane);
                    field.ending.push((time, lane, arrivals));
                }
            }
        }
    }

    /// A lane has crossed its threshold and done nothing else, or may have; says whether
    /// that could be seen to.
    pub(super) fn cross(
        &mut self,
        lane: usize,
        wish: Wish,
        to: f64,
        field: &mut Field,
        wiring: &Wiring,
    ) -> bool {
        let index = field.neurons[lane];
        if !field.brief[lane] || self.states[index].phase != Phase::Free {
            return false;
        }
        field.inbox.clear();
        if wish == Wish::Look {
            field.fill_inbox(wiring, lane);
        }
        let block = &field.blocks[lane / WIDTH];
        let path = block.path(lane % WIDTH, (self.now, field.step), &field.inbox);
        let Some((after, slope)) = path.crossing() else {
            return true;
        };
        if wish == Wish::Look && slope < LEAST_SLOPE {
            return false;
        }
        let spike = self
            .clock
            .next_cycle(self.now + after + self.neurons[index].comparator_delay);
        if spike < to {
            return false;
        }
        field.enter(self, lane, Phase::Firing(spike));
        true
    }
}
