//! Weights that one spike adds to lanes: to all of a block, or to single ones.

use super::vector::WIDTH;

/// Weights of a spike for eight lanes, weight units: whole numbers, for the ideal chip's
/// synapses are what they are set to. A full chip's rows are gone through with every spike,
/// and are half a megabyte if no block has empty lanes.
pub(super) type Weights = [u16; WIDTH];

/// One lane a spike goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub lane: usize,
    pub weight: f64,
}
