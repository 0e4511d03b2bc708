//! Connections of a snippet: its synapses, sorted by the source of their events.

use crate::chip::Chip;
use crate::experiment::{Snippet, Synapse};
use crate::mismatch::pattern::Pattern;
use hx_geometry::{Polarity, PreSource};

/// Weight of a spike for a line of one neuron. A full chip has 131,072 of them, and they are
/// gone through before anything runs: they are as small as they can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SynapseEntry {
    target: u32,
    /// Weight units; of the inhibitory line they are negative.
    weight: f32,
}

impl SynapseEntry {
    /// Index of the neuron.
    #[inline]
    pub fn target(&self) -> usize {
        self.target as usize
    }

    /// Excitatory weight units.
    #[inline]
    pub fn excitatory(&self) -> f64 {
        f64::from(self.weight.max(0.0))
    }

    /// Inhibitory weight units.
    #[inline]
    pub fn inhibitory(&self) -> f64 {
        f64::from((-self.weight).max(0.0))
    }

    /// Weight units; of the inhibitory line they are negative.
    #[inline]
    pub fn weight(&self) -> f32 {
        self.weight
    }
}

/// The entries of every origin, one after the other in one array: external
/// sources, then neurons, then the sources of each background generator.
#[derive(Debug)]
pub(crate) struct ConnectionTable {
    /// Indices at which the entries of each origin begin and end.
    places: Vec<(usize, usize)>,
    entries: Vec<SynapseEntry>,
    /// Neurons that have synapses.
    targeted: Vec<bool>,
    /// Origins and the neurons of which their events make spikes, sorted.
    bypasses: Vec<(usize, usize)>,
    sources: usize,
    neurons: usize,
    /// Flat index of the first source of every generator, and of the end.
    generators: Vec<usize>,
}

/// Numbering of the origins.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    sources: usize,
    neurons: usize,
    generators: &'a [usize],
}

impl Numbers<'_> {
    #[inline(always)]
    fn of(self, origin: PreSource) -> Option<usize> {
        match origin {
            PreSource::External(source) => {
                let source = source as usize;
                (source < self.sources).then_some(source)
            }
            PreSource::Neuron(neuron) => {
                let neuron = neuron as usize;
                (neuron < self.neurons).then_some(self.sources + neuron)
            }
            PreSource::Background { generator, cell } => {
                let generator = generator as usize;
                let end = *self.generators.get(generator + 1)?;
                let index = self.generators[generator] + cell as usize;
                (index < end).then_some(index)
            }
        }
    }

    /// The number of the origin of a synapse, if it begins and ends anywhere and is more
    /// than nothing.
    #[inline(always)]
    fn of_synapse(self, synapse: &Synapse) -> Option<usize> {
        let counts = synapse.target < self.neurons && synapse.weight != 0;
        if counts {
            self.of(synapse.source)
        } else {
            None
        }
    }
}

impl ConnectionTable {
    /// The connections of a snippet of an experiment of `neurons` neurons on `chip`.
    ///
    /// The synapses are gone through twice, once to count the entries of each origin and
    /// once to put them where they then belong: a list in between would be as much to read.
    pub fn new(snippet: &Snippet, neurons: usize, chip: &Chip) -> ConnectionTable {
        let sources = snippet.sources.len();
        let mut generators = vec![sources + neurons];
        for generator in &snippet.generators {
            generators.push(generators[generators.len() - 1] + generator.members);
        }
        let pattern = chip.pattern().map(Pattern::of);
        let factors = pattern.as_deref().map_or(&[][..], Pattern::synapses);
        let weight = |synapse: &Synapse| {
            let factor = synapse.circuit.and_then(|it| factors.get(it as usize));
            factor.map_or(1.0, |&factor| f64::from(factor)) * f64::from(synapse.weight)
        };
        let past: Vec<[bool; 2]> = (0..neurons).map(|it| passes(snippet, it)).collect();
        let any_past = past.as_flattened().contains(&true);
        let goes_past =
            |synapse: &Synapse| any_past && past[synapse.target][synapse.polarity as usize];

        let numbers = Numbers {
            sources,
            neurons,
            generators: &generators,
        };
        let origins = generators[generators.len() - 1];
        let mut counts = vec![0; origins];
        let mut bypasses = Vec::new();
        for synapse in &snippet.synapses {
            let Some(origin) = numbers.of_synapse(synapse) else {
                continue;
            };
            if !goes_past(synapse) {
                counts[origin] += 1;
            } else if weight(synapse) >= chip.transfer().bypass_threshold {
                bypasses.push((origin, synapse.target));
            }
        }
        let mut end = 0;
        let mut places: Vec<(usize, usize)> = counts
            .into_iter()
            .map(|count| {
                let begin = end;
                end += count;
                (begin, begin)
            })
            .collect();
        let none = SynapseEntry {
            target: 0,
            weight: 0.0,
        };
        let mut entries = vec![none; end];
        let mut targeted = vec![false; neurons];
        let (mut in_order, mut last) = (true, 0);
        for synapse in &snippet.synapses {
            let Some(origin) = numbers.of_synapse(synapse) else {
                continue;
            };
            if goes_past(synapse) {
                continue;
            }
            targeted[synapse.target] = true;
            in_order &= last <= synapse.target;
            last = synapse.target;
            let size = weight(synapse) as f32;
            let (_, end) = &mut places[origin];
            entries[*end] = SynapseEntry {
                target: synapse.target as u32,
                weight: match synapse.polarity {
                    Polarity::Excitatory => size,
                    Polarity::Inhibitory => -size,
                },
            };
            *end += 1;
        }
        // Seldom: most synapses come neuron by neuron.
        if !in_order {
            for &(begin, end) in &places {
                let own = &mut entries[begin..end];
                if !own.is_sorted_by_key(|entry| entry.target) {
                    own.sort_by_key(|entry| entry.target);
                }
            }
        }
        bypasses.sort_unstable();
        bypasses.dedup();
        ConnectionTable {
            places,
            entries,
            targeted,
            bypasses,
            sources,
            neurons,
            generators,
        }
    }

