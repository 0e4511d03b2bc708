//! Charts of plotters on our canvas: where their axes are, and the styles of texts and lines.

use crate::axis::Axis;
use crate::canvas::{Canvas, FINE, fine};
use crate::font::HEIGHT;
use crate::geometry::Rect;
use crate::layout::TICK_LENGTH;
use plotters::chart::{ChartBuilder, DualCoordChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::{BLACK, Color as _, ShapeStyle, TextStyle};
use std::convert::Infallible;

/// Width of spines and ticks.
pub(crate) const SPINE: f64 = 0.8;

type Plane = Cartesian2d<Axis, Axis>;
pub(crate) type Chart<'a> = DualCoordChartContext<'a, Canvas, Plane, Plane>;
pub(crate) type Outcome<T = ()> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// A chart whose spines go around `plot`, with room for ticks at the left, the bottom and,
/// for a `second` vertical axis, the right.
pub(crate) fn chart<'a>(
    root: &DrawingArea<Canvas, Shift>,
    plot: Rect,
    x: &Axis,
    y: &Axis,
    second: Option<&Axis>,
) -> Outcome<Chart<'a>> {
    // Ticks need to be within these areas, labels do not.
    let room = 2.0 * TICK_LENGTH;
    let right = if second.is_some() { room } else { 0.0 };
    // plotters' areas end with the unit after their edge.
    let size = |length: f64| fine(length) + 1;
    let cell = root.clone().shrink(
        (fine(plot.x - room), fine(plot.y)),
        (size(plot.width + room + right), size(plot.height + room)),
    );
    let chart = ChartBuilder::on(&cell)
        .set_label_area_size(LabelAreaPosition::Left, fine(room))
        .set_label_area_size(LabelAreaPosition::Bottom, fine(room))
        .set_label_area_size(LabelAreaPosition::Right, fine(right))
        .build_cartesian_2d(x.clone(), y.clone())?;
    Ok(chart.set_secondary_coord(x.clone(), second.unwrap_or(y).clone()))
}

/// Text of a size in pixels as plotters wants it.
pub(crate) fn text_style(size: f64) -> TextStyle<'static> {
    ("sans-serif", size * HEIGHT * f64::from(FINE)).into()
}

/// The style of spines and ticks.
pub(crate) fn spine() -> ShapeStyle {
    BLACK.stroke_width(fine(SPINE) as u32)
}
