//! Where the ticks of an axis are and what is written at them.
//!
//! All arithmetic is done on whole multiples of a power of ten: a tick is
//! `number * 10^exponent` with a whole number, so that a label cannot show
//! binary noise, all labels of an axis have the same decimals, and what is
//! written is exactly what is drawn.

use crate::number::{MINUS, decimal};

/// The ticks of one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// Positions in data units, rising.
    pub values: Vec<f64>,
    /// What is written at each position, with U+2212 as the minus sign.
    pub labels: Vec<String>,
    /// The power of ten the labels are to be multiplied by (0: as they are).
    pub exponent: i32,
    /// What is to be added to the multiplied labels.
    pub offset: f64,
    /// `exponent` and `offset` as they are written at the end of the axis.
    pub offset_text: Option<String>,
    /// Positions of shorter ticks without a label, on logarithmic axes.
    pub minor: Vec<f64>,
}

/// Multiples of steps 1, 2, 2.5 and 5: `(mantissa, decade)`.
const STEPS: [(i128, i32); 4] = [(1, 0), (2, 0), (25, -1), (5, 0)];

/// From this power of ten on labels are written as multiples of it.
const LARGE_EXPONENT: i32 = 6;
/// Down to this one, too.
const SMALL_EXPONENT: i32 = -4;
/// A common leading part is split off when it has more digits than this.
const COMMON_DIGITS: u32 = 5;

/// At most `max_count` (at least 2) ticks between `low` and `high`, at multiples
/// of the smallest step of 1, 2, 2.5 or 5 x 10^n that allows it. With `integer`
/// only whole numbers get a tick.
///
/// A range that is empty, not finite or too narrow for `f64` gets no ticks.
pub fn nice_ticks(low: f64, high: f64, max_count: usize, integer: bool) -> Ticks {
    let (low, high) = if low <= high {
        (low, high)
    } else {
        (high, low)
    };
    let max_count = max_count.clamp(2, 50);
    let range = high - low;
    let magnitude = low.abs().max(high.abs());
    if !range.is_finite() || range < 1e-300 || range < magnitude * 1e-13 {
        return Ticks::none();
    }
    let decade = (range / max_count as f64).log10().floor() as i32 - 1;
    for exponent in decade..=decade + 4 {
        for (mantissa, shift) in STEPS {
            let exponent = exponent + shift;
            if integer && exponent < 0 {
                continue;
            }
            let (first, last) = multiples_within(low, high, mantissa, exponent);
            if first <= last && last - first < max_count as i128 {
                let numbers: Vec<i128> = (first..=last).map(|index| index * mantissa).collect();
                return labelled(&numbers, exponent);
            }
        }
    }
    Ticks::none()
}

impl Ticks {
    /// No ticks at all.
    pub(crate) fn none() -> Self {
        Self {
            values: Vec::new(),
            labels: Vec::new(),
            exponent: 0,
            offset: 0.0,
            offset_text: None,
            minor: Vec::new(),
        }
    }
}

/// `number * 10^exponent`, rounded once.
pub(crate) fn value(number: i128, exponent: i32) -> f64 {
    // The decimal parser of the standard library rounds correctly, which no
    // product with an inexact negative power of ten does.
    format!("{number}e{exponent}").parse().unwrap_or(0.0)
}

/// Index of the first and last multiple of the step in the range; a tick that
/// misses the end of the axis by rounding alone belongs to it.
fn multiples_within(low: f64, high: f64, mantissa: i128, exponent: i32) -> (i128, i128) {
    let step = value(mantissa, exponent);
    let (low, high) = (low / step, high / step);
    let tolerance = 1e-9 + low.abs().max(high.abs()) * 4.0 * f64::EPSILON;
    (
        (low - tolerance).ceil() as i128,
        (high + tolerance).floor() as i128,
    )
}

/// The ticks at `numbers * 10^exponent`, which rise.
pub(crate) fn labelled(numbers: &[i128], exponent: i32) -> Ticks {
    let (offset, offset_decade) = common_part(numbers);
    let offset_number = offset * 10_i128.pow(offset_decade);
    let largest = numbers
        .iter()
        .map(|number| (number - offset_number).unsigned_abs())
        .max()
        .unwrap_or(0);
    let power = match largest.checked_ilog10() {
        Some(digits) => {
            let power = digits as i32 + exponent;
            if power >= LARGE_EXPONENT || power <= SMALL_EXPONENT {
                power
            } else {
                0
            }
        }
        None => 0,
    };
    // One tick at zero has no digits to show, however fine its step.
    let shown_exponent = if largest == 0 { 0 } else { exponent - power };
    Ticks {
        values: numbers
            .iter()
            .map(|&number| value(number, exponent))
            .collect(),
        labels: numbers
            .iter()
            .map(|number| decimal(number - offset_number, shown_exponent))
            .collect(),
        exponent: power,
        offset: value(offset_number, exponent),
        offset_text: offset_text(power, offset, offset_decade as i32 + exponent),
        minor: Vec::new(),
    }
}

/// The leading part `(digits, decade)` that all numbers share, when it is so long
/// that it hides where they differ; else zero.
fn common_part(numbers: &[i128]) -> (i128, u32) {
    let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
        return (0, 0);
    };
    if first == last || (first <= 0 && last >= 0) {
        return (0, 0);
    }
    let sign = last.signum();
    let (small, large) = if sign > 0 {
        (first, last)
    } else {
        (-last, -first)
    };
    // The finest decade in which they still agree. They may straddle a round
    // number (0.9999 and 1.0001); then a difference of one is agreement as well.
    let agree = |tolerance: i128| {
        (0..=large.ilog10())
            .find(|&decade| {
                let unit = 10_i128.pow(decade);
                large / unit - small / unit <= tolerance
            })
            .unwrap_or(large.ilog10() + 1)
    };
    let mut decade = agree(0);
    if (large - small) * 100 <= 10_i128.pow(decade) {
        decade = agree(1);
    }
    let digits = large / 10_i128.pow(decade);
    if digits >= 10_i128.pow(COMMON_DIGITS) {
        (sign * digits, decade)
    } else {
        (0, 0)
    }
}

/// "1e−9", "+1e9", "1e−3+1.5e9" or nothing.
fn offset_text(power: i32, offset: i128, offset_exponent: i32) -> Option<String> {
    let mut text = String::new();
    if power != 0 {
        text.push_str("1e");
        text.push_str(&decimal(i128::from(power), 0));
    }
    if offset != 0 {
        text.push(if offset < 0 { MINUS } else { '+' });
        let mut digits = offset.unsigned_abs();
        let mut exponent = offset_exponent;
        while digits.is_multiple_of(10) {
            digits /= 10;
            exponent += 1;
        }
        let decimals = digits.ilog10() as i32;
        let exponent_of_first = exponent + decimals;
        if (0..LARGE_EXPONENT).contains(&exponent_of_first) {
            text.push_str(&decimal(digits as i128, exponent));
        } else {
            text.push_str(&decimal(digits as i128, -decimals));
            text.push('e');
            text.push_str(&decimal(i128::from(exponent_of_first), 0));
        }
    }
    (!text.is_empty()).then_some(text)
}
