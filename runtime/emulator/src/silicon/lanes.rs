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

use pulp::Simd;

use super::approximation::{falling_exponential, phi1, tanh};
use super::noise;
use super::vector::{Vector, alone};
use crate::amplifier::{Amplifier, SynapticInput};
use crate::neuron::Neuron;

/// Lanes per block.
pub(super) const WIDTH: usize = 16;
/// Error of the linearised amplifier that one step may make, LSB.
const TOLERANCE: f64 = 0.02;
/// Largest change of a lane in one step, LSB.
const LARGEST_CHANGE: f64 = 24.0;
/// Largest jump, as a part of the largest current, that several spikes of one step
/// may be taken for: what they do to a bent line is not their sum.
const LARGEST_JUMP: f32 = 0.2;
/// Largest part of a time constant, synaptic or of the leak, in one step.
const LARGEST_PART: f64 = 0.3;
/// The same of a reset, which is over before anything comes of it.
const LARGEST_RESET_PART: f64 = 2.0;

/// Pieces of a step in which the fall of a reset is taken.
const PIECES: usize = 4;

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
    fine_limit: Row,
    keys: [u32; WIDTH],
    /// Which lanes are to be looked at after this step, whatever happens.
    pub force: Row,
    /// Which lanes are to be looked at, as found by the last step.
    pub attention: Row,
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
    // The error of a step is about a twenty-fourth of h Δv³ times the third
    // derivative, and that of tanh at most 2.
    let third = |rate: f64, saturation: f64| 2.0 * rate / (saturation * saturation);
    let largest =
        third(up, amplifier.saturation.1).max(third(amplifier.rate, amplifier.saturation.0));
    (24.0 * TOLERANCE / (step * largest))
        .cbrt()
        .min(LARGEST_CHANGE)
}

/// Whether a neuron, before its reset, never can be trusted with a step.
pub(super) fn is_too_fast(neuron: &Neuron, step: f64) -> bool {
    let leak = neuron.leak.rate * neuron.leak.charge_ratio.max(1.0);
    let lines = neuron.excitatory.rate.max(neuron.inhibitory.rate);
    leak.max(lines) * step > LARGEST_PART
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
        self.bent[lane] = tanh(alone(self.level[lane] * self.scale[lane])).1;
    }

    /// Takes the lanes of one vector a step on.
    #[inline(always)]
    fn advance<S: Simd>(&mut self, at: Place<S>, common: &Common) -> Drive<S> {
        let (level, bent) = (at.load(&self.level), at.load(&self.bent));
        let (arriving, moment) = (at.load(&self.arriving), at.load(&self.moment));
        let (scale, saturation) = (at.load(&self.scale), at.load(&self.saturation));
        let (half, one) = (level.all(0.5), level.all(1.0));
        let decayed = level * at.load(&self.decay);
        // The jumps of a step as one, in their mean time.
        let left = moment.over(arriving.at_least(1e-20));
        let x = left * at.load(&self.rate);
        let reaching = x.polynomial([-1.0 / 6.0, 0.5, -1.0, 1.0]);
        let end = arriving.times_plus(reaching, decayed);
        let bent_end = tanh(end * scale);
        // Where the current would be without the jump, to second order.
        let fall = (decayed - level) * scale;
        let steepness = (-bent).times_plus(bent, one);
        let curved = fall * (-bent).times_plus(fall, one);
        let undisturbed = steepness.times_plus(curved, bent);
        // What the jump makes of it at the end, and in the mean since it came.
        let falling = (-bent_end).times_plus(bent_end, one) * end - steepness * decayed;
        let jump = (half * x * scale).times_plus(falling, bent_end - undisturbed);
        let part = left * level.all(1.0 / common.step) * jump * saturation;
        let mean = (half * saturation).times_plus(bent + undisturbed, part);
        at.store(&mut self.before, level);
        at.store(&mut self.level, end);
        at.store(&mut self.bent, bent_end);
        at.store(&mut self.arriving, level.all(0.0));
        at.store(&mut self.moment, level.all(0.0));
        Drive {
            mean,
            late: part * half * (level.all(common.step) - left),
            jump: bent_end - undisturbed,
        }
    }
}

/// What the lines of one vector do to the membranes in a step.
struct Drive<S: Simd> {
    /// Their mean current, LSB/µs.
    mean: Vector<S>,
    /// By how much that comes late: the part of it that belongs to the end of the
    /// step only, times the distance of its middle from that of the step, LSB.
    late: Vector<S>,
    /// By how much the bent level jumps.
    jump: Vector<S>,
}

