//! A laid-out figure as a scene: data, spines, ticks and text, in that order.

use crate::color::viridis;
use crate::font::{CAP_HEIGHT, text_width};
use crate::geometry::{Point, Rect, Scale};
use crate::layout::{
    AxesLayout, AxisLayout, LABEL_SIZE, TICK_GAP, TICK_LENGTH, TICK_SIZE, TITLE_SIZE, layout,
};
use crate::legend::legend;
use crate::marks::{View, hidden_border, marks};
use crate::matrix;
use crate::scene::{Anchor, Mark, Scene, Stroke, Text};
use crate::{Axes, Color, Figure};

/// Spines and ticks.
const SPINE: Stroke = Stroke {
    color: Color::BLACK,
    width: 0.8,
    dash: None,
    round: false,
};

/// Everything a figure shows.
pub(crate) fn scene(figure: &Figure) -> Scene {
    let mut scene = Scene {
        width: figure.width,
        height: figure.height,
        marks: Vec::new(),
    };
    let layouts = layout(figure);
    // All data come first: the border that trims those of one axes must not lie
    // over the labels of its neighbour.
    let legends: Vec<Vec<Mark>> = figure
        .axes
        .iter()
        .zip(&layouts)
        .map(|(axes, layout)| draw_data(&mut scene, axes, layout))
        .collect();
    for ((axes, layout), legend) in figure.axes.iter().zip(&layouts).zip(legends) {
        draw_axes(&mut scene, figure, axes, layout);
        scene.marks.extend(legend);
    }
    if !figure.title.is_empty() {
        let mut text = Text {
            content: figure.title.clone(),
            x: figure.width / 2.0,
            y: 8.0 + TITLE_SIZE,
            size: TITLE_SIZE,
            anchor: Anchor::Middle,
            color: Color::BLACK,
            upwards: false,
        };
        fit(&mut text, (0.0, figure.width));
        scene.marks.push(Mark::Text(text));
    }
    for mark in &mut scene.marks {
        if let Mark::Text(text) = mark {
            text.content = printable(&text.content);
        }
    }
    scene
}

/// How data get into the rectangle of the axes.
fn view(layout: &AxesLayout) -> View {
    let plot = layout.plot;
    View {
        plot,
        x: Scale::new(layout.x.low, layout.x.high, plot.x, plot.width),
        y: Scale::new(layout.y.low, layout.y.high, plot.bottom(), -plot.height),
    }
}

/// Draws what is in the axes and returns their legend, which has to avoid that.
fn draw_data(scene: &mut Scene, axes: &Axes, layout: &AxesLayout) -> Vec<Mark> {
    let view = view(layout);
    let drawn: Vec<Mark> = axes
        .artists
        .iter()
        .flat_map(|artist| marks(artist, view))
        .collect();
    let legend = if axes.legend {
        legend(axes, layout.plot, &drawn)
    } else {
        Vec::new()
    };
    if !drawn.is_empty() {
        scene.marks.extend(drawn);
        scene.marks.push(Mark::Surround {
            inner: layout.plot,
            width: hidden_border(&axes.artists),
        });
    }
    legend
}

fn draw_axes(scene: &mut Scene, figure: &Figure, axes: &Axes, layout: &AxesLayout) {
    let view = view(layout);
    scene.marks.push(outline(layout.plot));
    draw_x_axis(scene, layout, view.x);
    draw_y_axis(scene, &layout.y, view.y, layout.plot);
    draw_labels(scene, figure, axes, layout);
    draw_bar(scene, axes, layout);
}

fn outline(rect: Rect) -> Mark {
    Mark::Frame {
        rect,
        radius: 0.0,
        fill: Color::WHITE.with_alpha(0.0),
        stroke: SPINE,
    }
}

/// The middle of the pixel a coordinate is in, where a thin line is crisp.
fn crisp(value: f64) -> f64 {
    (value - 0.5).round() + 0.5
}

