//! Cheap stand-ins for the functions the lanes need at every step: no branch, no
//! table, no call.

use pulp::Simd;

use super::vector::Vector;

/// tanh x: Lambert's continued fraction to its seventh order. Absolute error
/// below 1e-4 (near ±4.9, where it is cut off), below 3e-7 within ±1.
#[inline(always)]
pub(super) fn tanh<S: Simd>(x: Vector<S>) -> Vector<S> {
    let x = x.at_least(-4.97).at_most(4.97);
    let square = x * x;
    let above = square.polynomial([1.0, 378.0, 17325.0, 135_135.0]);
    let below = square.polynomial([28.0, 3150.0, 62370.0, 135_135.0]);
    (x * above).over(below).at_least(-1.0).at_most(1.0)
}

/// e^x for x ≤ 0; 0 from −16 down. Relative error below 1e-5.
#[inline(always)]
pub(super) fn falling_exponential<S: Simd>(x: Vector<S>) -> Vector<S> {
    // e^(x/16) on −1..0, expanded about −½, then squared four times.
    let y = x.at_least(-16.0).times_plus(x.all(1.0 / 16.0), x.all(0.5));
    let series = [
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let mut power = y.polynomial(series) * x.all(0.606_530_66);
    for _ in 0..4 {
        power = power * power;
    }
    Vector::either(x.exceeds(x.all(-16.0)), power, x.all(0.0))
}

/// (e^z − 1)/z for −2 ≤ z ≤ 0 (cut off below). Relative error below 1e-5.
#[inline(always)]
pub(super) fn phi1<S: Simd>(z: Vector<S>) -> Vector<S> {
    // The series at a quarter of z, then φ(2y) = φ(y)(1 + e^y)/2 twice.
    let (one, half) = (z.all(1.0), z.all(0.5));
    let y = z.at_least(-2.0) * z.all(0.25);
    let phi = y.polynomial([1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0]);
    let power = y.times_plus(phi, one);
    let phi = phi * power.times_plus(half, half);
    phi * (power * power).times_plus(half, half)
}

#[cfg(test)]
mod tests {
    use super::super::vector::alone;
    use super::*;

    #[test]
    fn the_errors_are_as_stated() {
        let (mut bent, mut near) = (0.0f64, 0.0f64);
        for n in -8000..=8000 {
            let x = n as f32 * 1e-3;
            let error = (f64::from(tanh(alone(x)).1) - f64::from(x).tanh()).abs();
            bent = bent.max(error);
            if x.abs() <= 1.0 {
                near = near.max(error);
            }
        }
        assert!(bent < 1e-4 && near < 3e-7, "{bent} {near}");
        let (mut fall, mut share) = (0.0f64, 0.0f64);
        for n in -15999..=0 {
            let x = n as f32 * 1e-3;
            let exact = f64::from(x).exp();
            fall = fall.max((f64::from(falling_exponential(alone(x)).1) / exact - 1.0).abs());
            if x >= -2.0 {
                let exact = crate::exponential::phi1(f64::from(x));
                share = share.max((f64::from(phi1(alone(x)).1) / exact - 1.0).abs());
            }
        }
        assert!(fall < 1e-5 && share < 1e-5, "{fall} {share}");
        assert_eq!(falling_exponential(alone(-20.0)).1, 0.0);
    }
}
