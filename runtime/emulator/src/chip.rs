//! Which chip: the nominal one, the textbook one, or one of the many that came
//! out of the fab with their own fixed pattern.

/// The identity of an emulated chip and of its temporal noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    /// What kind of silicon this is.
    pub(crate) silicon: Silicon,
    /// Whether membrane and readout carry temporal noise.
    pub(crate) noise: bool,
    /// Seed of the temporal noise; the same seed gives the same bits.
    pub(crate) noise_seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silicon {
    /// Linear, exact, no mismatch, no latency: the textbook neuron.
    Ideal,
    /// The transfer functions of the real design without mismatch.
    Nominal,
    /// One instance with a fixed pattern of its own (a later issue).
    #[allow(dead_code)]
    Instance(u64),
}

impl Chip {
    /// The design as published, without mismatch between circuits: the default.
    pub fn nominal() -> Chip {
        Chip { silicon: Silicon::Nominal, noise: true, noise_seed: 0 }
    }
    /// The textbook neuron: linear, exact, no mismatch, no noise, no latency.
    pub fn ideal() -> Chip {
        Chip { silicon: Silicon::Ideal, noise: false, noise_seed: 0 }
    }
    /// Switches temporal noise on or off.
    pub fn noise(mut self, on: bool) -> Chip {
        self.noise = on;
        self
    }
    /// Sets the seed of the temporal noise.
    pub fn seed(mut self, seed: u64) -> Chip {
        self.noise_seed = seed;
        self
    }
}

/// A set of analog settings found for a chip, applied below what the user sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// The calibration of the introductory tutorial ("picture", profile A).
    Tutorial,
}
