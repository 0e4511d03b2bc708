//! The noise the membranes integrate, as a function of neuron and step alone: no
//! state to carry along, so the same seed gives the same bits whoever computes
//! them, in whatever order and width.

use pulp::Simd;

use super::vector::Vector;

/// A number per step, the same for all neurons.
pub(super) fn of_step(step: u64) -> u32 {
    mix((step >> 32) as u32 ^ 0x9e37_79b9) ^ mix(step as u32)
}

/// The error of a neuron (its key) in a step ([`of_step`]): mean 0, variance 1.
///
/// The sum of two uniform numbers, not a normal one: a membrane adds up dozens
/// of them within its time constant, and nobody sees a single one.
#[inline(always)]
pub(super) fn error<S: Simd>(simd: S, keys: S::u32s, step: u32) -> Vector<S> {
    let all = |number| simd.splat_u32s(number);
    let down = |bits, by| simd.wrapping_dyn_shr_u32s(bits, all(by));
    let up = |bits, by| simd.wrapping_dyn_shl_u32s(bits, all(by));
    let (add, xor) = (S::add_u32s, S::xor_u32s);
    // Jenkins' hash of 32 bits, which wants no multiplication.
    let a = xor(simd, keys, all(step));
    let a = add(simd, add(simd, a, all(0x7ed5_5d16)), up(a, 12));
    let a = xor(simd, xor(simd, a, all(0xc761_c23c)), down(a, 19));
    let a = add(simd, add(simd, a, all(0x1656_67b1)), up(a, 5));
    let a = xor(simd, add(simd, a, all(0xd3a2_646c)), up(a, 9));
    let a = add(simd, add(simd, a, all(0xfd70_46c5)), up(a, 3));
    let a = xor(simd, xor(simd, a, all(0xb55a_4f09)), down(a, 16));
    let sum = add(simd, simd.and_u32s(a, all(0xffff)), down(a, 16));
    // 17 bits, as the fraction of a number between 1 and 2.
    let bits = simd.or_u32s(up(sum, 6), all(0x3f80_0000));
    let number = Vector(simd, simd.transmute_f32s_u32s(bits));
    // √6 · 2, and the mean 65535 in units of 2¹⁷.
    (number - number.all(1.0 + 65535.0 / 131_072.0)) * number.all(4.898_979_5)
}

/// A bijection that sends neighbours far apart (Wellons' `lowbias32`).
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::*;

    #[test]
    fn it_has_mean_0_and_variance_1_and_no_memory() {
        let count = 200_000u64;
        let errors: Vec<f64> = (0..count)
            .map(|step| f64::from(error(Scalar, 77, of_step(step)).1))
            .collect();
        let other = (0..count).map(|step| f64::from(error(Scalar, 78, of_step(step)).1));
        let mean = |sum: f64| sum / count as f64;
        assert!(mean(errors.iter().sum()).abs() < 0.01);
        assert!((mean(errors.iter().map(|e| e * e).sum()) - 1.0).abs() < 0.01);
        let next = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
        assert!(mean(next).abs() < 0.01);
        let crossed = errors.iter().zip(other).map(|(a, b)| a * b).sum();
        assert!(mean(crossed).abs() < 0.01);
    }
}
