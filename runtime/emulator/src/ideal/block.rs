//! Eight neurons side by side, and what happens to many such blocks at once: a step,
//! and the arrival of a spike. Every operation says which blocks have a lane that may
//! fire, or has something else to do in the step.
//!
//! A step of a block reads and writes about half a kilobyte and takes some twenty
//! vector operations, the arrival of a spike six.

use pulp::Simd;

use super::propagation::{Arrival, Constants, Input, Propagator, Sharing, Span};
use super::rows::Target;
use super::vector::{Place, Row, Vector, WIDTH};

/// What is subtracted from a current in every step, LSB/µs. It is far below the last
/// digit of any that is there, and ends those that would for ever be the smallest
/// number there is: processors are slow with those.
const NOTHING: f64 = 1e-290;

/// Eight neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Membrane potential at the end of the step, LSB.
    pub v: Row,
    /// Excitatory current then, LSB/µs.
    pub excitatory: Row,
    /// Inhibitory current then, LSB/µs.
    pub inhibitory: Row,
    /// The same at its start.
    pub v_start: Row,
    pub excitatory_start: Row,
    pub inhibitory_start: Row,
    pub v_leak: Row,
    /// LSB; infinite while it counts for nothing.
    pub threshold: Row,
    /// 1 if the membrane moves freely, 0 while it is held.
    pub free: Row,
    /// When it will no longer be held, µs; infinite if it is free.
    pub release: Row,
}

impl Block {
    /// Eight lanes in which nothing ever happens.
    pub const EMPTY: Block = Block {
        v: [0.0; WIDTH],
        excitatory: [0.0; WIDTH],
        inhibitory: [0.0; WIDTH],
        v_start: [0.0; WIDTH],
        excitatory_start: [0.0; WIDTH],
        inhibitory_start: [0.0; WIDTH],
        v_leak: [0.0; WIDTH],
        threshold: [f64::INFINITY; WIDTH],
        free: [0.0; WIDTH],
        release: [f64::INFINITY; WIDTH],
    };
}

/// The places of a block for which something holds, as bits.
#[inline(always)]
fn places(holds: impl Fn(usize) -> bool) -> u8 {
    (0..WIDTH).fold(0, |bits, place| bits | (u8::from(holds(place)) << place))
}

/// The lanes of a block that are bits.
pub(super) fn lanes_of(block: usize, mut bits: u8) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (place < WIDTH).then_some(block * WIDTH + place)
    })
}

/// All blocks, and the constants of their neurons.
#[derive(Debug)]
pub(super) struct Blocks {
    pub rows: Vec<Block>,
    /// Where each block finds its constants in `groups`.
    pub sharing: Vec<Sharing>,
    pub groups: Vec<Constants>,
    /// Largest rate of any lane, 1/µs.
    pub fastest: f64,
    /// Blocks with a lane that wants attention, as found by the last operation.
    pub asking: Vec<usize>,
    /// Scratch: what a spike is to each group.
    arrivals: Vec<Arrival>,
}

impl Blocks {
    /// So many blocks that have no constants yet.
    pub fn new(count: usize) -> Blocks {
        Blocks {
            rows: vec![Block::EMPTY; count],
            sharing: Vec::with_capacity(count),
            groups: Vec::new(),
            fastest: 0.0,
            asking: Vec::with_capacity(count),
            arrivals: Vec::new(),
        }
    }

    /// The lanes of a block that may reach their thresholds before the end of a step of
    /// which `propagators` are, as bits.
    pub fn may_fire(&self, index: usize, propagators: &[Propagator]) -> u8 {
        let (block, sharing) = (&self.rows[index], self.sharing[index]);
        let slack = &propagators[sharing.group()].slack;
        let slack = match sharing {
            Sharing::Same { place, .. } => [slack[place]; WIDTH],
            Sharing::Own { .. } => *slack,
        };
        places(|place| {
            let highest = block.v[place] + slack[place] * block.excitatory[place];
            block.v_start[place].max(highest) >= block.threshold[place]
        })
    }

    /// The lanes of a block that are let go before `end`, as bits.
    pub fn released(&self, index: usize, end: f64) -> u8 {
        let release = &self.rows[index].release;
        places(|place| release[place] < end)
    }

    /// Takes all lanes to `end`: on from the end of the last step or, `again`, from its
    /// start.
    pub fn advance(&mut self, propagators: &[Propagator], end: f64, again: bool) {
        pulp::Arch::new().dispatch(Advance {
            blocks: self,
            propagators,
            end,
            again,
        });
    }

