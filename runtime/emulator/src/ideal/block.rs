//! Eight neurons side by side, and what happens to many such blocks at once: a step,
//! and the arrival of a spike. Every operation says which lanes may fire then.
//!
//! All that is touched by it is in rows of a cache line, which for a full chip of a few
//! kinds of neurons fit the first-level cache together: where every neuron is at the start
//! and at the end of the step, and its threshold. A potential is counted
//! from the leak potential, which it decays to, so that is not among them. Nor are the held
//! lanes marked: a membrane that is held goes on here as if it were not, and is put where it
//! belongs when it is let go.

use std::ops::Range;

use pulp::Simd;

use super::propagation::{Arrival, Arriving, Constants, Factors, Input, Propagator, Sharing, Span};
use super::targets::{Target, Weights};
use super::vector::{Place, Row, Vector, WIDTH};

/// Amount subtracted from a current in every step, LSB/µs. It is far below the last
/// digit of any that is there, and ends those that would otherwise stay the smallest
/// number there is: processors are slow with those.
const NOTHING: f64 = 1e-290;

/// State of eight neurons at a time.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Membrane potential, LSB above the leak potential; of one that is held, where it
    /// would be if it were not.
    pub v: Row,
    /// Excitatory current, LSB/µs.
    pub excitatory: Row,
    /// Inhibitory current, LSB/µs.
    pub inhibitory: Row,
}

impl Block {
    /// Eight neurons at rest.
    pub const EMPTY: Block = Block {
        v: [0.0; WIDTH],
        excitatory: [0.0; WIDTH],
        inhibitory: [0.0; WIDTH],
    };
}

/// Blocks in a row that find their constants in the same place.
#[derive(Debug)]
struct Run {
    blocks: Range<usize>,
    sharing: Sharing,
}

/// All blocks, and the constants of their neurons.
#[derive(Debug)]
pub(super) struct Blocks {
    start: Vec<Block>,
    /// The same at the end of the step.
    pub end: Vec<Block>,
    /// LSB above the leak potential; infinite while it counts for nothing.
    pub thresholds: Vec<Row>,
    /// Place of each block's constants in `groups`.
    pub sharing: Vec<Sharing>,
    runs: Vec<Run>,
    pub groups: Vec<Constants>,
    /// Largest rate of any lane, 1/µs.
    pub fastest: f64,
    /// Lanes that may reach their thresholds before the end of the step, of those that
    /// the last operation did anything to.
    pub asking: Vec<usize>,
    /// Scratch: the blocks of those lanes; one longer than there are blocks.
    asking_blocks: Vec<usize>,
    /// Scratch: what a spike is to each group.
    arrivals: Vec<Arrival>,
}

impl Blocks {
    /// So many blocks that have no constants yet.
    pub fn new(count: usize) -> Blocks {
        Blocks {
            start: vec![Block::EMPTY; count],
            end: vec![Block::EMPTY; count],
            thresholds: vec![[f64::INFINITY; WIDTH]; count],
            sharing: Vec::with_capacity(count),
            runs: Vec::new(),
            groups: Vec::new(),
            fastest: 0.0,
            asking: Vec::with_capacity(count * WIDTH),
            asking_blocks: vec![0; count + 1],
            arrivals: Vec::new(),
        }
    }

    /// Says where the next block finds its constants.
    pub fn push_sharing(&mut self, sharing: Sharing) {
        let block = self.sharing.len();
        self.sharing.push(sharing);
        match self.runs.last_mut() {
            Some(run) if run.sharing == sharing => run.blocks.end = block + 1,
            _ => self.runs.push(Run {
                blocks: block..block + 1,
                sharing,
            }),
        }
    }

    /// Takes all lanes to the end of a step of which `propagators` are: on from the end of
    /// the last one or, `again`, from its start.
    pub fn advance(&mut self, propagators: &[Propagator], again: bool) {
        if !again {
            std::mem::swap(&mut self.start, &mut self.end);
        }
        pulp::Arch::new().dispatch(Advance {
            blocks: self,
            propagators,
        });
    }

