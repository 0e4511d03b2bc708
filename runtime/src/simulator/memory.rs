//! How much memory recordings take: what a network has recorded and is to record must
//! fit a bound, or a run that was meant to last longer would end the session.
//!
//! A sample takes 8 bytes, and 8 more for its time, which all neurons share that the
//! CADC digitises. Nothing is held twice while a run becomes data. What the spikes of
//! neurons take cannot be known beforehand and is not counted.

use super::{Network, Origins, Recorded};
use crate::Error;
use crate::cells::generator;
use crate::recording::{DEVICES, Device, Segment, converter, signal_times};
use std::collections::{BTreeMap, HashSet};

/// Most bytes that a network may hold: two runs of a second by the MADC.
const MOST: f64 = 1e9;
/// Bytes of a number.
const NUMBER: f64 = 8.0;
/// Bytes of a spike that a generator sends, while it is decided what the link to the
/// host loses: its time, and its place in the order of all.
const SPIKE: f64 = 4.0 * NUMBER;
/// Microseconds in a millisecond.
const MICROSECONDS: f64 = 1e3;

/// What one recording takes.
pub(crate) struct Share {
    what: String,
    bytes: f64,
}

/// What recording this for `duration` ms takes, population by population.
pub(super) fn shares(network: &Network, recorded: &[Recorded], duration: f64) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for device in DEVICES {
        let samples = duration * MICROSECONDS / converter(device).interval();
        let neurons = |recorded: &Recorded| recorded.analog(device).len() as f64;
        let in_all: f64 = recorded.iter().map(neurons).sum();
        for (population, recorded) in network.populations.iter().zip(recorded) {
            let own = neurons(recorded);
            if own == 0.0 {
                continue;
            }
            // The MADC's conversions are shared, and so are the times of the CADC.
            let numbers = match device {
                Device::Madc => own / in_all * 2.0 * samples,
                Device::Cadc => own * samples + own / in_all * samples,
            };
            shares.push(Share {
                what: format!(
                    "signals of population '{}' by the {device} ({})",
                    population.label,
                    crate::error::counted(recorded.analog(device).len(), "neuron")
                ),
                bytes: numbers * NUMBER,
            });
        }
    }
    for (population, recorded) in network.populations.iter().zip(recorded) {
        let Origins::OnChip(on_chip) = &population.origins else {
            continue;
        };
        let generator = generator(on_chip, true);
        if recorded.spikes.is_empty() || generator.members == 0 {
            continue;
        }
        shares.push(Share {
            what: format!("spikes of population '{}'", population.label),
            bytes: duration * MICROSECONDS * generator.event_rate() * SPIKE,
        });
    }
    shares
}

/// Refuses to record more than there is room for: `shares` in `duration` ms, on top of
/// what earlier runs recorded.
pub(super) fn check<'a>(
    network: &Network,
    shares: impl Iterator<Item = &'a Share>,
    duration: f64,
) -> Result<(), Error> {
    // The same recording goes on from stretch to stretch.
    let mut by_recording: BTreeMap<&str, f64> = BTreeMap::new();
    for share in shares {
        *by_recording.entry(&share.what).or_default() += share.bytes;
    }
    let needed: f64 = by_recording.values().sum();
    let held = held(network);
    if needed + held <= MOST {
        return Ok(());
    }
    let mut shares: Vec<(&str, f64)> = by_recording.into_iter().collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let megabytes = |bytes: f64| (bytes / 1e6).ceil();
    Err(Error::RecordingTooLarge {
        duration,
        megabytes: megabytes(needed),
        most: megabytes(MOST),
        held: megabytes(held),
        shares: shares
            .iter()
            .map(|&(what, bytes)| format!("{what} take {} MB", megabytes(bytes)))
            .collect(),
    })
}

/// Bytes of what was recorded and not taken away.
fn held(network: &Network) -> f64 {
    let mut times = HashSet::new();
    let mut numbers = 0;
    let segments = network.populations.iter().flat_map(|p| p.segments());
    for Segment {
        spiketrains,
        irregularlysampledsignals,
        ..
    } in segments
    {
        numbers += spiketrains.iter().map(|train| train.len()).sum::<usize>();
        for signal in irregularlysampledsignals {
            numbers += signal.len();
            if times.insert(std::sync::Arc::as_ptr(signal_times(signal))) {
                numbers += signal.len();
            }
        }
    }
    numbers as f64 * NUMBER
}
