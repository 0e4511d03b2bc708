//! All live neurons at once, one step at a time: flat arrays in blocks of
//! sixteen, without a branch, so that a block is one vector of AVX-512, two of
//! AVX2 or four of SSE.
//!
//! What a step costs, per block, in vector operations: three tanh (11 each, one
//! of them a division), two exponentials (13), φ₁ (11), noise (10), two lines
//! with their arrivals (18 each, one a division), leak and rails (20): about 145,
//! and 2 kB to read. Phases cost nothing: a neuron in reset has the constants of
//! its reset amplifier in its lane and no threshold.
//!
//! The membrane takes an exponential Rosenbrock-Euler step, driven by the mean of
//! its input currents over the step. A spike that arrives within a step, with the
//! part κ of it left, makes the current jump then: its mean is that of the line
//! without it, plus κ times what the jump amounts to at the end.
//!
//! A lane that cannot be trusted with that (threshold reached, too large a
//! change, a phase that ends) asks for attention, and is taken through the step
//! again by a [`Passage`](super::passage::Passage).

use super::approximation::{falling_exponential, phi1, tanh};
use super::noise;
use crate::amplifier::{Amplifier, SynapticInput};
use crate::neuron::Neuron;

/// Lanes per block.
pub(super) const WIDTH: usize = 16;
/// Error of the linearised amplifier that one step may make, LSB.
const TOLERANCE: f64 = 0.02;
/// Largest change of a lane in one step, LSB.
const LARGEST_CHANGE: f64 = 24.0;
/// Largest part of a time constant, synaptic or of the leak, in one step.
const LARGEST_PART: f64 = 0.3;
/// The same of a reset, which is over before anything comes of it.
const LARGEST_RESET_PART: f64 = 2.0;

/// One number per lane.
pub(super) type Row = [f32; WIDTH];

/// One synaptic line of a block.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// What it holds, weight units.
    pub level: Row,
    /// The level before the last step.
    pub before: Row,
    /// What arrives in this step, weight units.
    pub arriving: Row,
    /// The same, each times what is left of the step, µs.
    pub moment: Row,
    /// The bent level: its current as a part of the largest.
    bent: Row,
    rate: Row,
    decay: Row,
    /// One over the level at which it saturates.
    scale: Row,
    /// Largest current, LSB/µs.
    saturation: Row,
}

/// The amplifier that pulls the membrane at the moment.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
struct Pull {
    reference: Row,
    charging: Row,
    discharging: Row,
    charging_scale: Row,
    discharging_scale: Row,
}

/// Sixteen neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Membrane potential, LSB.
    pub v: Row,
    /// The potential before the last step.
    pub before: Row,
    pub excitatory: Line,
    pub inhibitory: Line,
    /// LSB; infinite while it counts for nothing.
    pub threshold: Row,
    pull: Pull,
    constant: Row,
    limit: Row,
    keys: [u32; WIDTH],
    /// Which lanes are to be looked at after this step, whatever happens.
    pub force: [u32; WIDTH],
    /// Which lanes are to be looked at, as found by the last step.
    pub attention: [u32; WIDTH],
}

/// What all lanes have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    /// Length of the step, µs.
    pub step: f32,
    /// Noise of one step, LSB.
    pub noise: f32,
    pub ceiling: f32,
    pub ceiling_scale: f32,
    pub floor: f32,
    pub floor_scale: f32,
}

/// What an amplifier does in a step is trusted up to this change, LSB.
fn trusted(amplifier: &Amplifier, step: f64, largest_part: f64) -> f64 {
    let up = amplifier.rate * amplifier.charge_ratio;
    if up.max(amplifier.rate) * step > largest_part {
        return -1.0;
    }
    // tanh'' is at most 0.77; the error of a step is ⅙ h F'' Δv².
    let curvature = |rate: f64, saturation: f64| 0.77 * rate / saturation;
    let largest = curvature(up, amplifier.saturation.1)
        .max(curvature(amplifier.rate, amplifier.saturation.0));
    (6.0 * TOLERANCE / (step * largest))
        .sqrt()
        .min(LARGEST_CHANGE)
}

