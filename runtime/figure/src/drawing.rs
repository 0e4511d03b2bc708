//! Pictures without axes, put together from rectangles, texts and pixels: maps and
//! schemes that say something a plot cannot.

use crate::canvas::{Canvas, Drawn, LARGEST};
use crate::color::Color;
use crate::error::FigureError;
use crate::font;
use crate::geometry::{Point, Rect};
use crate::scene::{Anchor, Mark, Scene, Text, printable};
use crate::{raster, svg};
use plotters::coord::CoordTranslate;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection};
use plotters_backend::BackendCoord;
use std::cell::RefCell;

/// A picture drawn by hand. Coordinates are logical pixels from the upper left; what has a
/// coordinate that is not finite is left out. Later things cover earlier ones.
///
/// ```
/// use hx_figure::{Align, Color, Drawing};
///
/// let mut drawing = Drawing::new(120, 40);
/// drawing.rectangle([10.0, 10.0, 40.0, 20.0], Color::cycle(0));
/// drawing.text((56.0, 24.0), 10.5, Align::Left, Color::BLACK, "in use");
/// assert!(drawing.to_svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Drawing {
    scene: Scene,
}

/// Where the given point of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At its left end.
    Left,
    /// In its middle.
    Center,
    /// At its right end.
    Right,
}

impl Drawing {
    /// An empty, white picture of a size in logical pixels.
    pub fn new(width: u32, height: u32) -> Drawing {
        Drawing {
            scene: Scene {
                width: f64::from(width.clamp(1, LARGEST)),
                height: f64::from(height.clamp(1, LARGEST)),
                marks: Vec::new(),
            },
        }
    }

    /// What has been drawn so far on the [`Canvas`] of a drawing area, all of it, whichever
    /// part the area is.
    pub fn of<Coord: CoordTranslate>(area: &DrawingArea<Canvas, Coord>) -> Drawing {
        let copy = Copied(RefCell::new(None));
        // Fails if the canvas is borrowed, which it is within an element alone.
        let drawn = area.use_screen_coord().draw(&copy);
        debug_assert!(drawn.is_ok(), "{drawn:?}");
        match copy.0.into_inner() {
            Some(scene) => Drawing { scene },
            None => Drawing::new(1, 1),
        }
    }

    /// A filled rectangle: left, top, width, height.
    pub fn rectangle(&mut self, rectangle: [f64; 4], fill: Color) {
        let [left, top, width, height] = rectangle;
        let (right, bottom) = (left + width, top + height);
        self.polygon(
            &[(left, top), (right, top), (right, bottom), (left, bottom)],
            fill,
        );
    }

    /// The outline of a rectangle, one pixel wide and within it.
    pub fn outline(&mut self, rectangle: [f64; 4], color: Color) {
        let [left, top, width, height] = rectangle;
        for edge in [
            [left, top, width, 1.0],
            [left, top + height - 1.0, width, 1.0],
            [left, top, 1.0, height],
            [left + width - 1.0, top, 1.0, height],
        ] {
            self.rectangle(edge, color);
        }
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[(f64, f64)], fill: Color) {
        if points.iter().any(|(x, y)| !(x + y).is_finite()) {
            return;
        }
        let points = points.iter().map(|&(x, y)| Point { x, y });
        self.scene.marks.push(Mark::Polygon {
            pieces: vec![points.collect()],
            fill,
        });
    }

    /// A line of text whose baseline is at `at.1`; `size` in pixels.
    pub fn text(&mut self, at: (f64, f64), size: f64, align: Align, color: Color, text: &str) {
        self.push_text(at, size, align, color, text, 0);
    }

    /// A line of text that reads from bottom to top.
    pub fn text_upwards(
        &mut self,
        at: (f64, f64),
        size: f64,
        align: Align,
        color: Color,
        text: &str,
    ) {
        self.push_text(at, size, align, color, text, -90);
    }

    fn push_text(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        align: Align,
        color: Color,
        text: &str,
        turn: i32,
    ) {
        if !(x + y + size).is_finite() {
            return;
        }
        self.scene.marks.push(Mark::Text(Text {
            content: printable(text),
            x,
            y,
            size,
            anchor: match align {
                Align::Left => Anchor::Start,
                Align::Center => Anchor::Middle,
                Align::Right => Anchor::End,
            },
            color,
            turn,
        }));
    }

    /// How wide a text is, in pixels.
    pub fn text_width(text: &str, size: f64) -> f64 {
        font::text_width(text, size)
    }

    /// Pixels, row by row from the upper left, stretched to a rectangle without blurring.
    ///
    /// # Errors
    /// If the pixels do not fill rows of `columns`.
    pub fn pixels(
        &mut self,
        rectangle: [f64; 4],
        columns: usize,
        pixels: &[Color],
    ) -> Result<(), FigureError> {
        let rows = pixels.len().checked_div(columns).unwrap_or(0);
        let [x, y, width, height] = rectangle;
        let (Ok(wide), Ok(high)) = (u32::try_from(columns), u32::try_from(rows)) else {
            return Err(FigureError::MatrixSize {
                rows,
                columns,
                values: pixels.len(),
            });
        };
        if rows * columns != pixels.len() || rows == 0 {
            return Err(FigureError::MatrixSize {
                rows,
                columns,
                values: pixels.len(),
            });
        }
        if rectangle.iter().all(|it| it.is_finite()) {
            let pixels = pixels.iter();
            self.scene.marks.push(Mark::Image {
                rect: Rect {
                    x,
                    y,
                    width,
                    height,
                },
                columns: wide,
                rows: high,
                pixels: pixels
                    .flat_map(|it| [it.red, it.green, it.blue, it.alpha])
                    .collect(),
            });
        }
        Ok(())
    }

    /// Width and height in logical pixels.
    pub fn logical_size(&self) -> (u32, u32) {
        (self.scene.width as u32, self.scene.height as u32)
    }

    /// The picture as an SVG element.
    pub fn to_svg(&self) -> String {
        svg::write(&self.scene)
    }

    /// The picture as a PNG with two device pixels for each logical one.
    pub fn to_png(&self) -> Vec<u8> {
        raster::write_png(&self.scene)
    }
}

/// An element that draws nothing and looks at the canvas: areas lend it to nobody else.
struct Copied(RefCell<Option<Scene>>);

impl<'a> PointCollection<'a, BackendCoord> for &'a Copied {
    type Point = BackendCoord;
    type IntoIter = std::iter::Empty<BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl Drawable<Canvas> for Copied {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Drawn {
        self.0.replace(Some(canvas.scene.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_refused_or_left_out() {
        let mut drawing = Drawing::new(0, u32::MAX);
        assert_eq!(drawing.logical_size(), (1, LARGEST));
        drawing.rectangle([f64::NAN, 0.0, 1.0, 1.0], Color::BLACK);
        drawing.text((0.0, f64::INFINITY), 10.0, Align::Left, Color::BLACK, "x");
        assert!(drawing.scene.marks.is_empty());
        let black = [Color::BLACK; 6];
        for columns in [0, 4, 7] {
            assert!(drawing.pixels([0.0; 4], columns, &black).is_err());
        }
        assert!(drawing.pixels([0.0, 0.0, 9.0, 9.0], 3, &black).is_ok());
        drawing.text((0.0, 5.0), 10.0, Align::Right, Color::BLACK, "a\u{1}<b>");
        let svg = drawing.to_svg();
        assert!(svg.contains("a &lt;b&gt;"), "{svg}");
    }
}
