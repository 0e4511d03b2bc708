//! The run: from an experiment to what the readout saw.

use crate::{Experiment, Observation};

/// Runs an experiment; one observation per snippet.
///
/// `interrupted` is asked now and then; once it says yes the run stops and what
/// was seen so far is given back.
pub fn run(_experiment: &Experiment, _interrupted: &(dyn Fn() -> bool + Sync)) -> Vec<Observation> {
    unimplemented!("skeleton")
}
