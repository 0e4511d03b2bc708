//! Cheap stand-ins for the functions the lanes need at every step: no branch, no
//! table, no call, so that a compiler makes vectors of them. Every operation is
//! one IEEE operation per lane, so any vector width gives the same bits.

/// tanh x: Lambert's continued fraction to its seventh order. Absolute error
/// below 1e-4 (near ±4.9, where it is cut off), below 3e-7 within ±1.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-4.97, 4.97);
    let square = x * x;
    let above = (square + 378.0).mul_add(square, 17325.0);
    let above = above.mul_add(square, 135_135.0);
    let below = square.mul_add(28.0, 3150.0).mul_add(square, 62370.0);
    let below = below.mul_add(square, 135_135.0);
    (x * above / below).clamp(-1.0, 1.0)
}

/// e^x for x ≤ 0; 0 below −16. Relative error below 1e-5.
#[inline(always)]
pub(super) fn falling_exponential(x: f32) -> f32 {
    // e^(x/16) on −1..0, expanded about −½, then squared four times.
    let y = x.max(-16.0).mul_add(1.0 / 16.0, 0.5);
    let mut power = y.mul_add(1.0 / 5040.0, 1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power.mul_add(y, coefficient);
    }
    power *= 0.606_530_66;
    power *= power;
    power *= power;
    power *= power;
    power *= power;
    if x < -16.0 { 0.0 } else { power }
}

/// (e^z − 1)/z for −2 ≤ z ≤ 0 (cut off below). Relative error below 1e-5.
#[inline(always)]
pub(super) fn phi1(z: f32) -> f32 {
    // The series at a quarter of z, then φ(2y) = φ(y)(1 + e^y)/2 twice.
    let y = z.max(-2.0) * 0.25;
    let mut phi = y.mul_add(1.0 / 5040.0, 1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0] {
        phi = phi.mul_add(y, coefficient);
    }
    let power = y.mul_add(phi, 1.0);
    phi *= power.mul_add(0.5, 0.5);
    phi * (power * power).mul_add(0.5, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_are_as_stated() {
        let (mut bent, mut near) = (0.0f64, 0.0f64);
        for n in -8000..=8000 {
            let x = n as f32 * 1e-3;
            let error = (f64::from(tanh(x)) - f64::from(x).tanh()).abs();
            bent = bent.max(error);
            if x.abs() <= 1.0 {
                near = near.max(error);
            }
        }
        assert!(bent < 1e-4 && near < 3e-7, "{bent} {near}");
        let (mut fall, mut share) = (0.0f64, 0.0f64);
        for n in -16000..=0 {
            let x = n as f32 * 1e-3;
            let exact = f64::from(x).exp();
            fall = fall.max((f64::from(falling_exponential(x)) / exact - 1.0).abs());
            if x >= -2.0 {
                let exact = crate::exponential::phi1(f64::from(x));
                share = share.max((f64::from(phi1(x)) / exact - 1.0).abs());
            }
        }
        assert!(fall < 1e-5 && share < 1e-5, "{fall} {share}");
        assert_eq!(falling_exponential(-20.0), 0.0);
    }
}
