//! Artists as marks: data in, coordinates out, no more of them than can be seen.

use crate::areas;
use crate::artist::{Artist, Distances, LineStyle, Shape};
use crate::clip::clip_line;
use crate::decimate::decimate;
use crate::geometry::{Point, Rect};
use crate::matrix;
use crate::scene::{Mark, Stroke};
use crate::view::{View, pictured};
use std::collections::HashSet;

/// How far outside the axes the coordinates of an artist may be.
fn reach(artist: &Artist) -> f64 {
    artist
        .line_width
        .max(artist.marker_size.unwrap_or(0.0) / 2.0)
        + 1.0
}

/// The width of the border that hides all that artists draw outside the axes.
pub(crate) fn hidden_border<'artist>(artists: impl Iterator<Item = &'artist Artist>) -> f64 {
    artists
        .map(|artist| reach(artist) * 2.0)
        .fold(0.0, f64::max)
}

/// The marks of one artist.
pub(crate) fn marks(artist: &Artist, view: View) -> Vec<Mark> {
    match &artist.shape {
        Shape::Line { x, y } => line(artist, x, y, view),
        Shape::Scatter { x, y } => vec![dots(artist, x, y, view)],
        Shape::Events { rows } => vec![events(artist, rows, view)],
        Shape::ErrorBars {
            x,
            y,
            x_error,
            y_error,
            cap,
        } => {
            let mut marks = line(artist, x, y, view);
            let errors = (x_error.as_ref(), y_error.as_ref());
            marks.push(error_bars(artist, (x, y), errors, *cap, view));
            marks
        }
        Shape::Histogram { edges, counts } => areas::histogram(artist, edges, counts, view),
        Shape::Band { x, low, high } => areas::band(artist, x, (low, high), view),
        Shape::Bars(bars) => areas::bars(artist, bars, view),
        Shape::HorizontalSpan { low, high } => {
            let ends = [low, high].map(|y| view.y.foot(*y));
            areas::rectangles(artist, [([view.plot.x, view.plot.right()], ends)], view)
        }
        Shape::VerticalSpan { low, high } => {
            let ends = [low, high].map(|x| view.x.foot(*x));
            areas::rectangles(artist, [(ends, [view.plot.y, view.plot.bottom()])], view)
        }
        Shape::Matrix {
            cells,
            rows,
            columns,
        } => {
            let corner = view.point(-0.5, -0.5);
            let opposite = view.point(*columns as f64 - 0.5, *rows as f64 - 0.5);
            let rect = Rect {
                x: corner.x.min(opposite.x),
                y: corner.y.min(opposite.y),
                width: (opposite.x - corner.x).abs(),
                height: (opposite.y - corner.y).abs(),
            };
            let flip = (opposite.x < corner.x, opposite.y < corner.y);
            matrix::image(cells, (*rows, *columns), rect, view.plot, flip)
                .into_iter()
                .collect()
        }
        Shape::HorizontalLine { y } => {
            let y = view.y.pixel(*y);
            reference(artist, view, [(view.plot.x, y), (view.plot.right(), y)])
        }
        Shape::VerticalLine { x } => {
            let x = view.x.pixel(*x);
            reference(artist, view, [(x, view.plot.y), (x, view.plot.bottom())])
        }
    }
}

/// How the lines of an artist are drawn.
pub(crate) fn stroke(artist: &Artist) -> Stroke {
    let width = artist.line_width;
    Stroke {
        color: artist.color,
        width,
        dash: match artist.line_style {
            LineStyle::Dashed => Some([width * 3.7, width * 1.6]),
            LineStyle::Dotted => Some([width, width * 1.65]),
            LineStyle::Solid | LineStyle::None => None,
        },
        round: true,
    }
}

fn line(artist: &Artist, x: &[f64], y: &[f64], view: View) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut points = x.iter().zip(y).map(|(&x, &y)| view.point(x, y));
    if artist.line_style != LineStyle::None {
        let kept = decimate(&mut points, view.plot.x, view.plot.right());
        let pieces = clip_line(&kept, view.plot.grown(reach(artist)));
        let count: usize = pieces.iter().map(Vec::len).sum();
        let lone = matches!(pieces.as_slice(), [piece] if piece.len() == 1);
        marks.push(if lone && artist.marker_size.is_none() {
            // The only point of a line would be hard to see at its width.
            Mark::Dots {
                centers: pieces.into_iter().flatten().collect(),
                radius: 2.5,
                fill: artist.color,
            }
        } else {
            let stroke = stroke(artist);
            pictured(Mark::Lines { pieces, stroke }, artist, count, view)
        });
    }
    if artist.marker_size.is_some() {
        marks.push(dots(artist, x, y, view));
    }
    marks
}

