//! From DAC codes to LSB and microseconds: every analog constant of the design
//! in one table, each with where it comes from.
//!
//! Sources are sections of the project's BrainScaleS-2 reference. What kind of
//! number each one is, is said in its own line: *image* (read off a published
//! figure), *text* (stated in a published notebook or a header file), *fit*
//! (found by `examples/fit.rs` from the two traces in `tests/silicon/`) or
//! *estimate* (a defensible value nobody published).
//!
//! # What the fit does not explain
//!
//! One set of constants serves both published traces, of which each shows one
//! neuron of one chip. In trace A (the tutorial) 3.0 LSB RMS remain. They have
//! a pattern: the first response comes out up to 7 LSB too high, the later ones
//! decay too fast at first (4 LSB too low) and too slowly in the end (5 LSB too
//! high just before the next input). On the chip the first of five equal inputs
//! lifts the membrane by as much as the later ones, although the leak opposes
//! those more; nothing in this model makes up for that.
//!
//! In trace B (leak over threshold) the shape of a cycle fits to 3 LSB RMS, less
//! than 2 LSB in the mean of any microsecond. The chip's own cycles differ in
//! length by ±0.3 µs, more than the membrane noise assumed here explains; at
//! equal times that alone makes 5 LSB RMS off the flanks.
//!
//! Both traces know the leak at biases near 200 only, one refractory time, one
//! weight sum and no inhibition. What is said of other codes rests on the laws
//! of the reference.
//!
//! Trace A shows the leak only above its reference and trace B only below it,
//! so they cannot tell an amplifier that charges more strongly from one that is
//! stronger at high references. The first is assumed. It makes small inhibitory
//! responses 0.6 to 0.7 times as high as excitatory ones; other chips show 0.62
//! (section 5, ts_00: −28 and +45 LSB) and 1.0 (ts_06).

/// The analog constants of a chip.
///
/// [`Transfer::NOMINAL`] is the design without mismatch. The fields are public
/// so that a fitting program can vary them ([`Chip::with_transfer`]); an
/// experiment has no reason to.
///
/// [`Chip::with_transfer`]: crate::Chip::with_transfer
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transfer {
    /// Lowest potential the leak and reset references reach, LSB.
    pub reference_floor: f64,
    /// Slope of the leak and reset references well above the floor, LSB per code.
    pub reference_slope: f64,
    /// Where the rise starts, in LSB of the line through the origin.
    pub reference_knee: f64,
    /// Width of the bend between floor and line, LSB.
    pub reference_softness: f64,

    /// Threshold potential per code, LSB.
    pub threshold_slope: f64,
    /// Threshold potential at code 0, LSB.
    pub threshold_offset: f64,

    /// Small-signal time constant of a discharging membrane times the bias
    /// code, at full capacitance, µs. Leak and reset are one amplifier whose
    /// bias and reference are switched, so both obey it.
    pub amplifier_time: f64,
    /// Bias that flows with the code at 0, codes: the membrane then drifts
    /// within milliseconds instead of floating for ever.
    pub amplifier_residual: f64,
    /// Distance above its reference at which the amplifier saturates, LSB.
    pub amplifier_saturation: f64,
    /// The same below its reference, where it charges, LSB.
    pub amplifier_charge_saturation: f64,
    /// How much stronger the amplifier charges than it discharges.
    pub amplifier_charge_ratio: f64,
    /// What `enable_multiplication` multiplies the conductance by and
    /// `enable_division` divides it by.
    pub amplifier_scaling: f64,
    /// What `enable_degeneration` multiplies the saturation scale by and
    /// divides the conductance by: the largest current stays what it was.
    pub amplifier_degeneration: f64,

    /// Capacitance that code 0 leaves, in codes.
    pub capacitance_parasitic: f64,

    /// Membrane slope one weight unit adds when its spike arrives, at
    /// `i_bias_gm` 500 and full capacitance, LSB/µs.
    pub synapse_strength: f64,
    /// Membrane slope at which a synaptic input saturates, at `i_bias_gm` 500
    /// and full capacitance, LSB/µs. It follows the bias: it is the tail
    /// current of the input amplifier.
    pub synapse_saturation: f64,
    /// Synaptic time constant at an infinite bias, µs.
    pub synapse_time_offset: f64,
    /// Rest of the synaptic time constant times the bias code, µs.
    pub synapse_time: f64,
    /// What `enable_high_resistance` multiplies the synaptic time constant by.
    pub synapse_high_resistance: f64,
    /// What `enable_small_capacitance` multiplies the synaptic time constant
    /// by; the same charge then makes a step larger by the inverse.
    pub synapse_small_capacitance: f64,

    /// Potential at which currents that pull down cease, LSB.
    pub sink_floor: f64,
    /// Distance from the floor over which they cease, LSB.
    pub sink_softness: f64,
    /// Potential at which currents that pull up cease, LSB.
    pub source_ceiling: f64,
    /// Distance from the ceiling over which they cease, LSB.
    pub source_softness: f64,

    /// Membrane slope per code of the constant current at full capacitance, LSB/µs.
    pub constant_current: f64,

    /// One count of the refractory counter, µs.
    pub refractory_cycle: f64,
    /// Cycle of the clock spikes are stamped with, on the way in and out, µs.
    pub spike_cycle: f64,
    /// Time from the membrane crossing the threshold to the spike, µs.
    pub comparator_delay: f64,
    /// Time from an external source's spike to the onset of its current, µs.
    pub input_latency: f64,
    /// Time from a neuron's spike to the onset of the current it causes on
    /// another neuron of the chip, µs.
    pub internal_latency: f64,
    /// How long before the experiment the comparators are switched on, µs.
    ///
    /// Until then every membrane sits where leak and constant current leave it.
    /// A neuron that rests below its threshold is still there at time 0; one
    /// that rests above fires at once and is this far into its cycle.
    pub comparator_lead: f64,

    /// Noise the membrane integrates, LSB per square root of a µs.
    pub membrane_noise: f64,
    /// Standard deviation of one MADC sample, LSB.
    pub readout_noise: f64,
}