/// What both lines and the constant current do to the membranes in a step.
struct Both<S: Simd> {
    /// LSB/µs towards the ceiling.
    up: Vector<S>,
    /// LSB/µs towards the floor.
    down: Vector<S>,
    late: Vector<S>,
}

/// Which vector of a block.
#[derive(Clone, Copy)]
struct Place<S: Simd> {
    simd: S,
    index: usize,
}

impl<S: Simd> Place<S> {
    #[inline(always)]
    fn load(self, row: &Row) -> Vector<S> {
        Vector(self.simd, S::as_simd_f32s(row).0[self.index])
    }

    /// Whether a mask holds anywhere.
    #[inline(always)]
    fn any(self, mask: S::m32s) -> bool {
        self.simd.first_true_m32s(mask) < S::F32_LANES
    }

    #[inline(always)]
    fn store(self, row: &mut Row, vector: Vector<S>) {
        S::as_mut_simd_f32s(row).0[self.index] = vector.1;
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
        fine_limit: [-1.0; WIDTH],
        keys: [0; WIDTH],
        force: [0.0; WIDTH],
        attention: [0.0; WIDTH],
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
        self.limit[lane] = if is_too_fast(neuron, step) {
            -1.0
        } else {
            trusted(amplifier, step, part) as f32
        };
        // The fall of a reset takes some steps that are too long for it, and all of
        // them end well: the same in pieces. Only a neuron that moves freely must
        // know within a step when it is where.
        self.fine_limit[lane] = if reset && self.limit[lane] > 0.0 {
            trusted(amplifier, step / PIECES as f64, part) as f32
        } else {
            -1.0
        };
    }

    /// What `drive` makes of the membranes at `v` in `length` µs, LSB.
    #[inline(always)]
    fn change<S: Simd>(
        &self,
        at: Place<S>,
        common: &Common,
        v: Vector<S>,
        drive: &Both<S>,
        length: f32,
    ) -> Vector<S> {
        let all = |number| v.all(number);
        let pull = &self.pull;
        let distance = at.load(&pull.reference) - v;
        let rising = distance.exceeds(all(0.0));
        let of_direction = |charging: &Row, discharging: &Row| {
            Vector::either(rising, at.load(charging), at.load(discharging))
        };
        let largest = of_direction(&pull.charging, &pull.discharging);
        let scale = of_direction(&pull.charging_scale, &pull.discharging_scale);
        let bent = tanh(distance * scale);
        let conductance = largest * scale * (-bent).times_plus(bent, all(1.0));
        let curvature = all(-2.0) * conductance * scale * bent;

        // A rail passed is a rail at which all of the current is missing.
        let to_ceiling = (v - all(common.ceiling)) * all(common.ceiling_scale);
        let to_floor = (all(common.floor) - v) * all(common.floor_scale);
        let up_missing = drive.up * falling_exponential(to_ceiling.at_most(0.0));
        let down_missing = drive.down * falling_exponential(to_floor.at_most(0.0));
        let current = (drive.up - up_missing) - (drive.down - down_missing);
        let value = largest.times_plus(bent, current);
        let by_potential = -up_missing.times_plus(
            all(common.ceiling_scale),
            down_missing.times_plus(all(common.floor_scale), conductance),
        );

        // What comes late decays less.
        let late = by_potential * drive.late;
        let change = all(length) * (phi1(by_potential * all(length)) * value - late);
        // What the amplifier's bend makes of that, to third order.
        let bend = all(length * (1.0 / 6.0)) * curvature;
        (bend * change).times_plus(change, change)
    }

