//! All live neurons at once: flat arrays in blocks of eight, which an exact
//! propagator takes from one time to another, and to which a spike is added as what
//! is left of it at the end.
//!
//! The state is that at the end of the step in hand. The equations are linear, so a
//! spike that arrives within the step is added to the end as what it has become by
//! then, and the way of a membrane from now to the end follows from its state at the
//! end alone ([`Curve`]).

use pulp::Simd;

use super::curve::Curve;
use super::propagation::{Arrival, Constants, Input, Propagator, Span};
use super::rows::Target;
use super::vector::{Place, Row, Vector, WIDTH};
use crate::Physical;

/// What is subtracted from a current in every step, LSB/µs. It is far below the last
/// digit of any that is there, and ends those that would for ever be the smallest
/// number there is: processors are slow with those.
const NOTHING: f64 = 1e-290;

/// Eight neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Membrane potential at the end of the step, LSB.
    v: Row,
    /// Excitatory current then, LSB/µs.
    excitatory: Row,
    /// Inhibitory current then, LSB/µs.
    inhibitory: Row,
    /// The same at its start.
    v_start: Row,
    excitatory_start: Row,
    inhibitory_start: Row,
    v_leak: Row,
    /// LSB; infinite while it counts for nothing.
    threshold: Row,
    /// 1 if the membrane moves freely, 0 while it is held.
    free: Row,
    /// When it will no longer be held, µs; infinite if it is free.
    release: Row,
}

impl Block {
    /// Eight lanes in which nothing ever happens.
    const EMPTY: Block = Block {
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

/// Where the eight lanes of a block find their constants: all the same, or each its own.
#[derive(Debug, Clone, Copy)]
enum Sharing {
    Same { group: usize, place: usize },
    Own { group: usize },
}

impl Sharing {
    fn group(self) -> usize {
        match self {
            Sharing::Same { group, .. } | Sharing::Own { group } => group,
        }
    }

    /// The numbers of one vector of the block.
    #[inline(always)]
    fn load<S: Simd>(self, at: Place<S>, row: &Row) -> Vector<S> {
        match self {
            Sharing::Same { place, .. } => at.all(row[place]),
            Sharing::Own { .. } => at.load(row),
        }
    }

    fn place(self, lane: usize) -> usize {
        match self {
            Sharing::Same { place, .. } => place,
            Sharing::Own { .. } => lane % WIDTH,
        }
    }
}

/// State of a textbook neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct State {
    /// Membrane potential, LSB.
    pub v: f64,
    /// Excitatory current, LSB/µs.
    pub excitatory: f64,
    /// Inhibitory current, LSB/µs.
    pub inhibitory: f64,
    /// End of the refractory period, or of the last one, µs.
    pub held_until: f64,
}

/// The neuron in a lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    /// Its index.
    pub neuron: usize,
    pub numbers: Physical,
}

/// The live neurons.
#[derive(Debug)]
pub(super) struct Lanes {
    blocks: Vec<Block>,
    sharing: Vec<Sharing>,
    owners: Vec<Owner>,
    groups: Vec<Constants>,
    /// Scratch: what a spike is to each group.
    arrivals: Vec<Arrival>,
    /// Blocks with a lane that wants attention, as found by the last operation.
    pub asking: Vec<usize>,
    /// Largest rate of any lane, 1/µs.
    pub fastest: f64,
}

fn rates(numbers: &Physical) -> [f64; 3] {
    [numbers.tau_m, numbers.tau_syn_exc, numbers.tau_syn_inh].map(|time| 1.0 / time)
}

/// What two neurons must have in common to be moved by the same factors.
fn kind(numbers: &Physical) -> [u64; 5] {
    let weights = [numbers.weight_exc, numbers.weight_inh];
    let [leak, rise, fall] = rates(numbers);
    [leak, rise, fall, weights[0], weights[1]].map(f64::to_bits)
}

impl Lanes {
    /// Lanes for these neurons, in which each neuron is in the state it is in at time 0.
    pub fn new(mut owners: Vec<Owner>, state: impl Fn(usize) -> State) -> Lanes {
        owners.sort_by_key(|owner| (kind(&owner.numbers), owner.neuron));
        let mut lanes = Lanes {
            blocks: vec![Block::EMPTY; owners.len().div_ceil(WIDTH)],
            sharing: Vec::new(),
            groups: Vec::new(),
            arrivals: Vec::new(),
            asking: Vec::new(),
            fastest: 0.0,
            owners,
        };
        lanes.asking.reserve(lanes.blocks.len());
        let mut kinds = Vec::new();
        for block in 0..lanes.blocks.len() {
            let sharing = lanes.share(block, &mut kinds);
            lanes.sharing.push(sharing);
        }
        lanes.arrivals = vec![Arrival::NONE; lanes.groups.len()];
        for lane in 0..lanes.owners.len() {
            let owner = lanes.owners[lane];
            let (state, numbers) = (state(owner.neuron), owner.numbers);
            lanes.fastest = rates(&numbers).into_iter().fold(lanes.fastest, f64::max);
            let (block, place) = (&mut lanes.blocks[lane / WIDTH], lane % WIDTH);
            block.v[place] = state.v;
            block.excitatory[place] = state.excitatory;
            block.inhibitory[place] = state.inhibitory;
            block.v_leak[place] = numbers.v_leak;
            if state.held_until > 0.0 {
                lanes.hold(lane, state.held_until);
            } else {
                lanes.let_go(lane);
            }
        }
        lanes
    }

