//! One neuron of the real design: its constants, its state, and how the state
//! moves over a time in which no spike arrives.
//!
//! The membrane is integrated with the exponential Rosenbrock-Euler method
//! (Hochbruck and Ostermann 2010): it linearises the amplifiers at the start of a
//! step and solves that exactly (what their bend adds is put on top), so a membrane that is fast
//! against the step (small capacitance, multiplied bias) settles where it
//! belongs instead of blowing up. The same formula, read at a part of a step,
//! gives the samples and the crossing within it.

use crate::amplifier::{Amplifier, Headroom, Slope, SynapticInput};
use crate::exponential::phi1_and_phi2;
use crate::physical::{constant_slope, physical};
use crate::{Chip, NeuronConfig};

/// The constants of one configured neuron circuit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neuron {
    pub leak: Amplifier,
    pub reset: Amplifier,
    pub excitatory: SynapticInput,
    pub inhibitory: SynapticInput,
    /// Constant current, LSB/µs, with its sign.
    pub constant: f64,
    ceiling: Headroom,
    floor: Headroom,
    /// LSB; infinite while the comparator is off.
    pub threshold: f64,
    /// µs.
    pub refractory: f64,
    /// Where leak and constant current leave the membrane, LSB.
    pub rest: f64,
}

/// What a neuron does at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Phase {
    /// The membrane moves freely below the threshold.
    Free,
    /// The threshold was crossed, the spike comes at this time.
    Firing(f64),
    /// The membrane is pulled to the reset potential until this time.
    Refractory(f64),
}

/// The state of one neuron.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    /// Membrane potential, LSB.
    pub v: f64,
    /// Excitatory line, weight units.
    pub excitatory: f64,
    /// Inhibitory line, weight units.
    pub inhibitory: f64,
    /// What it does.
    pub phase: Phase,
}

impl Neuron {
    /// The constants `config` amounts to at position `index` of `chip`.
    pub fn new(chip: &Chip, index: usize, config: &NeuronConfig) -> Neuron {
        let transfer = chip.transfer();
        let numbers = physical(chip, index, config);
        let gain = transfer.capacitance_gain(config.membrane_capacitance_capacitance);
        let mut neuron = Neuron {
            leak: Amplifier {
                reference: transfer.reference(config.leak_v_leak),
                rate: 1.0 / numbers.tau_m,
                charge_ratio: transfer.amplifier_charge_ratio,
                saturation: transfer.saturation(config.leak_enable_degeneration),
            },
            reset: Amplifier {
                reference: numbers.v_reset,
                rate: gain
                    * transfer.amplifier_rate(
                        config.reset_i_bias,
                        config.reset_enable_division,
                        config.reset_enable_multiplication,
                        config.reset_enable_degeneration,
                    ),
                charge_ratio: transfer.amplifier_charge_ratio,
                saturation: transfer.saturation(config.reset_enable_degeneration),
            },
            excitatory: SynapticInput {
                strength: numbers.weight_exc,
                saturation: gain * transfer.synaptic_saturation(config.excitatory_input_i_bias_gm),
                rate: 1.0 / numbers.tau_syn_exc,
            },
            inhibitory: SynapticInput {
                strength: numbers.weight_inh,
                saturation: gain * transfer.synaptic_saturation(config.inhibitory_input_i_bias_gm),
                rate: 1.0 / numbers.tau_syn_inh,
            },
            constant: gain * constant_slope(chip, config),
            ceiling: Headroom {
                end: transfer.source_ceiling,
                softness: transfer.source_softness,
            },
            floor: Headroom {
                end: transfer.sink_floor,
                softness: transfer.sink_softness,
            },
            threshold: numbers.v_threshold,
            refractory: numbers.tau_refrac,
            rest: 0.0,
        };
        neuron.rest = neuron.resting_potential();
        neuron
    }

    /// The potential at which leak and constant current cancel. The slope falls
    /// with the potential, so halving the interval finds it.
    fn resting_potential(&self) -> f64 {
        let (mut low, mut high) = (0.0, 1023.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let still = State {
                v: middle,
                excitatory: 0.0,
                inhibitory: 0.0,
                phase: Phase::Free,
            };
            if self.slope(&still).value > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// What moves the membrane in this state.
    fn slope(&self, state: &State) -> Slope {
        let mut slope = Slope::default();
        match state.phase {
            Phase::Refractory(_) => self.reset.add(state.v, &mut slope),
            _ => self.leak.add(state.v, &mut slope),
        }
        if state.excitatory > 0.0 || self.constant > 0.0 {
            let (current, change) = self.excitatory.current(state.excitatory);
            let current = (current + self.constant.max(0.0), change);
            self.ceiling.add(state.v, current, 1.0, &mut slope);
        }
        if state.inhibitory > 0.0 || self.constant < 0.0 {
            let (current, change) = self.inhibitory.current(state.inhibitory);
            let current = (current - self.constant.min(0.0), change);
            self.floor.add(state.v, current, -1.0, &mut slope);
        }
        slope
    }

    /// Prepares a step from `state`.
    #[inline]
    pub fn step(&self, state: &State) -> Step {
        Step {
            v: state.v,
            slope: self.slope(state),
        }
    }

    /// What remains of the two synaptic lines after `duration` µs.
    #[inline]
    pub fn decay(&self, duration: f64) -> (f64, f64) {
        (
            (-self.excitatory.rate * duration).exp(),
            (-self.inhibitory.rate * duration).exp(),
        )
    }

    /// Standard deviation the membrane noise settles at, LSB.
    pub fn noise_spread(&self, membrane_noise: f64) -> f64 {
        membrane_noise * (0.5 / self.leak.rate).sqrt()
    }
}

/// A step of the membrane whose end is still open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    v: f64,
    slope: Slope,
}

impl Step {
    /// The membrane potential `duration` µs into the step.
    #[inline]
    pub fn at(&self, duration: f64) -> f64 {
        let z = self.slope.by_potential * duration;
        let (phi1, phi2) = phi1_and_phi2(z);
        let change = duration * (phi1 * self.slope.value + duration * phi2 * self.slope.by_time);
        // The amplifier's bend, to third order; where that is much, a step is too long.
        let bend = duration / 6.0 * self.slope.curvature * change;
        self.v + change + bend.clamp(-0.25, 0.25) * change
    }

    /// When, within `duration` µs, the membrane first is at `threshold`, given
    /// that it starts below and ends, with a `drift` of its own, not below.
    pub fn crossing(&self, threshold: f64, duration: f64, drift: f64) -> f64 {
        let above = |time: f64| self.at(time) + drift * time / duration - threshold;
        let (mut low, mut high) = (0.0, duration);
        let (mut below_by, mut above_by) = (self.v - threshold, above(duration));
        // False position, in the Illinois form that cannot get stuck: a handful of
        // rounds take a step to far below the 8 ns of the clock.
        let mut last = 0;
        for _ in 0..40 {
            if high - low < 1e-6 {
                break;
            }
            let middle = (low + (high - low) * below_by / (below_by - above_by))
                .clamp(low + 1e-7, high - 1e-7);
            let difference = above(middle);
            if difference < 0.0 {
                (low, below_by) = (middle, difference);
                if last < 0 {
                    above_by *= 0.5;
                }
                last = -1;
            } else {
                (high, above_by) = (middle, difference);
                if last > 0 {
                    below_by *= 0.5;
                }
                last = 1;
            }
        }
        high
    }
}
