//! Extensions that only some neurons have: exponential current, adaptation, and synapses with a
//! reversal potential. A block whose neurons have none of it does not pay for it; a neuron
//! that has none does the same, to the bit, whether its block does or not.

use super::row::{Row, WIDTH};
use crate::amplifier::{Conductance, SynapticInput};
use crate::neuron::{Neuron, Phase};

/// Dependence of a synaptic current on the membrane, see [`Conductance`].
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Modulation {
    pub at_zero: Row,
    pub by_potential: Row,
}

/// The exponential current of a block.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct ExponentialRows {
    pub largest: Row,
    pub half: Row,
    /// One over the slope factor.
    pub scale: Row,
}

/// The adaptation of a block.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct AdaptationRows {
    /// LSB.
    pub state: Row,
    /// The state before the last step.
    pub before: Row,
    pub reference: Row,
    pub leak: Row,
    /// Coupling times saturation.
    pub largest_shift: Row,
    /// One over the saturation.
    pub scale: Row,
    /// Strength times saturation, LSB/µs.
    pub largest_current: Row,
    /// Part of the way to its target that it goes in a step, and half of one.
    pub part: Row,
    pub half_part: Row,
}

/// The rest of sixteen neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct ExtendedModel {
    pub excitatory: Modulation,
    pub inhibitory: Modulation,
    pub exponential: ExponentialRows,
    pub adaptation: AdaptationRows,
    /// 0 while synapses and exponential current are kept off the membrane, else 1.
    pub gate: Row,
}

/// Tells whether a neuron needs one.
pub(super) fn is_extended(neuron: &Neuron) -> bool {
    let plain = |input: &SynapticInput| input.is_off() || input.conductance == Conductance::NONE;
    neuron.exponential.is_some()
        || neuron.adaptation.is_some()
        || neuron.pause
        || !plain(&neuron.excitatory)
        || !plain(&neuron.inhibitory)
}

impl ExtendedModel {
    /// Nothing of all that.
    pub const EMPTY: ExtendedModel = ExtendedModel {
        excitatory: Modulation {
            at_zero: [1.0; WIDTH],
            by_potential: [0.0; WIDTH],
        },
        inhibitory: Modulation {
            at_zero: [1.0; WIDTH],
            by_potential: [0.0; WIDTH],
        },
        exponential: ExponentialRows {
            largest: [0.0; WIDTH],
            half: [0.0; WIDTH],
            scale: [0.0; WIDTH],
        },
        adaptation: AdaptationRows {
            state: [0.0; WIDTH],
            before: [0.0; WIDTH],
            reference: [0.0; WIDTH],
            leak: [0.0; WIDTH],
            largest_shift: [0.0; WIDTH],
            scale: [0.0; WIDTH],
            largest_current: [0.0; WIDTH],
            part: [0.0; WIDTH],
            half_part: [0.0; WIDTH],
        },
        gate: [1.0; WIDTH],
    };

    /// Puts a neuron into a lane.
    pub fn configure(&mut self, lane: usize, neuron: &Neuron, step: f64) {
        for (rows, input) in [
            (&mut self.excitatory, &neuron.excitatory),
            (&mut self.inhibitory, &neuron.inhibitory),
        ] {
            rows.at_zero[lane] = input.conductance.at_zero as f32;
            rows.by_potential[lane] = input.conductance.by_potential as f32;
        }
        if let Some(exponential) = &neuron.exponential {
            self.exponential.largest[lane] = exponential.largest as f32;
            self.exponential.half[lane] = exponential.half as f32;
            self.exponential.scale[lane] = (1.0 / exponential.slope_factor) as f32;
        }
        if let Some(adaptation) = &neuron.adaptation {
            let rows = &mut self.adaptation;
            rows.reference[lane] = adaptation.reference as f32;
            rows.leak[lane] = adaptation.leak as f32;
            rows.largest_shift[lane] = (adaptation.coupling * adaptation.saturation) as f32;
            rows.scale[lane] = (1.0 / adaptation.saturation) as f32;
            rows.largest_current[lane] = (adaptation.strength * adaptation.saturation) as f32;
            let part = |duration: f64| -(-adaptation.rate * duration).exp_m1();
            rows.part[lane] = part(step) as f32;
            rows.half_part[lane] = part(0.5 * step) as f32;
        }
    }

    /// Sets what a phase of a neuron makes of its lane.
    pub fn set_phase(&mut self, lane: usize, neuron: &Neuron, phase: Phase) {
        let shut = neuron.pause && matches!(phase, Phase::Reset(_));
        self.gate[lane] = if shut { 0.0 } else { 1.0 };
    }

    /// A spike moves the adaptation.
    pub fn spike(&mut self, lane: usize, neuron: &Neuron) {
        if let Some(adaptation) = &neuron.adaptation {
            self.adaptation.state[lane] += adaptation.increment as f32;
        }
    }
}
