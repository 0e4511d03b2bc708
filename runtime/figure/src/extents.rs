//! How far the data of each kind of artist reach along x and y.

use crate::artist::{Distances, Shape};
use crate::range::Extent;

/// Adds what a shape needs of the horizontal axis.
pub(crate) fn add_x(extent: &mut Extent, shape: &Shape) {
    match shape {
        // A point that is not drawn must not stretch the other axis.
        Shape::Line { x, y } | Shape::Scatter { x, y } => add_drawn(extent, x, y),
        Shape::ErrorBars { x, y, x_error, .. } => {
            add_drawn(extent, x, y);
            add_errors(extent, x, y, x_error.as_ref());
        }
        Shape::Band { x, low, high } => {
            add_drawn(extent, x, low);
            add_drawn(extent, x, high);
        }
        Shape::Bars(bars) => {
            if bars.horizontal {
                add_lengths(extent, &bars.lengths, &bars.base);
            } else {
                add_widths(extent, &bars.positions, bars.thickness);
            }
        }
        Shape::Events { rows } => rows.iter().for_each(|row| extent.add_all(row)),
        Shape::Histogram { edges, .. } => extent.add_all(edges),
        Shape::Matrix { columns, .. } => stick(extent, *columns),
        Shape::VerticalLine { x } => extent.add(*x),
        Shape::VerticalSpan { low, high } => extent.add_all(&[*low, *high]),
        Shape::HorizontalLine { .. } | Shape::HorizontalSpan { .. } => (),
    }
}

/// Adds what a shape needs of the vertical axis.
pub(crate) fn add_y(extent: &mut Extent, shape: &Shape) {
    match shape {
        Shape::Line { x, y } | Shape::Scatter { x, y } => add_drawn(extent, y, x),
        Shape::ErrorBars { x, y, y_error, .. } => {
            add_drawn(extent, y, x);
            add_errors(extent, y, x, y_error.as_ref());
        }
        Shape::Band { x, low, high } => {
            add_drawn(extent, low, x);
            add_drawn(extent, high, x);
        }
        Shape::Bars(bars) => {
            if bars.horizontal {
                add_widths(extent, &bars.positions, bars.thickness);
            } else {
                add_lengths(extent, &bars.lengths, &bars.base);
            }
        }
        Shape::Events { rows } => stick(extent, rows.len()),
        Shape::Histogram { counts, .. } => {
            extent.stick_low(0.0);
            extent.add_all(counts);
        }
        Shape::Matrix { rows, .. } => stick(extent, *rows),
        Shape::HorizontalLine { y } => extent.add(*y),
        Shape::HorizontalSpan { low, high } => extent.add_all(&[*low, *high]),
        Shape::VerticalLine { .. } | Shape::VerticalSpan { .. } => (),
    }
}

fn add_drawn(extent: &mut Extent, values: &[f64], others: &[f64]) {
    for (&value, other) in values.iter().zip(others) {
        if other.is_finite() {
            extent.add(value);
        }
    }
}

fn add_errors(extent: &mut Extent, values: &[f64], others: &[f64], errors: Option<&Distances>) {
    let Some((below, above)) = errors else {
        return;
    };
    for (index, (&value, other)) in values.iter().zip(others).enumerate() {
        if other.is_finite() {
            extent.add(value - below[index]);
            extent.add(value + above[index]);
        }
    }
}

/// Bars have no margin beyond their feet.
fn add_lengths(extent: &mut Extent, lengths: &[f64], base: &[f64]) {
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (length, &base) in lengths.iter().zip(base) {
        extent.add(base + length);
        (lowest, highest) = (lowest.min(base), highest.max(base));
    }
    if lowest <= highest {
        extent.stick_low(lowest);
        extent.stick_high(highest);
    }
}

fn add_widths(extent: &mut Extent, positions: &[f64], thickness: f64) {
    for position in positions {
        extent.add(position - thickness / 2.0);
        extent.add(position + thickness / 2.0);
    }
}

/// Rows and columns are centred on their index and reach half a step beyond.
fn stick(extent: &mut Extent, count: usize) {
    if count > 0 {
        extent.stick_low(-0.5);
        extent.stick_high(count as f64 - 0.5);
    }
}
