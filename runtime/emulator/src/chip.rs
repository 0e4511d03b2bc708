//! Which chip: the nominal one, the textbook one, or one of the many that came
//! out of the fab with their own fixed pattern.

use crate::circuit_block::CircuitBlock;
use crate::mismatch;
use crate::mismatch::pattern::{self, Pattern};
use crate::transfer::Transfer;

/// The identity of an emulated chip and of its temporal noise.
#[must_use = "a chip does nothing until an experiment runs on it"]
#[derive(Clone, PartialEq)]
pub struct Chip {
    /// Kind of silicon.
    pub(crate) silicon: Silicon,
    /// Its analog constants.
    pub(crate) transfer: Transfer,
    /// The settings its neurons share.
    pub(crate) backend: Backend,
    /// Tells whether membrane and readout carry temporal noise.
    pub(crate) noise: bool,
    /// Seed of the temporal noise; the same seed gives the same bits.
    pub(crate) noise_seed: u64,
}

/// Settings that all circuits of a chip share: the scales of the clocks the neurons'
/// digital backends count, and what the calibration sets once for all. A clock of
/// scale s runs at 125 MHz / 2^s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend {
    /// Scale of the slow clock of the refractory counters, 0..=15.
    pub clock_scale_slow: u8,
    /// Scale of their fast clock, 0..=15.
    pub clock_scale_fast: u8,
    /// Scale of the clock that sets the length of the adaptation's pulses, 0..=15.
    pub clock_scale_adaptation_pulse: u8,
    /// Bias of the synapses' DACs, 0..=1022: all synaptic currents go with it, and
    /// the constants hold at 600.
    pub synapse_dac_bias: u16,
    /// Tells whether the digital correction of the column ADCs is loaded.
    pub cadc_calibrated: bool,
}

/// Bias of the synapses' DACs at which a weight unit is what [`Transfer`] says.
const DAC_BIAS: f64 = 600.0;

