//! Targets of a circuit, and the codes that reach them.

use crate::chip::Chip;
use crate::circuit_block::CircuitBlock;
use crate::configuration::NeuronConfig;
use crate::mismatch::{self, Spread};
use crate::physical::physical;
use crate::transfer::Transfer;
use crate::transfer::laws::AmplifierSwitches;

/// Largest code of an analog cell; the one above switches its refresh off.
const LARGEST: u16 = 1022;
/// Leak codes below which the conductance is rather divided, so that they can be
/// set finely, and above which it is multiplied, so that weak circuits get there too
/// (estimates; calix divides above about 11 µs and multiplies below 3 µs, 4.3).
const LEAK_CODES: (f64, f64) = (80.0, 700.0);
/// Synaptic time constants, µs, above which the line gets its high resistance (the
/// codes would be too coarse) and below which it loses its capacitance (estimates).
const SYNAPTIC_TIMES: (f64, f64) = (0.8, 15.0);
/// Bias of the reset: the calibration's, as fast as it gets (2, typical value 1012).
const RESET_BIAS: u16 = 1012;

/// Target of one neuron circuit, in the terms of [`Physical`](crate::Physical).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Leak potential, LSB.
    pub v_rest: f64,
    /// Spike threshold, LSB.
    pub v_threshold: f64,
    /// Reset potential, LSB.
    pub v_reset: f64,
    /// Membrane time constant, µs.
    pub tau_m: f64,
    /// Refractory time, µs.
    pub tau_refrac: f64,
    /// Membrane capacitance, a code 0..=63.
    pub capacitance: u8,
    /// Tells whether the leak is degenerated, and so linear over a wider range.
    pub leak_degeneration: bool,
    /// The excitatory input.
    pub excitatory: InputTarget,
    /// The inhibitory input.
    pub inhibitory: InputTarget,
}

/// Target of one synaptic input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputTarget {
    /// Synaptic time constant, µs.
    pub tau: f64,
    /// Strength: that of a circuit without mismatch at this bias code, 0..=1022.
    pub i_bias_gm: f64,
    /// Reversal potential, LSB, of a conductance-based (COBA) input; none makes it
    /// current-based (CUBA). With the membrane at the leak potential both are equally
    /// strong: calix takes that as the reference of a COBA input.
    pub reversal: Option<f64>,
}

impl Target {
    /// Target that a configuration reaches in a circuit without mismatch.
    pub(super) fn of(config: &NeuronConfig) -> Target {
        let numbers = physical(&Chip::nominal(), 0, config);
        Target {
            v_rest: numbers.v_leak,
            v_threshold: numbers.v_threshold,
            v_reset: numbers.v_reset,
            tau_m: numbers.tau_m,
            tau_refrac: numbers.tau_refrac,
            capacitance: config.membrane_capacitance_capacitance,
            leak_degeneration: config.leak_enable_degeneration,
            excitatory: InputTarget {
                tau: numbers.tau_syn_exc,
                i_bias_gm: f64::from(config.excitatory_input_i_bias_gm),
                reversal: None,
            },
            inhibitory: InputTarget {
                tau: numbers.tau_syn_inh,
                i_bias_gm: f64::from(config.inhibitory_input_i_bias_gm),
                reversal: None,
            },
        }
    }

