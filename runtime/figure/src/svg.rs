//! Writes a scene as SVG.
//!
//! There are no ids, no style sheets and no references in it, so that any number
//! of figures can stand in one page. Long lines are paths of relative steps in
//! whole tenths of a pixel, the shortest form there is.

use crate::color::Color;
use crate::encode::encode_png;
use crate::font::FAMILY;
use crate::geometry::{Point, Rect};
use crate::number::{push_fixed, short};
use crate::scene::{Anchor, Mark, Scene, Stroke, Text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Lines with fewer points than this are written to hundredths of a pixel.
const FINE_POINTS: usize = 600;

/// The `<svg>` element of a scene.
pub(crate) fn write(scene: &Scene) -> String {
    let (width, height) = (short(scene.width), short(scene.height));
    let mut text = String::new();
    // Writing to a `String` cannot fail; here and below.
    let _ = writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\">"
    );
    let _ = writeln!(
        text,
        "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for mark in &scene.marks {
        write_mark(&mut text, mark);
    }
    text.push_str("</svg>\n");
    text
}

fn write_mark(text: &mut String, mark: &Mark) {
    match mark {
        Mark::Lines { pieces, stroke } => write_lines(text, pieces, stroke),
        Mark::Polygon { pieces, fill } => {
            text.push_str("<path d=\"");
            for points in pieces {
                push_path(text, points, 100);
                text.push('z');
            }
            let _ = writeln!(text, "\"{}/>", fill_attributes(*fill));
        }
        Mark::Frame {
            rect,
            radius,
            fill,
            stroke,
        } => {
            let _ = writeln!(
                text,
                "<rect {}{}{}{}/>",
                rect_attributes(*rect),
                if *radius > 0.0 {
                    format!(" rx=\"{}\"", short(*radius))
                } else {
                    String::new()
                },
                fill_attributes(*fill),
                stroke_attributes(stroke)
            );
        }
        Mark::Dots {
            centers,
            radius,
            fill,
        } => write_dots(text, centers, *radius, *fill),
        Mark::Image {
            rect,
            columns,
            rows,
            pixels,
        } => {
            let png = encode_png(*columns, *rows, pixels, None);
            let _ = writeln!(
                text,
                "<image {} preserveAspectRatio=\"none\" image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>",
                rect_attributes(*rect),
                STANDARD.encode(&png)
            );
        }
        Mark::Text(content) => write_text(text, content),
        Mark::Surround { inner, width } => {
            let outer = inner.grown(*width);
            let _ = writeln!(
                text,
                "<path d=\"M{} {}h{}v{}h{}zM{} {}v{}h{}v{}z\" fill=\"#fff\"/>",
                short(outer.x),
                short(outer.y),
                short(outer.width),
                short(outer.height),
                short(-outer.width),
                short(inner.x),
                short(inner.y),
                short(inner.height),
                short(inner.width),
                short(-inner.height),
            );
        }
    }
}

fn write_lines(text: &mut String, pieces: &[Vec<Point>], stroke: &Stroke) {
    let points: usize = pieces.iter().map(Vec::len).sum();
    if points == 0 {
        return;
    }
    // Many short pieces (event ticks) are as exact as few long ones.
    let unit = if points < FINE_POINTS { 100 } else { 10 };
    text.push_str("<path d=\"");
    for piece in pieces {
        push_path(text, piece, unit);
    }
    let _ = writeln!(text, "\" fill=\"none\"{}/>", stroke_attributes(stroke));
}

/// A disc is the round end of a line without length: one element for all of them.
fn write_dots(text: &mut String, centers: &[Point], radius: f64, fill: Color) {
    if centers.is_empty() {
        return;
    }
    if fill.alpha < 255 {
        // Discs of one path would not show through one another.
        let _ = writeln!(text, "<g{}>", fill_attributes(fill));
        for center in centers {
            let _ = writeln!(
                text,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                short(center.x),
                short(center.y),
                short(radius)
            );
        }
        text.push_str("</g>\n");
        return;
    }
    text.push_str("<path d=\"");
    for center in centers {
        text.push('M');
        push_pair(text, quantised(*center, 10), 10);
        text.push_str("h0");
    }
    let stroke = Stroke {
        color: fill,
        width: radius * 2.0,
        dash: None,
        round: true,
    };
    let _ = writeln!(text, "\"{}/>", stroke_attributes(&stroke));
}

