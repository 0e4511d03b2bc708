//! A stretch of time without a change of configuration: which neurons are lanes
//! in it, and the loop over its steps.

use std::iter::Peekable;

use super::block::{self, WIDTH};
use super::field::Field;
use super::lanes;
use super::motion::Common;
use super::noise;
use super::passage::Passage;
use super::rows::Rows;
use super::{
    Event, Incoming, LARGEST_PART_OF_A_LINE, Machine, STEPS_OF_A_FAST_ONE, STEPS_OF_A_PASSAGE,
    WORK_BETWEEN_QUESTIONS,
};
use crate::experiment::Origin;
use crate::feed::Feed;
use crate::neuron::State;
use crate::readout::samplers::Samplers;
use crate::wiring::Wiring;

/// Blocks that take as long as a passage of no step, and as one of its steps.
const BLOCKS_OF_A_PASSAGE: usize = 4;
const BLOCKS_OF_A_PASSAGE_STEP: usize = 2;
/// Contacts, rows of weights of a block and spikes on their way that take as long as a block.
const SMALL_THINGS_OF_A_BLOCK: usize = 8;

/// Work of a passage of so many steps, for which so many arrivals were looked through.
pub(super) fn work_of_passage(steps: usize, arriving: usize) -> usize {
    BLOCKS_OF_A_PASSAGE + BLOCKS_OF_A_PASSAGE_STEP * steps + arriving / SMALL_THINGS_OF_A_BLOCK
}

/// What a stretch is run with, and where what is seen goes.
pub(super) struct Course<'a, 'b> {
    /// What has still to arrive from without.
    pub feed: Peekable<Feed<'b>>,
    pub samplers: Samplers<'a>,
    pub spikes: &'a mut [Vec<f64>],
    /// Work done since the last question.
    pub work: usize,
    pub wiring: &'b Wiring,
    /// Rows of the last stretch.
    pub rows: Option<Rows>,
    pub interrupted: &'b (dyn Fn() -> bool + Sync),
}

