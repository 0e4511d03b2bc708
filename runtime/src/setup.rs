//! Which chip, and how it is set up.

use crate::simulator::{Network, install};
use crate::{Error, Whole};
use hx_emulator::{Backend, Calibration, Chip};

/// How the chip is to be set up; given to [`setup`].
///
/// ```
/// # fn main() -> Result<(), pynn::Error> {
/// let calib = pynn::helpers::nightly_calibration();
/// pynn::setup(pynn::Setup::new().initial_config(calib).seed(7))?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up before this is given to `pynn::setup`"]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    chip: Option<Chip>,
    calibration: Option<Calibration>,
    backend: Option<Backend>,
    noise: Option<bool>,
    seed: Option<u64>,
    permutation: Vec<i128>,
    buses: Vec<i128>,
    bypass: bool,
}

impl Setup {
    /// The nominal chip without a calibration: all analog settings are 0.
    pub fn new() -> Setup {
        Setup::default()
    }

    /// Starts from a calibration, which fills in every parameter the user does not set.
    pub fn initial_config(mut self, calibration: Calibration) -> Setup {
        self.calibration = Some(calibration);
        self
    }

    /// Sets what all circuits of the chip share (clock scales, the current of all
    /// synapses), in place of what the calibration says.
    pub fn backend(mut self, backend: Backend) -> Setup {
        self.backend = Some(backend);
        self
    }

    /// Uses another chip: one of those that came out of the fab, each with mismatch
    /// of its own ([`Chip::new`]), or the textbook's ([`Chip::ideal`]).
    pub fn chip(mut self, chip: Chip) -> Setup {
        self.chip = Some(chip);
        self
    }

    /// Switches the temporal noise of membrane and readout on or off.
    pub fn noise(mut self, on: bool) -> Setup {
        self.noise = Some(on);
        self
    }

    /// Sets the seed of the temporal noise: the same seed and the same program
    /// give the same data, bit by bit.
    pub fn seed(mut self, seed: impl Whole) -> Setup {
        // Any number will do, a negative one too.
        self.seed = Some(seed.whole() as u64);
        self
    }

    /// Where neurons go: the first neuron that is created to the first of these positions,
    /// and so on. Positions count row by row, 0 to 511 (row * 256 + column); there can be
    /// no more neurons than positions. Without this they are placed in order.
    ///
    /// The position decides a neuron's mismatch, with which others it can be recorded (one
    /// in an even and one in an odd column), and which synapses its spikes can reach.
    pub fn neuron_permutation<W: Whole>(mut self, positions: impl IntoIterator<Item = W>) -> Setup {
        self.permutation = positions.into_iter().map(Whole::whole).collect();
        self
    }

    /// Which generators make the spikes of `SpikeSourcePoissonOnChip`: those of the first
    /// population that is created are on the first of these PADI buses (0 to 3), and so on;
    /// there can be no more such populations than buses. Without this they are in order.
    ///
    /// The bus decides which rows of synapses the spikes can reach, and with the spikes of
    /// which neurons they share them: bus k also takes those of columns 32 k to 32 k + 31 and
    /// 128 + 32 k to 128 + 32 k + 31.
    pub fn background_permutation<W: Whole>(mut self, buses: impl IntoIterator<Item = W>) -> Setup {
        self.buses = buses.into_iter().map(Whole::whole).collect();
        self
    }

    /// Makes every neuron send a spike for each event it receives (of weight 20 or more,
    /// estimate), past its membrane, whatever its parameters say: a chip that only passes
    /// events on, to test networks and to code pictures in spikes.
    pub fn enable_neuron_bypass(mut self, on: bool) -> Setup {
        self.bypass = on;
        self
    }

    fn network(self, places: Places, generation: u64) -> Network {
        let mut chip = self.chip.unwrap_or_else(Chip::nominal);
        if let Some(noise) = self.noise {
            chip = chip.noise(noise);
        }
        if let Some(seed) = self.seed {
            chip = chip.seed(seed);
        }
        let calibrated = self.calibration.map(Calibration::backend);
        if let Some(backend) = self.backend.or(calibrated) {
            chip = chip.backend(backend);
        }
        Network {
            permutation: places.neurons,
            buses: places.buses,
            bypass: self.bypass,
            ..Network::new(generation, chip, self.calibration)
        }
    }
}

/// Sets up the chip with an empty network. A network that was there is gone, its
/// populations and projections say so when they are used; data already fetched
/// stay valid.
///
/// Not needed to begin with: the first use of anything else sets up the nominal
/// chip with the [nightly calibration](crate::helpers::nightly_calibration).
///
/// # Errors
/// A permutation of neurons with a position the chip does not have, or one twice; a
/// permutation of generators with a bus the chip does not have, or one twice.
pub fn setup(setup: Setup) -> Result<(), Error> {
    let places = places(&setup)?;
    install(|generation| setup.network(places, generation));
    Ok(())
}

/// Where neurons and generators go, one after the other; empty for the order of the chip.
#[derive(Default)]
struct Places {
    neurons: Vec<usize>,
    buses: Vec<usize>,
}

/// These places, checked.
fn places(setup: &Setup) -> Result<Places, Error> {
    let available = hx_geometry::NEURONS;
    let neurons = distinct(&setup.permutation, available).map_err(|fault| match fault {
        Fault::Outside(position) => Error::PositionOutside {
            position,
            available,
        },
        Fault::Twice(position) => Error::PositionTwice { position },
    })?;
    let available = hx_geometry::BUSES;
    let buses = distinct(&setup.buses, available).map_err(|fault| match fault {
        Fault::Outside(bus) => Error::BusOutside { bus, available },
        Fault::Twice(bus) => Error::BusTwice { bus },
    })?;
    Ok(Places { neurons, buses })
}

/// What is wrong with a permutation.
enum Fault {
    Outside(i128),
    Twice(usize),
}

/// Numbers below `end`, each at most once.
fn distinct(numbers: &[i128], end: usize) -> Result<Vec<usize>, Fault> {
    let mut taken = vec![false; end];
    let checked = numbers.iter().map(|&number| {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        match taken.get_mut(index) {
            None => Err(Fault::Outside(number)),
            Some(true) => Err(Fault::Twice(index)),
            Some(taken) => {
                *taken = true;
                Ok(index)
            }
        }
    });
    checked.collect()
}

/// What is there if nobody called [`setup`].
pub(crate) fn default_network(generation: u64) -> Network {
    Setup::new()
        .initial_config(crate::helpers::nightly_calibration())
        .network(Places::default(), generation)
}
