//! Signals of the ADC.

use super::Annotations;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A recorded analog signal: samples and the times they were taken at.
///
/// Shown as its trace. `plt::plot(mem_v.times(), mem_v.values())` draws it.
#[derive(Clone, PartialEq)]
pub struct IrregularlySampledSignal(Arc<Inner>);

#[derive(PartialEq)]
struct Inner {
    name: &'static str,
    times: Vec<f64>,
    values: Vec<f64>,
    t_start: f64,
    t_stop: f64,
    annotations: Annotations,
}

impl IrregularlySampledSignal {
    pub(crate) fn new(
        name: &'static str,
        times: Vec<f64>,
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
            all(IrregularlySampledSignal::times),
            all(IrregularlySampledSignal::values),
            first.t_start(),
            last.t_stop(),
            first.annotations().clone(),
        ))
    }

    /// The variable: `"v"` for the membrane potential.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// When the samples were taken, ms, ascending.
    pub fn times(&self) -> &[f64] {
        &self.0.times
    }

    /// The samples, ADC LSB (0 to 1023, whole except on the ideal chip); as many as [`times`](Self::times).
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

    /// Unit of the values: `"LSB"`.
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

    /// Which neuron it is.
    pub fn annotations(&self) -> &Annotations {
        &self.0.annotations
    }
}

impl fmt::Display for IrregularlySampledSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = &self.0.annotations;
        write!(
            f,
            "'{}' of neuron {} of '{}', {} samples from {} to {} ms",
            self.name(),
            from.source_index,
            from.source_population,
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
        self.iter().try_for_each(|signal| write!(f, "\n{signal}"))
    }
}

impl fmt::Debug for SignalList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::error::counted(self.len(), "signal"))
    }
}
