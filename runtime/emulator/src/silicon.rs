//! Running an experiment on the real design: the neurons anything happens to are
//! lanes of flat arrays (`lanes`), which go through time together, step by step;
//! one that has something special to do in a step goes through it alone
//! (`passage`), and so does, for show, one that is recorded. A step is shorter
//! than the way from neuron to neuron, so no neuron hears another within one.
//!
//! All numbers of the lanes are `f32`: a potential of 500 LSB is then known to
//! 3e-5 LSB, where 0.5 matter. `benches/speed.rs` says what it costs.

#[cfg(test)]
mod accuracy;
mod approximation;
mod block;
mod course;
mod lanes;
mod noise;
mod passage;
mod rich;
mod rows;
mod show;
mod vector;

use course::Course;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::neuron::{Neuron, Phase, State};
use crate::readout::{self, Sample, SampleClock};
use crate::run::each_snippet;
use crate::wiring::{Wiring, external_spikes};
use crate::{Experiment, Observation, Origin, Snippet, Trace, Transfer};

/// Longest step of the lanes, µs; `accuracy` holds it against a tenth of it.
const STEP: f64 = 0.15;
/// Steps of a passage, in one of the lanes, of a neuron that is too fast for them.
const STEPS_OF_A_FAST_ONE: f64 = 3.0;
/// Blocks and passages after which the caller is asked whether to go on; some
/// milliseconds.
const WORK_BETWEEN_QUESTIONS: usize = 40_000;
/// Weight units of a synaptic line below which nothing of it is left to see.
const SILENT_LINE: f64 = 1e-6;

/// Runs an experiment; see [`crate::run`].
pub(crate) fn run(
    experiment: &Experiment,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Observation> {
    let mut machine = Machine::new(experiment, STEP);
    each_snippet(experiment, |snippet, begin| {
        machine.run(snippet, begin, interrupted)
    })
}

/// A spike on its way to wherever it goes.
#[derive(Debug, Clone, Copy)]
struct Event {
    time: f64,
    origin: Origin,
}

/// What has arrived: when, and from which origin, by its number in the wiring.
#[derive(Debug, Clone, Copy)]
struct Incoming {
    time: f64,
    origin: usize,
}

/// What an event is to one neuron.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    time: f64,
    excitatory: f64,
    inhibitory: f64,
}

/// What a chip is while it runs.
struct Machine<'a> {
    experiment: &'a Experiment,
    transfer: Transfer,
    clock: Clock,
    step: f64,
    /// Noise the membranes integrate, LSB per square root of a µs.
    membrane_noise: f64,
    now: f64,
    /// How many steps were made, of whatever length.
    steps: u64,
    neurons: Vec<Neuron>,
    /// State of every neuron between two stretches; within one, the phase alone.
    states: Vec<State>,
    /// What tells the noise of one neuron from that of another.
    keys: Vec<u32>,
    readout_random: Vec<Xoshiro256PlusPlus>,
    /// Spikes that have not arrived.
    in_flight: Vec<Event>,
    /// What is looked at.
    copies: Vec<show::Copy>,
}

/// What of one probe is still to be sampled, and where it goes.
struct Sampler<'a> {
    neuron: usize,
    clock: SampleClock,
    trace: &'a mut Trace,
    noise: f64,
}

impl Sampler<'_> {
    #[inline]
    fn take(&mut self, sample: &Sample, random: &mut Xoshiro256PlusPlus) {
        let noise = (self.noise > 0.0).then_some((self.noise, random));
        self.trace.times.push(self.clock.time());
        self.trace
            .values
            .push(readout::convert(sample.membrane, noise));
        self.clock.advance();
    }
}

