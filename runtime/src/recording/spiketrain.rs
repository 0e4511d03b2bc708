//! Spike trains.

use super::{Annotations, numpy};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The spike times of one neuron, in milliseconds, ascending.
///
/// Prints as PyNN prints it (`[0.0561 0.0953] ms`), is shown as a raster, and can
/// be used like a slice of its times.
///
/// ```
/// # use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// # pynn::setup(pynn::Setup::new())?;
/// let source = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([0.02, 0.01]))?;
/// source.record("spikes")?;
/// pynn::run(0.1)?;
/// let spiketrain = source.spiketrain(0)?;
/// assert_eq!(format!("{spiketrain}"), "[0.01 0.02] ms");
/// for t in &spiketrain {
///     assert!(t < spiketrain.t_stop());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct SpikeTrain(Arc<Inner>);

#[derive(PartialEq)]
struct Inner {
    times: Vec<f64>,
    t_start: f64,
    t_stop: f64,
    annotations: Annotations,
}

impl SpikeTrain {
    pub(crate) fn new(
        times: Vec<f64>,
        t_start: f64,
        t_stop: f64,
        annotations: Annotations,
    ) -> Self {
        SpikeTrain(Arc::new(Inner {
            times,
            t_start,
            t_stop,
            annotations,
        }))
    }

    /// Trains of consecutive stretches as one.
    pub(crate) fn joined(trains: &[&SpikeTrain]) -> Option<SpikeTrain> {
        let (first, last) = (trains.first()?, trains.last()?);
        if trains.len() == 1 {
            return Some((*first).clone());
        }
        let times = trains.iter().flat_map(|train| train.times()).copied();
        let annotations = first.annotations().clone();
        Some(SpikeTrain::new(
            times.collect(),
            first.t_start(),
            last.t_stop(),
            annotations,
        ))
    }

    /// The spike times, ms, ascending.
    pub fn times(&self) -> &[f64] {
        &self.0.times
    }

    /// How many spikes there are.
    pub fn len(&self) -> usize {
        self.0.times.len()
    }

    /// Whether there is no spike.
    pub fn is_empty(&self) -> bool {
        self.0.times.is_empty()
    }

    /// Unit of the times: `"ms"`.
    pub fn units(&self) -> &'static str {
        "ms"
    }

    /// Begin of the recording, ms.
    pub fn t_start(&self) -> f64 {
        self.0.t_start
    }

    /// End of the recording, ms.
    pub fn t_stop(&self) -> f64 {
        self.0.t_stop
    }

    /// Which neuron it is.
    pub fn annotations(&self) -> &Annotations {
        &self.0.annotations
    }
}

impl Deref for SpikeTrain {
    type Target = [f64];
    fn deref(&self) -> &[f64] {
        self.times()
    }
}

impl AsRef<[f64]> for SpikeTrain {
    fn as_ref(&self) -> &[f64] {
        self.times()
    }
}

impl<'a> IntoIterator for &'a SpikeTrain {
    type Item = f64;
    type IntoIter = std::iter::Copied<std::slice::Iter<'a, f64>>;
    fn into_iter(self) -> Self::IntoIter {
        self.times().iter().copied()
    }
}

impl fmt::Display for SpikeTrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", numpy::array(self.times()))
    }
}

impl fmt::Debug for SpikeTrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.annotations();
        write!(
            f,
            "SpikeTrain({} of neuron {} of '{}')",
            crate::error::counted(self.len(), "spike"),
            from.source_index,
            from.source_population
        )
    }
}

/// Several spike trains; can be used like a slice of them, and is shown as a raster.
#[derive(Clone, PartialEq)]
pub struct SpikeTrainList(Arc<[SpikeTrain]>);

impl From<Vec<SpikeTrain>> for SpikeTrainList {
    fn from(trains: Vec<SpikeTrain>) -> SpikeTrainList {
        SpikeTrainList(trains.into())
    }
}

impl FromIterator<SpikeTrain> for SpikeTrainList {
    fn from_iter<I: IntoIterator<Item = SpikeTrain>>(trains: I) -> SpikeTrainList {
        SpikeTrainList(trains.into_iter().collect())
    }
}

impl Deref for SpikeTrainList {
    type Target = [SpikeTrain];
    fn deref(&self) -> &[SpikeTrain] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a SpikeTrainList {
    type Item = &'a SpikeTrain;
    type IntoIter = std::slice::Iter<'a, SpikeTrain>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SpikeTrainList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spikes: usize = self.iter().map(SpikeTrain::len).sum();
        write!(
            f,
            "{} with {}",
            crate::error::counted(self.len(), "spike train"),
            crate::error::counted(spikes, "spike")
        )
    }
}

impl fmt::Debug for SpikeTrainList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
