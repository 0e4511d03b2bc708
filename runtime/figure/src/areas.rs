//! Filled artists as marks: histograms, bars, bands between lines, spans.

use crate::artist::{Artist, Bars};
use crate::clip::clip_polygon;
use crate::color::Color;
use crate::decimate::decimate;
use crate::geometry::{Point, Rect};
use crate::scene::{Mark, Stroke};
use crate::view::{View, pictured};

/// The area in which edges of fills may be: those along the axes are hidden beyond it.
fn seen(view: View) -> Rect {
    view.plot.grown(1.0)
}

/// The bars of a histogram as one area: adjacent ones would show the ground between them.
pub(crate) fn histogram(artist: &Artist, edges: &[f64], counts: &[f64], view: View) -> Vec<Mark> {
    let foot = view.y.foot(0.0);
    let top = |edge: f64, count: f64| Point {
        x: view.x.foot(edge),
        y: view.y.foot(count),
    };
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
        let left = bound(top(edges[bin], count));
        let right = bound(top(edges[bin + 1], count));
        if bin == 0 {
            outline.push(bound(Point { x: left.x, y: foot }));
        } else if let Some(&before) = outline.last() {
            // A hairline between neighbours, as high as the lower of the two.
            gaps.push(vec![
                bound(Point { x: left.x, y: foot }),
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
        [.., before, last] => (view.x.foot(*last) - view.x.foot(*before)).abs(),
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
        pieces: vec![outline],
        fill: artist.color,
    }];
    // White lines would show through translucent bars as the bars behind do.
    if width > 5.0 && artist.color.alpha == 255 {
        marks.push(Mark::Lines {
            pieces: gaps,
            stroke: Stroke {
                color: Color::WHITE,
                width: 0.6,
                dash: None,
                round: false,
            },
        });
    }
    marks
}

/// The area between two lines, in as many pieces as they have gaps.
pub(crate) fn band(
    artist: &Artist,
    x: &[f64],
    (low, high): (&[f64], &[f64]),
    view: View,
) -> Vec<Mark> {
    let points: Vec<[Point; 2]> = x
        .iter()
        .zip(low.iter().zip(high))
        .map(|(&x, (&low, &high))| {
            let x = view.x.pixel(x);
            [low, high].map(|value| Point {
                x,
                y: view.y.foot(value),
            })
        })
        .collect();
    let drawn = |[low, high]: &[Point; 2]| (low.x + low.y + high.y).is_finite();
    let edge = |run: &[[Point; 2]], side: usize| {
        let mut points = run.iter().map(|pair| pair[side]);
        decimate(&mut points, view.plot.x, view.plot.right())
    };
    let pieces: Vec<Vec<Point>> = points
        .chunk_by(|one, next| drawn(one) == drawn(next))
        .filter(|run| run.len() > 1 && drawn(&run[0]))
        .map(|run| {
            let mut outline = edge(run, 1);
            outline.extend(edge(run, 0).into_iter().rev());
            clip_polygon(outline, seen(view))
        })
        .filter(|outline| outline.len() > 2)
        .collect();
    filled(artist, pieces, view)
}

/// Bars along either axis.
pub(crate) fn bars(artist: &Artist, bars: &Bars, view: View) -> Vec<Mark> {
    let each = bars
        .positions
        .iter()
        .zip(bars.lengths.iter().zip(&bars.base));
    let corners = each.map(|(&position, (&length, &base))| {
        let (along, across) = if bars.horizontal {
            (view.x, view.y)
        } else {
            (view.y, view.x)
        };
        let half = bars.thickness / 2.0;
        let ends = [base, base + length].map(|end| along.foot(end));
        let sides = [position - half, position + half].map(|side| across.foot(side));
        if bars.horizontal {
            (ends, sides)
        } else {
            (sides, ends)
        }
    });
    rectangles(artist, corners, view)
}

/// Rectangles from one x to another and from one y to another, in pixels.
pub(crate) fn rectangles(
    artist: &Artist,
    corners: impl IntoIterator<Item = ([f64; 2], [f64; 2])>,
    view: View,
) -> Vec<Mark> {
    let area = seen(view);
    let within = |[from, to]: [f64; 2], low: f64, high: f64| {
        let (from, to) = (from.min(to).max(low), from.max(to).min(high));
        (from < to).then_some((from, to))
    };
    let pieces = corners
        .into_iter()
        .filter(|([left, right], [top, bottom])| (left + right + top + bottom).is_finite())
        .filter_map(|(x, y)| {
            let (left, right) = within(x, area.x, area.right())?;
            let (top, bottom) = within(y, area.y, area.bottom())?;
            let around = [(left, top), (right, top), (right, bottom), (left, bottom)];
            Some(around.map(|(x, y)| Point { x, y }).to_vec())
        });
    filled(artist, pieces.collect(), view)
}

fn filled(artist: &Artist, pieces: Vec<Vec<Point>>, view: View) -> Vec<Mark> {
    if pieces.is_empty() {
        return Vec::new();
    }
    let count = pieces.iter().map(Vec::len).sum();
    let fill = artist.color;
    vec![pictured(
        Mark::Polygon { pieces, fill },
        artist,
        count,
        view,
    )]
}
