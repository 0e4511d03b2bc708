//! The two circuits that make the neuron an adaptive exponential one.

use crate::amplifier::{Current, Rails, Slope, tanh};

/// The exponential current: it grows by e over `slope_factor`, up to where its
/// transistors saturate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exponential {
    /// Slope it saturates at, LSB/µs.
    pub largest: f64,
    /// Potential at which it is half of that, LSB.
    pub half: f64,
    /// LSB.
    pub slope_factor: f64,
}

impl Exponential {
    /// A current of `rate` · `slope_factor` at potential `onset`, which saturates at
    /// `largest`.
    pub fn new(onset: f64, slope_factor: f64, rate: f64, largest: f64) -> Exponential {
        Exponential {
            largest,
            half: onset + slope_factor * (largest / (rate * slope_factor)).ln(),
            slope_factor,
        }
    }

    /// Its part of the largest current at potential `v`.
    fn share(&self, v: f64) -> f64 {
        1.0 / (1.0 + (-(v - self.half) / self.slope_factor).exp())
    }

    /// Adds its current at potential `v`.
    pub fn add(&self, v: f64, rails: &Rails, slope: &mut Slope) {
        let share = self.share(v);
        let by_potential = self.largest * share * (1.0 - share) / self.slope_factor;
        let current = Current {
            value: self.largest * share,
            by_potential,
            by_time: 0.0,
            curvature: by_potential * (1.0 - 2.0 * share) / self.slope_factor,
        };
        rails.add(v, current, slope);
    }
}

/// The adaptation: a voltage that follows the membrane slowly, is moved by spikes,
/// and takes a current off the membrane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adaptation {
    /// 1/µs.
    pub rate: f64,
    /// Resting state without the membrane's influence, LSB.
    pub reference: f64,
    /// Membrane potential without influence, LSB.
    pub leak: f64,
    /// Steady state per LSB of the membrane, with its sign.
    pub coupling: f64,
    /// Increment per spike, LSB, with its sign.
    pub increment: f64,
    /// Membrane slope per LSB, 1/µs; 0 if it is not connected.
    pub strength: f64,
    /// Distances at which its amplifiers saturate, LSB.
    pub saturation: f64,
}

impl Adaptation {
    /// Steady state with the membrane at `v`, LSB.
    pub fn target(&self, v: f64) -> f64 {
        self.reference + self.coupling * self.saturation * tanh((v - self.leak) / self.saturation)
    }

    /// The state `duration` µs on, with the membrane at `v` on the mean.
    pub fn follow(&self, state: f64, v: f64, duration: f64) -> f64 {
        let target = self.target(v);
        target + (state - target) * (-self.rate * duration).exp()
    }

    /// Adds its current in `state` with the membrane at `v`.
    pub fn add(&self, state: f64, v: f64, rails: &Rails, slope: &mut Slope) {
        if self.strength == 0.0 {
            return;
        }
        let bent = tanh((state - self.reference) / self.saturation);
        let current = self.strength * self.saturation * bent;
        let by_time = self.strength * (1.0 - bent * bent) * self.rate * (self.target(v) - state);
        let current = Current {
            value: -current,
            by_potential: 0.0,
            by_time: -by_time,
            curvature: 0.0,
        };
        rails.add(v, current, slope);
    }
}
