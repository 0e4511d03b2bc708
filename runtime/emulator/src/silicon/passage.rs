//! One neuron on its way through one step of the lanes, in steps of its own:
//! arrivals, threshold crossings, spikes and resets in the order in which they
//! happen. Takes what a lane cannot be trusted with, and is what is looked at
//! where a trace is recorded.

use super::{Arrival, Clock};
use crate::Transfer;
use crate::neuron::{Neuron, Phase, State, Step};
use crate::readout::Sample;

/// Largest change of the membrane in one step, LSB per µs of the longest step:
/// 18 LSB in 0.15 µs. The step is nearly exact for the amplifiers' tangents; this
/// keeps the membrane near where they touch.
const LARGEST_CHANGE: f64 = 120.0;
/// Shortest step, as a part of the longest: bounds the work of a membrane that
/// is faster than any the chip can be configured to.
const SHORTEST: f64 = 1e-3;

/// What a passage goes through and with.
pub(super) struct Passage<'a> {
    pub neuron: &'a Neuron,
    pub state: &'a mut State,
    /// What arrives within the window, in order of time.
    pub inbox: &'a [Arrival],
    pub transfer: &'a Transfer,
    pub clock: Clock,
    /// What the noise does to the membrane, LSB/µs.
    pub drift: f64,
    /// Longest step, µs.
    pub step: f64,
}

/// One step that has been made, to be looked at from outside.
pub(super) struct Stretch<'a> {
    neuron: &'a Neuron,
    begin: f64,
    /// Where the next one begins, µs.
    pub end: f64,
    step: Step,
    /// What the noise adds until the end, LSB.
    drift: f64,
    /// The two synaptic lines at the beginning, weight units.
    lines: (f64, f64),
}

impl Stretch<'_> {
    /// What there is to see at a time within.
    pub fn at(&self, time: f64) -> Sample {
        let since = time - self.begin;
        let part = since / (self.end - self.begin);
        let decay = self.neuron.decay(since);
        Sample {
            membrane: self.step.at(since) + self.drift * part,
            excitatory_line: self.lines.0 * decay.0,
            inhibitory_line: self.lines.1 * decay.1,
            adaptation: 0.0,
        }
    }
}

impl Passage<'_> {
    /// Goes from time `from` to time `to`, shows every step to `look`, notes the
    /// spikes in `fired` and returns the number of steps.
    pub fn run(
        &mut self,
        from: f64,
        to: f64,
        mut look: impl FnMut(&Stretch),
        fired: &mut Vec<f64>,
    ) -> usize {
        let mut steps = 0;
        let mut pending = self.inbox.iter().peekable();
        let mut now = from;
        while now < to {
            while let Some(arrival) = pending.next_if(|arrival| arrival.time <= now) {
                self.state.excitatory += arrival.excitatory;
                self.state.inhibitory += arrival.inhibitory;
            }
            let mut stop = pending.peek().map_or(to, |arrival| arrival.time.min(to));
            match self.state.phase {
                Phase::Firing(at) if at <= now => {
                    fired.push(at);
                    self.state.phase = Phase::Refractory(at + self.neuron.refractory);
                    continue;
                }
                Phase::Refractory(until) if until <= now => {
                    self.state.phase = Phase::Free;
                    continue;
                }
                Phase::Free if self.state.v >= self.neuron.threshold => {
                    self.fire(now);
                    continue;
                }
                Phase::Firing(time) | Phase::Refractory(time) => stop = stop.min(time),
                Phase::Free => {}
            }
            let (reached, count) = self.glide(now, stop, &mut look);
            now = reached;
            steps += count;
        }
        steps
    }

    /// Moves the membrane on its own, no further than `stop` and no further
    /// than the step in which it crosses the threshold; returns how far it came
    /// and in how many steps.
    fn glide(&mut self, begin: f64, stop: f64, look: &mut impl FnMut(&Stretch)) -> (f64, usize) {
        let longest = (stop - begin) / ((stop - begin) / self.step).ceil().max(1.0);
        let decay = self.neuron.decay(longest);
        let largest = LARGEST_CHANGE * self.step;
        let mut now = begin;
        let mut steps = 0;
        while now < stop {
            let step = self.neuron.step(self.state);
            let mut length = longest;
            let mut potential = step.at(length);
            let change = (potential - self.state.v).abs();
            let whole = length;
            if change > largest {
                length = (length * largest / change).max(self.step * SHORTEST);
            }
            // The last step takes the rounding of the others.
            let mut end = now + length;
            if end > stop - self.step * SHORTEST {
                end = stop;
                length = stop - now;
            }
            let mut decay = decay;
            if length != whole {
                decay = self.neuron.decay(length);
                potential = step.at(length);
            }
            let drift = self.drift * length;
            look(&Stretch {
                neuron: self.neuron,
                lines: (self.state.excitatory, self.state.inhibitory),
                begin: now,
                end,
                step,
                drift,
            });
            self.state.v =
                (potential + drift).clamp(self.transfer.sink_floor, self.transfer.source_ceiling);
            self.state.excitatory *= decay.0;
            self.state.inhibitory *= decay.1;
            steps += 1;
            if self.state.phase == Phase::Free && self.state.v >= self.neuron.threshold {
                let crossing = now + step.crossing(self.neuron.threshold, length, drift);
                self.fire(crossing);
                return (end, steps);
            }
            now = end;
        }
        (stop, steps)
    }

    /// The comparator has seen the membrane cross the threshold.
    fn fire(&mut self, crossing: f64) {
        let spike = crossing + self.transfer.comparator_delay;
        self.state.phase = Phase::Firing(self.clock.next_cycle(spike));
    }
}
