//! Values that have no picture: they show as their `Debug` text.

use super::{Bundle, Rich};
use crate::cells::{CalibHXNeuronCoba, CalibHXNeuronCuba, Cell, HXNeuron, SpikeSourceArray};
use crate::recording::Annotations;
use crate::{Backend, Calibration, Chip, Error, ParameterValue, Physical, Setup};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

/// A value that [`display()`](super::display()) shows as its `Debug` text.
///
/// Up to 100 characters stay on one line, more are broken into lines. A list of structs
/// of one kind, of tuples or of lists of equal length, and a map to such, is a table
/// besides (at most 60 rows and 20 columns of it, cells of up to 80 characters). Of a
/// longer text than 10 000 bytes the beginning is shown, and no more than that (of a
/// table, a megabyte) is ever written: `println!("{value:?}")` prints all of it.
///
/// ```
/// #[derive(Debug)]
/// struct Outcome {
///     rate: f64,
/// }
/// impl pynn::display::Plain for Outcome {}
/// # fn main() -> Result<(), pynn::Error> {
/// pynn::display::display(&Outcome { rate: 71.8 })?;
/// # Ok(())
/// # }
/// ```
// A notebook shows of a compiler's message what is said at the place, but no notes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not displayed as its `Debug` text, and so a list of it is not",
    label = "if `{Self}` is `Rich`: `for value in &list {{ display(value)?; }}`",
    note = "`impl pynn::display::Plain for {Self} {{}}` shows its `Debug` text, within lists too"
)]
pub trait Plain: Debug {}

impl<T: Plain + ?Sized> Rich for T {
    fn bundle(&self) -> Bundle {
        super::debug_bundle(&self)
    }
}

macro_rules! plain {
    ($($type:ty),* $(,)?) => {$(impl Plain for $type {})*};
}

plain!(
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    f32,
    f64,
    bool,
    char,
    str,
    String,
    Annotations,
    Backend,
    CalibHXNeuronCoba,
    CalibHXNeuronCuba,
    Calibration,
    Cell,
    Chip,
    Error,
    HXNeuron,
    ParameterValue,
    Physical,
    Setup,
    SpikeSourceArray,
);

impl<T: Plain + ?Sized> Plain for &T {}
impl<T: Plain + ?Sized> Plain for Box<T> {}
impl<T: Plain> Plain for Option<T> {}
impl<T: Plain> Plain for Vec<T> {}
impl<T: Plain> Plain for [T] {}
impl<T: Plain, const N: usize> Plain for [T; N] {}
impl<T: Plain> Plain for BTreeSet<T> {}
impl<T: Plain, S> Plain for HashSet<T, S> {}
impl<K: Plain, V: Plain> Plain for BTreeMap<K, V> {}
impl<K: Plain, V: Plain, S> Plain for HashMap<K, V, S> {}
impl<A: Plain, B: Plain> Plain for (A, B) {}
impl<A: Plain, B: Plain, C: Plain> Plain for (A, B, C) {}
