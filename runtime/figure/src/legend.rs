//! The legend: what it lists and where it hides the least data.

use crate::artist::{Artist, LineStyle, Shape};
use crate::font::{CAP_HEIGHT, text_width};
use crate::geometry::{Point, Rect};
use crate::layout::TICK_SIZE;
use crate::marks::stroke;
use crate::scene::{Anchor, Mark, Stroke, Text};
use crate::{Axes, Color};

const ROW: f64 = 15.5;
const PADDING: f64 = 6.0;
const SAMPLE: f64 = 20.0;
const GAP: f64 = 7.0;
/// Distance from the spines.
const MARGIN: f64 = 6.0;

/// The marks of the legend of `axes`, or none if nothing has a label.
pub(crate) fn legend(axes: &Axes, plot: Rect, drawn: &[Mark]) -> Vec<Mark> {
    let entries: Vec<(&Artist, &str)> = axes
        .artists
        .iter()
        .filter(|artist| !matches!(artist.shape, Shape::Matrix { .. }))
        .filter_map(|artist| Some((artist, artist.label.as_deref()?)))
        .filter(|(_, label)| !label.is_empty())
        .collect();
    if entries.is_empty() {
        return Vec::new();
    }
    let widest = entries
        .iter()
        .map(|(_, label)| text_width(label, TICK_SIZE))
        .fold(0.0, f64::max);
    let width = 2.0 * PADDING + SAMPLE + GAP + widest;
    let height = 2.0 * PADDING + ROW * entries.len() as f64 - (ROW - TICK_SIZE);
    let frame = best_place(plot, width, height, &occupied(drawn));
    let mut marks = vec![Mark::Frame {
        rect: frame,
        radius: 3.0,
        fill: Color::WHITE.with_alpha(0.8),
        stroke: Stroke {
            color: Color::gray(0xcc),
            width: 0.8,
            dash: None,
            round: false,
        },
    }];
    for (index, (artist, label)) in entries.into_iter().enumerate() {
        let middle = frame.y + PADDING + TICK_SIZE / 2.0 + ROW * index as f64;
        sample(&mut marks, artist, frame.x + PADDING, middle);
        marks.push(Mark::Text(Text {
            content: label.to_owned(),
            x: frame.x + PADDING + SAMPLE + GAP,
            y: middle + TICK_SIZE * CAP_HEIGHT / 2.0,
            size: TICK_SIZE,
            anchor: Anchor::Start,
            color: Color::BLACK,
            upwards: false,
        }));
    }
    marks
}

/// A piece of what the entry stands for.
fn sample(marks: &mut Vec<Mark>, artist: &Artist, x: f64, middle: f64) {
    // Thin and transparent lines show their colour where they are many; this is one.
    let stroke = Stroke {
        color: artist.color.with_alpha(1.0),
        width: stroke(artist).width.max(1.0),
        ..stroke(artist)
    };
    let line = |from: (f64, f64), to: (f64, f64)| Mark::Lines {
        pieces: vec![vec![
            Point {
                x: from.0,
                y: from.1,
            },
            Point { x: to.0, y: to.1 },
        ]],
        stroke,
    };
    let dot = |size: f64| Mark::Dots {
        centers: vec![Point {
            x: x + SAMPLE / 2.0,
            y: middle,
        }],
        radius: size / 2.0,
        fill: artist.color,
    };
    match &artist.shape {
        Shape::Histogram { .. } => {
            let (left, right) = (x, x + SAMPLE);
            let (top, bottom) = (middle - 3.7, middle + 3.7);
            marks.push(Mark::Polygon {
                points: [(left, top), (right, top), (right, bottom), (left, bottom)]
                    .map(|(x, y)| Point { x, y })
                    .to_vec(),
                fill: artist.color,
            });
        }
        Shape::Events { .. } => {
            for part in [0.25, 0.5, 0.75] {
                let at = x + SAMPLE * part;
                marks.push(line((at, middle - 4.0), (at, middle + 4.0)));
            }
        }
        Shape::Scatter { .. } => marks.push(dot(artist.marker_size.unwrap_or(5.5).min(12.0))),
        _ => {
            if artist.line_style != LineStyle::None {
                marks.push(line((x, middle), (x + SAMPLE, middle)));
            }
            if let Some(size) = artist.marker_size {
                marks.push(dot(size.min(12.0)));
            }
        }
    }
}

/// The first of matplotlib's places that hides the fewest drawn points.
fn best_place(plot: Rect, width: f64, height: f64, occupied: &[Point]) -> Rect {
    let left = plot.x + MARGIN;
    let right = (plot.right() - MARGIN - width).max(left);
    let top = plot.y + MARGIN;
    let bottom = (plot.bottom() - MARGIN - height).max(top);
    let (center, middle) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let places = [
        (right, top),
        (left, top),
        (left, bottom),
        (right, bottom),
        (right, middle),
        (left, middle),
        (center, bottom),
        (center, top),
        (center, middle),
    ];
    let mut best: Option<(usize, Rect)> = None;
    for (x, y) in places {
        let rect = Rect {
            x,
            y,
            width,
            height,
        };
        let near = rect.grown(3.0);
        let hidden = occupied
            .iter()
            .filter(|point| near.contains(**point))
            .count();
        if best.is_none_or(|(least, _)| hidden < least) {
            best = Some((hidden, rect));
        }
    }
    let (_, rect) = best.unwrap_or((0, plot));
    // Whole pixels keep the frame crisp.
    Rect {
        x: rect.x.floor() + 0.5,
        y: rect.y.floor() + 0.5,
        width: rect.width.ceil(),
        height: rect.height.ceil(),
    }
}

/// Points spread over everything that is drawn, some pixels apart.
fn occupied(marks: &[Mark]) -> Vec<Point> {
    const SPACING: f64 = 6.0;
    let mut points = Vec::new();
    for mark in marks {
        match mark {
            Mark::Lines { pieces, .. } => {
                for pair in pieces.iter().flat_map(|piece| piece.windows(2)) {
                    let (dx, dy) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
                    let steps = (dx.hypot(dy) / SPACING).ceil().clamp(1.0, 1000.0) as usize;
                    points.extend((0..steps).map(|step| {
                        let part = step as f64 / steps as f64;
                        Point {
                            x: pair[0].x + dx * part,
                            y: pair[0].y + dy * part,
                        }
                    }));
                }
            }
            Mark::Polygon {
                points: corners, ..
            } => {
                let foot = corners.first().map_or(0.0, |corner| corner.y);
                for corner in corners {
                    let steps = ((foot - corner.y).abs() / SPACING).clamp(1.0, 500.0) as usize;
                    points.extend((0..steps).map(|step| Point {
                        x: corner.x,
                        y: corner.y + (foot - corner.y) * step as f64 / steps as f64,
                    }));
                }
            }
            Mark::Dots { centers, .. } => points.extend(centers),
            Mark::Image {
                rect,
                columns,
                rows,
                pixels,
            } => {
                for y in (0..*rows).step_by(8) {
                    for x in (0..*columns).step_by(8) {
                        if pixels[((y * columns + x) * 4 + 3) as usize] > 0 {
                            points.push(Point {
                                x: rect.x + rect.width * f64::from(x) / f64::from(*columns),
                                y: rect.y + rect.height * f64::from(y) / f64::from(*rows),
                            });
                        }
                    }
                }
            }
            Mark::Frame { .. } | Mark::Text(_) | Mark::Surround { .. } => (),
        }
    }
    points
}
