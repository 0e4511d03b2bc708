//! The laws by which codes become potentials, currents and times.

use super::Transfer;

/// Full code of the membrane capacitance: the constants hold there.
const CAPACITANCE_FULL: f64 = 63.0;
/// Bias of a synaptic input the constants hold at.
const SYNAPSE_BIAS: f64 = 500.0;
/// Bias of the exponential current the constants hold at.
const EXPONENTIAL_BIAS: f64 = 100.0;
/// Scale of the clock of the adaptation's pulses the constants hold at.
const PULSE_SCALE: f64 = 7.0;

/// The switches of the leak or the reset: what is done to the conductance that its bias
/// makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AmplifierSwitches {
    /// Divides it.
    pub division: bool,
    /// Multiplies it.
    pub multiplication: bool,
    /// Lowers it and widens the linear range.
    pub degeneration: bool,
}

impl Transfer {
    /// Potential of the leak's reference at `code`, LSB.
    pub fn reference(&self, code: u16) -> f64 {
        self.reference_at(f64::from(code))
    }

    /// Potential of the reset's reference at `code`, LSB.
    pub fn reset_reference(&self, code: u16) -> f64 {
        self.above_floor(self.reset_slope * f64::from(code) - self.reset_knee)
    }

    /// Potential of a reference of the adaptation at `code`, LSB.
    pub fn adaptation_reference(&self, code: u16) -> f64 {
        self.reference_at(f64::from(code) + self.adaptation_shift)
    }

    fn reference_at(&self, code: f64) -> f64 {
        self.above_floor(self.reference_slope * code - self.reference_knee)
    }

    /// Reference that would be `excess` LSB above its floor if it had none.
    fn above_floor(&self, excess: f64) -> f64 {
        let bend = excess / self.reference_softness;
        // The logarithm of 1 + e^bend, in the form that cannot overflow.
        let softplus = bend.max(0.0) + (-bend.abs()).exp().ln_1p();
        self.reference_floor + self.reference_softness * softplus
    }

    /// Potential of the threshold at `code`, LSB.
    pub fn threshold(&self, code: u16) -> f64 {
        self.threshold_offset + self.threshold_slope * f64::from(code)
    }

    /// Reversal potential of a COBA input at `code`, LSB: on the threshold's scale.
    pub fn reversal(&self, code: u16) -> f64 {
        self.threshold(code)
    }

    /// Reading of a perfect column ADC on the scale of the membrane ADC, LSB.
    pub fn of_cadc(&self, reading: f64) -> f64 {
        self.cadc_zero + self.cadc_slope * reading
    }

    /// Factor by which the same current moves a membrane faster at this capacitance
    /// code than at full capacitance.
    pub fn capacitance_gain(&self, code: u8) -> f64 {
        (CAPACITANCE_FULL + self.capacitance_parasitic)
            / (f64::from(code) + self.capacitance_parasitic)
    }

    /// Factor on the strength of an amplifier, and on the distance up to which it is linear,
    /// with a reference at `potential`, LSB, against one at the floor of the references.
    pub fn headroom(&self, potential: f64) -> f64 {
        let above = (potential - self.reference_floor).max(0.0) / self.amplifier_headroom;
        1.0 + above * above
    }

    /// Small-signal rate at full capacitance of a membrane that is pulled to a reference
    /// at `potential`, 1/µs.
    pub fn amplifier_rate(&self, potential: f64, bias: u16, switches: AmplifierSwitches) -> f64 {
        let bias = f64::from(bias) + self.amplifier_residual;
        let mut rate = self.headroom(potential) * bias / self.amplifier_time;
        if switches.division {
            rate /= self.amplifier_scaling;
        }
        if switches.multiplication {
            rate *= self.amplifier_scaling;
        }
        if switches.degeneration {
            rate /= self.amplifier_degeneration;
        }
        rate
    }

    /// Distance from a reference at `potential` at which the amplifier that pulls there
    /// saturates, LSB.
    pub fn saturation(&self, potential: f64, degeneration: bool) -> f64 {
        let saturation = self.headroom(potential) * self.amplifier_saturation;
        if degeneration {
            self.amplifier_degeneration * saturation
        } else {
            saturation
        }
    }

    /// Synaptic time constant, µs.
    pub fn synaptic_time(&self, bias: u16, high_resistance: bool, small_capacitance: bool) -> f64 {
        let code = f64::from(bias) + self.amplifier_residual;
        let mut time = self.synapse_time_offset + self.synapse_time / code;
        if high_resistance {
            time *= self.synapse_high_resistance;
        }
        if small_capacitance {
            time *= self.synapse_small_capacitance;
        }
        time
    }

