//! Whom a spike reaches, in lanes: an origin that reaches many lanes has a dense row
//! of weights, which is added block by block; one that reaches few has a list.

use super::block::Blocks;
use super::propagation::Input;
use super::targets::{Target, Weights};
use super::vector::WIDTH;
use crate::connectivity::{ConnectionTable, SynapseEntry};

/// From one lane in so many on a dense row is faster than a list: a vector takes
/// eight lanes in the time of one.
const DENSE_PART: usize = 8;

/// The lanes one origin reaches through one kind of input.
#[derive(Debug, Clone, Copy)]
enum Reach {
    /// Rows from here on, one per block.
    Dense(usize),
    /// Targets from the first to before the second.
    List(usize, usize),
}

/// Whom all origins reach.
#[derive(Debug)]
pub(super) struct SynapseRows {
    /// Of every origin, by its number in the connections.
    reaches: Vec<[Reach; 2]>,
    rows: Vec<Weights>,
    targets: Vec<Target>,
    blocks: usize,
}

impl SynapseRows {
    /// `lanes` has the lane of every neuron that has synapses.
    pub fn new(connections: &ConnectionTable, lanes: &[usize], blocks: usize) -> SynapseRows {
        let mut rows = SynapseRows {
            reaches: Vec::with_capacity(connections.origins()),
            rows: Vec::new(),
            targets: Vec::new(),
            blocks,
        };
        let (mut dense, mut listed) = (0, 0);
        for origin in 0..connections.origins() {
            let entries = connections.of(origin);
            let (mut inputs, mut whole) = ([0; 2], 0.0);
            for entry in entries {
                inputs[usize::from(entry.weight() < 0.0)] += 1;
                whole += entry.weight().abs();
            }
            let fits = whole <= f32::from(u16::MAX);
            rows.reaches.push(inputs.map(|count| {
                if fits && blocks > 1 && count * DENSE_PART >= blocks * WIDTH {
                    dense += blocks;
                    return Reach::Dense(dense - blocks);
                }
                listed += count;
                Reach::List(listed - count, listed)
            }));
        }
        // All at once: memory that nothing was in is empty, and costs nothing until then.
        rows.rows = vec![[0; WIDTH]; dense];
        rows.targets.reserve_exact(listed);
        for origin in 0..connections.origins() {
            rows.fill(origin, connections.of(origin), lanes);
        }
        rows
    }

    /// Fills in what an origin reaches, which is next among those that have lists.
    fn fill(&mut self, origin: usize, entries: &[SynapseEntry], lanes: &[usize]) {
        for (reach, sign) in self.reaches[origin].into_iter().zip([1.0, -1.0]) {
            let own = entries.iter().filter_map(|entry| {
                let weight = sign * entry.weight();
                (weight > 0.0).then(|| (lanes[entry.target()], weight))
            });
            match reach {
                Reach::Dense(begin) => {
                    let row = &mut self.rows[begin..begin + self.blocks];
                    for (lane, weight) in own {
                        row[lane / WIDTH][lane % WIDTH] += weight as u16;
                    }
                }
                Reach::List(begin, end) if begin < end => {
                    self.targets.extend(own.map(|(lane, weight)| Target {
                        lane,
                        weight: f64::from(weight),
                    }));
                    self.targets[begin..].sort_unstable_by_key(|target| target.lane);
                }
                Reach::List(..) => {}
            }
        }
    }

    /// Whom the origin of this number reaches.
    pub fn of(&self, origin: usize) -> FanOut<'_> {
        FanOut {
            rows: self,
            reaches: self.reaches[origin],
        }
    }
}

/// Whom one origin reaches.
#[derive(Clone, Copy)]
pub(super) struct FanOut<'a> {
    rows: &'a SynapseRows,
    reaches: [Reach; 2],
}

impl FanOut<'_> {
    /// Tells whether it reaches any lane through this input.
    pub fn reaches(&self, input: Input) -> bool {
        match self.reaches[input as usize] {
            Reach::Dense(_) => true,
            Reach::List(begin, end) => begin < end,
        }
    }

    /// Lets a spike arrive with `left` µs of the step to go. Which lanes then may fire
    /// is in `blocks.asking`.
    pub fn deliver(&self, input: Input, left: f64, blocks: &mut Blocks) {
        match self.reaches[input as usize] {
            Reach::Dense(begin) => {
                let rows = &self.rows.rows[begin..begin + self.rows.blocks];
                blocks.deliver_row(rows, input, left);
            }
            Reach::List(begin, end) => {
                blocks.deliver_list(&self.rows.targets[begin..end], input, left);
            }
        }
    }
}
