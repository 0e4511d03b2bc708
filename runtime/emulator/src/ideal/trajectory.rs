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

use super::state::State;

/// Most terms of a series: 1/20! is below the last digit.
const TERMS: usize = 20;

/// Truncation error of a series, as a part of a current.
const REMAINDER: f64 = 1e-18;

/// V as a polynomial of the time since the end of the step, which is not above 0.
#[derive(Debug, Clone)]
pub(super) struct Trajectory {
    /// V^(k)/k!, from k = 0 on.
    terms: [f64; TERMS],
    count: usize,
    /// I/τ_I at the end, and 1/τ_I.
    up: (f64, f64),
    /// J/τ_J at the end, and 1/τ_J.
    down: (f64, f64),
    /// 1/τ.
    leak: f64,
}

impl Trajectory {
    /// A membrane that does not move.
    pub fn level(v: f64) -> Trajectory {
        let mut terms = [0.0; TERMS];
        terms[0] = v;
        Trajectory {
            terms,
            count: 1,
            up: (0.0, 0.0),
            down: (0.0, 0.0),
            leak: 0.0,
        }
    }

    /// The last `span` µs of a way that ends in `state`, with the rates 1/τ, 1/τ_I and 1/τ_J.
    pub fn new([leak, rise, fall]: [f64; 3], v_leak: f64, state: &State, span: f64) -> Trajectory {
        let largest = span * leak.max(rise).max(fall);
        let mut terms = [0.0; TERMS];
        terms[0] = state.v;
        terms[1] = (v_leak - state.v) * leak + state.excitatory - state.inhibitory;
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
        Trajectory {
            terms,
            count,
            up: (state.excitatory * rise, rise),
            down: (state.inhibitory * fall, fall),
            leak,
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

    /// Height of V above a level, from the height of the first term above it at the end.
    #[inline]
    fn point(&self, time: f64, end: f64) -> Point {
        let (mut value, mut slope) = (0.0, 0.0);
        for term in self.terms[1..self.count.max(2)].iter().rev() {
            slope = slope * time + value;
            value = value * time + term;
        }
        Point {
            time,
            height: end + value * time,
            slope: slope * time + value,
        }
    }

    /// Time at which, from `begin` to the end, the membrane first is not below the threshold.
    pub fn crossing(&self, threshold: f64, begin: f64) -> Option<f64> {
        // The difference first: it is small, and keeps its digits.
        let end = Point {
            time: 0.0,
            height: self.terms[0] - threshold,
            slope: self.terms[1],
        };
        let start = self.point(begin, end.height);
        if start.height >= 0.0 {
            return Some(begin);
        }
        let (first, last) = (self.bend(begin), self.bend(0.0));
        if first * last >= 0.0 {
            return self.rise(start, end, end.height);
        }
        let balance = halve(begin, 0.0, |time| last.signum() * self.bend(time));
        let middle = self.point(balance, end.height);
        self.rise(start, middle, end.height)
            .or_else(|| self.rise(middle, end, end.height))
    }

    /// Derivative of u·e^(t/τ), but for its size: J/τ_J − I/τ_I at a time.
    fn bend(&self, time: f64) -> f64 {
        let (up, down) = (self.up, self.down);
        if up.0 == 0.0 || down.0 == 0.0 || up.1 == down.1 {
            return down.0 - up.0;
        }
        down.0 * growth(-down.1 * time, self.count) - up.0 * growth(-up.1 * time, self.count)
    }

    /// The first crossing of a piece in which the slope changes its sign at most once,
    /// and which begins below the threshold.
    fn rise(&self, from: Point, to: Point, end: f64) -> Option<f64> {
        if to.height >= 0.0 {
            return Some(self.root(from, to, end));
        }
        if from.slope > 0.0 && to.slope < 0.0 {
            let top = halve(from.time, to.time, |time| -self.point(time, end).slope);
            let top = self.point(top, end);
            if top.height >= 0.0 {
                return Some(self.root(from, top, end));
            }
        }
        None
    }

    /// Crossing of a height by a piece that begins below it and does not end there: with
    /// Newton's method, and by halving where that leads astray.
    fn root(&self, from: Point, to: Point, end: f64) -> f64 {
        let length = to.time - from.time;
        let (mut low, mut high) = (from.time, to.time);
        let smallest = length * f64::EPSILON;
        // V'' = −V'/τ − I/τ_I + J/τ_J; within a step no current is more than e times as
        // large as at its end, and the slope seldom twice what it is at both ends.
        let steepest = from.slope.abs().max(to.slope.abs());
        let currents = std::f64::consts::E * (self.up.0 + self.down.0);
        let curvature = 2.0 * self.leak * steepest + currents;
        let mut time = first_guess(from, to);
        for _ in 0..100 {
            let here = self.point(time, end);
            if here.height < 0.0 {
                low = time;
            } else {
                high = time;
            }
            let step = -here.height / here.slope;
            let next = time + step;
            if next >= low && next <= high {
                time = next;
                // What is left then is about half of that.
                if step * step * curvature <= smallest * here.slope.abs() {
                    break;
                }
            } else {
                time = 0.5 * (low + high);
            }
            if high - low <= smallest {
                break;
            }
        }
        time
    }
}

/// Place of a membrane at a time, seen from a threshold.
#[derive(Debug, Clone, Copy)]
struct Point {
    time: f64,
    height: f64,
    slope: f64,
}

/// About where height 0 is between two points.
fn first_guess(from: Point, to: Point) -> f64 {
    let (length, rise) = (to.time - from.time, to.height - from.height);
    let part = -from.height / rise;
    if from.slope * length < 0.2 * rise || to.slope * length < 0.2 * rise {
        return from.time + part * length;
    }
    // The cubic that says when a height is reached, with the right slopes at both ends.
    let (first, last) = (rise / from.slope, rise / to.slope);
    let square = 3.0 * length - 2.0 * first - last;
    let cube = first + last - 2.0 * length;
    let time = from.time + part * (first + part * (square + part * cube));
    time.clamp(from.time, to.time)
}

/// The way of one synaptic line within a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Weight units at the end.
    level: f64,
    /// 1/µs.
    rate: f64,
}

impl Line {
    /// One that has a current in the end, LSB/µs; an input that is off has an empty line.
    pub fn new(current: f64, weight: f64, time_constant: f64) -> Line {
        Line {
            level: if weight > 0.0 { current / weight } else { 0.0 },
            rate: 1.0 / time_constant,
        }
    }

