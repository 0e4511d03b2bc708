//! Conversion of an analog quantity to a code: scale, noise and bits of a converter.

use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::sample::Sample;
use crate::chip::Chip;
use crate::circuit_block::CircuitBlock;
use crate::configuration::NeuronConfig;
use crate::experiment::{Converter, Observable, Probe};
use crate::neuron::adapts;

/// Largest code of the MADC's 10 bits.
const MADC_FULL_SCALE: f64 = 1023.0;
/// Largest code of a column ADC's 8 bits. It can be relied on from 30 to 210 (4.1);
/// what it does beyond is not known, here it goes on as it was.
const CADC_FULL_SCALE: f64 = 255.0;

/// Conversion of one probe from observable to number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    observable: Observable,
    /// Readout without events of the synaptic line it looks at, MADC LSB.
    line_rest: f64,
    /// Fall per weight unit, MADC LSB.
    line_gain: f64,
    /// Resting state of the adaptation if nothing moves it, MADC LSB.
    adaptation_rest: Option<f64>,
    /// Zero of a perfect converter, MADC LSB.
    zero: f64,
    /// Size of its LSB, MADC LSB.
    slope: f64,
    /// Gain of this converter against a perfect one, and its offset in its own LSB.
    gain: f64,
    offset: f64,
    /// Standard deviation of its noise, its own LSB.
    noise: f64,
    /// Its largest code; nothing if it is the textbook's, which does not round.
    full_scale: Option<f64>,
}

impl Conversion {
    /// The conversion of `probe`, whose neuron is at `position` of the chip and configured so.
    pub fn new(
        chip: &Chip,
        position: usize,
        probe: &Probe,
        config: Option<&NeuronConfig>,
    ) -> Conversion {
        let still = config.filter(|config| !adapts(config));
        let adaptation_rest = still.map(|config| {
            let transfer = chip.block(position, CircuitBlock::Adaptation);
            transfer.reference(config.adaptation_v_ref)
        });
        let transfer = chip.transfer();
        let line = chip.block(
            position,
            match probe.observable {
                Observable::InhibitoryInput => CircuitBlock::Inhibitory,
                _ => CircuitBlock::Excitatory,
            },
        );
        let (zero, slope, noise, full_scale) = match probe.converter {
            Converter::Madc => (0.0, 1.0, transfer.readout_noise, MADC_FULL_SCALE),
            Converter::Cadc => (
                transfer.cadc_zero,
                transfer.cadc_slope,
                transfer.cadc_noise,
                CADC_FULL_SCALE,
            ),
        };
        let (offset, gain) = match probe.converter {
            Converter::Madc => (0.0, 1.0),
            Converter::Cadc => chip.cadc(position),
        };
        Conversion {
            observable: probe.observable,
            line_rest: line.synin_rest,
            line_gain: line.synin_gain,
            adaptation_rest,
            zero,
            slope,
            gain,
            offset,
            noise: if chip.noise { noise } else { 0.0 },
            full_scale: (!chip.is_ideal()).then_some(full_scale),
        }
    }

    /// The quantity it looks at, in LSB of the converter, as no converter could say it.
    fn exact(&self, sample: &Sample) -> f64 {
        let seen = match self.observable {
            Observable::Membrane => sample.membrane,
            Observable::ExcitatoryInput => self.line_rest - self.line_gain * sample.excitatory_line,
            Observable::InhibitoryInput => self.line_rest - self.line_gain * sample.inhibitory_line,
            Observable::Adaptation => self.adaptation_rest.unwrap_or(sample.adaptation),
        };
        (seen - self.zero) / self.slope * self.gain + self.offset
    }

    /// Converts a sample: with noise, in whole numbers, within the converter's range.
    #[inline]
    pub fn convert(&self, sample: &Sample, random: &mut Xoshiro256PlusPlus) -> f64 {
        let mut seen = self.exact(sample);
        let Some(full_scale) = self.full_scale else {
            return seen;
        };
        if self.noise > 0.0 {
            let error: f64 = StandardNormal.sample(random);
            seen += self.noise * error;
        }
        seen.round().clamp(0.0, full_scale)
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;

    fn convert(chip: &Chip, observable: Observable, converter: Converter, sample: Sample) -> f64 {
        let probe = Probe {
            neuron: 0,
            observable,
            converter,
        };
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        Conversion::new(chip, 0, &probe, None).convert(&sample, &mut random)
    }

    #[test]
    fn codes_are_those_of_the_reference() {
        let quiet = Chip::nominal().noise(false);
        let sample = Sample {
            membrane: 303.4,
            excitatory_line: 315.0,
            inhibitory_line: 0.0,
            adaptation: 5000.0,
        };
        let seen = |observable, converter| convert(&quiet, observable, converter, sample);
        assert_eq!(seen(Observable::Membrane, Converter::Madc), 303.0);
        // 4.1: 80 of the CADC are 303 of the MADC.
        assert_eq!(seen(Observable::Membrane, Converter::Cadc), 80.0);
        let fall = seen(Observable::InhibitoryInput, Converter::Madc)
            - seen(Observable::ExcitatoryInput, Converter::Madc);
        assert_eq!(fall, 63.0);
        assert_eq!(seen(Observable::Adaptation, Converter::Madc), 1023.0);
        assert_eq!(seen(Observable::Adaptation, Converter::Cadc), 255.0);
        let low = Sample::default();
        assert_eq!(
            convert(&quiet, Observable::Membrane, Converter::Cadc, low),
            0.0
        );
    }

    #[test]
    fn every_channel_of_a_fabricated_chip_has_an_error_of_its_own() {
        let chip = Chip::new(5).noise(false);
        let probe = |observable, converter| Probe {
            neuron: 0,
            observable,
            converter,
        };
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut seen = |position, observable, converter| {
            let sample = Sample {
                membrane: 303.0,
                ..Sample::default()
            };
            let conversion = Conversion::new(&chip, position, &probe(observable, converter), None);
            conversion.convert(&sample, &mut random)
        };
        for position in 0..20 {
            assert_eq!(seen(position, Observable::Membrane, Converter::Madc), 303.0);
            let (offset, gain) = chip.cadc(position);
            let expected = (80.0 * gain + offset).round();
            assert_eq!(
                seen(position, Observable::Membrane, Converter::Cadc),
                expected
            );
        }
        let lines = [Observable::ExcitatoryInput, Observable::InhibitoryInput]
            .map(|line| seen(0, line, Converter::Madc));
        assert_ne!(lines[0], lines[1]);
        assert_ne!(
            lines[0],
            seen(1, Observable::ExcitatoryInput, Converter::Madc)
        );
    }

    #[test]
    fn the_textbook_neither_rounds_nor_clips() {
        let sample = Sample {
            membrane: 30.1,
            ..Sample::default()
        };
        let seen = convert(
            &Chip::ideal(),
            Observable::Membrane,
            Converter::Cadc,
            sample,
        );
        assert!((seen - (30.1 - 63.0) / 3.0).abs() < 1e-12);
    }
}