    /// Number of origins.
    pub fn origins(&self) -> usize {
        self.generators[self.generators.len() - 1]
    }

    /// The number of an origin among all of them, if there is such an origin.
    pub fn index(&self, origin: PreSource) -> Option<usize> {
        let numbers = Numbers {
            sources: self.sources,
            neurons: self.neurons,
            generators: &self.generators,
        };
        numbers.of(origin)
    }

    /// The origin of this number: what [`index`](Self::index) is of.
    pub fn origin(&self, index: usize) -> PreSource {
        if index < self.sources {
            return PreSource::External(index as u32);
        }
        if index < self.generators[0] {
            return PreSource::Neuron((index - self.sources) as u32);
        }
        // The last that begins there or before: those that are off begin there too.
        let generator = self.generators.partition_point(|&first| first <= index) - 1;
        PreSource::Background {
            generator: generator as u16,
            cell: (index - self.generators[generator]) as u32,
        }
    }

    /// Entries of the origin of this number, in order of their targets.
    pub fn of(&self, origin: usize) -> &[SynapseEntry] {
        let place = self.places.get(origin);
        place.map_or(&[], |&(begin, end)| &self.entries[begin..end])
    }

    /// Marks every neuron that has synapses.
    pub fn mark_targets(&self, targeted: &mut [bool]) {
        for (targeted, &own) in targeted.iter_mut().zip(&self.targeted) {
            *targeted |= own;
        }
    }

    /// Tells whether there are events that go past the membranes.
    pub fn has_bypasses(&self) -> bool {
        !self.bypasses.is_empty()
    }

    /// The neurons of which an event of the origin of this number makes a spike.
    pub fn bypassed(&self, origin: usize) -> impl Iterator<Item = usize> {
        let first = self.bypasses.partition_point(|&(other, _)| other < origin);
        let own = self.bypasses[first..].iter();
        own.take_while(move |&&(other, _)| other == origin)
            .map(|&(_, target)| target)
    }

    /// Tells whether the origin of this number reaches anything.
    pub fn is_connected(&self, origin: usize) -> bool {
        !self.of(origin).is_empty() || self.bypassed(origin).next().is_some()
    }

    /// Tells whether any neuron is connected to neurons.
    pub fn is_recurrent(&self) -> bool {
        (0..self.neurons).any(|neuron| self.is_connected(self.sources + neuron))
    }
}

/// Tells whether events of the two kinds of synapses make spikes of a neuron rather than currents.
fn passes(snippet: &Snippet, neuron: usize) -> [bool; 2] {
    snippet.neurons.get(neuron).map_or([false; 2], |neuron| {
        [
            neuron.event_routing_enable_bypass_excitatory,
            neuron.event_routing_enable_bypass_inhibitory,
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_are_found_by_origin_and_stray_ones_ignored() {
        let synapse = |source, target, polarity| Synapse {
            source,
            target,
            polarity,
            weight: 7,
            circuit: None,
        };
        let snippet = Snippet {
            duration: 1.0,
            neurons: Vec::new(),
            synapses: vec![
                synapse(PreSource::Neuron(1), 0, Polarity::Inhibitory),
                synapse(PreSource::External(1), 1, Polarity::Excitatory),
                synapse(PreSource::External(2), 1, Polarity::Excitatory),
                synapse(PreSource::Neuron(0), 2, Polarity::Excitatory),
                synapse(PreSource::External(1), 0, Polarity::Excitatory),
            ],
            sources: vec![vec![1.0], vec![0.5, f64::NAN, 3.0]],
            probes: Vec::new(),
            ..Snippet::default()
        };
        let connections = ConnectionTable::new(&snippet, 2, &Chip::nominal());
        assert!(connections.is_recurrent());
        assert!(connections.of(0).is_empty());
        let targets: Vec<usize> = connections.of(1).iter().map(SynapseEntry::target).collect();
        assert_eq!(targets, [0, 1]);
        assert!(
            connections
                .of(connections.index(PreSource::Neuron(0)).unwrap_or(0))
                .is_empty()
        );
        assert_eq!(
            connections.of(connections.index(PreSource::Neuron(1)).unwrap_or(0))[0].inhibitory(),
            7.0
        );
    }
    #[test]
    fn origins_and_their_numbers_belong_to_each_other() {
        let generator = |members| crate::experiment::Generator::closest(1.0, 0, members);
        let snippet = Snippet {
            sources: vec![Vec::new(); 3],
            generators: [2, 0, 4].map(generator).to_vec(),
            ..Snippet::default()
        };
        let connections = ConnectionTable::new(&snippet, 5, &Chip::nominal());
        assert_eq!(connections.origins(), 3 + 5 + 6);
        for index in 0..connections.origins() {
            assert_eq!(connections.index(connections.origin(index)), Some(index));
        }
    }
}
