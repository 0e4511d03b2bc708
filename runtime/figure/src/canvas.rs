//! plotters' way into a scene: a drawing back end that records marks.
//!
//! plotters 0.3 counts in whole units. A unit need not be a pixel: with [`FINE`] of
//! them to the pixel a chart lies where it belongs, and a line may be 0.8 pixels wide.
//! That is how figures are drawn. Charts by others, in units of their choice, go the same way.

use crate::color::Color;
use crate::font::{self, CAP_HEIGHT, DESCENT, HEIGHT};
use crate::geometry::{Point, Rect};
use crate::labels::printable;
use crate::scene::{Anchor, Mark, Scene, Stroke, Text};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use std::convert::Infallible;

/// Units to the pixel of pictures that say their lengths themselves.
pub(crate) const FINE: i32 = 64;

/// No picture is wider or higher in pixels.
pub(crate) const LARGEST: u32 = 10_000;

/// The outcome of drawing on a canvas, which cannot fail of itself.
pub(crate) type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// A back end of plotters that keeps what is drawn as a picture, with the embedded font.
///
/// ```
/// use hx_figure::{Canvas, Drawing};
/// use plotters::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let root = Canvas::new((480, 300)).into_drawing_area();
/// let mut chart = ChartBuilder::on(&root)
///     .caption("Decay", ("sans-serif", 18))
///     .margin(10)
///     .x_label_area_size(35)
///     .y_label_area_size(45)
///     .build_cartesian_2d(0.0..10.0, (1.0..1000.0).log_scale())?;
/// chart.configure_mesh().x_desc("time [ms]").draw()?;
/// let decay = (0..100).map(|step| f64::from(step) / 10.0);
/// chart.draw_series(LineSeries::new(decay.map(|t| (t, 900.0 * (-t / 2.0).exp())), &BLUE))?;
/// assert!(Drawing::of(&root).to_svg().contains("Decay"));
/// # Ok(())
/// # }
/// ```
///
/// In units of 1/8 pixel, 2000 points lie where they belong; all lengths are times eight.
///
/// ```
/// # use hx_figure::{Canvas, Drawing};
/// # use plotters::prelude::*;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let root = Canvas::with_units((480, 300), 8).into_drawing_area();
/// let mut chart = ChartBuilder::on(&root)
///     .margin(80)
///     .x_label_area_size(240)
///     .y_label_area_size(320)
///     .build_cartesian_2d(0.0..20.0, -1.0..1.0)?;
/// chart
///     .configure_mesh()
///     .axis_style(BLACK.stroke_width(8))
///     .light_line_style(TRANSPARENT)
///     .set_all_tick_mark_size(32)
///     .label_style(("sans-serif", 96))
///     .draw()?;
/// let wave = (0..2000).map(|step| f64::from(step) / 100.0);
/// let wave = wave.map(|t| (t, (t * 3.0).sin() * (-t / 8.0).exp()));
/// chart.draw_series(LineSeries::new(wave, RED.stroke_width(10)))?;
/// assert_eq!(Drawing::of(&root).logical_size(), (480, 300));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Canvas {
    pub(crate) scene: Scene,
    /// Radius in pixels of the corners of outlined rectangles.
    pub(crate) corners: f64,
    units: i32,
    /// Whether this is for a figure of ours, whose texts are measured before it is drawn.
    planned: bool,
}

/// A length in pixels as units of a [`FINE`] canvas.
pub(crate) fn fine(length: f64) -> i32 {
    (length * f64::from(FINE)).round() as i32
}

/// The middle of the pixel a coordinate is in, where a thin line is crisp.
pub(crate) fn crisp(value: f64) -> f64 {
    (value - 0.5).round() + 0.5
}

impl Canvas {
    /// An empty, white canvas of a width and height in logical pixels (1 to 10,000). A unit
    /// of plotters is a pixel.
    pub fn new(size: (u32, u32)) -> Self {
        Self::with_units(size, 1)
    }

    /// The same with `units` (1 to 64) of plotters to the pixel. Points are then at fractions
    /// of a pixel, and all lengths (sizes of texts, widths of lines, margins) are to be
    /// multiplied by as much.
    pub fn with_units((width, height): (u32, u32), units: u32) -> Self {
        let size = |length: u32| f64::from(length.clamp(1, LARGEST));
        Self {
            planned: false,
            ..Self::empty(size(width), size(height), units.clamp(1, 64) as i32)
        }
    }

    /// The canvas of a figure of a size in pixels.
    pub(crate) fn planned(width: f64, height: f64) -> Self {
        Self::empty(width, height, FINE)
    }

