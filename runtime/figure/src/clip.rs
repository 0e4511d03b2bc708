//! Cutting lines at a rectangle, so that no coordinate in a picture is far
//! outside it: viewers lose precision there, and files grow for nothing.

use crate::geometry::{Point, Rect};

/// The parts of a connected line that are inside `rect`. Points that are not
/// finite end a piece.
pub(crate) fn clip_line(points: &[Point], rect: Rect) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    let mut previous: Option<Point> = None;
    for &point in points {
        if !(point.x.is_finite() && point.y.is_finite()) {
            flush(&mut pieces, &mut piece);
            previous = None;
            continue;
        }
        match previous {
            None => {
                if rect.contains(point) {
                    piece.push(point);
                }
            }
            Some(start) => match clip_segment(start, point, rect) {
                Some((from, to)) => {
                    if piece.last() != Some(&from) {
                        flush(&mut pieces, &mut piece);
                        piece.push(from);
                    }
                    piece.push(to);
                    if to != point {
                        flush(&mut pieces, &mut piece);
                    }
                }
                None => flush(&mut pieces, &mut piece),
            },
        }
        previous = Some(point);
    }
    flush(&mut pieces, &mut piece);
    pieces
}

fn flush(pieces: &mut Vec<Vec<Point>>, piece: &mut Vec<Point>) {
    if !piece.is_empty() {
        pieces.push(std::mem::take(piece));
    }
}

/// The part of a segment inside a rectangle (Liang and Barsky).
fn clip_segment(from: Point, to: Point, rect: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (direction, distance) in [
        (-dx, from.x - rect.x),
        (dx, rect.right() - from.x),
        (-dy, from.y - rect.y),
        (dy, rect.bottom() - from.y),
    ] {
        if direction == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else {
            let ratio = distance / direction;
            if direction < 0.0 {
                enter = enter.max(ratio);
            } else {
                leave = leave.min(ratio);
            }
        }
    }
    if enter > leave {
        return None;
    }
    let at = |part: f64| Point {
        x: from.x + part * dx,
        y: from.y + part * dy,
    };
    Some((
        if enter > 0.0 { at(enter) } else { from },
        if leave < 1.0 { at(leave) } else { to },
    ))
}

/// The part of a filled polygon that is inside `rect` (Sutherland and Hodgman). What is
/// left of one that is not convex may have edges along those of `rect`. All points are finite.
pub(crate) fn clip_polygon(points: Vec<Point>, rect: Rect) -> Vec<Point> {
    let inside: [&dyn Fn(Point) -> f64; 4] = [
        &|point| point.x - rect.x,
        &|point| rect.right() - point.x,
        &|point| point.y - rect.y,
        &|point| rect.bottom() - point.y,
    ];
    let mut kept = points;
    for distance in inside {
        let before = std::mem::take(&mut kept);
        for (index, &point) in before.iter().enumerate() {
            let previous = before[(index + before.len() - 1) % before.len()];
            let (from, to) = (distance(previous), distance(point));
            if (from < 0.0) != (to < 0.0) {
                let part = from / (from - to);
                kept.push(Point {
                    x: previous.x + part * (point.x - previous.x),
                    y: previous.y + part * (point.y - previous.y),
                });
            }
            if to >= 0.0 {
                kept.push(point);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECT: Rect = Rect {
        x: 0.0,
        y: 0.0,
        width: 10.0,
        height: 5.0,
    };

    fn at(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_line_through_the_rectangle_is_cut_at_both_edges() {
        let pieces = clip_line(&[at(-10.0, 2.0), at(20.0, 2.0)], RECT);
        assert_eq!(pieces, [[at(0.0, 2.0), at(10.0, 2.0)]]);
    }

    #[test]
    fn a_gap_makes_two_pieces_and_a_lone_point_stays() {
        let pieces = clip_line(
            &[at(1.0, 1.0), at(2.0, 1.0), at(3.0, f64::NAN), at(4.0, 1.0)],
            RECT,
        );
        assert_eq!(
            pieces,
            [vec![at(1.0, 1.0), at(2.0, 1.0)], vec![at(4.0, 1.0)]]
        );
    }

    #[test]
    fn leaving_and_coming_back_makes_two_pieces() {
        let pieces = clip_line(&[at(1.0, 1.0), at(5.0, 50.0), at(9.0, 1.0)], RECT);
        assert_eq!(pieces.len(), 2);
    }

    #[test]
    fn a_polygon_around_the_rectangle_becomes_the_rectangle() {
        let around = [(-5.0, -5.0), (50.0, -5.0), (50.0, 50.0), (-5.0, 50.0)];
        let kept = clip_polygon(around.map(|(x, y)| at(x, y)).to_vec(), RECT);
        let mut corners: Vec<(f64, f64)> = kept.iter().map(|point| (point.x, point.y)).collect();
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        corners.dedup();
        assert_eq!(corners, [(0.0, 0.0), (0.0, 5.0), (10.0, 0.0), (10.0, 5.0)]);
        let beside = [(20.0, 1.0), (30.0, 1.0), (30.0, 2.0)];
        assert!(clip_polygon(beside.map(|(x, y)| at(x, y)).to_vec(), RECT).is_empty());
    }

    proptest! {
        #[test]
        fn no_polygon_is_left_outside(
            points in prop::collection::vec((-1e9..1e9_f64, -20.0..20.0_f64), 0..50),
        ) {
            let points: Vec<Point> = points.into_iter().map(|(x, y)| at(x, y)).collect();
            let near = RECT.grown(1e-4);
            prop_assert!(clip_polygon(points, RECT).iter().all(|point| near.contains(*point)));
        }

        #[test]
        fn nothing_is_left_outside(
            points in prop::collection::vec((-1e9..1e9_f64, -20.0..20.0_f64), 0..50),
        ) {
            let points: Vec<Point> = points.into_iter().map(|(x, y)| at(x, y)).collect();
            let near = RECT.grown(1e-4);
            for piece in clip_line(&points, RECT) {
                prop_assert!(piece.iter().all(|point| near.contains(*point)));
            }
        }
    }
}
