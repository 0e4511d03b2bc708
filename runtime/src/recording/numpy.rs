//! Numbers written as numpy writes an array, which is how PyNN prints a spike train.
//!
//! The rules are those of `numpy.array2string` with its default options: at most
//! 8 decimals, no more than needed, columns aligned, lines of 75 characters,
//! powers of ten when magnitudes differ much, and only the ends of a long array.

/// Digits after the point at most.
const PRECISION: usize = 8;
/// Longest line.
const LINE_WIDTH: usize = 75;
/// Arrays longer than this show their ends only.
const THRESHOLD: usize = 1000;
/// How many numbers each end shows.
const EDGE: usize = 3;

/// `[0.0561 0.0953]`. The numbers are finite.
pub(crate) fn array(numbers: &[f64]) -> String {
    let shortened = numbers.len() > THRESHOLD;
    let shown: Vec<f64> = if shortened {
        [&numbers[..EDGE], &numbers[numbers.len() - EDGE..]].concat()
    } else {
        numbers.to_vec()
    };
    let mut words = aligned(&shown);
    if shortened {
        words.insert(EDGE, "...".into());
    }
    wrapped(&words)
}

/// Every number at the same width, points below each other.
fn aligned(numbers: &[f64]) -> Vec<String> {
    let scientific = needs_powers_of_ten(numbers);
    let parts: Vec<(String, String, String)> = numbers
        .iter()
        .map(|&number| {
            if scientific {
                scientific_parts(number)
            } else {
                let (whole, fraction) = positional_parts(number);
                (whole, fraction, String::new())
            }
        })
        .collect();
    let before = parts
        .iter()
        .map(|(whole, ..)| whole.len())
        .max()
        .unwrap_or(0);
    let after = parts
        .iter()
        .map(|(_, fraction, _)| fraction.len())
        .max()
        .unwrap_or(0);
    let write = |(whole, fraction, exponent): &(String, String, String)| {
        if scientific {
            format!("{whole:>before$}.{fraction:0<after$}{exponent}")
        } else {
            format!("{whole:>before$}.{fraction:<after$}")
        }
    };
    parts.iter().map(write).collect()
}

fn needs_powers_of_ten(numbers: &[f64]) -> bool {
    let magnitudes = || {
        let magnitudes = numbers.iter().map(|number| number.abs());
        magnitudes.filter(|&magnitude| magnitude > 0.0)
    };
    let largest = magnitudes().fold(0.0, f64::max);
    let smallest = magnitudes().fold(f64::INFINITY, f64::min);
    largest >= 1e8 || smallest < 1e-4 || (largest > 0.0 && largest / smallest > 1000.0)
}

/// The digits before and after the point.
fn positional_parts(number: f64) -> (String, String) {
    let split = |text: &str| -> (String, String) {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        (whole.into(), fraction.trim_end_matches('0').into())
    };
    let (whole, fraction) = split(&format!("{number}"));
    if fraction.len() <= PRECISION {
        (whole, fraction)
    } else {
        split(&format!("{number:.PRECISION$}"))
    }
}

/// The digits before and after the point, and the exponent as numpy writes it.
fn scientific_parts(number: f64) -> (String, String, String) {
    let split = |text: &str| -> (String, String, String) {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        let fraction = fraction.trim_end_matches('0');
        (
            whole.into(),
            fraction.into(),
            format!("e{sign}{digits:0>2}"),
        )
    };
    let parts = split(&format!("{number:e}"));
    if parts.1.len() <= PRECISION {
        parts
    } else {
        split(&format!("{number:.PRECISION$e}"))
    }
}

/// The words between brackets, broken into lines.
fn wrapped(words: &[String]) -> String {
    let width = LINE_WIDTH - 1;
    let mut text = String::new();
    // The first character of the first line is where the bracket goes.
    let mut line = String::from(" ");
    for (index, word) in words.iter().enumerate() {
        if line.len() > 1 && line.len() + word.len() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".into();
        }
        line.push_str(word);
        if index + 1 < words.len() {
            line.push(' ');
        }
    }
    text.push_str(&line);
    format!("[{}]", &text[1..])
}

#[cfg(test)]
mod tests {
    use super::array;

    // Each text is what numpy 2 prints for the same list.
    #[test]
    fn arrays_are_written_as_numpy_writes_them() {
        let cases: &[(&[f64], &str)] = &[
            (&[], "[]"),
            (&[0.0561, 0.0953], "[0.0561 0.0953]"),
            (&[0.5, 0.25], "[0.5  0.25]"),
            (&[1.0, 2.0], "[1. 2.]"),
            (&[1.5, 10.25, -3.0], "[ 1.5  10.25 -3.  ]"),
            (&[0.1 + 0.2, 1.0 / 3.0], "[0.3        0.33333333]"),
            (&[0.001, 10.0], "[1.e-03 1.e+01]"),
            (&[0.00005, 0.012345], "[5.0000e-05 1.2345e-02]"),
            (&[1e8, 12.0], "[1.0e+08 1.2e+01]"),
            (&[0.0, 0.0], "[0. 0.]"),
        ];
        for (numbers, text) in cases {
            assert_eq!(array(numbers), *text);
        }
    }

    #[test]
    fn long_arrays_are_broken_and_very_long_ones_shortened() {
        let ten: Vec<f64> = (0..12).map(|n| 0.123456 + f64::from(n) / 100.0).collect();
        assert_eq!(
            array(&ten),
            "[0.123456 0.133456 0.143456 0.153456 0.163456 0.173456 0.183456 0.193456\n \
             0.203456 0.213456 0.223456 0.233456]"
        );
        let many: Vec<f64> = (0..1001).map(f64::from).collect();
        assert_eq!(array(&many), "[   0.    1.    2. ...  998.  999. 1000.]");
    }
}
