//! Sources whose random spikes a generator on the chip makes.

use super::one_for_each;
use crate::{Error, ParameterValue};
use hx_emulator::Generator;
use hx_geometry::BACKGROUND_CELLS;
use std::fmt;

/// A source that sends spikes at random, made by a background generator on the chip: it
/// needs nothing from the host, and so can be much faster than
/// [`SpikeSourcePoisson`](super::SpikeSourcePoisson).
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// # pynn::setup(pynn::Setup::new())?;
/// let noise = pynn::cells::SpikeSourcePoissonOnChip::new(120_000).seed(1234);
/// let src = pynn::Population::new(16, noise)?;
/// src.record("spikes")?;
/// pynn::run(1)?;
/// // What the generator can be set to is not quite what was asked for.
/// let rate = src.get("realised_rate")?.numbers()[0];
/// assert!((rate - 120_000.0).abs() < 120.0);
/// # Ok(())
/// # }
/// ```
///
/// All sources of a population come from one generator, so they share their rate and
/// seed. The generator sends an event of one of them, chosen at random, with a
/// probability of 1/256 to 1 every 1 to 65,536 cycles of 125 MHz; the combination that
/// comes closest is taken, and `get("realised_rate")` says what it amounts to. All
/// sources together send from 7.45 Hz to 125 MHz. Spikes begin on the chip: they reach
/// a neuron as late as another neuron's (0.3 µs, estimate) instead of by way of the FPGA.
///
/// A generator starts anew with every run: the same seed sends the same in each of them,
/// and two populations with the same seed, rate and size send the same. There can be
/// 4 such populations of at most 256 sources.
#[must_use = "a cell type does nothing until a population is made of it"]
#[derive(Clone, PartialEq)]
pub struct SpikeSourcePoissonOnChip {
    rate: ParameterValue,
    seed: ParameterValue,
}

impl SpikeSourcePoissonOnChip {
    pub(crate) const NAME: &'static str = "SpikeSourcePoissonOnChip";

    /// Sources that each send so many spikes a second of the chip's own time, Hz: one
    /// number for all.
    pub fn new(rate: impl Into<ParameterValue>) -> SpikeSourcePoissonOnChip {
        SpikeSourcePoissonOnChip {
            rate: rate.into(),
            seed: ParameterValue::Number(0.0),
        }
    }

    /// Seed of the generator, a whole number from 0 to 4,294,967,295; without it, 0.
    pub fn seed(mut self, seed: impl Into<ParameterValue>) -> SpikeSourcePoissonOnChip {
        self.seed = seed.into();
        self
    }

    /// The names of all parameters: `rate` and `seed`.
    pub fn get_parameter_names() -> Vec<&'static str> {
        vec!["rate", "seed"]
    }
}

/// What `get` knows beyond the parameters: what the generator's codes amount to, Hz.
pub(crate) const REALISED_RATE: &str = "realised_rate";
/// Microseconds in a second.
const MICROSECONDS: f64 = 1e6;

/// The sources of one generator as they are now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnChip {
    /// Of each source, Hz.
    rate: f64,
    seed: u32,
    pub sources: usize,
}

/// The sources of a population, everything checked.
pub(crate) fn on_chip(cell: &SpikeSourcePoissonOnChip, sources: usize) -> Result<OnChip, Error> {
    if sources > BACKGROUND_CELLS {
        return Err(Error::GeneratorTooLarge {
            size: sources,
            most: BACKGROUND_CELLS,
        });
    }
    let mut on_chip = OnChip {
        rate: 0.0,
        seed: 0,
        sources,
    };
    set_on_chip(&mut on_chip, sources, "seed", &cell.seed)?;
    set_on_chip(&mut on_chip, sources, "rate", &cell.rate)?;
    Ok(on_chip)
}

/// Sets a parameter of `these` of the sources, which must be all that change.
pub(crate) fn set_on_chip(
    on_chip: &mut OnChip,
    these: usize,
    name: &'static str,
    value: &ParameterValue,
) -> Result<(), Error> {
    let values = one_for_each(name, value, these)?;
    let value = values[0];
    let some_only = these < on_chip.sources && get_on_chip(on_chip, name) != value;
    if some_only
        || values
            .iter()
            .any(|other| other.to_bits() != value.to_bits())
    {
        return Err(Error::NotShared { parameter: name });
    }
    if name == "seed" {
        if value.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&value) {
            return Err(Error::NumberOutOfRange {
                parameter: name.into(),
                value,
                range: "a whole number from 0 to 4294967295",
            });
        }
        on_chip.seed = value as u32;
        return Ok(());
    }
    let total = value * on_chip.sources as f64 / MICROSECONDS;
    if total != 0.0 && !(Generator::SLOWEST..=Generator::FASTEST).contains(&total) {
        return Err(Error::GeneratorRate {
            rate: value,
            size: on_chip.sources,
            slowest: Generator::SLOWEST * MICROSECONDS,
            fastest: Generator::FASTEST * MICROSECONDS,
        });
    }
    on_chip.rate = value;
    Ok(())
}

/// A parameter of the sources.
pub(crate) fn get_on_chip(on_chip: &OnChip, name: &str) -> ParameterValue {
    ParameterValue::Number(match name {
        "seed" => f64::from(on_chip.seed),
        REALISED_RATE if on_chip.rate == 0.0 => 0.0,
        REALISED_RATE => {
            generator(on_chip, false).event_rate() * MICROSECONDS / on_chip.sources as f64
        }
        _ => on_chip.rate,
    })
}

/// The generator that makes their spikes.
pub(crate) fn generator(on_chip: &OnChip, recorded: bool) -> Generator {
    let total = on_chip.rate * on_chip.sources as f64 / MICROSECONDS;
    // Even at its slowest it sends something.
    let members = if total > 0.0 { on_chip.sources } else { 0 };
    Generator {
        recorded,
        ..Generator::closest(total, on_chip.seed, members)
    }
}

impl fmt::Debug for SpikeSourcePoissonOnChip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SpikeSourcePoissonOnChip(rate={}, seed={})",
            self.rate, self.seed
        )
    }
}
