//! A laid-out figure as a scene. plotters' chart layer draws axes, ticks, their labels
//! and the legend, on our canvas and where our layout has made room; what is in the axes
//! comes from `marks.rs`, in fractions of a pixel and cut at the edges of the axes, where
//! plotters would move it onto them.

use crate::artist::Artist;
use crate::axis::{Axis, AxisScale};
use crate::canvas::{Canvas, Drawn, FINE, fine};
use crate::color::{Color, viridis};
use crate::figure::Figure;
use crate::font::{self, HEIGHT};
use crate::geometry::{Point, Rect};
use crate::labels;
use crate::layout::{AxesLayout, BarLayout, TICK_LENGTH, TICK_SIZE, layout};
use crate::legend::{self, Sample};
use crate::marks::{View, hidden_border, marks};
use crate::matrix;
use crate::scene::{Mark, Scene};
use crate::ticks::Ticks;
use plotters::chart::{ChartBuilder, DualCoordChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Drawable, PointCollection, Rectangle};
use plotters::style::{BLACK, Color as _, ShapeStyle, TextStyle};
use plotters_backend::BackendCoord;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// Width of spines and ticks.
const SPINE: f64 = 0.8;

type Plane = Cartesian2d<Axis, Axis>;
pub(crate) type Chart<'a> = DualCoordChartContext<'a, Canvas, Plane, Plane>;
pub(crate) type Outcome<T = ()> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// Everything a figure shows.
pub(crate) fn scene(figure: &Figure) -> Scene {
    font::register();
    let canvas = Canvas::new(figure.width, figure.height, FINE);
    let canvas = Rc::new(RefCell::new(canvas));
    // The canvas cannot fail, and nothing else borrows it.
    let drawn = draw(figure, &canvas);
    debug_assert!(drawn.is_ok(), "{drawn:?}");
    let mut canvas = canvas.borrow_mut();
    Scene {
        width: figure.width,
        height: figure.height,
        marks: std::mem::take(&mut canvas.scene.marks),
    }
}

fn draw(figure: &Figure, canvas: &Rc<RefCell<Canvas>>) -> Outcome {
    let root = DrawingArea::from(canvas);
    let layouts = layout(figure);
    // All data come first: the border that trims those of one axes must not lie
    // over the labels of its neighbour.
    let mut charts = Vec::new();
    for (axes, layout) in figure.axes.iter().zip(&layouts) {
        let mut chart = chart(&root, layout.plot, &layout.x, &layout.y, LEFT_AND_BOTTOM)?;
        let start = canvas.borrow().scene.marks.len();
        for artist in &axes.artists {
            draw_artist(&mut chart, artist, layout)?;
        }
        let marks = &mut canvas.borrow_mut().scene.marks;
        let legend = match axes.legend {
            true => legend::place(axes.artists.iter(), layout.plot, &marks[start..]),
            false => None,
        };
        if marks.len() > start {
            marks.push(Mark::Surround {
                inner: layout.plot,
                width: hidden_border(&axes.artists),
            });
        }
        charts.push((chart, legend));
    }
    for ((axes, layout), (mut chart, legend)) in figure.axes.iter().zip(&layouts).zip(charts) {
        draw_axes(&mut chart, &root, canvas, layout)?;
        let texts = labels::labels(figure, axes, layout);
        canvas.borrow_mut().scene.marks.extend(texts);
        if let Some(bar) = &layout.bar {
            draw_bar(&root, canvas, bar)?;
            let texts = labels::bar(axes, bar, figure.height);
            canvas.borrow_mut().scene.marks.extend(texts);
        }
        if let Some(place) = legend {
            canvas.borrow_mut().corners = legend::CORNERS;
            legend::draw(&mut chart, layout.plot, place)?;
            canvas.borrow_mut().corners = 0.0;
        }
    }
    let title = labels::title(figure);
    canvas.borrow_mut().scene.marks.extend(title);
    Ok(())
}

const LEFT_AND_BOTTOM: &[LabelAreaPosition] = &[LabelAreaPosition::Left, LabelAreaPosition::Bottom];

/// A chart whose spines go around `plot`, with ticks on some sides.
fn chart<'a>(
    root: &DrawingArea<Canvas, Shift>,
    plot: Rect,
    x: &Axis,
    y: &Axis,
    sides: &[LabelAreaPosition],
) -> Outcome<Chart<'a>> {
    // Ticks need to be within the areas for labels, labels do not.
    let room = 2.0 * TICK_LENGTH;
    let outer = plot.grown(room);
    // plotters' areas end with the unit after their edge.
    let size = |length: f64| fine(length) + 1;
    let cell = root.clone().shrink(
        (fine(outer.x), fine(outer.y)),
        (size(outer.width), size(outer.height)),
    );
    let mut builder = ChartBuilder::on(&cell);
    builder.margin(fine(room));
    for &side in sides {
        builder.set_label_area_size(side, fine(room));
        match side {
            LabelAreaPosition::Left => builder.margin_left(0),
            LabelAreaPosition::Right => builder.margin_right(0),
            LabelAreaPosition::Top => builder.margin_top(0),
            LabelAreaPosition::Bottom => builder.margin_bottom(0),
        };
    }
    let chart = builder.build_cartesian_2d(x.clone(), y.clone())?;
    Ok(chart.set_secondary_coord(x.clone(), y.clone()))
}

