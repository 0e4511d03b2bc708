//! What is written around axes beside the numbers at their ticks: names, titles and powers
//! of ten, made smaller or shortened where there is no room for them.

use crate::axes::Axes;
use crate::color::Color;
use crate::figure::Figure;
use crate::font::{CAP_HEIGHT, text_width};
use crate::geometry::Rect;
use crate::layout::{AxesLayout, LABEL_SIZE, SideLayout, TICK_SIZE, TITLE_SIZE};
use crate::scene::{Anchor, Mark, Text, printable};

/// The title above all axes.
pub(crate) fn title(figure: &Figure) -> Option<Mark> {
    let at = (figure.width / 2.0, 8.0 + TITLE_SIZE);
    centred(&figure.title, at, TITLE_SIZE, 0, (0.0, figure.width))
}

/// Names, title and powers of ten of one axes.
pub(crate) fn labels(figure: &Figure, axes: &Axes, layout: &AxesLayout) -> Vec<Mark> {
    let plot = layout.plot;
    let center = plot.center();
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
    let x_offset = layout.x.ticks.offset_text.as_deref();
    let x_offset = x_offset.filter(|_| layout.x.labelled);
    let below = match x_offset {
        // The power of ten stands at the right end of the same line.
        Some(text) => plot.right() - text_width(text, TICK_SIZE) - 4.0,
        None => across.1,
    };
    let x_label = if layout.x.labelled {
        axes.x_label.as_str()
    } else {
        ""
    };
    let y_offset = layout.y.ticks.offset_text.as_deref();
    let names = [
        x_offset.map(|text| offset(text, (plot.right(), layout.x_label_y), Anchor::End)),
        y_offset.map(|text| offset(text, (plot.x, plot.y - 4.0), Anchor::Start)),
        centred(
            x_label,
            (center.x, layout.x_label_y),
            LABEL_SIZE,
            0,
            (across.0, below),
        ),
        centred(
            &axes.y_label,
            (layout.y_label_x, center.y),
            LABEL_SIZE,
            -90,
            beside(figure, axes, layout),
        ),
        centred(
            &axes.title,
            (center.x, layout.title_y),
            TITLE_SIZE,
            0,
            across,
        ),
    ];
    names.into_iter().flatten().collect()
}

/// From where to where the name of a vertical axis may go.
pub(crate) fn beside(figure: &Figure, axes: &Axes, layout: &AxesLayout) -> (f64, f64) {
    if figure.rows > 1 {
        return (layout.plot.y - 12.0, layout.plot.bottom() + 12.0);
    }
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
}

/// Power of ten and name of a vertical axis at the right of `rect`. The power stands above
/// `power_x`.
pub(crate) fn side(
    name: &str,
    side: &SideLayout,
    rect: Rect,
    (power_x, anchor): (f64, Anchor),
    room: (f64, f64),
) -> Vec<Mark> {
    let text = side.axis.ticks.offset_text.as_deref();
    let text = text.map(|text| offset(text, (power_x, rect.y - 4.0), anchor));
    let at = (side.label_x, rect.center().y);
    let name = centred(name, at, LABEL_SIZE, -90, room);
    text.into_iter().chain(name).collect()
}

fn offset(text: &str, (x, y): (f64, f64), anchor: Anchor) -> Mark {
    Mark::Text(Text {
        content: text.to_owned(),
        x,
        y,
        size: TICK_SIZE,
        anchor,
        color: Color::BLACK,
        turn: 0,
    })
}

/// A text about a point and within some room, if it is one.
fn centred(
    content: &str,
    (x, y): (f64, f64),
    size: f64,
    turn: i32,
    room: (f64, f64),
) -> Option<Mark> {
    let mut text = Text {
        content: printable(content),
        x,
        y,
        size,
        anchor: Anchor::Middle,
        color: Color::BLACK,
        turn,
    };
    fit(&mut text, room);
    (!content.is_empty()).then_some(Mark::Text(text))
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
    if text.turn != 0 {
        text.y = center(text.y);
    } else {
        text.x = center(text.x);
    }
}
