//! The background generators of the chip: random events that begin on it.
//!
//! A real one draws from a 32-bit shift register in every slot of `period` + 1 cycles.
//! Which bits of the register it compares is not known, so its very sequence cannot be
//! had; here a slot sends with the same probability, from a sequence of our own. Drawn
//! is the distance to the next slot that sends (it is geometric), not every slot: a
//! slow generator costs nothing between its events. The sequence begins anew in every
//! block of slots, from the seed and the block's number, so that one can begin anywhere.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

use crate::experiment::{Generator, Snippet};
use crate::seed::seed_of;

/// Cycles of the generators' clock in a µs: 125 MHz (reference, 3).
const CYCLES: f64 = 125.0;
/// Values of the rate code: the denominator of the probability.
const CHANCES: f64 = 256.0;
/// Values of the period code.
const PERIODS: f64 = 65536.0;
/// Slots after which the sequence begins anew.
const BLOCK: u64 = 1 << 12;
/// A slot later than any run: beyond it `f64` cannot tell slots apart.
const NEVER: u64 = 1 << 52;
/// Relative distance from the wanted rate below which a finer clock is worth more than a
/// closer rate.
const CLOSE_ENOUGH: f64 = 1e-3;

impl Generator {
    /// Fewest events a µs that a generator can be set to: 7.45 Hz.
    pub const SLOWEST: f64 = CYCLES / CHANCES / PERIODS;
    /// Most events a µs: one in every cycle of 125 MHz.
    pub const FASTEST: f64 = CYCLES;

    /// The generator that comes closest to `rate` events a µs in all.
    ///
    /// Of those within a thousandth it is the one with the least probability in each of
    /// the most slots, which is most like a Poisson process. (PyNN's own choice looks at
    /// the probability alone, and so misses 120 kHz by 2 %.)
    pub fn closest(rate: f64, seed: u32, members: usize) -> Generator {
        let rate = rate.clamp(Generator::SLOWEST, Generator::FASTEST);
        let with = |code: u8| {
            let slots = CYCLES * (f64::from(code) + 1.0) / CHANCES / rate;
            // Rates go as the inverse: of the two neighbours either may be closer.
            let around = [slots.floor(), slots.ceil()].map(|slots| Generator {
                period: (slots - 1.0).clamp(0.0, PERIODS - 1.0) as u16,
                rate: code,
                seed,
                members,
                recorded: false,
            });
            around.map(|generator| ((generator.event_rate() / rate - 1.0).abs(), generator))
        };
        let mut best: Option<(f64, Generator)> = None;
        for (error, generator) in (0..=u8::MAX).flat_map(with) {
            match best {
                Some((least, _)) if error >= least || least <= CLOSE_ENOUGH => {}
                _ => best = Some((error, generator)),
            }
        }
        best.expect("there are 256 rate codes").1
    }

    /// Events per µs that its codes amount to, of all its sources together.
    pub fn event_rate(&self) -> f64 {
        CYCLES / (f64::from(self.period) + 1.0) * (f64::from(self.rate) + 1.0) / CHANCES
    }
}

/// The events of one generator, as `(time, member)` in order of time, µs.
#[derive(Debug)]
pub(crate) struct Events {
    generator: Generator,
    begin: f64,
    end: f64,
    /// The next slot that may send.
    slot: u64,
    /// End of the present block.
    block_end: u64,
    random: Xoshiro256PlusPlus,
    /// Logarithm of the probability that a slot does not send.
    log_silence: f64,
}

impl Events {
    /// The events from `begin` until before `end`.
    pub fn new(generator: &Generator, begin: f64, end: f64) -> Events {
        let chance = (f64::from(generator.rate) + 1.0) / CHANCES;
        let slot_length = (f64::from(generator.period) + 1.0) / CYCLES;
        let first = ((begin / slot_length) as u64).saturating_sub(1).min(NEVER);
        let mut events = Events {
            generator: *generator,
            begin,
            end: if generator.members == 0 { begin } else { end },
            slot: 0,
            block_end: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(0),
            log_silence: (-chance).ln_1p(),
        };
        events.enter(first / BLOCK);
        events
    }

    fn enter(&mut self, block: u64) {
        self.slot = block * BLOCK;
        self.block_end = self.slot + BLOCK;
        let seed = seed_of([u64::from(self.generator.seed), block]);
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
    }

