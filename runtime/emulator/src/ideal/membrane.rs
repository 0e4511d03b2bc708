//! The textbook membrane between two events: its exact solution and its first
//! threshold crossing.
//!
//! Between events V obeys V' = (E − V)/τ + I − J with two exponentially
//! decaying currents. Its slope u = V' obeys u' = −u/τ − I/τ_I + J/τ_J, so
//! u·e^(t/τ) has an extremum where I/τ_I = J/τ_J, which happens at most once
//! and at a time known in closed form. Left and right of it u changes sign at
//! most once each, and between those times V is monotone: no crossing can hide.

use crate::Physical;
use crate::exponential::response;

/// State of a textbook neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Membrane {
    /// Membrane potential, LSB.
    pub v: f64,
    /// Excitatory current, LSB/µs.
    pub excitatory: f64,
    /// Inhibitory current, LSB/µs.
    pub inhibitory: f64,
}

impl Membrane {
    /// The state after `duration` µs in which the membrane moves freely.
    pub fn after(&self, numbers: &Physical, duration: f64) -> Membrane {
        let leak = 1.0 / numbers.tau_m;
        let (rise, fall) = (1.0 / numbers.tau_syn_exc, 1.0 / numbers.tau_syn_inh);
        // Written as a step from V so that a membrane at rest stays there.
        let v = self.v - (numbers.v_leak - self.v) * (-leak * duration).exp_m1()
            + self.excitatory * response(leak, rise, duration)
            - self.inhibitory * response(leak, fall, duration);
        Membrane {
            v,
            ..self.held(numbers, duration)
        }
    }

    /// The state after `duration` µs in which the membrane is held.
    pub fn held(&self, numbers: &Physical, duration: f64) -> Membrane {
        Membrane {
            v: self.v,
            excitatory: self.excitatory * (-duration / numbers.tau_syn_exc).exp(),
            inhibitory: self.inhibitory * (-duration / numbers.tau_syn_inh).exp(),
        }
    }

    /// V' after `duration` µs, LSB/µs: solved for itself, because the difference
    /// E − V loses its sign to rounding once the membrane is back at rest.
    fn slope_after(&self, numbers: &Physical, duration: f64) -> f64 {
        let leak = 1.0 / numbers.tau_m;
        let (rise, fall) = (1.0 / numbers.tau_syn_exc, 1.0 / numbers.tau_syn_inh);
        let slope = (numbers.v_leak - self.v) * leak + self.excitatory - self.inhibitory;
        slope * (-leak * duration).exp() - rise * self.excitatory * response(leak, rise, duration)
            + fall * self.inhibitory * response(leak, fall, duration)
    }

    /// When, within `duration` µs, the membrane first is not below the threshold.
    pub fn crossing(&self, numbers: &Physical, duration: f64) -> Option<f64> {
        let threshold = numbers.v_threshold;
        if self.v >= threshold {
            return Some(0.0);
        }
        // It cannot rise above the higher of V and E by more than the
        // excitatory charge that the leak or the decay leaves time for.
        let reach = self.excitatory * numbers.tau_m.min(numbers.tau_syn_exc);
        if self.v.max(numbers.v_leak) + reach < threshold {
            return None;
        }
        let mut begin = 0.0;
        for end in self.turns(numbers, duration) {
            if self.after(numbers, end).v >= threshold {
                return Some(bisect(begin, end, |time| {
                    self.after(numbers, time).v - threshold
                }));
            }
            begin = end;
        }
        None
    }

    /// Times within `duration`, in order and ending with it, between which V is monotone.
    fn turns(&self, numbers: &Physical, duration: f64) -> impl Iterator<Item = f64> + use<> {
        let (rise, fall) = (1.0 / numbers.tau_syn_exc, 1.0 / numbers.tau_syn_inh);
        // Where I·rise = J·fall; if the rates are equal, nowhere or everywhere.
        let balance = (self.excitatory * rise / (self.inhibitory * fall)).ln() / (rise - fall);
        let balance = if balance > 0.0 && balance < duration {
            balance
        } else {
            0.0
        };
        let slope = |time| self.slope_after(numbers, time);
        let turn = |begin: f64, end: f64| match (slope(begin) > 0.0, slope(end) > 0.0) {
            (true, false) => Some(bisect(begin, end, |time| -slope(time))),
            (false, true) => Some(bisect(begin, end, slope)),
            _ => None,
        };
        let turns = [
            turn(0.0, balance),
            Some(balance),
            turn(balance, duration),
            Some(duration),
        ];
        turns.into_iter().flatten()
    }
}

/// The time in `begin..=end` at which `distance` becomes at least 0, given
/// that it is below 0 before and not below after: halving, down to
/// neighbouring numbers, so nothing about the function can mislead it.
fn bisect(begin: f64, end: f64, distance: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (begin, end);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if distance(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}
