//! All live neurons at once, one step at a time: blocks of sixteen lanes, without a
//! branch that depends on a single one, so that a block is one vector of AVX-512,
//! two of AVX2 or four of SSE.
//!
//! The membrane takes an exponential Rosenbrock-Euler step, driven by the mean of
//! its input currents over the step (`membrane_update.rs`). A spike that arrives within a step, with
//! the part κ of it left, makes the current jump then: its mean is that of the line
//! without it, plus κ times what the jump amounts to at the end, and a little for how it
//! went on since.
//!
//! A lane that ends above its threshold says so, and one that may have been there and come
//! back; one that cannot be trusted with the step (too large a change) is flagged for a
//! [`ScalarStepper`](super::scalar_stepper::ScalarStepper). Phases cost nothing: a neuron in
//! reset has the constants of its reset amplifier in its lane and no threshold.

use pulp::Simd;

use super::adex_coba::{ExtendedModel, Modulation};
use super::block::{Block, CROSSED, LOOK, SCALAR_PASS};
use super::fan_out::{Arriving, ArrivingRows, SynapseRows};
use super::membrane_update::{Common, InputCurrents, LARGEST_ERROR};
use super::noise;
use super::row::{Place, WIDTH};
use super::vector::Vector;

/// Largest jump of a line, as a part of the level at which it saturates, that several spikes
/// of one step may be taken for: what they do to a line that bends much is not their sum.
const LARGEST_JUMP: f32 = 0.6;
/// Change of a membrane, LSB, that a conductance which opens within a step may make the less
/// or more for what it has done before: of that, an eighth is wrong.
const LARGEST_MISSED: f32 = 1.0;
/// Error of what is exponential, in the terms of [`LARGEST_ERROR`], up to which a parabola
/// tells a crossing.
const BENT_ERROR: f32 = 0.02;
/// Times what comes late that a membrane may have been above the straight way: two, and
/// something for its being no straight way.
const PEAK: f32 = 2.2;
/// Time by which what comes late may delay a crossing for a parabola still to do, µs.
const LATENESS: f32 = 0.001;

