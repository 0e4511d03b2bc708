//! A laid-out figure as a scene. plotters' chart layer draws axes, ticks, their labels
//! and the legend, on our canvas and where our layout has made room; what is in the axes
//! comes from `marks.rs`, in fractions of a pixel and cut at the edges of the axes, where
//! plotters would move it onto them.

use crate::artist::Artist;
use crate::axes::Axes;
use crate::axis::Axis;
use crate::canvas::{Canvas, Drawn, crisp, fine};
use crate::chart::{Chart, Outcome, SPINE, chart, spine, text_style};
use crate::color::{Color, viridis};
use crate::figure::Figure;
use crate::geometry::AxisScale;
use crate::geometry::{Point, Rect};
use crate::labels;
use crate::layout::{AxesLayout, BarLayout, TICK_LENGTH, TICK_SIZE, layout};
use crate::legend::{self, Sample};
use crate::marks::{hidden_border, marks};
use crate::scene::{Anchor, DENSITY, Mark, Scene, Stroke};
use crate::ticks::Ticks;
use crate::view::View;
use plotters::chart::SeriesAnno;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection, Rectangle};
use plotters::style::{Color as _, RGBColor, TRANSPARENT};
use plotters_backend::BackendCoord;
use std::cell::RefCell;
use std::rc::Rc;

/// Length of ticks without a label.
const MINOR: f64 = 2.0;
/// No tick is as long.
const LONGEST_TICK: f64 = 2.0 * TICK_LENGTH;

/// Everything a figure shows.
pub(crate) fn scene(figure: &Figure) -> Scene {
    let canvas = Canvas::planned(figure.width, figure.height);
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
        let second = layout.second.as_ref().map(|side| &side.axis);
        let mut chart = chart(&root, layout.plot, &layout.x, &layout.y, second)?;
        if axes.grid {
            draw_grid(&mut chart, canvas)?;
        }
        let start = canvas.borrow().scene.marks.len();
        draw_artists(&mut chart, axes, layout)?;
        let marks = &mut canvas.borrow_mut().scene.marks;
        let second = axes.second.as_ref();
        let legend = if axes.legend || second.is_some_and(|second| second.legend) {
            legend::place(axes.all_artists(), layout.plot, &marks[start..])
        } else {
            None
        };
        if marks.len() > start {
            marks.push(Mark::Surround {
                inner: layout.plot,
                width: hidden_border(axes.all_artists()),
            });
        }
        charts.push((chart, legend));
    }
    for ((axes, layout), (mut chart, legend)) in figure.axes.iter().zip(&layouts).zip(charts) {
        draw_axes(&mut chart, &root, canvas, layout)?;
        let mut texts = labels::labels(figure, axes, layout);
        let plot = layout.plot;
        if let (Some(second), Some(side)) = (&axes.second, &layout.second) {
            let power = (plot.right(), Anchor::End);
            let room = labels::beside(figure, axes, layout);
            texts.extend(labels::side(&second.y_label, side, plot, power, room));
        }
        if let Some(bar) = &layout.bar {
            draw_bar(&root, canvas, bar)?;
            let name = axes.bar_label().unwrap_or("");
            let power = (bar.rect.x, Anchor::Start);
            let room = (0.0, figure.height);
            texts.extend(labels::side(name, &bar.side, bar.rect, power, room));
        }
        canvas.borrow_mut().scene.marks.extend(texts);
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

fn draw_artists(chart: &mut Chart<'_>, axes: &Axes, layout: &AxesLayout) -> Outcome {
    let plot = layout.plot;
    let view = |axis: &Axis| View {
        plot,
        x: layout.x.pixels(plot.x, plot.width),
        y: axis.pixels(plot.bottom(), -plot.height),
    };
    let annotate = |series: &mut SeriesAnno<'_, Canvas>, artist: &Artist| {
        if let Some(label) = legend::entry(artist) {
            let sample = Sample::of(artist);
            series.label(label).legend(move |at| sample.at(at));
        }
    };
    for artist in &axes.artists {
        let view = view(&layout.y);
        let series = chart.draw_series([Series { artist, view }])?;
        annotate(series, artist);
    }
    if let (Some(second), Some(side)) = (&axes.second, &layout.second) {
        for artist in &second.artists {
            let view = view(&side.axis);
            let series = chart.draw_secondary_series([Series { artist, view }])?;
            annotate(series, artist);
        }
    }
    Ok(())
}

