//! What a parameter can be given: one number for all, one for each, or a list for each.
//!
//! One closed type behind all setters keeps them non-generic inside, so that a
//! cell that sets a parameter compiles next to nothing.

use crate::number::Short;
use std::fmt;

/// A plain number or flag: every integer and floating-point type, and `bool`.
///
/// Sealed; it exists so that `400`, `400.0` and `true` can all be written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "give a number, `true` or `false`, or an array or `Vec` of them"
)]
pub trait Number: Copy + sealed::Sealed {
    /// The number as a floating-point number; `true` is 1 and `false` 0.
    fn number(self) -> f64;
    /// Whether it was written as `true` or `false`.
    #[doc(hidden)]
    const IS_FLAG: bool = false;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Number for $type {
            fn number(self) -> f64 {
                self as f64
            }
        }
    )*};
}

numbers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64
);

impl sealed::Sealed for bool {}
impl Number for bool {
    fn number(self) -> f64 {
        f64::from(u8::from(self))
    }
    const IS_FLAG: bool = true;
}

// What iterating over a borrowed map or list gives.
impl<T: Number> sealed::Sealed for &T {}
impl<T: Number> Number for &T {
    fn number(self) -> f64 {
        (*self).number()
    }
    const IS_FLAG: bool = T::IS_FLAG;
}

/// The value of a parameter, of one neuron or of several.
///
/// Written as a number, a flag, an array, a slice or a `Vec` of them, or a list of
/// lists; a setter takes `impl Into<ParameterValue>`.
///
/// ```
/// use pynn::ParameterValue;
/// assert_eq!(ParameterValue::from(400).number(), Some(400.0));
/// assert_eq!(ParameterValue::from([100, 200]).numbers(), [100.0, 200.0]);
/// assert_eq!(ParameterValue::from(true).to_string(), "true");
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ParameterValue {
    /// One flag for all.
    Flag(bool),
    /// One number for all.
    Number(f64),
    /// One flag for each.
    Flags(Vec<bool>),
    /// One number for each, or one list for all.
    Numbers(Vec<f64>),
    /// One list for each: spike trains, rows of a matrix.
    Rows(Vec<Vec<f64>>),
}

impl ParameterValue {
    /// The number, if there is one for all; `true` is 1 and `false` 0.
    pub fn number(&self) -> Option<f64> {
        match self {
            ParameterValue::Flag(flag) => Some(flag.number()),
            ParameterValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// All numbers, one after the other.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            ParameterValue::Flag(flag) => vec![flag.number()],
            ParameterValue::Number(number) => vec![*number],
            ParameterValue::Flags(flags) => flags.iter().map(|flag| flag.number()).collect(),
            ParameterValue::Numbers(numbers) => numbers.clone(),
            ParameterValue::Rows(rows) => rows.concat(),
        }
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            ParameterValue::Flag(_) | ParameterValue::Number(_) => 1,
            ParameterValue::Flags(flags) => flags.len(),
            ParameterValue::Numbers(numbers) => numbers.len(),
            ParameterValue::Rows(rows) => rows.iter().map(Vec::len).sum(),
        }
    }

    /// One value for all if they are all the same, else one for each.
    pub(crate) fn from_each(numbers: Vec<f64>, is_flag: bool) -> ParameterValue {
        let same = numbers.windows(2).all(|pair| pair[0] == pair[1]);
        match (same.then(|| numbers.first()).flatten(), is_flag) {
            (Some(&number), true) => ParameterValue::Flag(number != 0.0),
            (Some(&number), false) => ParameterValue::Number(number),
            (None, true) => ParameterValue::Flags(numbers.iter().map(|&n| n != 0.0).collect()),
            (None, false) => ParameterValue::Numbers(numbers),
        }
    }
}

fn list<T: Number>(values: &[T]) -> ParameterValue {
    if T::IS_FLAG {
        ParameterValue::Flags(values.iter().map(|value| value.number() != 0.0).collect())
    } else {
        ParameterValue::Numbers(values.iter().map(|value| value.number()).collect())
    }
}

