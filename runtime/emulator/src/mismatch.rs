//! The fixed pattern of a fabricated chip: how far every circuit on it is from the
//! design, in one table ([`MISMATCH`]).
//!
//! Transistors of a few hundred nanometres differ from their neighbours, so every
//! constant of [`Transfer`] that hangs on a few of them has its own value in every
//! circuit. It is drawn from the chip's seed, the row's part and name, and the
//! circuit's position alone (see `draw`): always the same, and not changed by rows
//! added to the table. On top of that, all circuits of a chip share a deviation of
//! their own, since chips differ too (reference 4.1 and 4.2).
//!
//! Magnitudes are those of an *uncalibrated* chip, section 4.10 of the reference.

pub(crate) mod draw;
pub(crate) mod pattern;

use crate::circuit_block::CircuitBlock;
use crate::transfer::{Kind, Transfer};

/// Effect of a deviation on a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// It is added: normal, cut at four standard deviations.
    Offset,
    /// It multiplies: log-normal, the logarithm cut at four standard deviations.
    Factor,
}

/// One constant that differs from circuit to circuit: a row of [`MISMATCH`].
#[derive(Debug, Clone, Copy)]
pub struct Mismatch {
    /// The part of the circuit it belongs to.
    pub block: CircuitBlock,
    /// The constants it moves, together, as [`Transfer`] calls them.
    pub names: &'static [&'static str],
    /// Effect on the constants.
    pub deviation: Deviation,
    /// Standard deviation between the circuits of a chip, in `unit`.
    pub spread: f64,
    /// Standard deviation of what all circuits of a chip have in common, in `unit`.
    pub common: f64,
    /// The unit of both: that of the constant, or "1" for a factor.
    pub unit: &'static str,
    /// Kind of number that `spread` is; `common` is always an estimate.
    pub kind: Kind,
    /// Source of `spread`.
    pub source: &'static str,
    /// Quantity that it makes differ.
    pub meaning: &'static str,
    apply: fn(&mut Transfer, f64),
}

macro_rules! mismatch {
    ($($part:ident, $first:ident $(+ $more:ident)*, $deviation:ident, $spread:literal, $common:literal,
       $unit:literal, $kind:ident, $source:literal, $meaning:literal;)*) => {
        /// Everything that differs between the circuits of a fabricated chip, but for
        /// synapses and column ADCs ([`SPREADS`]).
        pub static MISMATCH: &[Mismatch] = &[$(Mismatch {
            block: CircuitBlock::$part,
            names: &[stringify!($first) $(, stringify!($more))*],
            deviation: Deviation::$deviation,
            spread: $spread,
            common: $common,
            unit: $unit,
            kind: Kind::$kind,
            source: $source,
            meaning: $meaning,
            apply: |transfer, by| {
                mismatch!(@apply $deviation, transfer.$first, by);
                $(mismatch!(@apply $deviation, transfer.$more, by);)*
            },
        }),*];
    };
    (@apply Offset, $field:expr, $by:expr) => { $field += $by };
    (@apply Factor, $field:expr, $by:expr) => { $field *= $by };
}

