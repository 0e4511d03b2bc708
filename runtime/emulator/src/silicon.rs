//! Running an experiment on the real design: time windows short enough that no
//! neuron hears another within one, so each neuron goes through a window alone.

#[cfg(test)]
mod accuracy;
mod passage;

use passage::{Passage, Stretch};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::neuron::{Neuron, Phase, State};
use crate::readout::{self, SampleClock};
use crate::run::each_snippet;
use crate::wiring::{Contact, Wiring, external_spikes};
use crate::{Experiment, Observation, Snippet, Trace, Transfer};

/// Longest step of the membrane, µs; `accuracy` holds it against a tenth of it.
const STEP: f64 = 0.05;
/// Steps after which the caller is asked whether to go on; some milliseconds.
const STEPS_BETWEEN_QUESTIONS: usize = 40_000;
/// Longest window, µs: bounds the events that wait in the inboxes.
const LONGEST_WINDOW: f64 = 1000.0;
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

/// A spike's effect on its way to one neuron.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    time: f64,
    contact: Contact,
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
    neurons: Vec<Neuron>,
    states: Vec<State>,
    membrane_random: Vec<Xoshiro256PlusPlus>,
    readout_random: Vec<Xoshiro256PlusPlus>,
    /// Effects that arrive in a later window.
    in_flight: Vec<Arrival>,
    /// Effects that arrive in the current window, per neuron.
    inboxes: Vec<Vec<Arrival>>,
}

/// What of one probe is still to be sampled, and where it goes.
struct Sampler<'a> {
    clock: SampleClock,
    trace: &'a mut Trace,
    noise: f64,
}

