//! Calibrations: from what the neurons of a chip are to do to the codes that make
//! each of its circuits do that.
//!
//! On hardware a calibration measures and adjusts for minutes. Here the transfer
//! functions of every circuit are known, so its codes are found by inverting them
//! ([`Target::configure`]); what a real calibration leaves (noise, drift since, the
//! resolution of its measurements) is put back as a residual error per circuit, in
//! the size section 4.10 of the reference gives.

pub(crate) mod target;

use target::{InputTarget, Target};

use crate::chip::{Backend, Chip};
use crate::configuration::NeuronConfig;
use crate::transfer::Transfer;

/// A set of analog settings found for a chip, applied below what the user sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// The calibration of the introductory tutorial ("picture", profile A of
    /// the reference, 4.0): synaptic time constant near 3.2 µs, inputs that saturate
    /// at 66 LSB/µs, refractory clock at scale 0.
    Tutorial,
    /// Settings of the chip's current calibration software by default (profile B of
    /// the reference, 4.0): rest 303, threshold 440, reset 276 LSB, membrane and
    /// synaptic time constants of 10 µs, 0.22 LSB/µs per weight unit, refractory
    /// time 2.05 µs at 64 ns per count.
    ///
    /// Its synaptic inputs saturate at 111 LSB/µs (the reference asks for 150 or
    /// more): they have a bias of 850, and the synapses' DACs less current. What an
    /// input can carry at most goes with its bias, whose largest code makes 134, and
    /// weak circuits must have codes left to be brought to the others.
    Current,
}

/// Synaptic time constant of the tutorial calibration, µs: fit; 4.0 has 3.5.
const TUTORIAL_SYNAPTIC_TIME: f64 = 3.16;

impl Calibration {
    /// Codes that the calibration stores in a circuit without mismatch.
    ///
    /// Of the tutorial's, potentials and the membrane time constant are not shown in
    /// the notebooks, whose users override them. They are set to the targets of the
    /// current calibration: rest 303, threshold 440, reset 276 LSB (4.0), tau_m
    /// near 10 µs, refractory time 2 µs.
    pub fn neuron(self) -> NeuronConfig {
        match self {
            Calibration::Tutorial => tutorial(),
            Calibration::Current => self.current(&Chip::nominal().backend(self.backend()), 0),
        }
    }

    /// Codes that the calibration stores in the circuit at `position` (0..512) of this chip.
    ///
    /// A chip with mismatch gets codes of its own for every circuit, which bring it to
    /// where [`neuron`](Calibration::neuron) brings one without, but for a residual
    /// error: potentials to 3 to 5 LSB, time constants and strengths to 4 to 5 %
    /// (standard deviations; [`SPREADS`](crate::SPREADS)).
    pub fn neuron_on(self, chip: &Chip, position: usize) -> NeuronConfig {
        if chip.pattern().is_none() {
            return self.neuron();
        }
        match self {
            Calibration::Tutorial => Target::of(&tutorial()).configure(chip, position),
            Calibration::Current => self.current(chip, position),
        }
    }

    /// Settings that the calibration makes for the whole chip.
    pub fn backend(self) -> Backend {
        let calibrated = Backend {
            cadc_calibrated: true,
            ..Backend::default()
        };
        match self {
            Calibration::Tutorial => calibrated,
            Calibration::Current => Backend {
                // Estimate: 0.22 LSB/µs per weight unit (4.0) at a bias of 850.
                synapse_dac_bias: 383,
                clock_scale_fast: 3,
                ..calibrated
            },
        }
    }

    fn current(self, chip: &Chip, position: usize) -> NeuronConfig {
        let input = InputTarget {
            tau: 10.0,
            i_bias_gm: 850.0,
            reversal: None,
        };
        let target = Target {
            // 4.0: 80, 125 and 70 LSB of the column ADCs, read off an image.
            v_rest: 303.0,
            v_threshold: 440.0,
            v_reset: 276.0,
            tau_m: 10.0,
            tau_refrac: 2.0,
            capacitance: 63,
            // Profile B of 4.0: linear up to about 200 LSB.
            leak_degeneration: true,
            excitatory: input,
            inhibitory: input,
        };
        NeuronConfig {
            // 4.5: current software counts 64 ns, 32 of them for 2 µs.
            refractory_period_input_clock: 1,
            refractory_period_refractory_time: 32,
            ..target.configure(chip, position)
        }
    }
}

/// The tutorial's codes. The traces in `tests/silicon/` were fitted with these.
fn tutorial() -> NeuronConfig {
    let synaptic_bias = Transfer::NOMINAL.synaptic_bias(TUTORIAL_SYNAPTIC_TIME);
    NeuronConfig {
        leak_v_leak: 569,
        leak_i_bias: 142,
        reset_v_reset: 579,
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
