//! Long lines reduced to what can be seen of them.
//!
//! Consecutive points in the same column of pixels draw a vertical bar from the
//! lowest to the highest of them, entered at the first and left at the last.
//! These four stay, in their order; the rest adds nothing but bytes. Columns are
//! those of a screen with two pixels for each logical one: bars of wider columns
//! could stand so far apart that white shows between them.

use crate::geometry::Point;

/// Width of a column in logical pixels.
pub(crate) const COLUMN: f64 = 0.5;

/// Reduces each run of consecutive points in one pixel column to its first,
/// lowest, highest and last point. Columns left of `left` or right of `right`
/// count as one each. Points that are not finite stay as gaps, one for each run.
pub(crate) fn decimate(
    points: &mut dyn Iterator<Item = Point>,
    left: f64,
    right: f64,
) -> Vec<Point> {
    let mut kept = Vec::new();
    let mut run: Option<Run> = None;
    let mut in_gap = false;
    for point in points {
        if !(point.x.is_finite() && point.y.is_finite()) {
            if let Some(run) = run.take() {
                run.keep(&mut kept);
            }
            if !in_gap {
                kept.push(point);
            }
            in_gap = true;
            continue;
        }
        in_gap = false;
        let column = (point.x.clamp(left - 1.0, right + 1.0) / COLUMN).floor() as i64;
        match &mut run {
            Some(run) if run.column == column => run.add(point),
            _ => {
                if let Some(run) = run.replace(Run::new(column, point)) {
                    run.keep(&mut kept);
                }
            }
        }
    }
    if let Some(run) = run {
        run.keep(&mut kept);
    }
    kept
}

/// Consecutive points in one column.
struct Run {
    column: i64,
    count: usize,
    first: Point,
    /// The lowest and highest point and when they came.
    lowest: (usize, Point),
    highest: (usize, Point),
    last: Point,
}

impl Run {
    fn new(column: i64, point: Point) -> Self {
        Self {
            column,
            count: 1,
            first: point,
            lowest: (0, point),
            highest: (0, point),
            last: point,
        }
    }

    fn add(&mut self, point: Point) {
        if point.y < self.lowest.1.y {
            self.lowest = (self.count, point);
        }
        if point.y > self.highest.1.y {
            self.highest = (self.count, point);
        }
        self.last = point;
        self.count += 1;
    }

    fn keep(self, kept: &mut Vec<Point>) {
        let last = self.count - 1;
        let (early, late) = if self.lowest.0 < self.highest.0 {
            (self.lowest, self.highest)
        } else {
            (self.highest, self.lowest)
        };
        kept.push(self.first);
        for (index, point) in [early, late] {
            if index != 0 && index != last {
                kept.push(point);
            }
        }
        if last != 0 {
            kept.push(self.last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn column(point: &Point) -> i64 {
        (point.x / COLUMN).floor() as i64
    }

    /// Lowest and highest y in each column.
    fn envelope(points: &[Point]) -> BTreeMap<i64, (f64, f64)> {
        let mut columns = BTreeMap::new();
        for point in points {
            let (low, high) = columns.entry(column(point)).or_insert((point.y, point.y));
            *low = point.y.min(*low);
            *high = point.y.max(*high);
        }
        columns
    }

    proptest! {
        #[test]
        fn every_column_keeps_its_envelope(
            points in prop::collection::vec((0.0..40.0_f64, -1e3..1e3_f64), 0..800),
            sorted: bool,
        ) {
            let mut points: Vec<Point> =
                points.into_iter().map(|(x, y)| Point { x, y }).collect();
            if sorted {
                points.sort_by(|a, b| a.x.total_cmp(&b.x));
            }
            let kept = decimate(&mut points.iter().copied(), 0.0, 40.0);
            prop_assert_eq!(envelope(&kept), envelope(&points));
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            if sorted {
                prop_assert!(kept.len() <= 4 * 80);
                prop_assert!(kept.windows(2).all(|pair| pair[0].x <= pair[1].x));
            }
        }

        #[test]
        fn few_points_stay_as_they_are(ys in prop::collection::vec(-1e3..1e3_f64, 0..60)) {
            let points: Vec<Point> = ys
                .iter()
                .enumerate()
                .map(|(index, &y)| Point { x: index as f64 * 0.3, y })
                .collect();
            prop_assert_eq!(decimate(&mut points.iter().copied(), 0.0, 30.0), points);
        }
    }

    #[test]
    fn gaps_stay_gaps() {
        let at = |x: f64, y: f64| Point { x, y };
        let points = [
            at(0.0, 1.0),
            at(0.1, f64::NAN),
            at(0.2, f64::INFINITY),
            at(0.3, 2.0),
        ];
        let kept = decimate(&mut points.into_iter(), 0.0, 10.0);
        let finite: Vec<bool> = kept.iter().map(|point| point.y.is_finite()).collect();
        assert_eq!(finite, [true, false, true]);
    }

    #[test]
    fn everything_outside_is_two_columns() {
        let mut points = (0..10_000).map(|index| Point {
            x: f64::from(index) - 5000.0,
            y: f64::from(index % 7),
        });
        assert!(decimate(&mut points, 0.0, 10.0).len() < 40);
    }
}