/// `M` and relative `l`, `h` and `v` steps in units of `1 / unit` pixel. Straight
/// runs along an axis become one step.
fn push_path(text: &mut String, points: &[Point], unit: i64) {
    let decimals = unit.ilog10() as usize;
    let mut previous: Option<(i64, i64)> = None;
    let mut pending: Option<(i64, i64)> = None;
    let mut last_command = ' ';
    let mut emit = |text: &mut String, (dx, dy): (i64, i64)| {
        let (command, first, second) = match (dx, dy) {
            (dx, 0) => ('h', dx, None),
            (0, dy) => ('v', dy, None),
            (dx, dy) => ('l', dx, Some(dy)),
        };
        if command != last_command {
            text.push(command);
            last_command = command;
        } else if first >= 0 {
            text.push(' ');
        }
        push_fixed(text, first, decimals);
        if let Some(second) = second {
            if second >= 0 {
                text.push(' ');
            }
            push_fixed(text, second, decimals);
        }
    };
    for &point in points {
        let current = quantised(point, unit);
        let Some((x, y)) = previous.replace(current) else {
            text.push('M');
            push_pair(text, current, unit);
            continue;
        };
        let step = (current.0 - x, current.1 - y);
        if step == (0, 0) {
            continue;
        }
        pending = match pending {
            Some(before) if same_direction(before, step) => {
                Some((before.0 + step.0, before.1 + step.1))
            }
            Some(before) => {
                emit(text, before);
                Some(step)
            }
            None => Some(step),
        };
    }
    match pending {
        Some(step) => emit(text, step),
        // A lone point shows as the round end of its line.
        None if previous.is_some() => text.push_str("h0"),
        None => (),
    }
}

fn same_direction(a: (i64, i64), b: (i64, i64)) -> bool {
    (a.1 == 0 && b.1 == 0 && a.0.signum() == b.0.signum())
        || (a.0 == 0 && b.0 == 0 && a.1.signum() == b.1.signum())
}

fn quantised(point: Point, unit: i64) -> (i64, i64) {
    let round = |value: f64| (value * unit as f64).round() as i64;
    (round(point.x), round(point.y))
}

fn push_pair(text: &mut String, (x, y): (i64, i64), unit: i64) {
    let decimals = unit.ilog10() as usize;
    push_fixed(text, x, decimals);
    if y >= 0 {
        text.push(' ');
    }
    push_fixed(text, y, decimals);
}

fn rect_attributes(rect: Rect) -> String {
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        short(rect.x),
        short(rect.y),
        short(rect.width),
        short(rect.height)
    )
}

fn fill_attributes(fill: Color) -> String {
    if fill.alpha == 0 {
        return " fill=\"none\"".to_owned();
    }
    let mut text = format!(" fill=\"{}\"", fill.css());
    if fill.alpha < 255 {
        let _ = write!(text, " fill-opacity=\"{}\"", short(fill.opacity()));
    }
    text
}

fn stroke_attributes(stroke: &Stroke) -> String {
    let mut text = format!(
        " stroke=\"{}\" stroke-width=\"{}\"",
        stroke.color.css(),
        short(stroke.width)
    );
    if stroke.color.alpha < 255 {
        let _ = write!(
            text,
            " stroke-opacity=\"{}\"",
            short(stroke.color.opacity())
        );
    }
    if let Some([on, off]) = stroke.dash {
        let _ = write!(text, " stroke-dasharray=\"{} {}\"", short(on), short(off));
    }
    if stroke.round {
        text.push_str(" stroke-linejoin=\"round\"");
        if stroke.dash.is_none() {
            text.push_str(" stroke-linecap=\"round\"");
        }
    }
    text
}

fn write_text(text: &mut String, content: &Text) {
    let (x, y) = (short(content.x), short(content.y));
    let _ = write!(
        text,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{}",
        short(content.size),
        fill_attributes(content.color)
    );
    match content.anchor {
        Anchor::Start => (),
        Anchor::Middle => text.push_str(" text-anchor=\"middle\""),
        Anchor::End => text.push_str(" text-anchor=\"end\""),
    }
    if content.turn != 0 {
        let _ = write!(text, " transform=\"rotate({} {x} {y})\"", content.turn);
    }
    text.push('>');
    for character in content.content.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            other => text.push(other),
        }
    }
    text.push_str("</text>\n");
}