    /// Finds or makes the constants of a block. `kinds` are those that fill blocks,
    /// with where they are.
    fn share(&mut self, block: usize, kinds: &mut Vec<([u64; 5], usize, usize)>) -> Sharing {
        let end = self.owners.len().min((block + 1) * WIDTH);
        let members = &self.owners[block * WIDTH..end];
        let first = kind(&members[0].numbers);
        let same = members.iter().all(|owner| kind(&owner.numbers) == first);
        if !same {
            let mut constants = Constants::NONE;
            for (place, owner) in members.iter().enumerate() {
                constants.set(place, &owner.numbers);
            }
            self.groups.push(constants);
            return Sharing::Own {
                group: self.groups.len() - 1,
            };
        }
        let (group, place) = match kinds.last() {
            Some(&(known, group, place)) if known == first => (group, place),
            Some(&(_, group, place)) if place + 1 < WIDTH => (group, place + 1),
            _ => {
                self.groups.push(Constants::NONE);
                (self.groups.len() - 1, 0)
            }
        };
        self.groups[group].set(place, &members[0].numbers);
        kinds.push((first, group, place));
        Sharing::Same { group, place }
    }

    pub fn owner(&self, lane: usize) -> &Owner {
        &self.owners[lane]
    }

    pub fn count(&self) -> usize {
        self.owners.len()
    }

    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The lanes of a block.
    pub fn of_block(&self, block: usize) -> std::ops::Range<usize> {
        block * WIDTH..self.owners.len().min((block + 1) * WIDTH)
    }

    /// State of a lane at the end of the step.
    pub fn state(&self, lane: usize) -> State {
        let (block, place) = (&self.blocks[lane / WIDTH], lane % WIDTH);
        State {
            v: block.v[place],
            excitatory: block.excitatory[place],
            inhibitory: block.inhibitory[place],
            held_until: if block.release[place].is_finite() {
                block.release[place]
            } else {
                f64::NEG_INFINITY
            },
        }
    }

    /// When a lane will no longer be held, µs; infinite if it is free.
    pub fn release_time(&self, lane: usize) -> f64 {
        self.blocks[lane / WIDTH].release[lane % WIDTH]
    }

    /// Whether a lane may reach its threshold before the end of a step of which
    /// `propagators` are.
    pub fn may_fire(&self, lane: usize, propagators: &[Propagator]) -> bool {
        let (block, place) = (&self.blocks[lane / WIDTH], lane % WIDTH);
        let sharing = self.sharing[lane / WIDTH];
        let slack = propagators[sharing.group()].slack[sharing.place(lane)];
        let highest = block.v[place] + slack * block.excitatory[place];
        block.v_start[place].max(highest) >= block.threshold[place]
    }

    /// The way of a lane through the last `span` µs of the step.
    pub fn curve(&self, lane: usize, span: f64) -> Curve {
        let (block, place) = (&self.blocks[lane / WIDTH], lane % WIDTH);
        if block.free[place] == 0.0 {
            return Curve::level(block.v[place]);
        }
        Curve::new(&self.owners[lane].numbers, &self.state(lane), span)
    }

    /// Holds a lane at its reset potential.
    pub fn hold(&mut self, lane: usize, until: f64) {
        let (block, place) = (&mut self.blocks[lane / WIDTH], lane % WIDTH);
        block.v[place] = self.owners[lane].numbers.v_reset;
        block.threshold[place] = f64::INFINITY;
        block.free[place] = 0.0;
        block.release[place] = until;
    }

    fn let_go(&mut self, lane: usize) {
        let (block, place) = (&mut self.blocks[lane / WIDTH], lane % WIDTH);
        block.threshold[place] = self.owners[lane].numbers.v_threshold;
        block.free[place] = 1.0;
        block.release[place] = f64::INFINITY;
    }