impl Course<'_, '_> {
    /// Asks the caller, if it is time to, whether to go no further.
    fn is_interrupted(&mut self) -> bool {
        if self.work < WORK_BETWEEN_QUESTIONS {
            return false;
        }
        self.work = 0;
        (self.interrupted)()
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
            if course.is_interrupted() {
                finished = false;
                break;
            }
            let to = if index + 1 == count {
                end
            } else {
                begin + (index + 1) as f64 * step
            };
            let noise = noise::Step::new(self.steps, index == 0);
            self.step_on(to, &common, noise, &mut field, course);
            if self.nothing_can_happen(&field, course) {
                self.now = end;
                // Noise is told apart by the number of the step.
                self.steps += count - index - 1;
                // What arrives where nobody listens is gone.
                self.in_flight.retain(|event| event.time >= end);
                while course.feed.next_if(|&(time, _)| time < end).is_some() {
                    course.work += 1;
                    if course.is_interrupted() {
                        finished = false;
                        break;
                    }
                }
                break;
            }
        }
        self.settle(&field);
        course.rows = Some(field.rows);
        finished
    }

    /// Whether the rest of a stretch may be gone past: there is nobody to hear a spike.
    fn nothing_can_happen(&self, field: &Field, course: &Course) -> bool {
        field.neurons.is_empty()
            && self.clusters.is_empty()
            && self.passing.is_empty()
            && !course.wiring.has_bypasses()
    }

    /// One step of everything, to time `to`.
    fn step_on(
        &mut self,
        to: f64,
        common: &Common,
        noise: noise::Step,
        field: &mut Field,
        course: &mut Course,
    ) {
        let from = self.now;
        self.collect(to, field, course);
        let mut small_things = self.in_flight.len();
        field.dense.excitatory.clear();
        field.dense.inhibitory.clear();
        for event in &field.arriving {
            let left = (to - event.time.max(from)).max(0.0) as f32;
            if field.rows.is_dense(event.origin) {
                field.rows.note(event.origin, left, &mut field.dense);
                small_things += field.blocks.len();
            } else {
                let blocks = &mut field.blocks;
                small_things += course.wiring.of(event.origin).len();
                field
                    .rows
                    .deliver(course.wiring, event.origin, left, blocks);
            }
        }
        self.begin_ends(to, field, course);
        lanes::advance(
            &mut field.blocks,
            &mut field.rich,
            common,
            noise,
            (&field.rows, &field.dense),
            &mut field.asking,
        );
        // A step is work even where every circuit is asleep.
        course.work += field.blocks.len() + field.arriving.len() + 1;
        course.work += small_things / SMALL_THINGS_OF_A_BLOCK;

        self.show(to, common, noise, field, course);
        for position in 0..field.asking.len() {
            let number = field.asking[position];
            let lanes = number * WIDTH..field.neurons.len().min((number + 1) * WIDTH);
            for lane in lanes {
                if field.blocks[number].wishes[lane % WIDTH] == 0.0 {
                    continue;
                }
                course.work += 1 + field.arriving.len() / SMALL_THINGS_OF_A_BLOCK;
                if self.grant(lane, to, field, course) {
                    continue;
                }
                let state = self.pass(lane, to, common, noise, field, course);
                let index = field.neurons[lane];
                let rich = field.rich[number].as_deref_mut();
                field.blocks[number].set_state(lane % WIDTH, rich, &state);
                if state.phase != self.states[index].phase {
                    field.enter(self, lane, state.phase);
                }
                field.fall(self, lane, &state, to);
                for position in 0..field.fired.len() {
                    self.spike(index, field.fired[position], course);
                }
            }
        }
        field.leave(self, to, course);
        self.step_clusters(to, common, noise, field, course);
        self.now = to;
        self.steps += 1;
    }

    /// One step of the circuits that are connected with others.
    fn step_clusters(
        &mut self,
        to: f64,
        common: &Common,
        noise: noise::Step,
        field: &Field,
        course: &mut Course,
    ) {
        let clusters = std::mem::take(&mut self.clusters);
        for cluster in &clusters {
            let drift = |&neuron: &usize| self.drift(neuron, common, noise, field.step);
            let drifts: Vec<f64> = cluster.neurons.iter().map(drift).collect();
            course.work += field.arriving.len() * cluster.neurons.len() / SMALL_THINGS_OF_A_BLOCK;
            self.run_cluster(cluster, &field.arriving, &drifts, to, course);
        }
        self.clusters = clusters;
    }

    /// A spike goes to the readout and on its way. A circuit sends one in a cycle of the
    /// clock, be it its membrane's or one that went past it.
    pub(super) fn spike(&mut self, neuron: usize, time: f64, course: &mut Course) {
        course.work += 1;
        if time >= 0.0 {
            let train = &mut course.spikes[neuron];
            let mut latest = train.iter().rev().take_while(|&&sent| sent >= time);
            if latest.any(|&sent| sent == time) {
                return;
            }
            train.push(time);
        }
        self.in_flight.push(Event {
            time: time + self.transfer.internal_latency,
            origin: Origin::Neuron(neuron),
        });
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
        if course.wiring.has_bypasses() || !self.passing.is_empty() {
            self.bypass(to, field, course);
        }
    }

    /// Makes spikes of the events that go past a membrane.
    fn bypass(&mut self, to: f64, field: &Field, course: &mut Course) {
        let wiring = course.wiring;
        // So long before a cycle an event surely belongs to it.
        let within = 0.999 / self.clock.frequency;
        for event in &field.arriving {
            for neuron in wiring.bypassed(event.origin) {
                let time = event.time + self.neurons[neuron].comparator_delay;
                // A circuit sends one of these in a cycle of the clock: without this, circuits
                // that excite each other would send twice as many in each round, without end.
                // Most events of such circuits come in the cycle of the last.
                let since = self.passed[neuron] - time;
                if (0.0..within).contains(&since) {
                    continue;
                }
                let cycle = self.clock.next_cycle(time);
                if self.passed[neuron] != cycle {
                    self.passed[neuron] = cycle;
                    self.passing.push((cycle, neuron));
                }
            }
        }
        let mut passing = std::mem::take(&mut self.passing);
        passing.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // Where events came late, and so out of order.
        passing.dedup();
        let due = passing.partition_point(|&(time, _)| time < to);
        for (time, neuron) in passing.drain(..due) {
            self.spike(neuron, time, course);
        }
        self.passing = passing;
    }

    /// Takes one lane through the step again, on its own: what it then is, with
    /// its spikes in `field.fired`.
    fn pass(
        &mut self,
        lane: usize,
        to: f64,
        common: &Common,
        noise: noise::Step,
        field: &mut Field,
        course: &mut Course,
    ) -> State {
        let index = field.neurons[lane];
        field.fill_inbox(course.wiring, lane);
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let rich = field.rich[number].as_deref();
        let phase = self.states[index].phase;
        let mut state = field.blocks[number].state_before(at, rich, phase);
        let mut passage = Passage {
            neuron: &self.neurons[index],
            state: &mut state,
            inbox: &field.inbox,
            clock: self.clock,
            drift: self.drift(index, common, noise, field.step),
            step: self.passage_step(index, field.step),
            steps: 0,
        };
        field.fired.clear();
        passage.run(self.now, to, |_| {}, &mut field.fired);
        course.work += work_of_passage(passage.steps, field.arriving.len());
        state
    }

    /// What the noise does to a membrane in a step, LSB/µs.
    pub(super) fn drift(
        &self,
        index: usize,
        common: &Common,
        noise: noise::Step,
        step: f64,
    ) -> f64 {
        if common.noise == 0.0 {
            return 0.0;
        }
        f64::from(noise::error_of(self.keys[index], noise) * common.noise) / step
    }

    /// Longest step of a passage of a neuron, µs.
    pub(super) fn passage_step(&self, index: usize, step: f64) -> f64 {
        let neuron = &self.neurons[index];
        if !block::is_too_fast(neuron, step) {
            return self.step / STEPS_OF_A_PASSAGE;
        }
        let (least, most) = STEPS_OF_A_FAST_ONE;
        let line = neuron.excitatory.rate.max(neuron.inhibitory.rate);
        self.step / (self.step * line / LARGEST_PART_OF_A_LINE).clamp(least, most)
    }
}
