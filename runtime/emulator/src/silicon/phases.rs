//! The spikes of lanes with brief resets: a lane crosses its threshold, is reset by a
//! jump, and is let go, without a passage.

use super::Machine;
use super::block::{Row, WIDTH, Wish};
use super::course::Course;
use super::field::Field;
use crate::neuron::{Phase, State};
use crate::wiring::Wiring;

/// Slope with which a membrane must go through its threshold for a crossing among arrivals
/// to be known from their sum, LSB/µs: its way is known to some hundredths of an LSB.
const LEAST_SLOPE: f64 = 2.0;

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

    /// Lets a lane of brief resets that is in `state` at time `now`, on its way down without
    /// a jump, jump after all: it falls from where it is.
    pub fn fall(&mut self, machine: &Machine, lane: usize, state: &State, now: f64) {
        let reset = &machine.neurons[self.neurons[lane]].reset;
        if let (true, Phase::Reset(_)) = (self.pulls[lane].brief, state.phase) {
            self.fallen[lane] = (state.v, now);
            self.blocks[lane / WIDTH].v[lane % WIDTH] = reset.reference as f32;
        }
    }

    /// Where the membrane of a lane with brief resets is at `time`, in a reset, with its lane
    /// at `v`.
    pub fn fallen_to(&self, machine: &Machine, lane: usize, v: f64, time: f64) -> f64 {
        let reset = &machine.neurons[self.neurons[lane]].reset;
        let (from, since) = self.fallen[lane];
        let left = reset.falls(from, time - since) - reset.reference;
        self.pulls[lane].held(v) + left
    }

    /// Leaves the phases of lanes with brief resets that end within the step that has been made.
    pub fn leave(&mut self, machine: &mut Machine, to: f64, course: &mut Course) {
        let mut ending = std::mem::take(&mut self.ending);
        for (time, lane) in ending.drain(..) {
            let index = self.neurons[lane];
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let phase = machine.states[index].phase;
            // A passage may have been there before.
            if machine.neurons[index].phase_end(phase) != Some(time) {
                continue;
            }
            // With another configuration, it may have been long ago.
            let time = time.max(to - self.step);
            // The membrane goes straight from here to the end of the step, or nearly so.
            let (spike, begin, v) = match phase {
                Phase::Reset(spike) => {
                    self.fill_inbox(course.wiring, lane);
                    (spike, time, self.release(machine, lane, spike, (time, to)))
                }
                Phase::Waiting(spike) => {
                    let before = self.blocks[number].before[at];
                    (spike, to - self.step, f64::from(before))
                }
                Phase::Free | Phase::Firing(_) => continue,
            };
            let armed = spike + machine.neurons[index].refractory;
            if armed >= to {
                self.enter(machine, lane, Phase::Waiting(spike));
                continue;
            }
            self.enter(machine, lane, Phase::Free);
            let (end, threshold) = (
                f64::from(self.blocks[number].v[at]),
                f64::from(self.blocks[number].threshold[at]),
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
                let delay = machine.neurons[index].comparator_delay;
                let next = machine.clock.next_cycle(crossing + delay);
                if next < to {
                    machine.reset(lane, (next, at(next)), self, course);
                } else {
                    self.enter(machine, lane, Phase::Firing(next));
                }
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
            if !field.pulls[lane].brief {
                field.blocks[number].force(at);
                continue;
            }
            match self.states[index].phase {
                Phase::Firing(spike) => {
                    field.before_spike[lane] = f64::from(field.blocks[number].v[at]);
                    let v = field.glides_to(self, lane, (spike - self.now).max(0.0));
                    self.reset(lane, (spike, v), field, course);
                }
                _ => field.ending.push((time, lane)),
            }
        }
    }

    /// What becomes of the wish of a lane, as far as that can be seen without a passage. It
    /// changes nothing, so that who looks on may ask, too.
    pub(super) fn foresee(&self, lane: usize, field: &mut Field, wiring: &Wiring) -> Foreseen {
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let wish = field.blocks[number].wish(at);
        match wish {
            Wish::Nothing => return Foreseen::Nothing,
            Wish::Passage => return Foreseen::Unclear,
            Wish::Crossed | Wish::Look => {}
        }
        let index = field.neurons[lane];
        if !field.pulls[lane].brief || self.states[index].phase != Phase::Free {
            return Foreseen::Unclear;
        }
        field.inbox.clear();
        if wish == Wish::Look {
            field.fill_inbox(wiring, lane);
        }
        let path = field.blocks[number].path(at, (self.now, field.step), &field.inbox);
        let Some((after, slope)) = path.crossing() else {
            return Foreseen::Nothing;
        };
        if wish == Wish::Look && slope < LEAST_SLOPE {
            return Foreseen::Unclear;
        }
        let spike = self.now + after + self.neurons[index].comparator_delay;
        Foreseen::Spike(self.clock.next_cycle(spike))
    }

    /// Sees to what a lane wishes; says whether that could be done without a passage.
    pub(super) fn grant(
        &mut self,
        lane: usize,
        to: f64,
        field: &mut Field,
        course: &mut Course,
    ) -> bool {
        match self.foresee(lane, field, course.wiring) {
            Foreseen::Nothing => true,
            Foreseen::Unclear => false,
            Foreseen::Spike(spike) if spike < to => {
                let block = &field.blocks[lane / WIDTH];
                let row = |row: &Row| f64::from(row[lane % WIDTH]);
                let part = (spike - self.now) / field.step;
                let v = row(&block.before) + part * (row(&block.v) - row(&block.before));
                self.reset(lane, (spike, v), field, course);
                true
            }
            Foreseen::Spike(spike) => {
                field.enter(self, lane, Phase::Firing(spike));
                true
            }
        }
    }

    /// Lets a lane with brief resets fire, at this time and potential, and resets it by a jump.
    fn reset(
        &mut self,
        lane: usize,
        (spike, v): (f64, f64),
        field: &mut Field,
        course: &mut Course,
    ) {
        let index = field.neurons[lane];
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        self.spike(index, spike, course);
        let neuron = &self.neurons[index];
        field.fallen[lane] = (v, spike);
        field.blocks[number].v[at] = neuron.reset.reference as f32;
        if let Some(rich) = &mut field.rich[number] {
            rich.spike(at, neuron);
        }
        field.enter(self, lane, Phase::Reset(spike));
    }
}

/// What becomes of a lane in a step.
pub(super) enum Foreseen {
    Nothing,
    /// It crossed its threshold, and the spike comes at this time.
    Spike(f64),
    /// Only a passage can tell.
    Unclear,
}
