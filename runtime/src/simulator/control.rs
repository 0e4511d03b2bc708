//! Running: `run`, `append`, `execute`, `reset`, `end`, and the time.

use super::stopping::{Turn, Wish};
use super::{Network, plan, store, uninstall, with_generation, with_network};
use crate::display::{self, interrupted};
use crate::{Error, Number};
use hx_port::CellEvent;

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
/// without [`reset`]; a run while another thread runs the network ([`Error::RunUnderWay`]);
/// [`Error::Interrupted`] when the user stops the run, whose
/// data so far can then be read.
pub fn run(duration: impl Number) -> Result<(), Error> {
    run_for(duration.number())
}

fn run_for(duration: f64) -> Result<(), Error> {
    let _turn = Turn::take()?;
    let wish = Wish::new(&interrupted);
    schedule(duration, &wish)?;
    execute_until(&wish)
}

/// Schedules the present configuration for `duration` milliseconds.
///
/// Parameters, weights and recording can then be changed for the next stretch;
/// [`execute`] runs all stretches one after the other without a break.
///
/// # Errors
/// As [`run`].
pub fn append(duration: impl Number) -> Result<(), Error> {
    let _turn = Turn::take()?;
    let wish = Wish::new(&interrupted);
    schedule(duration.number(), &wish)?;
    if wish.was_granted() {
        // Of a stretch that is not whole nothing can be run.
        with_network(|network| network.scheduled.pop());
        return Err(Error::Interrupted);
    }
    Ok(())
}

fn schedule(duration: f64, wish: &Wish<'_>) -> Result<(), Error> {
    with_network(|network| {
        refuse_second_run(network)?;
        plan::schedule(network, duration, wish)
    })
}

/// Runs everything that [`append`] has scheduled.
///
/// # Errors
/// As [`run`], and when nothing was scheduled.
pub fn execute() -> Result<(), Error> {
    let _turn = Turn::take()?;
    execute_until(&Wish::new(&interrupted))
}

/// Runs what is scheduled until its end, or until somebody wishes it to stop. A wish that
/// came while the run was prepared stops it at its beginning.
fn execute_until(wish: &Wish<'_>) -> Result<(), Error> {
    let plan = with_network(|network| {
        refuse_second_run(network)?;
        plan::plan(network, wish)
    })?;
    for sentence in &plan.doubts {
        eprintln!("warning: {sentence}");
    }
    // The network is not locked while the chip runs: a panic in there, or a
    // look at the network from another thread, finds it whole.
    let observations = hx_emulator::run(&plan.experiment, &|| wish.to_stop());
    let _storing = wish.was_granted().then(Storing::begin);
    let losses = with_generation(plan.generation, &"the network that ran", |network| {
        store::store(network, plan, observations);
        Ok(network.losses)
    })?;
    for sentence in losses.sentences() {
        eprintln!("warning: {sentence}");
    }
    if wish.was_granted() {
        return Err(Error::Interrupted);
    }
    Ok(())
}

/// Tells the host that a run has stopped and that what it recorded is being stored, until
/// it is: that takes a while if it is much, and must not be taken for not stopping.
struct Storing(());

impl Storing {
    fn begin() -> Storing {
        display::send(&CellEvent::Storing { on: true });
        Storing(())
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        display::send(&CellEvent::Storing { on: false });
    }
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
/// While another thread runs the network ([`Error::RunUnderWay`]).
pub fn reset() -> Result<(), Error> {
    let _turn = Turn::take()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AllToAllConnector, Chip, Population, Projection, Setup, cells};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A busy network with everything that takes time: random sources, more spikes than
    /// the links carry, a place to be found, recordings, two stretches.
    fn build(chip: Chip) -> Result<[Population; 3], Error> {
        let calibration = crate::helpers::nightly_calibration();
        crate::setup(Setup::new().chip(chip).initial_config(calibration))?;
        let neurons = Population::new(64, cells::HXNeuron::new().leak_v_leak(900))?;
        neurons.record("spikes")?;
        neurons.view(0..1)?.record("v")?;
        let random = Population::new(32, cells::SpikeSourcePoisson::new(2e7).start(0))?;
        random.record("spikes")?;
        let given = (0..40_000).map(|spike| f64::from(spike) * 1e-6);
        let given = Population::new(1, cells::SpikeSourceArray::new(given.collect::<Vec<_>>()))?;
        given.record("spikes")?;
        for sources in [&random, &given, &neurons] {
            let synapse = crate::synapses::StaticSynapse::new(5);
            Projection::new(
                sources,
                &neurons,
                AllToAllConnector::new(),
                synapse,
                "excitatory",
            )?;
        }
        Ok([neurons, random, given])
    }

    /// Runs the network and stops it at a question; how that ended, how often it asked, and
    /// what was recorded.
    type Outcome = (Result<(), Error>, usize, Vec<Vec<f64>>);
    fn stopped_at(chip: Chip, moment: usize) -> Result<Outcome, Error> {
        let populations = build(chip)?;
        let questions = AtomicUsize::new(0);
        let ask = || questions.fetch_add(1, Ordering::Relaxed) >= moment;
        let wish = Wish::new(&ask);
        schedule(0.02, &wish)?;
        schedule(0.02, &wish)?;
        let outcome = execute_until(&wish);
        let mut recorded = Vec::new();
        for population in &populations {
            for index in 0..population.len() {
                recorded.push(population.spiketrain(index)?.times().to_vec());
            }
        }
        recorded.push(populations[0].view(0..1)?.signal("v")?.times().to_vec());
        Ok((outcome, questions.into_inner(), recorded))
    }

    #[test]
    fn a_run_that_is_stopped_at_any_moment_keeps_what_was_recorded() -> Result<(), Error> {
        let _chip = crate::simulator::the_chip();
        for chip in [Chip::nominal(), Chip::ideal()] {
            let (outcome, questions, whole) = stopped_at(chip.clone(), usize::MAX)?;
            assert_eq!((outcome, get_current_time()), (Ok(()), 0.04));
            // Drawing, sending and losing a million spikes asks as well.
            assert!(questions > 100, "{questions}");
            let mut times = Vec::new();
            // Most are asked while the run is prepared.
            let late = questions / 8 * 7;
            let moments = (0..late).step_by(questions / 8);
            for moment in moments.chain((late..questions).step_by(questions / 96)) {
                let (outcome, _, recorded) = stopped_at(chip.clone(), moment)?;
                assert_eq!(outcome, Err(Error::Interrupted), "{moment} of {questions}");
                let stopped = get_current_time();
                for (part, whole) in recorded.iter().zip(&whole) {
                    let until = |times: &[f64]| times.partition_point(|time| *time < stopped);
                    assert_eq!(part[..until(part)], whole[..until(whole)], "{moment}");
                    // A sample may be taken within the step in which it stopped.
                    assert!(part.len() <= until(part) + 1, "{moment}");
                }
                times.push(stopped);
                assert_eq!(run(0.01), Err(Error::RunWithoutReset));
                reset()?;
                run(0.001)?;
            }
            assert!(times.is_sorted() && times[0] == 0.0, "{times:?}");
            let kept = times.iter().filter(|time| **time > 0.0).count();
            assert!(kept > 3, "{times:?}");
        }
        Ok(())
    }
}