    /// Weight units at a time.
    pub fn at(self, time: f64) -> f64 {
        self.level * growth(-self.rate * time, TERMS)
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
/// is below 0 before and not below after: halving, so nothing can mislead it.
fn halve(begin: f64, end: f64, distance: impl Fn(f64) -> f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::Calibration;
    use crate::chip::Chip;
    use crate::ideal::lanes::rates;
    use crate::physical::{Physical, physical};

    /// A sequence of numbers from 0 to 1 (Knuth's MMIX).
    fn sequence() -> impl FnMut() -> f64 {
        let mut state = 1u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// A state at time 0 of a membrane that turns at these times before, if there is one.
    fn turning_twice(numbers: &Physical, one: f64, other: f64) -> Option<State> {
        let rates = [numbers.tau_m, numbers.tau_syn_exc, numbers.tau_syn_inh].map(|t| 1.0 / t);
        // V = E + the sum of α e^(−at): with the first α 1, V' = 0 at both times.
        let slope = |mode: usize, time: f64| rates[mode] * (-rates[mode] * time).exp();
        let determinant = slope(1, one) * slope(2, other) - slope(2, one) * slope(1, other);
        let mode = |with: usize, sign: f64| {
            let minor = slope(with, one) * slope(0, other) - slope(0, one) * slope(with, other);
            sign * minor / determinant
        };
        let (up, down) = (mode(2, 1.0), mode(1, -1.0));
        let excitatory = up * (rates[0] - rates[1]);
        let inhibitory = -down * (rates[0] - rates[2]);
        let scale = 10.0 / excitatory;
        (excitatory * inhibitory > 0.0).then_some(State {
            v: numbers.v_leak + scale * (1.0 + up + down),
            excitatory: scale * excitatory,
            inhibitory: scale * inhibitory,
            held_until: 0.0,
        })
    }

    #[test]
    fn the_first_crossing_is_found_however_the_membrane_turns() {
        const GRID: usize = 4000;
        let mut random = sequence();
        let (mut turning, mut found) = (0, 0);
        for _ in 0..4000 {
            let numbers = Physical {
                tau_m: 1.0 + 9.0 * random(),
                tau_syn_exc: 1.0 + 9.0 * random(),
                tau_syn_inh: 1.0 + 9.0 * random(),
                v_leak: 100.0 * random(),
                ..physical(&Chip::ideal(), 0, &Calibration::Tutorial.neuron())
            };
            let times = [numbers.tau_m, numbers.tau_syn_exc, numbers.tau_syn_inh];
            let span = times.into_iter().fold(f64::INFINITY, f64::min);
            let state = turning_twice(&numbers, -span * random(), -span * random());
            let Some(state) = state else { continue };
            let curve = Trajectory::new(rates(&numbers), numbers.v_leak, &state, span);
            let time = |n: usize| -span * (1.0 - n as f64 / GRID as f64);
            let way: Vec<f64> = (0..=GRID).map(|n| curve.at(time(n))).collect();
            let highest = way.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let turns = way
                .windows(3)
                .filter(|v| (v[1] - v[0]) * (v[2] - v[1]) < 0.0);
            turning += usize::from(turns.count() > 1);
            assert_eq!(curve.crossing(highest + 1e-4, -span), None);
            for below in [1e-9, 1e-5, 0.5 * (highest - way[0])] {
                let threshold = highest - below;
                let first = way.iter().position(|v| *v >= threshold);
                let first = first.unwrap();
                if first == 0 {
                    // Highest where it begins: equal but for rounding.
                    continue;
                }
                let crossing = curve.crossing(threshold, -span);
                // At a flat top, the last digit of V is many of the time.
                let flat = 1e-8;
                let crossing = crossing.unwrap();
                assert!(crossing > time(first - 1) - flat && crossing <= time(first) + flat);
                assert!(curve.at(crossing) > threshold - 1e-11);
                found += 1;
            }
        }
        assert!(turning > 100 && found > 1000, "{turning} {found}");
    }
}