/// Text of a size in pixels as plotters wants it.
pub(crate) fn text_style(size: f64) -> TextStyle<'static> {
    ("sans-serif", size * HEIGHT * f64::from(FINE)).into()
}

fn spine() -> ShapeStyle {
    BLACK.stroke_width(fine(SPINE) as u32)
}

/// An artist as a series of a chart.
struct Series<'figure> {
    artist: &'figure Artist,
    view: View,
}

impl<'a> PointCollection<'a, (f64, f64)> for &'a Series<'_> {
    type Point = (f64, f64);
    type IntoIter = std::iter::Empty<(f64, f64)>;

    /// None: plotters would move those outside of the axes onto their edge.
    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl Drawable<Canvas> for Series<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Drawn {
        canvas.scene.marks.extend(marks(self.artist, self.view));
        Ok(())
    }
}

fn draw_artist(chart: &mut Chart<'_>, artist: &Artist, layout: &AxesLayout) -> Outcome {
    let plot = layout.plot;
    let view = View {
        plot,
        x: layout.x.pixels(plot.x, plot.width),
        y: layout.y.pixels(plot.bottom(), -plot.height),
    };
    let series = chart.draw_series([Series { artist, view }])?;
    if let Some(label) = legend::entry(artist) {
        let sample = Sample::of(artist);
        series.label(label).legend(move |at| sample.at(at));
    }
    Ok(())
}

/// Draws ticks with their labels, and the spines.
fn draw_axes(
    chart: &mut Chart<'_>,
    root: &DrawingArea<Canvas, Shift>,
    canvas: &RefCell<Canvas>,
    layout: &AxesLayout,
) -> Outcome {
    outline(root, layout.plot)?;
    let start = canvas.borrow().scene.marks.len();
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(spine())
        .label_style(text_style(TICK_SIZE))
        .set_all_tick_mark_size(fine(TICK_LENGTH))
        .draw()?;
    gather(&mut canvas.borrow_mut().scene.marks, start);
    Ok(())
}

fn outline(root: &DrawingArea<Canvas, Shift>, rect: Rect) -> Outcome {
    let corners = [(rect.x, rect.y), (rect.right(), rect.bottom())];
    let corners = corners.map(|(x, y)| (fine(x), fine(y)));
    root.draw(&Rectangle::new(corners, spine()))
}

/// Makes one mark of the ticks from `start` on, which plotters draws between their labels,
/// and takes out its lines along the axes: the outline is there, with closed corners.
fn gather(marks: &mut Vec<Mark>, start: usize) {
    let mut ticks: Vec<Mark> = Vec::new();
    let mut others = Vec::new();
    for mark in marks.drain(start..) {
        let Mark::Lines { pieces, stroke } = mark else {
            others.push(mark);
            continue;
        };
        let short = |piece: &Vec<Point>| match piece[..] {
            [from, to] => (from.x - to.x).hypot(from.y - to.y) < 2.0 * TICK_LENGTH,
            _ => true,
        };
        let pieces = pieces.into_iter().filter(short);
        match ticks.last_mut() {
            Some(Mark::Lines {
                pieces: known,
                stroke: same,
            }) if *same == stroke => known.extend(pieces),
            _ => ticks.push(Mark::Lines {
                pieces: pieces.collect(),
                stroke,
            }),
        }
    }
    marks.extend(ticks);
    marks.extend(others);
}

/// Draws a colour bar with its ticks.
fn draw_bar(
    root: &DrawingArea<Canvas, Shift>,
    canvas: &RefCell<Canvas>,
    bar: &BarLayout,
) -> Outcome {
    canvas.borrow_mut().scene.marks.push(colours(bar.rect));
    outline(root, bar.rect)?;
    let across = Axis {
        low: 0.0,
        high: 1.0,
        scale: AxisScale::Linear,
        ticks: Ticks::none(),
        labelled: false,
    };
    let start = canvas.borrow().scene.marks.len();
    let sides = [LabelAreaPosition::Right];
    let mut chart = chart(root, bar.rect, &across, &bar.axis, &sides)?;
    chart
        .configure_secondary_axes()
        .axis_style(spine())
        .label_style(text_style(TICK_SIZE))
        .set_all_tick_mark_size(fine(TICK_LENGTH))
        .draw()?;
    gather(&mut canvas.borrow_mut().scene.marks, start);
    Ok(())
}

/// The colours of a bar, from the highest down.
fn colours(rect: Rect) -> Mark {
    // As many pixels as a fine screen has: viewers that smooth images would
    // otherwise blur the bar beyond its edges.
    let columns = (rect.width * matrix::DENSITY).round() as u32;
    let rows = (rect.height * matrix::DENSITY).round() as u32;
    let pixels = (0..rows)
        .flat_map(|row| {
            let color: Color = viridis(1.0 - (f64::from(row) + 0.5) / f64::from(rows));
            let pixel = [color.red, color.green, color.blue, color.alpha];
            (0..columns).flat_map(move |_| pixel)
        })
        .collect();
    Mark::Image {
        rect,
        columns,
        rows,
        pixels,
    }
}
