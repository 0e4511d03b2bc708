//! What the links between FPGA and chip lose of the spikes of a run.
//!
//! The ideal chip has no links, and mostly there are too few spikes to lose any.

use crate::Loss;
use hx_emulator::{Chip, Observation};
use hx_placement::Placement;
use hx_placement::links::{Crowd, Link, ROOM};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a run lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Spikes of external sources, on their way to the chip.
    pub arriving: Loss,
    /// Recorded spikes, on their way to the host.
    pub leaving: Loss,
}

impl Losses {
    /// What was lost and why, if anything was.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        let directions = [
            (self.arriving, "spikes of sources", "to the chip", "send"),
            (self.leaving, "recorded spikes", "to the host", "record"),
        ];
        let lossy = directions.into_iter().filter(|(loss, ..)| loss.lost > 0);
        lossy.map(|(Loss { lost, of }, what, way, less)| {
            let mut sentence = format!(
                "{lost} of {of} {what} were lost on their way {way}: the link carries 125 \
                 million events per second and {ROOM} can wait; {less} fewer at a time"
            );
            if way == "to the chip" {
                let _ = write!(
                    sentence,
                    " (a spike is one event for each half of the chip it goes to, or more)"
                );
            }
            sentence
        })
    }
}

/// The trains of spikes, µs, of one stretch of time that share a link, and how many
/// events each of their spikes is.
pub(super) struct Stretch<'trains> {
    sent: Vec<(&'trains mut Vec<f64>, usize)>,
}

impl<'trains> Stretch<'trains> {
    /// External sources on their way to the chip. One without targets sends nothing.
    pub fn arriving(sources: &'trains mut [Vec<f64>], placement: &Placement) -> Stretch<'trains> {
        let all = sources.iter_mut().enumerate();
        let all = all.map(|(source, train)| (train, placement.events_per_spike(source)));
        Stretch {
            sent: all.filter(|&(_, events)| events > 0).collect(),
        }
    }

    /// Neurons and sources of generators `(generator, member)` that are recorded, on
    /// their way to the host.
    pub fn leaving(
        observation: &'trains mut Observation,
        neurons: BTreeSet<usize>,
        sources: BTreeSet<(usize, usize)>,
    ) -> Stretch<'trains> {
        let neurons = observation
            .spikes
            .iter_mut()
            .enumerate()
            .filter(|(neuron, _)| neurons.contains(neuron))
            .map(|(_, train)| train);
        let generators = observation.generated.iter_mut().enumerate();
        let generated = generators.flat_map(|(generator, members)| {
            let members = members.iter_mut().enumerate();
            members.map(move |(member, train)| ((generator, member), train))
        });
        let generated = generated
            .filter(|(source, _)| sources.contains(source))
            .map(|(_, train)| train);
        Stretch {
            sent: neurons.chain(generated).map(|train| (train, 1)).collect(),
        }
    }

    /// Takes out the spikes that `link` loses, and says how many those are.
    fn send(&mut self, link: &mut Link) -> usize {
        let sent = self.sent.iter().enumerate();
        let mut spikes: Vec<(f64, usize)> = sent
            .flat_map(|(number, (train, _))| train.iter().map(move |&time| (time, number)))
            .collect();
        spikes.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut lost: Vec<Vec<f64>> = vec![Vec::new(); self.sent.len()];
        for (time, number) in spikes {
            if !link.pass(time, self.sent[number].1) {
                lost[number].push(time);
            }
        }
        for (lost, (train, _)) in lost.iter().zip(&mut self.sent) {
            // Both are in order of time; of equal times it does not matter which.
            let mut lost = lost.iter().peekable();
            train.retain(|time| lost.next_if_eq(&time).is_none());
        }
        lost.iter().map(Vec::len).sum()
    }
}

/// Sends the spikes of a run, stretch by stretch, over a link and takes out what it loses.
pub(super) fn lose(chip: &Chip, mut stretches: Vec<Stretch<'_>>) -> Loss {
    let (mut of, mut events) = (0, 0);
    let (mut begin, mut end) = (f64::INFINITY, f64::NEG_INFINITY);
    for stretch in &stretches {
        for (times, each) in &stretch.sent {
            of += times.len();
            events += times.len() * each;
            begin = begin.min(times.first().copied().unwrap_or(begin));
            end = end.max(times.last().copied().unwrap_or(end));
        }
    }
    if chip.is_ideal() || events <= ROOM {
        return Loss { lost: 0, of };
    }
    let mut crowd = Crowd::new(begin, end);
    for stretch in &stretches {
        for (times, each) in &stretch.sent {
            for &time in times.iter() {
                crowd.add(time, *each);
            }
        }
    }
    if crowd.is_sparse() {
        return Loss { lost: 0, of };
    }
    let mut link = Link::new();
    let lost = stretches.iter_mut().map(|stretch| stretch.send(&mut link));
    Loss {
        lost: lost.sum(),
        of,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_spikes_beyond_the_link_are_lost_and_only_those() {
        // A hundred neurons with a spike each 100 ns: eight times what the link carries.
        let train = |last: u32| (0..last).map(|spike| f64::from(spike) / 10.0).collect();
        let observation = |spikes: Vec<Vec<f64>>, generated| Observation {
            spikes,
            generated,
            traces: Vec::new(),
            end: 1e4,
        };
        let mut first = observation(vec![train(100); 50], vec![vec![train(100); 50]]);
        let mut second = observation(vec![vec![1000.0]; 100], Vec::new());
        // Half of them are neurons, the other half sources of a generator.
        let mut send = |chip: Chip, recorded: usize| {
            let half = 0..recorded / 2;
            let sources = half.clone().map(|member| (0, member));
            let stretches = vec![
                Stretch::leaving(&mut first, half.clone().collect(), sources.collect()),
                Stretch::leaving(&mut second, (0..200).collect(), BTreeSet::new()),
            ];
            lose(&chip, stretches)
        };
        assert_eq!(
            send(Chip::ideal(), 100),
            Loss {
                lost: 0,
                of: 10_100
            }
        );
        // Ten neurons are not too many.
        assert_eq!(send(Chip::nominal(), 10), Loss { lost: 0, of: 1100 });
        let loss = send(Chip::nominal(), 100);
        assert_eq!(loss.of, 10_100);
        // 1024 can wait, and in 9.9 µs the link carries 1237.
        assert!((7736..=7745).contains(&loss.lost), "{loss}");
        let trains = || first.spikes.iter().chain(&first.generated[0]);
        assert_eq!(trains().map(Vec::len).sum::<usize>(), 10_000 - loss.lost);
        assert!(trains().all(|train| train.is_sorted() && train.len() >= 10));
        assert!(second.spikes.iter().all(|train| train.len() == 1));
        let losses = Losses {
            leaving: loss,
            ..Losses::default()
        };
        let sentences: Vec<String> = losses.sentences().collect();
        assert_eq!(sentences.len(), 1);
        assert!(sentences[0].contains("recorded spikes were lost on their way to the host"));
    }
}
