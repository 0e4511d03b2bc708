//! Segments (one per run) and blocks (all runs of a population).

use super::signal::LISTED;
use super::{IrregularlySampledSignal, SignalList, SpikeTrain, SpikeTrainList, Variable, Wanted};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What was recorded in one run.
///
/// Shown as a raster over traces on one time axis.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Segment {
    /// `segment000` for the first run, and so on.
    pub name: Arc<str>,
    /// One train per recorded neuron, in the order of the neurons; after
    /// [`append`](crate::append) stretch by stretch.
    pub spiketrains: SpikeTrainList,
    /// One signal per neuron and device by which an analog variable of it was recorded,
    /// the MADC's first; after [`append`](crate::append) stretch by stretch.
    pub irregularlysampledsignals: SignalList,
}

impl Segment {
    pub(crate) fn new(
        name: &str,
        spiketrains: Vec<SpikeTrain>,
        signals: Vec<IrregularlySampledSignal>,
    ) -> Segment {
        Segment {
            name: name.into(),
            spiketrains: spiketrains.into(),
            irregularlysampledsignals: signals.into(),
        }
    }
}

// Functions rather than methods: completion in a cell lists private methods too.

/// The part of it that is wanted, of these neurons.
pub(crate) fn part(segment: &Segment, wanted: &Wanted, neurons: &[usize]) -> Segment {
    let spikes = wanted.has(Variable::Spikes.name());
    let of_these = |index: usize| neurons.binary_search(&index).is_ok();
    let trains = segment.spiketrains.iter();
    let signals = segment.irregularlysampledsignals.iter();
    Segment {
        name: segment.name.clone(),
        spiketrains: trains
            .filter(|train| spikes && of_these(train.annotations().source_index))
            .cloned()
            .collect(),
        irregularlysampledsignals: signals
            .filter(|signal| wanted.has(signal.name()))
            .filter(|signal| of_these(signal.annotations().source_index))
            .cloned()
            .collect(),
    }
}

/// Begin and end of the recording, ms; nothing if nothing was recorded.
pub(crate) fn time_span(segment: &Segment) -> Option<RangeInclusive<f64>> {
    let trains = segment.spiketrains.iter();
    let signals = time_of_signals(&segment.irregularlysampledsignals);
    trains
        .map(|train| train.t_start()..=train.t_stop())
        .chain(signals)
        .reduce(both)
}

/// Begin and end of several signals, ms.
pub(crate) fn time_of_signals(signals: &[IrregularlySampledSignal]) -> Option<RangeInclusive<f64>> {
    let spans = signals.iter().map(|s| s.t_start()..=s.t_stop());
    spans.reduce(both)
}

fn both(a: RangeInclusive<f64>, b: RangeInclusive<f64>) -> RangeInclusive<f64> {
    a.start().min(*b.start())..=a.end().max(*b.end())
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        let signals = &self.irregularlysampledsignals;
        // Whoever recorded signals only wants to hear of no spikes.
        let mut separator = "";
        if !self.spiketrains.is_empty() || signals.is_empty() {
            write!(f, "{}", self.spiketrains)?;
            separator = ", ";
        }
        for signal in signals.iter().take(LISTED) {
            write!(f, "{separator}{signal}")?;
            separator = ", ";
        }
        match signals.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Segment({}: {:?}, {:?})",
            self.name, self.spiketrains, self.irregularlysampledsignals
        )
    }
}

/// What was recorded from one population: one segment per run.
///
/// Shown as its segments, each a raster over traces on one time axis.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Block {
    /// Label of the population.
    pub name: Arc<str>,
    /// What the population is.
    pub description: Arc<str>,
    /// One segment per run, the latest last.
    pub segments: Arc<[Segment]>,
}

impl Block {
    pub(crate) fn new(name: &str, description: String, segments: Vec<Segment>) -> Block {
        Block {
            name: name.into(),
            description: description.into(),
            segments: segments.into(),
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data of population '{}'", self.name)?;
        self.segments
            .iter()
            .try_for_each(|segment| write!(f, "\n{segment}"))
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Block('{}', {} segments)",
            self.name,
            self.segments.len()
        )
    }
}
