//! Where everything goes: the rectangle of each axes such that all its labels
//! have room, whatever their width, and axes of a row or column line up.
//!
//! Ticks depend on the size of the axes and the size on the width of the tick
//! labels; a few rounds settle both.

use crate::artist::{Cells, Shape};
use crate::axes::{Axes, usable};
use crate::axis::Axis;
use crate::figure::Figure;
use crate::font::{CAP_HEIGHT, DESCENT, text_width};
use crate::geometry::AxisScale;
use crate::geometry::Rect;
use crate::log_ticks::log_ticks;
use crate::matrix;
use crate::range::Extent;
use crate::ticks::{Ticks, nice_ticks};

/// Size of tick labels and legends.
pub(crate) const TICK_SIZE: f64 = 10.5;
/// Size of axis labels.
pub(crate) const LABEL_SIZE: f64 = 11.5;
/// Size of titles.
pub(crate) const TITLE_SIZE: f64 = 13.0;
/// Length of a tick.
pub(crate) const TICK_LENGTH: f64 = 3.5;
/// Between tick and its label, as in matplotlib.
pub(crate) const TICK_GAP: f64 = 3.5;
/// Between the tick labels and the label of their axis.
pub(crate) const LABEL_GAP: f64 = 5.0;
/// Width of a colour bar, and its distance from the axes.
pub(crate) const BAR_WIDTH: f64 = 14.0;
const BAR_GAP: f64 = 12.0;
/// Around the whole figure.
const PADDING: f64 = 8.0;
/// Between neighbouring axes, beside the room of their labels.
const GUTTER: f64 = 10.0;
/// What the name of an axis needs beside the labels of its ticks.
const LABEL_ROOM: f64 = LABEL_GAP + LABEL_SIZE * (CAP_HEIGHT + DESCENT) + 1.0;
/// Axes are never smaller than this, whatever the labels ask for.
const SMALLEST: f64 = 12.0;

/// The outcome for one axes.
#[derive(Clone, Debug)]
pub(crate) struct AxesLayout {
    /// The rectangle that the spines go around.
    pub(crate) plot: Rect,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Baseline of the axis labels and the title.
    pub(crate) x_label_y: f64,
    pub(crate) y_label_x: f64,
    pub(crate) title_y: f64,
    pub(crate) bar: Option<BarLayout>,
    pub(crate) second: Option<SideLayout>,
}

/// A vertical axis at the right of something.
#[derive(Clone, Debug)]
pub(crate) struct SideLayout {
    pub(crate) axis: Axis,
    /// Baseline of its name, which reads from bottom to top.
    pub(crate) label_x: f64,
}

impl SideLayout {
    fn beside(axis: Axis, edge: f64) -> Self {
        let room = tick_room(&axis.ticks) + LABEL_GAP + LABEL_SIZE * (CAP_HEIGHT + 0.1);
        Self {
            axis,
            label_x: edge + room,
        }
    }

    /// How far it reaches from the edge it stands at.
    fn need(&self, named: bool) -> f64 {
        tick_room(&self.axis.ticks) + if named { LABEL_ROOM } else { 0.0 }
    }
}

/// The colour bar beside a matrix.
#[derive(Clone, Debug)]
pub(crate) struct BarLayout {
    pub(crate) rect: Rect,
    pub(crate) side: SideLayout,
}

/// Room that one axes needs outside its rectangle.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Lays out all axes of a figure.
pub(crate) fn layout(figure: &Figure) -> Vec<AxesLayout> {
    let shared = shared_limits(figure);
    let guess = Need {
        left: 50.0,
        right: 15.0,
        top: 10.0,
        bottom: 40.0,
    };
    let mut needs = vec![guess; figure.axes.len()];
    for _ in 0..3 {
        let rects = place(figure, &needs);
        needs = figure
            .axes
            .iter()
            .enumerate()
            .map(|(index, axes)| {
                let plan = plan(figure, index, rects[index], shared[index]);
                need(axes, &plan)
            })
            .collect();
    }
    let rects = place(figure, &needs);
    let mut layouts: Vec<AxesLayout> = (0..figure.axes.len())
        .map(|index| {
            let mut layout = plan(figure, index, rects[index], shared[index]);
            // Labels of a column stand in one line, except beside a matrix, which
            // may be narrower than its column.
            if figure.axes[index].matrix().is_none() {
                let column = index % figure.columns;
                let left = column_need(figure, &needs, column, |need| need.left);
                layout.y_label_x = rects[index].x - left + LABEL_SIZE * CAP_HEIGHT + 1.0;
            }
            layout
        })
        .collect();
    for layout in &mut layouts {
        layout.plot = layout.plot.snapped();
        if let Some(bar) = &mut layout.bar {
            bar.rect = bar.rect.snapped();
            bar.rect.y = layout.plot.y;
            bar.rect.height = layout.plot.height;
        }
    }
    layouts
}

