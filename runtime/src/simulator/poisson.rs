//! Drawing the trains of Poisson sources.
//!
//! The intervals are drawn one after the other, up to the end of the run. The spikes
//! within the duration are then as many and lie as if their number were drawn from
//! Poisson's distribution and their times evenly, but nothing is drawn that no run
//! sends, and a longer run begins with the train of a shorter one.

use super::stopping::BETWEEN_LOOKS;
use crate::cells::PoissonSource;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// Milliseconds in a second.
const MILLISECONDS: f64 = 1e3;

/// Spikes per millisecond, so that its number within the duration is PyNN's: on average
/// int(duration · rate / 1000).
fn rate(source: &PoissonSource) -> f64 {
    let exact = source.rate / MILLISECONDS;
    let mean = (exact * source.duration).floor();
    if mean.is_finite() && source.duration > 0.0 {
        mean / source.duration
    } else {
        exact
    }
}

/// How many spikes a source sends before `end` (ms) on average.
pub(super) fn expected(source: &PoissonSource, end: f64) -> f64 {
    let time = (end - source.start).clamp(0.0, source.duration);
    rate(source) * time
}

/// The spikes of a source before `end`, ms, ascending. `keys` tell its train from that
/// of every other source. It ends early if `stop`, which is asked now and then, says so.
pub(super) fn train(
    source: &PoissonSource,
    keys: [u64; 3],
    end: f64,
    stop: &dyn Fn() -> bool,
) -> Vec<f64> {
    let rate = rate(source);
    let end = end.min(source.start + source.duration);
    let mut times = Vec::new();
    if rate <= 0.0 {
        return times;
    }
    let keys = keys.into_iter().chain([source.draws]);
    let seed = keys.fold(0, |seed: u64, key| {
        Xoshiro256PlusPlus::seed_from_u64(seed.rotate_left(17) ^ key).next_u64()
    });
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut time = source.start;
    loop {
        let interval: f64 = Exp1.sample(&mut random);
        time += interval / rate;
        if time >= end || times.len().is_multiple_of(BETWEEN_LOOKS) && stop() {
            return times;
        }
        times.push(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The train of a source that nobody stops.
    fn train(source: &PoissonSource, keys: [u64; 3], end: f64) -> Vec<f64> {
        super::train(source, keys, end, &|| false)
    }

    fn source(rate: f64, start: f64, duration: f64) -> PoissonSource {
        PoissonSource {
            rate,
            start,
            duration,
            draws: 0,
        }
    }

    fn mean_and_variance(numbers: &[f64]) -> (f64, f64) {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let squares = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>();
        (mean, squares / (count - 1.0))
    }

    #[test]
    fn counts_are_poissonian_and_times_even() {
        // 50 spikes each; the fraction of a spike is cut off.
        let source = source(50_900.0, 2.0, 1.0);
        let trains: Vec<Vec<f64>> = (0..4000)
            .map(|n| train(&source, [1, 2, n], 100.0))
            .collect();
        let counts: Vec<f64> = trains.iter().map(|train| train.len() as f64).collect();
        let (mean, variance) = mean_and_variance(&counts);
        assert!(
            (mean - 50.0).abs() < 4.0 * (50.0_f64 / 4000.0).sqrt(),
            "{mean}"
        );
        assert!((variance / mean - 1.0).abs() < 4.0 * (2.0_f64 / 4000.0).sqrt());
        let times: Vec<f64> = trains.concat();
        assert!(times.iter().all(|time| (2.0..3.0).contains(time)));
        let (mean, variance) = mean_and_variance(&times);
        assert!((mean - 2.5).abs() < 0.003 && (variance - 1.0 / 12.0).abs() < 0.001);
        // Two sources have nothing in common.
        let pairs = counts.chunks_exact(2);
        let product: f64 = pairs.map(|pair| (pair[0] - 50.0) * (pair[1] - 50.0)).sum();
        assert!((product / 2000.0 / 50.0).abs() < 4.0 / 2000.0_f64.sqrt());
    }

    #[test]
    fn a_longer_run_begins_with_the_train_of_a_shorter_one() {
        let endless = source(1e5, 0.5, 1e10);
        let long = train(&endless, [0, 0, 0], 10.0);
        let short = train(&endless, [0, 0, 0], 3.0);
        assert_eq!(short, long[..short.len()]);
        assert!((long.len() as f64 - expected(&endless, 10.0)).abs() < 150.0);
        assert_ne!(
            long,
            train(
                &PoissonSource {
                    draws: 1,
                    ..endless
                },
                [0, 0, 0],
                10.0
            )
        );
        assert_eq!(expected(&source(1e5, 0.5, f64::INFINITY), 1.5), 100.0);
    }

    #[test]
    fn a_source_may_be_silent() {
        for silent in [
            source(0.0, 0.0, 1.0),
            source(1e6, 0.0, 0.0),
            source(900.0, 0.0, 1.0),
            source(1e6, 5.0, 1.0),
        ] {
            assert!(train(&silent, [0, 0, 0], 2.0).is_empty());
            assert_eq!(expected(&silent, 2.0), 0.0);
        }
    }
}
