//! The embedded typeface: how wide a text is and what its letters look like.

use std::sync::OnceLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// What an SVG viewer is asked for. Verdana is the sibling of DejaVu Sans with
/// the same widths; the generic face of most systems is narrower than both, so a
/// layout made for DejaVu has room for it.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Height of digits and capitals as a part of the font size.
pub(crate) const CAP_HEIGHT: f64 = 0.729;

/// How far letters reach below the baseline as a part of the font size.
pub(crate) const DESCENT: f64 = 0.236;

/// Distance from the highest ascender to the lowest descender as a part of the font
/// size. plotters (by `ab_glyph`) calls that the size.
pub(crate) const HEIGHT: f64 = 0.928 + 0.236;

/// Makes the typeface known to plotters, under the names that fonts are asked for by.
pub(crate) fn register() {
    use plotters::style::{FontStyle, register_font};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for name in [
            "sans-serif",
            "serif",
            "monospace",
            "sans",
            "Arial",
            "Calibri",
        ] {
            // It was parsed before it was embedded.
            let _ = register_font(name, FontStyle::Normal, BYTES);
        }
    });
}

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/DejaVuSans.ttf"));

fn face() -> &'static Face<'static> {
    static FACE: OnceLock<Face<'static>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(BYTES, 0).expect("the embedded font is a TrueType file"))
}

/// Receives each glyph with the place of its origin, in units of the font.
fn lay_out(text: &str, mut place: impl FnMut(GlyphId, f64)) -> f64 {
    let face = face();
    let mut pen = 0.0;
    let mut previous: Option<GlyphId> = None;
    for character in text.chars() {
        let glyph = face.glyph_index(character).unwrap_or(GlyphId(0));
        if let Some(previous) = previous {
            pen += kerning(face, previous, glyph);
        }
        place(glyph, pen);
        pen += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
        previous = Some(glyph);
    }
    pen
}

fn kerning(face: &Face<'_>, left: GlyphId, right: GlyphId) -> f64 {
    let Some(table) = face.tables().kern else {
        return 0.0;
    };
    table
        .subtables
        .into_iter()
        .filter(|subtable| subtable.horizontal && !subtable.has_state_machine)
        .find_map(|subtable| subtable.glyphs_kerning(left, right))
        .map_or(0.0, f64::from)
}

/// The advance width of `text` in pixels.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    lay_out(text, |_, _| ()) * size / f64::from(face().units_per_em())
}

/// Draws the outlines of `text`, its origin at (0, 0), y downwards, in pixels.
pub(crate) fn outline(text: &str, size: f64, sink: &mut dyn OutlineSink) {
    let scale = size / f64::from(face().units_per_em());
    lay_out(text, |glyph, pen| {
        let mut adapter = Adapter { sink, scale, pen };
        // Blanks have no outline.
        let _ = face().outline_glyph(glyph, &mut adapter);
    });
}

/// Takes the pieces of an outline.
pub(crate) trait OutlineSink {
    fn move_to(&mut self, x: f64, y: f64);
    fn line_to(&mut self, x: f64, y: f64);
    fn quad_to(&mut self, x1: f64, y1: f64, x: f64, y: f64);
    fn close(&mut self);
}

struct Adapter<'sink> {
    sink: &'sink mut dyn OutlineSink,
    scale: f64,
    pen: f64,
}

impl Adapter<'_> {
    fn x(&self, x: f32) -> f64 {
        (f64::from(x) + self.pen) * self.scale
    }

    fn y(&self, y: f32) -> f64 {
        -f64::from(y) * self.scale
    }
}

impl OutlineBuilder for Adapter<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = (self.x(x), self.y(y));
        self.sink.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = (self.x(x), self.y(y));
        self.sink.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x1, y1, x, y) = (self.x(x1), self.y(y1), self.x(x), self.y(y));
        self.sink.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, _x1: f32, _y1: f32, _x2: f32, _y2: f32, x: f32, y: f32) {
        // TrueType outlines are quadratic; cubic ones are in other font formats.
        self.line_to(x, y);
    }

    fn close(&mut self) {
        self.sink.close();
    }
}