    /// Takes the lanes of one vector a step on; says whether one asks for attention.
    #[inline(always)]
    fn advance<S: Simd>(&mut self, at: Place<S>, common: &Common, step: u32) -> bool {
        let simd = at.simd;
        let v = at.load(&self.v);
        let all = |number| v.all(number);
        let constant = at.load(&self.constant);
        let excitatory = self.excitatory.advance(at, common);
        let inhibitory = self.inhibitory.advance(at, common);
        let mut drive = Both {
            up: excitatory.mean + constant.at_least(0.0),
            down: inhibitory.mean - constant.at_most(0.0),
            late: excitatory.late - inhibitory.late,
        };
        let mut change = self.change(at, common, v, &drive, common.step);
        let mut leaping = change.size().exceeds(at.load(&self.limit));
        let limit = at.load(&self.fine_limit);
        if at.any(simd.and_m32s(leaping, limit.exceeds(all(0.0)))) {
            drive.late = all(0.0);
            let (mut fine, mut still) = (all(0.0), leaping);
            for piece in 0..PIECES {
                let length = common.step / PIECES as f32;
                let next = self.change(at, common, v + fine, &drive, length);
                let leaps = next.size().exceeds(limit);
                still = if piece == 0 {
                    leaps
                } else {
                    simd.or_m32s(still, leaps)
                };
                fine = fine + next;
            }
            change = Vector::either(leaping, fine, change);
            leaping = simd.and_m32s(leaping, still);
        }
        let keys = S::as_simd_u32s(&self.keys).0[at.index];
        let error = noise::error(simd, keys, step);
        let v_end = v + error.times_plus(all(common.noise), change);
        let v_end = v_end.at_least(common.floor).at_most(common.ceiling);
        at.store(&mut self.before, v);
        at.store(&mut self.v, v_end);

        let force = at.load(&self.force);
        at.store(&mut self.force, all(0.0));
        // What arrives within the step may have turned the membrane back from higher
        // than where it ends: one jump by twice what comes late, several by more.
        let late = excitatory.late + inhibitory.late;
        let highest = late.times_plus(all(8.0), v_end);
        let reached = highest.exceeds(at.load(&self.threshold));
        let jump = (excitatory.jump + inhibitory.jump).exceeds(all(LARGEST_JUMP));
        let leaping = simd.or_m32s(leaping, jump);
        let asks = simd.or_m32s(simd.or_m32s(reached, leaping), force.exceeds(all(0.0)));
        at.store(
            &mut self.attention,
            Vector::either(asks, all(1.0), all(0.0)),
        );
        at.any(asks)
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen
/// when it runs.
struct Advance<'a> {
    blocks: &'a mut [Block],
    common: &'a Common,
    step: u32,
    asking: &'a mut Vec<usize>,
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let mut asks = false;
            for index in 0..WIDTH / S::F32_LANES {
                asks |= block.advance(Place { simd, index }, self.common, self.step);
            }
            if asks {
                self.asking.push(index);
            }
        }
    }
}

/// Takes all lanes a step on and notes in `asking` the blocks with a lane that
/// wants attention. `step` is what [`noise::of_step`] says.
pub(super) fn advance(blocks: &mut [Block], common: &Common, step: u32, asking: &mut Vec<usize>) {
    asking.clear();
    pulp::Arch::new().dispatch(Advance {
        blocks,
        common,
        step,
        asking,
    });
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::*;
    use crate::{Calibration, Chip};

    #[test]
    fn any_width_gives_the_same_bits() {
        let step = 0.15;
        let common = Common {
            step: step as f32,
            noise: 0.08,
            ceiling: 750.0,
            ceiling_scale: 0.05,
            floor: 105.0,
            floor_scale: 1.0 / 60.0,
        };
        let neuron = Neuron::new(&Chip::nominal(), 0, &Calibration::Tutorial.neuron());
        let mut wide = vec![Block::EMPTY; 2];
        for lane in 0..2 * WIDTH {
            let (block, lane) = (&mut wide[lane / WIDTH], lane % WIDTH);
            block.configure(lane, &neuron, 91 * lane as u32, step);
            block.set_phase(lane, &neuron, lane % 3 == 0, lane % 3 == 1, step);
            block.v[lane] = 150.0 + 40.0 * lane as f32;
        }
        let mut narrow = wide.clone();
        for step in 0..200 {
            let mut asking = [Vec::new(), Vec::new()];
            for blocks in [&mut wide, &mut narrow] {
                let lane = (7 * step as usize) % WIDTH;
                blocks[0].excitatory.arriving[lane] += 30.0;
                blocks[0].excitatory.moment[lane] += 3.0;
                blocks[1].inhibitory.arriving[lane] += 50.0;
                blocks[1].inhibitory.moment[lane] += 1.0;
            }
            advance(&mut wide, &common, noise::of_step(step), &mut asking[0]);
            let alone = Advance {
                blocks: &mut narrow,
                common: &common,
                step: noise::of_step(step),
                asking: &mut asking[1],
            };
            alone.with_simd(Scalar);
            assert_eq!(asking[0], asking[1]);
            for (wide, narrow) in wide.iter().zip(&narrow) {
                assert_eq!(wide.v, narrow.v);
                assert_eq!(wide.attention, narrow.attention);
                assert_eq!(wide.excitatory.level, narrow.excitatory.level);
                assert_eq!(wide.inhibitory.level, narrow.inhibitory.level);
            }
        }
    }
}