    /// The codes that bring the circuit at `position` (0..512) of `chip` closest to
    /// this. What a circuit cannot reach it comes as near to as it can.
    ///
    /// On a chip without mismatch that is as close as whole codes come; on another
    /// one the residual errors of a calibration remain ([`SPREADS`](crate::SPREADS)).
    pub fn configure(&self, chip: &Chip, position: usize) -> NeuronConfig {
        let block = |block| chip.block(position, block);
        let residual = Residual {
            seed: chip.pattern(),
            position: position as u64,
        };
        let (leak, reset) = (block(CircuitBlock::Leak), block(CircuitBlock::Reset));
        let comparator = block(CircuitBlock::Comparator);
        let switches = self.leak_switches(chip.transfer());
        let tau_m = self.tau_m * residual.factor(mismatch::RESIDUAL_MEMBRANE_TIME, 0);
        let gain = leak.capacitance_gain(self.capacitance);
        let v_rest = self.v_rest + residual.offset(mismatch::RESIDUAL_LEAK, 0);
        let leak_v_leak = rising(v_rest, |code| leak.reference(code));
        // The conductance goes with the potential.
        let reference = leak.reference(leak_v_leak);
        let leak_i_bias = falling(tau_m, |code| {
            1.0 / (gain * leak.amplifier_rate(reference, code, switches))
        });
        let v_reset = self.v_reset + residual.offset(mismatch::RESIDUAL_RESET, 0);
        let v_threshold = self.v_threshold + residual.offset(mismatch::RESIDUAL_THRESHOLD, 0);
        let (input_clock, count) = self.refractory(chip);
        let input = |input: &InputTarget, own, which| {
            input.codes(self.v_rest, chip.transfer(), &block(own), residual, which)
        };
        let excitatory = input(&self.excitatory, CircuitBlock::Excitatory, 0);
        let inhibitory = input(&self.inhibitory, CircuitBlock::Inhibitory, 1);
        NeuronConfig {
            leak_v_leak,
            leak_i_bias,
            leak_enable_division: switches.division,
            leak_enable_multiplication: switches.multiplication,
            leak_enable_degeneration: switches.degeneration,
            reset_v_reset: rising(v_reset, |code| reset.reset_reference(code)),
            reset_i_bias: RESET_BIAS,
            reset_enable_multiplication: true,
            threshold_enable: true,
            threshold_v_threshold: rising(v_threshold, |code| comparator.threshold(code)),
            membrane_capacitance_capacitance: self.capacitance,
            refractory_period_refractory_time: count,
            refractory_period_input_clock: input_clock,
            excitatory_input_enable: true,
            excitatory_input_i_bias_gm: excitatory.i_bias_gm,
            excitatory_input_i_bias_tau: excitatory.i_bias_tau,
            excitatory_input_i_shift_reference: excitatory.i_shift_reference,
            excitatory_input_enable_high_resistance: excitatory.high_resistance,
            excitatory_input_enable_small_capacitance: excitatory.small_capacitance,
            excitatory_input_enable_coba_mode: excitatory.coba_mode,
            excitatory_input_i_bias_coba: excitatory.i_bias_coba,
            excitatory_input_v_rev_coba: excitatory.v_rev_coba,
            inhibitory_input_enable: true,
            inhibitory_input_i_bias_gm: inhibitory.i_bias_gm,
            inhibitory_input_i_bias_tau: inhibitory.i_bias_tau,
            inhibitory_input_i_shift_reference: inhibitory.i_shift_reference,
            inhibitory_input_enable_high_resistance: inhibitory.high_resistance,
            inhibitory_input_enable_small_capacitance: inhibitory.small_capacitance,
            inhibitory_input_enable_coba_mode: inhibitory.coba_mode,
            inhibitory_input_i_bias_coba: inhibitory.i_bias_coba,
            inhibitory_input_v_rev_coba: inhibitory.v_rev_coba,
            ..NeuronConfig::default()
        }
    }

    /// The switches of the leak: the same for all circuits of a chip, so that what
    /// neurons of one target differ in is fine.
    fn leak_switches(&self, design: &Transfer) -> AmplifierSwitches {
        let plain = AmplifierSwitches {
            degeneration: self.leak_degeneration,
            ..AmplifierSwitches::default()
        };
        let gain = design.capacitance_gain(self.capacitance);
        let fastest = gain * design.amplifier_rate(self.v_rest, LARGEST, plain);
        let needed = f64::from(LARGEST) / (fastest * self.tau_m);
        AmplifierSwitches {
            division: needed < LEAK_CODES.0,
            multiplication: needed > LEAK_CODES.1,
            ..plain
        }
    }

    /// Clock and count of the refractory period: of the two clocks the finest that
    /// reaches so far, or the one that reaches farther.
    fn refractory(&self, chip: &Chip) -> (u8, u8) {
        let time = |clock: u8, count: u8| {
            let scale = chip.backend.clock_scale(clock);
            chip.transfer().refractory(count, scale)
        };
        let mut clocks = [0, 1];
        clocks.sort_by(|&a, &b| time(a, u8::MAX).total_cmp(&time(b, u8::MAX)));
        let reaches = |&&clock: &&u8| time(clock, u8::MAX) >= self.tau_refrac;
        let clock = *clocks.iter().find(reaches).unwrap_or(&clocks[1]);
        let counts = self.tau_refrac / time(clock, 1);
        // A number of counts between 1 and 255 fits.
        (clock, counts.round().clamp(1.0, 255.0) as u8)
    }
}

