//! Time of a threshold crossing within a step, from what is known of both its ends
//! and of what arrived in between.

use super::events::Arrival;

/// The way of one membrane through a step: a parabola, which every arrival turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    /// Distance below its threshold at the beginning, LSB.
    pub below: f64,
    /// Change over the step, LSB.
    pub change: f64,
    /// Its slope at the beginning, LSB/µs.
    pub slope: f64,
    /// Rise and fall of its slope from all arrivals together, LSB/µs.
    pub leaps: (f64, f64),
    /// Beginning of the step, and its length, µs.
    pub begin: f64,
    pub step: f64,
    /// Arrivals, in order of time.
    pub inbox: &'a [Arrival],
}

impl Path<'_> {
    /// Time from the beginning to the first threshold crossing, µs, and the slope there,
    /// LSB/µs, if it was.
    pub fn crossing(&self) -> Option<(f64, f64)> {
        let weights = self.inbox.iter().fold((0.0, 0.0), |(up, down), arrival| {
            (up + arrival.excitatory, down + arrival.inhibitory)
        });
        // What a weight unit does to the slope.
        let unit = |leap: f64, weight: f64| if weight > 0.0 { leap / weight } else { 0.0 };
        let units = (unit(self.leaps.0, weights.0), unit(self.leaps.1, weights.1));
        let turns = self.inbox.iter().map(|arrival| {
            let at = (arrival.time - self.begin).clamp(0.0, self.step);
            let leap = units.0 * arrival.excitatory - units.1 * arrival.inhibitory;
            (at, leap)
        });
        let turned: f64 = turns
            .clone()
            .map(|(at, leap)| leap * (self.step - at))
            .sum();
        // Twice what is left for the parabola, over the square of the step.
        let straight = self.slope * self.step + turned;
        let bend = 2.0 * (self.change - straight) / (self.step * self.step);
        let (mut now, mut below, mut slope) = (0.0, self.below, self.slope);
        for (next, leap) in turns.chain([(self.step, 0.0)]) {
            let length = next - now;
            if let Some(time) = reached(below, slope, bend)
                && time <= length
            {
                return Some((now + time, slope + bend * time));
            }
            below -= length * (slope + 0.5 * bend * length);
            slope += bend * length + leap;
            now = next;
        }
        // The last digits of the end may say otherwise.
        (self.change >= self.below).then_some((self.step, slope))
    }
}

/// The first time ≥ 0 at which slope · t + bend/2 · t² is `height`, if there is one.
fn reached(height: f64, slope: f64, bend: f64) -> Option<f64> {
    if height <= 0.0 {
        return Some(0.0);
    }
    let root = (slope * slope + 2.0 * bend * height).sqrt();
    // By the form that does not cancel; what has no root is not a number.
    let speed = slope + root;
    (speed > 0.0).then(|| 2.0 * height / speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A membrane that moves as a path says, in very small steps.
    fn walked(path: &Path, units: (f64, f64), bend: f64) -> (f64, Option<f64>) {
        let (count, mut v, mut first) = (200_000, 0.0, None);
        let length = path.step / f64::from(count);
        for index in 0..count {
            let now = (f64::from(index) + 0.5) * length;
            let arrived = path
                .inbox
                .iter()
                .filter(|arrival| arrival.time - path.begin <= now);
            let leaps =
                arrived.map(|arrival| units.0 * arrival.excitatory - units.1 * arrival.inhibitory);
            v += length * (path.slope + bend * now + leaps.sum::<f64>());
            if v >= path.below && first.is_none() {
                first = Some(now);
            }
        }
        (v, first)
    }

    #[test]
    fn crossings_are_where_a_walk_in_small_steps_finds_them() {
        let (begin, step) = (7.0, 0.15);
        let arrival = |at: f64, excitatory, inhibitory| Arrival {
            time: begin + at,
            excitatory,
            inhibitory,
        };
        let inboxes = [
            vec![],
            vec![arrival(0.03, 0.0, 9.0)],
            vec![arrival(0.05, 0.0, 12.0), arrival(0.12, 20.0, 0.0)],
            vec![
                arrival(0.02, 14.0, 0.0),
                arrival(0.06, 0.0, 25.0),
                arrival(0.06, 3.0, 0.0),
            ],
        ];
        let (units, mut turned_back, mut crossed, mut missed) = ((0.4, 0.7), 0, 0, 0);
        for inbox in &inboxes {
            let sum = |weight: fn(&Arrival) -> f64| inbox.iter().map(weight).sum::<f64>();
            let leaps = (
                units.0 * sum(|arrival| arrival.excitatory),
                units.1 * sum(|arrival| arrival.inhibitory),
            );
            for (slope, bend) in [(4.0, -9.0), (9.0, 0.0), (0.5, 40.0), (-2.0, 3.0)] {
                for below in [0.05, 0.2, 0.4, 0.9] {
                    let mut path = Path {
                        below,
                        change: 0.0,
                        slope,
                        leaps,
                        begin,
                        step,
                        inbox,
                    };
                    let (change, expected) = walked(&path, units, bend);
                    path.change = change;
                    let found = path.crossing();
                    match (found, expected) {
                        (Some((found, _)), Some(expected)) => {
                            assert!(
                                (found - expected).abs() < 1e-4,
                                "{path:?} {found} {expected}"
                            );
                            crossed += 1;
                            turned_back += usize::from(change < below);
                        }
                        (None, None) => missed += 1,
                        _ => panic!("{path:?}: {found:?}, walked {expected:?}"),
                    }
                }
            }
        }
        assert!(
            crossed > 15 && turned_back > 3 && missed > 15,
            "{crossed} {turned_back} {missed}"
        );
    }
}