    fn empty(width: f64, height: f64, units: i32) -> Self {
        font::register();
        Self {
            scene: Scene {
                width,
                height,
                marks: Vec::new(),
            },
            corners: 0.0,
            units,
            planned: true,
        }
    }

    fn length(&self, units: f64) -> f64 {
        units / f64::from(self.units)
    }

    fn point(&self, (x, y): BackendCoord) -> Point {
        Point {
            x: self.length(f64::from(x)),
            y: self.length(f64::from(y)),
        }
    }

    /// A point of a line: the middle of the unit that plotters means.
    fn middle(&self, at: BackendCoord) -> Point {
        let half = if self.planned { 0.0 } else { self.length(0.5) };
        let Point { x, y } = self.point(at);
        Point {
            x: x + half,
            y: y + half,
        }
    }

    fn stroke<S: BackendStyle>(&self, style: &S, round: bool) -> Stroke {
        Stroke {
            color: color(style.color()),
            width: self.length(f64::from(style.stroke_width())),
            dash: None,
            round,
        }
    }

    /// A line along an axis, such as a tick, with its width within one row of pixels.
    fn aligned(&self, [from, to]: [Point; 2]) -> Option<[Point; 2]> {
        // plotters takes the last unit of an area for its edge. Sixteenths of a pixel
        // take that back.
        let last = 1.0 / f64::from(FINE);
        let across = |value: f64| crisp(value + last);
        let along = |value: f64| (value * 16.0).round() / 16.0;
        let place = |point: Point, upright: bool| Point {
            x: if upright {
                across(point.x)
            } else {
                along(point.x)
            },
            y: if upright {
                along(point.y)
            } else {
                across(point.y)
            },
        };
        let upright = from.x == to.x;
        (upright || from.y == to.y).then(|| [place(from, upright), place(to, upright)])
    }

    fn corners(&self, upper_left: BackendCoord, lower_right: BackendCoord) -> [Point; 4] {
        let (a, b) = (self.point(upper_left), self.point(lower_right));
        let (left, right) = (a.x.min(b.x), a.x.max(b.x));
        let (top, bottom) = (a.y.min(b.y), a.y.max(b.y));
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| Point { x, y })
    }

    /// The outline of a box; one that has just been filled becomes one mark with it.
    fn frame(&mut self, corners: [Point; 4], stroke: Stroke) {
        let filled = match self.scene.marks.last() {
            Some(Mark::Polygon { pieces, fill }) if *pieces == [corners] => Some(*fill),
            _ => None,
        };
        if filled.is_some() {
            self.scene.marks.pop();
        }
        let (left, top) = (crisp(corners[0].x), crisp(corners[0].y));
        self.scene.marks.push(Mark::Frame {
            rect: Rect {
                x: left,
                y: top,
                width: crisp(corners[2].x) - left,
                height: crisp(corners[2].y) - top,
            },
            radius: self.corners,
            fill: filled.unwrap_or(Color::WHITE.with_alpha(0.0)),
            stroke,
        });
    }
}

/// A colour of plotters as one of ours.
fn color(color: BackendColor) -> Color {
    let (red, green, blue) = color.rgb;
    Color::rgb(red, green, blue).with_alpha(color.alpha)
}

