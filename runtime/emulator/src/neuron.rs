//! One neuron of the real design: its constants, its state, and what moves the state.

use crate::adex::{Adaptation, Exponential};
use crate::amplifier::{Amplifier, Conductance, Current, Headroom, Rails, Slope, SynapticInput};
use crate::chip::Chip;
use crate::circuit_block::CircuitBlock;
use crate::configuration::NeuronConfig;
use crate::integration::Step;
use crate::physical::{constant_slope, physical};
use crate::root::root;
use crate::transfer::Transfer;

/// The constants of one configured neuron circuit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neuron {
    pub leak: Amplifier,
    pub reset: Amplifier,
    pub excitatory: SynapticInput,
    pub inhibitory: SynapticInput,
    /// Constant current, LSB/µs, with its sign.
    pub constant: f64,
    pub exponential: Option<Exponential>,
    pub adaptation: Option<Adaptation>,
    pub rails: Rails,
    /// LSB; infinite while the comparator is off.
    pub threshold: f64,
    /// Time from a crossing to its spike, µs.
    pub comparator_delay: f64,
    /// Time from a spike to the release of the membrane, µs.
    pub reset_time: f64,
    /// Time from a spike until the comparator counts again, µs; not less.
    pub refractory: f64,
    /// Tells whether synaptic and exponential currents stay off during the reset.
    pub pause: bool,
    /// Resting state: membrane and adaptation, LSB.
    pub rest: (f64, f64),
}

/// Phase of a neuron between two spikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Phase {
    /// The membrane moves freely below the threshold.
    Integrating,
    /// The threshold was crossed, the spike comes at this time.
    SpikePending(f64),
    /// The spike came at this time, the membrane is pulled to the reset potential.
    Reset(f64),
    /// The spike came at this time, the membrane moves freely, but it cannot fire yet.
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
    /// Adaptation, LSB.
    pub adaptation: f64,
    /// Phase.
    pub phase: Phase,
}

/// Lowest and highest potential at which a resting membrane is looked for, LSB.
const REST_RANGE: (f64, f64) = (0.0, 1023.0);
/// Distance of two looks, LSB: less than the exponential current takes to outgrow
/// the leak.
const REST_LOOK: f64 = 8.0;
/// Distance from the leak's reference that is searched first, LSB: further than trims that
/// are a little off move it.
const REST_NEAR: f64 = 24.0;
/// Tolerance of its place, LSB.
const REST_TOLERANCE: f64 = 1e-6;

impl Neuron {
    /// The constants `config` amounts to at position `index` of `chip`, with the leak
    /// potential `drift` LSB from where it usually is.
    pub fn new(chip: &Chip, index: usize, config: &NeuronConfig, drift: f64) -> Neuron {
        let numbers = physical(chip, index, config);
        let block = |block| chip.block(index, block);
        let design = chip.transfer();
        let gain = design.capacitance_gain(config.membrane_capacitance_capacitance);
        let (leak, reset) = (block(CircuitBlock::Leak), block(CircuitBlock::Reset));
        let pull = |transfer: &Transfer, reference, rate, degeneration| Amplifier {
            reference,
            rate,
            saturation: transfer.saturation(reference, degeneration),
        };
        let reset_rate = gain
            * reset.amplifier_rate(
                numbers.v_reset,
                config.reset_i_bias,
                config.reset_switches(),
            );
        let scale = chip
            .backend
            .clock_scale(config.refractory_period_input_clock);
        let holdoff = design.holdoff(config.refractory_period_reset_holdoff, scale);
        let refractory = numbers.tau_refrac;
        let unit = chip.backend.weight_unit();
        let comparator = block(CircuitBlock::Comparator);
        let mut neuron = Neuron {
            leak: pull(
                &leak,
                leak.reference(config.leak_v_leak) + drift,
                1.0 / numbers.tau_m,
                config.leak_enable_degeneration,
            ),
            reset: pull(
                &reset,
                numbers.v_reset,
                reset_rate,
                config.reset_enable_degeneration,
            ),
            excitatory: excitatory(
                &block(CircuitBlock::Excitatory),
                config,
                numbers,
                gain,
                unit,
            ),
            inhibitory: inhibitory(
                &block(CircuitBlock::Inhibitory),
                config,
                numbers,
                gain,
                unit,
            ),
            constant: gain * constant_slope(chip, index, config),
            exponential: exponential(&block(CircuitBlock::Exponential), config, gain),
            adaptation: adaptation(chip, index, config, gain),
            rails: Rails {
                ceiling: Headroom {
                    end: design.source_ceiling,
                    softness: design.source_softness,
                },
                floor: Headroom {
                    end: design.sink_floor,
                    softness: design.sink_softness,
                },
            },
            threshold: numbers.v_threshold,
            comparator_delay: comparator.comparator_delay,
            reset_time: (refractory - holdoff)
                .max(design.refractory_cycle)
                .min(refractory),
            refractory,
            pause: config.refractory_period_enable_pause,
            rest: (0.0, 0.0),
        };
        neuron.rest = neuron.resting();
        neuron
    }