fn dots(artist: &Artist, x: &[f64], y: &[f64], view: View) -> Mark {
    let radius = artist.marker_size.unwrap_or(5.5) / 2.0;
    let area = view.plot.grown(radius);
    let opaque = artist.color.alpha == 255;
    let mut seen = HashSet::new();
    let centers: Vec<Point> = x
        .iter()
        .zip(y)
        .map(|(&x, &y)| view.point(x, y))
        .filter(|point| area.contains(*point))
        // Opaque discs within a tenth of a pixel are one.
        .filter(|point| {
            let cell = (
                (point.x * 10.0).round() as i64,
                (point.y * 10.0).round() as i64,
            );
            !opaque || seen.insert(cell)
        })
        .collect();
    let count = centers.len();
    let mark = Mark::Dots {
        centers,
        radius,
        fill: artist.color,
    };
    pictured(mark, artist, if opaque { count } else { count * 5 }, view)
}

fn events(artist: &Artist, rows: &[Vec<f64>], view: View) -> Mark {
    let mut pieces = Vec::new();
    // Rows may be closer than a pixel; their ticks must still be seen.
    let pitch = (view.y.pixel(1.0) - view.y.pixel(0.0)).abs();
    let half = if pitch > 4.0 {
        pitch * 0.4
    } else {
        (pitch * 0.5).max(0.5)
    };
    let area = view.plot.grown(artist.line_width);
    let (top, bottom) = (area.y, area.bottom());
    for (row, times) in rows.iter().enumerate() {
        let y = view.y.pixel(row as f64);
        let (from, to) = ((y - half).max(top), (y + half).min(bottom));
        if from >= to {
            continue;
        }
        let mut seen = HashSet::new();
        for &time in times {
            let x = view.x.pixel(time);
            if (area.x..=area.right()).contains(&x) && seen.insert((x * 4.0).round() as i64) {
                pieces.push(vec![Point { x, y: from }, Point { x, y: to }]);
            }
        }
    }
    let count = pieces.len() * 2;
    let mut stroke = stroke(artist);
    stroke.round = false;
    pictured(Mark::Lines { pieces, stroke }, artist, count, view)
}

/// Bars through points as far as they are uncertain, with strokes across their ends.
fn error_bars(
    artist: &Artist,
    (x, y): (&[f64], &[f64]),
    (x_error, y_error): (Option<&Distances>, Option<&Distances>),
    cap: f64,
    view: View,
) -> Mark {
    let mut bars: Vec<[Point; 2]> = Vec::new();
    for (index, (&x, &y)) in x.iter().zip(y).enumerate() {
        let Point { x: across, y: down } = view.point(x, y);
        if let Some((below, above)) = y_error {
            let ends = [y - below[index], y + above[index]].map(|end| view.y.foot(end));
            bars.push(ends.map(|y| Point { x: across, y }));
            if cap > 0.0 {
                bars.extend(ends.map(|y| [-cap, cap].map(|cap| Point { x: across + cap, y })));
            }
        }
        if let Some((left, right)) = x_error {
            let ends = [x - left[index], x + right[index]].map(|end| view.x.foot(end));
            bars.push(ends.map(|x| Point { x, y: down }));
            if cap > 0.0 {
                bars.extend(ends.map(|x| [-cap, cap].map(|cap| Point { x, y: down + cap })));
            }
        }
    }
    let area = view.plot.grown(reach(artist));
    let pieces: Vec<Vec<Point>> = bars.iter().flat_map(|bar| clip_line(bar, area)).collect();
    let count = pieces.len() * 2;
    let stroke = Stroke {
        dash: None,
        round: false,
        ..stroke(artist)
    };
    pictured(Mark::Lines { pieces, stroke }, artist, count, view)
}

fn reference(artist: &Artist, view: View, ends: [(f64, f64); 2]) -> Vec<Mark> {
    let points = ends.map(|(x, y)| Point { x, y });
    let pieces = clip_line(&points, view.plot.grown(artist.line_width));
    let mut stroke = stroke(artist);
    stroke.round = false;
    vec![Mark::Lines { pieces, stroke }]
}
