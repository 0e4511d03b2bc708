//! From DAC codes to LSB and microseconds: every analog constant of the design
//! in one table ([`CONSTANTS`]), each with where it comes from and how far it may
//! be off. The laws that use them are in `laws`.
//!
//! Sources are sections of the project's BrainScaleS-2 reference; [`Kind`] says
//! what kind of number each one is.
//!
//! # What the fit does not explain
//!
//! One set of constants serves both published traces, of which each shows one
//! neuron of one chip. In trace A (the tutorial) 2.9 LSB RMS remain. They have
//! a pattern: the first response comes out up to 8 LSB too high, the later ones
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
//! # Why the leak is stronger at high potentials
//!
//! Trace B charges about twice as fast as trace A discharges. Trace A shows the leak only
//! above a reference near its floor, trace B only below a high one, so they cannot tell an
//! amplifier that charges more strongly (as 4.3 has it) from one that is stronger where its
//! reference is high. The second is assumed, for four reasons. Both the conductance and
//! the distance at which it saturates come out twice as large, as they do in a
//! differential pair of which the current source runs out of headroom; one constant
//! less then fits both traces slightly better. Where one neuron shows both
//! directions, they are alike: eight of ts_06, whose small responses have the same slope,
//! ts_08, which undershoots by as much as it overshoots, and ts_00, where an inhibitory
//! response is lower than an excitatory one by just what is left of that
//! (section 5). Time constants in between come out as 4.3 has them: at bias 150 9.4 µs
//! for a neuron that rests at 303 LSB, with division 82 µs at 240 LSB, and 26 µs for 400 at
//! 350 LSB. And inputs of both signs leave a neuron about where it rests
//! (fp_synapticInput).
//!
//! How it grows in between (with the square) is a guess that goes through those three.

pub(crate) mod functions;
pub(crate) mod laws;

/// Kind of number of a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Read off a published figure.
    Image,
    /// Stated in a published notebook or a header file.
    Text,
    /// Found by `examples/fit.rs` from the two traces in `tests/silicon/`, or from
    /// points the reference lists.
    Fit,
    /// A defensible value that is not published.
    Estimate,
}

/// One constant of the design: a row of [`CONSTANTS`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constant {
    /// Its name, which is that of a field of [`Transfer`].
    pub name: &'static str,
    /// Its value on the nominal chip.
    pub value: f64,
    /// Distance of another chip, or of the truth, from that, in the same unit; an
    /// estimate itself.
    pub uncertainty: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Kind of number.
    pub kind: Kind,
    /// Source: a section of the reference, or what that has instead.
    pub source: &'static str,
    /// Meaning.
    pub meaning: &'static str,
}

macro_rules! constants {
    ($($name:ident = $value:literal, $uncertainty:literal, $unit:literal, $kind:ident, $source:literal, $meaning:literal;)*) => {
        /// The analog constants of a chip.
        ///
        /// [`Transfer::NOMINAL`] is the design without mismatch. The fields are public
        /// so that a fitting program can vary them ([`Chip::with_transfer`]); an
        /// experiment has no reason to.
        ///
        /// [`Chip::with_transfer`]: crate::Chip::with_transfer
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Transfer {
            $(
                #[doc = $meaning]
                #[doc = ""]
                #[doc = concat!("Unit: ", $unit, ". Source: ", $source, ".")]
                pub $name: f64,
            )*
        }

        impl Transfer {
            /// The design as published.
            pub const NOMINAL: Transfer = Transfer { $($name: $value,)* };
        }

        /// All constants, in the order of the fields of [`Transfer`].
        pub static CONSTANTS: &[Constant] = &[$(Constant {
            name: stringify!($name),
            value: $value,
            uncertainty: $uncertainty,
            unit: $unit,
            kind: Kind::$kind,
            source: $source,
            meaning: $meaning,
        }),*];
    };
}

