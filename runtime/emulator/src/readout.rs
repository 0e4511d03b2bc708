//! The membrane ADC (MADC): when it samples, and what it makes of a potential.

use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Analog, Observation, Probe, Snippet, Trace};

/// Distance of two conversions, µs: 17 cycles of 500 MHz (reference, 3).
const SAMPLE_INTERVAL: f64 = 0.034;
/// Largest code of the 10-bit converter.
const FULL_SCALE: f64 = 1023.0;

/// What of a neuron can be digitised, at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// LSB.
    pub membrane: f64,
    /// Weight units.
    pub excitatory_line: f64,
    /// Weight units.
    pub inhibitory_line: f64,
    /// LSB.
    pub adaptation: f64,
}

/// The sample clock of one probe. The converter takes its channels in turn, so
/// with two probes each gets every second conversion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampleClock {
    next: u64,
    stride: u64,
}

impl SampleClock {
    /// The clock of probe `channel` of `channels`, from time `begin` on.
    pub fn new(channel: usize, channels: usize, begin: f64) -> SampleClock {
        let stride = channels.max(1) as u64;
        let mut clock = SampleClock {
            next: channel as u64,
            stride,
        };
        let turns = (begin / SAMPLE_INTERVAL / stride as f64) as u64;
        clock.next += turns.saturating_sub(1) * stride;
        while clock.time() < begin {
            clock.next += stride;
        }
        clock
    }

    /// When the next sample is due, µs.
    #[inline]
    pub fn time(&self) -> f64 {
        self.next as f64 * SAMPLE_INTERVAL
    }

    /// Moves on to the next sample.
    #[inline]
    pub fn advance(&mut self) {
        self.next += self.stride;
    }
}

/// What the converter makes of `potential`: noise, then 10 bits.
pub(crate) fn convert(potential: f64, noise: Option<(f64, &mut Xoshiro256PlusPlus)>) -> f64 {
    let seen = match noise {
        Some((sigma, random)) => {
            let error: f64 = StandardNormal.sample(random);
            potential + sigma * error
        }
        None => potential,
    };
    seen.round().clamp(0.0, FULL_SCALE)
}

/// Whether a probe looks at the membrane of `neuron`.
pub(crate) fn looks_at(probe: &Probe, neuron: usize) -> bool {
    probe.analog == Analog::Membrane && probe.neuron == neuron
}

/// An observation of a snippet in which nothing was seen yet.
pub(crate) fn empty_observation(snippet: &Snippet, neurons: usize, end: f64) -> Observation {
    Observation {
        spikes: vec![Vec::new(); neurons],
        generated: snippet
            .generators
            .iter()
            .map(|generator| vec![Vec::new(); generator.members])
            .collect(),
        traces: snippet
            .probes
            .iter()
            .map(|&probe| Trace {
                probe,
                times: Vec::new(),
                values: Vec::new(),
            })
            .collect(),
        end,
    }
}

/// Length of a snippet as far as it can be run, µs.
pub(crate) fn length(snippet: &Snippet) -> f64 {
    if snippet.duration.is_finite() && snippet.duration > 0.0 {
        snippet.duration
    } else {
        0.0
    }
}