    /// The membrane and the adaptation with which nothing moves.
    fn resting(&self) -> (f64, f64) {
        let settled = |v: f64| {
            self.adaptation
                .map_or(0.0, |adaptation| adaptation.target(v))
        };
        let moved = self.constant != 0.0
            || self.exponential.is_some()
            || self.adaptation.is_some()
            || [&self.excitatory, &self.inhibitory]
                .iter()
                .any(|input| input.offset != 0.0 && !input.is_off());
        if !moved {
            return (self.leak.reference, settled(self.leak.reference));
        }
        let slope = |v: f64| {
            let state = State {
                adaptation: settled(v),
                ..State::silent(v)
            };
            self.slope(&state).value
        };
        let (mut low, mut high) = REST_RANGE;
        // The lowest potential at which the slope turns from up to down: with an
        // exponential current there can be another, beyond which nothing holds it. Without
        // that current, which only raises it, it would rest no higher.
        if self.exponential.is_some() {
            let without = Neuron {
                exponential: None,
                ..*self
            };
            low = without.resting().0;
            if slope(low) <= 0.0 {
                return (low, settled(low));
            }
            let looks = ((high - low) / REST_LOOK) as usize;
            let falls = (1..looks)
                .map(|look| low + REST_LOOK * look as f64)
                .find(|&v| slope(v) < 0.0);
            (low, high) = falls.map_or((low, high), |v| (v - REST_LOOK, v));
        }
        let mut values = (slope(low), slope(high));
        if self.exponential.is_none() {
            let reference = self.leak.reference;
            let near = [reference - REST_NEAR, reference + REST_NEAR].map(|v| v.clamp(low, high));
            let slopes = near.map(slope);
            if slopes[0] > 0.0 && slopes[1] < 0.0 {
                (low, high) = (near[0], near[1]);
                values = (slopes[0], slopes[1]);
            }
        }
        let v = if values.0 <= 0.0 {
            low
        } else if values.1 >= 0.0 {
            high
        } else {
            root((low, high), values, REST_TOLERANCE, slope)
        };
        (v, settled(v))
    }