fn draw_x_axis(scene: &mut Scene, layout: &AxesLayout, scale: Scale) {
    let ticks = &layout.x.ticks;
    let bottom = layout.plot.bottom();
    let mut pieces = Vec::new();
    let baseline = bottom + TICK_LENGTH + TICK_GAP + TICK_SIZE * CAP_HEIGHT;
    for (&value, label) in ticks.values.iter().zip(&ticks.labels) {
        let x = crisp(scale.pixel(value));
        pieces.push(vec![
            Point { x, y: bottom },
            Point {
                x,
                y: bottom + TICK_LENGTH,
            },
        ]);
        if layout.labels_x {
            push_label(scene, label, x, baseline, Anchor::Middle);
        }
    }
    scene.marks.push(Mark::Lines {
        pieces,
        stroke: SPINE,
    });
    if let Some(text) = ticks.offset_text.as_deref().filter(|_| layout.labels_x) {
        push_label(
            scene,
            text,
            layout.plot.right(),
            layout.x_label_y,
            Anchor::End,
        );
    }
}

fn draw_y_axis(scene: &mut Scene, axis: &AxisLayout, scale: Scale, plot: Rect) {
    let mut pieces = Vec::new();
    for (&value, label) in axis.ticks.values.iter().zip(&axis.ticks.labels) {
        let y = crisp(scale.pixel(value));
        pieces.push(vec![
            Point {
                x: plot.x - TICK_LENGTH,
                y,
            },
            Point { x: plot.x, y },
        ]);
        push_label(
            scene,
            label,
            plot.x - TICK_LENGTH - TICK_GAP,
            y + TICK_SIZE * CAP_HEIGHT / 2.0,
            Anchor::End,
        );
    }
    scene.marks.push(Mark::Lines {
        pieces,
        stroke: SPINE,
    });
    if let Some(text) = &axis.ticks.offset_text {
        push_label(scene, text, plot.x, plot.y - 4.0, Anchor::Start);
    }
}

fn draw_labels(scene: &mut Scene, figure: &Figure, axes: &Axes, layout: &AxesLayout) {
    let center = layout.plot.center();
    // Labels keep to their own axes where there are others beside them.
    let across = if figure.columns == 1 {
        (0.0, figure.width)
    } else {
        let half = figure.width / figure.columns as f64 / 2.0;
        (
            (center.x - half).max(0.0),
            (center.x + half).min(figure.width),
        )
    };
    let down = if figure.rows == 1 {
        let above = if axes.title.is_empty() {
            0.0
        } else {
            layout.title_y
        };
        let below = if axes.x_label.is_empty() {
            figure.height
        } else {
            layout.x_label_y - LABEL_SIZE * CAP_HEIGHT
        };
        (above, below)
    } else {
        (layout.plot.y - 12.0, layout.plot.bottom() + 12.0)
    };
    let texts = [
        (&axes.x_label, center.x, layout.x_label_y, LABEL_SIZE, false),
        (&axes.y_label, layout.y_label_x, center.y, LABEL_SIZE, true),
        (&axes.title, center.x, layout.title_y, TITLE_SIZE, false),
    ];
    for (content, x, y, size, upwards) in texts {
        if content.is_empty() || (std::ptr::eq(content, &axes.x_label) && !layout.labels_x) {
            continue;
        }
        let mut text = Text {
            content: content.clone(),
            x,
            y,
            size,
            anchor: Anchor::Middle,
            color: Color::BLACK,
            upwards,
        };
        let mut room = if upwards { down } else { across };
        if let Some(offset) = &layout.x.ticks.offset_text
            && std::ptr::eq(content, &axes.x_label)
        {
            // The power of ten stands at the right end of the same line.
            room.1 = layout.plot.right() - text_width(offset, TICK_SIZE) - 4.0;
        }
        fit(&mut text, room);
        scene.marks.push(Mark::Text(text));
    }
}

