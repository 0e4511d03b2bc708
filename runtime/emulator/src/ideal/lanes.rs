//! All live neurons at once: flat arrays in blocks of eight, which an exact
//! propagator takes from one time to another, and to which a spike is added as what
//! is left of it at the end.
//!
//! The state is that at the end of the step in hand. The equations are linear, so a
//! spike that arrives within the step is added to the end as what it has become by
//! then, and the way of a membrane from now to the end follows from its state at the
//! end alone ([`Curve`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::block::Blocks;
use super::curve::{Curve, Line};
use super::propagation::{Constants, Propagator, Sharing, Span};
use super::vector::WIDTH;
use crate::Physical;

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
    pub blocks: Blocks,
    owners: Vec<Owner>,
    /// Their [`rates`].
    rates: Vec<[f64; 3]>,
    /// Until when each lane is held, µs; negative infinite where the membrane moves freely.
    held_until: Vec<f64>,
    /// Those that are held, by when they are let go. Of numbers that are not negative, the
    /// bits are in the order of the numbers.
    held: BinaryHeap<Reverse<(u64, usize)>>,
}

/// 1/tau_m, 1/tau_syn_exc and 1/tau_syn_inh, 1/µs.
pub(super) fn rates(numbers: &Physical) -> [f64; 3] {
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
            blocks: Blocks::new(owners.len().div_ceil(WIDTH)),
            held_until: vec![f64::NEG_INFINITY; owners.len()],
            held: BinaryHeap::with_capacity(owners.len()),
            rates: owners.iter().map(|owner| rates(&owner.numbers)).collect(),
            owners,
        };
        let mut kinds = Vec::new();
        for block in 0..lanes.block_count() {
            let sharing = lanes.share(block, &mut kinds);
            lanes.blocks.push_sharing(sharing);
        }
        for lane in 0..lanes.owners.len() {
            let owner = lanes.owners[lane];
            let (state, numbers) = (state(owner.neuron), owner.numbers);
            let fastest = lanes.rates[lane].into_iter().fold(0.0, f64::max);
            lanes.blocks.fastest = lanes.blocks.fastest.max(fastest);
            let (block, place) = (&mut lanes.blocks.end[lane / WIDTH], lane % WIDTH);
            block.v[place] = state.v - numbers.v_leak;
            block.excitatory[place] = state.excitatory;
            block.inhibitory[place] = state.inhibitory;
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
            self.blocks.groups.push(constants);
            return Sharing::Own {
                group: self.blocks.groups.len() - 1,
            };
        }
        let (group, place) = match kinds.last() {
            Some(&(known, group, place)) if known == first => (group, place),
            Some(&(_, group, place)) if place + 1 < WIDTH => (group, place + 1),
            _ => {
                self.blocks.groups.push(Constants::NONE);
                (self.blocks.groups.len() - 1, 0)
            }
        };
        self.blocks.groups[group].set(place, &members[0].numbers);
        kinds.push((first, group, place));
        Sharing::Same { group, place }
    }

    pub fn owner(&self, lane: usize) -> &Owner {
        &self.owners[lane]
    }

    pub fn count(&self) -> usize {
        self.owners.len()
    }

    pub fn block_count(&self) -> usize {
        self.blocks.end.len()
    }

    fn is_held(&self, lane: usize) -> bool {
        self.held_until[lane] > f64::NEG_INFINITY
    }

    /// State of a lane at the end of the step.
    pub fn state(&self, lane: usize) -> State {
        let (block, place) = (&self.blocks.end[lane / WIDTH], lane % WIDTH);
        let numbers = &self.owners[lane].numbers;
        State {
            v: if self.is_held(lane) {
                numbers.v_reset
            } else {
                numbers.v_leak + block.v[place]
            },
            excitatory: block.excitatory[place],
            inhibitory: block.inhibitory[place],
            held_until: self.held_until[lane],
        }
    }

    /// The way of a lane through the last `span` µs of the step.
    pub fn curve(&self, lane: usize, span: f64) -> Curve {
        let state = self.state(lane);
        if self.is_held(lane) {
            return Curve::level(state.v);
        }
        let v_leak = self.owners[lane].numbers.v_leak;
        Curve::new(self.rates[lane], v_leak, &state, span)
    }

    /// The ways of the two synaptic lines of a lane, in weight units.
    pub fn lines(&self, lane: usize) -> [Line; 2] {
        let (state, numbers) = (self.state(lane), &self.owners[lane].numbers);
        [
            Line::new(state.excitatory, numbers.weight_exc, numbers.tau_syn_exc),
            Line::new(state.inhibitory, numbers.weight_inh, numbers.tau_syn_inh),
        ]
    }

    /// Holds a lane at its reset potential.
    pub fn hold(&mut self, lane: usize, until: f64) {
        self.blocks.thresholds[lane / WIDTH][lane % WIDTH] = f64::INFINITY;
        self.held_until[lane] = until;
        self.held.push(Reverse((until.to_bits(), lane)));
    }

    fn let_go(&mut self, lane: usize) {
        let numbers = &self.owners[lane].numbers;
        let threshold = numbers.v_threshold - numbers.v_leak;
        self.blocks.thresholds[lane / WIDTH][lane % WIDTH] = threshold;
        self.held_until[lane] = f64::NEG_INFINITY;
    }

    /// When the next lane that is held is to be let go.
    pub fn next_release(&self) -> Option<f64> {
        let &Reverse((until, _)) = self.held.peek()?;
        Some(f64::from_bits(until))
    }

    /// Lets the lane go that is next, for what is `left` of the step, µs. Says which it is,
    /// and whether it may reach its threshold by then.
    pub fn release(&mut self, left: f64) -> Option<(usize, bool)> {
        let Reverse((_, lane)) = self.held.pop()?;
        self.let_go(lane);
        let sharing = self.blocks.sharing[lane / WIDTH];
        let span = Span::new(left, self.blocks.fastest);
        let constants = &self.blocks.groups[sharing.group()];
        let (shared, place) = (sharing.place(lane), lane % WIDTH);
        let factors = constants.propagator_of(shared, span);
        let threshold = self.blocks.thresholds[lane / WIDTH][place];
        let block = &mut self.blocks.end[lane / WIDTH];
        let numbers = &self.owners[lane].numbers;
        // The currents are those of the end.
        let up = block.excitatory[place] / factors.excitatory_decay[shared];
        let down = block.inhibitory[place] / factors.inhibitory_decay[shared];
        let start = numbers.v_reset - numbers.v_leak;
        let charge =
            up * factors.excitatory_response[shared] - down * factors.inhibitory_response[shared];
        let v = start * factors.remainder[shared] + charge;
        block.v[place] = v;
        let highest = start.max(v + block.excitatory[place] * factors.slack[shared]);
        Some((lane, highest >= threshold))
    }

    /// Whether no lane can reach its threshold as long as nothing arrives, and none is
    /// held.
    pub fn are_quiet(&self) -> bool {
        self.held.is_empty()
            && self.owners.iter().enumerate().all(|(lane, owner)| {
                let (state, numbers) = (self.state(lane), &owner.numbers);
                // It cannot rise above the higher of V and E by more than the excitatory
                // charge that the leak or the decay leaves time for.
                let reach = state.excitatory * numbers.tau_m.min(numbers.tau_syn_exc);
                state.v.max(numbers.v_leak) + reach < numbers.v_threshold
            })
    }

    /// The propagators of all groups over `time` µs.
    pub fn propagators(&self, time: f64, propagators: &mut Vec<Propagator>) {
        let span = Span::new(time, self.blocks.fastest);
        Constants::propagators(&self.blocks.groups, span, propagators);
    }
}
