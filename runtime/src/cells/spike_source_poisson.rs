//! Sources that send spikes at random, drawn by the host.

use super::one_for_each;
use crate::{Error, ParameterValue};
use std::fmt;

/// A source that sends spikes at random and independently of each other, at a given
/// rate on average: a Poisson process, drawn before the run and sent like a
/// [`SpikeSourceArray`](super::SpikeSourceArray).
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// # pynn::setup(pynn::Setup::new().seed(3))?;
/// // Ten sources of 100 kHz, from 0.01 to 0.51 ms: about 50 spikes of each.
/// let noise = pynn::cells::SpikeSourcePoisson::new(1e5).start(0.01).duration(0.5);
/// let src = pynn::Population::new(10, noise)?;
/// src.record("spikes")?;
/// pynn::run(1)?;
/// let counts = src.get_spike_counts()?;
/// assert!(counts.iter().all(|count| (20..90).contains(count)));
/// # Ok(())
/// # }
/// ```
///
/// Every source has a train of its own, which stays the same from run to run until one
/// of its parameters changes; then it is drawn anew. The same
/// [seed](crate::Setup::seed) and the same program give the same trains.
///
/// Like PyNN, a source sends on average int(duration · rate / 1000) spikes, so that less
/// than one is none.
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, PartialEq)]
pub struct SpikeSourcePoisson {
    rate: ParameterValue,
    start: ParameterValue,
    duration: ParameterValue,
}

/// PyNN's default: for ever.
const FOR_EVER: f64 = 1e10;

/// The parameters, with what they can be.
const PARAMETERS: [&str; 3] = ["rate", "start", "duration"];

impl SpikeSourcePoisson {
    pub(crate) const NAME: &'static str = "SpikeSourcePoisson";

    /// Sources that send so many spikes a second, Hz (at least 0; one number for all, or
    /// one for each). Mind that time is the chip's own: a run of 1 ms sees 50 spikes
    /// of a source of 50,000 Hz.
    pub fn new(rate: impl Into<ParameterValue>) -> SpikeSourcePoisson {
        SpikeSourcePoisson {
            rate: rate.into(),
            start: ParameterValue::Number(0.0),
            duration: ParameterValue::Number(FOR_EVER),
        }
    }

    /// When they begin, ms (at least 0; one number for all, or one for each). Without it
    /// they begin with the run.
    pub fn start(mut self, start: impl Into<ParameterValue>) -> SpikeSourcePoisson {
        self.start = start.into();
        self
    }

    /// For how long they send, ms (at least 0; one number for all, or one for each).
    /// Without it they send until the end of the run: the default is PyNN's 1e10, and
    /// nothing is drawn beyond the end of a run.
    pub fn duration(mut self, duration: impl Into<ParameterValue>) -> SpikeSourcePoisson {
        self.duration = duration.into();
        self
    }

    /// The names of all parameters: `rate`, `start` and `duration`.
    pub fn get_parameter_names() -> Vec<&'static str> {
        PARAMETERS.to_vec()
    }
}

/// One source as it is now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PoissonSource {
    /// Hz.
    pub rate: f64,
    /// ms.
    pub start: f64,
    /// ms.
    pub duration: f64,
    /// How often its train has been drawn anew.
    pub draws: u64,
}

/// The sources of a population, everything checked.
pub(crate) fn poisson_sources(
    cell: &SpikeSourcePoisson,
    sources: usize,
) -> Result<Vec<PoissonSource>, Error> {
    let silent = PoissonSource {
        rate: 0.0,
        start: 0.0,
        duration: 0.0,
        draws: 0,
    };
    let mut all = vec![silent; sources];
    let values = [&cell.rate, &cell.start, &cell.duration];
    for (name, value) in PARAMETERS.into_iter().zip(values) {
        for (source, value) in all.iter_mut().zip(checked(name, value, sources)?) {
            *field(source, name) = value;
        }
    }
    Ok(all)
}

/// Sets a parameter of some sources; those of which it changes are drawn anew.
pub(crate) fn set_poisson(
    sources: &mut [PoissonSource],
    these: &[usize],
    name: &str,
    value: &ParameterValue,
) -> Result<(), Error> {
    for (&index, value) in these.iter().zip(checked(name, value, these.len())?) {
        let source = &mut sources[index];
        if *field(source, name) != value {
            *field(source, name) = value;
            source.draws += 1;
        }
    }
    Ok(())
}

/// A parameter of some sources.
pub(crate) fn get_poisson(
    sources: &[PoissonSource],
    these: &[usize],
    name: &str,
) -> ParameterValue {
    let value = |&index: &usize| *field(&mut { sources[index] }, name);
    ParameterValue::from_each(these.iter().map(value).collect(), false)
}

fn field<'a>(source: &'a mut PoissonSource, name: &str) -> &'a mut f64 {
    match name {
        "rate" => &mut source.rate,
        "start" => &mut source.start,
        _ => &mut source.duration,
    }
}

fn checked(name: &str, value: &ParameterValue, sources: usize) -> Result<Vec<f64>, Error> {
    let values = one_for_each(name, value, sources)?;
    // A duration may well be endless.
    let largest = if name == "duration" {
        f64::INFINITY
    } else {
        f64::MAX
    };
    match values
        .iter()
        .find(|value| !(0.0..=largest).contains(*value))
    {
        None => Ok(values),
        Some(&value) => Err(Error::NumberOutOfRange {
            parameter: name.into(),
            value,
            range: match name {
                "rate" => "a rate in Hz, at least 0 and finite",
                "start" => "a time in ms, at least 0 and finite",
                _ => "a time in ms, at least 0",
            },
        }),
    }
}

impl fmt::Debug for SpikeSourcePoisson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SpikeSourcePoisson(rate={}, start={}, duration={})",
            self.rate, self.start, self.duration
        )
    }
}
