//! All live neurons at once, one step at a time: blocks of sixteen lanes, without a
//! branch that depends on a single one, so that a block is one vector of AVX-512,
//! two of AVX2 or four of SSE.
//!
//! The membrane takes an exponential Rosenbrock-Euler step, driven by the mean of
//! its input currents over the step. A spike that arrives within a step, with the
//! part κ of it left, makes the current jump then: its mean is that of the line
//! without it, plus κ times what the jump amounts to at the end.
//!
//! A lane that ends above its threshold says so; one that cannot be trusted with
//! the step (too large a change, a peak within it) wants a
//! [`Passage`](super::passage::Passage). Phases cost nothing: a neuron in reset has
//! the constants of its reset amplifier in its lane and no threshold.

use pulp::Simd;

use super::approximation::{falling_exponential, phi1, tanh};
use super::block::{Block, Line, PIECES, Row, WIDTH};
use super::noise;
use super::rich::{Modulation, Rich};
use super::vector::Vector;

/// Largest jump, as a part of the largest current, that several spikes of one step
/// may be taken for: what they do to a bent line is not their sum.
const LARGEST_JUMP: f32 = 0.2;
/// The same up to which a crossing can be foreseen.
const BENT_ERROR: f32 = 0.02;
/// Rate of a step, times its length, beyond which φ₁ is not what it should be.
const STIFFEST: f32 = 2.0;
/// Times what comes late that a membrane may have been above the straight way.
const PEAK: f32 = 3.0;
/// Time by which what comes late may delay a crossing for that still to be foreseen, µs.
const LATENESS: f32 = 0.01;
/// Softnesses from the ceiling at which nothing is felt of it.
const CEILING_FELT: f32 = 12.0;
/// Error that what is exponential (an exponential current, the ceiling) may make in a step
/// or a piece of one, in the terms of its cubic rest: 24 times 0.02 LSB.
const LARGEST_ERROR: f32 = 0.48;

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

/// What a line does to the membranes in a step.
struct Drive<S: Simd> {
    /// Its mean current, LSB/µs.
    mean: Vector<S>,
    /// By how much that comes late: the part of it that belongs to the end of the
    /// step only, times the distance of its middle from that of the step, LSB.
    late: Vector<S>,
    /// By how much the bent level jumps.
    jump: Vector<S>,
}

/// What moves the membranes in a step besides their amplifier.
struct Push<S: Simd> {
    excitatory: Vector<S>,
    inhibitory: Vector<S>,
    up: Vector<S>,
    down: Vector<S>,
    /// What comes late, up, as in [`Drive`].
    late: Vector<S>,
}

/// How the membranes move.
struct Move<S: Simd> {
    change: Vector<S>,
    /// LSB/µs at the beginning.
    slope: Vector<S>,
    /// Error of what is exponential, in the terms of [`LARGEST_ERROR`].
    error: Vector<S>,
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

    /// Takes a line a step on.
    #[inline(always)]
    fn drive(self, line: &mut Line, common: &Common) -> Drive<S> {
        let (level, bent) = (self.load(&line.level), self.load(&line.bent));
        let (arriving, moment) = (self.load(&line.arriving), self.load(&line.moment));
        let (scale, saturation) = (self.load(&line.scale), self.load(&line.saturation));
        let (half, one) = (level.all(0.5), level.all(1.0));
        let decayed = level * self.load(&line.decay);
        // The jumps of a step as one, in their mean time.
        let left = moment.over(arriving.at_least(1e-20));
        let x = left * self.load(&line.rate);
        let reaching = x.polynomial([-1.0 / 6.0, 0.5, -1.0, 1.0]);
        let end = arriving.times_plus(reaching, decayed);
        let bent_end = tanh(end.times_plus(scale, self.load(&line.offset)));
        // Where the current would be without the jump, to second order.
        let fall = (decayed - level) * scale;
        let steepness = (-bent).times_plus(bent, one);
        let curved = fall * (-bent).times_plus(fall, one);
        let undisturbed = steepness.times_plus(curved, bent);
        // What the jump makes of it at the end, and in the mean since it came.
        let jump = bent_end - undisturbed;
        let since = left * x.times_plus(half, one) * level.all(1.0 / common.step);
        let part = since * jump * saturation;
        let mean = (half * saturation).times_plus(bent + undisturbed, part);
        self.store(&mut line.before, level);
        self.store(&mut line.level, end);
        self.store(&mut line.bent, bent_end);
        self.store(&mut line.arriving, level.all(0.0));
        self.store(&mut line.moment, level.all(0.0));
        Drive {
            mean,
            late: part * half * (level.all(common.step) - left),
            jump,
        }
    }

