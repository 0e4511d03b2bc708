//! What the BrainScaleS-2 demos import from their helper modules.

use hx_emulator::Calibration;

/// The calibration of the default chip, made to be given to
/// [`Setup::initial_config`](crate::Setup::initial_config).
pub fn nightly_calibration() -> Calibration {
    Calibration::Tutorial
}
