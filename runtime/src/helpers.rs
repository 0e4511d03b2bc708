//! What the BrainScaleS-2 demos import from their helper modules.

use hx_emulator::Calibration;

/// The calibration of the introductory tutorial, made to be given to
/// [`Setup::initial_config`](crate::Setup::initial_config): short synaptic time
/// constants (3 µs), a refractory clock of 8 ns. It fits whatever chip is set up.
pub fn nightly_calibration() -> Calibration {
    Calibration::Tutorial
}

/// What the chip's current calibration software makes by default: rest 303, threshold
/// 440 and reset 276 LSB of the membrane ADC (80, 125 and 70 of the column ADCs),
/// membrane and synaptic time constants of 10 µs, 0.22 LSB/µs per weight unit, a
/// refractory clock of 64 ns. A single neuron of it fires from about 170 weight units
/// on that arrive together.
pub fn current_calibration() -> Calibration {
    Calibration::Current
}
