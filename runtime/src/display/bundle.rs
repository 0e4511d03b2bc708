//! One value in several formats, from which a front end picks the best it can show.

use super::Rich;
use base64::Engine as _;
use hx_port::MimeBundle;
use serde_json::{Value, json};

/// One value in several formats. Always carries `text/plain`.
#[must_use = "a bundle is not shown before it is given to `display`"]
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    data: MimeBundle,
    metadata: MimeBundle,
}

impl Bundle {
    /// A bundle of plain text; add richer formats to it.
    pub fn text(text: impl Into<String>) -> Bundle {
        let mut data = MimeBundle::new();
        data.insert("text/plain".into(), Value::String(text.into()));
        Bundle {
            data,
            metadata: MimeBundle::new(),
        }
    }

    /// Adds HTML.
    pub fn html(self, html: impl Into<String>) -> Bundle {
        self.with("text/html", html)
    }

    /// Adds an SVG picture (the text of the file).
    pub fn svg(self, svg: impl Into<String>) -> Bundle {
        self.with("image/svg+xml", svg)
    }

    /// Adds a PNG picture (the bytes of the file) shown at `width` × `height` pixels.
    pub fn png(mut self, png: &[u8], size: Option<(u32, u32)>) -> Bundle {
        if let Some((width, height)) = size {
            self.metadata.insert(
                "image/png".into(),
                json!({ "width": width, "height": height }),
            );
        }
        self.with(
            "image/png",
            base64::engine::general_purpose::STANDARD.encode(png),
        )
    }

    /// Adds any other format; binary data as base64 text, JSON (`application/json` and all
    /// types that end with `+json`, such as Vega's and Plotly's) as its text.
    pub fn with(mut self, mime_type: impl Into<String>, data: impl Into<String>) -> Bundle {
        let (mime_type, data) = (mime_type.into(), data.into());
        let essence = mime_type.split(';').next().unwrap_or_default().trim();
        let is_json = essence == "application/json" || essence.ends_with("+json");
        // Front ends get JSON as such; a text that is none is shown as the text it is.
        let value = match is_json {
            true => serde_json::from_str(&data).unwrap_or(Value::String(data)),
            false => Value::String(data),
        };
        self.data.insert(mime_type, value);
        self
    }

    /// Adds JSON, which alone of all formats is no text.
    pub(super) fn json(mut self, value: Value) -> Bundle {
        self.data.insert("application/json".into(), value);
        self
    }

    /// The plain text.
    pub fn plain_text(&self) -> &str {
        self.get("text/plain").unwrap_or_default()
    }

    /// The data of one format, unless that is JSON.
    pub fn get(&self, mime_type: &str) -> Option<&str> {
        self.data.get(mime_type).and_then(Value::as_str)
    }

    /// The size at which the PNG is shown, pixels.
    pub(super) fn size(&self) -> Option<(u64, u64)> {
        let size = self.metadata.get("image/png")?;
        Some((size["width"].as_u64()?, size["height"].as_u64()?))
    }

    pub(crate) fn into_parts(self) -> (MimeBundle, MimeBundle) {
        (self.data, self.metadata)
    }
}

impl Rich for Bundle {
    fn bundle(&self) -> Bundle {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_given_as_json() {
        let plot = "application/vnd.vega.v5+json";
        let bundle = Bundle::text("a plot")
            .with(plot, r#"{"mark": "bar"}"#)
            .with("application/json; charset=utf-8", "[1]")
            .with("application/x+json", "{")
            .with("text/csv", "[1]");
        let of = |name: &str| bundle.data[name].clone();
        assert_eq!(of(plot), json!({ "mark": "bar" }));
        assert_eq!(of("application/json; charset=utf-8"), json!([1]));
        assert_eq!(of("application/x+json"), json!("{"));
        assert_eq!(of("text/csv"), json!("[1]"));
    }
}
