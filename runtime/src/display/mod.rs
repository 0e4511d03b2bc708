//! Rich display: how a value shows itself in a notebook.
//!
//! A [`Rich`] value knows its formats ([`Bundle`]); [`display()`] shows it at
//! once, the last expression of a cell is shown by [`crate::cell`]. Without a
//! notebook (a plain cargo program) what would be shown is printed as text.

mod bundle;
mod media;
mod plain;
mod port;

pub use bundle::Bundle;
pub use media::{Html, Json, Latex, Markdown, Png, Svg};
pub use plain::Plain;
pub use port::{
    DisplayHandle, clear_output, clear_output_when_next, display, display_id, interrupted,
};
pub(crate) use port::{attached, send, send_with, session_salt};

/// A value that can show itself, in one format or several.
///
/// Numbers, texts, lists and maps of them show as their `Debug` text
/// ([`Plain`]). Implement it for a type of your own and the last expression of a cell, and
/// [`display()`], use it:
///
/// ```
/// use pynn::display::{Bundle, Rich};
/// struct Temperature(f64);
/// impl Rich for Temperature {
///     fn bundle(&self) -> Bundle {
///         Bundle::text(format!("{} K", self.0)).html(format!("<b>{}</b> K", self.0))
///     }
/// }
/// assert_eq!(Temperature(3.0).bundle().plain_text(), "3 K");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is shown",
    note = "`impl pynn::display::Plain for {Self} {{}}` shows its `Debug` text"
)]
pub trait Rich {
    /// The value in every format it has; `text/plain` always among them.
    fn bundle(&self) -> Bundle;
}