    /// Lets a spike arrive at the lanes of a dense row, with `left` µs of the step to go.
    pub fn deliver_row(&mut self, row: &[Weights], input: Input, left: f64) {
        pulp::Arch::new().dispatch(DeliverRow {
            span: Span::new(left, self.fastest),
            blocks: self,
            row,
            input,
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

/// Blocks with lanes that ask: few of all, and seldom the same, so that each is noted
/// without a branch, and what lanes they are is found out afterwards.
struct AskingBlocks<'a> {
    list: &'a mut [usize],
    count: usize,
}

impl AskingBlocks<'_> {
    #[inline(always)]
    fn note(&mut self, block: usize, asks: bool) {
        self.list[self.count] = block;
        self.count += usize::from(asks);
    }
}

/// Tells whether any lane of a block is as high as its threshold.
#[inline(always)]
fn any<S: Simd>(simd: S, highest: impl Fn(Place<S>) -> Vector<S>, thresholds: &Row) -> bool {
    let mut all: Option<S::m64s> = None;
    for at in Place::each(simd) {
        let reaches = highest(at).reaches(at.load(thresholds));
        all = Some(all.map_or(reaches, |all| simd.or_m64s(all, reaches)));
    }
    all.is_some_and(|all| simd.first_true_m64s(all) < S::F64_LANES)
}

/// Adds the lanes of a block that are as high as their thresholds to those that ask.
#[inline(always)]
fn ask<S: Simd>(
    simd: S,
    block: usize,
    highest: impl Fn(Place<S>) -> Vector<S>,
    thresholds: &Row,
    asking: &mut Vec<usize>,
) {
    let mut highest_of = [0.0; WIDTH];
    for at in Place::each(simd) {
        at.store(&mut highest_of, highest(at));
    }
    for (place, (highest, threshold)) in highest_of.iter().zip(thresholds).enumerate() {
        if highest >= threshold {
            asking.push(block * WIDTH + place);
        }
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen when
/// it runs, as the other operations are.
struct Advance<'a> {
    blocks: &'a mut Blocks,
    propagators: &'a [Propagator],
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let blocks = self.blocks;
        let mut asking = AskingBlocks {
            list: &mut blocks.asking_blocks,
            count: 0,
        };
        for run in &blocks.runs {
            let propagator = &self.propagators[run.sharing.group()];
            let range = run.blocks.clone();
            let rows = blocks.start[range.clone()].iter();
            let rows = rows.zip(&mut blocks.end[range.clone()]);
            let rows = range.clone().zip(rows.zip(&blocks.thresholds[range]));
            match run.sharing {
                Sharing::Same { place, .. } => {
                    let factors = Factors::same(simd, propagator, place);
                    for (block, ((start, end), thresholds)) in rows {
                        let asks = step(simd, |_| factors, start, end, thresholds);
                        asking.note(block, asks);
                    }
                }
                Sharing::Own { .. } => {
                    for (block, ((start, end), thresholds)) in rows {
                        let own = |at| Factors::own(at, propagator);
                        asking.note(block, step(simd, own, start, end, thresholds));
                    }
                }
            }
        }
        blocks.asking.clear();
        for &block in &asking.list[..asking.count] {
            let sharing = blocks.sharing[block];
            let slack = &self.propagators[sharing.group()].slack;
            let (start, end) = (&blocks.start[block], &blocks.end[block]);
            let highest = |at| highest_since(at, sharing.load(at, slack), start, end);
            let thresholds = &blocks.thresholds[block];
            ask(simd, block, highest, thresholds, &mut blocks.asking);
        }
    }
}

/// Upper bound of lanes in a step, LSB above the leak potential.
#[inline(always)]
fn highest_since<S: Simd>(at: Place<S>, slack: Vector<S>, start: &Block, end: &Block) -> Vector<S> {
    at.load(&start.v).at_least(highest(at, slack, end))
}

/// Upper bound of lanes since a time at which they were not higher.
#[inline(always)]
fn highest<S: Simd>(at: Place<S>, slack: Vector<S>, end: &Block) -> Vector<S> {
    at.load(&end.excitatory).times_plus(slack, at.load(&end.v))
}

/// Takes a block from the start of a step to its end. Says whether a lane may fire.
#[inline(always)]
fn step<S: Simd>(
    simd: S,
    factors: impl Fn(Place<S>) -> Factors<S>,
    start: &Block,
    end: &mut Block,
    thresholds: &Row,
) -> bool {
    for at in Place::each(simd) {
        let factors = factors(at);
        let up = at.load(&start.excitatory);
        let down = at.load(&start.inhibitory);
        let (least, none) = (at.all(-NOTHING), at.all(0.0));
        let up_end = up.times_plus(factors.excitatory_decay, least);
        let down_end = down.times_plus(factors.inhibitory_decay, least);
        let charge = up * factors.excitatory_response - down * factors.inhibitory_response;
        let v_end = at.load(&start.v).times_plus(factors.remainder, charge);
        at.store(&mut end.v, v_end);
        at.store(&mut end.excitatory, up_end.at_least(none));
        at.store(&mut end.inhibitory, down_end.at_least(none));
    }
    let highest = |at| highest_since(at, factors(at).slack, start, end);
    any(simd, highest, thresholds)
}

/// A spike arrives at all lanes.
struct DeliverRow<'a> {
    blocks: &'a mut Blocks,
    row: &'a [Weights],
    input: Input,
    span: Span,
}

impl pulp::WithSimd for DeliverRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let blocks = self.blocks;
        blocks.arrivals.resize(blocks.groups.len(), Arrival::NONE);
        for (arrival, group) in blocks.arrivals.iter_mut().zip(&blocks.groups) {
            *arrival = group.arrival(simd, self.input, self.span);
        }
        let mut asking = AskingBlocks {
            list: &mut blocks.asking_blocks,
            count: 0,
        };
        for run in &blocks.runs {
            let arrival = &blocks.arrivals[run.sharing.group()];
            let range = run.blocks.clone();
            let rows = self.row[range.clone()].iter();
            let rows = rows.zip(&mut blocks.end[range.clone()]);
            let rows = range.clone().zip(rows.zip(&blocks.thresholds[range]));
            match (run.sharing, self.input) {
                (Sharing::Same { place, .. }, Input::Inhibitory) => {
                    let arriving = Arriving::same(simd, arrival, place);
                    for (_, ((weights, end), _)) in rows {
                        inhibit(simd, |_| arriving, weights, end);
                    }
                }
                (Sharing::Same { place, .. }, Input::Excitatory) => {
                    let arriving = Arriving::same(simd, arrival, place);
                    for (block, ((weights, end), thresholds)) in rows {
                        let asks = excite(simd, |_| arriving, weights, end, thresholds);
                        asking.note(block, asks);
                    }
                }
                (Sharing::Own { .. }, Input::Inhibitory) => {
                    for (_, ((weights, end), _)) in rows {
                        inhibit(simd, |at| Arriving::own(at, arrival), weights, end);
                    }
                }
                (Sharing::Own { .. }, Input::Excitatory) => {
                    for (block, ((weights, end), thresholds)) in rows {
                        let own = |at| Arriving::own(at, arrival);
                        asking.note(block, excite(simd, own, weights, end, thresholds));
                    }
                }
            }
        }
        blocks.asking.clear();
        for &block in &asking.list[..asking.count] {
            let sharing = blocks.sharing[block];
            let slack = &blocks.arrivals[sharing.group()].slack;
            let end = &blocks.end[block];
            let highest = |at| highest(at, sharing.load(at, slack), end);
            let thresholds = &blocks.thresholds[block];
            ask(simd, block, highest, thresholds, &mut blocks.asking);
        }
    }
}

