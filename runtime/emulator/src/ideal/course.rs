//! One snippet from its start to its end: which steps are made, and what happens in
//! each, in order of time.
//!
//! A step takes all lanes to its end as if nothing happened in it. Those that are at
//! their threshold then, or may have been, are candidates. Whatever comes first within
//! the step (a candidate's crossing, an external spike, the end of a refractory time)
//! happens, is added to the end of the step, and may make or unmake candidates. All
//! that is known of a crossing is void when a spike arrives, but after an inhibitory
//! one it can only be later: most of the crossings that are found are used.
//!
//! How long a step is decides about cost, not about the result: a short one has few
//! candidates at once, a long one is seldom made.

use std::iter::Peekable;

use super::lanes::Lanes;
use super::propagation::{Input, Propagator};
use super::rows::{Fan, Rows};
use crate::Origin;
use crate::feed::Feed;
use crate::readout::{Sample, Samplers};
use crate::wiring::Wiring;

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
/// Work after which the caller is asked whether to go on: some milliseconds. A unit
/// is what a block costs; the others are in proportion.
const WORK_BETWEEN_QUESTIONS: usize = 1_000_000;
/// What there is to do in any step.
const WORK_OF_STEP: usize = 30;
/// A crossing looked for.
const WORK_OF_LOOK: usize = 30;
const WORK_OF_SAMPLE: usize = 2;

/// A lane that may cross its threshold before the end of the step.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    lane: usize,
    /// When it does, or, if that is not known, when it does not do before, µs.
    time: f64,
    known: bool,
}

/// A snippet on its way. Times are µs from its start, unless they say otherwise.
pub(super) struct Course<'a> {
    pub lanes: Lanes,
    rows: &'a Rows,
    wiring: &'a Wiring,
    feed: Peekable<Feed<'a>>,
    samplers: Samplers<'a>,
    /// The neurons that are looked at, with their lanes.
    seen: Vec<(usize, usize)>,
    spikes: &'a mut [Vec<f64>],
    interrupted: &'a (dyn Fn() -> bool + Sync),
    /// When the snippet begins, µs from the start of the experiment.
    begin: f64,
    length: f64,
    /// Up to when everything has happened.
    pub now: f64,
    /// End of the step.
    end: f64,
    /// The longest step: a power of two, so that sums of steps are exact.
    longest: f64,
    level: usize,
    /// Those of the steps of each level, and of one of any length.
    propagators: Vec<Vec<Propagator>>,
    scratch: Vec<Propagator>,
    candidates: Vec<Candidate>,
    is_candidate: Vec<bool>,
    /// Lanes that are let go in this step, and when.
    releases: Vec<(f64, usize)>,
    firing: Vec<usize>,
    next_try: f64,
    looks: usize,
    work: usize,
}

/// What a course is made of.
pub(super) struct Parts<'a> {
    pub lanes: Lanes,
    pub rows: &'a Rows,
    pub wiring: &'a Wiring,
    pub feed: Peekable<Feed<'a>>,
    pub samplers: Samplers<'a>,
    /// The neurons that are looked at, with their lanes.
    pub seen: Vec<(usize, usize)>,
    pub spikes: &'a mut [Vec<f64>],
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    pub begin: f64,
    pub length: f64,
}

/// The largest power of two that is not above a positive number.
fn power_of_two(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & (0x7ff << 52))
}

