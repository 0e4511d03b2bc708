//! What plotters asks of a back end, on a canvas: lines, boxes, discs, polygons, texts, pixels.

use super::{Canvas, Drawn, color};
use crate::color::Color;
use crate::font::{self, CAP_HEIGHT, DESCENT, HEIGHT};
use crate::geometry::{Point, Rect};
use crate::scene::{Anchor, Mark, Text, printable};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use std::convert::Infallible;

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
    use crate::canvas::{FINE, fine};
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
