//! Motion of the membrane over a time in which no spike arrives: the exponential
//! Rosenbrock-Euler method (Hochbruck and Ostermann 2010). It linearises the currents
//! at the start of a step and solves that exactly (what their bend adds is put on
//! top), so a membrane that is fast against the step (small capacitance, multiplied
//! bias) settles where it belongs instead of blowing up. The same formula, read at a
//! part of a step, gives the samples and the crossing within it.

use crate::amplifier::Slope;
use crate::exponential::phi1_and_phi2;
use crate::root::root;

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

    /// Time at which, within `duration` µs, the membrane first is at `threshold`, given
    /// that it starts below and ends, with a `drift` of its own, not below.
    pub fn crossing(&self, threshold: f64, duration: f64, drift: f64) -> f64 {
        let above = |time: f64| self.at(time) + drift * time / duration - threshold;
        // To far below the 8 ns of the clock.
        let values = (self.v - threshold, above(duration));
        root((0.0, duration), values, 1e-6, above)
    }
}
