//! Errors that leave a cell, named so that a person can act on them.

use crate::display::{debug_line, send};
use hx_port::{Failure, FromCell};
use std::cell::Cell;
use std::fmt::{Debug, Display};

thread_local! {
    /// Filled by [`crate::Error`] while one of the functions here formats it:
    /// generic code cannot ask a `T: Display` for its variant, so the error tells.
    static INTRODUCED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// An error says its own name to whoever is formatting it for a notebook.
pub(crate) fn introduce(name: &'static str) {
    INTRODUCED.set(Some(name));
}

/// An error left the cell through `?`.
pub fn returned_error<E: Display>(error: &E) {
    let (message, name) = format_and_name(|| error.to_string(), std::any::type_name::<E>());
    report(name, message, true);
}

/// As [`returned_error`], for evcxr's error formats that use `Debug`.
pub fn returned_debug_error<E: Debug>(error: &E) {
    let (message, name) = format_and_name(|| debug_line(error), std::any::type_name::<E>());
    report(name, message, true);
}

/// An `Err` is the cell's last expression.
pub(crate) fn last_expression_error<E: Debug>(error: &E) {
    let (message, name) = format_and_name(|| debug_line(error), std::any::type_name::<E>());
    report(name, message, false);
}

/// What the user asked to be called, such as a comm's handler, returned an error.
pub(super) fn failed_outside_a_cell(message: String) {
    report("Error".into(), message, false);
}

/// A variable was lost because its type was redefined.
pub fn variable_lost(name: &str) {
    eprintln!("The type of the variable {name} was redefined, so the variable is gone.");
    send(&FromCell::VariableLost {
        name: name.to_owned(),
    });
}

fn report(name: String, message: String, early: bool) {
    super::panic::cell_fails();
    send(&FromCell::Failed {
        failure: Failure {
            name,
            message,
            location: None,
            calls: Vec::new(),
        },
        early,
    });
}

/// Formats an error and finds its name: the one it introduced itself with, or
/// the last part of its type's path.
fn format_and_name(format: impl FnOnce() -> String, type_name: &str) -> (String, String) {
    INTRODUCED.take();
    let message = format();
    let name = INTRODUCED.take();
    (
        message,
        name.map_or_else(|| short_type_name(type_name), str::to_owned),
    )
}

/// `core::num::error::ParseIntError` → `ParseIntError`; types that are not
/// errors by name (`String`, `Box<dyn Error>`) → `Error`.
fn short_type_name(type_name: &str) -> String {
    let without_generics = type_name.split('<').next().unwrap_or(type_name);
    let last = without_generics
        .rsplit("::")
        .next()
        .unwrap_or(without_generics);
    match last {
        "String" | "Box" | "Rc" | "Arc" => "Error".into(),
        other
            if other.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !other.is_empty()
                && other != "str" =>
        {
            other.into()
        }
        _ => "Error".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_path_becomes_a_name() {
        for (path, name) in [
            ("core::num::error::ParseIntError", "ParseIntError"),
            ("alloc::string::String", "Error"),
            ("&str", "Error"),
            ("alloc::boxed::Box<dyn core::error::Error>", "Error"),
            ("ctx::Wrapped<i32>", "Wrapped"),
            ("(i32, i32)", "Error"),
        ] {
            assert_eq!(short_type_name(path), name, "{path}");
        }
    }
}
