//! Numbers side by side, with the operators one writes formulas in: as many as the
//! machine takes at once, or one ([`alone`]). Every operation is one rounding in
//! each lane, so all widths give the same bits.

use std::ops::{Add, Mul, Neg, Sub};

use pulp::{Scalar, Simd};

/// As many `f32` as `S` takes at once.
#[derive(Clone, Copy)]
pub(super) struct Vector<S: Simd>(pub S, pub S::f32s);

/// One number, as a vector of one.
pub(super) fn alone(number: f32) -> Vector<Scalar> {
    Vector(Scalar, number)
}

impl<S: Simd> Vector<S> {
    /// The same number everywhere.
    #[inline(always)]
    pub fn all(self, number: f32) -> Vector<S> {
        Vector(self.0, self.0.splat_f32s(number))
    }

    /// `self · factor + term`, rounded once.
    #[inline(always)]
    pub fn times_plus(self, factor: Vector<S>, term: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.mul_add_f32s(self.1, factor.1, term.1))
    }

    /// A polynomial of `self`, the highest coefficient first.
    #[inline(always)]
    pub fn polynomial<const N: usize>(self, coefficients: [f32; N]) -> Vector<S> {
        let mut sum = self.all(coefficients[0]);
        for &coefficient in &coefficients[1..] {
            sum = sum.times_plus(self, self.all(coefficient));
        }
        sum
    }

    /// The same of the fifth degree, in half the time: terms in pairs, which do not wait
    /// for each other. A lane's way through a step is one long chain of such waits.
    #[inline(always)]
    pub fn quintic(self, [a, b, c, d, e, f]: [f32; 6]) -> Vector<S> {
        let pair = |high, low| self.times_plus(self.all(high), self.all(low));
        let square = self * self;
        let upper = square.times_plus(pair(a, b), pair(c, d));
        square.times_plus(upper, pair(e, f))
    }

    #[inline(always)]
    pub fn over(self, divisor: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.div_f32s(self.1, divisor.1))
    }

    #[inline(always)]
    pub fn at_least(self, least: f32) -> Vector<S> {
        Vector(self.0, self.0.max_f32s(self.1, self.all(least).1))
    }

    #[inline(always)]
    pub fn at_most(self, most: f32) -> Vector<S> {
        Vector(self.0, self.0.min_f32s(self.1, self.all(most).1))
    }

    #[inline(always)]
    pub fn size(self) -> Vector<S> {
        Vector(self.0, self.0.abs_f32s(self.1))
    }

    #[inline(always)]
    pub fn exceeds(self, other: Vector<S>) -> S::m32s {
        self.0.less_than_f32s(other.1, self.1)
    }

    /// `yes` where the mask holds, else `no`.
    #[inline(always)]
    pub fn either(mask: S::m32s, yes: Vector<S>, no: Vector<S>) -> Vector<S> {
        Vector(yes.0, yes.0.select_f32s(mask, yes.1, no.1))
    }
}

impl<S: Simd> Add for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn add(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.add_f32s(self.1, other.1))
    }
}

impl<S: Simd> Sub for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn sub(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.sub_f32s(self.1, other.1))
    }
}

impl<S: Simd> Mul for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn mul(self, other: Vector<S>) -> Vector<S> {
        Vector(self.0, self.0.mul_f32s(self.1, other.1))
    }
}

impl<S: Simd> Neg for Vector<S> {
    type Output = Vector<S>;

    #[inline(always)]
    fn neg(self) -> Vector<S> {
        Vector(self.0, self.0.neg_f32s(self.1))
    }
}
