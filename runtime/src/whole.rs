//! Counts and indices, written as any integer.
//!
//! A notebook keeps `let n = 5;` as an `i32` from one cell to the next, so what
//! counts or numbers something takes every integer type and not only `usize`.

/// A whole number of any type: how many, or which.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a whole number",
    label = "give an integer"
)]
pub trait Whole: Copy + sealed::Sealed {
    /// The number, whatever its type.
    #[doc(hidden)]
    fn whole(self) -> i128;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Whole for $type {
            fn whole(self) -> i128 {
                self as i128
            }
        }
    )*};
}

whole_numbers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// How many: nothing is fewer than 0.
pub(crate) fn count(number: impl Whole) -> usize {
    usize::try_from(number.whole().max(0)).unwrap_or(usize::MAX)
}
