//! Writes a scene as pixels.

use crate::color::Color;
use crate::encode::encode_png;
use crate::font::{self, OutlineSink};
use crate::geometry::{Point, Rect};
use crate::scene::{Anchor, DENSITY, Mark, Scene, Stroke, Text};
use tiny_skia::{
    FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    StrokeDash, Transform,
};

/// The PNG of a scene.
pub(crate) fn write_png(scene: &Scene) -> Vec<u8> {
    match draw(scene) {
        // The background is opaque: premultiplied is the same as straight.
        Some(pixmap) => encode_png(
            pixmap.width(),
            pixmap.height(),
            pixmap.data(),
            Some(DENSITY),
        ),
        None => Vec::new(),
    }
}

/// A mark of one colour alone on a transparent ground, as RGBA pixels with their
/// size. Sixteen levels of opacity are enough for edges, and small.
pub(crate) fn draw_alone(mark: &Mark, color: Color, rect: Rect) -> Option<(u32, u32, Vec<u8>)> {
    let width = (rect.width * DENSITY).round() as u32;
    let height = (rect.height * DENSITY).round() as u32;
    let mut pixmap = Pixmap::new(width, height)?;
    let transform = Transform::from_scale(DENSITY as f32, DENSITY as f32)
        .pre_translate(-rect.x as f32, -rect.y as f32);
    Canvas {
        pixmap: &mut pixmap,
        transform,
    }
    .draw_mark(mark);
    let pixels = pixmap
        .pixels()
        .iter()
        .flat_map(|pixel| {
            let level = (u16::from(pixel.alpha()) * 15 + 127) / 255;
            [color.red, color.green, color.blue, (level * 17) as u8]
        })
        .collect();
    Some((width, height, pixels))
}

fn draw(scene: &Scene) -> Option<Pixmap> {
    let width = (scene.width * DENSITY).round() as u32;
    let height = (scene.height * DENSITY).round() as u32;
    let mut pixmap = Pixmap::new(width, height)?;
    pixmap.fill(tiny_skia::Color::WHITE);
    Canvas {
        pixmap: &mut pixmap,
        transform: Transform::from_scale(DENSITY as f32, DENSITY as f32),
    }
    .draw_marks(&scene.marks);
    Some(pixmap)
}

struct Canvas<'pixmap> {
    pixmap: &'pixmap mut Pixmap,
    transform: Transform,
}

impl Canvas<'_> {
    fn draw_marks(&mut self, marks: &[Mark]) {
        for mark in marks {
            self.draw_mark(mark);
        }
    }

    fn draw_mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Lines { pieces, stroke } => self.stroke(lines_path(pieces), stroke),
            Mark::Polygon { pieces, fill } => self.fill(polygon_path(pieces), *fill),
            Mark::Frame {
                rect,
                radius,
                fill,
                stroke,
            } => {
                let path = frame_path(*rect, *radius);
                self.fill(path.clone(), *fill);
                self.stroke(path, stroke);
            }
            Mark::Dots {
                centers,
                radius,
                fill,
            } => {
                for center in centers {
                    let path =
                        PathBuilder::from_circle(center.x as f32, center.y as f32, *radius as f32);
                    self.fill(path, *fill);
                }
            }
            Mark::Image {
                rect,
                columns,
                rows,
                pixels,
            } => self.image(*rect, *columns, *rows, pixels),
            Mark::Text(text) => self.text(text),
            Mark::Surround { inner, width } => {
                self.fill(surround_path(*inner, *width), Color::WHITE);
            }
        }
    }

    fn fill(&mut self, path: Option<Path>, color: Color) {
        if let Some(path) = path {
            self.pixmap.fill_path(
                &path,
                &paint(color),
                FillRule::Winding,
                self.transform,
                None,
            );
        }
    }

    fn stroke(&mut self, path: Option<Path>, stroke: &Stroke) {
        let Some(path) = path else {
            return;
        };
        let style = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_cap: if stroke.round && stroke.dash.is_none() {
                LineCap::Round
            } else {
                LineCap::Butt
            },
            line_join: if stroke.round {
                LineJoin::Round
            } else {
                LineJoin::Miter
            },
            dash: stroke
                .dash
                .and_then(|[on, off]| StrokeDash::new(vec![on as f32, off as f32], 0.0)),
            ..Default::default()
        };
        self.pixmap
            .stroke_path(&path, &paint(stroke.color), &style, self.transform, None);
    }

    fn image(&mut self, rect: Rect, columns: u32, rows: u32, pixels: &[u8]) {
        let Some(mut source) = Pixmap::new(columns, rows) else {
            return;
        };
        for (target, pixel) in source.pixels_mut().iter_mut().zip(pixels.chunks_exact(4)) {
            *target =
                tiny_skia::ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
        }
        let transform = self
            .transform
            .pre_translate(rect.x as f32, rect.y as f32)
            .pre_scale(
                rect.width as f32 / columns as f32,
                rect.height as f32 / rows as f32,
            );
        let paint = PixmapPaint {
            quality: FilterQuality::Nearest,
            ..Default::default()
        };
        self.pixmap
            .draw_pixmap(0, 0, source.as_ref(), &paint, transform, None);
    }

    fn text(&mut self, text: &Text) {
        let width = font::text_width(&text.content, text.size);
        let shift = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let mut pen = Pen {
            builder: PathBuilder::new(),
            origin: Point {
                x: text.x,
                y: text.y,
            },
            shift,
            turn: text.turn,
        };
        font::outline(&text.content, text.size, &mut pen);
        self.fill(pen.builder.finish(), text.color);
    }
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(color.red, color.green, color.blue, color.alpha);
    paint.anti_alias = true;
    paint
}

