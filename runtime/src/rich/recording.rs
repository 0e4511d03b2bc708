//! Recorded data as pictures: rasters, traces, and both on one time axis.

use crate::display::{Bundle, Rich};
use crate::plt::picture;
use crate::recording::{
    Block, IrregularlySampledSignal, Segment, SignalList, SpikeTrain, SpikeTrainList, time_span,
};
use hx_figure::{Axes, Figure, FigureError};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// More segments than this do not fit a page; the latest are shown.
const SEGMENTS: usize = 8;
/// Width of every picture, inches.
const WIDTH: f64 = 6.4;

impl Rich for SpikeTrain {
    fn bundle(&self) -> Bundle {
        shown(self.to_string(), || {
            trains_picture(std::slice::from_ref(self))
        })
    }
}

impl Rich for SpikeTrainList {
    fn bundle(&self) -> Bundle {
        shown(self.to_string(), || trains_picture(self))
    }
}

impl Rich for Vec<SpikeTrain> {
    fn bundle(&self) -> Bundle {
        let list: SpikeTrainList = self.iter().cloned().collect();
        list.bundle()
    }
}

impl Rich for IrregularlySampledSignal {
    fn bundle(&self) -> Bundle {
        shown(self.to_string(), || {
            signals_picture(std::slice::from_ref(self))
        })
    }
}

impl Rich for SignalList {
    fn bundle(&self) -> Bundle {
        shown(self.to_string(), || signals_picture(self))
    }
}

impl Rich for Vec<IrregularlySampledSignal> {
    fn bundle(&self) -> Bundle {
        let list: SignalList = self.iter().cloned().collect();
        list.bundle()
    }
}

impl Rich for Segment {
    fn bundle(&self) -> Bundle {
        shown(self.to_string(), || {
            segments_picture(std::slice::from_ref(self))
        })
    }
}

impl Rich for Block {
    fn bundle(&self) -> Bundle {
        let first = self.segments.len().saturating_sub(SEGMENTS);
        shown(self.to_string(), || {
            segments_picture(&self.segments[first..])
        })
    }
}

/// The picture, if there is one, with the text for where there are none.
fn shown(text: String, draw: impl FnOnce() -> Result<Figure, FigureError>) -> Bundle {
    match draw() {
        Ok(figure) => picture(&figure, text),
        Err(_) => Bundle::text(text),
    }
}

fn trains_picture(trains: &[SpikeTrain]) -> Result<Figure, FigureError> {
    let rows = trains.len() as f64;
    let mut figure = Figure::with_size(WIDTH, (1.2 + 0.15 * rows).clamp(1.5, 5.0));
    let axes = figure.axes_mut(0)?;
    raster(axes, trains)?;
    axes.set_xlabel("time [ms]");
    let begin = trains.iter().map(SpikeTrain::t_start).reduce(f64::min);
    let end = trains.iter().map(SpikeTrain::t_stop).reduce(f64::max);
    if let (Some(begin), Some(end)) = (begin, end) {
        axes.set_xlim(begin, end)?;
    }
    Ok(figure)
}

fn signals_picture(signals: &[IrregularlySampledSignal]) -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    traces(axes, signals)?;
    axes.set_xlabel("time [ms]");
    Ok(figure)
}

/// Each segment a raster over traces, whichever of the two it has, all on one time axis.
fn segments_picture(segments: &[Segment]) -> Result<Figure, FigureError> {
    let mut ratios = Vec::new();
    for segment in segments {
        if !segment.spiketrains.is_empty() {
            ratios.push(1.0);
        }
        if !segment.irregularlysampledsignals.is_empty() {
            ratios.push(2.0);
        }
    }
    let mut figure = Figure::subplots(ratios.len(), 1)?;
    let height = 1.2 + 1.2 * ratios.iter().sum::<f64>();
    figure
        .set_size(WIDTH, height.max(2.0))
        .share_x(true)
        .set_height_ratios(&ratios)?;
    let spans = segments.iter().filter_map(time_span);
    let span = spans.reduce(|a, b| a.start().min(*b.start())..=a.end().max(*b.end()));
    let mut row = 0;
    for segment in segments {
        let mut title = (segments.len() > 1).then_some(&*segment.name);
        let mut next =
            |figure: &mut Figure, draw: &dyn Fn(&mut Axes) -> Result<(), FigureError>| {
                let axes = figure.axes_mut(row)?;
                row += 1;
                draw(axes)?;
                axes.set_title(title.take().unwrap_or_default());
                set_time(axes, span.as_ref())
            };
        if !segment.spiketrains.is_empty() {
            next(&mut figure, &|axes| raster(axes, &segment.spiketrains))?;
        }
        let signals = &segment.irregularlysampledsignals;
        if !signals.is_empty() {
            next(&mut figure, &|axes| traces(axes, signals))?;
        }
    }
    figure
        .axes_mut(row.saturating_sub(1))?
        .set_xlabel("time [ms]");
    Ok(figure)
}

fn set_time(axes: &mut Axes, span: Option<&RangeInclusive<f64>>) -> Result<(), FigureError> {
    if let Some(span) = span {
        axes.set_xlim(*span.start(), *span.end())?;
    }
    Ok(())
}

/// A row for each neuron, at the height of its index; trains of different
/// populations are simply put one above the other.
fn raster(axes: &mut Axes, trains: &[SpikeTrain]) -> Result<(), FigureError> {
    let population = |train: &SpikeTrain| train.annotations().source_population.clone();
    let first = trains.first().map(population);
    let one_population = trains.iter().all(|train| Some(population(train)) == first);
    let mut rows: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (place, train) in trains.iter().enumerate() {
        let row = if one_population {
            train.annotations().source_index
        } else {
            place
        };
        rows.entry(row).or_default().extend(train);
    }
    let (Some(&lowest), Some(&highest)) = (rows.keys().next(), rows.keys().last()) else {
        return Ok(());
    };
    let all: Vec<Vec<f64>> = (0..=highest)
        .map(|row| rows.remove(&row).unwrap_or_default())
        .collect();
    axes.eventplot(&all);
    axes.set_ylabel(if one_population {
        "neuron"
    } else {
        "spike train"
    })
    .set_ylim(lowest as f64 - 0.5, highest as f64 + 0.5)?;
    Ok(())
}

/// A line for each neuron, through all stretches of its run.
fn traces(axes: &mut Axes, signals: &[IrregularlySampledSignal]) -> Result<(), FigureError> {
    let mut of_neuron: BTreeMap<(&str, usize), Vec<&IrregularlySampledSignal>> = BTreeMap::new();
    for signal in signals {
        let from = signal.annotations();
        let neuron = (from.source_population.as_str(), from.source_index);
        of_neuron.entry(neuron).or_default().push(signal);
    }
    let several = of_neuron.len() > 1;
    let mut populations: Vec<&str> = of_neuron
        .keys()
        .map(|(population, _)| *population)
        .collect();
    populations.dedup();
    for ((population, index), stretches) in of_neuron {
        let Some(whole) = IrregularlySampledSignal::joined(&stretches) else {
            continue;
        };
        let line = axes.plot(whole.times(), whole.values())?.line_width(1.0);
        if several {
            let label = match populations.len() {
                1 => format!("neuron {index}"),
                _ => format!("{population}, neuron {index}"),
            };
            line.label(&label);
        }
    }
    axes.set_ylabel("membrane potential [LSB]").legend(several);
    Ok(())
}
