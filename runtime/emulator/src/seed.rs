//! Seeds: from a few numbers to one that looks like none of them.

/// Folds a number into a seed so that neighbours end far apart (SplitMix64).
pub(crate) fn scramble(seed: u64, number: u64) -> u64 {
    let mut z = seed
        .wrapping_add(number)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed made of several numbers, in this order.
pub(crate) fn seed_of(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0, scramble)
}
