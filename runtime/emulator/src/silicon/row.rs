//! Rows of one number per lane, and the vectors they are made of.

use pulp::Simd;

use super::vector::Vector;

/// Lanes per block.
pub(super) const WIDTH: usize = 16;

/// One number per lane.
pub(super) type Row = [f32; WIDTH];

/// Which vector of a block.
#[derive(Clone, Copy)]
pub(super) struct Place<S: Simd> {
    pub simd: S,
    pub index: usize,
}

impl<S: Simd> Place<S> {
    #[inline(always)]
    pub fn load(self, row: &Row) -> Vector<S> {
        Vector(self.simd, S::as_simd_f32s(row).0[self.index])
    }

    /// Tells whether a mask holds anywhere.
    #[inline(always)]
    pub fn any(self, mask: S::m32s) -> bool {
        self.simd.first_true_m32s(mask) < S::F32_LANES
    }

    #[inline(always)]
    pub fn store(self, row: &mut Row, vector: Vector<S>) {
        S::as_mut_simd_f32s(row).0[self.index] = vector.1;
    }
}