fn lines_path(pieces: &[Vec<Point>]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for piece in pieces {
        for (index, point) in piece.iter().enumerate() {
            if index == 0 {
                builder.move_to(point.x as f32, point.y as f32);
            }
            // A lone point must be a line for its round ends to show.
            if index > 0 || piece.len() == 1 {
                builder.line_to(point.x as f32, point.y as f32);
            }
        }
    }
    builder.finish()
}

fn polygon_path(pieces: &[Vec<Point>]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for points in pieces {
        for (index, point) in points.iter().enumerate() {
            if index == 0 {
                builder.move_to(point.x as f32, point.y as f32);
            } else {
                builder.line_to(point.x as f32, point.y as f32);
            }
        }
        builder.close();
    }
    builder.finish()
}

/// The border of `width` around a rectangle; its two outlines turn in opposite
/// directions, which leaves the inside empty.
fn surround_path(inner: Rect, width: f64) -> Option<Path> {
    let outer = inner.grown(width);
    let mut builder = PathBuilder::new();
    let (left, top) = (inner.x as f32, inner.y as f32);
    let (right, bottom) = (inner.right() as f32, inner.bottom() as f32);
    builder.move_to(left, top);
    builder.line_to(left, bottom);
    builder.line_to(right, bottom);
    builder.line_to(right, top);
    builder.close();
    let (left, top) = (outer.x as f32, outer.y as f32);
    let (right, bottom) = (outer.right() as f32, outer.bottom() as f32);
    builder.move_to(left, top);
    builder.line_to(right, top);
    builder.line_to(right, bottom);
    builder.line_to(left, bottom);
    builder.close();
    builder.finish()
}

fn frame_path(rect: Rect, radius: f64) -> Option<Path> {
    let (left, top) = (rect.x as f32, rect.y as f32);
    let (right, bottom) = (rect.right() as f32, rect.bottom() as f32);
    let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0) as f32;
    let mut builder = PathBuilder::new();
    builder.move_to(left + radius, top);
    builder.line_to(right - radius, top);
    builder.quad_to(right, top, right, top + radius);
    builder.line_to(right, bottom - radius);
    builder.quad_to(right, bottom, right - radius, bottom);
    builder.line_to(left + radius, bottom);
    builder.quad_to(left, bottom, left, bottom - radius);
    builder.line_to(left, top + radius);
    builder.quad_to(left, top, left + radius, top);
    builder.close();
    builder.finish()
}

/// Collects the outlines of a text where it stands.
struct Pen {
    builder: PathBuilder,
    origin: Point,
    shift: f64,
    turn: i32,
}

impl Pen {
    fn place(&self, x: f64, y: f64) -> (f32, f32) {
        let x = x + self.shift;
        // Quarter turns exactly, without a sine.
        let (x, y) = match self.turn {
            -90 => (y, -x),
            90 => (-y, x),
            180 => (-x, -y),
            _ => (x, y),
        };
        ((self.origin.x + x) as f32, (self.origin.y + y) as f32)
    }
}

impl OutlineSink for Pen {
    fn move_to(&mut self, x: f64, y: f64) {
        let (x, y) = self.place(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f64, y: f64) {
        let (x, y) = self.place(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f64, y1: f64, x: f64, y: f64) {
        let (x1, y1) = self.place(x1, y1);
        let (x, y) = self.place(x, y);
        self.builder.quad_to(x1, y1, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