impl<S: Simd> Place<S> {
    /// Takes the lanes of one vector a step on; says whether one is flagged.
    #[inline(always)]
    fn advance<const EXTENDED: bool>(
        self,
        block: &mut Block,
        extended: &mut ExtendedModel,
        [to_excitatory, to_inhibitory]: [Arriving<S>; 2],
        common: &Common,
        step: noise::Step,
    ) -> bool {
        let simd = self.simd;
        let v = self.load(&block.v);
        let all = |number| v.all(number);
        let excitatory = self.drive(&mut block.excitatory, to_excitatory, common);
        let inhibitory = self.drive(&mut block.inhibitory, to_inhibitory, common);
        let mut currents = InputCurrents {
            excitatory: excitatory.mean,
            inhibitory: inhibitory.mean,
            up: self.load(&block.up),
            down: self.load(&block.down),
            late: (
                excitatory.late - excitatory.sinks,
                inhibitory.late - inhibitory.sinks,
            ),
        };
        if EXTENDED {
            let gate = self.load(&extended.gate);
            let factors = (
                self.factor(&extended.excitatory, v) * gate,
                self.factor(&extended.inhibitory, v) * gate,
            );
            currents.late = (currents.late.0 * factors.0, currents.late.1 * factors.1);
            currents.excitatory = currents.excitatory * gate;
            currents.inhibitory = currents.inhibitory * gate;
            let adaptation = self.adaptation(extended, v);
            currents.up = currents.up + (-adaptation).at_least(0.0);
            currents.down = currents.down + adaptation.at_least(0.0);
        }
        let whole =
            self.advance_membrane::<EXTENDED>(block, extended, common, v, &currents, common.step);
        let mut change = whole.change;
        let mut leaping = change.size().exceeds(self.load(&block.limit));
        leaping = simd.or_m32s(leaping, whole.error.exceeds(all(LARGEST_ERROR)));
        if self.any(leaping) {
            // A lane that is to have a scalar pass has a negative limit, whatever its pieces.
            let forced = all(0.0).exceeds(self.load(&block.limit));
            currents.late = (all(0.0), all(0.0));
            let (fine, still) =
                self.advance_membrane_in_pieces::<EXTENDED>(block, extended, common, v, &currents);
            let still = simd.or_m32s(forced, still);
            change = Vector::either(leaping, fine, change);
            leaping = simd.and_m32s(leaping, still);
        }
        let error = noise::error(simd, &block.keys, &mut block.noise, self.index, step);
        let v_end = error.times_plus(all(common.noise), v) + change;
        let v_end = v_end.at_least(common.floor).at_most(common.ceiling);
        self.store(&mut block.before, v);
        self.store(&mut block.v, v_end);
        if EXTENDED {
            let target = self.target(extended, all(0.5) * (v + v_end));
            let rows = &mut extended.adaptation;
            let state = self.load(&rows.state);
            let next = (target - state).times_plus(self.load(&rows.part), state);
            self.store(&mut rows.before, state);
            self.store(&mut rows.state, next);
        }

        // Inhibition within the step may have turned the membrane back: it was above the
        // straight way by no more than twice what comes late.
        let threshold = self.load(&block.threshold);
        let crossed = v_end.exceeds(threshold);
        let higher = Vector::either(v.exceeds(v_end), v, v_end);
        let highest = inhibitory.late.size().times_plus(all(PEAK), higher);
        let touched = simd.or_m32s(crossed, highest.exceeds(threshold));
        let jump = (excitatory.jump + inhibitory.jump).exceeds(all(LARGEST_JUMP));
        let mut unclear = simd.or_m32s(leaping, jump);
        if EXTENDED {
            // A conductance that is there for a part of the step only sees another membrane.
            let opens = |leap: Vector<S>, rows: &Modulation| leap * self.load(&rows.by_potential);
            let opens = opens(excitatory.leap, &extended.excitatory).size()
                + opens(inhibitory.leap, &extended.inhibitory).size();
            let missed = opens * change.size() * all(common.step);
            unclear = simd.or_m32s(unclear, missed.exceeds(all(LARGEST_MISSED)));
        }
        let any = self.any(simd.or_m32s(touched, unclear));
        if any {
            let (mut up, mut down) = (all(1.0), all(1.0));
            if EXTENDED {
                up = self.factor(&extended.excitatory, v);
                down = self.factor(&extended.inhibitory, v);
                // An exponential current may bend too much for a parabola.
                let bent = simd.and_m32s(touched, whole.error.exceeds(all(BENT_ERROR)));
                unclear = simd.or_m32s(unclear, bent);
            }
            // When a lane crossed is known from the ends of the step, unless much happened
            // in between.
            let late = excitatory.late.size() + inhibitory.late.size();
            let rough = (late * all(1.0 / LATENESS)).exceeds(whole.slope);
            let look = Vector::either(touched, all(LOOK), all(0.0));
            let clear = Vector::either(rough, look, all(CROSSED));
            let flag = Vector::either(crossed, clear, look);
            self.store(
                &mut block.flags,
                Vector::either(unclear, all(SCALAR_PASS), flag),
            );
            let risen = down * inhibitory.risen - up * excitatory.risen;
            self.store(&mut block.slope, whole.slope + risen);
            self.store(&mut block.excitatory.leap, up * excitatory.leap);
            self.store(&mut block.inhibitory.leap, down * inhibitory.leap);
        }
        any
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen
/// when it runs.
struct Advance<'a> {
    blocks: &'a mut [Block],
    extended: &'a mut [Option<Box<ExtendedModel>>],
    common: &'a Common,
    step: noise::Step,
    rows: &'a SynapseRows,
    /// Arrivals by those rows.
    dense: &'a ArrivingRows,
    asking: &'a mut Vec<usize>,
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut nothing = ExtendedModel::EMPTY;
        for (number, (block, extended)) in self.blocks.iter_mut().zip(self.extended).enumerate() {
            let mut asks = false;
            for index in 0..WIDTH / S::F32_LANES {
                let place = Place { simd, index };
                let (common, step) = (self.common, self.step);
                let sum = |rows: &[_]| self.rows.sum(rows, number, place);
                let dense = [sum(&self.dense.excitatory), sum(&self.dense.inhibitory)];
                let own = match extended {
                    Some(extended) => place.advance::<true>(block, extended, dense, common, step),
                    None => place.advance::<false>(block, &mut nothing, dense, common, step),
                };
                if asks && !own {
                    place.store(&mut block.flags, Vector(simd, simd.splat_f32s(0.0)));
                }
                if own && !asks {
                    for earlier in 0..index {
                        let place = Place {
                            simd,
                            index: earlier,
                        };
                        place.store(&mut block.flags, Vector(simd, simd.splat_f32s(0.0)));
                    }
                }
                asks |= own;
            }
            block.excitatory.arrives = false;
            block.inhibitory.arrives = false;
            if asks {
                self.asking.push(number);
            }
        }
    }
}

