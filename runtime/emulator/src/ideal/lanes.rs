//! All live neurons at once: flat arrays in blocks of eight, which an exact
//! propagator takes from one time to another, and to which a spike is added as what
//! is left of it at the end.
//!
//! The state is that at the end of the step in hand. The equations are linear, so a
//! spike that arrives within the step is added to the end as what it has become by
//! then, and the way of a membrane from now to the end follows from its state at the
//! end alone ([`Trajectory`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::block::Blocks;
use super::propagation::{Constants, Propagator, Sharing, Span};
use super::state::State;
use super::trajectory::{Line, Trajectory};
use super::vector::WIDTH;
use crate::physical::Physical;

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
    /// Neuron in each lane; some lanes are empty.
    owners: Vec<Option<Owner>>,
    /// Their [`rates`].
    rates: Vec<[f64; 3]>,
    /// Until when each lane is held, µs; negative infinite where the membrane moves freely.
    held_until: Vec<f64>,
    /// Held lanes, by the time of their release. Of numbers that are not negative, the
    /// bits are in the order of the numbers.
    held: BinaryHeap<Reverse<(u64, usize)>>,
}

/// 1/tau_m, 1/tau_syn_exc and 1/tau_syn_inh, 1/µs.
pub(super) fn rates(numbers: &Physical) -> [f64; 3] {
    [numbers.tau_m, numbers.tau_syn_exc, numbers.tau_syn_inh].map(|time| 1.0 / time)
}

/// Constants that two neurons must share to be moved by the same factors.
fn kind(numbers: &Physical) -> [u64; 5] {
    let weights = [numbers.weight_exc, numbers.weight_inh];
    let [leak, rise, fall] = rates(numbers);
    [leak, rise, fall, weights[0], weights[1]].map(f64::to_bits)
}

/// Neurons of a kind from which on they have blocks of their own. What a spike is to a
/// kind is worked out at each: blocks of mixed kinds need eight of those, and one of a
/// kind that is not full costs some idle lanes.
const MEMBERS_OF_A_KIND: usize = 3;

/// Puts neurons into lanes: each kind with enough of them begins a block, the others
/// share the last blocks.
fn arrange(mut owners: Vec<Owner>) -> Vec<Option<Owner>> {
    owners.sort_by_key(|owner| (kind(&owner.numbers), owner.neuron));
    let (mut lanes, mut rest) = (Vec::new(), Vec::new());
    for members in owners.chunk_by(|a, b| kind(&a.numbers) == kind(&b.numbers)) {
        if members.len() < MEMBERS_OF_A_KIND {
            rest.extend(members.iter().copied().map(Some));
        } else {
            lanes.extend(members.iter().copied().map(Some));
            lanes.resize(lanes.len().next_multiple_of(WIDTH), None);
        }
    }
    lanes.extend(rest);
    lanes.resize(lanes.len().next_multiple_of(WIDTH), None);
    lanes
}

