//! The one network on the one chip of this process, as in PyNN.
//!
//! Handles in variables (populations, projections) refer into the network by
//! number. They know its generation too, so that a handle that outlives its
//! network is told so instead of reaching into the next one.

mod calibrate;
mod control;
mod deaf;
mod links;
mod memory;
mod network;
mod placing;
mod plan;
mod poisson;
mod resources;
mod stopping;
mod store;

pub(crate) use calibrate::{calibrate, check_shared};
pub use control::{append, end, execute, get_current_time, get_time_step, reset, run};
pub(crate) use network::{Network, Origins, PopulationState, ProjectionState, Recorded};
pub(crate) use placing::placement;
pub(crate) use resources::{check_analog, check_fan_in, check_madc, check_room, synapses};
pub(crate) use stopping::forget_lost_run;

use crate::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Simulator {
    /// How many networks there have been.
    generations: u64,
    network: Option<Network>,
}

static SIMULATOR: Mutex<Simulator> = Mutex::new(Simulator {
    generations: 0,
    network: None,
});

fn lock() -> MutexGuard<'static, Simulator> {
    // A panic while the lock was held must not end the session; every change
    // checks first and changes then, so what is there is whole.
    SIMULATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a new, empty network on the chip; the old one is gone.
pub(crate) fn install(make: impl FnOnce(u64) -> Network) {
    let mut simulator = lock();
    simulator.generations += 1;
    simulator.network = Some(make(simulator.generations));
}

/// Takes the network off the chip.
pub(crate) fn uninstall() {
    lock().network = None;
}

/// Works on the network; sets up the default chip if there is none.
pub(crate) fn with_network<R>(work: impl FnOnce(&mut Network) -> R) -> R {
    let mut simulator = lock();
    if simulator.network.is_none() {
        simulator.generations += 1;
        let generation = simulator.generations;
        simulator.network = Some(crate::setup::default_network(generation));
    }
    let network = simulator.network.as_mut().expect("set up right above");
    work(network)
}

/// Works on the network of a handle, if that is the one on the chip.
pub(crate) fn with_generation<R>(
    generation: u64,
    handle: &dyn std::fmt::Display,
    work: impl FnOnce(&mut Network) -> Result<R, Error>,
) -> Result<R, Error> {
    match &mut lock().network {
        Some(network) if network.generation == generation => work(network),
        _ => Err(Error::NetworkGone {
            what: handle.to_string(),
        }),
    }
}

/// There is one chip per process, and tests run side by side.
#[cfg(test)]
fn the_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}