    /// Lets a spike arrive at the lanes of a dense row, with `left` µs of the step to go.
    pub fn deliver_row(
        &mut self,
        row: &[Row],
        input: Input,
        left: f64,
        propagators: &[Propagator],
    ) {
        pulp::Arch::new().dispatch(DeliverRow {
            span: Span::new(left, self.fastest),
            blocks: self,
            row,
            input,
            propagators,
        });
    }

    /// Lets a spike arrive at these lanes only.
    pub fn deliver_list(&mut self, targets: &[Target], input: Input, left: f64) {
        pulp::Arch::new().dispatch(DeliverList {
            span: Span::new(left, self.fastest),
            blocks: self,
            targets,
            input,
        });
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen when
/// it runs, as the other operations are.
struct Advance<'a> {
    blocks: &'a mut Blocks,
    propagators: &'a [Propagator],
    end: f64,
    again: bool,
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let blocks = self.blocks;
        blocks.asking.clear();
        let all = blocks.rows.iter_mut().zip(&blocks.sharing);
        for (index, (block, &sharing)) in all.enumerate() {
            let factors = &self.propagators[sharing.group()];
            if !self.again {
                block.v_start = block.v;
                block.excitatory_start = block.excitatory;
                block.inhibitory_start = block.inhibitory;
            }
            let mut asks = false;
            for at in Place::each(simd) {
                let start = at.load(&block.v_start);
                let up = at.load(&block.excitatory_start);
                let down = at.load(&block.inhibitory_start);
                let factor = |row: &Row| sharing.load(at, row);
                let left = |current: Vector<S>, decay: &Row| {
                    (current * factor(decay) - at.all(NOTHING)).at_least(at.all(0.0))
                };
                let up_end = left(up, &factors.excitatory_decay);
                let down_end = left(down, &factors.inhibitory_decay);
                let charge = up * factor(&factors.excitatory_response)
                    - down * factor(&factors.inhibitory_response);
                let change =
                    (at.load(&block.v_leak) - start).times_plus(factor(&factors.approach), charge);
                let end = change.times_plus(at.load(&block.free), start);
                at.store(&mut block.v, end);
                at.store(&mut block.excitatory, up_end);
                at.store(&mut block.inhibitory, down_end);
                let highest = start.at_least(up_end.times_plus(factor(&factors.slack), end));
                let fires = highest.reaches(at.load(&block.threshold));
                let released = at.all(self.end).exceeds(at.load(&block.release));
                asks |= at.any(simd.or_m64s(fires, released));
            }
            if asks {
                blocks.asking.push(index);
            }
        }
    }
}

/// A spike arrives at all lanes.
struct DeliverRow<'a> {
    blocks: &'a mut Blocks,
    row: &'a [Row],
    input: Input,
    span: Span,
    propagators: &'a [Propagator],
}

impl pulp::WithSimd for DeliverRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let blocks = self.blocks;
        blocks.asking.clear();
        blocks.arrivals.resize(blocks.groups.len(), Arrival::NONE);
        for (arrival, group) in blocks.arrivals.iter_mut().zip(&blocks.groups) {
            *arrival = group.arrival(simd, self.input, self.span);
        }
        let all = blocks.rows.iter_mut().zip(&blocks.sharing).zip(self.row);
        for (index, ((block, &sharing), weights)) in all.enumerate() {
            let arrival = &blocks.arrivals[sharing.group()];
            let mut asks = false;
            for at in Place::each(simd) {
                let weight = at.load(weights);
                let moved = weight * at.load(&block.free) * sharing.load(at, &arrival.potential);
                let current = sharing.load(at, &arrival.current);
                if self.input == Input::Inhibitory {
                    let down = weight.times_plus(current, at.load(&block.inhibitory));
                    at.store(&mut block.inhibitory, down);
                    let end = at.load(&block.v) - moved;
                    at.store(&mut block.v, end);
                    continue;
                }
                let up = weight.times_plus(current, at.load(&block.excitatory));
                let end = at.load(&block.v) + moved;
                at.store(&mut block.excitatory, up);
                at.store(&mut block.v, end);
                let slack = sharing.load(at, &self.propagators[sharing.group()].slack);
                let highest = up.times_plus(slack, end);
                asks |= at.any(highest.reaches(at.load(&block.threshold)));
            }
            if asks {
                blocks.asking.push(index);
            }
        }
    }
}

