//! The functions exponential integrators are made of, in forms that keep their
//! digits when the argument is small.

/// (e^z − 1)/z, 1 at 0.
pub(crate) fn phi1(z: f64) -> f64 {
    if z == 0.0 { 1.0 } else { z.exp_m1() / z }
}

/// (φ₁(z) − 1)/z, ½ at 0, given φ₁(z).
pub(crate) fn phi2(z: f64, phi1: f64) -> f64 {
    if z.abs() < 1e-2 {
        // The quotient would lose digits to the difference.
        0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z / 720.0)))
    } else {
        (phi1 - 1.0) / z
    }
}

/// φ₁(z) and φ₂(z), faster where the argument is small.
#[inline]
pub(crate) fn phi1_and_phi2(z: f64) -> (f64, f64) {
    if z.abs() > 0.25 {
        let first = phi1(z);
        return (first, phi2(z, first));
    }
    // Even and odd terms apart, so that they are summed at the same time; what is
    // left out is below 1e-15.
    let square = z * z;
    let even = 1.0 / 3_628_800.0;
    let even = even * square + 1.0 / 40_320.0;
    let even = even * square + 1.0 / 720.0;
    let even = even * square + 1.0 / 24.0;
    let even = even * square + 0.5;
    let odd = 1.0 / 39_916_800.0;
    let odd = odd * square + 1.0 / 362_880.0;
    let odd = odd * square + 1.0 / 5040.0;
    let odd = odd * square + 1.0 / 120.0;
    let odd = odd * square + 1.0 / 6.0;
    let second = even + z * odd;
    (1.0 + z * second, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_meets_the_quotient() {
        for z in [-0.0101f64, -0.0099, -1e-6, 1e-6, 0.0099, 0.0101] {
            // The Taylor series with more terms than the code has.
            let mut term = 1.0;
            let (mut first, mut second) = (0.0, 0.0);
            for n in 1..20 {
                term /= f64::from(n);
                first += term * z.powi(n - 1);
                if n > 1 {
                    second += term * z.powi(n - 2);
                }
            }
            assert!((phi1(z) - first).abs() < 1e-14);
            assert!((phi2(z, phi1(z)) - second).abs() < 1e-11);
            let both = phi1_and_phi2(z);
            assert!((both.0 - first).abs() < 1e-14 && (both.1 - second).abs() < 1e-14);
        }
        for z in [-0.2501f64, -0.2499, 0.2499, 0.2501] {
            let (first, second) = phi1_and_phi2(z);
            assert!((first - phi1(z)).abs() < 1e-14);
            assert!((second - phi2(z, phi1(z))).abs() < 1e-14);
        }
    }
}