impl Lanes {
    /// Lanes for these neurons, in which each neuron is in the state it is in at time 0.
    pub fn new(owners: Vec<Owner>, state: impl Fn(usize) -> State) -> Lanes {
        let owners = arrange(owners);
        let of = |owner: &Option<Owner>| owner.map_or([0.0; 3], |owner| rates(&owner.numbers));
        let mut lanes = Lanes {
            blocks: Blocks::new(owners.len() / WIDTH),
            held_until: vec![f64::NEG_INFINITY; owners.len()],
            held: BinaryHeap::with_capacity(owners.len()),
            rates: owners.iter().map(of).collect(),
            owners,
        };
        let mut kinds = Vec::new();
        for block in 0..lanes.block_count() {
            let sharing = lanes.share(block, &mut kinds);
            lanes.blocks.push_sharing(sharing);
        }
        for lane in 0..lanes.owners.len() {
            let Some(owner) = lanes.owners[lane] else {
                continue;
            };
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
        let lanes = &self.owners[block * WIDTH..(block + 1) * WIDTH];
        let members = || lanes.iter().flatten();
        let kinds_here = || members().map(|owner| kind(&owner.numbers));
        let first_member = members().next().expect("no block is empty").numbers;
        let first = kind(&first_member);
        if kinds_here().any(|kind| kind != first) {
            let mut constants = Constants::NONE;
            for (place, owner) in members().enumerate() {
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
        self.blocks.groups[group].set(place, &first_member);
        kinds.push((first, group, place));
        Sharing::Same { group, place }
    }

    /// Neuron in a lane that is held or may fire; such a lane is not empty.
    pub fn owner(&self, lane: usize) -> &Owner {
        self.owners[lane].as_ref().expect("a lane somebody is in")
    }

    /// All lanes that somebody is in.
    pub fn each(&self) -> impl Iterator<Item = (usize, &Owner)> {
        let each = self.owners.iter().enumerate();
        each.filter_map(|(lane, owner)| Some((lane, owner.as_ref()?)))
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
        let numbers = &self.owner(lane).numbers;
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
    pub fn trajectory(&self, lane: usize, span: f64) -> Trajectory {
        let state = self.state(lane);
        if self.is_held(lane) {
            return Trajectory::level(state.v);
        }
        let v_leak = self.owner(lane).numbers.v_leak;
        Trajectory::new(self.rates[lane], v_leak, &state, span)
    }

    /// The ways of the two synaptic lines of a lane, in weight units.
    pub fn lines(&self, lane: usize) -> [Line; 2] {
        let (state, numbers) = (self.state(lane), &self.owner(lane).numbers);
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
        let numbers = &self.owner(lane).numbers;
        let threshold = numbers.v_threshold - numbers.v_leak;
        self.blocks.thresholds[lane / WIDTH][lane % WIDTH] = threshold;
        self.held_until[lane] = f64::NEG_INFINITY;
    }

    /// Time at which the next lane that is held is to be let go.
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
        let numbers = self.owner(lane).numbers;
        let block = &mut self.blocks.end[lane / WIDTH];
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

    /// Tells whether no lane can reach its threshold as long as nothing arrives, and none is
    /// held.
    pub fn are_quiet(&self) -> bool {
        self.held.is_empty()
            && self.each().all(|(lane, owner)| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::Calibration;
    use crate::chip::Chip;
    use crate::configuration::NeuronConfig;
    use crate::physical::physical;

    /// Neurons, as many of each kind as said, kinds in turn.
    fn owners(counts: &[usize]) -> Vec<Owner> {
        let numbers = |kind: usize| {
            let config = NeuronConfig {
                leak_i_bias: 100 + 10 * kind as u16,
                ..Calibration::Tutorial.neuron()
            };
            physical(&Chip::ideal(), 0, &config)
        };
        let most = counts.iter().copied().max().unwrap_or(0);
        let each = (0..most).flat_map(|number| {
            let of_kind = move |kind: &usize| number < counts[*kind];
            (0..counts.len()).filter(of_kind)
        });
        each.enumerate()
            .map(|(neuron, kind)| Owner {
                neuron,
                numbers: numbers(kind),
            })
            .collect()
    }

    #[test]
    fn every_neuron_has_a_lane_and_kinds_do_not_mix_unless_they_are_rare() {
        for counts in [
            vec![],
            vec![1],
            vec![8, 8],
            vec![3, 17, 2, 9, 1, 1],
            vec![1; 20],
        ] {
            let owners = owners(&counts);
            let lanes = Lanes::new(owners.clone(), |neuron| State {
                v: neuron as f64,
                excitatory: 0.0,
                inhibitory: 0.0,
                held_until: 0.0,
            });
            let mut found: Vec<usize> = lanes.each().map(|(_, owner)| owner.neuron).collect();
            found.sort_unstable();
            assert!(found.into_iter().eq(0..owners.len()), "{counts:?}");
            for (lane, owner) in lanes.each() {
                assert!((lanes.state(lane).v - owner.neuron as f64).abs() < 1e-9);
                let own = kind(&owner.numbers);
                let members = owners.iter().filter(|it| kind(&it.numbers) == own).count();
                let mixed = matches!(lanes.blocks.sharing[lane / WIDTH], Sharing::Own { .. });
                assert!(!mixed || members < MEMBERS_OF_A_KIND, "{counts:?} {lane}");
            }
        }
    }
}
