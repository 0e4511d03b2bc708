//! Errors that leave a cell, named so that a person can act on them.

use crate::display::{debug_line, send};
use hx_port::{CellEvent, Failure};
use std::cell::Cell;
use std::fmt::{Debug, Display};
use std::panic::Location;

thread_local! {
    /// Filled by [`crate::Error`] while one of the functions here formats it:
    /// generic code cannot ask a `T: Display` for its variant, so the error tells.
    static INTRODUCED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// An error says its own name to whoever is formatting it for a notebook.
pub(crate) fn introduce(name: &'static str) {
    INTRODUCED.set(Some(name));
}

/// An error left the cell through `?`, which stands where this is called from.
#[track_caller]
pub fn returned_error<E: Display>(error: &E) {
    let place = Location::caller();
    let (message, name) = format_and_name(|| error.to_string(), std::any::type_name::<E>());
    report(name, message, Some(place));
}

/// As [`returned_error`], for evcxr's error formats that use `Debug`.
#[track_caller]
pub fn returned_debug_error<E: Debug>(error: &E) {
    let place = Location::caller();
    let (message, name) = format_and_name(|| debug_line(error), std::any::type_name::<E>());
    report(name, message, Some(place));
}

/// An `Err` is the cell's last expression.
pub(crate) fn last_expression_error<E: Debug>(error: &E) {
    let (message, name) = format_and_name(|| debug_line(error), std::any::type_name::<E>());
    report(name, message, None);
}

/// What is done at the end of a cell failed, of which the cell has no result.
pub(crate) fn failed_at_the_end<E: Display>(error: &E) {
    let (message, name) = format_and_name(|| error.to_string(), std::any::type_name::<E>());
    report(name, message, None);
}

/// What the user asked to be called, such as a comm's handler, returned an error.
pub(super) fn failed_outside_a_cell(message: String) {
    report("Error".into(), message, None);
}

/// A variable was lost because its type was redefined.
pub fn variable_lost(name: &str) {
    eprintln!("The type of the variable {name} was redefined, so the variable is gone.");
    send(&CellEvent::VariableLost {
        name: name.to_owned(),
    });
}

/// Reports an error; one that has a place ended the cell before its end.
fn report(name: String, message: String, place: Option<&Location<'_>>) {
    super::panic::cell_fails();
    let location = place.map(|place| hx_port::Location {
        file: place.file().to_owned(),
        line: place.line(),
        column: place.column(),
    });
    send(&CellEvent::Failed {
        early: location.is_some(),
        failure: Failure {
            name,
            message,
            location,
            calls: Vec::new(),
        },
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
