//! Update of the lanes of one vector in a step: the currents of their lines,
//! and what the membranes make of that.

use pulp::Simd;

use super::adex_coba::{ExtendedModel, Modulation};
use super::approximation::{falling_exponential, phi1, tanh};
use super::block::{Block, Line, PIECES};
use super::fan_out::Arriving;
use super::row::Place;
use super::vector::Vector;

/// Rate of a step, times its length, beyond which φ₁ is not what it should be.
const STIFFEST: f32 = 3.0;
/// Softnesses from the ceiling at which nothing is felt of it.
const CEILING_FELT: f32 = 12.0;
/// Error that what is exponential (an exponential current, the ceiling) may make in a step
/// or a piece of one, in the terms of its cubic rest: 24 times 0.02 LSB.
pub(super) const LARGEST_ERROR: f32 = 0.48;

/// Constants that all lanes share.
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

/// Current of a line over a step.
pub(super) struct SynapticDrive<S: Simd> {
    /// Its mean current, LSB/µs.
    pub mean: Vector<S>,
    /// Excess of the mean over the current at the beginning, LSB/µs.
    pub risen: Vector<S>,
    /// Late part: the part of it that belongs to the end of the
    /// step only, times the distance of its middle from that of the step, LSB.
    pub late: Vector<S>,
    /// Early part of the rest, which falls, in the same terms.
    pub sinks: Vector<S>,
    /// Jump of the level, as a part of that at which it saturates, and of the current,
    /// LSB/µs.
    pub jump: Vector<S>,
    pub leap: Vector<S>,
}

/// Currents that move the membranes in a step besides their amplifier.
pub(super) struct InputCurrents<S: Simd> {
    pub excitatory: Vector<S>,
    pub inhibitory: Vector<S>,
    pub up: Vector<S>,
    pub down: Vector<S>,
    /// Late part of the two, as in [`SynapticDrive`].
    pub late: (Vector<S>, Vector<S>),
}

/// Update of the membranes.
pub(super) struct StepResult<S: Simd> {
    pub change: Vector<S>,
    /// LSB/µs at the beginning.
    pub slope: Vector<S>,
    /// Error of what is exponential, in the terms of [`LARGEST_ERROR`].
    pub error: Vector<S>,
}

impl<S: Simd> Place<S> {
    /// Takes a line, for which this and what is in it arrives, a step on.
    #[inline(always)]
    pub fn drive(
        self,
        line: &mut Line,
        mut arriving: Arriving<S>,
        common: &Common,
    ) -> SynapticDrive<S> {
        let (level, bent) = (self.load(&line.level), self.load(&line.bent));
        let (scale, saturation) = (self.load(&line.scale), self.load(&line.saturation));
        let all = |number| level.all(number);
        let (none, half, one) = (all(0.0), all(0.5), all(1.0));
        let steep = |bent: Vector<S>| (-bent).times_plus(bent, one);
        let seen = |level: Vector<S>| level.times_plus(scale, self.load(&line.offset));
        // Without a spike: the mean of a curve of which both ends and their slopes are known.
        let rest = level * self.load(&line.decay);
        let bent_rest = tanh(seen(rest));
        let (slope, slope_rest) = (steep(bent) * level, steep(bent_rest) * rest);
        let curve = (slope_rest - slope) * self.load(&line.twelfth);
        let mean = saturation * half.times_plus(bent + bent_rest, curve);
        let sinks = saturation * all(common.step * (1.0 / 12.0)) * (bent - bent_rest);
        self.store(&mut line.before, level);
        // In half of the steps of a busy chip nothing arrives.
        if !(line.arrives || arriving.any) {
            self.store(&mut line.level, rest);
            self.store(&mut line.bent, bent_rest);
            return SynapticDrive {
                mean,
                risen: mean - saturation * bent,
                late: none,
                sinks,
                jump: none,
                leap: none,
            };
        }
        if line.arrives {
            let rows = [&mut line.arriving, &mut line.moment, &mut line.spread];
            let [sum, moment, spread] = rows.map(|row| {
                let own = self.load(row);
                self.store(row, none);
                own
            });
            arriving.join(sum, moment, spread);
        }
        // The jumps of a step as one, in their mean time.
        let left = arriving.moment.over(arriving.sum.at_least(1e-20));
        let x = left * self.load(&line.rate);
        let reaching = x.polynomial([-1.0 / 6.0, 0.5, -1.0, 1.0]);
        let end = arriving.sum.times_plus(reaching, rest);
        let bent_end = tanh(seen(end));
        self.store(&mut line.level, end);
        self.store(&mut line.bent, bent_end);
        // What the jump makes of the mean since it came: it was larger then, or smaller if it
        // has gone far into saturation.
        let jump = bent_end - bent_rest;
        let shrinks = (steep(bent_end) * end - slope_rest) * scale;
        let since = left * all(1.0 / common.step) * saturation;
        let part = since * (x * half).times_plus(shrinks, jump);
        let mut mean = mean + part;
        if arriving.several {
            // What of a bent line is more than that, because it was not one jump.
            let jumped = half * (bent_rest + bent_end);
            let bends = jumped * steep(jumped) * saturation * scale * scale;
            mean = bends.times_plus(arriving.spread * all(1.0 / common.step), mean);
        }
        SynapticDrive {
            mean,
            risen: mean - saturation * bent,
            late: part * half * (all(common.step) - left),
            sinks,
            jump: arriving.sum * scale,
            leap: saturation * jump,
        }
    }

