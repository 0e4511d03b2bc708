//! How a cell ends: with a value to show, an error, or a panic.
//!
//! The kernel compiles every cell so that it calls in here; nobody else does.
//! A plain cargo program never comes through this module.

mod failure;
mod panic;
mod rich_content;
mod rows;
pub mod store;
mod value;

pub(crate) use failure::{failed_at_the_end, introduce};
pub use failure::{returned_debug_error, returned_error, variable_lost};
pub(crate) use panic::catch_panics;
pub(crate) use panic::report;
pub use panic::{panicked, unwound};
pub use rows::Rows;
pub use value::{LastValue, Nothing, Shown};

/// Stands for a variable that `:undo` has brought back, in a cell that tells the compiler
/// of it and is never run.
pub fn undone<T>() -> T {
    unreachable!("this cell is compiled only")
}
