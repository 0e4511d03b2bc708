//! Artists as marks: data in, coordinates out, no more of them than can be seen.

use crate::artist::{Artist, LineStyle, Shape};
use crate::clip::clip_line;
use crate::decimate::decimate;
use crate::geometry::{Point, Rect, Scale};
use crate::matrix;
use crate::raster;
use crate::scene::{Mark, Stroke};
use std::collections::HashSet;

/// From this many points on a mark is drawn to pixels even in SVG: a line that
/// fills an area is smaller as a picture, and viewers are slow at long paths.
const MOST_POINTS: usize = 12_000;

/// The data area and how data get there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) plot: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl View {
    fn point(&self, x: f64, y: f64) -> Point {
        Point {
            x: self.x.pixel(x),
            y: self.y.pixel(y),
        }
    }
}

/// How far outside the axes the coordinates of an artist may be.
fn reach(artist: &Artist) -> f64 {
    artist
        .line_width
        .max(artist.marker_size.unwrap_or(0.0) / 2.0)
        + 1.0
}

/// The width of the border that hides all that artists draw outside the axes.
pub(crate) fn hidden_border(artists: &[Artist]) -> f64 {
    artists
        .iter()
        .map(|artist| reach(artist) * 2.0)
        .fold(0.0, f64::max)
}

/// The marks of one artist.
pub(crate) fn marks(artist: &Artist, view: View) -> Vec<Mark> {
    match &artist.shape {
        Shape::Line { x, y } => line(artist, x, y, view),
        Shape::Scatter { x, y } => vec![dots(artist, x, y, view)],
        Shape::Events { rows } => vec![events(artist, rows, view)],
        Shape::Histogram { edges, counts } => histogram(artist, edges, counts, view),
        Shape::Matrix {
            values,
            rows,
            columns,
            limits,
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
            let limits = matrix::color_limits(values, *limits);
            matrix::image(values, (*rows, *columns), limits, rect, view.plot, flip)
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

fn histogram(artist: &Artist, edges: &[f64], counts: &[f64], view: View) -> Vec<Mark> {
    let foot = view.y.pixel(0.0);
    let bound = |point: Point| {
        let area = view.plot.grown(1.0);
        Point {
            x: point.x.clamp(area.x, area.right()),
            y: point.y.clamp(area.y, area.bottom()),
        }
    };
    let mut outline = Vec::with_capacity(counts.len() * 2 + 2);
    let mut gaps = Vec::new();
    for (bin, &count) in counts.iter().enumerate() {
        let left = bound(view.point(edges[bin], count));
        let right = bound(view.point(edges[bin + 1], count));
        if bin == 0 {
            outline.push(bound(Point { x: left.x, y: foot }));
        } else if let Some(&before) = outline.last() {
            // A hairline between neighbours, as high as the lower of the two.
            gaps.push(vec![
                Point { x: left.x, y: foot },
                Point {
                    x: left.x,
                    y: left.y.max(before.y),
                },
            ]);
        }
        outline.push(left);
        outline.push(right);
    }
    if let Some(last) = outline.last().copied() {
        outline.push(bound(Point { x: last.x, y: foot }));
    }
    let width = match edges {
        [first, second, ..] => (view.x.pixel(*second) - view.x.pixel(*first)).abs(),
        _ => 0.0,
    };
    // More bins than pixels: what shows is the envelope.
    if width < 0.5 {
        outline = decimate(
            &mut outline.into_iter(),
            view.plot.x - 1.0,
            view.plot.right() + 1.0,
        );
    }
    let mut marks = vec![Mark::Polygon {
        points: outline,
        fill: artist.color,
    }];
    // White lines would show through translucent bars as the bars behind do.
    if width > 5.0 && artist.color.alpha == 255 {
        marks.push(Mark::Lines {
            pieces: gaps,
            stroke: Stroke {
                color: crate::Color::WHITE,
                width: 0.6,
                dash: None,
                round: false,
            },
        });
    }
    marks
}

fn reference(artist: &Artist, view: View, ends: [(f64, f64); 2]) -> Vec<Mark> {
    let points = ends.map(|(x, y)| Point { x, y });
    let pieces = clip_line(&points, view.plot.grown(artist.line_width));
    let mut stroke = stroke(artist);
    stroke.round = false;
    vec![Mark::Lines { pieces, stroke }]
}

/// The mark, or an image of it if it has too many points.
fn pictured(mark: Mark, artist: &Artist, points: usize, view: View) -> Mark {
    if points <= MOST_POINTS {
        return mark;
    }
    match raster::draw_alone(&mark, artist.color, view.plot, matrix::DENSITY) {
        Some((columns, rows, pixels)) => Mark::Image {
            rect: view.plot,
            columns,
            rows,
            pixels,
        },
        None => mark,
    }
}
