//! Numbers side by side, with the operators one writes formulas in: as many as the
//! machine takes at once, or one. Every operation is one rounding in each lane, so
//! all widths give the same bits. As `silicon::vector`, but with 53 digits.

use std::ops::{Add, Mul, Sub};

use pulp::Simd;

/// Numbers in a row: one vector of AVX-512, two of AVX2, four of SSE or NEON.
pub(super) const WIDTH: usize = 8;

/// One number per lane of a block.
pub(super) type Row = [f64; WIDTH];

/// As many `f64` as `S` takes at once.
#[derive(Clone, Copy)]
pub(super) struct Vector<S: Simd>(pub S, pub S::f64s);

impl<S: Simd> Vector<S> {
    /// `self · factor + term`, rounded once.
    #[inline(always)]
    pub fn times_plus(self, factor: Vector<S>, term: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.mul_add_f64s(self.1, factor.1, term.1))
    }

    /// The same number everywhere.
    #[inline(always)]
    pub fn all(self, number: f64) -> Vector<S> {
        Vector(self.0, self.0.splat_f64s(number))
    }

    #[inline(always)]
    pub fn over(self, divisor: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.div_f64s(self.1, divisor.1))
    }

    #[inline(always)]
    pub fn at_least(self, least: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.max_f64s(self.1, least.1))
    }

    #[inline(always)]
    pub fn size(self) -> Vector<S> {
        Vector(self.0, self.0.abs_f64s(self.1))
    }

    #[inline(always)]
    pub fn exceeds(self, other: Vector<S>) -> S::m64s {
        self.0.less_than_f64s(other.1, self.1)
    }

    #[inline(always)]
    pub fn reaches(self, other: Vector<S>) -> S::m64s {
        self.0.less_than_or_equal_f64s(other.1, self.1)
    }

    /// `yes` where the mask holds, else `no`.
    #[inline(always)]
    pub fn either(mask: S::m64s, yes: Vector<S>, no: Vector<S>) -> Vector<S> {
        Vector(yes.0, yes.0.select_f64s(mask, yes.1, no.1))
    }
}

impl<S: Simd> Add for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn add(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.add_f64s(self.1, other.1))
    }
}

impl<S: Simd> Sub for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn sub(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.sub_f64s(self.1, other.1))
    }
}

impl<S: Simd> Mul for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn mul(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.mul_f64s(self.1, other.1))
    }
}

/// Which vector of a row.
#[derive(Clone, Copy)]
pub(super) struct Place<S: Simd> {
    pub simd: S,
    pub index: usize,
}

impl<S: Simd> Place<S> {
    /// All places of a row.
    #[inline(always)]
    pub fn each(simd: S) -> impl Iterator<Item = Place<S>> {
        (0..WIDTH / S::F64_LANES).map(move |index| Place { simd, index })
    }

    #[inline(always)]
    pub fn load(self, row: &Row) -> Vector<S> {
        Vector(self.simd, S::as_simd_f64s(row).0[self.index])
    }

    #[inline(always)]
    pub fn store(self, row: &mut Row, vector: Vector<S>) {
        S::as_mut_simd_f64s(row).0[self.index] = vector.1;
    }

    #[inline(always)]
    pub fn all(self, number: f64) -> Vector<S> {
        Vector(self.simd, self.simd.splat_f64s(number))
    }
}