impl Default for Backend {
    /// The hardware's own 0, but for the adaptation's pulses: at 0 a spike would
    /// hardly change it, and every demonstration that uses it sets 7. The synapses'
    /// DACs have the bias all calibrations are made at, the column ADCs are raw.
    fn default() -> Backend {
        Backend {
            clock_scale_slow: 0,
            clock_scale_fast: 0,
            clock_scale_adaptation_pulse: 7,
            synapse_dac_bias: 600,
            cadc_calibrated: false,
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

    /// Size of a weight unit on a synaptic line, against that at a DAC bias of 600.
    pub(crate) fn weight_unit(self) -> f64 {
        f64::from(self.synapse_dac_bias) / DAC_BIAS
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silicon {
    /// Linear, exact, no mismatch, no latency: the textbook neuron.
    Ideal,
    /// The transfer functions of the real design without mismatch.
    Nominal,
    /// The real design as it came out of the fab: with the fixed pattern of this seed.
    Fabricated(u64),
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

    /// One of the chips that came out of the fab: the design with a fixed pattern of
    /// its own, drawn from `seed` ([`MISMATCH`](crate::MISMATCH)). Temporal noise is on.
    ///
    /// The same seed is the same chip, bit by bit, on every machine, always:
    /// its pattern depends on nothing but the seed and the position of a circuit.
    /// Without a [`Calibration`](crate::Calibration) no two of its neurons behave
    /// alike.
    pub fn new(seed: u64) -> Chip {
        Chip {
            silicon: Silicon::Fabricated(seed),
            ..Chip::nominal()
        }
    }

    /// The textbook neuron: linear, exact, no mismatch, no noise, no latency.
    ///
    /// The numbers that [`physical`](crate::physical()) gives of a configuration are here the
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

    /// The seed of the temporal noise.
    pub fn noise_seed(&self) -> u64 {
        self.noise_seed
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

    /// Settings that its neurons share.
    pub fn backend_settings(&self) -> Backend {
        self.backend
    }

    /// The constants of one part of the circuit at `position` of the chip (0..512).
    pub(crate) fn block(&self, position: usize, block: CircuitBlock) -> Transfer {
        let mut transfer = self.transfer;
        if let Some(seed) = self.pattern() {
            pattern::apply(&mut transfer, seed, position, block);
        }
        transfer
    }

    /// The seed of its fixed pattern, if it has one.
    pub(crate) fn pattern(&self) -> Option<u64> {
        match self.silicon {
            Silicon::Fabricated(seed) => Some(seed),
            Silicon::Ideal | Silicon::Nominal => None,
        }
    }

    /// Factor of the [synapse circuit](hx_geometry::SynapseCircuit) of this number
    /// on its weight: mean 1, standard deviation 0.086 (estimate), of which the
    /// two rows of a synapse driver share 0.05. 1 on a chip without mismatch.
    pub fn synapse_factor(&self, circuit: u32) -> f64 {
        let Some(seed) = self.pattern() else {
            return 1.0;
        };
        Pattern::of(seed).synapse(circuit)
    }

    /// Offset (CADC LSB) and gain of the column ADC's channel for the circuit at
    /// `position`: it reads gain × (what a perfect one reads) + offset. 0 and 1 on a
    /// chip without mismatch; small where the backend says it is calibrated.
    pub fn cadc(&self, position: usize) -> (f64, f64) {
        let Some(seed) = self.pattern() else {
            return (0.0, 1.0);
        };
        let (offset, gain) = if self.backend.cadc_calibrated {
            (
                mismatch::CADC_OFFSET_CALIBRATED,
                mismatch::CADC_GAIN_CALIBRATED,
            )
        } else {
            (mismatch::CADC_OFFSET, mismatch::CADC_GAIN)
        };
        let words = [seed, position as u64];
        (offset.offset(&words), gain.factor(&words))
    }

    /// Distance of the leak potential of the circuit at `position` from its usual
    /// place in a trial, LSB: standard deviation 1 (4.10 has 1 to 3). 0 without noise
    /// and on a chip without mismatch, whose traces are compared with published ones.
    pub fn drift(&self, trial: u64, position: usize) -> f64 {
        self.of_trial(trial, position)
            .map_or(0.0, |words| mismatch::DRIFT.offset(&words))
    }

    /// Time before a trial at which the comparator of the circuit at `position` was
    /// switched on, µs: a neuron that rests above its threshold is that far into its
    /// firing when the trial starts, any other has long settled.
    ///
    /// On a fabricated chip with noise uniform from 0 to 50 µs (estimate), so that
    /// free-running neurons start at any phase; else [`Transfer::comparator_lead`].
    pub fn start(&self, trial: u64, position: usize) -> f64 {
        self.of_trial(trial, position)
            .map_or(self.transfer.comparator_lead, |words| {
                mismatch::FREE_RUN.uniform(&words)
            })
    }

    /// The longest that [`Chip::start`] can be, µs: how long before a trial the chip is
    /// looked at.
    pub fn longest_start(&self) -> f64 {
        if self.of_trial(0, 0).is_some() {
            mismatch::FREE_RUN.spread
        } else {
            self.transfer.comparator_lead
        }
    }

    /// Key of the random numbers of a trial, where trials differ.
    fn of_trial(&self, trial: u64, position: usize) -> Option<[u64; 3]> {
        let differ = self.noise && self.pattern().is_some();
        differ.then_some([self.noise_seed, trial, position as u64])
    }

    /// Tells whether this is the textbook neuron, whatever its noise and seed: nothing
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_is_known_as_ideal_whatever_its_noise() {
        assert!(Chip::ideal().is_ideal());
        assert!(Chip::ideal().noise(true).seed(3).is_ideal());
        assert!(!Chip::nominal().noise(false).is_ideal());
        assert!(!Chip::new(3).is_ideal());
    }
}
