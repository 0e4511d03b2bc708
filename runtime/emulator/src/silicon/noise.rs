//! The noise the membranes integrate, as a function of neuron and step alone: no
//! state to carry along, so the same seed gives the same bits whoever computes
//! them, in whatever order and width.

/// A number per step, the same for all neurons.
pub(super) fn of_step(step: u64) -> u32 {
    mix((step >> 32) as u32 ^ 0x9e37_79b9) ^ mix(step as u32)
}

/// The error of a neuron (its key) in a step ([`of_step`]): mean 0, variance 1.
///
/// The sum of two uniform numbers, not a normal one: a membrane adds up dozens
/// of them within its time constant, and nobody sees a single one.
#[inline(always)]
pub(super) fn error(key: u32, step: u32) -> f32 {
    let bits = mix(key ^ step);
    let sum = (bits & 0xffff) as i32 + (bits >> 16) as i32 - 0xffff;
    // √6 / 2¹⁶
    sum as f32 * 3.737_624e-5
}

/// A bijection that sends neighbours far apart (Wellons' `lowbias32`).
#[inline(always)]
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
            .map(|step| f64::from(error(77, of_step(step))))
            .collect();
        let other = (0..count).map(|step| f64::from(error(78, of_step(step))));
        let mean = |sum: f64| sum / count as f64;
        assert!(mean(errors.iter().sum()).abs() < 0.01);
        assert!((mean(errors.iter().map(|e| e * e).sum()) - 1.0).abs() < 0.01);
        let next = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
        assert!(mean(next).abs() < 0.01);
        let crossed = errors.iter().zip(other).map(|(a, b)| a * b).sum();
        assert!(mean(crossed).abs() < 0.01);
    }
}
