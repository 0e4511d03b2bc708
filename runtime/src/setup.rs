//! Which chip, and how it is set up.

use crate::simulator::{Network, install};
use crate::{Error, Whole};
use hx_emulator::{Calibration, Chip};

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
    noise: Option<bool>,
    seed: Option<u64>,
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

    /// Uses another chip, such as [`Chip::ideal`].
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

    fn network(self, generation: u64) -> Network {
        let mut chip = self.chip.unwrap_or_else(Chip::nominal);
        if let Some(noise) = self.noise {
            chip = chip.noise(noise);
        }
        if let Some(seed) = self.seed {
            chip = chip.seed(seed);
        }
        Network::new(generation, chip, self.calibration)
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
/// None today; `Result` because a notebook should not forget what may come to fail.
pub fn setup(setup: Setup) -> Result<(), Error> {
    install(|generation| setup.network(generation));
    Ok(())
}

/// What is there if nobody called [`setup`].
pub(crate) fn default_network(generation: u64) -> Network {
    Setup::new()
        .initial_config(crate::helpers::nightly_calibration())
        .network(generation)
}
