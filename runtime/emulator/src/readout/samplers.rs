//! The probes of a snippet at work: whose sample is due when, and where it goes.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::clock::SampleClock;
use super::conversion::Conversion;
use super::sample::Sample;
use crate::experiment::{Converter, Experiment, Snippet, Trace};
use crate::seed::seed_of;

/// Samples for which room is made beforehand: more than a run can be asked for.
const MOST_RESERVED: usize = 1 << 27;

/// One probe: when it samples next, and what it makes of it.
pub(crate) struct Sampler<'a> {
    neuron: usize,
    clock: SampleClock,
    conversion: Conversion,
    /// Of its own, so that no probe changes what another one sees.
    random: Xoshiro256PlusPlus,
    values: &'a mut Vec<f64>,
}

impl Sampler<'_> {
    /// Time at which its next sample is due, µs.
    #[inline]
    pub fn next_time(&self) -> f64 {
        self.clock.time()
    }

    /// Takes that sample.
    #[inline]
    pub fn take(&mut self, sample: &Sample) {
        let value = self.conversion.convert(sample, &mut self.random);
        self.values.push(value);
        self.clock.advance();
    }
}

/// The probes of a snippet, by the neuron they look at.
pub(crate) struct Samplers<'a> {
    /// In order of their neurons.
    samplers: Vec<Sampler<'a>>,
    /// Indices at which the samplers of each neuron begin, and the end.
    starts: Vec<usize>,
    neurons: Vec<usize>,
}

impl<'a> Samplers<'a> {
    /// The probes of a snippet that runs from `begin` to `end`, µs. Each writes into
    /// its own one of `traces`; one that looks at no neuron does nothing.
    pub fn new(
        experiment: &Experiment,
        snippet: &Snippet,
        traces: &'a mut [Trace],
        (begin, end): (f64, f64),
    ) -> Samplers<'a> {
        let neurons = experiment.neuron_count();
        let chip = &*experiment.chip_in(snippet);
        let clocks = SampleClock::of_all(&snippet.probes, begin);
        let probes = snippet.probes.iter().zip(clocks).zip(traces);
        let mut samplers: Vec<Sampler<'a>> = probes
            .filter(|((probe, _), _)| probe.neuron < neurons)
            .map(|((probe, clock), trace)| {
                // Reserved beforehand a trace does not move while it grows; where there
                // is no such room it may still be stopped before it needs it.
                let due = clock.due_before(end).min(MOST_RESERVED);
                let _ = trace.values.try_reserve_exact(due);
                let converter = match probe.converter {
                    Converter::Madc => 1,
                    Converter::Cadc => 2,
                };
                let seed = seed_of([
                    chip.noise_seed,
                    experiment.trial,
                    converter,
                    probe.neuron as u64,
                    begin.to_bits(),
                ]);
                Sampler {
                    neuron: probe.neuron,
                    clock,
                    conversion: Conversion::new(
                        chip,
                        experiment.position(probe.neuron),
                        probe,
                        snippet.neurons.get(probe.neuron),
                    ),
                    random: Xoshiro256PlusPlus::seed_from_u64(seed),
                    values: &mut trace.values,
                }
            })
            .collect();
        samplers.sort_by_key(|sampler| sampler.neuron);
        let starts = (0..=neurons)
            .map(|neuron| samplers.partition_point(|sampler| sampler.neuron < neuron))
            .collect();
        let mut looked_at: Vec<usize> = samplers.iter().map(|sampler| sampler.neuron).collect();
        looked_at.dedup();
        Samplers {
            samplers,
            starts,
            neurons: looked_at,
        }
    }

    /// The probes of a neuron.
    #[inline]
    pub fn of(&mut self, neuron: usize) -> &mut [Sampler<'a>] {
        match self.starts.get(neuron..neuron + 2) {
            Some(ends) => &mut self.samplers[ends[0]..ends[1]],
            None => &mut [],
        }
    }

    /// The neurons that are looked at, ascending.
    pub fn neurons(&self) -> &[usize] {
        &self.neurons
    }

    /// Time at which the next sample of a neuron is due, µs; never, if it has no probe.
    #[inline]
    pub fn next_time(&self, neuron: usize) -> f64 {
        match self.starts.get(neuron..neuron + 2) {
            Some(ends) => self.samplers[ends[0]..ends[1]]
                .iter()
                .map(Sampler::next_time)
                .fold(f64::INFINITY, f64::min),
            None => f64::INFINITY,
        }
    }

    /// Takes all samples of a neuron that are due before `until`; `at` says what there
    /// is to see at a time. How many those were.
    #[inline]
    pub fn take(&mut self, neuron: usize, until: f64, at: impl Fn(f64) -> Sample) -> usize {
        let mut taken = 0;
        for sampler in self.of(neuron) {
            while sampler.next_time() < until {
                sampler.take(&at(sampler.next_time()));
                taken += 1;
            }
        }
        taken
    }
}
