//! The readout: when and how analog quantities become numbers, and what a run gives back.
//!
//! An engine makes [`Samplers`] of a snippet's probes, asks them when a sample of a
//! neuron is due and gives them a [`Sample`] of it. Sample times follow from the clock
//! and are put in afterwards, by [`stamp`].

pub(crate) mod clock;
mod conversion;
pub(crate) mod sample;
pub(crate) mod samplers;

use std::sync::Arc;

use clock::SampleClock;

use crate::experiment::{Observation, Snippet, Trace};

/// An observation of a snippet in which nothing was seen yet.
pub(crate) fn empty_observation(snippet: &Snippet, neurons: usize, end: f64) -> Observation {
    Observation {
        spikes: vec![Vec::new(); neurons],
        generated: Vec::new(),
        traces: snippet
            .probes
            .iter()
            .map(|&probe| Trace {
                probe,
                times: Arc::default(),
                values: Vec::new(),
            })
            .collect(),
        end,
    }
}

/// Puts in the times at which the samples of a snippet that began at `begin` were
/// taken. Traces with the same times share them.
pub(crate) fn stamp(observation: &mut Observation, snippet: &Snippet, begin: f64) {
    let mut known: Vec<(SampleClock, Arc<Vec<f64>>)> = Vec::new();
    let clocks = SampleClock::of_all(&snippet.probes, begin);
    for (trace, clock) in observation.traces.iter_mut().zip(clocks) {
        let count = trace.values.len();
        // Of a run that was stopped much less came than there was room for.
        trace.values.shrink_to_fit();
        let same = known
            .iter()
            .find(|(other, times)| *other == clock && times.len() == count);
        trace.times = match same {
            Some((_, times)) => times.clone(),
            None => {
                let times: Arc<Vec<f64>> = Arc::new(clock.times(count).collect());
                known.push((clock, times.clone()));
                times
            }
        };
    }
}

/// Length of a snippet as far as it can be run, µs.
pub(crate) fn length(snippet: &Snippet) -> f64 {
    if snippet.duration.is_finite() && snippet.duration > 0.0 {
        snippet.duration
    } else {
        0.0
    }
}
