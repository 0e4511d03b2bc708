//! Signals as traces: a panel for each variable and device, since their units differ,
//! and in it a line for each neuron, as many as an eye can tell apart.

use crate::recording::{Device, IrregularlySampledSignal};
use hx_figure::{Axes, Color, FigureError};
use std::collections::BTreeMap;

/// Lines with a colour and a label each.
const LABELLED: usize = 6;
/// More lines than this are thin and let others shine through.
const DENSE: usize = 16;
/// More lines than this are a smear; evenly chosen ones are drawn.
const LINES: usize = 64;
/// Points of all lines of a panel, which bounds the picture's bytes; one line alone is
/// thinned by the figure itself.
const POINTS: usize = 24_000;
/// Fewest points of a line.
const FEWEST_POINTS: usize = 100;
/// The first and the last colour of a crowd of lines.
const CROWD: (Color, Color) = (Color::rgb(0x44, 0x3a, 0x83), Color::rgb(0x2a, 0xb0, 0x7f));

/// What one panel shows: a variable as one device sees it.
pub(super) struct Panel<'a> {
    label: String,
    /// Whether the picture shows several neurons, here or in another panel.
    several: bool,
    /// The stretches of each neuron, by population and index.
    lines: BTreeMap<(&'a str, usize), Vec<&'a IrregularlySampledSignal>>,
}

/// The panels that these signals need, the MADC's first.
pub(super) fn panels(signals: &[IrregularlySampledSignal]) -> Vec<Panel<'_>> {
    let first = signals.first().map(neuron_of);
    let several = signals
        .iter()
        .any(|signal| Some(neuron_of(signal)) != first);
    let mut panels: BTreeMap<(Option<Device>, &str), Panel<'_>> = BTreeMap::new();
    for signal in signals {
        let from = signal.annotations();
        let kind = (from.device, signal.name());
        let panel = panels.entry(kind).or_insert_with(|| Panel {
            label: String::new(),
            several,
            lines: BTreeMap::new(),
        });
        let neuron = neuron_of(signal);
        panel.lines.entry(neuron).or_default().push(signal);
    }
    let by_cadc = |(device, _): &(Option<Device>, &str)| *device == Some(Device::Cadc);
    let both = panels.keys().any(by_cadc) && !panels.keys().all(by_cadc);
    let labelled = panels.into_iter().map(|((device, name), mut panel)| {
        let quantity = match name {
            "v" => "membrane potential",
            other => other,
        };
        // LSB are the MADC's, unless there are others.
        let unit = match device {
            Some(Device::Cadc) => "CADC LSB",
            _ if both => "MADC LSB",
            _ => "LSB",
        };
        panel.label = format!("{quantity} [{unit}]");
        panel
    });
    labelled.collect()
}

/// Population and index of the neuron a signal is of.
fn neuron_of(signal: &IrregularlySampledSignal) -> (&str, usize) {
    let from = signal.annotations();
    (from.source_population.as_str(), from.source_index)
}

/// Draws a panel.
pub(super) fn draw(axes: &mut Axes, panel: &Panel) -> Result<(), FigureError> {
    let count = panel.lines.len();
    let mut populations: Vec<&str> = panel.lines.keys().map(|(name, _)| *name).collect();
    populations.dedup();
    let crowded = count > LABELLED;
    let drawn = count.min(LINES);
    let points = (POINTS / drawn.max(1)).max(FEWEST_POINTS);
    for number in 0..drawn {
        // The first, the last, and evenly many in between.
        let place = match drawn {
            1 => 0,
            several => number * (count - 1) / (several - 1),
        };
        let Some(((population, index), stretches)) = panel.lines.iter().nth(place) else {
            continue;
        };
        let Some(whole) = IrregularlySampledSignal::joined(stretches) else {
            continue;
        };
        let name = match populations.len() {
            1 => format!("neuron {index}"),
            _ => format!("{population}, neuron {index}"),
        };
        if !crowded {
            let line = axes.plot(whole.times(), whole.values())?.line_width(1.0);
            if panel.several {
                line.label(&name);
            }
            continue;
        }
        let (times, values) = thinned(&whole, points);
        let part = number as f64 / (drawn - 1) as f64;
        // Many lines on top of each other: where they are dense should show.
        let (width, alpha) = if drawn > DENSE {
            (0.7, 0.6)
        } else {
            (1.0, 1.0)
        };
        let line = axes.plot(&times, &values)?.line_width(width);
        let line = line.color(between(part)).alpha(alpha);
        // The ends say which way the colours go.
        if number == 0 {
            line.label(&name);
        } else if number + 1 == drawn && drawn < count {
            line.label(&format!("{name} ({drawn} of {count} shown)"));
        } else if number + 1 == drawn {
            line.label(&name);
        }
    }
    axes.set_ylabel(&panel.label).legend(panel.several);
    Ok(())
}

/// A colour of the crowd, from the first (0) to the last (1).
fn between(part: f64) -> Color {
    let mix = |from: u8, to: u8| {
        (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8
    };
    let (first, last) = CROWD;
    Color::rgb(
        mix(first.red, last.red),
        mix(first.green, last.green),
        mix(first.blue, last.blue),
    )
}

/// At most about so many points of a signal: the lowest and the highest, in their order,
/// of each of evenly many pieces.
fn thinned(signal: &IrregularlySampledSignal, points: usize) -> (Vec<f64>, Vec<f64>) {
    let (times, values) = (signal.times(), signal.values());
    if values.len() <= points {
        return (times.to_vec(), values.to_vec());
    }
    let piece = values.len().div_ceil(points / 2);
    let mut kept: Vec<usize> = Vec::new();
    for begin in (0..values.len()).step_by(piece) {
        let piece = begin..(begin + piece).min(values.len());
        let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let ends = (
            piece.clone().min_by(by_value),
            piece.clone().max_by(by_value),
        );
        if let (Some(lowest), Some(highest)) = ends {
            kept.extend([lowest.min(highest), lowest.max(highest)]);
        }
    }
    kept.dedup();
    let pick = |of: &[f64]| kept.iter().map(|&at| of[at]).collect();
    (pick(times), pick(values))
}
