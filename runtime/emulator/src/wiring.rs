//! Who hears whom: the synapses of a snippet, sorted by where their events come from.

use crate::mismatch::Pattern;
use crate::{Chip, Origin, Polarity, Snippet, Synapse};

/// What a spike adds to the two lines of one neuron. A full chip has 131,072 of them, and
/// they are gone through before anything runs: they are as small as they can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Contact {
    target: u32,
    /// Excitatory weight units.
    excitatory: f32,
    /// Inhibitory weight units.
    inhibitory: f32,
}

impl Contact {
    /// Index of the neuron.
    #[inline]
    pub fn target(&self) -> usize {
        self.target as usize
    }

    /// Excitatory weight units.
    #[inline]
    pub fn excitatory(&self) -> f64 {
        f64::from(self.excitatory)
    }

    /// Inhibitory weight units.
    #[inline]
    pub fn inhibitory(&self) -> f64 {
        f64::from(self.inhibitory)
    }
}

/// The contacts of every origin, one after the other in one array: external
/// sources, then neurons, then the sources of each background generator.
#[derive(Debug)]
pub(crate) struct Wiring {
    fan: Fan,
    /// Origins and the neurons of which their events make spikes, sorted.
    bypasses: Vec<(usize, usize)>,
    sources: usize,
    neurons: usize,
    /// Flat index of the first source of every generator, and of the end.
    generators: Vec<usize>,
}

#[derive(Debug)]
struct Fan {
    starts: Vec<usize>,
    contacts: Vec<Contact>,
}

impl Fan {
    /// Sorts `(origin, contact)` pairs by origin.
    fn new(origins: usize, pairs: &[(u32, Contact)]) -> Fan {
        let mut starts = vec![0; origins + 1];
        for &(origin, _) in pairs {
            starts[origin as usize + 1] += 1;
        }
        for origin in 0..origins {
            starts[origin + 1] += starts[origin];
        }
        // Counted, they have their places.
        let mut next = starts.clone();
        let mut contacts = match pairs.first() {
            Some((_, contact)) => vec![*contact; pairs.len()],
            None => Vec::new(),
        };
        for &(origin, contact) in pairs {
            let next = &mut next[origin as usize];
            contacts[*next] = contact;
            *next += 1;
        }
        for ends in starts.windows(2) {
            let own = &mut contacts[ends[0]..ends[1]];
            if !own.is_sorted_by_key(|contact| contact.target) {
                own.sort_by_key(|contact| contact.target);
            }
        }
        Fan { starts, contacts }
    }

    fn of(&self, origin: usize) -> &[Contact] {
        match self.starts.get(origin..origin + 2) {
            Some(ends) => &self.contacts[ends[0]..ends[1]],
            None => &[],
        }
    }
}

impl Wiring {
    /// The wiring of a snippet of an experiment of `neurons` neurons on `chip`.
    pub fn new(snippet: &Snippet, neurons: usize, chip: &Chip) -> Wiring {
        let sources = snippet.sources.len();
        let mut generators = vec![sources + neurons];
        for generator in &snippet.generators {
            generators.push(generators[generators.len() - 1] + generator.members);
        }
        let mut wiring = Wiring {
            fan: Fan::new(0, &[]),
            bypasses: Vec::new(),
            sources,
            neurons,
            generators,
        };
        let pattern = chip.pattern().map(Pattern::of);
        let mut pairs = Vec::with_capacity(snippet.synapses.len());
        for synapse in &snippet.synapses {
            let Some(origin) = wiring.index(synapse.origin) else {
                continue;
            };
            if synapse.target >= neurons || synapse.weight == 0 {
                continue;
            }
            let factor = match (&pattern, synapse.circuit) {
                (Some(pattern), Some(circuit)) => pattern.synapse(circuit),
                _ => 1.0,
            };
            let weight = factor * f64::from(synapse.weight);
            if goes_past_the_membrane(snippet, synapse) {
                if weight >= chip.transfer().bypass_threshold {
                    wiring.bypasses.push((origin, synapse.target));
                }
                continue;
            }
            let (excitatory, inhibitory) = match synapse.polarity {
                Polarity::Excitatory => (weight, 0.0),
                Polarity::Inhibitory => (0.0, weight),
            };
            let contact = Contact {
                target: synapse.target as u32,
                excitatory: excitatory as f32,
                inhibitory: inhibitory as f32,
            };
            pairs.push((origin as u32, contact));
        }
        wiring.fan = Fan::new(wiring.origins(), &pairs);
        wiring.bypasses.sort_unstable();
        wiring.bypasses.dedup();
        wiring
    }