impl<'a> Course<'a> {
    pub fn new(parts: Parts<'a>) -> Course<'a> {
        let lanes = parts.lanes;
        let count = lanes.count();
        let longest = power_of_two(1.0 / lanes.fastest.max(1e-3));
        let propagators = (0..=LEVELS)
            .map(|level| {
                let mut own = Vec::new();
                lanes.propagators(longest * 0.5f64.powi(level as i32), &mut own);
                own
            })
            .collect();
        Course {
            rows: parts.rows,
            wiring: parts.wiring,
            feed: parts.feed,
            samplers: parts.samplers,
            seen: parts.seen,
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
            candidates: Vec::with_capacity(count),
            is_candidate: vec![false; count],
            releases: Vec::with_capacity(count),
            firing: Vec::with_capacity(count),
            next_try: 0.0,
            looks: 0,
            work: WORK_BETWEEN_QUESTIONS,
            lanes,
        }
    }

    /// Goes to the end of the snippet; says whether it came there.
    pub fn run(&mut self) -> bool {
        while self.now < self.length {
            self.jump();
            if self.now < self.length && !self.step() {
                return false;
            }
        }
        true
    }

    /// Whether the caller, if it is time to ask, wants no more.
    fn is_interrupted(&mut self, work: usize) -> bool {
        self.work += work;
        if self.work < WORK_BETWEEN_QUESTIONS {
            return false;
        }
        self.work = 0;
        (self.interrupted)()
    }

    fn next_external(&mut self) -> f64 {
        let next = self.feed.peek();
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
        self.lanes.advance(&self.scratch, self.end, false);
        self.now = self.end;
    }

    /// Makes a step; says whether to go on.
    fn step(&mut self) -> bool {
        self.looks = 0;
        let mut again = false;
        loop {
            let mut span = self.longest * 0.5f64.powi(self.level as i32);
            let mut level = self.level;
            if self.now + span > self.length {
                span = self.length - self.now;
                level = LEVELS;
                let last = &mut self.propagators[LEVELS];
                self.lanes.propagators(span, last);
            }
            self.end = self.now + span;
            let propagators = &self.propagators[level];
            self.lanes.advance(propagators, self.end, again);
            self.work += WORK_OF_STEP + self.lanes.blocks();
            self.find_candidates(level);
            if self.candidates.len() <= MOST_CANDIDATES || self.level + 1 == LEVELS {
                self.find_releases();
                if !self.happen(level) {
                    return false;
                }
                break;
            }
            self.level += 1;
            again = true;
            for candidate in self.candidates.drain(..) {
                self.is_candidate[candidate.lane] = false;
            }
        }
        self.sample(self.end);
        for candidate in self.candidates.drain(..) {
            self.is_candidate[candidate.lane] = false;
        }
        self.now = self.end;
        if self.looks > *LOOKS.end() && self.level + 1 < LEVELS {
            self.level += 1;
        } else if self.looks < *LOOKS.start() && self.level > 0 {
            self.level -= 1;
        }
        true
    }

    /// Adds the lanes that ask to the candidates.
    fn find_candidates(&mut self, level: usize) {
        for &block in &self.lanes.asking {
            for lane in self.lanes.of_block(block) {
                if !self.is_candidate[lane] && self.lanes.may_fire(lane, &self.propagators[level]) {
                    self.is_candidate[lane] = true;
                    self.candidates.push(Candidate {
                        lane,
                        time: self.now,
                        known: false,
                    });
                }
            }
        }
    }

    fn find_releases(&mut self) {
        self.releases.clear();
        for &block in &self.lanes.asking {
            for lane in self.lanes.of_block(block) {
                let release = self.lanes.release_time(lane);
                if release < self.end {
                    self.releases.push((release, lane));
                }
            }
        }
    }

    /// Lets everything happen that happens in the step, in order; says whether to go on.
    fn happen(&mut self, level: usize) -> bool {
        loop {
            let external = self.next_external();
            let released = self.releases.iter().enumerate();
            let released = released.min_by(|a, b| a.1.0.total_cmp(&b.1.0));
            let released = released.map(|(index, &(time, lane))| (index, time, lane));
            let release = released.map_or(f64::INFINITY, |(_, time, _)| time);
            let limit = external.min(release).min(self.end);
            if let Some(time) = self.first_crossing(limit) {
                self.now = time;
                self.fire(level);
            } else if limit >= self.end {
                return true;
            } else if let Some((index, time, lane)) = released
                && time <= external
            {
                self.now = self.now.max(time);
                self.releases.swap_remove(index);
                self.release(lane, level);
            } else if let Some((_, origin)) = self.feed.next() {
                self.now = self.now.max(external);
                self.deliver(self.rows.of(origin), level);
            }
            let work = self.candidates.len();
            if self.is_interrupted(work) {
                return false;
            }
        }
    }

    /// When the first candidates cross, if that is not after `limit` and before the end
    /// of the step. They are `firing` then.
    fn first_crossing(&mut self, limit: f64) -> Option<f64> {
        let span = self.end - self.now;
        loop {
            let first = self.candidates.iter_mut().enumerate();
            let (index, first) = first.min_by(|a, b| a.1.time.total_cmp(&b.1.time))?;
            if first.time > limit || first.time >= self.end {
                return None;
            }
            if first.known {
                let time = first.time;
                // All that cross at the same time fire before any of them is heard.
                if self.candidates.iter().any(|c| c.time <= time && !c.known) {
                    let unknown = self
                        .candidates
                        .iter()
                        .position(|c| c.time <= time && !c.known);
                    self.look(unknown?, span);
                    continue;
                }
                self.firing.clear();
                for candidate in &self.candidates {
                    if candidate.time <= time {
                        self.firing.push(candidate.lane);
                    }
                }
                return Some(time);
            }
            self.look(index, span);
        }
    }

    /// Finds out when a candidate crosses in the last `span` µs of the step, if at all.
    fn look(&mut self, index: usize, span: f64) {
        self.looks += 1;
        self.work += WORK_OF_LOOK;
        let candidate = &mut self.candidates[index];
        let curve = self.lanes.curve(candidate.lane, span);
        let threshold = self.lanes.owner(candidate.lane).numbers.v_threshold;
        match curve.crossing(threshold, -span) {
            Some(crossing) => {
                candidate.time = (self.end + crossing).max(self.now);
                candidate.known = true;
            }
            None => {
                self.is_candidate[candidate.lane] = false;
                self.candidates.swap_remove(index);
            }
        }
    }

    /// Lets the lanes in `firing` fire now.
    fn fire(&mut self, level: usize) {
        self.sample(self.now);
        for &lane in &self.firing {
            let owner = *self.lanes.owner(lane);
            self.spikes[owner.neuron].push(self.begin + self.now);
            let until = self.now + owner.numbers.tau_refrac;
            self.lanes.hold(lane, until);
            if until < self.end {
                self.releases.push((until, lane));
            }
            self.is_candidate[lane] = false;
        }
        self.candidates
            .retain(|candidate| self.is_candidate[candidate.lane]);
        for index in 0..self.firing.len() {
            let neuron = self.lanes.owner(self.firing[index]).neuron;
            if let Some(origin) = self.wiring.index(Origin::Neuron(neuron)) {
                self.deliver(self.rows.of(origin), level);
            }
        }
    }

    /// Lets a spike arrive now.
    fn deliver(&mut self, fan: Fan<'_>, level: usize) {
        let left = self.end - self.now;
        if fan.reaches(Input::Inhibitory) {
            self.sample(self.now);
            fan.deliver(
                Input::Inhibitory,
                left,
                &mut self.lanes,
                &self.propagators[level],
            );
            self.work += self.lanes.blocks();
            for candidate in &mut self.candidates {
                candidate.known = false;
            }
        }
        if fan.reaches(Input::Excitatory) {
            self.sample(self.now);
            fan.deliver(
                Input::Excitatory,
                left,
                &mut self.lanes,
                &self.propagators[level],
            );
            self.work += self.lanes.blocks();
            for candidate in &mut self.candidates {
                candidate.time = self.now;
                candidate.known = false;
            }
            self.find_candidates(level);
        }
    }

    /// Lets a lane go that was held.
    fn release(&mut self, lane: usize, level: usize) {
        self.sample(self.now);
        self.lanes
            .release(lane, self.end - self.now, &mut self.scratch);
        let numbers = &self.lanes.owner(lane).numbers;
        let over = numbers.v_reset >= numbers.v_threshold;
        if over || self.lanes.may_fire(lane, &self.propagators[level]) {
            self.is_candidate[lane] = true;
            self.candidates.push(Candidate {
                lane,
                time: self.now,
                known: false,
            });
        }
    }

    /// Takes the samples that are due before `until`.
    fn sample(&mut self, until: f64) {
        let until = self.begin + until;
        for &(neuron, lane) in &self.seen {
            let first = self.samplers.next_time(neuron);
            if first >= until {
                continue;
            }
            let end = self.begin + self.end;
            let curve = self.lanes.curve(lane, end - first);
            let state = self.lanes.state(lane);
            let numbers = &self.lanes.owner(lane).numbers;
            // The lines as they were, in weight units.
            let line = |current: f64, weight: f64, tau: f64, left: f64| {
                if weight > 0.0 {
                    current / weight * (left / tau).exp()
                } else {
                    0.0
                }
            };
            self.samplers.take(neuron, until, |time| {
                let left = end - time;
                Sample {
                    membrane: curve.at(-left),
                    excitatory_line: line(
                        state.excitatory,
                        numbers.weight_exc,
                        numbers.tau_syn_exc,
                        left,
                    ),
                    inhibitory_line: line(
                        state.inhibitory,
                        numbers.weight_inh,
                        numbers.tau_syn_inh,
                        left,
                    ),
                    adaptation: 0.0,
                }
            });
            self.work += WORK_OF_SAMPLE;
        }
    }
}