fn visible<S: BackendStyle>(style: &S) -> bool {
    style.color().alpha > 0.0
}

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let units = |length: f64| (length * f64::from(self.units)) as u32;
        (units(self.scene.width), units(self.scene.height))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + self.units, y + self.units), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        lower_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if visible(style) {
            let corners = self.corners(upper_left, lower_right);
            let [from, _, to, _] = corners;
            let everything =
                from.x.max(from.y) <= 0.0 && to.x >= self.scene.width && to.y >= self.scene.height;
            let white = color(style.color()) == Color::WHITE;
            if fill && white && everything && self.scene.marks.is_empty() {
                // The ground is white already.
            } else if fill {
                self.scene.marks.push(Mark::Polygon {
                    pieces: vec![corners.to_vec()],
                    fill: color(style.color()),
                });
            } else {
                self.frame(corners, self.stroke(style, false));
            }
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if visible(style) && style.stroke_width() > 0 {
            let mut points: Vec<Point> = path.into_iter().map(|at| self.middle(at)).collect();
            let aligned = match points[..] {
                [from, to] => self.aligned([from, to]),
                _ => None,
            };
            let round = aligned.is_none();
            if let Some(aligned) = aligned {
                points = aligned.to_vec();
            }
            let pieces = vec![points];
            let stroke = self.stroke(style, round);
            self.scene.marks.push(Mark::Lines { pieces, stroke });
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        const PARTS: u32 = 64;
        if !visible(style) {
            return Ok(());
        }
        let (center, radius) = (self.middle(center), self.length(f64::from(radius)));
        if !fill {
            let around = (0..=PARTS).map(|part| {
                let angle = f64::from(part) / f64::from(PARTS) * std::f64::consts::TAU;
                Point {
                    x: center.x + radius * angle.cos(),
                    y: center.y + radius * angle.sin(),
                }
            });
            let pieces = vec![around.collect()];
            let stroke = self.stroke(style, true);
            self.scene.marks.push(Mark::Lines { pieces, stroke });
            return Ok(());
        }
        let filled = color(style.color());
        // Many discs of one kind are one mark; translucent ones show through one another.
        match self.scene.marks.last_mut() {
            Some(Mark::Dots {
                centers,
                radius: same,
                fill,
            }) if *same == radius && *fill == filled => centers.push(center),
            _ => self.scene.marks.push(Mark::Dots {
                centers: vec![center],
                radius,
                fill: filled,
            }),
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<Point> = path.into_iter().map(|at| self.point(at)).collect();
        if visible(style) && !points.is_empty() {
            self.scene.marks.push(Mark::Polygon {
                pieces: vec![points],
                fill: color(style.color()),
            });
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        if text.is_empty() || style.color().alpha <= 0.0 {
            return Ok(());
        }
        let size = self.length(style.size()) / HEIGHT;
        let below = match style.anchor().v_pos {
            VPos::Top => size * CAP_HEIGHT,
            VPos::Center => size * CAP_HEIGHT / 2.0,
            VPos::Bottom => -size * DESCENT,
        };
        let Point { x, y } = self.point(at);
        let (turn, x, y) = match style.transform() {
            FontTransform::None => (0, x, y + below),
            FontTransform::Rotate90 => (90, x - below, y),
            FontTransform::Rotate180 => (180, x, y - below),
            FontTransform::Rotate270 => (-90, x + below, y),
        };
        self.scene.marks.push(Mark::Text(Text {
            content: printable(text),
            x,
            y,
            size,
            anchor: match style.anchor().h_pos {
                HPos::Left => Anchor::Start,
                HPos::Center => Anchor::Middle,
                HPos::Right => Anchor::End,
            },
            color: color(style.color()),
            turn,
        }));
        Ok(())
    }

    /// Width and height of a text. Our own pictures have measured theirs before; told that
    /// none has a width, plotters puts all labels of a right axis at their left ends.
    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() / HEIGHT;
        let width = if self.planned {
            0.0
        } else {
            font::text_width(text, size)
        };
        let height = size * (CAP_HEIGHT + DESCENT);
        Ok((width.round() as u32, height.round() as u32))
    }

    fn blit_bitmap(
        &mut self,
        at: BackendCoord,
        (columns, rows): (u32, u32),
        source: &[u8],
    ) -> Drawn {
        let Point { x, y } = self.point(at);
        self.scene.marks.push(Mark::Image {
            rect: Rect {
                x,
                y,
                width: self.length(f64::from(columns)),
                height: self.length(f64::from(rows)),
            },
            columns,
            rows,
            pixels: source
                .chunks_exact(3)
                .flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255])
                .collect(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::coord::Shift;
    use plotters::drawing::DrawingArea;
    use plotters::element::{Circle, PathElement, Rectangle};
    use plotters::style::text_anchor::Pos;
    use plotters::style::{BLACK, Color as _, FontTransform, RED, ShapeStyle, WHITE};
    use std::cell::RefCell;
    use std::rc::Rc;

    /// What is recorded of a drawing on 100 x 50 pixels.
    fn recorded(draw: impl Fn(&DrawingArea<Canvas, Shift>)) -> Vec<Mark> {
        let canvas = Rc::new(RefCell::new(Canvas::planned(100.0, 50.0)));
        draw(&DrawingArea::from(&canvas));
        let canvas = canvas.borrow();
        assert_eq!(canvas.get_size(), (6400, 3200));
        canvas.scene.marks.clone()
    }

    #[test]
    fn lengths_are_fractions_of_a_pixel() {
        let points = vec![(fine(1.5), 0), (fine(2.25), fine(3.0)), (fine(9.0), 1)];
        let marks = recorded(|area| {
            let style = ShapeStyle::from(BLACK).stroke_width(fine(1.25) as u32);
            area.draw(&PathElement::new(points.clone(), style)).unwrap();
        });
        let [Mark::Lines { pieces, stroke }] = &marks[..] else {
            panic!("{marks:?}");
        };
        assert_eq!(pieces[0][1], Point { x: 2.25, y: 3.0 });
        assert_eq!((stroke.width, stroke.round), (1.25, true));
    }

    #[test]
    fn lines_along_an_axis_are_within_one_row_of_pixels() {
        // One unit before an edge is that edge to plotters.
        let marks = recorded(|area| {
            let points = vec![(fine(10.5) - 1, fine(7.2)), (fine(14.0), fine(7.2))];
            area.draw(&PathElement::new(points, BLACK)).unwrap();
        });
        let [Mark::Lines { pieces, stroke }] = &marks[..] else {
            panic!("{marks:?}");
        };
        let expected = [Point { x: 10.5, y: 7.5 }, Point { x: 14.0, y: 7.5 }];
        assert_eq!(pieces[0], expected);
        assert!(!stroke.round);
    }

    #[test]
    fn a_unit_of_others_is_a_pixel_if_they_say_nothing_else() {
        for units in [1, 8] {
            let canvas = Canvas::with_units((100, 50), units);
            assert_eq!(canvas.get_size(), (100 * units, 50 * units));
            let canvas = Rc::new(RefCell::new(canvas));
            let area = DrawingArea::from(&canvas);
            area.fill(&WHITE).unwrap();
            let unit = units as i32;
            let points = vec![(10 * unit, 0), (10 * unit, 5 * unit), (12 * unit, 9 * unit)];
            area.draw(&PathElement::new(points, BLACK)).unwrap();
            let style = ("sans-serif", 10 * unit).into();
            let (width, _) = area.estimate_text_size("wide", &style).unwrap();
            assert!(width > 15 * units, "{width}");
            let canvas = canvas.borrow();
            let [Mark::Lines { pieces, stroke }] = &canvas.scene.marks[..] else {
                panic!("{:?}", canvas.scene.marks);
            };
            assert_eq!(stroke.width, 1.0 / f64::from(units));
            assert_eq!(pieces[0][0].x, 10.0 + 0.5 / f64::from(units));
        }
    }

    #[test]
    fn a_box_that_is_filled_and_outlined_is_one_mark() {
        let corners = [(fine(10.0), fine(10.0)), (fine(20.0), fine(30.0))];
        let marks = recorded(|area| {
            area.draw(&Rectangle::new(corners, WHITE.mix(0.8).filled()))
                .unwrap();
            area.draw(&Rectangle::new(corners, RED)).unwrap();
        });
        let [Mark::Frame { rect, fill, .. }] = &marks[..] else {
            panic!("{marks:?}");
        };
        assert_eq!((rect.x, rect.right(), fill.alpha), (10.5, 20.5, 204));
    }

    #[test]
    fn discs_of_one_kind_are_one_mark_and_the_invisible_is_none() {
        let marks = recorded(|area| {
            for x in [1, 2, 3] {
                area.draw(&Circle::new(
                    (fine(f64::from(x)), 0),
                    fine(2.0),
                    RED.filled(),
                ))
                .unwrap();
            }
            area.draw(&Circle::new((0, 0), fine(2.0), RED.mix(0.0).filled()))
                .unwrap();
            area.draw_text("", &("sans-serif", 640).into(), (0, 0))
                .unwrap();
        });
        assert!(matches!(&marks[..], [Mark::Dots { centers, .. }] if centers.len() == 3));
    }

    #[test]
    fn texts_are_anchored_where_plotters_says() {
        use plotters::style::{IntoFont, TextStyle};
        let size = 10.0 * HEIGHT * f64::from(FINE);
        let at = |vertical, transform: FontTransform| {
            let style = TextStyle::from(("sans-serif", size).into_font().transform(transform));
            let style = style.pos(Pos::new(HPos::Center, vertical));
            let marks = recorded(|area| {
                area.draw_text("a\u{7}b", &style, (fine(50.0), fine(20.0)))
                    .unwrap();
            });
            match &marks[..] {
                [Mark::Text(text)] => {
                    assert_eq!(
                        (text.content.as_str(), text.anchor),
                        ("a b", Anchor::Middle)
                    );
                    assert!((text.size - 10.0).abs() < 1e-9);
                    (text.x, text.y, text.turn)
                }
                other => panic!("{other:?}"),
            }
        };
        let near = |(x, y, turn): (f64, f64, i32), expected: (f64, f64, i32)| {
            assert!((x - expected.0).abs() < 1e-9 && (y - expected.1).abs() < 1e-9);
            assert_eq!(turn, expected.2);
        };
        near(at(VPos::Top, FontTransform::None), (50.0, 27.29, 0));
        near(at(VPos::Bottom, FontTransform::None), (50.0, 17.64, 0));
        near(at(VPos::Top, FontTransform::Rotate270), (57.29, 20.0, -90));
        near(at(VPos::Top, FontTransform::Rotate90), (42.71, 20.0, 90));
    }
}
