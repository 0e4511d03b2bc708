//! A stretch of time without a change of configuration: which neurons are lanes
//! in it, and the loop over its steps.

use std::iter::Peekable;

use super::block::{self, Arrivals, Block, NOTHING_ARRIVES, Pulls, WIDTH, Wish};
use super::lanes::{self, Common};
use super::noise;
use super::passage::Passage;
use super::rich::{self, Rich};
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
pub(super) const BLOCKS_OF_A_PASSAGE: usize = 6;

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
pub(super) struct Field {
    pub(super) blocks: Vec<Block>,
    pub(super) rich: Vec<Option<Box<Rich>>>,
    /// The neuron in every lane that is used.
    neurons: Vec<usize>,
    /// Which lanes have resets that leave no trace of how the membrane fell: theirs are
    /// taken as a jump, and their spikes need no passage.
    pub(super) brief: Vec<bool>,
    /// What phases make of each lane.
    pulls: Vec<Pulls>,
    /// What each membrane fell from when it was reset last, LSB.
    pub(super) fallen: Vec<f64>,
    pub(super) rows: Rows,
    /// Length of a step, µs.
    pub(super) step: f64,
    /// Ends of phases: when, and in which lane.
    ends: Vec<(f64, usize)>,
    /// Those of brief resets within the current step, with what arrives in it.
    ending: Vec<(f64, usize, Arrivals)>,
    /// What arrives in the current step, in order of time.
    arriving: Vec<Incoming>,
    /// Blocks with a lane that wishes something.
    asking: Vec<usize>,
    pub(super) inbox: Vec<Arrival>,
    fired: Vec<f64>,
    /// Spikes of copies, which nobody hears.
    pub(super) unheard: Vec<f64>,
}

impl Field {
    /// Sets a lane to what `phase` makes of its neuron.
    fn enter(&mut self, machine: &mut Machine, lane: usize, phase: Phase) {
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
    fn leave(&mut self, machine: &mut Machine, to: f64) {
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

    /// Collects what arrives for a lane in the current step.
    pub(super) fn fill_inbox(&mut self, wiring: &Wiring, lane: usize) {
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
            let noise = noise::Step::new(self.steps, index == 0);
            self.step_on(to, &common, noise, &mut field, course);
            if field.neurons.is_empty() && self.clusters.is_empty() && !course.wiring.has_bypasses()
            {
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
        let mut clustered = vec![false; count];
        for &neuron in self.clusters.iter().flat_map(|cluster| &cluster.neurons) {
            clustered[neuron] = true;
        }
        let mut lanes = vec![usize::MAX; count];
        let mut neurons = Vec::new();
        for index in 0..count {
            if clustered[index] {
                continue;
            }
            let (neuron, state) = (&self.neurons[index], &mut self.states[index]);
            if heard[index] || !is_asleep(neuron, state, self.membrane_noise) {
                lanes[index] = neurons.len();
                neurons.push(index);
            }
        }
        let blocks = neurons.len().div_ceil(WIDTH);
        let brief = neurons
            .iter()
            .map(|&index| block::resets_briefly(&self.neurons[index], step));
        let pulls = neurons
            .iter()
            .map(|&index| Pulls::new(&self.neurons[index], step));
        let fallen = neurons
            .iter()
            .map(|&index| self.neurons[index].reset.reference);
        let rich = neurons.chunks(WIDTH).map(|own| {
            let is_rich = own.iter().any(|&index| rich::is_rich(&self.neurons[index]));
            is_rich.then(|| Box::new(Rich::EMPTY))
        });
        let mut field = Field {
            blocks: vec![Block::EMPTY; blocks],
            rich: rich.collect(),
            brief: brief.collect(),
            fallen: fallen.collect(),
            pulls: pulls.collect(),
            neurons,
            rows: Rows::new(course.wiring, lanes, blocks),
            step,
            ends: Vec::new(),
            ending: Vec::new(),
            arriving: Vec::new(),
            asking: Vec::new(),
            inbox: Vec::new(),
            fired: Vec::new(),
            unheard: Vec::new(),
        };
        for lane in 0..field.neurons.len() {
            let index = field.neurons[lane];
            let state = self.states[index];
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let block = &mut field.blocks[number];
            block.configure(at, &self.neurons[index], self.keys[index], step);
            let mut rich = field.rich[number].as_deref_mut();
            if let Some(rich) = &mut rich {
                rich.configure(at, &self.neurons[index], step);
            }
            block.set_state(at, rich, &state);
            field.enter(self, lane, state.phase);
            // It may be over a threshold that was not there before.
            field.blocks[number].force(at);
        }
        field
    }

    /// Takes the states out of the lanes.
    fn settle(&mut self, field: &Field) {
        for (lane, &index) in field.neurons.iter().enumerate() {
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let state = &mut self.states[index];
            let rich = field.rich[number].as_deref();
            *state = State {
                // What a plain lane does not know has not changed.
                adaptation: state.adaptation,
                ..field.blocks[number].state(at, rich, state.phase)
            };
            if let Some(rich) = rich {
                state.adaptation = f64::from(rich.adaptation.state[at]);
            }
        }
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
        for event in &field.arriving {
            let left = (to - event.time.max(from)).max(0.0);
            let blocks = &mut field.blocks;
            field
                .rows
                .deliver(course.wiring, event.origin, left, blocks);
        }
        self.begin_ends(to, field, course);
        lanes::advance(
            &mut field.blocks,
            &mut field.rich,
            common,
            noise,
            &mut field.asking,
        );
        course.work += field.blocks.len();

        self.show(to, common, noise, field, course);
        for position in 0..field.asking.len() {
            let number = field.asking[position];
            let lanes = number * WIDTH..field.neurons.len().min((number + 1) * WIDTH);
            for lane in lanes {
                let wish = field.blocks[number].wish(lane % WIDTH);
                if wish == Wish::Nothing || (wish == Wish::Crossed && self.cross(lane, to, field)) {
                    continue;
                }
                let state = self.pass(lane, to, common, noise, field, course);
                let index = field.neurons[lane];
                let rich = field.rich[number].as_deref_mut();
                field.blocks[number].set_state(lane % WIDTH, rich, &state);
                if state.phase != self.states[index].phase {
                    field.enter(self, lane, state.phase);
                }
                for position in 0..field.fired.len() {
                    self.spike(index, field.fired[position], course);
                }
            }
        }
        field.leave(self, to);
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
            self.run_cluster(cluster, &field.arriving, &drifts, to, course);
        }
        self.clusters = clusters;
    }

    /// Looks after the phases that end before `to`: spikes with brief resets
    /// happen, other lanes get a passage.
    fn begin_ends(&mut self, to: f64, field: &mut Field, course: &mut Course) {
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
                    if field.rich[number].is_some()
                        && field.blocks[number].arrivals(at) != NOTHING_ARRIVES =>
                {
                    let (block, neuron) = (&mut field.blocks[number], &self.neurons[index]);
                    let left = neuron.reset.falls(field.fallen[lane], neuron.reset_time);
                    block.v[at] += (left - neuron.reset.reference) as f32;
                    block.force(at);
                }
                _ => {
                    let arrivals = field.blocks[number].arrivals(at);
                    field.ending.push((time, lane, arrivals));
                }
            }
        }
    }

