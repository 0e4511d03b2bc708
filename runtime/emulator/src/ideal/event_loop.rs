//! One snippet from its start to its end: which steps are made, and what happens in
//! each, in order of time.
//!
//! A step takes all lanes to its end as if nothing happened in it. Those that are at
//! their threshold then, or may have been, are candidates. Whatever comes first within
//! the step (a candidate's crossing, an external spike, the end of a refractory time)
//! happens, is added to the end of the step, and may make or unmake candidates.
//!
//! How long a step is decides about cost, not about the result: a short one has few
//! candidates at once, a long one is seldom made.

use std::iter::Peekable;

use super::candidates::Candidates;
use super::fan_out::{FanOut, SynapseRows};
use super::lanes::Lanes;
use super::propagation::{Input, Propagator};
use crate::connectivity::ConnectionTable;
use crate::event_stream::EventStream;
use crate::readout::sample::Sample;
use crate::readout::samplers::Samplers;
use hx_geometry::PreSource;

/// Lengths of steps: each is half of the one before.
const LEVELS: usize = 14;
/// A step that starts with more candidates is made shorter.
const MOST_CANDIDATES: usize = 6;
/// A step in which more crossings were looked for is followed by a shorter one, one
/// in which fewer were by a longer one.
const LOOKS: std::ops::RangeInclusive<usize> = 1..=4;
/// Longest steps that one must be able to save to try to jump over them.
const JUMP: f64 = 6.0;
/// Longest steps between two tries.
const STEPS_BETWEEN_TRIES: f64 = 16.0;
/// Work after which the caller is asked whether to go on: a millisecond or two. A unit
/// is what a block costs; the others are in proportion.
const WORK_BETWEEN_QUESTIONS: usize = 200_000;
/// Work of any step.
const WORK_OF_STEP: usize = 30;
/// A crossing looked for.
const WORK_OF_LOOK: usize = 30;
/// To look at a neuron up to an event, and each sample of that.
const WORK_OF_SAMPLES: usize = 40;
const WORK_OF_SAMPLE: usize = 12;

/// A neuron that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub neuron: usize,
    pub lane: usize,
    /// Tells whether its synaptic lines are sampled, too.
    pub lines: bool,
}

/// A snippet on its way. Times are µs from its start, unless they say otherwise.
pub(super) struct EventLoop<'a> {
    pub lanes: Lanes,
    rows: &'a SynapseRows,
    connections: &'a ConnectionTable,
    events: Peekable<EventStream<'a>>,
    samplers: Samplers<'a>,
    seen: Vec<Seen>,
    /// Time at which the next sample of any neuron is due, µs from the start of the experiment.
    next_sample: f64,
    spikes: &'a mut [Vec<f64>],
    interrupted: &'a (dyn Fn() -> bool + Sync),
    /// Time at which the snippet begins, µs from the start of the experiment.
    begin: f64,
    length: f64,
    /// Up to when everything has happened.
    pub now: f64,
    /// End of the step.
    end: f64,
    /// The longest step: a power of two, so that sums of steps are exact.
    longest: f64,
    level: usize,
    /// Propagators of the steps of each level, and of one of any length.
    propagators: Vec<Vec<Propagator>>,
    scratch: Vec<Propagator>,
    candidates: Candidates,
    next_try: f64,
    work: usize,
}

/// Inputs of an event loop.
pub(super) struct EventLoopParts<'a> {
    pub lanes: Lanes,
    pub rows: &'a SynapseRows,
    pub connections: &'a ConnectionTable,
    pub events: Peekable<EventStream<'a>>,
    pub samplers: Samplers<'a>,
    pub seen: Vec<Seen>,
    pub spikes: &'a mut [Vec<f64>],
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    pub begin: f64,
    pub length: f64,
}

/// The largest power of two that is not above a positive number.
fn power_of_two(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & (0x7ff << 52))
}