/// Lets an inhibitory spike arrive at a block. It makes no lane fire.
#[inline(always)]
fn inhibit<S: Simd>(
    simd: S,
    arriving: impl Fn(Place<S>) -> Arriving<S>,
    weights: &Weights,
    end: &mut Block,
) {
    let weights = weights.map(f64::from);
    for at in Place::each(simd) {
        let (arriving, weight) = (arriving(at), at.load(&weights));
        let down = weight.times_plus(arriving.current, at.load(&end.inhibitory));
        at.store(&mut end.inhibitory, down);
        let v = at.load(&end.v) - weight * arriving.potential;
        at.store(&mut end.v, v);
    }
}

/// Lets an excitatory spike arrive at a block. Says whether a lane may fire.
#[inline(always)]
fn excite<S: Simd>(
    simd: S,
    arriving: impl Fn(Place<S>) -> Arriving<S>,
    weights: &Weights,
    end: &mut Block,
    thresholds: &Row,
) -> bool {
    let weights = weights.map(f64::from);
    for at in Place::each(simd) {
        let (arriving, weight) = (arriving(at), at.load(&weights));
        let up = weight.times_plus(arriving.current, at.load(&end.excitatory));
        at.store(&mut end.excitatory, up);
        let v = weight.times_plus(arriving.potential, at.load(&end.v));
        at.store(&mut end.v, v);
    }
    any(simd, |at| highest(at, arriving(at).slack, end), thresholds)
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
            let (block, sharing) = (&mut blocks.end[index], blocks.sharing[index]);
            // Lanes are sorted by their kind: the group seldom changes.
            if sharing.group() != known {
                known = sharing.group();
                arrival = blocks.groups[known].arrival(simd, self.input, self.span);
            }
            let (lane, place) = (target.lane % WIDTH, sharing.place(target.lane));
            let current = target.weight * arrival.current[place];
            let moved = target.weight * arrival.potential[place];
            if self.input == Input::Inhibitory {
                block.inhibitory[lane] += current;
                block.v[lane] -= moved;
                continue;
            }
            block.excitatory[lane] += current;
            block.v[lane] += moved;
            let highest = block.v[lane] + block.excitatory[lane] * arrival.slack[place];
            let listed = blocks.asking.last() == Some(&target.lane);
            if highest >= blocks.thresholds[index][lane] && !listed {
                blocks.asking.push(target.lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::*;
    use crate::calibration::Calibration;
    use crate::chip::Chip;
    use crate::configuration::NeuronConfig;
    use crate::physical::physical;

    /// Two blocks: one of the same neurons, one of different ones.
    fn blocks() -> Blocks {
        let mut blocks = Blocks::new(2);
        blocks.push_sharing(Sharing::Same { group: 0, place: 3 });
        blocks.push_sharing(Sharing::Own { group: 1 });
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
            for block in 0..2 {
                let leak = 310.0 + 20.0 * place as f64;
                blocks.end[block].v[place] = 300.0 + place as f64 - leak;
                blocks.thresholds[block][place] = 400.0 - leak;
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
        let row: Vec<Weights> = vec![std::array::from_fn(|place| 3 * place as u16); 2];
        let targets = [3, 9].map(|lane| Target { lane, weight: 7.0 });
        let mut asked = 0;
        for number in 0..400 {
            let again = number % 5 == 4;
            wide.advance(&propagators, again);
            if !again {
                std::mem::swap(&mut narrow.start, &mut narrow.end);
            }
            Advance {
                blocks: &mut narrow,
                propagators: &propagators,
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
            wide.deliver_row(&row, input, left);
            DeliverRow {
                blocks: &mut narrow,
                row: &row,
                input,
                span,
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
            for (wide, narrow) in wide.end.iter().zip(&narrow.end) {
                assert_eq!(wide.v, narrow.v);
                assert_eq!(wide.excitatory, narrow.excitatory);
                assert_eq!(wide.inhibitory, narrow.inhibitory);
            }
            assert_eq!(wide.asking, narrow.asking);
            asked += wide.asking.len();
        }
        assert!(asked > 0 && wide.end[0].v[1] != -29.0);
    }
}
