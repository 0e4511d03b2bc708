//! Numbers as text: whole multiples of a power of ten without binary noise, and
//! coordinates as short as their precision allows.

/// The typographic minus, as wide as a digit and as high as a plus.
pub(crate) const MINUS: char = '\u{2212}';

/// `number * 10^exponent` written out with all its digits and no others.
pub(crate) fn decimal(number: i128, exponent: i32) -> String {
    if number == 0 && exponent >= 0 {
        return "0".to_owned();
    }
    let mut digits = number.unsigned_abs().to_string();
    if exponent >= 0 {
        digits.extend(std::iter::repeat_n('0', exponent as usize));
    } else {
        let decimals = exponent.unsigned_abs() as usize;
        if digits.len() <= decimals {
            digits.insert_str(0, &"0".repeat(decimals + 1 - digits.len()));
        }
        digits.insert(digits.len() - decimals, '.');
    }
    if number < 0 {
        digits.insert(0, MINUS);
    }
    digits
}

/// Appends `hundredths / 100` (or `tenths / 10`, by `decimals`) without needless
/// zeros; a leading zero before the point is needless in SVG.
pub(crate) fn push_fixed(text: &mut String, value: i64, decimals: usize) {
    let scale = 10_i64.pow(decimals as u32);
    if value < 0 {
        text.push('-');
    }
    let value = value.unsigned_abs();
    let whole = value / scale as u64;
    let mut fraction = value % scale as u64;
    if whole != 0 || fraction == 0 {
        text.push_str(&whole.to_string());
    }
    if fraction != 0 {
        let mut width = decimals;
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        text.push('.');
        let digits = fraction.to_string();
        text.extend(std::iter::repeat_n('0', width - digits.len()));
        text.push_str(&digits);
    }
}

/// A length or coordinate with at most two decimals.
pub(crate) fn short(value: f64) -> String {
    let mut text = String::new();
    push_fixed(&mut text, (value * 100.0).round() as i64, 2);
    text
}
