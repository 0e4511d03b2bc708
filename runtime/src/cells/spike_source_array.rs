//! Sources that send spikes at times known beforehand.

use crate::{Error, ParameterValue};
use std::fmt;

/// A source that sends spikes at given times, in milliseconds.
///
/// ```
/// use pynn::cells::SpikeSourceArray;
/// let same_for_all = SpikeSourceArray::new([0.01, 0.03, 0.05]);
/// let one_each = SpikeSourceArray::new(vec![vec![0.01], vec![0.02, 0.04]]);
/// ```
///
/// Times need not be sorted. The chip sends a spike at the clock cycle of 8 ns in
/// which its time lies (the ideal chip at the time itself); what is due after the end of a run is not sent.
/// Negative and non-finite times are refused where the cell is used.
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, PartialEq)]
pub struct SpikeSourceArray {
    spike_times: ParameterValue,
}

impl SpikeSourceArray {
    pub(crate) const NAME: &'static str = "SpikeSourceArray";

    /// Sources with one train for all (an array or `Vec` of times), or one train
    /// for each (a `Vec` of trains).
    pub fn new(spike_times: impl Into<ParameterValue>) -> SpikeSourceArray {
        SpikeSourceArray {
            spike_times: spike_times.into(),
        }
    }

    /// The names of all parameters: `spike_times`.
    pub fn get_parameter_names() -> Vec<&'static str> {
        vec!["spike_times"]
    }
}

/// What the source was given as spike times.
pub(crate) fn spike_times(cell: &SpikeSourceArray) -> &ParameterValue {
    &cell.spike_times
}

impl fmt::Debug for SpikeSourceArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.spike_times {
            ParameterValue::Rows(trains) => {
                write!(f, "SpikeSourceArray({} trains)", trains.len())
            }
            one => write!(f, "SpikeSourceArray({} spikes)", one.len()),
        }
    }
}

/// Most spikes of one population: 160 MB, and a run holds each a few times over.
pub(crate) const MOST_SPIKES: usize = 20_000_000;

/// The train of each of `sources` sources, sorted and checked, in milliseconds.
pub(crate) fn trains(value: &ParameterValue, sources: usize) -> Result<Vec<Vec<f64>>, Error> {
    let spikes = match value {
        ParameterValue::Rows(_) => value.len(),
        one_for_all => one_for_all.len().saturating_mul(sources),
    };
    if spikes > MOST_SPIKES {
        return Err(Error::TooManySpikes {
            spikes,
            most: MOST_SPIKES,
        });
    }
    let mut trains = match value {
        ParameterValue::Rows(trains) => trains.clone(),
        one_for_all => vec![one_for_all.numbers(); sources],
    };
    if trains.len() != sources {
        return Err(Error::WrongNumberOfValues {
            parameter: "spike_times".into(),
            values: trains.len(),
            cells: sources,
        });
    }
    for train in &mut trains {
        if let Some(&time) = train
            .iter()
            .find(|time| !(time.is_finite() && **time >= 0.0))
        {
            return Err(Error::SpikeTimeInvalid { time });
        }
        train.sort_by(f64::total_cmp);
    }
    Ok(trains)
}
