//! The value of a cell's last expression, shown in the best way its type knows.
//!
//! The generated code of a cell ends in `(EXPRESSION).evcxr_display().show();`.
//! A type with an `evcxr_display` of its own (evcxr's convention, some crates
//! have it) shows itself and returns `()`, whose `show` does nothing. Every
//! other type gets a [`Shown`], and Rust's method lookup then walks a chain of
//! wrappers, each one `Deref` away from the next, until one of them has a `show`
//! for the type: rich values, then `Result`s of them, then lists, options and pointers
//! of them, then `Result`s of those, then other `Result`s, then whatever is `Debug`.
//! That is specialisation on stable Rust, decided at compile time, in one compile.

use super::failure::last_expression_error;
use super::rich_content::RichContent;
use crate::display::{Bundle, Rich, attached, debug_bundle, send};
use hx_port::{CellEvent, REDEFINED};
use std::fmt::Debug;
use std::ops::Deref;

/// Gives every value the method the generated code calls first.
pub trait LastValue {
    /// Borrows the value for showing.
    fn evcxr_display(&self) -> Shown<'_, Self> {
        Shown(AsRichResult(AsContent(AsContentResult(AsResult(AsDebug(
            Opaque(self),
        ))))))
    }
}

impl<T: ?Sized> LastValue for T {}

/// What is left to show once a type has shown itself.
pub trait Nothing {
    /// Does nothing.
    fn show(&self) {}
}

impl Nothing for () {}

/// Shows rich values.
pub struct Shown<'a, T: ?Sized>(AsRichResult<'a, T>);
/// Shows results of rich values: the value within, or the error as the cell's error.
pub struct AsRichResult<'a, T: ?Sized>(AsContent<'a, T>);
/// Shows what holds rich values.
pub struct AsContent<'a, T: ?Sized>(AsContentResult<'a, T>);
/// Shows results of what holds rich values.
pub struct AsContentResult<'a, T: ?Sized>(AsResult<'a, T>);
/// Shows other results: the value within, or the error as the cell's error.
pub struct AsResult<'a, T: ?Sized>(AsDebug<'a, T>);
/// Shows values that are only `Debug`.
pub struct AsDebug<'a, T: ?Sized>(Opaque<'a, T>);
/// Shows that there is nothing to show.
pub struct Opaque<'a, T: ?Sized>(&'a T);

macro_rules! next {
    ($($this:ident => $next:ident),* $(,)?) => {$(
        impl<'a, T: ?Sized> Deref for $this<'a, T> {
            type Target = $next<'a, T>;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )*};
}

next!(
    Shown => AsRichResult,
    AsRichResult => AsContent,
    AsContent => AsContentResult,
    AsContentResult => AsResult,
    AsResult => AsDebug,
    AsDebug => Opaque,
);

impl<T: Rich + ?Sized> Shown<'_, T> {
    /// Shows the value in its formats.
    pub fn show(&self) {
        send_value(self.0.0.0.0.0.0.0.bundle());
    }
}

impl<T: Rich, E: Debug> AsRichResult<'_, Result<T, E>> {
    /// Shows the value within, or ends the cell with the error.
    pub fn show(&self) {
        match self.0.0.0.0.0.0 {
            Ok(value) => send_value(value.bundle()),
            Err(error) => last_expression_error(error),
        }
    }
}

impl<T: RichContent + ?Sized> AsContent<'_, T> {
    /// Shows what the value holds.
    pub fn show(&self) {
        send_value(self.0.0.0.0.0.content());
    }
}

impl<T: RichContent, E: Debug> AsContentResult<'_, Result<T, E>> {
    /// Shows what the value within holds, or ends the cell with the error.
    pub fn show(&self) {
        match self.0.0.0.0 {
            Ok(value) => send_value(value.content()),
            Err(error) => last_expression_error(error),
        }
    }
}

impl<T: Debug, E: Debug> AsResult<'_, Result<T, E>> {
    /// Shows the value within, or ends the cell with the error.
    pub fn show(&self) {
        match self.0.0.0 {
            Ok(value) => show_debug(value),
            Err(error) => last_expression_error(error),
        }
    }
}

impl<T: Debug + ?Sized> AsDebug<'_, T> {
    /// Shows the value's `Debug` text.
    pub fn show(&self) {
        show_debug(self.0.0);
    }
}

impl<T: ?Sized> Opaque<'_, T> {
    /// Says that the value cannot be shown.
    pub fn show(&self) {
        // Cells are compiled as a crate `ctx`, which no cell knows of.
        let type_name = match std::any::type_name::<T>() {
            closure if closure.ends_with("{{closure}}") => "a closure".into(),
            name => as_written(name),
        };
        send_value(Bundle::text(format!(
            "<{type_name}: a value that is neither Rich nor Debug>"
        )));
    }
}

/// A type's name as the user wrote it: without the crate of the cell, and without the
/// modules that hold definitions which were changed in the session.
fn as_written(type_name: &str) -> String {
    let mut written = String::new();
    for part in type_name.split_inclusive("::") {
        written += part;
        let Some(before) = written.strip_suffix("::") else {
            continue;
        };
        let punctuation = before.rfind(|one: char| !one.is_alphanumeric() && one != '_');
        let start = punctuation.map_or(0, |at| at + 1);
        let segment = &before[start..];
        if segment == "ctx" || segment.starts_with(REDEFINED) {
            written.truncate(start);
        }
    }
    written
}

fn show_debug<T: Debug + ?Sized>(value: &T) {
    // A cell that ends in a statement-like expression (a loop, `f();` without the
    // semicolon) has the value `()`, which no notebook shows.
    if std::any::type_name::<T>() != "()" {
        send_debug(&value);
    }
}

// Not generic, so that cells do not compile it again for every type they show.
fn send_debug(value: &dyn Debug) {
    send_value(debug_bundle(value));
}

fn send_value(bundle: Bundle) {
    if !attached() {
        println!("{}", bundle.plain_text());
        return;
    }
    let (data, metadata) = bundle.into_parts();
    send(&CellEvent::Value { data, metadata });
}

#[cfg(test)]
mod tests {
    use super::as_written;

    #[test]
    fn a_type_is_named_as_the_user_wrote_it() {
        for (name, written) in [
            ("ctx::A", "A"),
            (
                "alloc::vec::Vec<ctx::redefined_00ff::A>",
                "alloc::vec::Vec<A>",
            ),
            (
                "(ctx::m::redefined_00ff::A, my_ctx::B)",
                "(m::A, my_ctx::B)",
            ),
            ("i32", "i32"),
        ] {
            assert_eq!(as_written(name), written);
        }
    }
}