    /// What `push` makes of the membranes at `v` in `length` µs, with `rich` neurons
    /// or plain ones.
    #[inline(always)]
    fn moved<const RICH: bool>(
        self,
        block: &Block,
        rich: &Rich,
        common: &Common,
        v: Vector<S>,
        push: &Push<S>,
        length: f32,
    ) -> Move<S> {
        let all = |number| v.all(number);
        let pull = &block.pull;
        let distance = self.load(&pull.reference) - v;
        let rising = distance.exceeds(all(0.0));
        let of_direction = |charging: &Row, discharging: &Row| {
            Vector::either(rising, self.load(charging), self.load(discharging))
        };
        let largest = of_direction(&pull.charging, &pull.discharging);
        let scale = of_direction(&pull.charging_scale, &pull.discharging_scale);
        let bent = tanh(distance * scale);
        let conductance = largest * scale * (-bent).times_plus(bent, all(1.0));
        let mut curvature = all(-2.0) * conductance * scale * bent;

        let (mut up, mut down) = (push.up, push.down);
        let mut rising_by = all(0.0);
        let mut error = all(0.0);
        if RICH {
            let (one, none) = (all(1.0), all(0.0));
            let modulated = |rows: &Modulation, current: Vector<S>| {
                let by_potential = self.load(&rows.by_potential);
                let factor = v.times_plus(by_potential, self.load(&rows.at_zero));
                let flows = factor.exceeds(none);
                let factor = factor.at_least(0.0);
                let by_potential = Vector::either(flows, by_potential, none);
                (current * factor, current * by_potential)
            };
            let (excitatory, by_excitatory) = modulated(&rich.excitatory, push.excitatory);
            let (inhibitory, by_inhibitory) = modulated(&rich.inhibitory, push.inhibitory);
            // The exponential current, by the form whose exponent is not positive.
            let rows = &rich.exponential;
            let exponential_scale = self.load(&rows.scale);
            let x = (v - self.load(&rows.half)) * exponential_scale;
            let small = falling_exponential(-x.size());
            let share = Vector::either(x.exceeds(none), one, small).over(one + small);
            let current = self.load(&rows.largest) * self.load(&rich.gate) * share;
            let grows = current * (one - share) * exponential_scale;
            let bends = grows * (-share).times_plus(all(2.0), one) * exponential_scale;
            up = up + excitatory.at_least(0.0) + (-inhibitory).at_least(0.0) + current;
            down = down + inhibitory.at_least(0.0) + (-excitatory).at_least(0.0);
            rising_by = grows + by_excitatory - by_inhibitory;
            curvature = curvature + bends;
            error = current * exponential_scale * exponential_scale * exponential_scale;
        } else {
            up = up + push.excitatory;
            down = down + push.inhibitory;
        }

        // A rail passed is a rail at which all of the current is missing.
        let to_floor = (all(common.floor) - v) * all(common.floor_scale);
        let down_missing = down * falling_exponential(to_floor.at_most(0.0));
        let to_ceiling = (v - all(common.ceiling)) * all(common.ceiling_scale);
        let felt = to_ceiling.exceeds(all(-CEILING_FELT));
        let mut value = largest.times_plus(bent, up - down + down_missing);
        let mut by_potential =
            rising_by - down_missing.times_plus(all(common.floor_scale), conductance);
        curvature =
            down_missing.times_plus(all(common.floor_scale * common.floor_scale), curvature);
        if self.any(felt) {
            let missing = falling_exponential(to_ceiling.at_most(0.0));
            let up_missing = up * Vector::either(felt, missing, all(0.0));
            value = value - up_missing;
            let steeper = up_missing * all(common.ceiling_scale);
            by_potential = by_potential - steeper;
            let steeper = steeper * all(common.ceiling_scale);
            curvature = curvature - steeper;
            error = error + steeper * all(common.ceiling_scale);
        }
        // What comes late decays less.
        let late = by_potential * push.late;
        let z = by_potential * all(length);
        let change = all(length) * (phi1(z) * value - late);
        // What the bends make of that, to third order.
        let bend = all(length * (1.0 / 6.0)) * curvature;
        let size = change.size();
        error = error * all(length) * size * size * size;
        let stiff = all(-STIFFEST).exceeds(z);
        error = Vector::either(stiff, all(2.0 * LARGEST_ERROR), error);
        Move {
            change: (bend * change).times_plus(change, change),
            slope: value,
            error,
        }
    }