/// Full code of the membrane capacitance: the constants hold there.
const CAPACITANCE_FULL: f64 = 63.0;
/// Bias of a synaptic input the constants hold at.
const SYNAPSE_BIAS: f64 = 500.0;

impl Transfer {
    /// The design as published.
    pub const NOMINAL: Transfer = Transfer {
        reference_floor: 171.83,  // fit; 4.2 has 168
        reference_slope: 0.7395,  // fit; 4.2 has 0.72
        reference_knee: 288.8,    // fit; 4.2 has 278
        reference_softness: 20.0, // 4.2 fit+estimate

        threshold_slope: 1.05,   // 4.2 fit to four points of images and text
        threshold_offset: 84.38, // fit; 4.2 has 85

        amplifier_time: 1649.5,      // fit; 4.3 has 1400 (150 at 10 µs: 1500)
        amplifier_residual: 0.5,     // estimate
        amplifier_saturation: 114.2, // fit; 4.3 has 110 to 190 (decay of PSPs)
        amplifier_charge_saturation: 241.9, // fit; 4.3 has 254 (charging)
        amplifier_charge_ratio: 2.2717, // fit; 4.3 asks for about 1.9
        amplifier_scaling: 8.0,      // 2 and 4.3 text
        amplifier_degeneration: 2.0, // 4.3 estimate

        capacitance_parasitic: 4.0, // 4.3 estimate

        synapse_strength: 0.2065,     // fit; 4.0 has 0.204, 4.4 0.18 to 0.27
        synapse_saturation: 65.5,     // fit; 4.0 has 66, 4.4 70
        synapse_time_offset: 0.3,     // 4.4 estimate
        synapse_time: 250.0,          // 4.4 estimate (code 26 is about 10 µs)
        synapse_high_resistance: 3.5, // 4.4 estimate (3 to 4)
        synapse_small_capacitance: 0.2, // 4.4 estimate

        sink_floor: 105.0,     // 4.4 estimate from an image
        sink_softness: 60.0,   // 4.4 estimate from an image
        source_ceiling: 750.0, // 4.1 text (upper saturation)
        source_softness: 20.0, // estimate

        constant_current: 0.025, // 4.6 estimate from text and image

        refractory_cycle: 0.008,  // 3 text, clock scale 0; 4.5 image
        spike_cycle: 0.008,       // 3 text, 125 MHz
        comparator_delay: 0.2325, // fit; 4.5 has about 0.2
        input_latency: 0.431,     // fit; 3 has 0.4 to 0.5
        internal_latency: 0.3,    // 3 estimate (0.2 to 0.5)
        comparator_lead: 4.515,   // fit

        membrane_noise: 0.2, // estimate, 4.10: spikes jitter by about 0.1 µs
        readout_noise: 1.5,  // 4.10 image
    };