/// Takes all lanes a step on, in which these spikes arrive by dense rows, and notes in
/// `asking` the blocks with a flagged lane; the flags of the others mean
/// nothing.
pub(super) fn advance(
    blocks: &mut [Block],
    extended: &mut [Option<Box<ExtendedModel>>],
    common: &Common,
    step: noise::Step,
    (rows, dense): (&SynapseRows, &ArrivingRows),
    asking: &mut Vec<usize>,
) {
    asking.clear();
    pulp::Arch::new().dispatch(Advance {
        blocks,
        extended,
        common,
        step,
        rows,
        dense,
        asking,
    });
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::super::block::PhaseAmplifiers;
    use super::*;
    use crate::calibration::Calibration;
    use crate::chip::Chip;
    use crate::configuration::NeuronConfig;
    use crate::connectivity::ConnectionTable;
    use crate::experiment::{Snippet, Synapse};
    use crate::neuron::{Neuron, Phase};
    use hx_geometry::{Polarity, PreSource};

    const STEP: f64 = 0.15;

    fn common() -> Common {
        Common {
            step: STEP as f32,
            noise: 0.08,
            ceiling: 750.0,
            ceiling_scale: 0.05,
            floor: 105.0,
            floor_scale: 1.0 / 60.0,
        }
    }

    /// Two blocks of a neuron, in all its phases and all over the range of its membrane.
    fn two_blocks(
        neuron: &Neuron,
        is_extended: bool,
    ) -> (Vec<Block>, Vec<Option<Box<ExtendedModel>>>) {
        let mut blocks = vec![Block::EMPTY; 2];
        let mut extended_blocks = vec![is_extended.then(|| Box::new(ExtendedModel::EMPTY)); 2];
        for lane in 0..2 * WIDTH {
            let phase = [
                Phase::Reset(0.0),
                Phase::Integrating,
                Phase::SpikePending(1.0),
            ][lane % 3];
            let (block, extended) = (
                &mut blocks[lane / WIDTH],
                &mut extended_blocks[lane / WIDTH],
            );
            let lane_here = lane % WIDTH;
            block.configure(lane_here, neuron, 91 * lane as u32, STEP);
            block.set_phase(lane_here, &PhaseAmplifiers::new(neuron, STEP), phase);
            block.v[lane_here] = 150.0 + 20.0 * lane as f32;
            if let Some(extended) = extended {
                extended.configure(lane_here, neuron, STEP);
                extended.set_phase(lane_here, neuron, phase);
            }
        }
        (blocks, extended_blocks)
    }

    fn any_width_gives_the_same_bits(config: &NeuronConfig, is_extended: bool) {
        let common = common();
        let neuron = Neuron::new(&Chip::nominal(), 0, config, 0.0);
        let (mut wide, mut extended_wide) = two_blocks(&neuron, is_extended);
        let (connections, rows) = two_to_all_and_others_to_two();
        let (mut narrow, mut extended_narrow) = (wide.clone(), extended_wide.clone());
        for step in 0..200 {
            let mut asking = [Vec::new(), Vec::new()];
            let mut dense = ArrivingRows::default();
            for origin in step as usize % 3 % 2..2 {
                rows.note(origin, 0.05 + 0.1 * origin as f32, &mut dense);
            }
            for blocks in [&mut wide, &mut narrow] {
                rows.deliver(&connections, 2 + (7 * step as usize) % WIDTH, 0.1, blocks);
            }
            let noise = noise::Step::new(step, step == 0);
            let arriving = (&rows, &dense);
            advance(
                &mut wide,
                &mut extended_wide,
                &common,
                noise,
                arriving,
                &mut asking[0],
            );
            let alone = Advance {
                blocks: &mut narrow,
                extended: &mut extended_narrow,
                common: &common,
                step: noise,
                rows: &rows,
                dense: &dense,
                asking: &mut asking[1],
            };
            alone.with_simd(Scalar);
            assert_eq!(asking[0], asking[1]);
            for (number, (wide, narrow)) in wide.iter().zip(&narrow).enumerate() {
                assert_eq!(wide.v, narrow.v);
                assert_eq!(wide.excitatory.level, narrow.excitatory.level);
                assert_eq!(wide.inhibitory.level, narrow.inhibitory.level);
                if asking[0].contains(&number) {
                    assert_eq!(wide.flags, narrow.flags);
                }
            }
        }
    }

    /// One source that excites every lane of two blocks, one that inhibits some, and some
    /// that reach a lane of each.
    fn two_to_all_and_others_to_two() -> (ConnectionTable, SynapseRows) {
        let synapse = |source, target, polarity| Synapse {
            source: PreSource::External(source as u32),
            target,
            polarity,
            weight: 30,
            circuit: None,
        };
        let mut snippet = Snippet {
            sources: vec![Vec::new(); 2 + WIDTH],
            ..Snippet::default()
        };
        for lane in 0..2 * WIDTH {
            let synapses = &mut snippet.synapses;
            synapses.push(synapse(0, lane, Polarity::Excitatory));
            if lane % 3 == 0 {
                synapses.push(synapse(1, lane, Polarity::Inhibitory));
            }
            let polarity = [Polarity::Excitatory, Polarity::Inhibitory][lane / WIDTH];
            synapses.push(synapse(2 + lane % WIDTH, lane, polarity));
        }
        let connections = ConnectionTable::new(&snippet, 2 * WIDTH, &Chip::nominal());
        let rows = SynapseRows::new(&connections, (0..2 * WIDTH).collect());
        assert!(rows.is_dense(0) && rows.is_dense(1) && !rows.is_dense(2));
        (connections, rows)
    }

    #[test]
    fn any_width_gives_the_same_bits_of_plain_and_of_rich_neurons() {
        let plain = Calibration::Tutorial.neuron();
        any_width_gives_the_same_bits(&plain, false);
        let extended = NeuronConfig {
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
        any_width_gives_the_same_bits(&extended, true);
    }

    #[test]
    fn a_plain_neuron_does_the_same_in_a_rich_block() {
        let config = Calibration::Tutorial.neuron();
        let mut neuron = Neuron::new(&Chip::nominal(), 0, &config, 0.0);
        // Lines that carry current without an event, one this way and one that way.
        (neuron.excitatory.offset, neuron.inhibitory.offset) = (-4.0, -9.0);
        let (connections, rows) = two_to_all_and_others_to_two();
        let mut both = [false, true].map(|is_extended| two_blocks(&neuron, is_extended));
        let mut flags = 0;
        for step in 0..200 {
            let mut asking = [Vec::new(), Vec::new()];
            let mut dense = ArrivingRows::default();
            rows.note(step as usize % 2, 0.07, &mut dense);
            for ((blocks, extended), asking) in both.iter_mut().zip(&mut asking) {
                rows.deliver(&connections, 2 + (7 * step as usize) % WIDTH, 0.1, blocks);
                let noise = noise::Step::new(step, step == 0);
                advance(blocks, extended, &common(), noise, (&rows, &dense), asking);
            }
            assert_eq!(asking[0], asking[1]);
            flags += asking[0].len();
            for number in 0..2 {
                let [plain, extended] = [0, 1].map(|kind| &both[kind].0[number]);
                assert_eq!(plain.v.map(f32::to_bits), extended.v.map(f32::to_bits));
                if asking[0].contains(&number) {
                    assert_eq!(plain.flags, extended.flags);
                    assert_eq!(plain.slope, extended.slope);
                }
            }
        }
        assert!(flags > 0);
    }
}
