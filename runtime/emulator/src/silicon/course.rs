//! A stretch of time without a change of configuration: which neurons are lanes
//! in it, and the loop over its steps.

use std::iter::Peekable;

use pulp::Scalar;

use super::lanes::{self, Block, Common, WIDTH};
use super::noise;
use super::passage::{Passage, Stretch};
use super::rows::Rows;
use super::{
    Arrival, Event, Incoming, Machine, STEPS_OF_A_FAST_ONE, WORK_BETWEEN_QUESTIONS, is_asleep,
};
use crate::Origin;
use crate::feed::Feed;
use crate::neuron::{Phase, State};
use crate::readout::Samplers;
use crate::wiring::Wiring;

/// Passages that take as long as a block.
const BLOCKS_OF_A_PASSAGE: usize = 6;

/// What a stretch is run with, and where what is seen goes.
pub(super) struct Course<'a, 'b> {
    /// What has still to arrive from without.
    pub feed: Peekable<Feed<'b>>,
    pub samplers: Samplers<'a>,
    pub spikes: &'a mut [Vec<f64>],
    /// Work done since the last question.
    pub work: usize,
    pub wiring: &'b Wiring,
    pub interrupted: &'b (dyn Fn() -> bool + Sync),
}

/// The lanes of a stretch.
struct Field {
    blocks: Vec<Block>,
    /// The neuron in every lane that is used.
    neurons: Vec<usize>,
    rows: Rows,
    /// Length of a step, µs.
    step: f64,
    /// Ends of phases: when, and in which lane.
    ends: Vec<(f64, usize)>,
    /// What arrives in the current step, in order of time.
    arriving: Vec<Incoming>,
    /// Blocks with a lane that wants attention.
    asking: Vec<usize>,
    inbox: Vec<Arrival>,
    fired: Vec<f64>,
}

/// The end of a phase, if it has one.
fn end_of(phase: Phase) -> Option<f64> {
    match phase {
        Phase::Free => None,
        Phase::Firing(time) | Phase::Refractory(time) => Some(time),
    }
}

impl Field {
    /// Sets a lane to what `phase` makes of its neuron.
    fn enter(&mut self, machine: &Machine, lane: usize, phase: Phase) {
        let neuron = &machine.neurons[self.neurons[lane]];
        let reset = matches!(phase, Phase::Refractory(_));
        let block = &mut self.blocks[lane / WIDTH];
        block.set_phase(lane % WIDTH, neuron, reset, phase == Phase::Free, self.step);
        if let Some(time) = end_of(phase) {
            self.ends.push((time, lane));
        }
    }

    /// Collects what arrives for a lane in the current step.
    fn fill_inbox(&mut self, wiring: &Wiring, lane: usize) {
        let neuron = self.neurons[lane];
        self.inbox.clear();
        for event in &self.arriving {
            if let Some((excitatory, inhibitory)) = self.rows.weights(event.origin, lane) {
                if excitatory > 0.0 || inhibitory > 0.0 {
                    self.inbox.push(Arrival {
                        time: event.time,
                        excitatory,
                        inhibitory,
                    });
                }
                continue;
            }
            let contacts = wiring.of(event.origin);
            let first = contacts.partition_point(|contact| contact.target < neuron);
            let own = contacts[first..].iter();
            for contact in own.take_while(|contact| contact.target == neuron) {
                self.inbox.push(Arrival {
                    time: event.time,
                    excitatory: contact.excitatory,
                    inhibitory: contact.inhibitory,
                });
            }
        }
    }
}

