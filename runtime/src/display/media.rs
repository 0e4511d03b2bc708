//! Values that are nothing but their format: HTML, Markdown, LaTeX, SVG, PNG, JSON.

use super::{Bundle, Rich};

/// HTML, shown as it is: `Html("<b>x</b>")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html<S: AsRef<str> = String>(pub S);

/// Markdown: `Markdown("**x**")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown<S: AsRef<str> = String>(pub S);

/// LaTeX with its own delimiters: `Latex("$\\tau_m$")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latex<S: AsRef<str> = String>(pub S);

/// An SVG picture, the text of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svg<S: AsRef<str> = String>(pub S);

/// A PNG picture, the bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Png<B: AsRef<[u8]> = Vec<u8>>(pub B);

/// Anything that has a JSON form, shown as a tree where the front end can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T: serde::Serialize>(pub T);

impl<S: AsRef<str>> Rich for Html<S> {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.0.as_ref()).html(self.0.as_ref())
    }
}

impl<S: AsRef<str>> Rich for Markdown<S> {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.0.as_ref()).with("text/markdown", self.0.as_ref())
    }
}

impl<S: AsRef<str>> Rich for Latex<S> {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.0.as_ref()).with("text/latex", self.0.as_ref())
    }
}

impl<S: AsRef<str>> Rich for Svg<S> {
    fn bundle(&self) -> Bundle {
        Bundle::text("<SVG picture>").svg(self.0.as_ref())
    }
}

impl<B: AsRef<[u8]>> Rich for Png<B> {
    fn bundle(&self) -> Bundle {
        Bundle::text("<PNG picture>").png(self.0.as_ref(), None)
    }
}

impl<T: serde::Serialize> Rich for Json<T> {
    fn bundle(&self) -> Bundle {
        match serde_json::to_value(&self.0) {
            Ok(value) => Bundle::text(format!("{value:#}")).json(value),
            Err(error) => Bundle::text(format!("<no JSON form: {error}>")),
        }
    }
}
