//! plotters' way into a scene: a canvas that records marks (`canvas/backend.rs`).
//!
//! plotters 0.3 counts in whole units. A unit need not be a pixel: with [`FINE`] of
//! them to the pixel a chart lies where it belongs, and a line may be 0.8 pixels wide.
//! That is how figures are drawn. Charts by others, in units of their choice, go the same way.

use crate::color::Color;
use crate::font;
use crate::geometry::{Point, Rect};
use crate::scene::{Mark, Scene, Stroke};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};
use std::convert::Infallible;

mod backend;

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