    /// Potential of the leak or reset reference at `code`, LSB.
    pub fn reference(&self, code: u16) -> f64 {
        let excess = self.reference_slope * f64::from(code) - self.reference_knee;
        let bend = excess / self.reference_softness;
        // The logarithm of 1 + e^bend, in the form that cannot overflow.
        let softplus = bend.max(0.0) + (-bend.abs()).exp().ln_1p();
        self.reference_floor + self.reference_softness * softplus
    }

    /// Potential of the threshold at `code`, LSB.
    pub fn threshold(&self, code: u16) -> f64 {
        self.threshold_offset + self.threshold_slope * f64::from(code)
    }

    /// How much faster the same current moves a membrane at this capacitance
    /// code than at full capacitance.
    pub fn capacitance_gain(&self, code: u8) -> f64 {
        (CAPACITANCE_FULL + self.capacitance_parasitic)
            / (f64::from(code) + self.capacitance_parasitic)
    }

    /// Small-signal rate of a discharging membrane at full capacitance, 1/µs.
    pub fn amplifier_rate(
        &self,
        bias: u16,
        division: bool,
        multiplication: bool,
        degeneration: bool,
    ) -> f64 {
        let mut rate = (f64::from(bias) + self.amplifier_residual) / self.amplifier_time;
        if division {
            rate /= self.amplifier_scaling;
        }
        if multiplication {
            rate *= self.amplifier_scaling;
        }
        if degeneration {
            rate /= self.amplifier_degeneration;
        }
        rate
    }

    /// Saturation scales of the leak and reset amplifier, discharging and
    /// charging, LSB.
    pub fn saturation(&self, degeneration: bool) -> (f64, f64) {
        let factor = if degeneration {
            self.amplifier_degeneration
        } else {
            1.0
        };
        (
            factor * self.amplifier_saturation,
            factor * self.amplifier_charge_saturation,
        )
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

    /// Refractory time, µs. The counter holds the reset for at least one cycle
    /// (estimate; the real one glitches at low counts).
    pub fn refractory(&self, count: u8) -> f64 {
        f64::from(count.max(1)) * self.refractory_cycle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of section 4.2 that images and texts show, with the residuals the
    /// reference itself gives its line (chips differ by ±40 LSB).
    #[test]
    fn potentials_go_through_the_published_points() {
        let nominal = Transfer::NOMINAL;
        for (code, threshold) in [(250, 350.0), (300, 400.0), (400, 504.0), (453, 563.0)] {
            assert!((nominal.threshold(code) - threshold).abs() < 6.0, "{code}");
        }
        for (code, leak, spread) in [
            (400, 190.0, 3.0),
            (300, 172.0, 3.0),
            (530, 300.0, 30.0),
            (700, 375.0, 30.0),
            (953, 588.0, 15.0),
        ] {
            assert!((nominal.reference(code) - leak).abs() < spread, "{code}");
        }
    }

    #[test]
    fn time_constants_cover_the_published_ranges() {
        let nominal = Transfer::NOMINAL;
        let tau = |bias, division, multiplication| {
            1.0 / nominal.amplifier_rate(bias, division, multiplication, false)
        };
        // 4.3: 150 is about 10 µs, with division about 100 µs.
        assert!((tau(150, false, false) - 10.0).abs() < 2.0);
        assert!((tau(150, true, false) - 100.0).abs() < 20.0);
        assert!(tau(1022, false, true) < 0.25);
        assert!(tau(0, false, false).is_finite());
        // 4.4: 26 is about 10 µs.
        assert!((nominal.synaptic_time(26, false, false) - 10.0).abs() < 0.5);
        assert!(
            (nominal.synaptic_time(nominal.synaptic_bias(5.0), false, false) - 5.0).abs() < 0.1
        );
    }

    #[test]
    fn references_rise_with_the_code() {
        let reference = |code| Transfer::NOMINAL.reference(code);
        assert!((1..=1022).all(|code| reference(code) > reference(code - 1)));
        assert!((reference(0) - Transfer::NOMINAL.reference_floor).abs() < 0.1);
    }
}
