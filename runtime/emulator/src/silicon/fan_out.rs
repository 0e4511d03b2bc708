//! Weights that spikes add to the lines of the lanes. An origin that reaches many lanes of a
//! range of blocks has a dense row of weights, which is added block by block; one that
//! reaches few has a list.

use pulp::Simd;

use super::block::Block;
use super::row::{Place, Row, WIDTH};
use super::vector::Vector;
use crate::connectivity::{ConnectionTable, SynapseEntry};

/// From this part of a range of lanes on, a dense row is faster than a list: a vector
/// takes 16 lanes in the time of two or three single ones.
const DENSE_PART: usize = 8;

/// The range of blocks an origin reaches, and where its two dense rows begin, if it has any.
#[derive(Debug, Clone, Copy, Default)]
struct Dense {
    first: usize,
    blocks: usize,
    excitatory: Option<usize>,
    inhibitory: Option<usize>,
}

/// The rows of all origins.
#[derive(Debug)]
pub(super) struct SynapseRows {
    /// Lane of every neuron; `usize::MAX` where it has none: nothing happens to it, or
    /// it is connected with others.
    lanes: Vec<usize>,
    /// Of every origin, by its number in the connections.
    dense: Vec<Dense>,
    weights: Vec<Row>,
}

impl SynapseRows {
    pub fn new(connections: &ConnectionTable, lanes: Vec<usize>) -> SynapseRows {
        let mut rows = SynapseRows {
            lanes,
            dense: Vec::with_capacity(connections.origins()),
            weights: Vec::new(),
        };
        let mut count = 0;
        for origin in 0..connections.origins() {
            let dense = rows.place(connections.of(origin), &mut count);
            rows.dense.push(dense);
        }
        // All at once: memory that nothing was in is empty, and costs nothing until then.
        rows.weights = vec![[0.0; WIDTH]; count];
        for origin in 0..connections.origins() {
            if rows.is_dense(origin) {
                rows.fill(rows.dense[origin], connections.of(origin));
            }
        }
        rows
    }

    /// Tells whether every neuron has the lane that it has here.
    pub fn has(&self, lanes: &[usize]) -> bool {
        self.lanes == lanes
    }

    /// The lane of a neuron, if it has one.
    pub fn lane(&self, neuron: usize) -> Option<usize> {
        let lane = *self.lanes.get(neuron)?;
        (lane != usize::MAX).then_some(lane)
    }

    /// The rows that an origin with these entries needs; `count` are taken before, and after.
    fn place(&self, entries: &[SynapseEntry], count: &mut usize) -> Dense {
        let (mut least, mut most) = (usize::MAX, 0);
        let (mut excites, mut inhibits) = (false, false);
        for entry in entries {
            excites |= entry.weight() > 0.0;
            inhibits |= entry.weight() < 0.0;
            let lane = self.lanes[entry.target()];
            if lane != usize::MAX {
                (least, most) = (least.min(lane), most.max(lane));
            }
        }
        if least > most {
            return Dense::default();
        }
        let first = least / WIDTH;
        let blocks = most / WIDTH + 1 - first;
        if entries.len() * DENSE_PART < blocks * WIDTH || blocks < 2 {
            return Dense::default();
        }
        let mut row = |any: bool| {
            let begin = *count;
            any.then(|| {
                *count += blocks;
                begin
            })
        };
        Dense {
            first,
            blocks,
            excitatory: row(excites),
            inhibitory: row(inhibits),
        }
    }

    /// Fills in the rows of an origin.
    fn fill(&mut self, dense: Dense, entries: &[SynapseEntry]) {
        let Dense { first, blocks, .. } = dense;
        for entry in entries {
            let weight = entry.weight();
            let begin = if weight > 0.0 {
                dense.excitatory
            } else {
                dense.inhibitory
            };
            let lane = self.lanes[entry.target()];
            let block = (lane / WIDTH).wrapping_sub(first);
            // Where a neuron has no lane, it is far beyond the last.
            if let (Some(begin), true) = (begin, block < blocks) {
                self.weights[begin + block][lane % WIDTH] += weight.abs();
            }
        }
    }

    /// Weights of a spike of `origin` for the two lines of one lane, if it has dense rows.
    pub fn weights(&self, origin: usize, lane: usize) -> Option<(f64, f64)> {
        let dense = &self.dense[origin];
        let block = (lane / WIDTH).wrapping_sub(dense.first);
        let weight = |begin: Option<usize>| match begin {
            Some(begin) if block < dense.blocks => {
                f64::from(self.weights[begin + block][lane % WIDTH])
            }
            _ => 0.0,
        };
        self.is_dense(origin)
            .then(|| (weight(dense.excitatory), weight(dense.inhibitory)))
    }

