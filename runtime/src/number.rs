//! Numbers as a person reads them in a sentence: as short as tells them from all others.

use std::fmt;

/// From here on powers of ten are shorter, and below this too; NumPy and Python draw the
/// same line above.
const LARGE: f64 = 1e16;
const SMALL: f64 = 1e-5;

/// Writes a number with the fewest digits that give it back: `0.1` also where it was an
/// `f32`, `1e300` rather than its 301 digits.
#[derive(Clone, Copy)]
pub(crate) struct Short(pub f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        let narrow = number as f32;
        let has_few_digits = f64::from(narrow) == number;
        let size = number.abs();
        if size.is_finite() && size != 0.0 && !(SMALL..LARGE).contains(&size) {
            return match has_few_digits {
                true => write!(f, "{narrow:e}"),
                false => write!(f, "{number:e}"),
            };
        }
        match has_few_digits {
            true => write!(f, "{narrow}"),
            false => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Short;

    #[test]
    fn numbers_are_short_and_exact() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (400.0, "400"),
            (0.1, "0.1"),
            (f64::from(0.1_f32), "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (100_000.000_1, "100000.0001"),
            (16_777_217.0, "16777217"),
            (1e15, "1000000000000000"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (-1.5e-9, "-1.5e-9"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::from(f32::MAX), "3.4028235e38"),
        ] {
            assert_eq!(Short(number).to_string(), text);
        }
    }
}