impl Line {
    const EMPTY: Line = Line {
        level: [0.0; WIDTH],
        before: [0.0; WIDTH],
        arriving: [0.0; WIDTH],
        moment: [0.0; WIDTH],
        bent: [0.0; WIDTH],
        rate: [0.0; WIDTH],
        decay: [0.0; WIDTH],
        scale: [0.0; WIDTH],
        saturation: [0.0; WIDTH],
    };

    fn configure(&mut self, lane: usize, input: &SynapticInput, step: f64) {
        self.rate[lane] = input.rate as f32;
        self.decay[lane] = (-input.rate * step).exp() as f32;
        if input.saturation > 0.0 {
            self.scale[lane] = (input.strength / input.saturation) as f32;
            self.saturation[lane] = input.saturation as f32;
        }
    }

    /// Sets what the line of one lane holds.
    pub fn set(&mut self, lane: usize, level: f64) {
        self.level[lane] = level as f32;
        self.bent[lane] = tanh(self.level[lane] * self.scale[lane]);
    }

    /// Takes one lane a step of `step` µs on. Returns its mean current, and by how
    /// much that comes late: the part of it that belongs to the end of the step
    /// only, times the distance of its middle from that of the step.
    #[inline(always)]
    fn advance(&mut self, lane: usize, step: f32) -> (f32, f32) {
        let (level, arriving, bent) = (self.level[lane], self.arriving[lane], self.bent[lane]);
        let scale = self.scale[lane];
        let decayed = level * self.decay[lane];
        // The jumps of a step as one, in their mean time.
        let left = self.moment[lane] / arriving.max(1e-20);
        let x = left * self.rate[lane];
        let reaching = x.mul_add(-1.0 / 6.0, 0.5).mul_add(x, -1.0).mul_add(x, 1.0);
        let end = arriving.mul_add(reaching, decayed);
        let bent_end = tanh(end * scale);
        // Where the current would be without the jump, to second order.
        let fall = (decayed - level) * scale;
        let steepness = bent.mul_add(-bent, 1.0);
        let undisturbed = steepness.mul_add(fall * bent.mul_add(-fall, 1.0), bent);
        // What the jump makes of it at the end, and in the mean since it came.
        let falling = bent_end.mul_add(-bent_end, 1.0) * end - steepness * decayed;
        let jump = (0.5 * x * scale).mul_add(falling, bent_end - undisturbed);
        let part = left / step * jump * self.saturation[lane];
        let mean = (0.5 * self.saturation[lane]).mul_add(bent + undisturbed, part);
        self.before[lane] = level;
        self.level[lane] = end;
        self.bent[lane] = bent_end;
        self.arriving[lane] = 0.0;
        self.moment[lane] = 0.0;
        (mean, part * 0.5 * (step - left))
    }
}

impl Block {
    /// Sixteen lanes in which nothing ever happens.
    pub const EMPTY: Block = Block {
        v: [0.0; WIDTH],
        before: [0.0; WIDTH],
        excitatory: Line::EMPTY,
        inhibitory: Line::EMPTY,
        threshold: [f32::INFINITY; WIDTH],
        pull: Pull {
            reference: [0.0; WIDTH],
            charging: [0.0; WIDTH],
            discharging: [0.0; WIDTH],
            charging_scale: [0.0; WIDTH],
            discharging_scale: [0.0; WIDTH],
        },
        constant: [0.0; WIDTH],
        limit: [f32::INFINITY; WIDTH],
        keys: [0; WIDTH],
        force: [0; WIDTH],
        attention: [0; WIDTH],
    };

    /// Puts a neuron with its key for the noise into a lane.
    pub fn configure(&mut self, lane: usize, neuron: &Neuron, key: u32, step: f64) {
        self.excitatory.configure(lane, &neuron.excitatory, step);
        self.inhibitory.configure(lane, &neuron.inhibitory, step);
        self.constant[lane] = neuron.constant as f32;
        self.keys[lane] = key;
    }

