//! The run: from an experiment to what the readout saw.

use crate::chip::Silicon;
use crate::experiment::{Experiment, Observation};
use crate::{ideal, silicon};

/// Runs an experiment; one observation per snippet.
///
/// `interrupted` is asked before each snippet and every few milliseconds of work; once it
/// says yes the run stops and what was seen so far is given back: the snippet it was in
/// is the last one, and ends early.
pub fn run(experiment: &Experiment, interrupted: &(dyn Fn() -> bool + Sync)) -> Vec<Observation> {
    match experiment.chip.silicon {
        Silicon::Ideal => ideal::run(experiment, interrupted),
        Silicon::Nominal | Silicon::Fabricated(_) => silicon::run(experiment, interrupted),
    }
}
