//! One neuron on its way through one step of the lanes, in steps of its own:
//! arrivals, threshold crossings, spikes and resets in the order in which they
//! happen. Takes what a lane cannot be trusted with, and is what is looked at
//! where a trace is recorded.

use super::clock::Clock;
use super::events::Arrival;
use crate::integration::Step;
use crate::neuron::{Neuron, Phase, State};
use crate::readout::sample::Sample;

/// Largest change of the membrane in one step, LSB per µs of the longest step:
/// 18 LSB in 0.15 µs, the longest of a scalar pass. The step is nearly exact for the
/// amplifiers' tangents; this keeps the membrane near where they touch.
const LARGEST_CHANGE: f64 = 120.0;
/// The same with an exponential current, as a part of its slope factor.
const LARGEST_EXPONENT: f64 = 0.3;
/// The same near the ceiling, as a part of its softness, and how many of these near is.
const LARGEST_NEAR_CEILING: f64 = 0.2;
const NEAR_CEILING: f64 = 4.0;
/// Shortest step, as a part of the longest: bounds the work of a membrane that
/// is faster than any the chip can be configured to.
const SHORTEST: f64 = 1e-3;

/// Stepper of one neuron through a window of time.
pub(super) struct ScalarStepper<'a> {
    pub neuron: &'a Neuron,
    pub state: &'a mut State,
    /// Arrivals within the window, in order of time.
    pub inbox: &'a [Arrival],
    pub clock: Clock,
    /// Slope of the membrane from the noise, LSB/µs.
    pub drift: f64,
    /// Longest step, µs.
    pub step: f64,
    /// Number of steps made.
    pub steps: usize,
}

/// One step that has been made, to be looked at from outside.
pub(super) struct SubStep<'a> {
    begin: f64,
    /// Beginning of the next one, µs.
    pub end: f64,
    neuron: &'a Neuron,
    step: Step,
    /// The state it began in, and the adaptation it ended in.
    state: State,
    adaptation: f64,
    /// Potential that the noise adds until the end, LSB.
    drift: f64,
}

impl SubStep<'_> {
    /// Samples the sub-step at a time within.
    pub fn at(&self, time: f64) -> Sample {
        let duration = time - self.begin;
        let part = duration / (self.end - self.begin);
        let decay = self.neuron.decay(duration);
        let rails = &self.neuron.rails;
        Sample {
            membrane: (self.step.at(duration) + self.drift * part)
                .clamp(rails.floor.end, rails.ceiling.end),
            excitatory_line: self.state.excitatory * decay.0,
            inhibitory_line: self.state.inhibitory * decay.1,
            adaptation: self.state.adaptation + part * (self.adaptation - self.state.adaptation),
        }
    }
}

impl ScalarStepper<'_> {
    /// Goes from time `from` to time `to`, shows every step to `look`, and notes the
    /// spikes in `fired`.
    pub fn run(
        &mut self,
        from: f64,
        to: f64,
        mut look: impl FnMut(&SubStep),
        fired: &mut Vec<f64>,
    ) {
        let mut pending = self.inbox.iter().peekable();
        let mut now = from;
        while now < to {
            while let Some(arrival) = pending.next_if(|arrival| arrival.time <= now) {
                self.state.excitatory += arrival.excitatory;
                self.state.inhibitory += arrival.inhibitory;
            }
            let stop = pending.peek().map_or(to, |arrival| arrival.time.min(to));
            let stop = match self.neuron.phase_end(self.state.phase) {
                Some(end) if end <= now => {
                    self.next_phase(fired);
                    continue;
                }
                Some(end) => stop.min(end),
                None if self.state.v >= self.neuron.threshold => {
                    self.fire(now);
                    continue;
                }
                None => stop,
            };
            now = self.glide(now, stop, &mut look);
        }
    }

    /// Leaves a phase that has come to its end.
    fn next_phase(&mut self, fired: &mut Vec<f64>) {
        self.state.phase = match self.state.phase {
            Phase::SpikePending(spike) => {
                fired.push(spike);
                if let Some(adaptation) = &self.neuron.adaptation {
                    self.state.adaptation += adaptation.increment;
                }
                Phase::Reset(spike)
            }
            Phase::Reset(spike) => Phase::Refractory(spike),
            Phase::Refractory(_) | Phase::Integrating => Phase::Integrating,
        };
    }

    /// Moves the membrane on its own, no further than `stop` and no further
    /// than the step in which it crosses the threshold; returns how far it came.
    fn glide(&mut self, begin: f64, stop: f64, look: &mut impl FnMut(&SubStep)) -> f64 {
        let longest = (stop - begin) / ((stop - begin) / self.step).ceil().max(1.0);
        let decay = self.neuron.decay(longest);
        let mut largest = LARGEST_CHANGE * self.step;
        if let Some(exponential) = &self.neuron.exponential {
            largest = largest.min(LARGEST_EXPONENT * exponential.slope_factor);
        }
        let mut now = begin;
        while now < stop {
            self.steps += 1;
            let step = self.neuron.step(self.state);
            let mut length = longest;
            let mut potential = step.at(length);
            let change = (potential - self.state.v).abs();
            let ceiling = &self.neuron.rails.ceiling;
            let near = potential.max(self.state.v) > ceiling.end - NEAR_CEILING * ceiling.softness;
            let largest = if near {
                largest.min(LARGEST_NEAR_CEILING * ceiling.softness)
            } else {
                largest
            };
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
            let before = *self.state;
            let rails = &self.neuron.rails;
            self.state.v = (potential + drift).clamp(rails.floor.end, rails.ceiling.end);
            self.state.excitatory *= decay.0;
            self.state.inhibitory *= decay.1;
            if let Some(adaptation) = &self.neuron.adaptation {
                let mean = 0.5 * (before.v + self.state.v);
                self.state.adaptation = adaptation.follow(before.adaptation, mean, length);
            }
            look(&SubStep {
                begin: now,
                end,
                neuron: self.neuron,
                step,
                state: before,
                adaptation: self.state.adaptation,
                drift,
            });
            if self.state.phase == Phase::Integrating && self.state.v >= self.neuron.threshold {
                self.fire(now + step.crossing(self.neuron.threshold, length, drift));
                return end;
            }
            now = end;
        }
        stop
    }

    /// The comparator has seen the membrane cross the threshold.
    fn fire(&mut self, crossing: f64) {
        let spike = crossing + self.neuron.comparator_delay;
        self.state.phase = Phase::SpikePending(self.clock.next_cycle(spike));
    }
}