    /// The same in pieces of a step; also which lanes are not to be trusted then.
    #[inline(always)]
    fn moved_in_pieces<const RICH: bool>(
        self,
        block: &Block,
        rich: &Rich,
        common: &Common,
        v: Vector<S>,
        push: &Push<S>,
    ) -> (Vector<S>, S::m32s) {
        let simd = self.simd;
        let all = |number| v.all(number);
        let limit = self.load(&block.fine_limit);
        let length = common.step / PIECES as f32;
        let mut sum = all(0.0);
        let mut leaping = simd.less_than_f32s(limit.1, all(0.0).1);
        for _ in 0..PIECES {
            let next = self.moved::<RICH>(block, rich, common, v + sum, push, length);
            leaping = simd.or_m32s(leaping, next.change.size().exceeds(limit));
            leaping = simd.or_m32s(leaping, next.error.exceeds(all(LARGEST_ERROR)));
            sum = sum + next.change;
        }
        (sum, leaping)
    }

    /// Half a step of the adaptation, and the current it then takes, LSB/µs down.
    #[inline(always)]
    fn adaptation(self, rich: &Rich, v: Vector<S>) -> Vector<S> {
        let rows = &rich.adaptation;
        let state = self.load(&rows.state);
        let target = self.target(rich, v);
        let middle = (target - state).times_plus(self.load(&rows.half_part), state);
        let bent = tanh((middle - self.load(&rows.reference)) * self.load(&rows.scale));
        self.load(&rows.largest_current) * bent
    }

    /// What the adaptation would settle at with the membranes at `v`, LSB.
    #[inline(always)]
    fn target(self, rich: &Rich, v: Vector<S>) -> Vector<S> {
        let rows = &rich.adaptation;
        let bent = tanh((v - self.load(&rows.leak)) * self.load(&rows.scale));
        bent.times_plus(self.load(&rows.largest_shift), self.load(&rows.reference))
    }