    /// Lets a lane that is held move for what is `left` of the step, µs.
    pub fn release(&mut self, lane: usize, left: f64, propagators: &mut Vec<Propagator>) {
        self.let_go(lane);
        let sharing = self.sharing[lane / WIDTH];
        let group = sharing.group();
        let span = Span::new(left, self.fastest);
        Constants::propagators(&self.groups[group..=group], span, propagators);
        let (factors, place) = (&propagators[0], sharing.place(lane));
        let block = &mut self.blocks[lane / WIDTH];
        let lane = lane % WIDTH;
        // The currents are those of the end.
        let up = block.excitatory[lane] / factors.excitatory_decay[place];
        let down = block.inhibitory[lane] / factors.inhibitory_decay[place];
        block.v[lane] += (block.v_leak[lane] - block.v[lane]) * factors.approach[place]
            + up * factors.excitatory_response[place]
            - down * factors.inhibitory_response[place];
    }

    /// Whether no lane can reach its threshold as long as nothing arrives, and none is
    /// held.
    pub fn are_quiet(&self) -> bool {
        self.owners.iter().enumerate().all(|(lane, owner)| {
            let (state, numbers) = (self.state(lane), &owner.numbers);
            // It cannot rise above the higher of V and E by more than the excitatory
            // charge that the leak or the decay leaves time for.
            let reach = state.excitatory * numbers.tau_m.min(numbers.tau_syn_exc);
            state.held_until == f64::NEG_INFINITY
                && state.v.max(numbers.v_leak) + reach < numbers.v_threshold
        })
    }

    /// The propagators of all groups over `time` µs.
    pub fn propagators(&self, time: f64, propagators: &mut Vec<Propagator>) {
        let span = Span::new(time, self.fastest);
        Constants::propagators(&self.groups, span, propagators);
    }

    /// Takes all lanes to `end`: on from the end of the last step or, `again`, from its
    /// start.
    pub fn advance(&mut self, propagators: &[Propagator], end: f64, again: bool) {
        self.asking.clear();
        pulp::Arch::new().dispatch(Advance {
            blocks: &mut self.blocks,
            sharing: &self.sharing,
            propagators,
            end,
            again,
            asking: &mut self.asking,
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
        self.asking.clear();
        pulp::Arch::new().dispatch(DeliverRow {
            span: Span::new(left, self.fastest),
            lanes: self,
            row,
            input,
            propagators,
        });
    }

    /// Lets a spike arrive at these lanes only.
    pub fn deliver_list(&mut self, targets: &[Target], input: Input, left: f64) {
        self.asking.clear();
        pulp::Arch::new().dispatch(DeliverList {
            span: Span::new(left, self.fastest),
            lanes: self,
            targets,
            input,
        });
    }
}

/// A step of all lanes, compiled once for each set of instructions and chosen when
/// it runs, as the other operations are.
struct Advance<'a> {
    blocks: &'a mut [Block],
    sharing: &'a [Sharing],
    propagators: &'a [Propagator],
    end: f64,
    again: bool,
    asking: &'a mut Vec<usize>,
}

impl pulp::WithSimd for Advance<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (index, (block, &sharing)) in self.blocks.iter_mut().zip(self.sharing).enumerate() {
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
                self.asking.push(index);
            }
        }
    }
}

/// A spike arrives at all lanes.
struct DeliverRow<'a> {
    lanes: &'a mut Lanes,
    row: &'a [Row],
    input: Input,
    span: Span,
    propagators: &'a [Propagator],
}

impl pulp::WithSimd for DeliverRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = self.lanes;
        for (arrival, group) in lanes.arrivals.iter_mut().zip(&lanes.groups) {
            *arrival = group.arrival(simd, self.input, self.span);
        }
        let blocks = lanes.blocks.iter_mut().zip(&lanes.sharing).zip(self.row);
        for (index, ((block, &sharing), weights)) in blocks.enumerate() {
            let arrival = &lanes.arrivals[sharing.group()];
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
                lanes.asking.push(index);
            }
        }
    }
}

/// A spike arrives at some lanes.
struct DeliverList<'a> {
    lanes: &'a mut Lanes,
    targets: &'a [Target],
    input: Input,
    span: Span,
}

impl pulp::WithSimd for DeliverList<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = self.lanes;
        let (mut known, mut arrival) = (usize::MAX, Arrival::NONE);
        for target in self.targets {
            let index = target.lane / WIDTH;
            let (block, sharing) = (&mut lanes.blocks[index], lanes.sharing[index]);
            // Lanes are sorted by their kind: the group seldom changes.
            if sharing.group() != known {
                known = sharing.group();
                arrival = lanes.groups[known].arrival(simd, self.input, self.span);
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
            if lanes.asking.last() != Some(&index) {
                lanes.asking.push(index);
            }
        }
    }
}
