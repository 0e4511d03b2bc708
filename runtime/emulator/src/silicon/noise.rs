//! The noise the membranes integrate, as a function of neuron and step alone: no
//! state to carry along, so the same seed gives the same bits whoever computes
//! them, in whatever order and width.

use pulp::{Scalar, Simd};

use super::row::WIDTH;
use super::vector::Vector;

/// A step, as the noise knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// A number for each four steps, the same for all neurons.
    four: u32,
    /// Which of the four.
    byte: u32,
    /// Tells whether the bits of the four steps have to be made.
    fresh: bool,
}

impl Step {
    /// Step number `step`; `first` if the lanes have not taken the one before.
    pub fn new(step: u64, first: bool) -> Step {
        let four = step / 4;
        let byte = (step % 4) as u32;
        Step {
            four: mix((four >> 32) as u32 ^ 0x9e37_79b9) ^ mix(four as u32),
            byte,
            fresh: first || byte == 0,
        }
    }
}

/// The error of neurons in a step: mean 0, variance 1. `keys` tell the neurons apart,
/// `bits` keep what is made for four steps.
///
/// A uniform number of eight bits, not a normal one: a membrane adds up dozens of
/// them within its time constant, and no single one is visible.
#[inline(always)]
pub(super) fn error<S: Simd>(
    simd: S,
    keys: &[u32; WIDTH],
    bits: &mut [u32; WIDTH],
    index: usize,
    step: Step,
) -> Vector<S> {
    let own = if step.fresh {
        let own = hash(simd, S::as_simd_u32s(keys).0[index], step.four);
        S::as_mut_simd_u32s(bits).0[index] = own;
        own
    } else {
        S::as_simd_u32s(bits).0[index]
    };
    uniform(simd, own, step.byte)
}

/// The same of one neuron.
pub(super) fn error_of(key: u32, step: Step) -> f32 {
    uniform(Scalar, hash(Scalar, key, step.four), step.byte).1
}

/// One of the four bytes as a number of mean 0 and variance 1.
#[inline(always)]
fn uniform<S: Simd>(simd: S, bits: S::u32s, byte: u32) -> Vector<S> {
    let all = |number| simd.splat_u32s(number);
    let byte = simd.wrapping_dyn_shr_u32s(bits, all(8 * byte));
    let byte = simd.and_u32s(byte, all(0xff));
    // As the fraction of a number between 1 and 2.
    let bits = simd.or_u32s(simd.wrapping_dyn_shl_u32s(byte, all(15)), all(0x3f80_0000));
    let number = Vector(simd, simd.transmute_f32s_u32s(bits));
    // The mean of 0..=255 in units of 2⁸, and √12.
    (number - number.all(1.0 + 127.5 / 256.0)) * number.all(3.464_101_6)
}

/// Jenkins' hash of 32 bits, which needs no multiplication.
#[inline(always)]
fn hash<S: Simd>(simd: S, keys: S::u32s, number: u32) -> S::u32s {
    let all = |number| simd.splat_u32s(number);
    let down = |bits, by| simd.wrapping_dyn_shr_u32s(bits, all(by));
    let up = |bits, by| simd.wrapping_dyn_shl_u32s(bits, all(by));
    let (add, xor) = (S::add_u32s, S::xor_u32s);
    let a = xor(simd, keys, all(number));
    let a = add(simd, add(simd, a, all(0x7ed5_5d16)), up(a, 12));
    let a = xor(simd, xor(simd, a, all(0xc761_c23c)), down(a, 19));
    let a = add(simd, add(simd, a, all(0x1656_67b1)), up(a, 5));
    let a = xor(simd, add(simd, a, all(0xd3a2_646c)), up(a, 9));
    let a = add(simd, add(simd, a, all(0xfd70_46c5)), up(a, 3));
    xor(simd, xor(simd, a, all(0xb55a_4f09)), down(a, 16))
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
    use super::*;

    #[test]
    fn it_has_mean_0_and_variance_1_and_no_memory() {
        let count = 200_000u64;
        let errors: Vec<f64> = (0..count)
            .map(|step| f64::from(error_of(77, Step::new(step, false))))
            .collect();
        let other = (0..count).map(|step| f64::from(error_of(78, Step::new(step, false))));
        let mean = |sum: f64| sum / count as f64;
        assert!(mean(errors.iter().sum()).abs() < 0.01);
        assert!((mean(errors.iter().map(|e| e * e).sum()) - 1.0).abs() < 0.01);
        let next = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
        assert!(mean(next).abs() < 0.01);
        let crossed = errors.iter().zip(other).map(|(a, b)| a * b).sum();
        assert!(mean(crossed).abs() < 0.01);
    }
}
