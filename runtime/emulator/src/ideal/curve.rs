//! The way of one membrane within a step, and its first threshold crossing there.
//!
//! A step is no longer than any time constant, so a few terms of the Taylor series
//! about its end are the exact solution to the last digit. Going backwards from the end needs no
//! knowledge of what happened before.
//!
//! Between events V obeys V' = (E − V)/τ + I − J with two exponentially
//! decaying currents. Its slope u = V' obeys u' = −u/τ − I/τ_I + J/τ_J, so
//! u·e^(t/τ) has an extremum where I/τ_I = J/τ_J, which happens at most once. Left
//! and right of it u changes sign at most once each, and between those times V
//! is monotone: no crossing can hide.

use super::lanes::State;
use crate::Physical;

/// Most terms of a series: 1/20! is below the last digit.
const TERMS: usize = 20;

/// What is left out of a series, as a part of what a current amounts to.
const REMAINDER: f64 = 1e-18;

/// V as a polynomial of the time since the end of the step, which is not above 0.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// V^(k)/k!, from k = 0 on.
    terms: [f64; TERMS],
    count: usize,
    /// I/τ_I at the end, and 1/τ_I.
    up: (f64, f64),
    /// J/τ_J at the end, and 1/τ_J.
    down: (f64, f64),
}

impl Curve {
    /// A membrane that does not move.
    pub fn level(v: f64) -> Curve {
        let mut terms = [0.0; TERMS];
        terms[0] = v;
        Curve {
            terms,
            count: 1,
            up: (0.0, 0.0),
            down: (0.0, 0.0),
        }
    }

    /// The last `span` µs of a way that ends in `state`.
    pub fn new(numbers: &Physical, state: &State, span: f64) -> Curve {
        let leak = 1.0 / numbers.tau_m;
        let (rise, fall) = (1.0 / numbers.tau_syn_exc, 1.0 / numbers.tau_syn_inh);
        let largest = span * leak.max(rise).max(fall);
        let mut terms = [0.0; TERMS];
        terms[0] = state.v;
        terms[1] = (numbers.v_leak - state.v) * leak + state.excitatory - state.inhibitory;
        let (mut up, mut down) = (state.excitatory, state.inhibitory);
        let (mut count, mut size) = (2, largest);
        while count < TERMS && size > REMAINDER {
            let part = RECIPROCALS[count];
            // The derivatives of the currents, k terms on over k!.
            up *= -rise * RECIPROCALS[count - 1];
            down *= -fall * RECIPROCALS[count - 1];
            terms[count] = (up - down - leak * terms[count - 1]) * part;
            size *= largest * part;
            count += 1;
        }
        Curve {
            terms,
            count,
            up: (state.excitatory * rise, rise),
            down: (state.inhibitory * fall, fall),
        }
    }

    /// V at a time.
    #[inline]
    pub fn at(&self, time: f64) -> f64 {
        let mut value = 0.0;
        for term in self.terms[..self.count].iter().rev() {
            value = value * time + term;
        }
        value
    }

    /// V above the first term, and V', at a time.
    #[inline]
    fn moved(&self, time: f64) -> (f64, f64) {
        let (mut value, mut slope) = (0.0, 0.0);
        for term in self.terms[1..self.count.max(2)].iter().rev() {
            slope = slope * time + value;
            value = value * time + term;
        }
        (value * time, slope * time + value)
    }

    /// When, from `begin` to the end, the membrane first is not below the threshold.
    pub fn crossing(&self, threshold: f64, begin: f64) -> Option<f64> {
        // The difference first: it is small, and keeps its digits.
        let offset = self.terms[0] - threshold;
        let height = |time: f64| {
            let (moved, slope) = self.moved(time);
            (offset + moved, slope)
        };
        let start = height(begin);
        if start.0 >= 0.0 {
            return Some(begin);
        }
        let (first, last) = (self.bend(begin), self.bend(0.0));
        if first * last < 0.0 {
            let sign = last.signum();
            let balance = root(begin, 0.0, |time| (sign * self.bend(time), 0.0));
            let middle = height(balance);
            self.rise((begin, start), (balance, middle), &height)
                .or_else(|| {
                    if middle.0 >= 0.0 {
                        return Some(balance);
                    }
                    self.rise((balance, middle), (0.0, height(0.0)), &height)
                })
        } else {
            self.rise((begin, start), (0.0, height(0.0)), &height)
        }
    }

    /// What turns u·e^(t/τ): J/τ_J − I/τ_I at a time, or a number of the same sign.
    fn bend(&self, time: f64) -> f64 {
        let (up, down) = (self.up, self.down);
        if up.0 == 0.0 || down.0 == 0.0 || up.1 == down.1 {
            return down.0 - up.0;
        }
        down.0 * growth(-down.1 * time, self.count) - up.0 * growth(-up.1 * time, self.count)
    }

    /// The first crossing of a piece in which the slope changes its sign at most once,
    /// and which begins below the threshold. The ends are given with height and slope.
    fn rise(
        &self,
        from: (f64, (f64, f64)),
        to: (f64, (f64, f64)),
        height: &impl Fn(f64) -> (f64, f64),
    ) -> Option<f64> {
        if to.1.0 >= 0.0 {
            return Some(root(from.0, to.0, height));
        }
        if from.1.1 > 0.0 && to.1.1 < 0.0 {
            let top = root(from.0, to.0, |time| (-height(time).1, 0.0));
            if height(top).0 >= 0.0 {
                return Some(root(from.0, top, height));
            }
        }
        None
    }
}

/// 1/k.
const RECIPROCALS: [f64; TERMS] = {
    let mut reciprocals = [0.0; TERMS];
    let mut k = 1;
    while k < TERMS {
        reciprocals[k] = 1.0 / k as f64;
        k += 1;
    }
    reciprocals
};

/// e^z for z from 0 to 1, of so many terms.
fn growth(z: f64, terms: usize) -> f64 {
    let mut sum = 1.0;
    for reciprocal in RECIPROCALS[1..terms].iter().rev() {
        sum = 1.0 + sum * z * reciprocal;
    }
    sum
}

/// The time in `begin..=end` at which `distance` becomes at least 0, given that it
/// is below 0 before and not below after. `distance` says its slope too, or 0: then
/// the interval is halved, as it is where the slope would mislead.
fn root(begin: f64, end: f64, distance: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (begin, end);
    let smallest = (end - begin) * f64::EPSILON;
    let mut time = end;
    for _ in 0..100 {
        let (value, slope) = distance(time);
        if value < 0.0 {
            low = time;
        } else {
            high = time;
        }
        let step = -value / slope;
        let next = time + step;
        // Not a number if both are 0.
        if next > low && next < high {
            time = next;
            if step.abs() <= smallest {
                break;
            }
        } else if next == time || high - low <= smallest {
            break;
        } else {
            time = 0.5 * (low + high);
            if time <= low || time >= high {
                time = high;
                break;
            }
        }
    }
    time
}