impl<'a> Machine<'a> {
    fn new(experiment: &'a Experiment, step: f64) -> Machine<'a> {
        let chip = &experiment.chip;
        let transfer = *chip.transfer();
        let count = experiment.neuron_count();
        let configure = |index: usize| {
            let config = &experiment.snippets[0].neurons[index];
            Neuron::new(chip, experiment.position(index), config)
        };
        let neurons: Vec<Neuron> = (0..count).map(configure).collect();
        let states = neurons.iter().map(Neuron::at_rest).collect();
        let seed = |kind: u64, index: usize| {
            let seed = [chip.noise_seed, experiment.trial, kind, index as u64];
            seed.into_iter().fold(0, scramble)
        };
        let channels = experiment
            .snippets
            .iter()
            .map(|snippet| snippet.probes.len())
            .max();
        Machine {
            experiment,
            transfer,
            clock: Clock {
                frequency: (1.0 / transfer.spike_cycle).round(),
            },
            step,
            membrane_noise: if chip.noise {
                transfer.membrane_noise
            } else {
                0.0
            },
            // The comparators are on before the experiment begins.
            now: -transfer.comparator_lead.max(0.0),
            steps: 0,
            neurons,
            states,
            keys: (0..count)
                .map(|index| (seed(0, index) >> 32) as u32)
                .collect(),
            readout_random: (0..channels.unwrap_or(0))
                .map(|index| Xoshiro256PlusPlus::seed_from_u64(seed(1, index)))
                .collect(),
            in_flight: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// Runs one snippet that begins at `begin`; says whether it came to its end.
    fn run(
        &mut self,
        snippet: &Snippet,
        begin: f64,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> (Observation, bool) {
        let end = begin + readout::length(snippet);
        let count = self.neurons.len();
        for (index, neuron) in self.neurons.iter_mut().enumerate() {
            if let Some(config) = snippet.neurons.get(index) {
                let position = self.experiment.position(index);
                *neuron = Neuron::new(&self.experiment.chip, position, config);
            }
        }
        let wiring = Wiring::new(snippet, count);
        let external = external_spikes(snippet, &wiring, begin, end);
        let mut observation = readout::empty_observation(snippet, count, end);
        let noise = if self.experiment.chip.noise {
            self.transfer.readout_noise
        } else {
            0.0
        };
        let channels = snippet.probes.len();
        let samplers = observation
            .traces
            .iter_mut()
            .zip(&snippet.probes)
            .enumerate()
            .map(|(channel, (trace, probe))| Sampler {
                neuron: probe.neuron,
                clock: SampleClock::new(channel, channels, begin),
                trace,
                noise,
            })
            .collect();
        let mut course = Course {
            external: external.into_iter().peekable(),
            samplers,
            spikes: &mut observation.spikes,
            work: WORK_BETWEEN_QUESTIONS,
            wiring: &wiring,
            interrupted,
        };
        // A spike before time 0 belongs to no snippet: the lead is a stretch of its own.
        let mut finished = true;
        if self.now < 0.0 && end > begin {
            finished = self.stretch(0.0, &mut course);
        }
        if finished && self.now < end {
            finished = self.stretch(end, &mut course);
        }
        // What was sent but has not arrived does so in the next snippet.
        let latency = self.transfer.input_latency;
        let late = course.external.map(|(time, source)| Event {
            time: self.clock.latched(time) + latency,
            origin: Origin::External(source),
        });
        self.in_flight.extend(late);
        if !finished {
            observation.end = self.now.max(begin);
        }
        (observation, finished)
    }
}

/// Whether nothing can happen to a neuron before something arrives: it is at
/// rest, well below its threshold, with silent lines.
fn is_asleep(neuron: &Neuron, state: &mut State, membrane_noise: f64) -> bool {
    let spread = neuron.noise_spread(membrane_noise);
    let (rest, adaptation) = neuron.rest;
    let asleep = state.phase == Phase::Free
        && state.excitatory < SILENT_LINE
        && state.inhibitory < SILENT_LINE
        && neuron.exponential.is_none()
        && (state.adaptation - adaptation).abs() < 0.01
        && (state.v - rest).abs() < 0.01 + 4.0 * spread
        && rest + 8.0 * spread + 1.0 < neuron.threshold;
    if asleep {
        state.excitatory = 0.0;
        state.inhibitory = 0.0;
    }
    asleep
}

/// The clock spikes are stamped with.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Cycles per µs: a whole number, unlike the cycle in µs, so that stamps
    /// are as exact as they can be.
    frequency: f64,
}

impl Clock {
    /// The time a spike sent at `time` is stamped with: whole cycles, cut off.
    /// The small addition keeps a time that is a whole cycle from falling short.
    fn latched(self, time: f64) -> f64 {
        (time * self.frequency + 1e-6).floor() / self.frequency
    }

    /// The first cycle not before `time`.
    fn next_cycle(self, time: f64) -> f64 {
        (time * self.frequency - 1e-6).ceil() / self.frequency
    }
}

/// Folds a number into a seed so that neighbours end far apart (SplitMix64).
fn scramble(seed: u64, number: u64) -> u64 {
    let mut z = seed
        .wrapping_add(number)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
