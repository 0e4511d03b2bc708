//! The two converters of the chip, as the dialect names them.

use hx_emulator::Converter;
use std::fmt;

/// What digitises an analog variable.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// # pynn::setup(pynn::Setup::new())?;
/// let pop = pynn::Population::new(100, pynn::cells::HXNeuron::new())?;
/// pop.record_on("v", pynn::Device::Cadc)?; // all of them
/// pop.view(0)?.record("v")?; // one of them, and finely
/// pynn::run(0.1)?;
/// assert_eq!(pop.get_data("v")?.segments[0].irregularlysampledsignals.len(), 101);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The membrane ADC: 0 to 1023 (10 bits) every 34 ns, of one neuron in an even and
    /// one in an odd column of the chip; with both, every 68 ns of each in turn.
    Madc,
    /// The column ADCs: 0 to 255 (8 bits) every 1.7 µs, of all neurons at once. A value
    /// x of theirs is about 3·x + 63 of the MADC; from 30 to 210 it can be relied on. On a
    /// chip with mismatch each neuron's has an offset and a gain of its own, small ones
    /// once the chip is calibrated.
    Cadc,
}

// Not associated with the type: completion in a cell lists private items too.

/// All devices.
pub(crate) const DEVICES: [Device; 2] = [Device::Madc, Device::Cadc];

/// What the chip calls a device.
pub(crate) fn converter(device: Device) -> Converter {
    match device {
        Device::Madc => Converter::Madc,
        Device::Cadc => Converter::Cadc,
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Device::Madc => "MADC",
            Device::Cadc => "CADC",
        })
    }
}