impl Machine<'_> {
    /// Runs from now to `end`; says whether it came there.
    pub(super) fn stretch(&mut self, end: f64, course: &mut Course) -> bool {
        let begin = self.now;
        let longest = if course.wiring.is_recurrent() {
            self.step
                .min(self.transfer.internal_latency.max(self.step / 100.0))
        } else {
            self.step
        };
        // All of one length, so that a lane's decay is one number.
        let count = ((end - begin) / longest).ceil().max(1.0) as u64;
        let step = (end - begin) / count as f64;
        let mut field = self.field(course, step);
        let common = Common {
            step: step as f32,
            noise: (self.membrane_noise * step.sqrt()) as f32,
            ceiling: self.transfer.source_ceiling as f32,
            ceiling_scale: (1.0 / self.transfer.source_softness) as f32,
            floor: self.transfer.sink_floor as f32,
            floor_scale: (1.0 / self.transfer.sink_softness) as f32,
        };
        let mut finished = true;
        for index in 0..count {
            if course.work >= WORK_BETWEEN_QUESTIONS {
                course.work = 0;
                if (course.interrupted)() {
                    finished = false;
                    break;
                }
            }
            let to = if index + 1 == count {
                end
            } else {
                begin + (index + 1) as f64 * step
            };
            self.step_on(to, &common, &mut field, course);
            if field.neurons.is_empty() {
                self.now = end;
                break;
            }
        }
        self.settle(&field);
        finished
    }

    /// The lanes for the neurons anything can happen to.
    fn field(&mut self, course: &Course, step: f64) -> Field {
        let count = self.neurons.len();
        let mut heard = vec![false; count];
        course.wiring.mark_targets(&mut heard);
        for &neuron in course.samplers.neurons() {
            heard[neuron] = true;
        }
        let mut lanes = vec![usize::MAX; count];
        let mut neurons = Vec::new();
        for index in 0..count {
            let (neuron, state) = (&self.neurons[index], &mut self.states[index]);
            if heard[index] || !is_asleep(neuron, state, self.membrane_noise) {
                lanes[index] = neurons.len();
                neurons.push(index);
            }
        }
        let blocks = vec![Block::EMPTY; neurons.len().div_ceil(WIDTH)];
        let rows = Rows::new(course.wiring, lanes, blocks.len());
        let mut field = Field {
            blocks,
            neurons,
            rows,
            step,
            ends: Vec::new(),
            arriving: Vec::new(),
            asking: Vec::new(),
            inbox: Vec::new(),
            fired: Vec::new(),
        };
        for lane in 0..field.neurons.len() {
            let index = field.neurons[lane];
            let state = self.states[index];
            let block = &mut field.blocks[lane / WIDTH];
            let at = lane % WIDTH;
            block.configure(at, &self.neurons[index], self.keys[index], step);
            block.v[at] = state.v as f32;
            block.excitatory.set(at, state.excitatory);
            block.inhibitory.set(at, state.inhibitory);
            // It may be over a threshold that was not there before.
            block.force[at] = 1.0;
            field.enter(self, lane, state.phase);
        }
        field
    }

    /// Takes the states out of the lanes.
    fn settle(&mut self, field: &Field) {
        for (lane, &index) in field.neurons.iter().enumerate() {
            let block = &field.blocks[lane / WIDTH];
            let state = &mut self.states[index];
            state.v = f64::from(block.v[lane % WIDTH]);
            state.excitatory = f64::from(block.excitatory.level[lane % WIDTH]);
            state.inhibitory = f64::from(block.inhibitory.level[lane % WIDTH]);
        }
    }

    /// One step of everything, to time `to`.
    fn step_on(&mut self, to: f64, common: &Common, field: &mut Field, course: &mut Course) {
        let from = self.now;
        self.collect(to, field, course);
        for event in &field.arriving {
            let left = (to - event.time.max(from)).max(0.0);
            let blocks = &mut field.blocks;
            field
                .rows
                .deliver(course.wiring, event.origin, left, blocks);
        }
        let blocks = &mut field.blocks;
        field.ends.retain(|&(time, lane)| {
            let due = time < to;
            if due {
                blocks[lane / WIDTH].force[lane % WIDTH] = 1.0;
            }
            !due
        });
        let noise_step = noise::of_step(self.steps);
        lanes::advance(blocks, common, noise_step, &mut field.asking);
        course.work += field.blocks.len();

        // A trace that need not be attended to is drawn from a copy: to be looked
        // at changes nothing.
        for position in 0..course.samplers.neurons().len() {
            let index = course.samplers.neurons()[position];
            if course.samplers.next_time(index) >= to {
                continue;
            }
            let Some(lane) = field.rows.lane(index) else {
                continue;
            };
            if field.blocks[lane / WIDTH].attention[lane % WIDTH] == 0.0 {
                self.pass(lane, to, common, noise_step, field, course);
            }
        }
        for position in 0..field.asking.len() {
            let block = field.asking[position];
            for at in 0..WIDTH {
                if field.blocks[block].attention[at] == 0.0 {
                    continue;
                }
                let lane = block * WIDTH + at;
                let index = field.neurons[lane];
                let state = self.pass(lane, to, common, noise_step, field, course);
                let block = &mut field.blocks[block];
                block.v[at] = state.v as f32;
                block.excitatory.set(at, state.excitatory);
                block.inhibitory.set(at, state.inhibitory);
                if state.phase != self.states[index].phase {
                    self.states[index].phase = state.phase;
                    field.enter(self, lane, state.phase);
                }
                if from >= 0.0 {
                    course.spikes[index].extend_from_slice(&field.fired);
                }
                let latency = self.transfer.internal_latency;
                self.in_flight
                    .extend(field.fired.iter().map(|&spike| Event {
                        time: spike + latency,
                        origin: Origin::Neuron(index),
                    }));
            }
        }
        self.now = to;
        self.steps += 1;
    }

    /// Finds what arrives before `to`.
    fn collect(&mut self, to: f64, field: &mut Field, course: &mut Course) {
        let arriving = &mut field.arriving;
        arriving.clear();
        while let Some((time, origin)) = course.feed.next_if(|&(time, _)| time < to) {
            arriving.push(Incoming { time, origin });
        }
        self.in_flight.retain(|event| {
            let due = event.time < to;
            if due && let Some(origin) = course.wiring.index(event.origin) {
                arriving.push(Incoming {
                    time: event.time,
                    origin,
                });
            }
            !due
        });
        arriving.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
    }

    /// Takes one lane through the step again, on its own: what it then is, with
    /// its spikes in `field.fired` and its samples taken.
    fn pass(
        &mut self,
        lane: usize,
        to: f64,
        common: &Common,
        noise_step: u32,
        field: &mut Field,
        course: &mut Course,
    ) -> State {
        let index = field.neurons[lane];
        field.fill_inbox(course.wiring, lane);
        let (block, at) = (&field.blocks[lane / WIDTH], lane % WIDTH);
        let mut state = State {
            v: f64::from(block.before[at]),
            excitatory: f64::from(block.excitatory.before[at]),
            inhibitory: f64::from(block.inhibitory.before[at]),
            phase: self.states[index].phase,
        };
        let drift = if common.noise > 0.0 {
            f64::from(noise::error(Scalar, self.keys[index], noise_step).1 * common.noise)
                / field.step
        } else {
            0.0
        };
        let passage_step = if lanes::is_too_fast(&self.neurons[index], field.step) {
            self.step / STEPS_OF_A_FAST_ONE
        } else {
            self.step
        };
        let mut passage = Passage {
            neuron: &self.neurons[index],
            state: &mut state,
            inbox: &field.inbox,
            transfer: &self.transfer,
            clock: self.clock,
            drift,
            step: passage_step,
        };
        field.fired.clear();
        let (from, fired) = (self.now, &mut field.fired);
        let samplers = &mut course.samplers;
        if samplers.next_time(index) < to {
            let look = |stretch: &Stretch| {
                samplers.take(index, stretch.end, |time| stretch.at(time));
            };
            passage.run(from, to, look, fired);
        } else {
            passage.run(from, to, |_| {}, fired);
        }
        course.work += BLOCKS_OF_A_PASSAGE;
        state
    }
}
