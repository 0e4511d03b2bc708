//! Rich display: how a value shows itself in a notebook.
//!
//! A [`Rich`] value knows its formats ([`Bundle`]); [`display()`] shows it at
//! once, the last expression of a cell is shown by [`crate::cell`]. Without a
//! notebook (a plain cargo program) what would be shown is printed as text.

mod bundle;
mod debug;
mod media;
mod plain;
mod port;
mod print;
mod several;
pub(crate) mod standard_streams;

pub use bundle::Bundle;
pub(crate) use debug::{bundle as debug_bundle, line as debug_line};
pub use media::{Html, Json, Latex, Markdown, Png, Svg};
pub use plain::Plain;
pub use port::{
    DisplayHandle, clear_output, clear_output_when_next, display, display_id, interrupted,
};
pub(crate) use port::{attached, send, send_with, session_salt};
pub use print::print_at_once;
pub(crate) use several::several;

/// A value that can show itself, in one format or several.
///
/// Numbers, texts, lists and maps of them show as their `Debug` text ([`Plain`]).
/// Implement it for a type of your own and the last expression of a cell, and
/// [`display()`], use it. A picture, and the text for where there are no pictures:
///
/// ```
/// use pynn::display::{Bundle, Rich};
///
/// struct Spark(Vec<f64>);
///
/// impl Rich for Spark {
///     fn bundle(&self) -> Bundle {
///         let points: Vec<String> = (0..).zip(&self.0).map(|(i, y)| format!("{},{}", 8 * i, 30.0 - y)).collect();
///         let svg = format!(
///             r##"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="32">
///                 <polyline points="{}" fill="none" stroke="#1f77b4" stroke-width="2"/>
///             </svg>"##,
///             8 * self.0.len(),
///             points.join(" "),
///         );
///         Bundle::text(format!("{} values", self.0.len())).svg(svg)
///     }
/// }
///
/// let spark = Spark(vec![0.0, 10.0, 4.0, 25.0, 13.0]);
/// assert_eq!(spark.bundle().plain_text(), "5 values");
/// ```
///
/// As the last expression of a cell, a `Vec`, array, `Option`, `Box`, `Rc`, `Arc` or
/// `Result` of such values shows what is in it, one below the other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is shown",
    note = "`impl pynn::display::Plain for {Self} {{}}` shows its `Debug` text"
)]
pub trait Rich {
    /// The value in every format it has; `text/plain` always among them.
    fn bundle(&self) -> Bundle;
}