// Block, constants, how, spread within a chip, spread between chips, unit, kind,
// source, meaning. Both kinds of synaptic input have the same rows.
#[rustfmt::skip]
mismatch! {
    Leak, reference_floor, Offset, 18.0, 8.0, "LSB", Text, "4.10: 15 to 25 LSB in all",
        "Leak potential, at all codes.";
    Leak, reference_slope, Factor, 0.015, 0.01, "1", Estimate, "what then makes 19 LSB at code 570",
        "Slope of the leak potential.";
    Leak, amplifier_time, Factor, 0.25, 0.05, "1", Text, "4.10: 25 %; 4.3: 20 to 30 %",
        "Membrane time constant.";
    Leak, amplifier_saturation, Factor, 0.08, 0.05, "1", Estimate, "none",
        "Distance at which the leak saturates.";
    Leak, amplifier_headroom, Factor, 0.05, 0.05, "1", Estimate, "4.3 (chips disagree)",
        "How much stronger the leak is at high potentials.";
    Reset, reference_floor, Offset, 18.0, 8.0, "LSB", Text, "4.10: 15 to 25 LSB in all",
        "Reset potential, at all codes.";
    Reset, reset_slope, Factor, 0.015, 0.01, "1", Estimate, "as the leak's",
        "Slope of the reset potential.";
    Reset, amplifier_time, Factor, 0.25, 0.05, "1", Estimate, "as the leak's: it is the same amplifier",
        "Time constant of the reset.";
    Comparator, threshold_offset, Offset, 18.0, 8.0, "LSB", Text, "4.10: 15 to 25 LSB in all",
        "Spike threshold, at all codes.";
    Comparator, threshold_slope, Factor, 0.015, 0.01, "1", Estimate, "what then makes 19 LSB at code 340",
        "Slope of the threshold.";
    Comparator, comparator_delay, Factor, 0.2, 0.1, "1", Estimate, "none",
        "Delay of the comparator.";
    Excitatory, synapse_time, Factor, 0.27, 0.05, "1", Text, "4.10: 25 %, of which the constant part of the time takes a tenth",
        "Excitatory synaptic time constant.";
    Excitatory, synapse_strength + synapse_saturation, Factor, 0.12, 0.05, "1", Estimate,
        "4.4: chips ask for 135 to 190 weight units to fire", "Strength of the excitatory input.";
    Excitatory, synapse_shift_best, Offset, 75.0, 20.0, "code", Estimate,
        "4.4 says large: what an untrimmed input carries moves the membrane by tens of LSB",
        "Best trim of the excitatory input.";
    Excitatory, coba_distance, Factor, 0.2, 0.1, "1", Estimate, "none",
        "How strongly the distance from the reversal potential counts, excitatory.";
    Excitatory, threshold_offset, Offset, 18.0, 8.0, "LSB", Estimate, "as the threshold's",
        "Excitatory reversal potential.";
    Excitatory, synin_rest, Offset, 15.0, 10.0, "LSB", Estimate, "none",
        "Resting voltage of the excitatory line.";
    Inhibitory, synapse_time, Factor, 0.27, 0.05, "1", Text, "4.10: 25 %, of which the constant part of the time takes a tenth",
        "Inhibitory synaptic time constant.";
    Inhibitory, synapse_strength + synapse_saturation, Factor, 0.12, 0.05, "1", Estimate,
        "as the excitatory one's", "Strength of the inhibitory input.";
    Inhibitory, synapse_shift_best, Offset, 75.0, 20.0, "code", Estimate, "as the excitatory one's",
        "Best trim of the inhibitory input.";
    Inhibitory, coba_distance, Factor, 0.2, 0.1, "1", Estimate, "none",
        "How strongly the distance from the reversal potential counts, inhibitory.";
    Inhibitory, threshold_offset, Offset, 18.0, 8.0, "LSB", Estimate, "as the threshold's",
        "Inhibitory reversal potential.";
    Inhibitory, synin_rest, Offset, 15.0, 10.0, "LSB", Estimate, "none",
        "Resting voltage of the inhibitory line.";
    Constant, constant_current, Factor, 0.12, 0.05, "1", Estimate, "none; a current mirror like the inputs'",
        "Strength of the constant current.";
    Exponential, exponential_shift, Offset, 20.0, 10.0, "LSB", Estimate, "as the references'",
        "Onset of the exponential current.";
    Exponential, exponential_slope, Factor, 0.1, 0.05, "1", Estimate, "none",
        "Steepness of the exponential current.";
    Exponential, exponential_rate + exponential_largest, Factor, 0.2, 0.1, "1", Estimate, "none",
        "Strength of the exponential current.";
    Adaptation, adaptation_time, Factor, 0.25, 0.05, "1", Estimate, "as the other time constants",
        "Adaptation time constant.";
    Adaptation, adaptation_gain, Factor, 0.15, 0.05, "1", Estimate, "none",
        "What the adaptation follows of the membrane.";
    Adaptation, adaptation_jump, Factor, 0.2, 0.05, "1", Estimate, "none",
        "What a spike adds to the adaptation.";
    Adaptation, adaptation_strength, Factor, 0.12, 0.05, "1", Estimate, "none",
        "Current the adaptation takes off the membrane.";
    Adaptation, reference_floor, Offset, 18.0, 8.0, "LSB", Estimate, "as the leak's",
        "Reference of the adaptation, and the potential it compares the membrane with.";
    Resistor, compartment_rate, Factor, 0.2, 0.05, "1", Estimate, "none",
        "Resistor to the shared line.";
}

/// A spread that is not one of a constant of [`Transfer`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Its name, from which it is drawn.
    pub name: &'static str,
    /// Standard deviation, in `unit`; for what is uniform, the width.
    pub spread: f64,
    /// Its unit; "1" for a factor.
    pub unit: &'static str,
    /// Kind of number.
    pub kind: Kind,
    /// Source.
    pub source: &'static str,
    /// Quantity that it makes differ.
    pub meaning: &'static str,
}

