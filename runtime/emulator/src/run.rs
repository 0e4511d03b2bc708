//! The run: from an experiment to what the readout saw.

use crate::chip::Silicon;
use crate::{Experiment, Observation, ideal, silicon};

/// Runs an experiment; one observation per snippet.
///
/// `interrupted` is asked every few milliseconds of wall time; once it says yes
/// the run stops and what was seen so far is given back: the snippet it was in
/// is the last one, and ends early.
pub fn run(experiment: &Experiment, interrupted: &(dyn Fn() -> bool + Sync)) -> Vec<Observation> {
    match experiment.chip.silicon {
        Silicon::Ideal => ideal::run(experiment, interrupted),
        Silicon::Nominal => silicon::run(experiment, interrupted),
    }
}