/// Limits and kind of the horizontal axis of each axes.
fn shared_limits(figure: &Figure) -> Vec<((f64, f64), AxisScale)> {
    if !figure.share_x {
        let own = |axes: &Axes| (axes.xlim(), axes.x_scale);
        return figure.axes.iter().map(own).collect();
    }
    let columns: Vec<((f64, f64), AxisScale)> = (0..figure.columns)
        .map(|column| {
            let axes = || figure.axes.iter().skip(column).step_by(figure.columns);
            let log = axes().any(|axes| axes.x_scale == AxisScale::Log);
            let scale = if log {
                AxisScale::Log
            } else {
                AxisScale::Linear
            };
            let mut extent = Extent::empty(scale);
            let mut explicit = None;
            for axes in axes() {
                extent.join(&axes.x_extent(scale));
                explicit = explicit.or(usable(axes.x_limits, scale));
            }
            (explicit.unwrap_or_else(|| extent.limits()), scale)
        })
        .collect();
    (0..figure.axes.len())
        .map(|index| columns[index % figure.columns])
        .collect()
}

fn column_need(figure: &Figure, needs: &[Need], column: usize, side: fn(&Need) -> f64) -> f64 {
    largest(needs.iter().skip(column).step_by(figure.columns), side)
}

fn row_need(figure: &Figure, needs: &[Need], row: usize, side: fn(&Need) -> f64) -> f64 {
    largest(needs[row * figure.columns..][..figure.columns].iter(), side)
}

fn largest<'need>(needs: impl Iterator<Item = &'need Need>, side: fn(&Need) -> f64) -> f64 {
    needs.map(side).fold(0.0, f64::max)
}

/// Divides the figure into the rectangles of the axes.
fn place(figure: &Figure, needs: &[Need]) -> Vec<Rect> {
    let (rows, columns) = (figure.rows, figure.columns);
    let left: Vec<f64> = (0..columns)
        .map(|column| column_need(figure, needs, column, |need| need.left))
        .collect();
    let right: Vec<f64> = (0..columns)
        .map(|column| column_need(figure, needs, column, |need| need.right))
        .collect();
    let top: Vec<f64> = (0..rows)
        .map(|row| row_need(figure, needs, row, |need| need.top))
        .collect();
    let bottom: Vec<f64> = (0..rows)
        .map(|row| row_need(figure, needs, row, |need| need.bottom))
        .collect();
    let title = if figure.title.is_empty() {
        0.0
    } else {
        TITLE_SIZE + 8.0
    };
    let free_width = figure.width
        - 2.0 * PADDING
        - left.iter().chain(&right).sum::<f64>()
        - GUTTER * (columns - 1) as f64;
    let width = (free_width / columns as f64).max(SMALLEST);
    let free_height = figure.height
        - 2.0 * PADDING
        - title
        - top.iter().chain(&bottom).sum::<f64>()
        - GUTTER * (rows - 1) as f64;
    let ratios: f64 = figure.height_ratios.iter().sum();
    let mut rects = Vec::with_capacity(figure.axes.len());
    let mut y = PADDING + title;
    for row in 0..rows {
        let height = (free_height * figure.height_ratios[row] / ratios).max(SMALLEST);
        y += top[row];
        let mut x = PADDING;
        for column in 0..columns {
            x += left[column];
            rects.push(Rect {
                x,
                y,
                width,
                height,
            });
            x += width + right[column] + GUTTER;
        }
        y += height + bottom[row] + GUTTER;
    }
    rects
}

/// Ticks and colour bar of axes that have `cell` for their rectangle.
fn plan(
    figure: &Figure,
    index: usize,
    cell: Rect,
    (x_limits, x_scale): ((f64, f64), AxisScale),
) -> AxesLayout {
    let axes = &figure.axes[index];
    let y_limits = axes.ylim();
    let plot = match axes.matrix() {
        Some(_) => matrix::with_aspect(cell, x_limits, y_limits),
        None => cell,
    };
    let (integer_x, integer_y) = axes.integer_axes();
    let mut x = horizontal(x_limits, x_scale, plot.width, integer_x);
    x.labelled = !figure.share_x || index / figure.columns + 1 == figure.rows;
    let y = vertical(y_limits, axes.y_scale, plot.height, integer_y);
    let second = axes.second.as_ref().map(|second| {
        let (_, integer) = second.integer_axes();
        let axis = vertical(second.ylim(), second.y_scale, plot.height, integer);
        SideLayout::beside(axis, plot.right())
    });
    let bar = bar_limits(axes).map(|limits| {
        let taken = match (&second, &axes.second) {
            (Some(side), Some(second)) => side.need(!second.y_label.is_empty()),
            _ => 0.0,
        };
        let rect = Rect {
            x: plot.right() + taken + BAR_GAP,
            y: plot.y,
            width: BAR_WIDTH,
            height: plot.height,
        };
        let axis = vertical(limits, AxisScale::Linear, plot.height, false);
        BarLayout {
            rect,
            side: SideLayout::beside(axis, rect.right()),
        }
    });
    let mut x_label_y = plot.bottom();
    if x.labelled {
        x_label_y += TICK_LENGTH + TICK_GAP + TICK_SIZE * CAP_HEIGHT + LABEL_GAP;
    }
    let y_offset_room = if y.ticks.offset_text.is_some() {
        TICK_SIZE + 3.0
    } else {
        0.0
    };
    AxesLayout {
        x_label_y: x_label_y + LABEL_SIZE * (CAP_HEIGHT + 0.15),
        y_label_x: plot.x - tick_room(&y.ticks) - LABEL_GAP - LABEL_SIZE * DESCENT,
        title_y: plot.y - 7.0 - y_offset_room,
        plot,
        x,
        y,
        bar,
        second,
    }
}