macro_rules! spreads {
    ($($constant:ident = $spread:literal, $unit:literal, $kind:ident, $source:literal, $meaning:literal;)*) => {
        $(pub(crate) const $constant: Spread = Spread {
            name: stringify!($constant),
            spread: $spread,
            unit: $unit,
            kind: Kind::$kind,
            source: $source,
            meaning: $meaning,
        };)*

        /// Spreads between synapses, column ADCs, calibrations and trials.
        pub static SPREADS: &[Spread] = &[$($constant),*];
    };
}

// Name, spread, unit, kind, source, meaning.
#[rustfmt::skip]
spreads! {
    DRIVER = 0.05, "1", Estimate, "4.4: about 10 % in all, as an estimate; less by 5, ts_06",
        "Strength of the synapses of one driver, which is a pair of rows.";
    SYNAPSE = 0.07, "1", Estimate, "4.4: about 10 % in all, as an estimate; less by 5, ts_06",
        "Strength of one synapse against the others of its driver.";
    CADC_OFFSET = 15.0, "CADC LSB", Text, "4.10: less than 20 LSB",
        "Offset of a column ADC, uncalibrated.";
    CADC_GAIN = 0.03, "1", Estimate, "none",
        "Gain of a column ADC, uncalibrated.";
    CADC_OFFSET_CALIBRATED = 1.0, "CADC LSB", Estimate, "4.10: quadrants differ by less than 5 LSB",
        "Offset of a column ADC after calibration.";
    CADC_GAIN_CALIBRATED = 0.01, "1", Estimate, "none",
        "Gain of a column ADC after calibration.";
    RESIDUAL_LEAK = 4.0, "LSB", Text, "4.10: 3 to 7 LSB, less than 0.3 of the uncalibrated spread",
        "Leak potential after calibration.";
    RESIDUAL_RESET = 3.2, "LSB", Text, "4.10: 3 to 7 LSB, less than 0.2 of the uncalibrated spread",
        "Reset potential after calibration.";
    RESIDUAL_THRESHOLD = 4.5, "LSB", Text, "4.10: 3 to 7 LSB, less than 0.35 of the uncalibrated spread",
        "Threshold after calibration.";
    RESIDUAL_MEMBRANE_TIME = 0.043, "1", Estimate, "4.10: 5 %; less by 5, ts_06",
        "Membrane time constant after calibration.";
    RESIDUAL_SYNAPTIC_TIME = 0.035, "1", Estimate, "4.10: 5 %, but less than 0.2 of the uncalibrated spread; less by 5, ts_06",
        "Synaptic time constants after calibration.";
    RESIDUAL_STRENGTH = 0.032, "1", Estimate, "4.10: 5 %, as an estimate; 5, ts_06: 8 neurons differ by 3 to 4 % in all",
        "Strength of the synaptic inputs after calibration.";
    RESIDUAL_SHIFT = 3.0, "code", Estimate, "none; leaves less than 1 LSB of the membrane",
        "Trim of the synaptic inputs after calibration.";
    RESIDUAL_REVERSAL = 8.0, "LSB", Estimate, "none",
        "Reversal potentials of COBA inputs after calibration.";
    RESIDUAL_COBA = 0.08, "1", Estimate, "none",
        "How strongly the distance from the reversal potential counts, after calibration.";
    DRIFT = 1.0, "LSB", Text, "4.10: rest drifts by 1 to 3 LSB",
        "Leak potential from trial to trial.";
    FREE_RUN = 50.0, "µs", Estimate, "4.10: free-running neurons start at a random phase; longer than any of their cycles",
        "How long before a trial a neuron that fires by itself was switched on: uniform from 0 to this.";
}

/// Position that stands for what all circuits of a chip have in common.
const COMMON: u64 = u64::MAX;

impl Spread {
    /// A normal deviation, in its unit.
    pub(crate) fn offset(&self, words: &[u64]) -> f64 {
        self.spread * draw::normal(draw::key(self.name, words))
    }

    /// A factor about 1.
    pub(crate) fn factor(&self, words: &[u64]) -> f64 {
        draw::factor(draw::key(self.name, words), self.spread)
    }

    /// Uniform from 0 to the spread.
    pub(crate) fn uniform(&self, words: &[u64]) -> f64 {
        self.spread * draw::uniform(draw::key(self.name, words))
    }
}