impl<'a> EventLoop<'a> {
    pub fn new(parts: EventLoopParts<'a>) -> EventLoop<'a> {
        let lanes = parts.lanes;
        let count = lanes.count();
        let longest = power_of_two(1.0 / lanes.blocks.fastest.max(1e-3));
        let propagators = (0..=LEVELS)
            .map(|level| {
                let mut own = Vec::new();
                lanes.propagators(longest * 0.5f64.powi(level as i32), &mut own);
                own
            })
            .collect();
        EventLoop {
            rows: parts.rows,
            connections: parts.connections,
            events: parts.events,
            samplers: parts.samplers,
            seen: parts.seen,
            next_sample: f64::NEG_INFINITY,
            spikes: parts.spikes,
            interrupted: parts.interrupted,
            begin: parts.begin,
            length: parts.length,
            now: 0.0,
            end: 0.0,
            longest,
            level: 0,
            propagators,
            scratch: Vec::new(),
            candidates: Candidates::new(count),
            next_try: 0.0,
            work: WORK_BETWEEN_QUESTIONS,
            lanes,
        }
    }

    /// Goes to the end of the snippet; says whether it came there.
    pub fn run(&mut self) -> bool {
        while self.now < self.length {
            self.jump();
            // In a step in which nothing happens the caller is not asked.
            if self.is_interrupted() || self.now < self.length && !self.step() {
                self.sample(self.now);
                return false;
            }
        }
        true
    }

    /// Asks the caller, if it is time to, whether to stop.
    fn is_interrupted(&mut self) -> bool {
        if self.work < WORK_BETWEEN_QUESTIONS {
            return false;
        }
        self.work = 0;
        (self.interrupted)()
    }

    fn next_external(&mut self) -> f64 {
        let next = self.events.peek();
        next.map_or(f64::INFINITY, |event| event.0 - self.begin)
    }

    /// Goes at once to where something happens next, if that is far and known.
    fn jump(&mut self) {
        if self.now < self.next_try || !self.seen.is_empty() {
            return;
        }
        self.next_try = self.now + STEPS_BETWEEN_TRIES * self.longest;
        let next = self.next_external().min(self.length);
        let steps = ((next - self.now) / self.longest).floor();
        if steps < JUMP || !self.lanes.are_quiet() {
            return;
        }
        let span = steps * self.longest;
        self.end = self.now + span;
        self.lanes.propagators(span, &mut self.scratch);
        self.lanes.blocks.advance(&self.scratch, false);
        self.work += WORK_OF_STEP + self.lanes.block_count();
        self.now = self.end;
    }

    /// Makes a step; says whether to go on.
    fn step(&mut self) -> bool {
        let mut again = false;
        loop {
            let level = self.next_step();
            let propagators = &self.propagators[level];
            self.lanes.blocks.advance(propagators, again);
            self.work += WORK_OF_STEP + self.lanes.block_count();
            self.candidates.clear();
            self.find_candidates();
            if self.candidates.count() <= MOST_CANDIDATES || self.level + 1 == LEVELS {
                break;
            }
            self.level += 1;
            again = true;
        }
        if !self.happen() {
            return false;
        }
        self.sample(self.end);
        self.now = self.end;
        if self.candidates.looks > *LOOKS.end() && self.level + 1 < LEVELS {
            self.level += 1;
        } else if self.candidates.looks < *LOOKS.start() && self.level > 0 {
            self.level -= 1;
        }
        true
    }

    /// Decides where the step ends: after the length of its level, or with the snippet.
    /// Says which propagators are its own.
    fn next_step(&mut self) -> usize {
        self.end = self.now + self.longest * 0.5f64.powi(self.level as i32);
        if self.end <= self.length {
            return self.level;
        }
        self.end = self.length;
        let left = self.length - self.now;
        self.lanes.propagators(left, &mut self.propagators[LEVELS]);
        LEVELS
    }

    /// Adds the lanes that ask to the candidates.
    fn find_candidates(&mut self) {
        for &lane in &self.lanes.blocks.asking {
            self.candidates.add(lane, self.now);
        }
    }

    /// Lets everything happen that happens in the step, in order; says whether to go on.
    fn happen(&mut self) -> bool {
        loop {
            let external = self.next_external();
            let release = self.lanes.next_release().unwrap_or(f64::INFINITY);
            let limit = external.min(release).min(self.end);
            let looks = self.candidates.looks;
            let crossing = self
                .candidates
                .find_first(&self.lanes, self.now, limit, self.end);
            self.work += WORK_OF_LOOK * (1 + self.candidates.looks - looks);
            if let Some(time) = crossing {
                self.now = time;
                self.fire();
            } else if limit >= self.end {
                return true;
            } else if release <= external {
                self.now = self.now.max(release);
                self.release();
            } else if let Some((_, origin)) = self.events.next() {
                self.now = self.now.max(external);
                self.deliver(self.rows.of(origin));
            }
            if self.is_interrupted() {
                return false;
            }
        }
    }

    /// Lets the lanes fire that are found to do so now.
    fn fire(&mut self) {
        self.sample(self.now);
        for index in 0..self.candidates.firing.len() {
            let lane = self.candidates.firing[index];
            let owner = *self.lanes.owner(lane);
            self.spikes[owner.neuron].push(self.begin + self.now);
            let until = self.now + owner.numbers.tau_refrac;
            self.lanes.hold(lane, until);
        }
        for index in 0..self.candidates.firing.len() {
            let neuron = self.lanes.owner(self.candidates.firing[index]).neuron;
            if let Some(origin) = self.connections.index(PreSource::Neuron(neuron as u32)) {
                self.deliver(self.rows.of(origin));
            }
        }
    }

    /// Lets a spike arrive now.
    fn deliver(&mut self, fan: FanOut<'_>) {
        let left = self.end - self.now;
        for input in [Input::Inhibitory, Input::Excitatory] {
            if !fan.reaches(input) {
                continue;
            }
            self.sample(self.now);
            fan.deliver(input, left, &mut self.lanes.blocks);
            self.work += self.lanes.block_count();
            if input == Input::Inhibitory {
                self.candidates.delay();
            } else {
                self.candidates.hasten(self.now);
                self.find_candidates();
            }
        }
    }

    /// Lets the lane go that is next to be let go.
    fn release(&mut self) {
        self.sample(self.now);
        if let Some((lane, true)) = self.lanes.release(self.end - self.now) {
            self.candidates.add(lane, self.now);
        }
    }

    /// Takes the samples that are due before `until`.
    fn sample(&mut self, until: f64) {
        let until = self.begin + until;
        if self.next_sample >= until {
            return;
        }
        let end = self.begin + self.end;
        self.next_sample = f64::INFINITY;
        for seen in &self.seen {
            let first = self.samplers.next_time(seen.neuron);
            if first < until {
                let way = self.lanes.trajectory(seen.lane, end - first);
                let lines = seen.lines.then(|| self.lanes.lines(seen.lane));
                let at = |time: f64| {
                    let membrane = way.at(time - end);
                    let Some(lines) = lines else {
                        return Sample {
                            membrane,
                            ..Sample::default()
                        };
                    };
                    let [excitatory_line, inhibitory_line] = lines.map(|line| line.at(time - end));
                    Sample {
                        membrane,
                        excitatory_line,
                        inhibitory_line,
                        ..Sample::default()
                    }
                };
                let taken = self.samplers.take(seen.neuron, until, at);
                self.work += WORK_OF_SAMPLES + WORK_OF_SAMPLE * taken;
            }
            let next = self.samplers.next_time(seen.neuron);
            self.next_sample = self.next_sample.min(next);
        }
    }
}
