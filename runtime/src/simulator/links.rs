//! What the links between FPGA and chip lose of the spikes of a run.
//!
//! The ideal chip has no links, and mostly there are too few spikes to lose any.

use crate::Loss;
use hx_emulator::{Chip, Observation};
use hx_placement::Placement;
use hx_placement::links::{FIFO_DEPTH, LeakyBucket, RateHistogram};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Spikes that are put in order at once, or gone through between two looks at whether to stop.
const AT_ONCE: usize = 1 << 15;

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
                 million events per second and {FIFO_DEPTH} can wait; {less} fewer at a time"
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

    /// Takes out the spikes that `link` loses, and says how many those are. Loses no more
    /// from when `stop` says so.
    ///
    /// They are put in order piece by piece of time, which is faster than all at once and
    /// takes no room to speak of.
    fn send(&mut self, link: &mut LeakyBucket, stop: &dyn Fn() -> bool) -> usize {
        let trains = || self.sent.iter().map(|(train, _)| &**train);
        let pieces = trains().map(Vec::len).sum::<usize>().div_ceil(AT_ONCE);
        let (begin, end) = span(trains());
        let mut lost: Vec<Vec<f64>> = vec![Vec::new(); self.sent.len()];
        let mut gone_through = vec![0; self.sent.len()];
        let mut spikes: Vec<(f64, usize)> = Vec::new();
        for piece in 1..=pieces {
            if stop() {
                break;
            }
            let until = match piece == pieces {
                true => f64::INFINITY,
                false => begin + (end - begin) * (piece as f64 / pieces as f64),
            };
            spikes.clear();
            for (number, (train, gone)) in trains().zip(&mut gone_through).enumerate() {
                let rest = &train[*gone..];
                let count = rest.partition_point(|&time| time < until);
                spikes.extend(rest[..count].iter().map(|&time| (time, number)));
                *gone += count;
            }
            spikes.sort_by(|one, other| one.0.total_cmp(&other.0));
            for &(time, number) in &spikes {
                if !link.pass(time, self.sent[number].1) {
                    lost[number].push(time);
                }
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

/// The first and the last time of ascending trains.
fn span<'a>(trains: impl Iterator<Item = &'a Vec<f64>>) -> (f64, f64) {
    let nothing = (f64::INFINITY, f64::NEG_INFINITY);
    trains.fold(nothing, |(begin, end), times| {
        let first = times.first().copied().unwrap_or(begin);
        let last = times.last().copied().unwrap_or(end);
        (begin.min(first), end.max(last))
    })
}

/// Sends the spikes of a run, stretch by stretch, over a link and takes out what it loses.
/// Loses no more from when `stop` says so.
pub(super) fn lose(chip: &Chip, mut stretches: Vec<Stretch<'_>>, stop: &dyn Fn() -> bool) -> Loss {
    let (mut of, mut events) = (0, 0);
    for (times, each) in stretches.iter().flat_map(|stretch| &stretch.sent) {
        of += times.len();
        events += times.len() * each;
    }
    let all = stretches.iter().flat_map(|stretch| &stretch.sent);
    let (begin, end) = span(all.map(|(times, _)| &**times));
    if chip.is_ideal() || events <= FIFO_DEPTH {
        return Loss { lost: 0, of };
    }
    let mut crowd = RateHistogram::new(begin, end);
    for stretch in &stretches {
        for (times, each) in &stretch.sent {
            for piece in times.chunks(AT_ONCE) {
                if stop() {
                    return Loss { lost: 0, of };
                }
                piece.iter().for_each(|&time| crowd.add(time, *each));
            }
        }
    }
    if crowd.is_sparse() {
        return Loss { lost: 0, of };
    }
    let mut link = LeakyBucket::new();
    let lost = stretches
        .iter_mut()
        .map(|stretch| stretch.send(&mut link, stop));
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
            lose(&chip, stretches, &|| false)
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