    /// A spike goes to the readout and on its way.
    pub(super) fn spike(&mut self, neuron: usize, time: f64, course: &mut Course) {
        if time >= 0.0 {
            course.spikes[neuron].push(time);
        }
        self.in_flight.push(Event {
            time: time + self.transfer.internal_latency,
            origin: Origin::Neuron(neuron),
        });
    }

    /// A lane has crossed its threshold and done nothing else; says whether
    /// that could be seen to.
    fn cross(&mut self, lane: usize, to: f64, field: &mut Field) -> bool {
        let index = field.neurons[lane];
        if !field.brief[lane] || self.states[index].phase != Phase::Free {
            return false;
        }
        let part = field.blocks[lane / WIDTH].crossing(lane % WIDTH, field.step);
        let crossing = self.now + part * field.step;
        let spike = self
            .clock
            .next_cycle(crossing + self.neurons[index].comparator_delay);
        if spike < to {
            return false;
        }
        field.enter(self, lane, Phase::Firing(spike));
        true
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
        for event in &field.arriving {
            for neuron in wiring.bypassed(event.origin) {
                let time = event.time + self.neurons[neuron].comparator_delay;
                self.passing.push((self.clock.next_cycle(time), neuron));
            }
        }
        let mut passing = std::mem::take(&mut self.passing);
        passing.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // A circuit sends one spike in a cycle of the clock: without this, circuits that
        // excite each other would send twice as many in each round, without end.
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
        };
        field.fired.clear();
        passage.run(self.now, to, |_| {}, &mut field.fired);
        course.work += BLOCKS_OF_A_PASSAGE;
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
        if block::is_too_fast(&self.neurons[index], step) {
            self.step / STEPS_OF_A_FAST_ONE
        } else {
            self.step
        }
    }
}