// Name, value, uncertainty, unit, kind, source, meaning.
#[rustfmt::skip]
constants! {
    reference_floor = 172.59, 10.0, "LSB", Fit, "4.2 has 168",
        "Lowest potential the leak and reset references reach.";
    reference_slope = 0.7395, 0.08, "LSB/code", Fit, "4.2 has 0.72",
        "Slope of the leak and reset references well above the floor.";
    reference_knee = 290.3, 40.0, "LSB", Fit, "4.2 has 278",
        "Where their rise starts, in LSB of the line through the origin.";
    reference_softness = 20.0, 10.0, "LSB", Estimate, "4.2, fit and estimate",
        "Width of the bend between floor and line.";
    reset_slope = 0.838, 0.08, "LSB/code", Fit, "4.2: between 0.88 in fp_calibration and 0.74 of the leak, weighed by their spreads",
        "Slope of the reset reference well above the floor, which it shares with the leak's.";
    reset_knee = 382.5, 40.0, "LSB", Fit, "4.2: between 322 LSB at code 650 in fp_calibration and 366 of the leak",
        "Where its rise starts, in LSB of the line through the origin.";
    threshold_slope = 1.05, 0.05, "LSB/code", Fit, "4.2, four points of images and text",
        "Threshold potential per code.";
    threshold_offset = 83.58, 10.0, "LSB", Fit, "4.2 has 85",
        "Threshold potential at code 0.";
    amplifier_time = 1589.6, 300.0, "µs code", Fit, "4.3 has 1400 (150 at 10 µs: 1500)",
        "Time constant of a membrane that is pulled to a reference at its floor, times the bias code, at \
         full capacitance. Leak and reset are one amplifier whose bias and reference are switched, so both \
         obey it.";
    amplifier_residual = 0.5, 0.5, "codes", Estimate, "none",
        "Bias that flows with the code at 0: the membrane then drifts within milliseconds instead of \
         floating for ever.";
    amplifier_saturation = 110.7, 40.0, "LSB", Fit, "4.3 has 110 to 190 (decay of PSPs)",
        "Distance from a reference at its floor at which the amplifier saturates.";
    amplifier_headroom = 380.1, 60.0, "LSB", Fit, "4.3 asks for charging about 1.9 times as strong, with a scale of 254 LSB",
        "How far above the floor the reference is where the amplifier pulls twice as strongly, and saturates \
         at twice the distance: its current goes with both.";
    amplifier_scaling = 8.0, 0.8, "", Text, "2 and 4.3",
        "What `enable_multiplication` multiplies the conductance by and `enable_division` divides it by.";
    amplifier_degeneration = 2.0, 0.7, "", Estimate, "4.3",
        "What `enable_degeneration` multiplies the saturation scale by and divides the conductance by: \
         the largest current stays what it was.";
    capacitance_parasitic = 4.0, 2.0, "codes", Estimate, "4.3",
        "Capacitance that code 0 leaves.";
    synapse_strength = 0.2026, 0.03, "LSB/µs", Fit, "4.0 has 0.204, 4.4 0.18 to 0.27",
        "Membrane slope one weight unit adds when its spike arrives, at `i_bias_gm` 500 and full \
         capacitance.";
    synapse_saturation = 68.27, 10.0, "LSB/µs", Fit, "4.0 has 66, 4.4 70",
        "Membrane slope at which a synaptic input saturates, at `i_bias_gm` 500 and full capacitance. It \
         follows the bias: it is the tail current of the input amplifier.";
    synapse_time_offset = 0.3, 0.1, "µs", Estimate, "4.4",
        "Synaptic time constant at an infinite bias.";
    synapse_time = 250.0, 60.0, "µs code", Estimate, "4.4 (code 26 is about 10 µs)",
        "Rest of the synaptic time constant times the bias code.";
    synapse_high_resistance = 3.5, 0.5, "", Estimate, "4.4 (3 to 4)",
        "What `enable_high_resistance` multiplies the synaptic time constant by.";
    synapse_small_capacitance = 0.2, 0.1, "", Estimate, "4.4",
        "What `enable_small_capacitance` multiplies the synaptic time constant by; the same charge then \
         makes a step larger by the inverse.";
    synapse_shift_best = 310.0, 40.0, "code", Text, "2 (typical value)",
        "Code of `i_shift_reference` at which an input without events carries no current.";
    synapse_shift_gain = 0.1, 0.05, "weight units/code", Estimate, "none",
        "What the input amplifier sees for each code away from that, as weight on its line.";
    coba_distance = 200.0, 80.0, "LSB", Estimate, "none; makes the calibrated CUBA and COBA neurons alike (1.5)",
        "Distance from the reversal potential at which a COBA input is as strong as a CUBA one, at \
         `i_bias_coba` 500.";
    synin_rest = 600.0, 100.0, "LSB", Estimate, "none; a line rests near its supply",
        "Readout of a synaptic line without events.";
    synin_gain = 0.2, 0.1, "LSB/weight unit", Estimate, "4.4: five events of weight 63 pull by more than 20 LSB",
        "How far the readout of a synaptic line falls per weight unit.";
    sink_floor = 105.0, 10.0, "LSB", Estimate, "4.4, from an image",
        "Potential at which currents that pull down cease.";
    sink_softness = 60.0, 20.0, "LSB", Estimate, "4.4, from an image",
        "Distance from the floor over which they cease.";
    source_ceiling = 750.0, 20.0, "LSB", Text, "4.1 (upper saturation)",
        "Potential at which currents that pull up cease.";
    source_softness = 20.0, 10.0, "LSB", Estimate, "none",
        "Distance from the ceiling over which they cease.";
    constant_current = 0.025, 0.007, "LSB/µs/code", Estimate, "4.6: 0.02 to 0.035",
        "Membrane slope per code of the constant current at full capacitance.";
    constant_current_linear = 800.0, 50.0, "code", Text, "4.6 and 2 (linear to about 800)",
        "Code up to which the constant current is linear; above it a code adds 0.7 of one (estimate).";
    exponential_slope = 40.0, 15.0, "LSB", Estimate, "4.7 (10 to 40 for 1000 to 100)",
        "Potential over which the exponential current grows by e, at `i_bias` 100; it goes with the bias \
         to the power of -0.6.";
    exponential_rate = 0.01, 0.01, "1/µs", Estimate, "4.7, from the strengths and durations of cns_03",
        "Slope of the exponential current at its onset, at full capacitance.";
    exponential_shift = 120.0, 60.0, "LSB", Estimate, "4.7 names f(i_bias) without a figure; from cns_03",
        "How far the onset lies above the potential of `v_exp`, at `i_bias` 100.";
    exponential_shift_slope = 113.0, 50.0, "LSB", Estimate, "4.7, between cns_03 and the AdEx images",
        "By how much a bias e times as large lowers the onset.";
    exponential_largest = 150.0, 80.0, "LSB/µs", Estimate, "4.7: from 490 to 750 LSB in less than 5 µs",
        "Membrane slope at which the exponential current saturates, at full capacitance.";
    adaptation_time = 8000.0, 3000.0, "µs code", Estimate, "4.8, from an image",
        "Adaptation time constant times the bias code.";
    adaptation_shift = 200.0, 60.0, "code", Text, "5, ts_08: no offset current with `v_leak` of the adaptation 200 codes below that of the leak",
        "Codes by which the adaptation's references are higher than those of leak and reset.";
    adaptation_gain = 0.75, 0.3, "", Estimate, "4.8, from an image",
        "What the adaptation state follows of the membrane when `i_bias_a` is `i_bias_tau`.";
    adaptation_jump = 0.25, 0.15, "LSB/code", Estimate, "4.8: 50 to 55 LSB for an unknown bias",
        "What a spike adds to the adaptation state, per code of `i_bias_b`, at pulse scale 7.";
    adaptation_strength = 0.04, 0.015, "1/µs", Estimate, "4.8, from an image: overshoot and steady rise of ts_08",
        "Membrane slope per LSB of the adaptation state, at full capacitance.";
    adaptation_saturation = 260.0, 80.0, "LSB", Estimate, "none; ts_08 as for `adaptation_strength`",
        "Distances at which the two amplifiers of the adaptation saturate.";
    compartment_rate = 1.0, 0.6, "1/µs", Estimate, "4.9, from an image of a chain",
        "What the resistor to the shared line makes of the membrane at `i_bias_nmda` 500 and full \
         capacitance.";
    compartment_scaling = 4.0, 0.5, "", Text, "2",
        "What its switches multiply and divide the conductance by.";
    bypass_threshold = 20.0, 10.0, "weight units", Estimate, "4.4 (any weight that shows fires, from about 20 on)",
        "Weight from which on a single event makes a spike in bypass mode.";
    refractory_cycle = 0.008, 0.0, "µs", Text, "3, clock scale 0; 4.5, image",
        "One count of the refractory counter at clock scale 0.";
    spike_cycle = 0.008, 0.0, "µs", Text, "3, 125 MHz",
        "Cycle of the clock spikes are stamped with, on the way in and out.";
    comparator_delay = 0.262, 0.1, "µs", Fit, "4.5 has about 0.2",
        "Time from the membrane crossing the threshold to the spike.";
    input_latency = 0.4201, 0.05, "µs", Fit, "3 has 0.4 to 0.5",
        "Time from an external source's spike to the onset of its current.";
    internal_latency = 0.3, 0.15, "µs", Estimate, "3 (0.2 to 0.5)",
        "Time from a neuron's spike to the onset of the current it causes on another neuron of the chip.";
    comparator_lead = 4.589, 0.5, "µs", Fit, "trace B alone",
        "How long before the experiment the comparators are switched on. Until then every membrane sits \
         where leak and constant current leave it: a neuron that rests below its threshold is still there \
         at time 0, one that rests above fires at once and is this far into its cycle.";
    membrane_noise = 0.2, 0.1, "LSB/√µs", Estimate, "4.10: spikes jitter by about 0.1 µs",
        "Noise the membrane integrates.";
    cadc_slope = 3.0, 0.1, "LSB/CADC LSB", Image, "4.1, three potentials of a calibrated neuron",
        "What one LSB of a column ADC is in LSB of the membrane ADC, the unit of all potentials here.";
    cadc_zero = 63.0, 10.0, "LSB", Image, "4.1, three potentials of a calibrated neuron",
        "Potential at which a column ADC reads 0.";
    readout_noise = 1.5, 0.3, "LSB", Image, "4.10",
        "Standard deviation of one MADC sample.";
    cadc_noise = 0.5, 0.2, "CADC LSB", Estimate, "4.10: the noise of the MADC, over 3, is as much",
        "Standard deviation of one CADC sample, beside what the membrane itself does.";
}