    /// Takes the lanes of one vector a step on; says whether one wishes anything.
    #[inline(always)]
    fn advance<const RICH: bool>(
        self,
        block: &mut Block,
        rich: &mut Rich,
        common: &Common,
        step: noise::Step,
    ) -> bool {
        let simd = self.simd;
        let v = self.load(&block.v);
        let all = |number| v.all(number);
        let excitatory = self.drive(&mut block.excitatory, common);
        let inhibitory = self.drive(&mut block.inhibitory, common);
        let mut push = Push {
            excitatory: excitatory.mean,
            inhibitory: inhibitory.mean,
            up: self.load(&block.up),
            down: self.load(&block.down),
            late: excitatory.late - inhibitory.late,
        };
        if RICH {
            let gate = self.load(&rich.gate);
            push.excitatory = push.excitatory * gate;
            push.inhibitory = push.inhibitory * gate;
            push.late = push.late * gate;
            let adaptation = self.adaptation(rich, v);
            push.up = push.up + (-adaptation).at_least(0.0);
            push.down = push.down + adaptation.at_least(0.0);
        }
        let whole = self.moved::<RICH>(block, rich, common, v, &push, common.step);
        let mut change = whole.change;
        let mut leaping = change.size().exceeds(self.load(&block.limit));
        leaping = simd.or_m32s(leaping, whole.error.exceeds(all(LARGEST_ERROR)));
        if self.any(leaping) {
            // A lane that is to have a passage has a negative limit, whatever its pieces.
            let forced = all(0.0).exceeds(self.load(&block.limit));
            push.late = all(0.0);
            let (fine, still) = self.moved_in_pieces::<RICH>(block, rich, common, v, &push);
            let still = simd.or_m32s(forced, still);
            change = Vector::either(leaping, fine, change);
            leaping = simd.and_m32s(leaping, still);
        }
        let error = noise::error(simd, &block.keys, &mut block.noise, self.index, step);
        let v_end = error.times_plus(all(common.noise), v + change);
        let v_end = v_end.at_least(common.floor).at_most(common.ceiling);
        self.store(&mut block.before, v);
        self.store(&mut block.slope, whole.slope);
        self.store(&mut block.v, v_end);
        if RICH {
            let target = self.target(rich, all(0.5) * (v + v_end));
            let rows = &mut rich.adaptation;
            let state = self.load(&rows.state);
            let next = (target - state).times_plus(self.load(&rows.part), state);
            self.store(&mut rows.before, state);
            self.store(&mut rows.state, next);
        }

        // Inhibition within the step may have turned the membrane back: it was above the
        // straight way by no more than twice what comes late, several times by more.
        let threshold = self.load(&block.threshold);
        let crossed = v_end.exceeds(threshold);
        let higher = Vector::either(v.exceeds(v_end), v, v_end);
        let highest = inhibitory.late.size().times_plus(all(PEAK), higher);
        let touched = simd.or_m32s(crossed, highest.exceeds(threshold));
        let jump = (excitatory.jump + inhibitory.jump).exceeds(all(LARGEST_JUMP));
        let asks = simd.or_m32s(touched, simd.or_m32s(leaping, jump));
        let any = self.any(asks);
        if any {
            // When a lane crossed is known from the ends of the step, unless much
            // happened in between.
            let late = excitatory.late.size() + inhibitory.late.size();
            let rough = (late * all(1.0 / LATENESS)).exceeds(whole.slope);
            let mut unclear = simd.or_m32s(simd.or_m32s(leaping, jump), rough);
            if RICH {
                // An exponential current may bend too much for a parabola.
                let bent = whole.error.exceeds(all(BENT_ERROR));
                unclear = simd.or_m32s(unclear, bent);
            }
            let wish = Vector::either(asks, all(2.0), all(0.0));
            let plain = Vector::either(unclear, all(2.0), all(1.0));
            self.store(&mut block.wishes, Vector::either(crossed, plain, wish));
            self.store(&mut block.late, excitatory.late - inhibitory.late);
        }
        any
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen
/// when it runs.
struct Advance<'a> {
    blocks: &'a mut [Block],
    rich: &'a mut [Option<Box<Rich>>],
    common: &'a Common,
    step: noise::Step,
    asking: &'a mut Vec<usize>,
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut nothing = Rich::EMPTY;
        for (number, (block, rich)) in self.blocks.iter_mut().zip(self.rich).enumerate() {
            let mut asks = false;
            for index in 0..WIDTH / S::F32_LANES {
                let place = Place { simd, index };
                let (common, step) = (self.common, self.step);
                let own = match rich {
                    Some(rich) => place.advance::<true>(block, rich, common, step),
                    None => place.advance::<false>(block, &mut nothing, common, step),
                };
                if asks && !own {
                    place.store(&mut block.wishes, Vector(simd, simd.splat_f32s(0.0)));
                }
                if own && !asks {
                    for earlier in 0..index {
                        let place = Place {
                            simd,
                            index: earlier,
                        };
                        place.store(&mut block.wishes, Vector(simd, simd.splat_f32s(0.0)));
                    }
                }
                asks |= own;
            }
            if asks {
                self.asking.push(number);
            }
        }
    }
}