/// The codes of one synaptic input.
struct InputCodes {
    i_bias_gm: u16,
    i_bias_tau: u16,
    i_shift_reference: u16,
    high_resistance: bool,
    small_capacitance: bool,
    coba_mode: bool,
    i_bias_coba: u16,
    v_rev_coba: u16,
}

impl InputTarget {
    /// The codes of the input with these constants; `which` tells the two apart.
    fn codes(
        &self,
        v_rest: f64,
        design: &Transfer,
        own: &Transfer,
        residual: Residual,
        which: u64,
    ) -> InputCodes {
        let small_capacitance = self.tau < SYNAPTIC_TIMES.0;
        let high_resistance = self.tau > SYNAPTIC_TIMES.1;
        let tau = self.tau * residual.factor(mismatch::RESIDUAL_SYNAPTIC_TIME, which);
        // The law is a straight line through 0, on which codes may lie in between.
        let strength = self.i_bias_gm / f64::from(LARGEST)
            * design.synaptic_strength(LARGEST, small_capacitance)
            * residual.factor(mismatch::RESIDUAL_STRENGTH, which);
        let best = own.synapse_shift_best + residual.offset(mismatch::RESIDUAL_SHIFT, which);
        let coba_gain = |reversal: f64| {
            // No code counts a distance below about 100 LSB in full.
            let distance = (reversal - v_rest).abs().max(1.0);
            residual.factor(mismatch::RESIDUAL_COBA, which) / distance
        };
        let reversal = self
            .reversal
            .map(|reversal| reversal + residual.offset(mismatch::RESIDUAL_REVERSAL, which));
        let (i_bias_coba, v_rev_coba) = reversal.map_or((0, 0), |reversal| {
            (
                rising(coba_gain(reversal), |code| own.coba_gain(code)),
                rising(reversal, |code| own.reversal(code)),
            )
        });
        InputCodes {
            i_bias_gm: rising(strength, |code| {
                own.synaptic_strength(code, small_capacitance)
            }),
            i_bias_tau: falling(tau, |code| {
                own.synaptic_time(code, high_resistance, small_capacitance)
            }),
            i_shift_reference: rising(best, f64::from),
            high_resistance,
            small_capacitance,
            coba_mode: reversal.is_some(),
            i_bias_coba,
            v_rev_coba,
        }
    }
}

/// Residual deviation of a calibrated circuit; nothing where there is none.
#[derive(Clone, Copy)]
struct Residual {
    seed: Option<u64>,
    position: u64,
}

impl Residual {
    fn offset(self, spread: Spread, which: u64) -> f64 {
        self.seed
            .map_or(0.0, |seed| spread.offset(&[seed, self.position, which]))
    }

    fn factor(self, spread: Spread, which: u64) -> f64 {
        self.seed
            .map_or(1.0, |seed| spread.factor(&[seed, self.position, which]))
    }
}

/// The code at which a law that rises with it comes nearest to a goal; if several
/// do, the smallest.
fn rising(goal: f64, law: impl Fn(u16) -> f64) -> u16 {
    // The first code that is not below the goal, if there is one.
    let (mut low, mut high) = (0, LARGEST);
    while low < high {
        let middle = (low + high) / 2;
        if law(middle) < goal {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let below = low.saturating_sub(1);
    if goal - law(below) <= law(low) - goal {
        below
    } else {
        low
    }
}

/// The same of a law that falls.
fn falling(goal: f64, law: impl Fn(u16) -> f64) -> u16 {
    rising(-goal, |code| -law(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_code_is_found_at_the_ends_too() {
        let line = |code: u16| 3.0 + 2.0 * f64::from(code);
        for (goal, code) in [(-50.0, 0), (3.9, 0), (4.1, 1), (103.0, 50), (1e6, LARGEST)] {
            assert_eq!(rising(goal, line), code, "{goal}");
            assert_eq!(falling(-goal, |code| -line(code)), code, "{goal}");
        }
    }
}
