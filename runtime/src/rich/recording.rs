//! Recorded data as pictures: rasters, traces, and both on one time axis.

use super::traces::{self, Panel};
use crate::display::{Bundle, Rich};
use crate::plt::picture;
use crate::recording::{
    Block, IrregularlySampledSignal, Segment, SignalList, SpikeTrain, SpikeTrainList,
    time_of_signals, time_span,
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
    let panels = traces::panels(signals);
    if panels.len() > 1 {
        let rows: Vec<Row> = panels.iter().map(Row::Traces).collect();
        return rows_picture(&rows, time_of_signals(signals).as_ref());
    }
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    if let Some(panel) = panels.first() {
        traces::draw(axes, panel)?;
    }
    axes.set_xlabel("time [ms]");
    Ok(figure)
}

/// Each segment a raster over traces, whichever of the two it has, all on one time axis.
fn segments_picture(segments: &[Segment]) -> Result<Figure, FigureError> {
    let panels: Vec<Vec<Panel>> = segments
        .iter()
        .map(|segment| traces::panels(&segment.irregularlysampledsignals))
        .collect();
    let mut rows = Vec::new();
    for (segment, panels) in segments.iter().zip(&panels) {
        let before = rows.len();
        if !segment.spiketrains.is_empty() {
            rows.push(Row::Raster(&segment.spiketrains));
        }
        rows.extend(panels.iter().map(Row::Traces));
        if segments.len() > 1 && rows.len() > before {
            rows.insert(before, Row::Title(&segment.name));
        }
    }
    let spans = segments.iter().filter_map(time_span);
    let span = spans.reduce(|a, b| a.start().min(*b.start())..=a.end().max(*b.end()));
    rows_picture(&rows, span.as_ref())
}

/// What stands below each other in a picture.
enum Row<'a> {
    /// The title of what follows.
    Title(&'a str),
    Raster(&'a [SpikeTrain]),
    Traces(&'a Panel<'a>),
}

/// The rows, all on one time axis.
fn rows_picture(rows: &[Row], span: Option<&RangeInclusive<f64>>) -> Result<Figure, FigureError> {
    let height = |row: &Row| match row {
        Row::Title(_) => None,
        Row::Raster(_) => Some(1.0),
        Row::Traces(_) => Some(2.0),
    };
    let ratios: Vec<f64> = rows.iter().filter_map(height).collect();
    let mut figure = Figure::subplots(ratios.len(), 1)?;
    let height = 1.2 + 1.2 * ratios.iter().sum::<f64>();
    figure
        .set_size(WIDTH, height.max(2.0))
        .share_x(true)
        .set_height_ratios(&ratios)?;
    let mut place = 0;
    let mut title = "";
    for row in rows {
        let axes = match row {
            Row::Title(text) => {
                title = text;
                continue;
            }
            _ => figure.axes_mut(place)?,
        };
        place += 1;
        match row {
            Row::Title(_) => {}
            Row::Raster(trains) => raster(axes, trains)?,
            Row::Traces(panel) => traces::draw(axes, panel)?,
        }
        if !title.is_empty() {
            axes.set_title(std::mem::take(&mut title));
        }
        set_time(axes, span)?;
    }
    figure
        .axes_mut(place.saturating_sub(1))?
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
    let is_source = |train: &SpikeTrain| train.annotations().is_spike_source;
    axes.set_ylabel(match trains.first() {
        Some(train) if one_population && is_source(train) => "source",
        Some(_) if one_population => "neuron",
        _ => "spike train",
    })
    .set_ylim(lowest as f64 - 0.5, highest as f64 + 0.5)?;
    Ok(())
}
