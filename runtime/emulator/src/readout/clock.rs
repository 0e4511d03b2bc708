//! Sample times of the two converters.
//!
//! On the hardware the first 8 µs of the MADC are invalid; PyNN starts it that much
//! before the run and drops them. So the first sample here is at time 0, and valid.

use crate::experiment::{Converter, Probe};

/// Distance of two conversions of the MADC, µs: 17 cycles of 500 MHz (reference, 3).
const MADC_INTERVAL: f64 = 0.034;
/// Distance of two samples of the column ADCs, µs. Section 3 of the reference has 1.7
/// to 2 for the fast way of reading them, which is PyNN's: the shorter one. All rows
/// are sampled at once; the chip takes them one after the other.
const CADC_INTERVAL: f64 = 1.7;

impl Converter {
    /// Distance of two of its conversions, µs. Probes of the MADC share them, of the
    /// column ADCs each probe has all.
    pub fn interval(self) -> f64 {
        match self {
            Converter::Madc => MADC_INTERVAL,
            Converter::Cadc => CADC_INTERVAL,
        }
    }
}

/// The sample clock of one probe. The MADC takes its channels in turn, so with two
/// probes each gets every second conversion; column ADCs know nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SampleClock {
    interval: f64,
    next: u64,
    stride: u64,
}

impl SampleClock {
    /// The clocks of all probes of a snippet that begins at `begin`, µs.
    pub fn of_all(probes: &[Probe], begin: f64) -> Vec<SampleClock> {
        let on_madc = |probe: &&Probe| probe.converter == Converter::Madc;
        let channels = probes.iter().filter(on_madc).count();
        let mut channel = 0;
        let clock = |probe: &Probe| {
            let interval = probe.converter.interval();
            match probe.converter {
                Converter::Madc => {
                    channel += 1;
                    SampleClock::new(interval, channel - 1, channels, begin)
                }
                Converter::Cadc => SampleClock::new(interval, 0, 1, begin),
            }
        };
        probes.iter().map(clock).collect()
    }

    /// The clock of `channel` of `channels`, from time `begin` on.
    fn new(interval: f64, channel: usize, channels: usize, begin: f64) -> SampleClock {
        let stride = channels.max(1) as u64;
        let turns = (begin / interval / stride as f64) as u64;
        let mut clock = SampleClock {
            interval,
            next: channel as u64 + turns.saturating_sub(1) * stride,
            stride,
        };
        while clock.time() < begin {
            clock.next += stride;
        }
        clock
    }

    /// Time at which the next sample is due, µs.
    #[inline]
    pub fn time(&self) -> f64 {
        self.next as f64 * self.interval
    }

    /// Moves on to the next sample.
    #[inline]
    pub fn advance(&mut self) {
        self.next += self.stride;
    }

    /// The times of the next `count` samples, µs.
    pub fn times(&self, count: usize) -> impl Iterator<Item = f64> + use<> {
        let clock = *self;
        (0..count as u64)
            .map(move |turn| (clock.next + turn * clock.stride) as f64 * clock.interval)
    }

    /// Number of samples due before `end`, give or take one.
    pub fn due_before(&self, end: f64) -> usize {
        ((end - self.time()) / (self.interval * self.stride as f64)).max(0.0) as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Observable;

    #[test]
    fn two_madc_channels_take_turns_and_column_adcs_do_not() {
        let probe = |neuron, converter| Probe {
            neuron,
            observable: Observable::Membrane,
            converter,
        };
        let probes = [
            probe(0, Converter::Cadc),
            probe(0, Converter::Madc),
            probe(1, Converter::Cadc),
            probe(1, Converter::Madc),
        ];
        for begin in [0.0, 0.1, 1234.5] {
            let clocks = SampleClock::of_all(&probes, begin);
            assert_eq!(clocks[0], clocks[2]);
            let times = |clock: usize| clocks[clock].times(1000).collect::<Vec<f64>>();
            let (even, odd, columns) = (times(1), times(3), times(0));
            let mut both = [even, odd].concat();
            both.sort_by(f64::total_cmp);
            let apart = |times: &[f64], interval: f64| {
                assert!(times[0] >= begin && times[0] - begin < 2.0 * interval);
                times
                    .windows(2)
                    .all(|pair| (pair[1] - pair[0] - interval).abs() < 1e-9)
            };
            assert!(apart(&both, 0.034) && apart(&columns, 1.7));
            let due = columns.iter().filter(|time| **time < begin + 100.0).count();
            assert!(clocks[0].due_before(begin + 100.0).abs_diff(due) <= 1);
        }
    }
}
