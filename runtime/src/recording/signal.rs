//! Signals of the ADCs.

use super::{Annotations, Device};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// More signals than this are not listed one by one.
pub(super) const LISTED: usize = 10;

/// A recorded analog signal: samples and the times they were taken at.
///
/// Shown as its trace. `plt::plot(mem_v.times(), mem_v.values())` draws it.
#[derive(Clone, PartialEq)]
pub struct IrregularlySampledSignal(Arc<Inner>);

#[derive(PartialEq)]
struct Inner {
    name: &'static str,
    /// Shared by all signals that were sampled at the same times.
    times: Arc<Vec<f64>>,
    values: Vec<f64>,
    t_start: f64,
    t_stop: f64,
    annotations: Annotations,
}

impl IrregularlySampledSignal {
    pub(crate) fn new(
        name: &'static str,
        times: Arc<Vec<f64>>,
        values: Vec<f64>,
        t_start: f64,
        t_stop: f64,
        annotations: Annotations,
    ) -> Self {
        IrregularlySampledSignal(Arc::new(Inner {
            name,
            times,
            values,
            t_start,
            t_stop,
            annotations,
        }))
    }

    /// Signals of consecutive stretches as one.
    pub(crate) fn joined(signals: &[&IrregularlySampledSignal]) -> Option<Self> {
        let (first, last) = (signals.first()?, signals.last()?);
        if signals.len() == 1 {
            return Some((*first).clone());
        }
        let all = |part: fn(&IrregularlySampledSignal) -> &[f64]| {
            signals
                .iter()
                .flat_map(|signal| part(signal))
                .copied()
                .collect()
        };
        Some(IrregularlySampledSignal::new(
            first.name(),
            Arc::new(all(IrregularlySampledSignal::times)),
            all(IrregularlySampledSignal::values),
            first.t_start(),
            last.t_stop(),
            first.annotations().clone(),
        ))
    }

    /// The variable: `"v"` (the membrane potential), `"exc_synin"` or `"inh_synin"` (the
    /// voltages of the two synaptic lines, which events pull down) or `"adaptation"`.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// When the samples were taken, ms, ascending.
    pub fn times(&self) -> &[f64] {
        &self.0.times
    }

    /// The samples, LSB of the [`Device`] in the
    /// [annotations](Self::annotations): 0 to 1023 of the MADC, 0 to 255 of the CADC, whole
    /// except on the ideal chip; as many as [`times`](Self::times).
    pub fn values(&self) -> &[f64] {
        &self.0.values
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.0.values.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// Unit of the values: `"LSB"`, of the device that took them.
    pub fn units(&self) -> &'static str {
        "LSB"
    }

    /// Begin of the recording, ms.
    pub fn t_start(&self) -> f64 {
        self.0.t_start
    }

    /// End of the recording, ms.
    pub fn t_stop(&self) -> f64 {
        self.0.t_stop
    }

    /// Which neuron it is, and what digitised it.
    pub fn annotations(&self) -> &Annotations {
        &self.0.annotations
    }
}

// A function rather than a method: completion in a cell lists private methods too.

/// The times, which several signals may share.
pub(crate) fn signal_times(signal: &IrregularlySampledSignal) -> &Arc<Vec<f64>> {
    &signal.0.times
}

impl fmt::Display for IrregularlySampledSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = &self.0.annotations;
        write!(
            f,
            "'{}' of neuron {} of '{}'{}, {} samples from {} to {} ms",
            self.name(),
            from.source_index,
            from.source_population,
            match from.device {
                Some(Device::Cadc) => " by the CADC",
                _ => "",
            },
            self.len(),
            self.t_start(),
            self.t_stop()
        )?;
        if self.is_empty() {
            return Ok(());
        }
        let least = self.values().iter().copied().fold(f64::INFINITY, f64::min);
        let most = self
            .values()
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        write!(f, " between {least:.0} and {most:.0} LSB")
    }
}

impl fmt::Debug for IrregularlySampledSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IrregularlySampledSignal({self})")
    }
}

/// Several signals; can be used like a slice of them, and is shown as their traces.
#[derive(Clone, PartialEq)]
pub struct SignalList(Arc<[IrregularlySampledSignal]>);

impl From<Vec<IrregularlySampledSignal>> for SignalList {
    fn from(signals: Vec<IrregularlySampledSignal>) -> SignalList {
        SignalList(signals.into())
    }
}

impl FromIterator<IrregularlySampledSignal> for SignalList {
    fn from_iter<I: IntoIterator<Item = IrregularlySampledSignal>>(signals: I) -> SignalList {
        SignalList(signals.into_iter().collect())
    }
}

impl Deref for SignalList {
    type Target = [IrregularlySampledSignal];
    fn deref(&self) -> &[IrregularlySampledSignal] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a SignalList {
    type Item = &'a IrregularlySampledSignal;
    type IntoIter = std::slice::Iter<'a, IrregularlySampledSignal>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SignalList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)?;
        self.iter()
            .take(LISTED)
            .try_for_each(|signal| write!(f, "\n{signal}"))?;
        match self.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl fmt::Debug for SignalList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::error::counted(self.len(), "signal"))
    }
}