fn draw_bar(scene: &mut Scene, axes: &Axes, layout: &AxesLayout) {
    let Some(bar) = &layout.bar else {
        return;
    };
    let rect = bar.rect;
    // As many pixels as a fine screen has: viewers that smooth images would
    // otherwise blur the bar beyond its edges.
    let columns = (rect.width * matrix::DENSITY).round() as u32;
    let rows = (rect.height * matrix::DENSITY).round() as u32;
    let pixels = (0..rows)
        .flat_map(|row| {
            let color = viridis(1.0 - (f64::from(row) + 0.5) / f64::from(rows));
            let pixel = [color.red, color.green, color.blue, color.alpha];
            (0..columns).flat_map(move |_| pixel)
        })
        .collect();
    scene.marks.push(Mark::Image {
        rect,
        columns,
        rows,
        pixels,
    });
    scene.marks.push(outline(rect));
    let scale = Scale::new(bar.axis.low, bar.axis.high, rect.bottom(), -rect.height);
    let mut pieces = Vec::new();
    for (&value, label) in bar.axis.ticks.values.iter().zip(&bar.axis.ticks.labels) {
        let y = crisp(scale.pixel(value));
        let x = rect.right();
        pieces.push(vec![
            Point { x, y },
            Point {
                x: x + TICK_LENGTH,
                y,
            },
        ]);
        push_label(
            scene,
            label,
            x + TICK_LENGTH + TICK_GAP,
            y + TICK_SIZE * CAP_HEIGHT / 2.0,
            Anchor::Start,
        );
    }
    scene.marks.push(Mark::Lines {
        pieces,
        stroke: SPINE,
    });
    if let Some(text) = &bar.axis.ticks.offset_text {
        push_label(scene, text, rect.x, rect.y - 4.0, Anchor::Start);
    }
    if let Some(label) = matrix::bar_label(axes) {
        let mut text = Text {
            content: label.to_owned(),
            x: bar.label_x,
            y: rect.center().y,
            size: LABEL_SIZE,
            anchor: Anchor::Middle,
            color: Color::BLACK,
            upwards: true,
        };
        fit(&mut text, (0.0, scene.height));
        scene.marks.push(Mark::Text(text));
    }
}

fn push_label(scene: &mut Scene, label: &str, x: f64, y: f64, anchor: Anchor) {
    scene.marks.push(Mark::Text(Text {
        content: label.to_owned(),
        x,
        y,
        size: TICK_SIZE,
        anchor,
        color: Color::BLACK,
        upwards: false,
    }));
}

/// Keeps a centred text between `from` and `to`: moved, if it must be made
/// smaller, and shortened if it would be too small to read.
fn fit(text: &mut Text, (from, to): (f64, f64)) {
    const SMALLEST: f64 = 8.0;
    const MARGIN: f64 = 4.0;
    let (from, to) = (from + MARGIN, to - MARGIN);
    let room = to - from;
    let mut width = text_width(&text.content, text.size);
    if width > room {
        text.size = (text.size * room / width).max(SMALLEST);
        width = text_width(&text.content, text.size);
    }
    if width > room {
        let mut kept: Vec<char> = text.content.chars().take(2000).collect();
        while width > room && !kept.is_empty() {
            // Half of what is too much at once keeps this quick for absurd lengths.
            let excess = ((width - room) / text.size) as usize;
            kept.truncate(kept.len().saturating_sub((excess / 2).max(1)));
            text.content = kept.iter().chain(['\u{2026}'].iter()).collect();
            width = text_width(&text.content, text.size);
        }
    }
    let (first, last) = (from + width / 2.0, to - width / 2.0);
    let center = |at: f64| {
        if first < last {
            at.clamp(first, last)
        } else {
            (from + to) / 2.0
        }
    };
    if text.upwards {
        text.y = center(text.y);
    } else {
        text.x = center(text.x);
    }
}

/// Characters that a line of text and XML can hold.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                character
            }
        })
        .collect()
}
