//! The lanes that may cross their threshold before the end of the step, and which of
//! them does so first.
//!
//! When a lane crosses is found only if it is asked for, since all that is known is
//! void when a spike arrives. After an inhibitory one a crossing can only be later,
//! though: the time known before still says before when not to look.

use super::lanes::Lanes;

#[derive(Debug, Clone, Copy)]
struct Candidate {
    lane: usize,
    /// Time at which it crosses or, if that is not known, before when it does not, µs.
    time: f64,
    known: bool,
}

/// All candidates of a step.
#[derive(Debug)]
pub(super) struct Candidates {
    list: Vec<Candidate>,
    is_listed: Vec<bool>,
    /// Lanes that fire first, as [`Candidates::find_first`] found them.
    pub firing: Vec<usize>,
    /// Number of crossings looked for in this step.
    pub looks: usize,
}

impl Candidates {
    /// Room for so many lanes.
    pub fn new(lanes: usize) -> Candidates {
        Candidates {
            list: Vec::with_capacity(lanes),
            is_listed: vec![false; lanes],
            firing: Vec::with_capacity(lanes),
            looks: 0,
        }
    }

    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Begins a new step, or the same again.
    pub fn clear(&mut self) {
        for candidate in self.list.drain(..) {
            self.is_listed[candidate.lane] = false;
        }
        self.looks = 0;
    }

    /// Adds a lane that does not cross before `now`.
    pub fn add(&mut self, lane: usize, now: f64) {
        if !self.is_listed[lane] {
            self.is_listed[lane] = true;
            self.list.push(Candidate {
                lane,
                time: now,
                known: false,
            });
        }
    }

    /// An inhibitory spike arrives: crossings come later, if at all.
    pub fn delay(&mut self) {
        for candidate in &mut self.list {
            candidate.known = false;
        }
    }

    /// An excitatory spike arrives now: crossings come earlier.
    pub fn hasten(&mut self, now: f64) {
        for candidate in &mut self.list {
            candidate.time = now;
            candidate.known = false;
        }
    }

    /// Time at which the first candidates cross, if that is not after `limit` and before the end
    /// of the step. They, all that cross at the very same time, are no longer listed but
    /// `firing`: no spike of one arrives at another before it fires itself.
    pub fn find_first(&mut self, lanes: &Lanes, now: f64, limit: f64, end: f64) -> Option<f64> {
        // Those of which nothing is known come first, all of them.
        let mut index = 0;
        while index < self.list.len() {
            let candidate = self.list[index];
            let stays = candidate.known || candidate.time > now;
            if stays || self.look(index, lanes, now, end) {
                index += 1;
            }
        }
        let time = loop {
            // Of those of the same time, the unknown come first.
            let first = self.list.iter().enumerate().min_by(|(_, a), (_, b)| {
                let times = a.time.total_cmp(&b.time);
                times.then(a.known.cmp(&b.known))
            });
            let (index, &first) = first?;
            if first.time > limit || first.time >= end {
                return None;
            }
            if first.known {
                break first.time;
            }
            self.look(index, lanes, now, end);
        };
        self.firing.clear();
        let (firing, is_listed) = (&mut self.firing, &mut self.is_listed);
        self.list.retain(|candidate| {
            let stays = candidate.time > time;
            if !stays {
                firing.push(candidate.lane);
                is_listed[candidate.lane] = false;
            }
            stays
        });
        Some(time)
    }

    /// Finds out when a candidate crosses before the end of the step; says whether it
    /// does at all and stays in its place.
    fn look(&mut self, index: usize, lanes: &Lanes, now: f64, end: f64) -> bool {
        self.looks += 1;
        let candidate = &mut self.list[index];
        let span = end - now;
        let threshold = lanes.owner(candidate.lane).numbers.v_threshold;
        let crossing = lanes
            .trajectory(candidate.lane, span)
            .crossing(threshold, -span);
        if let Some(crossing) = crossing {
            candidate.time = (end + crossing).max(now);
            candidate.known = true;
        } else {
            self.is_listed[candidate.lane] = false;
            self.list.swap_remove(index);
        }
        crossing.is_some()
    }
}