    /// Slope of the membrane in this state.
    pub fn slope(&self, state: &State) -> Slope {
        let mut slope = Slope::default();
        let v = state.v;
        let reset = matches!(state.phase, Phase::Reset(_));
        if reset {
            self.reset.add(v, &mut slope);
        } else {
            self.leak.add(v, &mut slope);
        }
        if self.constant != 0.0 {
            let current = Current {
                value: self.constant,
                by_potential: 0.0,
                by_time: 0.0,
                curvature: 0.0,
            };
            self.rails.add(v, current, &mut slope);
        }
        if let Some(adaptation) = &self.adaptation {
            adaptation.add(state.adaptation, v, &self.rails, &mut slope);
        }
        if reset && self.pause {
            return slope;
        }
        let rails = &self.rails;
        self.excitatory
            .add(state.excitatory, v, 1.0, rails, &mut slope);
        self.inhibitory
            .add(state.inhibitory, v, -1.0, rails, &mut slope);
        if let Some(exponential) = &self.exponential {
            exponential.add(v, rails, &mut slope);
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

    /// Decay of the two synaptic lines over `duration` µs.
    #[inline]
    pub fn decay(&self, duration: f64) -> (f64, f64) {
        (
            (-self.excitatory.rate * duration).exp(),
            (-self.inhibitory.rate * duration).exp(),
        )
    }

    /// Time at which a phase ends, if it does by itself, µs.
    pub fn phase_end(&self, phase: Phase) -> Option<f64> {
        match phase {
            Phase::Integrating => None,
            Phase::SpikePending(spike) => Some(spike),
            Phase::Reset(spike) => Some(spike + self.reset_time),
            Phase::Refractory(spike) => Some(spike + self.refractory),
        }
    }

    /// Standard deviation the membrane noise settles at, LSB.
    pub fn noise_spread(&self, membrane_noise: f64) -> f64 {
        membrane_noise * (0.5 / self.leak.rate).sqrt()
    }

    /// The state in which nothing happens.
    pub fn at_rest(&self) -> State {
        State {
            adaptation: self.rest.1,
            ..State::silent(self.rest.0)
        }
    }
}

impl State {
    /// A membrane at `v`, with silent lines.
    fn silent(v: f64) -> State {
        State {
            v,
            excitatory: 0.0,
            inhibitory: 0.0,
            adaptation: 0.0,
            phase: Phase::Integrating,
        }
    }

    /// Lets an adaptation that `now` has and the neuron `before` it had not begin where it
    /// settles.
    pub fn begin_adapting(&mut self, before: &Neuron, now: &Neuron) {
        if let (None, Some(adaptation)) = (before.adaptation, now.adaptation) {
            self.adaptation = adaptation.target(self.v);
        }
    }
}

/// Offset of an input from its own trim, in weight units, which are `unit` times as large
/// as usual.
fn offset(transfer: &Transfer, shift_reference: u16, unit: f64) -> f64 {
    if unit > 0.0 {
        transfer.synaptic_offset(shift_reference) / unit
    } else {
        0.0
    }
}

fn excitatory(
    transfer: &Transfer,
    config: &NeuronConfig,
    numbers: crate::physical::Physical,
    gain: f64,
    unit: f64,
) -> SynapticInput {
    let conductance = if config.excitatory_input_enable_coba_mode {
        let per_lsb = transfer.coba_gain(config.excitatory_input_i_bias_coba);
        Conductance {
            at_zero: per_lsb * transfer.reversal(config.excitatory_input_v_rev_coba),
            by_potential: -per_lsb,
        }
    } else {
        Conductance::NONE
    };
    SynapticInput {
        strength: numbers.weight_exc,
        saturation: gain * transfer.synaptic_saturation(config.excitatory_input_i_bias_gm),
        rate: 1.0 / numbers.tau_syn_exc,
        offset: offset(transfer, config.excitatory_input_i_shift_reference, unit),
        conductance,
    }
}

fn inhibitory(
    transfer: &Transfer,
    config: &NeuronConfig,
    numbers: crate::physical::Physical,
    gain: f64,
    unit: f64,
) -> SynapticInput {
    let conductance = if config.inhibitory_input_enable_coba_mode {
        let per_lsb = transfer.coba_gain(config.inhibitory_input_i_bias_coba);
        Conductance {
            at_zero: -per_lsb * transfer.reversal(config.inhibitory_input_v_rev_coba),
            by_potential: per_lsb,
        }
    } else {
        Conductance::NONE
    };
    SynapticInput {
        strength: numbers.weight_inh,
        saturation: gain * transfer.synaptic_saturation(config.inhibitory_input_i_bias_gm),
        rate: 1.0 / numbers.tau_syn_inh,
        offset: offset(transfer, config.inhibitory_input_i_shift_reference, unit),
        conductance,
    }
}

fn exponential(transfer: &Transfer, config: &NeuronConfig, gain: f64) -> Option<Exponential> {
    if !config.exponential_enable {
        return None;
    }
    let (onset, slope_factor) =
        transfer.exponential(config.exponential_v_exp, config.exponential_i_bias);
    Some(Exponential::new(
        onset,
        slope_factor,
        gain * transfer.exponential_rate,
        gain * transfer.exponential_largest,
    ))
}

/// Tells whether anything moves the adaptation. Without a drive its state is its reference,
/// which takes no current.
pub(crate) fn adapts(config: &NeuronConfig) -> bool {
    config.adaptation_i_bias_a > 0
        || (config.adaptation_enable_pulse && config.adaptation_i_bias_b > 0)
}

fn adaptation(chip: &Chip, index: usize, config: &NeuronConfig, gain: f64) -> Option<Adaptation> {
    if !adapts(config) {
        return None;
    }
    let transfer = chip.block(index, CircuitBlock::Adaptation);
    let sign = |invert: bool| if invert { -1.0 } else { 1.0 };
    let increment = if config.adaptation_enable_pulse {
        let scale = chip.backend.clock_scale_adaptation_pulse;
        transfer.adaptation_increment(config.adaptation_i_bias_b, scale)
    } else {
        0.0
    };
    Some(Adaptation {
        rate: 1.0 / transfer.adaptation_time_constant(config.adaptation_i_bias_tau),
        reference: transfer.adaptation_reference(config.adaptation_v_ref),
        leak: transfer.adaptation_reference(config.adaptation_v_leak),
        coupling: sign(config.adaptation_invert_a)
            * transfer
                .adaptation_coupling(config.adaptation_i_bias_a, config.adaptation_i_bias_tau),
        increment: sign(config.adaptation_invert_b) * increment,
        strength: if config.adaptation_enable {
            gain * transfer.adaptation_strength
        } else {
            0.0
        },
        saturation: transfer.adaptation_saturation,
    })
}