impl Sampler<'_> {
    #[inline]
    fn take(&mut self, potential: f64, random: &mut Xoshiro256PlusPlus) {
        let noise = (self.noise > 0.0).then_some((self.noise, random));
        self.trace.times.push(self.clock.time());
        self.trace.values.push(readout::convert(potential, noise));
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
        let states = neurons
            .iter()
            .map(|neuron| State {
                v: neuron.rest,
                excitatory: 0.0,
                inhibitory: 0.0,
                phase: Phase::Free,
            })
            .collect();
        let random = |kind: u64, index: usize| {
            let seed = [chip.noise_seed, experiment.trial, kind, index as u64];
            Xoshiro256PlusPlus::seed_from_u64(seed.into_iter().fold(0, scramble))
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
            neurons,
            states,
            membrane_random: (0..count).map(|index| random(0, index)).collect(),
            readout_random: (0..channels.unwrap_or(0))
                .map(|index| random(1, index))
                .collect(),
            in_flight: Vec::new(),
            inboxes: vec![Vec::new(); count],
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
        let mut external = external.iter().peekable();
        let window = self.window(&wiring);

        let mut observation = readout::empty_observation(snippet, count, end);
        let noise = if self.experiment.chip.noise {
            self.transfer.readout_noise
        } else {
            0.0
        };
        let channels = snippet.probes.len();
        let mut samplers: Vec<Sampler> = observation
            .traces
            .iter_mut()
            .enumerate()
            .map(|(channel, trace)| Sampler {
                clock: SampleClock::new(channel, channels, begin),
                trace,
                noise,
            })
            .collect();

        let mut fired = Vec::new();
        let mut steps = STEPS_BETWEEN_QUESTIONS;
        while self.now < end {
            if steps >= STEPS_BETWEEN_QUESTIONS {
                if interrupted() {
                    observation.end = self.now.max(begin);
                    return (observation, false);
                }
                steps = 0;
            }
            let from = self.now;
            // A spike before time 0 belongs to no snippet: the lead is a window of its own.
            let to = (from + window).min(if from < 0.0 { 0.0 } else { end });
            while let Some(&(time, source)) = external.peek() {
                let time = self.clock.latched(*time) + self.transfer.input_latency;
                if time >= to {
                    break;
                }
                for &contact in wiring.of_external(*source) {
                    self.inboxes[contact.target].push(Arrival { time, contact });
                }
                external.next();
            }
            let inboxes = &mut self.inboxes;
            self.in_flight.retain(|arrival| {
                let due = arrival.time < to;
                if due {
                    inboxes[arrival.contact.target].push(*arrival);
                }
                !due
            });
            // To find a neuron asleep takes about a sixteenth of a step.
            steps += 1 + count / 16;
            for index in 0..count {
                fired.clear();
                steps += self.advance(index, from, to, &mut samplers, snippet, &mut fired);
                if from >= 0.0 {
                    observation.spikes[index].extend_from_slice(&fired);
                }
                for &spike in &fired {
                    let time = spike + self.transfer.internal_latency;
                    let arrivals = wiring.of_neuron(index).iter();
                    self.in_flight
                        .extend(arrivals.map(|&contact| Arrival { time, contact }));
                }
            }
            self.now = to;
        }
        // What was sent but has not arrived does so in the next snippet.
        for &(time, source) in external {
            let time = self.clock.latched(time) + self.transfer.input_latency;
            let arrivals = wiring.of_external(source).iter();
            self.in_flight
                .extend(arrivals.map(|&contact| Arrival { time, contact }));
        }
        (observation, true)
    }

    /// Length of the windows: no neuron may hear another within one.
    fn window(&self, wiring: &Wiring) -> f64 {
        let longest = if wiring.is_recurrent() {
            self.transfer.internal_latency
        } else {
            let neurons = self.neurons.len().max(1) as f64;
            LONGEST_WINDOW.min(self.step * STEPS_BETWEEN_QUESTIONS as f64 / neurons)
        };
        longest.max(self.step)
    }

    /// Takes one neuron through a window and returns the steps that took.
    fn advance(
        &mut self,
        index: usize,
        from: f64,
        to: f64,
        samplers: &mut [Sampler],
        snippet: &Snippet,
        fired: &mut Vec<f64>,
    ) -> usize {
        let neuron = &self.neurons[index];
        let state = &mut self.states[index];
        let inbox = &mut self.inboxes[index];
        let observed = snippet
            .probes
            .iter()
            .any(|probe| readout::looks_at(probe, index));
        if !observed && inbox.is_empty() && is_asleep(neuron, state, self.membrane_noise) {
            return 0;
        }
        inbox.sort_by(|a, b| a.time.total_cmp(&b.time));
        let mut passage = Passage {
            neuron,
            state,
            inbox,
            random: &mut self.membrane_random[index],
            transfer: &self.transfer,
            clock: self.clock,
            membrane_noise: self.membrane_noise,
            step: self.step,
        };
        let steps = if observed {
            let readout_random = &mut self.readout_random;
            let look = |stretch: &Stretch| {
                let channels = samplers.iter_mut().zip(readout_random.iter_mut());
                for ((sampler, random), probe) in channels.zip(&snippet.probes) {
                    while readout::looks_at(probe, index) && sampler.clock.time() < stretch.end {
                        sampler.take(stretch.at(sampler.clock.time()), random);
                    }
                }
            };
            passage.run(from, to, look, fired)
        } else {
            passage.run(from, to, |_| {}, fired)
        };
        inbox.clear();
        steps
    }
}

/// Whether nothing can happen to a neuron before something arrives: it is at
/// rest, well below its threshold, with silent lines.
fn is_asleep(neuron: &Neuron, state: &mut State, membrane_noise: f64) -> bool {
    let spread = neuron.noise_spread(membrane_noise);
    let asleep = state.phase == Phase::Free
        && state.excitatory < SILENT_LINE
        && state.inhibitory < SILENT_LINE
        && (state.v - neuron.rest).abs() < 0.01 + 4.0 * spread
        && neuron.rest + 8.0 * spread + 1.0 < neuron.threshold;
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