    /// Bias code whose synaptic time constant, without switches, comes nearest
    /// to `time` µs: how a calibration finds its code.
    pub fn synaptic_bias(&self, time: f64) -> u16 {
        let code = self.synapse_time / (time - self.synapse_time_offset) - self.amplifier_residual;
        code.round().clamp(0.0, 1022.0) as u16
    }

    /// Membrane slope per weight unit at full capacitance, LSB/µs.
    pub fn synaptic_strength(&self, bias: u16, small_capacitance: bool) -> f64 {
        let strength = self.synapse_strength * f64::from(bias) / SYNAPSE_BIAS;
        if small_capacitance {
            strength / self.synapse_small_capacitance
        } else {
            strength
        }
    }

    /// Membrane slope at which a synaptic input saturates, at full capacitance, LSB/µs.
    pub fn synaptic_saturation(&self, bias: u16) -> f64 {
        self.synapse_saturation * f64::from(bias) / SYNAPSE_BIAS
    }

    /// Refractory time, µs, of `count` cycles of a clock at scale `scale`. The counter
    /// holds the reset for at least one cycle (estimate; the real one glitches at low
    /// counts).
    pub fn refractory(&self, count: u8, scale: u8) -> f64 {
        f64::from(count.max(1)) * self.cycle(scale)
    }

    /// Time between the release of the membrane and the end of the refractory period, µs.
    pub fn holdoff(&self, holdoff: u8, scale: u8) -> f64 {
        f64::from(31 - 2 * holdoff.min(15)) * self.cycle(scale)
    }

    /// One cycle of a clock at scale `scale` (0 to 15), µs.
    fn cycle(&self, scale: u8) -> f64 {
        self.refractory_cycle * f64::from(1u32 << scale.min(15))
    }

    /// Offset of a synaptic input amplifier on its line without any event, in
    /// weight units, at this code of its trim.
    pub fn synaptic_offset(&self, shift_reference: u16) -> f64 {
        self.synapse_shift_gain * (f64::from(shift_reference) - self.synapse_shift_best)
    }

    /// Gain of a COBA input per LSB of distance to its reversal potential, 1/LSB.
    pub fn coba_gain(&self, bias: u16) -> f64 {
        f64::from(bias) / (SYNAPSE_BIAS * self.coba_distance)
    }

    /// Membrane slope of the constant current at full capacitance, LSB/µs.
    pub fn constant_slope(&self, code: u16) -> f64 {
        let code = f64::from(code);
        let linear = code.min(self.constant_current_linear);
        self.constant_current * (linear + 0.7 * (code - linear))
    }

    /// The exponential current at full capacitance: the potential at which it is
    /// `exponential_rate` times the slope factor, and the slope factor, LSB.
    pub fn exponential(&self, code: u16, bias: u16) -> (f64, f64) {
        let bias = (f64::from(bias) + self.amplifier_residual) / EXPONENTIAL_BIAS;
        let slope = (self.exponential_slope * bias.powf(-0.6)).clamp(5.0, 100.0);
        let linear =
            self.reference_floor + self.reference_slope * f64::from(code) - self.reference_knee;
        let onset = linear + self.exponential_shift - self.exponential_shift_slope * bias.ln();
        (onset, slope)
    }

    /// Time constant of the adaptation, µs.
    pub fn adaptation_time_constant(&self, bias: u16) -> f64 {
        self.adaptation_time / (f64::from(bias) + self.amplifier_residual)
    }

    /// Steady state of the adaptation for each LSB of the membrane.
    pub fn adaptation_coupling(&self, bias_a: u16, bias_tau: u16) -> f64 {
        self.adaptation_gain * f64::from(bias_a) / (f64::from(bias_tau) + self.amplifier_residual)
    }

    /// Increment of the adaptation state per spike, LSB, with pulses of scale `scale`.
    pub fn adaptation_increment(&self, bias: u16, scale: u8) -> f64 {
        let pulse = f64::from(scale.min(15)) - PULSE_SCALE;
        self.adaptation_jump * f64::from(bias) * pulse.exp2()
    }

    /// Rate at which the resistor to the shared line changes a membrane at full
    /// capacitance, 1/µs.
    pub fn compartment_conductance(&self, bias: u16, division: bool, multiplication: bool) -> f64 {
        let mut rate = self.compartment_rate * f64::from(bias) / SYNAPSE_BIAS;
        if division {
            rate /= self.compartment_scaling;
        }
        if multiplication {
            rate *= self.compartment_scaling;
        }
        rate
    }
}