    /// A number from 0 to below 1.
    fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl Iterator for Events {
    type Item = (f64, usize);

    fn next(&mut self) -> Option<(f64, usize)> {
        let slot_cycles = f64::from(self.generator.period) + 1.0;
        let time_of = |slot: u64| slot as f64 * slot_cycles / CYCLES;
        while self.slot < NEVER {
            // 1 where every slot sends: the logarithm is then minus infinity.
            let silent = (1.0 - self.uniform()).ln() / self.log_silence;
            self.slot += silent as u64;
            if self.slot >= self.block_end {
                let block = self.block_end / BLOCK;
                if time_of(self.block_end) >= self.end {
                    return None;
                }
                self.enter(block);
                continue;
            }
            self.slot += 1;
            let member = (self.uniform() * self.generator.members as f64) as usize;
            let time = time_of(self.slot);
            if time >= self.end {
                return None;
            }
            if time >= self.begin {
                return Some((time, member));
            }
        }
        None
    }
}

/// Events of the recorded generators of a snippet from `begin` until before `end`.
pub(crate) fn record(snippet: &Snippet, begin: f64, end: f64) -> Vec<Vec<Vec<f64>>> {
    let sent = |generator: &Generator| {
        if !generator.recorded {
            return Vec::new();
        }
        let mut of_members = vec![Vec::new(); generator.members];
        for (time, member) in Events::new(generator, begin, end) {
            of_members[member].push(time);
        }
        of_members
    };
    snippet.generators.iter().map(sent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(rate: f64, seed: u32, members: usize) -> Generator {
        Generator::closest(rate, seed, members)
    }

    #[test]
    fn codes_come_close_to_the_wanted_rate() {
        assert_eq!(generator(125.0, 0, 1).rate, 255);
        assert_eq!(generator(125.0, 0, 1).period, 0);
        let mut rate = Generator::SLOWEST;
        while rate <= Generator::FASTEST {
            let error = generator(rate, 0, 1).event_rate() / rate - 1.0;
            // With so few cycles to a slot there is little to choose from.
            let tolerance = if rate < 0.1 { 1e-3 } else { 5e-3 };
            assert!(error.abs() <= tolerance, "{rate}: {error}");
            rate *= 1.01;
        }
        assert_eq!(generator(1e-30, 0, 1).event_rate(), Generator::SLOWEST);
        assert!(generator(f64::INFINITY, 0, 1).event_rate() == 125.0);
    }

    #[test]
    fn events_are_as_many_as_the_codes_say_and_as_irregular() {
        for rate in [0.01, 0.12, 3.0, 60.0, 125.0] {
            let generator = generator(rate, 3, 5);
            let duration = 1e5 / rate;
            let mut windows = vec![0.0_f64; 1000];
            let mut members = [0.0_f64; 5];
            let mut last = 0.0;
            for (time, member) in Events::new(&generator, 0.0, duration) {
                assert!(time > last && time < duration);
                assert!((time * 125.0 - (time * 125.0).round()).abs() < 1e-6);
                last = time;
                windows[(time / duration * 1000.0) as usize] += 1.0;
                members[member] += 1.0;
            }
            let count: f64 = windows.iter().sum();
            let expected = generator.event_rate() * duration;
            let chance = (f64::from(generator.rate) + 1.0) / 256.0;
            // The counts are binomial.
            let spread = (expected * (1.0 - chance)).sqrt();
            assert!(
                (count - expected).abs() <= 4.0 * spread + 1.0,
                "{rate}: {count}"
            );
            let mean = count / 1000.0;
            let variance = windows.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 999.0;
            let fano = variance / mean;
            assert!((fano - (1.0 - chance)).abs() < 0.2, "{rate}: {fano}");
            for member in members {
                let spread = (count / 5.0).sqrt();
                assert!((member - count / 5.0).abs() < 4.5 * spread, "{members:?}");
            }
        }
    }

    #[test]
    fn to_cut_the_time_changes_nothing_and_the_seed_everything() {
        for rate in [0.001, 0.7, 125.0] {
            let generator = generator(rate, 1234, 7);
            let duration = 3e4 / rate;
            let all = |generator: &Generator, from: f64, to: f64| {
                Events::new(generator, from, to).collect::<Vec<_>>()
            };
            let whole = all(&generator, 0.0, duration);
            let mut parts = Vec::new();
            for part in 0..7 {
                let at = |part: usize| duration * part as f64 / 7.0;
                parts.extend(all(&generator, at(part), at(part + 1)));
            }
            assert_eq!(whole, parts);
            let other = Generator {
                seed: 1235,
                ..generator
            };
            assert_ne!(whole, all(&other, 0.0, duration));
        }
    }

    #[test]
    fn a_generator_without_members_is_off_and_time_may_be_endless() {
        assert_eq!(Events::new(&generator(1.0, 0, 0), 0.0, 1e6).next(), None);
        let slow = generator(Generator::SLOWEST, 0, 1);
        assert_eq!(Events::new(&slow, 1e300, f64::MAX).next(), None);
    }
}
