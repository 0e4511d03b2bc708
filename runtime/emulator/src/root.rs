//! Roots of functions.

/// Rounds after which nothing is left to gain: halving alone takes a volt to a picovolt.
const ROUNDS: usize = 40;

/// Root within `ends` of a function that has `values` of different sign there, to
/// `tolerance`; the upper end of what is left.
///
/// False position, in the Illinois form that cannot get stuck: a handful of rounds where
/// the function is smooth.
pub(crate) fn root(
    ends: (f64, f64),
    values: (f64, f64),
    tolerance: f64,
    function: impl Fn(f64) -> f64,
) -> f64 {
    let (mut low, mut high) = ends;
    let (mut low_value, mut high_value) = values;
    // No round goes to where it already is.
    let margin = 0.1 * tolerance;
    let mut last = 0;
    for _ in 0..ROUNDS {
        if high - low < tolerance {
            break;
        }
        let middle = (low + (high - low) * low_value / (low_value - high_value))
            .clamp(low + margin, high - margin);
        let value = function(middle);
        if (value < 0.0) == (low_value < 0.0) {
            (low, low_value) = (middle, value);
            if last < 0 {
                high_value *= 0.5;
            }
            last = -1;
        } else {
            (high, high_value) = (middle, value);
            if last > 0 {
                low_value *= 0.5;
            }
            last = 1;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_from_either_side() {
        let functions: [fn(f64) -> f64; 4] = [
            |x| x - 0.3,
            |x| (40.0 * (x - 0.3)).tanh(),
            |x| x.powi(9) - 0.3f64.powi(9),
            |x| (30.0 * x).exp() - 9f64.exp(),
        ];
        for function in functions {
            for sign in [1.0, -1.0] {
                let function = |x: f64| sign * function(x);
                let found = root((0.0, 1.0), (function(0.0), function(1.0)), 1e-9, function);
                assert!((found - 0.3).abs() < 1e-6, "{found}");
            }
        }
    }
}
