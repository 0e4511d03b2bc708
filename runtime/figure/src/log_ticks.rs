//! Ticks of logarithmic axes: powers of ten, or multiples of those where there is only one.

use crate::number::MINUS;
use crate::ticks::{Ticks, labelled, nice_ticks, value};

/// No axis shows more minor ticks.
const MOST_MINOR: usize = 100;

/// At most `max_count` ticks between `low` and `high`, which are positive, with minor
/// ticks at the multiples of powers of ten between them.
pub(crate) fn log_ticks(low: f64, high: f64, max_count: usize) -> Ticks {
    let placed = |value: f64| value > 0.0 && value.is_finite();
    if !(placed(low) && placed(high)) {
        return Ticks::none();
    }
    let (low, high) = (low.min(high), low.max(high));
    // A tick that misses the end of the axis by rounding alone belongs to it.
    let (low, high) = (low * (1.0 - 1e-9), high * (1.0 + 1e-9));
    let (first, last) = (low.log10().floor() as i32, high.log10().floor() as i32);
    let inside = |tick: &f64| (low..=high).contains(tick);
    let powers: Vec<i32> = (first..=last + 1)
        .filter(|&power| inside(&value(1, power)))
        .collect();
    if powers.len() > 1 {
        return by_powers(&powers, first, max_count, inside);
    }
    // In one decade: a few multiples of a power of ten, written out.
    for multiples in [&[1, 2, 5][..], &[1, 2, 3, 4, 6, 8]] {
        let decades = [1, 10, 100].into_iter();
        let numbers: Vec<i128> = decades
            .flat_map(|decade| multiples.iter().map(move |number| number * decade))
            .filter(|&number| inside(&value(number, first)))
            .collect();
        if (3..=max_count).contains(&numbers.len()) {
            return Ticks {
                minor: minor(first, last, inside),
                ..labelled(&numbers, first)
            };
        }
    }
    nice_ticks(low, high, max_count, false)
}

fn by_powers(powers: &[i32], first: i32, max_count: usize, inside: impl Fn(&f64) -> bool) -> Ticks {
    let every = powers.len().div_ceil(max_count.max(2)) as i32;
    let shown = |power: &&i32| power.rem_euclid(every) == 0;
    let last = powers[powers.len() - 1];
    Ticks {
        values: powers
            .iter()
            .filter(shown)
            .map(|&power| value(1, power))
            .collect(),
        labels: powers
            .iter()
            .filter(shown)
            .map(|&power| format!("10{}", superscript(power)))
            .collect(),
        minor: if every == 1 {
            minor(first, last, inside)
        } else {
            let hidden = powers.iter().filter(|power| !shown(power));
            hidden
                .map(|&power| value(1, power))
                .take(MOST_MINOR)
                .collect()
        },
        ..Ticks::none()
    }
}

/// 2 to 9 times each power of ten.
fn minor(first: i32, last: i32, inside: impl Fn(&f64) -> bool) -> Vec<f64> {
    (first..=last)
        .flat_map(|power| (2..10).map(move |number| value(number, power)))
        .filter(inside)
        .take(MOST_MINOR)
        .collect()
}

fn superscript(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = crate::number::decimal(i128::from(power), 0);
    let raised = |character: char| match character.to_digit(10) {
        Some(digit) => DIGITS[digit as usize],
        None => {
            debug_assert_eq!(character, MINUS);
            '⁻'
        }
    };
    text.chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, count: usize) -> Vec<String> {
        log_ticks(low, high, count).labels
    }

    #[test]
    fn decades_are_powers_of_ten() {
        assert_eq!(labels(0.05, 200.0, 8), ["10⁻¹", "10⁰", "10¹", "10²"]);
        assert_eq!(labels(200.0, 0.05, 8).len(), 4);
        assert_eq!(labels(1.0, 10.0, 8), ["10⁰", "10¹"]);
        let ticks = log_ticks(1.0, 100.0, 8);
        assert_eq!(ticks.values, [1.0, 10.0, 100.0]);
        assert_eq!(ticks.minor.len(), 16);
    }

    #[test]
    fn many_decades_are_thinned_at_multiples_of_a_step() {
        let ticks = log_ticks(1e-20, 1e20, 6);
        assert!((4..=6).contains(&ticks.values.len()), "{ticks:?}");
        assert!(ticks.labels.contains(&"10⁰".to_owned()));
        assert!(ticks.minor.len() > 30);
        assert!(labels(1e-300, 1e300, 8).len() <= 8);
    }

    #[test]
    fn within_a_decade_numbers_are_written_out() {
        assert_eq!(labels(15.0, 90.0, 8), ["20", "30", "40", "60", "80"]);
        assert_eq!(labels(0.3, 3.0, 8), ["0.5", "1.0", "2.0"]);
        assert_eq!(labels(20.0, 30.0, 6), ["20", "22", "24", "26", "28", "30"]);
        assert_eq!(labels(15.0, 90.0, 2), ["50"]);
    }

    #[test]
    fn what_has_no_logarithm_has_no_ticks() {
        for (low, high) in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (f64::NAN, 1.0),
            (1.0, f64::INFINITY),
        ] {
            assert!(log_ticks(low, high, 8).values.is_empty());
        }
    }
}
