//! What a figure comes down to before it is SVG or pixels: a list of marks with
//! coordinates in logical pixels. Both writers draw the same list, which is why
//! the SVG and the PNG of a figure are the same picture.

use crate::color::Color;
use crate::geometry::{Point, Rect};

/// Device pixels of a PNG, and of an image in an SVG, for each logical pixel.
pub(crate) const DENSITY: f64 = 2.0;

/// A whole picture.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
    pub(crate) dash: Option<[f64; 2]>,
    /// Round ends and corners (data) or square ones (axes).
    pub(crate) round: bool,
}

/// Which point of a text its coordinates name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text. `y` is the baseline.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) anchor: Anchor,
    pub(crate) color: Color,
    /// Degrees by which the text is turned clockwise about (x, y): -90 reads from
    /// bottom to top.
    pub(crate) turn: i32,
}

/// Characters that a line of text and XML can hold.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// One thing to draw.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// Connected points; several pieces of one line make one mark.
    Lines {
        pieces: Vec<Vec<Point>>,
        stroke: Stroke,
    },
    /// Filled polygons that turn the same way; where they overlap they are one.
    Polygon {
        pieces: Vec<Vec<Point>>,
        fill: Color,
    },
    /// A box with rounded corners, filled and outlined.
    Frame {
        rect: Rect,
        radius: f64,
        fill: Color,
        stroke: Stroke,
    },
    /// Filled discs of one size.
    Dots {
        centers: Vec<Point>,
        radius: f64,
        fill: Color,
    },
    /// A picture (RGBA, not premultiplied) stretched to a rectangle.
    Image {
        rect: Rect,
        columns: u32,
        rows: u32,
        pixels: Vec<u8>,
    },
    Text(Text),
    /// A white border of `width` outside `inner`: what reached over the edges of
    /// the axes disappears under it. Unlike a clip path it needs no id, which
    /// might be taken in a page with several figures, and no nested viewport,
    /// which the style sheets of some pages resize.
    Surround {
        inner: Rect,
        width: f64,
    },
}