    /// Factor on a synaptic current with the membranes at `v`.
    #[inline(always)]
    pub fn factor(self, rows: &Modulation, v: Vector<S>) -> Vector<S> {
        let factor = v.times_plus(self.load(&rows.by_potential), self.load(&rows.at_zero));
        factor.at_least(0.0)
    }

    /// Advances membranes at `v` by `length` µs under `currents`, with `extended` neurons
    /// or plain ones.
    #[inline(always)]
    pub fn advance_membrane<const EXTENDED: bool>(
        self,
        block: &Block,
        extended: &ExtendedModel,
        common: &Common,
        v: Vector<S>,
        currents: &InputCurrents<S>,
        length: f32,
    ) -> StepResult<S> {
        let all = |number| v.all(number);
        let (mut up, mut down) = (currents.up, currents.down);
        let (mut excitatory, mut inhibitory) = (currents.excitatory, currents.inhibitory);
        let (mut rising_by, mut falling_by) = (all(0.0), all(0.0));
        let mut curvature = all(0.0);
        let mut error = all(0.0);
        if EXTENDED {
            let (one, none) = (all(1.0), all(0.0));
            let modulated = |rows: &Modulation, current: Vector<S>| {
                let factor = self.factor(rows, v);
                let flows = factor.exceeds(none);
                let by_potential = Vector::either(flows, self.load(&rows.by_potential), none);
                (current * factor, current * by_potential)
            };
            let (by_excitatory, by_inhibitory);
            (excitatory, by_excitatory) = modulated(&extended.excitatory, excitatory);
            (inhibitory, by_inhibitory) = modulated(&extended.inhibitory, inhibitory);
            // The exponential current, by the form whose exponent is not positive.
            let rows = &extended.exponential;
            let exponential_scale = self.load(&rows.scale);
            let x = (v - self.load(&rows.half)) * exponential_scale;
            let small = falling_exponential(-x.size());
            let share = Vector::either(x.exceeds(none), one, small).over(one + small);
            let current = self.load(&rows.largest) * self.load(&extended.gate) * share;
            let grows = current * (one - share) * exponential_scale;
            let bends = grows * (-share).times_plus(all(2.0), one) * exponential_scale;
            up = up + current;
            rising_by = grows + by_excitatory;
            falling_by = by_inhibitory;
            curvature = bends;
            error = current * exponential_scale * exponential_scale * exponential_scale;
        }
        // A line whose amplifier is off its balance may flow the other way.
        up = up + excitatory.at_least(0.0) + (-inhibitory).at_least(0.0);
        down = down + inhibitory.at_least(0.0) + (-excitatory).at_least(0.0);

        let amplifier = &block.amplifier;
        let distance = self.load(&amplifier.reference) - v;
        let (largest, scale) = (self.load(&amplifier.largest), self.load(&amplifier.scale));
        let bent = tanh(distance * scale);
        let conductance = largest * scale * (-bent).times_plus(bent, all(1.0));
        curvature = (all(-2.0) * conductance * scale).times_plus(bent, curvature);

        // A rail passed is a rail at which all of the current is missing.
        let to_floor = (all(common.floor) - v) * all(common.floor_scale);
        let missing = falling_exponential(to_floor.at_most(0.0));
        let down_missing = down * missing;
        let mut late = currents.late.0 - (-currents.late.1).times_plus(missing, currents.late.1);
        let to_ceiling = (v - all(common.ceiling)) * all(common.ceiling_scale);
        let felt = to_ceiling.exceeds(all(-CEILING_FELT));
        let ceiling_felt = self.any(felt);
        let mut value = largest.times_plus(bent, up - down + down_missing);
        let mut by_potential = -down_missing.times_plus(all(common.floor_scale), conductance);
        if EXTENDED {
            let missing = falling_by * missing;
            by_potential = by_potential + rising_by - (falling_by - missing);
            curvature = (all(-2.0) * missing).times_plus(all(common.floor_scale), curvature);
        }
        curvature =
            down_missing.times_plus(all(common.floor_scale * common.floor_scale), curvature);
        if ceiling_felt {
            let missing = falling_exponential(to_ceiling.at_most(0.0));
            let missing = Vector::either(felt, missing, all(0.0));
            let up_missing = up * missing;
            late = late - currents.late.0 * missing;
            value = value - up_missing;
            let steeper = up_missing * all(common.ceiling_scale);
            by_potential = by_potential - steeper;
            if EXTENDED {
                by_potential = by_potential - rising_by * missing;
            }
            let steeper = steeper * all(common.ceiling_scale);
            curvature = curvature - steeper;
            error = error + steeper * all(common.ceiling_scale);
        }
        // What comes late decays less.
        let z = by_potential * all(length);
        let change = phi1(z) * all(length).times_plus(value, -(z * late));
        // What the bends make of that, to third order.
        let bend = all(length * (1.0 / 6.0)) * curvature;
        if EXTENDED || ceiling_felt {
            let size = change.size();
            error = error * all(length) * size * size * size;
        }
        let stiff = all(-STIFFEST).exceeds(z);
        error = Vector::either(stiff, all(2.0 * LARGEST_ERROR), error);
        StepResult {
            change: (bend * change).times_plus(change, change),
            slope: value,
            error,
        }
    }