/// A spike arrives at some lanes.
struct DeliverList<'a> {
    blocks: &'a mut Blocks,
    targets: &'a [Target],
    input: Input,
    span: Span,
}

impl pulp::WithSimd for DeliverList<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let blocks = self.blocks;
        blocks.asking.clear();
        let (mut known, mut arrival) = (usize::MAX, Arrival::NONE);
        for target in self.targets {
            let index = target.lane / WIDTH;
            let (block, sharing) = (&mut blocks.rows[index], blocks.sharing[index]);
            // Lanes are sorted by their kind: the group seldom changes.
            if sharing.group() != known {
                known = sharing.group();
                arrival = blocks.groups[known].arrival(simd, self.input, self.span);
            }
            let (lane, place) = (target.lane % WIDTH, sharing.place(target.lane));
            let current = target.weight * arrival.current[place];
            let moved = target.weight * arrival.potential[place] * block.free[lane];
            if self.input == Input::Inhibitory {
                block.inhibitory[lane] += current;
                block.v[lane] -= moved;
                continue;
            }
            block.excitatory[lane] += current;
            block.v[lane] += moved;
            if blocks.asking.last() != Some(&index) {
                blocks.asking.push(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::*;
    use crate::{Calibration, Chip, NeuronConfig, physical};

    /// Two blocks: one of the same neurons, one of different ones.
    fn blocks() -> Blocks {
        let mut blocks = Blocks::new(2);
        blocks.sharing = vec![
            Sharing::Same { group: 0, place: 3 },
            Sharing::Own { group: 1 },
        ];
        blocks.groups = vec![Constants::NONE; 2];
        blocks.fastest = 1.0;
        for place in 0..WIDTH {
            let neuron = NeuronConfig {
                leak_i_bias: 100 + 10 * place as u16,
                excitatory_input_i_bias_tau: 30 + 4 * place as u16,
                ..Calibration::Tutorial.neuron()
            };
            let numbers = physical(&Chip::ideal(), 0, &neuron);
            blocks.groups[0].set(place, &numbers);
            blocks.groups[1].set(place, &numbers);
            for block in &mut blocks.rows {
                block.v[place] = 300.0 + place as f64;
                block.v_leak[place] = 310.0 + 20.0 * place as f64;
                block.threshold[place] = 400.0;
                block.free[place] = if place == 2 { 0.0 } else { 1.0 };
            }
        }
        blocks
    }

    #[test]
    fn any_width_gives_the_same_bits() {
        let (mut wide, mut narrow) = (blocks(), blocks());
        let step = 0.25;
        let mut propagators = Vec::new();
        let span = Span::new(step, wide.fastest);
        Constants::propagators(&wide.groups, span, &mut propagators);
        let row: Vec<Row> = vec![std::array::from_fn(|place| 3.0 * place as f64); 2];
        let targets = [3, 9].map(|lane| Target { lane, weight: 7.0 });
        let mut asked = 0;
        for number in 0..400 {
            let end = step * f64::from(number);
            wide.advance(&propagators, end, number % 5 == 4);
            Advance {
                blocks: &mut narrow,
                propagators: &propagators,
                end,
                again: number % 5 == 4,
            }
            .with_simd(Scalar);
            assert_eq!(wide.asking, narrow.asking);
            let left = step * f64::from(number % 7) / 7.0;
            let span = Span::new(left, wide.fastest);
            let input = if number % 3 == 0 {
                Input::Excitatory
            } else {
                Input::Inhibitory
            };
            wide.deliver_row(&row, input, left, &propagators);
            DeliverRow {
                blocks: &mut narrow,
                row: &row,
                input,
                span,
                propagators: &propagators,
            }
            .with_simd(Scalar);
            assert_eq!(wide.asking, narrow.asking);
            wide.deliver_list(&targets, Input::Excitatory, left);
            DeliverList {
                blocks: &mut narrow,
                targets: &targets,
                input: Input::Excitatory,
                span,
            }
            .with_simd(Scalar);
            for (wide, narrow) in wide.rows.iter().zip(&narrow.rows) {
                assert_eq!(wide.v, narrow.v);
                assert_eq!(wide.excitatory, narrow.excitatory);
                assert_eq!(wide.inhibitory, narrow.inhibitory);
            }
            asked += wide.asking.len();
        }
        assert!(asked > 0 && wide.rows[0].v[1] != 301.0);
    }
}