    /// Tells whether spikes of this origin arrive by dense rows.
    pub fn is_dense(&self, origin: usize) -> bool {
        let dense = &self.dense[origin];
        dense.excitatory.is_some() || dense.inhibitory.is_some()
    }

    /// Notes a spike of an `origin` with dense rows that arrives with `left` µs of the step
    /// to go.
    pub fn note(&self, origin: usize, left: f32, arriving: &mut ArrivingRows) {
        let dense = &self.dense[origin];
        let row = |begin| ArrivingRow {
            first: dense.first,
            blocks: dense.blocks,
            begin,
            left,
        };
        arriving.excitatory.extend(dense.excitatory.map(row));
        arriving.inhibitory.extend(dense.inhibitory.map(row));
    }

    /// Lets a spike of an `origin` without dense rows arrive with `left` µs of the step to go.
    pub fn deliver(
        &self,
        connections: &ConnectionTable,
        origin: usize,
        left: f32,
        blocks: &mut [Block],
    ) {
        for entry in connections.of(origin) {
            let lane = self.lanes[entry.target()];
            if lane == usize::MAX {
                continue;
            }
            let block = &mut blocks[lane / WIDTH];
            let lane = lane % WIDTH;
            // A synapse has one sign.
            let (line, weight) = if entry.excitatory() > 0.0 {
                (&mut block.excitatory, entry.excitatory() as f32)
            } else {
                (&mut block.inhibitory, entry.inhibitory() as f32)
            };
            line.spread[lane] += weight * (line.moment[lane] - line.arriving[lane] * left);
            line.arriving[lane] += weight;
            line.moment[lane] += weight * left;
            line.arrives = true;
        }
    }

    /// Sum of the arriving rows for the lanes of one vector of a block.
    #[inline(always)]
    pub fn sum<S: Simd>(
        &self,
        rows: &[ArrivingRow],
        number: usize,
        place: Place<S>,
    ) -> Arriving<S> {
        let none = Vector(place.simd, place.simd.splat_f32s(0.0));
        let mut arriving = Arriving {
            any: false,
            several: false,
            sum: none,
            moment: none,
            spread: none,
        };
        for row in rows {
            let position = number.wrapping_sub(row.first);
            if position < row.blocks {
                let weights = place.load(&self.weights[row.begin + position]);
                arriving.add(weights, none.all(row.left));
            }
        }
        arriving
    }
}

/// A dense row of weights that arrives in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArrivingRow {
    first: usize,
    blocks: usize,
    begin: usize,
    /// Remainder of the step, µs.
    left: f32,
}

/// The dense rows that arrive in a step, for each line.
#[derive(Debug, Default)]
pub(super) struct ArrivingRows {
    pub excitatory: Vec<ArrivingRow>,
    pub inhibitory: Vec<ArrivingRow>,
}

/// Arrivals of a step for one line of the lanes of one vector.
#[derive(Clone, Copy)]
pub(super) struct Arriving<S: Simd> {
    pub any: bool,
    /// Tells whether it is more than one spike.
    pub several: bool,
    /// Weight units.
    pub sum: Vector<S>,
    /// The same, each spike times what is left of the step, µs.
    pub moment: Vector<S>,
    /// Over all pairs of spikes, the product of their weights times what is between them, µs.
    pub spread: Vector<S>,
}

impl<S: Simd> Arriving<S> {
    /// A spike, which comes after the others, with this `left` of the step.
    #[inline(always)]
    fn add(&mut self, weights: Vector<S>, left: Vector<S>) {
        self.several = self.any;
        self.any = true;
        let before = (-self.sum).times_plus(left, self.moment);
        self.spread = weights.times_plus(before, self.spread);
        self.sum = self.sum + weights;
        self.moment = weights.times_plus(left, self.moment);
    }

    /// Others that arrive in the same step: as if all of them came at once.
    #[inline(always)]
    pub fn join(&mut self, sum: Vector<S>, moment: Vector<S>, spread: Vector<S>) {
        self.several = true;
        let apart = self.moment * sum - moment * self.sum;
        self.spread = self.spread + spread + apart.size();
        self.sum = self.sum + sum;
        self.moment = self.moment + moment;
    }
}