/// What is outside the rectangle of planned axes.
fn need(axes: &Axes, plan: &AxesLayout) -> Need {
    let mut need = Need {
        left: tick_room(&plan.y.ticks),
        right: 2.0,
        top: TICK_SIZE * CAP_HEIGHT / 2.0,
        bottom: TICK_LENGTH,
    };
    if !axes.y_label.is_empty() {
        need.left += LABEL_ROOM;
    }
    if plan.x.labelled {
        need.bottom += TICK_GAP + TICK_SIZE;
        let (first, last) = overhang(plan);
        need.left = need.left.max(first);
        need.right = need.right.max(last);
    }
    if !axes.x_label.is_empty() && plan.x.labelled {
        need.bottom += LABEL_ROOM;
    } else if plan.x.labelled && plan.x.ticks.offset_text.is_some() {
        need.bottom += LABEL_GAP + TICK_SIZE;
    }
    if plan.y.ticks.offset_text.is_some() {
        need.top = TICK_SIZE + 5.0;
    }
    if !axes.title.is_empty() {
        need.top = plan.plot.y - plan.title_y + TITLE_SIZE;
    }
    if let (Some(side), Some(second)) = (&plan.second, &axes.second) {
        need.right = need.right.max(side.need(!second.y_label.is_empty()));
        if side.axis.ticks.offset_text.is_some() {
            need.top = need.top.max(TICK_SIZE + 5.0);
        }
    }
    if let Some(bar) = &plan.bar {
        let named = axes.bar_label().is_some();
        need.right = bar.rect.right() - plan.plot.right() + bar.side.need(named);
        if bar.side.axis.ticks.offset_text.is_some() {
            need.top = need.top.max(TICK_SIZE + 5.0);
        }
    }
    need
}

/// Ticks with their labels beside a vertical axis.
pub(crate) fn tick_room(ticks: &Ticks) -> f64 {
    TICK_LENGTH + TICK_GAP + widest(ticks)
}

fn widest(ticks: &Ticks) -> f64 {
    ticks
        .labels
        .iter()
        .map(|label| text_width(label, TICK_SIZE))
        .fold(0.0, f64::max)
}

/// How far the first and last label below the axes stick out on either side.
fn overhang(plan: &AxesLayout) -> (f64, f64) {
    let ticks = &plan.x.ticks;
    let pixels = plan.x.pixels(0.0, plan.plot.width);
    let (mut left, mut right) = (0.0_f64, 0.0_f64);
    for (value, label) in ticks.values.iter().zip(&ticks.labels) {
        let half = text_width(label, TICK_SIZE) / 2.0;
        left = left.max(half - pixels.pixel(*value));
        right = right.max(half - (plan.plot.width - pixels.pixel(*value)));
    }
    (left, right)
}

/// An axis with as many ticks, up to 8, as have room for their labels side by side.
fn horizontal(limits: (f64, f64), scale: AxisScale, length: f64, integer: bool) -> Axis {
    let mut count = 8;
    loop {
        let axis = axis(limits, scale, count, integer);
        let pixels = axis.pixels(0.0, length);
        let ticks = &axis.ticks;
        let spacing = ticks
            .values
            .windows(2)
            .map(|pair| (pixels.pixel(pair[1]) - pixels.pixel(pair[0])).abs())
            .fold(f64::INFINITY, f64::min);
        if count == 2 || widest(ticks) + TICK_SIZE * 1.2 <= spacing {
            return axis;
        }
        count -= 1;
    }
}

/// An axis with as many ticks, up to 8, as have room one above the other.
fn vertical(limits: (f64, f64), scale: AxisScale, length: f64, integer: bool) -> Axis {
    let count = (length / (TICK_SIZE * 2.6)).floor().clamp(2.0, 8.0);
    axis(limits, scale, count as usize, integer)
}

fn axis((low, high): (f64, f64), scale: AxisScale, count: usize, integer: bool) -> Axis {
    Axis {
        low,
        high,
        scale,
        ticks: match scale {
            AxisScale::Linear => nice_ticks(low, high, count, integer),
            AxisScale::Log => log_ticks(low, high, count),
        },
        labelled: true,
    }
}

fn bar_limits(axes: &Axes) -> Option<(f64, f64)> {
    let artist = axes.matrix()?;
    match &artist.shape {
        Shape::Matrix {
            cells: Cells::Values(values, limits),
            ..
        } => Some(matrix::color_limits(values, *limits)),
        _ => None,
    }
}
