//! The snippets of an experiment, one after the other: what every engine does with them.

use crate::background;
use crate::experiment::{Experiment, Observation, Snippet};
use crate::readout::{empty_observation, length, stamp};

/// Runs the snippets of an experiment one after the other with `run`, which is
/// given the time a snippet begins at, µs, and says whether it came to its end.
/// What can be known without it is put in here: when samples were taken, and what
/// the background generators sent.
pub(crate) fn each_snippet(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
    mut run: impl FnMut(&Snippet, f64) -> (Observation, bool),
) -> Vec<Observation> {
    let mut observations = Vec::with_capacity(experiment.snippets.len());
    let mut begin = 0.0;
    for snippet in &experiment.snippets {
        let (mut observation, finished) = if interrupted() {
            let nothing = empty_observation(snippet, experiment.neuron_count(), begin);
            (nothing, false)
        } else {
            run(snippet, begin)
        };
        // An event that goes past a membrane is noted when it arrives, maybe before a
        // spike of that membrane a step earlier.
        for spikes in observation.spikes.iter_mut().filter(|it| !it.is_sorted()) {
            spikes.sort_by(f64::total_cmp);
        }
        stamp(&mut observation, snippet, begin);
        observation.generated = background::record(snippet, begin, observation.end);
        observations.push(observation);
        if !finished {
            break;
        }
        begin += length(snippet);
    }
    observations
}
