//! The legend: what it lists, where it hides the least data, and a sample of each entry.
//! Frame, texts and their order are plotters'.

use crate::artist::{Artist, LineStyle, Shape};
use crate::canvas::{Canvas, Drawn, FINE, fine};
use crate::chart::{Chart, Outcome, text_style};
use crate::font::{CAP_HEIGHT, HEIGHT, text_width};
use crate::geometry::{Point, Rect};
use crate::layout::TICK_SIZE;
use crate::marks::stroke;
use crate::scene::{Mark, Stroke};
use plotters::chart::SeriesLabelPosition;
use plotters::element::{Drawable, PointCollection};
use plotters::style::{Color as _, RGBColor, WHITE};
use plotters_backend::BackendCoord;

const PADDING: f64 = 6.0;
const SAMPLE: f64 = 20.0;
const GAP: f64 = 7.0;
/// Distance from the spines.
const MARGIN: f64 = 6.0;
/// Height of a text and distance of lines to plotters.
const TEXT: f64 = TICK_SIZE * HEIGHT / 1.24;
const ROW: f64 = TICK_SIZE * HEIGHT * 1.25;
/// Corners of the frame.
pub(crate) const CORNERS: f64 = 3.0;

/// What the legend calls an artist, if it lists it.
pub(crate) fn entry(artist: &Artist) -> Option<&str> {
    let label = artist.label.as_deref()?;
    let listed = !label.is_empty() && !matches!(artist.shape, Shape::Matrix { .. });
    listed.then_some(label)
}

/// The upper left corner of the legend of `artists` in `plot`, or none if nothing has a
/// label. It avoids what is `drawn`.
pub(crate) fn place<'artist>(
    artists: impl Iterator<Item = &'artist Artist>,
    plot: Rect,
    drawn: &[Mark],
) -> Option<Point> {
    let labels: Vec<&str> = artists.filter_map(entry).collect();
    if labels.is_empty() {
        return None;
    }
    let widest = labels
        .iter()
        .map(|label| text_width(label, TICK_SIZE))
        .fold(0.0, f64::max);
    let width = 2.0 * PADDING + SAMPLE + GAP + widest;
    let height = 2.0 * PADDING + ROW * (labels.len() - 1) as f64 + TEXT;
    Some(best_place(plot, width, height, &occupied(drawn)))
}

/// Draws the legend of everything in a chart that has a label.
pub(crate) fn draw(chart: &mut Chart<'_>, plot: Rect, place: Point) -> Outcome {
    let at = SeriesLabelPosition::Coordinate(fine(place.x - plot.x), fine(place.y - plot.y));
    chart
        .configure_series_labels()
        .position(at)
        .margin(fine(PADDING) as u32)
        .legend_area_size(fine(SAMPLE + GAP) as u32)
        .label_font(text_style(TICK_SIZE))
        .background_style(WHITE.mix(0.8))
        .border_style(RGBColor(0xcc, 0xcc, 0xcc).stroke_width(fine(0.8) as u32))
        .draw()
}

/// A piece of what an entry stands for.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    kind: Kind,
    stroke: Stroke,
    fill: crate::color::Color,
    marker: Option<f64>,
    line: bool,
    at: BackendCoord,
}

#[derive(Clone, Copy)]
enum Kind {
    Line,
    Dot,
    Area,
    Events,
    ErrorBar,
}

impl Sample {
    pub(crate) fn of(artist: &Artist) -> Self {
        // Thin and transparent lines show their colour where they are many; this is one.
        let own = stroke(artist);
        Self {
            kind: match artist.shape {
                Shape::Histogram { .. }
                | Shape::Band { .. }
                | Shape::Bars(_)
                | Shape::HorizontalSpan { .. }
                | Shape::VerticalSpan { .. } => Kind::Area,
                Shape::ErrorBars { .. } => Kind::ErrorBar,
                Shape::Events { .. } => Kind::Events,
                Shape::Scatter { .. } => Kind::Dot,
                _ => Kind::Line,
            },
            stroke: Stroke {
                color: artist.color.with_alpha(1.0),
                width: own.width.max(1.0),
                ..own
            },
            fill: artist.color,
            marker: artist.marker_size,
            line: artist.line_style != LineStyle::None,
            at: (0, 0),
        }
    }

    /// The sample for a line of text whose left end and middle plotters says.
    pub(crate) fn at(self, at: BackendCoord) -> Self {
        Self { at, ..self }
    }

    fn marks(&self, x: f64, middle: f64) -> Vec<Mark> {
        let line = |from: (f64, f64), to: (f64, f64)| Mark::Lines {
            pieces: vec![[from, to].map(|(x, y)| Point { x, y }).to_vec()],
            stroke: self.stroke,
        };
        let dot = |size: f64| Mark::Dots {
            centers: vec![Point {
                x: x + SAMPLE / 2.0,
                y: middle,
            }],
            radius: size.min(12.0) / 2.0,
            fill: self.fill,
        };
        match self.kind {
            Kind::Area => {
                let (left, right) = (x, x + SAMPLE);
                let (top, bottom) = (middle - 3.7, middle + 3.7);
                let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                vec![Mark::Polygon {
                    pieces: vec![corners.map(|(x, y)| Point { x, y }).to_vec()],
                    fill: self.fill,
                }]
            }
            Kind::Events => [0.25, 0.5, 0.75]
                .map(|part| x + SAMPLE * part)
                .map(|x| line((x, middle - 4.0), (x, middle + 4.0)))
                .to_vec(),
            Kind::Dot => vec![dot(self.marker.unwrap_or(5.5))],
            Kind::Line | Kind::ErrorBar => {
                let center = x + SAMPLE / 2.0;
                let bar = matches!(self.kind, Kind::ErrorBar)
                    .then(|| line((center, middle - 4.0), (center, middle + 4.0)));
                let line = self.line.then(|| line((x, middle), (x + SAMPLE, middle)));
                let marks = line.into_iter().chain(bar);
                marks.chain(self.marker.map(dot)).collect()
            }
        }
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Sample {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl Drawable<Canvas> for Sample {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Drawn {
        for (x, y) in points {
            let (x, y) = (
                f64::from(x) / f64::from(FINE),
                f64::from(y) / f64::from(FINE),
            );
            // plotters' middle of a text is below that of its capitals.
            let middle = y - (TEXT - TICK_SIZE * CAP_HEIGHT) / 2.0;
            canvas.scene.marks.extend(self.marks(x, middle));
        }
        Ok(())
    }
}

/// The first of matplotlib's places that hides the fewest drawn points.
fn best_place(plot: Rect, width: f64, height: f64, occupied: &[Point]) -> Point {
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
    // The middle of a pixel keeps the frame crisp.
    Point {
        x: rect.x.floor() + 0.5,
        y: rect.y.floor() + 0.5,
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
            Mark::Polygon { pieces, .. } => {
                for outline in pieces {
                    fill_out(outline, SPACING, &mut points);
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

/// Points between the edges of a filled outline and its first point, which is at the foot
/// of bars and at the edge of a band.
fn fill_out(outline: &[Point], spacing: f64, points: &mut Vec<Point>) {
    let foot = outline.first().map_or(0.0, |corner| corner.y);
    for corner in outline {
        let steps = ((foot - corner.y).abs() / spacing).clamp(1.0, 500.0) as usize;
        points.extend((0..steps).map(|step| Point {
            x: corner.x,
            y: corner.y + (foot - corner.y) * step as f64 / steps as f64,
        }));
    }
}
