//! Which chip: the nominal one, the textbook one, or one of the many that came
//! out of the fab with their own fixed pattern.

use crate::{NeuronConfig, Transfer};

/// The identity of an emulated chip and of its temporal noise.
#[must_use = "a chip does nothing until an experiment runs on it"]
#[derive(Clone, PartialEq)]
pub struct Chip {
    /// What kind of silicon this is.
    pub(crate) silicon: Silicon,
    /// Its analog constants.
    pub(crate) transfer: Transfer,
    /// The settings its neurons share.
    pub(crate) backend: Backend,
    /// Whether membrane and readout carry temporal noise.
    pub(crate) noise: bool,
    /// Seed of the temporal noise; the same seed gives the same bits.
    pub(crate) noise_seed: u64,
}

/// The parts of a neuron circuit that deviate from the design each on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Leak,
    Reset,
    Comparator,
    Excitatory,
    Inhibitory,
    Constant,
    Exponential,
    Adaptation,
    Resistor,
    Readout,
}

/// Settings that all neurons of a chip share: the scales of the clocks their digital
/// backends count. A clock of scale s runs at 125 MHz / 2^s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend {
    /// Scale of the slow clock of the refractory counters, 0..=15.
    pub clock_scale_slow: u8,
    /// Scale of their fast clock, 0..=15.
    pub clock_scale_fast: u8,
    /// Scale of the clock that sets the length of the adaptation's pulses, 0..=15.
    pub clock_scale_adaptation_pulse: u8,
}

impl Default for Backend {
    /// The hardware's own 0, but for the adaptation's pulses: at 0 a spike would
    /// hardly change it, and every demonstration that uses it sets 7.
    fn default() -> Backend {
        Backend {
            clock_scale_slow: 0,
            clock_scale_fast: 0,
            clock_scale_adaptation_pulse: 7,
        }
    }
}

impl Backend {
    /// The scale of the clock that `refractory_period_input_clock` chooses.
    pub(crate) fn clock_scale(self, input_clock: u8) -> u8 {
        match input_clock {
            0 => self.clock_scale_slow,
            _ => self.clock_scale_fast,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silicon {
    /// Linear, exact, no mismatch, no latency: the textbook neuron.
    Ideal,
    /// The transfer functions of the real design without mismatch.
    Nominal,
}

impl Chip {
    /// The design as published, without mismatch between circuits: the default.
    /// Temporal noise is on.
    pub fn nominal() -> Chip {
        Chip {
            silicon: Silicon::Nominal,
            transfer: Transfer::NOMINAL,
            backend: Backend::default(),
            noise: true,
            noise_seed: 0,
        }
    }

    /// The textbook neuron: linear, exact, no mismatch, no noise, no latency.
    ///
    /// What [`physical`](crate::physical) says of a configuration is here the
    /// whole model: dV/dt = (v_leak − V)/tau_m + I_exc − I_inh,
    /// dI/dt = −I/tau_syn, a spike of weight w adds w·weight to I at once,
    /// V ≥ v_threshold is a spike and holds V at v_reset for tau_refrac, and
    /// the start is V = v_leak. A neuron whose v_leak is not below its
    /// v_threshold therefore spikes at time 0. [`Chip::noise`] has no effect.
    pub fn ideal() -> Chip {
        Chip {
            silicon: Silicon::Ideal,
            noise: false,
            ..Chip::nominal()
        }
    }

    /// Switches temporal noise on or off.
    pub fn noise(mut self, on: bool) -> Chip {
        self.noise = on;
        self
    }

    /// Sets the seed of the temporal noise: the same seed, experiment and
    /// [trial](crate::Experiment::trial) give the same bits.
    pub fn seed(mut self, seed: u64) -> Chip {
        self.noise_seed = seed;
        self
    }

    /// Gives the chip other analog constants: what a fitting program varies.
    pub fn with_transfer(mut self, transfer: Transfer) -> Chip {
        self.transfer = transfer;
        self
    }

    /// Sets what its neurons share.
    pub fn backend(mut self, backend: Backend) -> Chip {
        self.backend = backend;
        self
    }

    /// The constants of one part of the circuit at `position` of the chip.
    pub(crate) fn part(&self, _position: usize, _part: Part) -> Transfer {
        self.transfer
    }

    /// Whether this is the textbook neuron, whatever its noise and seed: nothing
    /// in it has a clock or a grid.
    pub fn is_ideal(&self) -> bool {
        self.silicon == Silicon::Ideal
    }

    /// The analog constants of this chip.
    pub fn transfer(&self) -> &Transfer {
        &self.transfer
    }
}

/// As it is made, without the many constants that are the same on most chips.
impl std::fmt::Debug for Chip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut chip = f.debug_struct("Chip");
        chip.field("silicon", &self.silicon);
        chip.field("noise", &self.noise);
        chip.field("noise_seed", &self.noise_seed);
        chip.finish_non_exhaustive()
    }
}

impl Default for Chip {
    fn default() -> Chip {
        Chip::nominal()
    }
}

/// A set of analog settings found for a chip, applied below what the user sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// The calibration of the introductory tutorial ("picture", profile A of
    /// the reference, 4.0): synaptic time constant near 3.1 µs, refractory
    /// clock at scale 0.
    Tutorial,
}

/// Synaptic time constant of the tutorial calibration, µs: fit; 4.0 has 3.5.
const TUTORIAL_SYNAPTIC_TIME: f64 = 3.05;

impl Calibration {
    /// What the calibration stores in a neuron circuit.
    ///
    /// Potentials and the membrane time constant are not shown in the
    /// tutorial, whose users override them. They are set to the targets of the
    /// current calibration: rest 303, threshold 440, reset 276 LSB (4.0), tau_m
    /// near 10 µs, refractory time 2 µs.
    pub fn neuron(self) -> NeuronConfig {
        match self {
            Calibration::Tutorial => {
                let synaptic_bias = Transfer::NOMINAL.synaptic_bias(TUTORIAL_SYNAPTIC_TIME);
                NeuronConfig {
                    leak_v_leak: 568,
                    leak_i_bias: 165,
                    reset_v_reset: 532,
                    reset_i_bias: 1012,
                    reset_enable_multiplication: true,
                    threshold_enable: true,
                    threshold_v_threshold: 339,
                    membrane_capacitance_capacitance: 63,
                    refractory_period_refractory_time: 250,
                    excitatory_input_enable: true,
                    excitatory_input_i_bias_gm: 500,
                    excitatory_input_i_bias_tau: synaptic_bias,
                    excitatory_input_i_shift_reference: 310,
                    excitatory_input_enable_small_capacitance: false,
                    inhibitory_input_enable: true,
                    inhibitory_input_i_bias_gm: 500,
                    inhibitory_input_i_bias_tau: synaptic_bias,
                    inhibitory_input_i_shift_reference: 310,
                    inhibitory_input_enable_small_capacitance: false,
                    ..NeuronConfig::default()
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_is_known_as_ideal_whatever_its_noise() {
        assert!(Chip::ideal().is_ideal());
        assert!(Chip::ideal().noise(true).seed(3).is_ideal());
        assert!(!Chip::nominal().noise(false).is_ideal());
    }
}
