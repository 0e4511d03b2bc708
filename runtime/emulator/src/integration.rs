//! How the membrane moves over a time in which no spike arrives: the exponential
//! Rosenbrock-Euler method (Hochbruck and Ostermann 2010). It linearises the currents
//! at the start of a step and solves that exactly (what their bend adds is put on
//! top), so a membrane that is fast against the step (small capacitance, multiplied
//! bias) settles where it belongs instead of blowing up. The same formula, read at a
//! part of a step, gives the samples and the crossing within it.

use crate::amplifier::Slope;
use crate::exponential::phi1_and_phi2;

/// A step of the membrane whose end is still open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub v: f64,
    pub slope: Slope,
}

impl Step {
    /// The membrane potential `duration` µs into the step.
    #[inline]
    pub fn at(&self, duration: f64) -> f64 {
        let z = self.slope.by_potential * duration;
        let (phi1, phi2) = phi1_and_phi2(z);
        let change = duration * (phi1 * self.slope.value + duration * phi2 * self.slope.by_time);
        // The amplifier's bend, to third order; where that is much, a step is too long.
        let bend = duration / 6.0 * self.slope.curvature * change;
        self.v + change + bend.clamp(-0.25, 0.25) * change
    }

    /// When, within `duration` µs, the membrane first is at `threshold`, given
    /// that it starts below and ends, with a `drift` of its own, not below.
    pub fn crossing(&self, threshold: f64, duration: f64, drift: f64) -> f64 {
        let above = |time: f64| self.at(time) + drift * time / duration - threshold;
        let (mut low, mut high) = (0.0, duration);
        let (mut below_by, mut above_by) = (self.v - threshold, above(duration));
        // False position, in the Illinois form that cannot get stuck: a handful of
        // rounds take a step to far below the 8 ns of the clock.
        let mut last = 0;
        for _ in 0..40 {
            if high - low < 1e-6 {
                break;
            }
            let middle = (low + (high - low) * below_by / (below_by - above_by))
                .clamp(low + 1e-7, high - 1e-7);
            let difference = above(middle);
            if difference < 0.0 {
                (low, below_by) = (middle, difference);
                if last < 0 {
                    above_by *= 0.5;
                }
                last = -1;
            } else {
                (high, above_by) = (middle, difference);
                if last > 0 {
                    below_by *= 0.5;
                }
                last = 1;
            }
        }
        high
    }
}