#[cfg(test)]
mod tests {
    use super::laws::AmplifierSwitches;
    use super::*;

    /// Points of section 4.2 that images and texts show, with the residuals the
    /// reference itself gives its line (chips differ by ±40 LSB).
    #[test]
    fn potentials_go_through_the_published_points() {
        let nominal = Transfer::NOMINAL;
        for (code, threshold) in [(250, 350.0), (300, 400.0), (400, 504.0), (453, 563.0)] {
            assert!((nominal.threshold(code) - threshold).abs() < 6.0, "{code}");
        }
        assert!((nominal.reset_reference(300) - 172.0).abs() < 3.0);
        assert!(nominal.reset_reference(400) < 232.0);
        for (code, leak, spread) in [
            (400, 190.0, 3.0),
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
        let tau = |potential, bias, division, multiplication| {
            let switches = AmplifierSwitches {
                division,
                multiplication,
                degeneration: false,
            };
            1.0 / nominal.amplifier_rate(potential, bias, switches)
        };
        // 4.3: 150 is about 10 µs, with division and at leak code 480 about 100 µs.
        assert!((tau(303.0, 150, false, false) - 10.0).abs() < 2.0);
        assert!((tau(nominal.reference(480), 150, true, false) - 100.0).abs() < 20.0);
        assert!(tau(303.0, 1022, false, true) < 0.25);
        assert!(tau(303.0, 0, false, false).is_finite());
        // 4.3: 400 with division is 25 to 30 µs where fp_calibration rests.
        assert!((25.0..30.0).contains(&tau(350.0, 400, true, false)));
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