/// Draws lines at the ticks, in matplotlib's grey.
fn draw_grid(chart: &mut Chart<'_>, canvas: &RefCell<Canvas>) -> Outcome {
    let start = canvas.borrow().scene.marks.len();
    chart
        .configure_mesh()
        .disable_axes()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(0xb0, 0xb0, 0xb0).stroke_width(fine(SPINE) as u32))
        .draw()?;
    gather(&mut canvas.borrow_mut().scene.marks, start, f64::INFINITY);
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
    if layout.second.is_some() {
        draw_side(chart)?;
    }
    let marks = &mut canvas.borrow_mut().scene.marks;
    gather(marks, start, LONGEST_TICK);
    marks.extend(minor_ticks(layout));
    Ok(())
}

/// Draws the ticks of the vertical axis at the right.
fn draw_side(chart: &mut Chart<'_>) -> Outcome {
    chart
        .configure_secondary_axes()
        .axis_style(spine())
        .label_style(text_style(TICK_SIZE))
        .set_all_tick_mark_size(fine(TICK_LENGTH))
        .draw()
}

/// The ticks without a label, of which plotters has none.
fn minor_ticks(layout: &AxesLayout) -> Option<Mark> {
    let plot = layout.plot;
    let mut pieces = Vec::new();
    let mut add = |from: (f64, f64), to: (f64, f64)| {
        pieces.push([from, to].map(|(x, y)| Point { x, y }).to_vec());
    };
    let across = layout.x.pixels(plot.x, plot.width);
    for &value in &layout.x.ticks.minor {
        let x = crisp(across.pixel(value));
        add((x, plot.bottom()), (x, plot.bottom() + MINOR));
    }
    let sides = [
        Some((&layout.y, plot.x, -MINOR)),
        layout
            .second
            .as_ref()
            .map(|side| (&side.axis, plot.right(), MINOR)),
    ];
    for (axis, edge, length) in sides.into_iter().flatten() {
        let down = axis.pixels(plot.bottom(), -plot.height);
        for &value in &axis.ticks.minor {
            let y = crisp(down.pixel(value));
            add((edge, y), (edge + length, y));
        }
    }
    let stroke = Stroke {
        color: Color::BLACK,
        width: 0.6,
        dash: None,
        round: false,
    };
    (!pieces.is_empty()).then_some(Mark::Lines { pieces, stroke })
}

fn outline(root: &DrawingArea<Canvas, Shift>, rect: Rect) -> Outcome {
    let corners = [(rect.x, rect.y), (rect.right(), rect.bottom())];
    let corners = corners.map(|(x, y)| (fine(x), fine(y)));
    root.draw(&Rectangle::new(corners, spine()))
}

/// Makes one mark of the lines from `start` on, which plotters draws between their labels.
/// Those that are `longest` or longer are left out: lines along axes, for the outline is
/// there, with closed corners.
fn gather(marks: &mut Vec<Mark>, start: usize, longest: f64) {
    let mut lines: Vec<Mark> = Vec::new();
    let mut others = Vec::new();
    let short = |piece: &Vec<Point>| match piece[..] {
        [from, to] => (from.x - to.x).hypot(from.y - to.y) < longest,
        _ => true,
    };
    for mark in marks.drain(start..) {
        let Mark::Lines { pieces, stroke } = mark else {
            others.push(mark);
            continue;
        };
        let pieces = pieces.into_iter().filter(short);
        match lines.last_mut() {
            Some(Mark::Lines {
                pieces: known,
                stroke: same,
            }) if *same == stroke => known.extend(pieces),
            _ => lines.push(Mark::Lines {
                pieces: pieces.collect(),
                stroke,
            }),
        }
    }
    marks.extend(lines);
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
    let axis = &bar.side.axis;
    draw_side(&mut chart(root, bar.rect, &across, axis, Some(axis))?)?;
    gather(&mut canvas.borrow_mut().scene.marks, start, LONGEST_TICK);
    Ok(())
}

/// The colours of a bar, from the highest down.
fn colours(rect: Rect) -> Mark {
    // As many pixels as a fine screen has: viewers that smooth images would
    // otherwise blur the bar beyond its edges.
    let columns = (rect.width * DENSITY).round() as u32;
    let rows = (rect.height * DENSITY).round() as u32;
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