    /// Sets the amplifier that pulls, and whether the threshold counts.
    pub fn set_phase(&mut self, lane: usize, neuron: &Neuron, reset: bool, armed: bool, step: f64) {
        let (amplifier, part) = if reset {
            (&neuron.reset, LARGEST_RESET_PART)
        } else {
            (&neuron.leak, LARGEST_PART)
        };
        let up = amplifier.rate * amplifier.charge_ratio;
        let pull = &mut self.pull;
        pull.reference[lane] = amplifier.reference as f32;
        pull.charging[lane] = (up * amplifier.saturation.1) as f32;
        pull.discharging[lane] = (amplifier.rate * amplifier.saturation.0) as f32;
        pull.charging_scale[lane] = (1.0 / amplifier.saturation.1) as f32;
        pull.discharging_scale[lane] = (1.0 / amplifier.saturation.0) as f32;
        self.threshold[lane] = if armed {
            neuron.threshold as f32
        } else {
            f32::INFINITY
        };
        let fastest = neuron.excitatory.rate.max(neuron.inhibitory.rate);
        self.limit[lane] = if fastest * step > LARGEST_PART {
            -1.0
        } else {
            trusted(amplifier, step, part) as f32
        };
    }

    /// Takes one lane a step on.
    #[inline(always)]
    fn advance_lane(&mut self, lane: usize, common: &Common, step: u32) {
        let v = self.v[lane];
        let pull = &self.pull;
        let distance = pull.reference[lane] - v;
        let rising = distance > 0.0;
        let largest = if rising {
            pull.charging[lane]
        } else {
            pull.discharging[lane]
        };
        let scale = if rising {
            pull.charging_scale[lane]
        } else {
            pull.discharging_scale[lane]
        };
        let bent = tanh(distance * scale);
        let mut value = largest * bent;
        let conductance = largest * scale * bent.mul_add(-bent, 1.0);
        let curvature = -2.0 * conductance * scale * bent;
        let mut by_potential = -conductance;

        let constant = self.constant[lane];
        let (up, late_up) = self.excitatory.advance(lane, common.step);
        let (down, late_down) = self.inhibitory.advance(lane, common.step);
        let (up, down) = (up + constant.max(0.0), down - constant.min(0.0));
        // A rail passed is a rail at which all of the current is missing.
        let to_ceiling = ((v - common.ceiling) * common.ceiling_scale).min(0.0);
        let to_floor = ((common.floor - v) * common.floor_scale).min(0.0);
        let missing = falling_exponential(to_ceiling);
        value = up.mul_add(1.0 - missing, value);
        by_potential -= up * missing * common.ceiling_scale;
        let missing = falling_exponential(to_floor);
        value = down.mul_add(missing - 1.0, value);
        by_potential -= down * missing * common.floor_scale;

        // What comes late decays less.
        let late = by_potential * (late_up - late_down);
        let change = common.step * (phi1(by_potential * common.step) * value - late);
        // What the amplifier's bend makes of that, to third order.
        let bend = common.step * (1.0 / 6.0) * curvature * change * change;
        let change = change + bend;
        let error = noise::error(self.keys[lane], step);
        let v_end = (v + error.mul_add(common.noise, change)).clamp(common.floor, common.ceiling);
        self.before[lane] = v;
        self.v[lane] = v_end;
        let asks = v_end >= self.threshold[lane]
            || change.abs() > self.limit[lane]
            || self.force[lane] != 0;
        self.attention[lane] = u32::from(asks);
        self.force[lane] = 0;
    }
}

/// Takes all lanes a step on and notes in `asking` the blocks with a lane that
/// wants attention. `step` is what [`noise::of_step`] says.
pub(super) fn advance(blocks: &mut [Block], common: &Common, step: u32, asking: &mut Vec<usize>) {
    asking.clear();
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for (index, block) in blocks.iter_mut().enumerate() {
                for lane in 0..WIDTH {
                    block.advance_lane(lane, common, step);
                }
                let any = block.attention.iter().fold(0, |any, asks| any | asks);
                if any != 0 {
                    asking.push(index);
                }
            }
        },
    );
}
