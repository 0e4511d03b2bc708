//! Running: `run`, `append`, `execute`, `reset`, `end`, and the time.

use super::{Network, plan, store, uninstall, with_generation, with_network};
use crate::{Error, Number};
use std::sync::atomic::{AtomicBool, Ordering};

/// Mean distance of two samples of the membrane ADC, ms.
const SAMPLE_DISTANCE: f64 = 3.4e-5;

/// Runs the network for `duration` milliseconds of hardware time.
///
/// Spikes that are more than the links to and from the chip carry (125 in a microsecond
/// for long, estimate) are lost, as there: a warning on stderr says how many, and so does
/// [`usage`](crate::usage()). So it does of a population that is connected but whose synaptic
/// inputs are off, as without a calibration they are.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// pynn::setup(pynn::Setup::new())?;
/// let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;
/// pop.record("spikes")?;
/// pynn::run(0.1)?;
/// assert_eq!(pynn::get_current_time(), 0.1);
/// assert_eq!(pop.spiketrain(0)?.len(), 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A duration that is not positive and finite, or too long; a network the chip has no
/// room for, which [`usage`](crate::usage()) finds out without a run; recordings that would not
/// fit into memory ([`Error::RecordingTooLarge`]); a second run
/// without [`reset`]; [`Error::Interrupted`] when the user stops the run, whose
/// data so far can then be read.
pub fn run(duration: impl Number) -> Result<(), Error> {
    run_for(duration.number())
}

fn run_for(duration: f64) -> Result<(), Error> {
    schedule(duration)?;
    execute()
}

/// Schedules the present configuration for `duration` milliseconds.
///
/// Parameters, weights and recording can then be changed for the next stretch;
/// [`execute`] runs all stretches one after the other without a break.
///
/// # Errors
/// As [`run`].
pub fn append(duration: impl Number) -> Result<(), Error> {
    schedule(duration.number())
}

fn schedule(duration: f64) -> Result<(), Error> {
    with_network(|network| {
        refuse_second_run(network)?;
        plan::schedule(network, duration)
    })
}

/// Runs everything that [`append`] has scheduled.
///
/// # Errors
/// As [`run`], and when nothing was scheduled.
pub fn execute() -> Result<(), Error> {
    let plan = with_network(|network| {
        refuse_second_run(network)?;
        plan::plan(network)
    })?;
    for sentence in &plan.doubts {
        eprintln!("warning: {sentence}");
    }
    // The network is not locked while the chip runs: a panic in there, or a
    // look at the network from another thread, finds it whole.
    let stopped = AtomicBool::new(false);
    let asked = || {
        let stop = crate::display::interrupted();
        if stop {
            stopped.store(true, Ordering::Relaxed);
        }
        stop
    };
    let observations = hx_emulator::run(&plan.experiment, &asked);
    let losses = with_generation(plan.generation, &"the network that ran", |network| {
        store::store(network, plan, observations);
        Ok(network.losses)
    })?;
    for sentence in losses.sentences() {
        eprintln!("warning: {sentence}");
    }
    if stopped.into_inner() {
        return Err(Error::Interrupted);
    }
    Ok(())
}

fn refuse_second_run(network: &Network) -> Result<(), Error> {
    if network.has_run {
        return Err(Error::RunWithoutReset);
    }
    Ok(())
}

/// Goes back to time 0: what was recorded becomes a finished segment, and the
/// network can run again. Parameters, weights and recording stay as they are;
/// what is scheduled but not executed is dropped.
///
/// # Errors
/// None today; `Result` because a notebook should not forget what may come to fail.
pub fn reset() -> Result<(), Error> {
    with_network(|network| {
        network.scheduled.clear();
        if network.has_run {
            for population in &mut network.populations {
                population.finished.extend(population.current.take());
            }
            network.segments += 1;
        }
        network.has_run = false;
        network.time = 0.0;
    });
    Ok(())
}

/// Takes the network off the chip. Data already fetched stay valid.
///
/// # Errors
/// None today; see [`reset`].
pub fn end() -> Result<(), Error> {
    uninstall();
    Ok(())
}

/// Time that has been run since the last reset, in milliseconds.
pub fn get_current_time() -> f64 {
    with_network(|network| network.time)
}

/// Mean distance of two samples of the membrane potential, in milliseconds. The
/// chip is analog: there is no grid of time steps.
pub fn get_time_step() -> f64 {
    SAMPLE_DISTANCE
}
