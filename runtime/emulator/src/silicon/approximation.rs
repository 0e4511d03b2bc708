//! Cheap stand-ins for the functions the lanes need at every step: no branch, no
//! table, no call.

use pulp::Simd;

use super::vector::Vector;

/// tanh x: Lambert's continued fraction to its fifth order. Absolute error below
/// 1.6e-3 (near ±3.6, where it is cut off), below 3e-5 within ±1.5 and 2e-6 within ±1:
/// the amplifiers' own shape is not known that well.
#[inline(always)]
pub(super) fn tanh<S: Simd>(x: Vector<S>) -> Vector<S> {
    let x = x.at_least(-3.64).at_most(3.64);
    let square = x * x;
    let above = square.polynomial([1.0, 105.0, 945.0]);
    let below = square.polynomial([15.0, 420.0, 945.0]);
    (x * above).over(below)
}

/// The same of one number, which is faster without the products of `f32` that round once.
#[inline]
pub(super) fn tanh_of_one(x: f64) -> f64 {
    let x = x.clamp(-3.64, 3.64);
    let square = x * x;
    let above = 945.0 + square * (105.0 + square);
    let below = 945.0 + square * (420.0 + square * 15.0);
    x * above / below
}

/// e^x for x ≤ 0, down to e^−80, which stands for all below. Relative error below 1e-4.
#[inline(always)]
pub(super) fn falling_exponential<S: Simd>(x: Vector<S>) -> Vector<S> {
    // A sum with this has no place for a fraction: the nearest whole number is in its
    // last bits.
    const WHOLE: f32 = 12_582_912.0;
    let simd = x.0;
    let x = x.at_least(-80.0);
    let (scale, shift) = (x.all(std::f32::consts::LOG2_E), x.all(WHOLE));
    // 2^(whole + fraction): one goes to the exponent, the other through the polynomial of
    // its degree with the least relative error, by linear programming.
    let shifted = x.times_plus(scale, shift);
    let fraction = x.times_plus(scale, shift - shifted);
    let power = fraction.polynomial([0.055_171_775, 0.242_611_37, 0.693_260_97, 0.999_928_03]);
    let whole = simd.transmute_u32s_f32s(shifted.1);
    let exponent = simd.wrapping_dyn_shl_u32s(whole, simd.splat_u32s(23));
    let power = simd.add_u32s(simd.transmute_u32s_f32s(power.1), exponent);
    Vector(simd, simd.transmute_f32s_u32s(power))
}

/// (e^z − 1)/z for −3 ≤ z ≤ 1 (cut off outside). Relative error below 4e-6 within
/// ±0.5, below 1e-2 elsewhere, where nothing but a reset is.
#[inline(always)]
pub(super) fn phi1<S: Simd>(z: Vector<S>) -> Vector<S> {
    // The polynomial of this degree with the least such error, by linear programming.
    let series = [
        8.587_431e-4,
        8.057_329e-3,
        0.041_844_03,
        0.166_746_32,
        0.499_987_73,
        0.999_997_5,
    ];
    z.at_least(-3.0).at_most(1.0).quintic(series)
}

#[cfg(test)]
mod tests {
    use super::super::vector::alone;
    use super::*;

    #[test]
    fn one_number_has_the_tanh_of_many() {
        for n in -5000..5000 {
            let x = n as f32 * 1e-3;
            let many = f64::from(tanh(alone(x)).1);
            assert!((tanh_of_one(f64::from(x)) - many).abs() < 3e-7);
        }
    }

    #[test]
    fn the_errors_are_as_stated() {
        // The largest of all errors over n / 1000.
        let largest = |range: std::ops::RangeInclusive<i32>, error: fn(f32) -> f64| {
            range.map(|n| error(n as f32 * 1e-3)).fold(0.0, f64::max)
        };
        let bent = |x: f32| (f64::from(tanh(alone(x)).1) - f64::from(x).tanh()).abs();
        let errors = [8000, 1500, 1000].map(|end| largest(-end..=end, bent));
        assert!(
            errors[0] < 1.6e-3 && errors[1] < 3e-5 && errors[2] < 2e-6,
            "{errors:?}"
        );
        let fall =
            |x: f32| (f64::from(falling_exponential(alone(x)).1) / f64::from(x).exp() - 1.0).abs();
        let error = largest(-79_999..=0, fall);
        assert!(error < 1e-4, "exponential {error}");
        assert!(falling_exponential(alone(-1e9)).1 < 2e-35);
        let share = |z: f32| {
            (f64::from(phi1(alone(z)).1) / crate::exponential::phi1(f64::from(z)) - 1.0).abs()
        };
        let errors = [largest(-500..=500, share), largest(-3000..=1000, share)];
        assert!(errors[0] < 4e-6 && errors[1] < 1e-2, "phi1 {errors:?}");
    }
}