    /// How many origins there are.
    pub fn origins(&self) -> usize {
        self.generators[self.generators.len() - 1]
    }

    /// The number of an origin among all of them, if there is such an origin.
    pub fn index(&self, origin: Origin) -> Option<usize> {
        match origin {
            Origin::External(source) => (source < self.sources).then_some(source),
            Origin::Neuron(neuron) => (neuron < self.neurons).then_some(self.sources + neuron),
            Origin::Generated { generator, member } => {
                let end = *self.generators.get(generator + 1)?;
                let index = self.generators[generator] + member;
                (index < end).then_some(index)
            }
        }
    }

    /// The origin of this number: what [`index`](Self::index) is of.
    pub fn origin(&self, index: usize) -> Origin {
        if index < self.sources {
            return Origin::External(index);
        }
        if index < self.generators[0] {
            return Origin::Neuron(index - self.sources);
        }
        // The last that begins there or before: those that are off begin there too.
        let generator = self.generators.partition_point(|&first| first <= index) - 1;
        Origin::Generated {
            generator,
            member: index - self.generators[generator],
        }
    }

    /// Where the spikes of the origin of this number go, in order of their targets.
    pub fn of(&self, origin: usize) -> &[Contact] {
        self.fan.of(origin)
    }

    /// Marks every neuron that hears anything.
    pub fn mark_targets(&self, heard: &mut [bool]) {
        for contact in &self.fan.contacts {
            heard[contact.target()] = true;
        }
    }

    /// Whether there are events that go past the membranes.
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

    /// Whether the origin of this number reaches anything.
    pub fn is_heard(&self, origin: usize) -> bool {
        !self.of(origin).is_empty() || self.bypassed(origin).next().is_some()
    }

    /// Whether neurons talk to neurons.
    pub fn is_recurrent(&self) -> bool {
        (0..self.neurons).any(|neuron| self.is_heard(self.sources + neuron))
    }
}

/// Whether events of a synapse make spikes of its neuron rather than currents.
fn goes_past_the_membrane(snippet: &Snippet, synapse: &Synapse) -> bool {
    let Some(neuron) = snippet.neurons.get(synapse.target) else {
        return false;
    };
    match synapse.polarity {
        Polarity::Excitatory => neuron.event_routing_enable_bypass_excitatory,
        Polarity::Inhibitory => neuron.event_routing_enable_bypass_inhibitory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_are_found_by_origin_and_stray_ones_ignored() {
        let synapse = |origin, target, polarity| Synapse {
            origin,
            target,
            polarity,
            weight: 7,
            circuit: None,
        };
        let snippet = Snippet {
            duration: 1.0,
            neurons: Vec::new(),
            synapses: vec![
                synapse(Origin::Neuron(1), 0, Polarity::Inhibitory),
                synapse(Origin::External(1), 1, Polarity::Excitatory),
                synapse(Origin::External(2), 1, Polarity::Excitatory),
                synapse(Origin::Neuron(0), 2, Polarity::Excitatory),
                synapse(Origin::External(1), 0, Polarity::Excitatory),
            ],
            sources: vec![vec![1.0], vec![0.5, f64::NAN, 3.0]],
            probes: Vec::new(),
            ..Snippet::default()
        };
        let wiring = Wiring::new(&snippet, 2, &Chip::nominal());
        assert!(wiring.is_recurrent());
        assert!(wiring.of(0).is_empty());
        let targets: Vec<usize> = wiring.of(1).iter().map(Contact::target).collect();
        assert_eq!(targets, [0, 1]);
        assert!(
            wiring
                .of(wiring.index(Origin::Neuron(0)).unwrap_or(0))
                .is_empty()
        );
        assert_eq!(
            wiring.of(wiring.index(Origin::Neuron(1)).unwrap_or(0))[0].inhibitory(),
            7.0
        );
    }
    #[test]
    fn origins_and_their_numbers_belong_to_each_other() {
        let generator = |members| crate::Generator::closest(1.0, 0, members);
        let snippet = Snippet {
            sources: vec![Vec::new(); 3],
            generators: [2, 0, 4].map(generator).to_vec(),
            ..Snippet::default()
        };
        let wiring = Wiring::new(&snippet, 5, &Chip::nominal());
        assert_eq!(wiring.origins(), 3 + 5 + 6);
        for index in 0..wiring.origins() {
            assert_eq!(wiring.index(wiring.origin(index)), Some(index));
        }
    }
}