fn rows<T: Number, R: AsRef<[T]>>(values: &[R]) -> ParameterValue {
    let row = |row: &R| row.as_ref().iter().map(|value| value.number()).collect();
    ParameterValue::Rows(values.iter().map(row).collect())
}

impl<T: Number> From<T> for ParameterValue {
    fn from(value: T) -> ParameterValue {
        if T::IS_FLAG {
            ParameterValue::Flag(value.number() != 0.0)
        } else {
            ParameterValue::Number(value.number())
        }
    }
}

impl<T: Number, const N: usize> From<[T; N]> for ParameterValue {
    fn from(values: [T; N]) -> ParameterValue {
        list(&values)
    }
}

impl<T: Number, const N: usize> From<&[T; N]> for ParameterValue {
    fn from(values: &[T; N]) -> ParameterValue {
        list(values)
    }
}

impl<T: Number> From<&[T]> for ParameterValue {
    fn from(values: &[T]) -> ParameterValue {
        list(values)
    }
}

impl<T: Number> From<Vec<T>> for ParameterValue {
    fn from(values: Vec<T>) -> ParameterValue {
        list(&values)
    }
}

impl<T: Number> From<&Vec<T>> for ParameterValue {
    fn from(values: &Vec<T>) -> ParameterValue {
        list(values)
    }
}

impl<T: Number> From<Vec<Vec<T>>> for ParameterValue {
    fn from(values: Vec<Vec<T>>) -> ParameterValue {
        rows(&values)
    }
}

impl<T: Number> From<&Vec<Vec<T>>> for ParameterValue {
    fn from(values: &Vec<Vec<T>>) -> ParameterValue {
        rows(values)
    }
}

impl<T: Number> From<&[Vec<T>]> for ParameterValue {
    fn from(values: &[Vec<T>]) -> ParameterValue {
        rows(values)
    }
}

impl<T: Number, const N: usize> From<[Vec<T>; N]> for ParameterValue {
    fn from(values: [Vec<T>; N]) -> ParameterValue {
        rows(&values)
    }
}

impl<T: Number, const N: usize, const M: usize> From<[[T; M]; N]> for ParameterValue {
    fn from(values: [[T; M]; N]) -> ParameterValue {
        rows(&values)
    }
}

impl<T: Number, const N: usize> From<Vec<[T; N]>> for ParameterValue {
    fn from(values: Vec<[T; N]>) -> ParameterValue {
        rows(&values)
    }
}

impl From<&ParameterValue> for ParameterValue {
    fn from(value: &ParameterValue) -> ParameterValue {
        value.clone()
    }
}

/// `pop.get("leak_v_leak")? == 400`: one number for all, and it is this one.
impl<T: Number> PartialEq<T> for ParameterValue {
    fn eq(&self, other: &T) -> bool {
        self.number() == Some(other.number())
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterValue::Flag(flag) => write!(f, "{flag}"),
            ParameterValue::Number(number) => write!(f, "{}", Short(*number)),
            ParameterValue::Flags(flags) => write!(f, "{flags:?}"),
            ParameterValue::Numbers(numbers) => write_list(f, numbers),
            ParameterValue::Rows(rows) => {
                write!(f, "[")?;
                for (index, row) in rows.iter().enumerate() {
                    write!(f, "{}", if index == 0 { "" } else { ", " })?;
                    write_list(f, row)?;
                }
                write!(f, "]")
            }
        }
    }
}

impl fmt::Debug for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// `{:?}` would write 400 as 400.0; the chip stores whole numbers.
fn write_list(f: &mut fmt::Formatter<'_>, numbers: &[f64]) -> fmt::Result {
    write!(f, "[")?;
    for (index, number) in numbers.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{}", Short(*number))?;
    }
    write!(f, "]")
}
