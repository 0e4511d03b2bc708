//! Random numbers as functions of what they are for: no state, so the same seed
//! gives the same bits in any order and on any number of threads, and no library
//! function whose last bits differ from platform to platform.
//!
//! A number's key is a hash of a few words (a seed, a name, a position); the key
//! alone decides the number. This is the definition of a chip: whoever changes
//! anything here makes other chips of all seeds.

/// The key of a number that depends on a name and some words.
pub(crate) fn key(name: &str, words: &[u64]) -> u64 {
    // Fowler, Noll and Vo's hash of the name, then a round of `mix` for each word.
    let name = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    words.iter().fold(mix(name), |key, &word| with(key, word))
}

/// The key of what has one more word than what `key` is of: for many numbers that differ
/// in their last word alone.
#[inline(always)]
pub(crate) fn with(key: u64, word: u64) -> u64 {
    mix(key ^ mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

/// Steele, Lea and Flood's SplitMix64: a bijection that sends neighbours far apart.
#[inline(always)]
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Uniform between 0 (inclusive) and 1 (exclusive).
pub(crate) fn uniform(key: u64) -> f64 {
    (mix(key) >> 11) as f64 / (1u64 << 53) as f64
}

/// Mean 0 and standard deviation 1, never beyond ±4.
///
/// The sum of twelve uniform numbers of 32 bits, less 6: integers until the last
/// step, hence the same everywhere. Within ±3 its distribution function is the
/// normal one to 0.003.
#[inline(always)]
pub(crate) fn normal(key: u64) -> f64 {
    let sum: u64 = (0..6)
        .map(|word| mix(key.wrapping_add(word)))
        .map(|bits| (bits >> 32) + (bits & 0xffff_ffff))
        .sum();
    (sum as f64 / (1u64 << 32) as f64 - 6.0).clamp(-4.0, 4.0)
}

/// A factor with mean 1 and coefficient of variation `spread` (to a fiftieth of it
/// up to 0.3), log-normal: never 0 or negative.
pub(crate) fn factor(key: u64, spread: f64) -> f64 {
    log_normal(normal(key), spread)
}

/// The [`factor`]s of what has one more word than what `stem` is the key of: `first` and
/// those that follow it. The same numbers, side by side: no operation is left out or put
/// together, so vectors of any width give the bits that one by one gives.
pub(crate) fn factors(stem: u64, first: u64, spread: f64, factors: &mut [f64]) {
    pulp::Arch::new().dispatch(|| {
        for (word, factor) in (first..).zip(factors.iter_mut()) {
            *factor = normal(with(stem, word));
        }
        for factor in factors {
            *factor = log_normal(*factor, spread);
        }
    });
}

#[inline(always)]
fn log_normal(normal: f64, spread: f64) -> f64 {
    exponential(spread * normal - 0.5 * spread * spread)
}

/// e^x for |x| up to 2, to 1e-13, of nothing but sums and products: what a platform
/// calls `exp` differs from others in its last bit.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    let x = x / 256.0;
    let small = 1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))));
    (0..8).fold(small, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_they_were() {
        // A change here is a change of every chip anybody has written about. The numbers
        // are those of the same definitions written in Python.
        assert_eq!(key("leak", &[7, 3]), 5907711517336803899);
        assert_eq!(with(key("leak", &[7]), 3), key("leak", &[7, 3]));
        assert_eq!(normal(key("leak", &[7, 3])), -0.427533331559971);
        assert_eq!(factor(key("leak", &[7, 3]), 0.25), 0.8709825533824721);
    }

    #[test]
    fn many_at_once_are_what_they_are_one_by_one() {
        let mut many = [0.0; 101];
        factors(key("leak", &[7]), 40, 0.25, &mut many);
        for (word, found) in (40..).zip(many) {
            assert_eq!(found, factor(key("leak", &[7, word]), 0.25));
        }
    }

    #[test]
    fn they_have_the_moments_and_the_tails_they_promise() {
        let count = 100_000u64;
        let all: Vec<f64> = (0..count).map(|n| normal(key("test", &[n]))).collect();
        let mean = |f: &dyn Fn(f64) -> f64| all.iter().map(|&x| f(x)).sum::<f64>() / count as f64;
        assert!(mean(&|x| x).abs() < 0.01);
        assert!((mean(&|x| x * x) - 1.0).abs() < 0.015);
        for (below, share) in [(-2.0, 0.0228), (-1.0, 0.1587), (0.0, 0.5), (1.0, 0.8413)] {
            let found = mean(&|x| f64::from(u8::from(x < below)));
            assert!((found - share).abs() < 0.005, "{below}: {found}");
        }
        let next: f64 = all.windows(2).map(|pair| pair[0] * pair[1]).sum();
        assert!((next / count as f64).abs() < 0.01);
        let uniform: f64 = (0..count).map(|n| uniform(key("test", &[n]))).sum();
        assert!((uniform / count as f64 - 0.5).abs() < 0.005);
    }

    #[test]
    fn a_factor_is_positive_with_mean_1() {
        let count = 100_000u64;
        let all: Vec<f64> = (0..count)
            .map(|n| factor(key("test", &[n]), 0.25))
            .collect();
        assert!(all.iter().all(|factor| (0.3..3.0).contains(factor)));
        let mean = all.iter().sum::<f64>() / count as f64;
        let square = all.iter().map(|x| x * x).sum::<f64>() / count as f64;
        assert!((mean - 1.0).abs() < 0.005);
        assert!(((square - mean * mean).sqrt() - 0.25).abs() < 0.01);
        for x in [-2.0, -0.3, 0.0, 0.7, 2.0] {
            assert!((exponential(x) / x.exp() - 1.0).abs() < 1e-12);
        }
    }
}