    /// The same in pieces of a step; also which lanes are not to be trusted then.
    #[inline(always)]
    pub fn advance_membrane_in_pieces<const EXTENDED: bool>(
        self,
        block: &Block,
        extended: &ExtendedModel,
        common: &Common,
        v: Vector<S>,
        currents: &InputCurrents<S>,
    ) -> (Vector<S>, S::m32s) {
        let simd = self.simd;
        let all = |number| v.all(number);
        let limit = self.load(&block.fine_limit);
        let length = common.step / PIECES as f32;
        let mut sum = all(0.0);
        let mut leaping = simd.less_than_f32s(limit.1, all(0.0).1);
        for _ in 0..PIECES {
            let next = self.advance_membrane::<EXTENDED>(
                block,
                extended,
                common,
                v + sum,
                currents,
                length,
            );
            leaping = simd.or_m32s(leaping, next.change.size().exceeds(limit));
            leaping = simd.or_m32s(leaping, next.error.exceeds(all(LARGEST_ERROR)));
            sum = sum + next.change;
        }
        (sum, leaping)
    }

    /// Half a step of the adaptation, and the current it then takes, LSB/µs down.
    #[inline(always)]
    pub fn adaptation(self, extended: &ExtendedModel, v: Vector<S>) -> Vector<S> {
        let rows = &extended.adaptation;
        let state = self.load(&rows.state);
        let target = self.target(extended, v);
        let middle = (target - state).times_plus(self.load(&rows.half_part), state);
        let bent = tanh((middle - self.load(&rows.reference)) * self.load(&rows.scale));
        self.load(&rows.largest_current) * bent
    }

    /// Target of the adaptation with the membranes at `v`, LSB.
    #[inline(always)]
    pub fn target(self, extended: &ExtendedModel, v: Vector<S>) -> Vector<S> {
        let rows = &extended.adaptation;
        let bent = tanh((v - self.load(&rows.leak)) * self.load(&rows.scale));
        bent.times_plus(self.load(&rows.largest_shift), self.load(&rows.reference))
    }
}