/// Takes all lanes a step on and notes in `asking` the blocks with a lane that
/// wishes something; the wishes of the others mean nothing.
pub(super) fn advance(
    blocks: &mut [Block],
    rich: &mut [Option<Box<Rich>>],
    common: &Common,
    step: noise::Step,
    asking: &mut Vec<usize>,
) {
    asking.clear();
    pulp::Arch::new().dispatch(Advance {
        blocks,
        rich,
        common,
        step,
        asking,
    });
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::super::block::Pulls;
    use super::*;
    use crate::neuron::{Neuron, Phase};
    use crate::{Calibration, Chip, NeuronConfig};

    fn any_width_gives_the_same_bits(config: &NeuronConfig, is_rich: bool) {
        let step = 0.15;
        let common = Common {
            step: step as f32,
            noise: 0.08,
            ceiling: 750.0,
            ceiling_scale: 0.05,
            floor: 105.0,
            floor_scale: 1.0 / 60.0,
        };
        let neuron = Neuron::new(&Chip::nominal(), 0, config, 0.0);
        let mut wide = vec![Block::EMPTY; 2];
        let mut rich_wide = vec![is_rich.then(|| Box::new(Rich::EMPTY)); 2];
        for lane in 0..2 * WIDTH {
            let phase = [Phase::Reset(0.0), Phase::Free, Phase::Firing(1.0)][lane % 3];
            let (block, rich) = (&mut wide[lane / WIDTH], &mut rich_wide[lane / WIDTH]);
            let lane_here = lane % WIDTH;
            block.configure(lane_here, &neuron, 91 * lane as u32, step);
            block.set_phase(lane_here, &Pulls::new(&neuron, step), phase);
            block.v[lane_here] = 150.0 + 20.0 * lane as f32;
            if let Some(rich) = rich {
                rich.configure(lane_here, &neuron, step);
                rich.set_phase(lane_here, &neuron, phase);
            }
        }
        let (mut narrow, mut rich_narrow) = (wide.clone(), rich_wide.clone());
        for step in 0..200 {
            let mut asking = [Vec::new(), Vec::new()];
            for blocks in [&mut wide, &mut narrow] {
                let lane = (7 * step as usize) % WIDTH;
                blocks[0].excitatory.arriving[lane] += 30.0;
                blocks[0].excitatory.moment[lane] += 3.0;
                blocks[1].inhibitory.arriving[lane] += 50.0;
                blocks[1].inhibitory.moment[lane] += 1.0;
            }
            let noise = noise::Step::new(step, step == 0);
            advance(&mut wide, &mut rich_wide, &common, noise, &mut asking[0]);
            let alone = Advance {
                blocks: &mut narrow,
                rich: &mut rich_narrow,
                common: &common,
                step: noise,
                asking: &mut asking[1],
            };
            alone.with_simd(Scalar);
            assert_eq!(asking[0], asking[1]);
            for (number, (wide, narrow)) in wide.iter().zip(&narrow).enumerate() {
                assert_eq!(wide.v, narrow.v);
                assert_eq!(wide.excitatory.level, narrow.excitatory.level);
                assert_eq!(wide.inhibitory.level, narrow.inhibitory.level);
                if asking[0].contains(&number) {
                    assert_eq!(wide.wishes, narrow.wishes);
                }
            }
        }
    }

    #[test]
    fn any_width_gives_the_same_bits_of_plain_and_of_rich_neurons() {
        let plain = Calibration::Tutorial.neuron();
        any_width_gives_the_same_bits(&plain, false);
        let rich = NeuronConfig {
            exponential_enable: true,
            exponential_v_exp: 700,
            exponential_i_bias: 300,
            adaptation_enable: true,
            adaptation_enable_pulse: true,
            adaptation_i_bias_a: 100,
            adaptation_i_bias_b: 100,
            adaptation_i_bias_tau: 100,
            adaptation_v_ref: 500,
            adaptation_v_leak: 400,
            refractory_period_enable_pause: true,
            inhibitory_input_enable_coba_mode: true,
            inhibitory_input_i_bias_coba: 500,
            inhibitory_input_v_rev_coba: 60,
            ..plain
        };
        any_width_gives_the_same_bits(&rich, true);
    }
}
