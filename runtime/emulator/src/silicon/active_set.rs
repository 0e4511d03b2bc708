//! The lanes of a part of a snippet: which neurons have one, and how they get into it and out.

use super::adex_coba::{self, ExtendedModel};
use super::block::{Block, PhaseAmplifiers};
use super::events::{Arrival, Incoming};
use super::fan_out::{ArrivingRows, SynapseRows};
use super::machine::Machine;
use super::row::WIDTH;
use crate::connectivity::ConnectionTable;
use crate::neuron::{Phase, State};

/// The lanes of a part of a snippet.
pub(super) struct ActiveNeurons {
    pub blocks: Vec<Block>,
    pub extended: Vec<Option<Box<ExtendedModel>>>,
    /// The neuron in every lane that is used.
    pub neurons: Vec<usize>,
    /// Constants of each lane in each phase.
    pub amplifiers: Vec<PhaseAmplifiers>,
    /// Potential from which each membrane fell at its last reset, LSB, and the time, µs.
    pub fallen: Vec<(f64, f64)>,
    /// Potential of each membrane when the step of its last spike that was predicted in an
    /// earlier one began, LSB.
    pub before_spike: Vec<f64>,
    pub rows: SynapseRows,
    /// Length of a step, µs.
    pub step: f64,
    /// Ends of phases: when, and in which lane.
    pub ends: Vec<(f64, usize)>,
    /// Ends of brief resets within the current step.
    pub ending: Vec<(f64, usize)>,
    /// Arrivals of the current step, in order of time.
    pub arriving: Vec<Incoming>,
    /// Of that the dense rows.
    pub dense: ArrivingRows,
    /// Blocks with a flagged lane.
    pub asking: Vec<usize>,
    pub inbox: Vec<Arrival>,
    pub fired: Vec<f64>,
    /// Spikes of copies, which go nowhere.
    pub discarded: Vec<f64>,
}

impl ActiveNeurons {
    /// The lanes for the neurons anything can happen to.
    ///
    /// `looked_at` are the neurons that are digitised, and `earlier` the rows of the part
    /// before this one.
    pub fn new(
        machine: &mut Machine,
        looked_at: &[usize],
        connections: &ConnectionTable,
        earlier: Option<SynapseRows>,
        step: f64,
    ) -> ActiveNeurons {
        let count = machine.neurons.len();
        let mut seen = vec![false; count];
        for &neuron in looked_at {
            seen[neuron] = true;
        }
        let mut clustered = vec![false; count];
        for &neuron in machine.clusters.iter().flat_map(|cluster| &cluster.neurons) {
            clustered[neuron] = true;
        }
        // Those that are only looked at come last: the lanes of the others, and by which rows
        // events reach them, are then as if no probe did.
        let (mut neurons, mut only_seen) = (Vec::new(), Vec::new());
        for index in (0..count).filter(|&index| !clustered[index]) {
            if !machine.alive[index] && !machine.slept[index] {
                machine.slept[index] = machine.is_asleep(index);
            }
            if !machine.slept[index] {
                neurons.push(index);
            } else if seen[index] {
                only_seen.push(index);
            }
        }
        neurons.append(&mut only_seen);
        let mut lanes = vec![usize::MAX; count];
        for (lane, &neuron) in neurons.iter().enumerate() {
            lanes[neuron] = lane;
        }
        let blocks = neurons.len().div_ceil(WIDTH);
        let amplifiers = neurons
            .iter()
            .map(|&index| PhaseAmplifiers::new(&machine.neurons[index], step));
        let references = neurons
            .iter()
            .map(|&index| machine.neurons[index].reset.reference);
        let before_spike: Vec<f64> = references.collect();
        let fallen = before_spike.iter().map(|&v| (v, machine.now)).collect();
        let extended = neurons.chunks(WIDTH).map(|own| {
            let is_extended = own
                .iter()
                .any(|&index| adex_coba::is_extended(&machine.neurons[index]));
            is_extended.then(|| Box::new(ExtendedModel::EMPTY))
        });
        // Those of the part before it, if the same neurons have the same lanes.
        let rows = match earlier {
            Some(rows) if rows.has(&lanes) => rows,
            _ => SynapseRows::new(connections, lanes),
        };
        let mut active = ActiveNeurons {
            blocks: vec![Block::EMPTY; blocks],
            extended: extended.collect(),
            before_spike,
            fallen,
            amplifiers: amplifiers.collect(),
            neurons,
            rows,
            step,
            ends: Vec::new(),
            ending: Vec::new(),
            arriving: Vec::new(),
            dense: ArrivingRows::default(),
            asking: Vec::new(),
            inbox: Vec::new(),
            fired: Vec::new(),
            discarded: Vec::new(),
        };
        for lane in 0..active.neurons.len() {
            let index = active.neurons[lane];
            let state = machine.states[index];
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let block = &mut active.blocks[number];
            block.configure(at, &machine.neurons[index], machine.keys[index], step);
            let mut extended = active.extended[number].as_deref_mut();
            if let Some(extended) = &mut extended {
                extended.configure(at, &machine.neurons[index], step);
            }
            block.set_state(at, extended, &state);
            active.enter(machine, lane, state.phase);
            active.fall(machine, lane, &state, machine.now);
            // It may be over a threshold that was not there before.
            if state.phase == Phase::Integrating && state.v >= machine.neurons[index].threshold {
                active.blocks[number].force(at);
            }
        }
        active
    }

    /// Collects what arrives for a lane in the current step.
    pub fn fill_inbox(&mut self, connections: &ConnectionTable, lane: usize) {
        let neuron = self.neurons[lane];
        self.inbox.clear();
        for event in &self.arriving {
            if let Some((excitatory, inhibitory)) = self.rows.weights(event.origin, lane) {
                if excitatory > 0.0 || inhibitory > 0.0 {
                    self.inbox.push(Arrival {
                        time: event.time,
                        excitatory,
                        inhibitory,
                    });
                }
                continue;
            }
            let entries = connections.of(event.origin);
            let first = entries.partition_point(|entry| entry.target() < neuron);
            let own = entries[first..].iter();
            for entry in own.take_while(|entry| entry.target() == neuron) {
                self.inbox.push(Arrival {
                    time: event.time,
                    excitatory: entry.excitatory(),
                    inhibitory: entry.inhibitory(),
                });
            }
        }
    }

    /// Sets a lane to what `phase` makes of its neuron.
    pub fn enter(&mut self, machine: &mut Machine, lane: usize, phase: Phase) {
        let index = self.neurons[lane];
        machine.states[index].phase = phase;
        let neuron = &machine.neurons[index];
        let (block, at) = (lane / WIDTH, lane % WIDTH);
        self.blocks[block].set_phase(at, &self.amplifiers[lane], phase);
        if let Some(extended) = &mut self.extended[block] {
            extended.set_phase(at, neuron, phase);
        }
        if let Some(time) = neuron.phase_end(phase) {
            self.ends.push((time, lane));
        }
    }

    /// Lets a lane of brief resets that is in `state` at time `now`, on its way down without
    /// a jump, jump after all: it falls from where it is.
    pub fn fall(&mut self, machine: &Machine, lane: usize, state: &State, now: f64) {
        let reset = &machine.neurons[self.neurons[lane]].reset;
        if let (true, Phase::Reset(_)) = (self.amplifiers[lane].brief, state.phase) {
            self.fallen[lane] = (state.v, now);
            self.blocks[lane / WIDTH].v[lane % WIDTH] = reset.reference as f32;
        }
    }

    /// Potential of the membrane of a lane with brief resets at `time`, in a reset, with its lane
    /// at `v`.
    pub fn fallen_to(&self, machine: &Machine, lane: usize, v: f64, time: f64) -> f64 {
        let reset = &machine.neurons[self.neurons[lane]].reset;
        let (from, since) = self.fallen[lane];
        let left = reset.falls(from, time - since) - reset.reference;
        self.amplifiers[lane].held(v) + left
    }

    /// Takes the states out of the lanes.
    pub fn settle(&self, machine: &mut Machine) {
        for (lane, &index) in self.neurons.iter().enumerate() {
            let (number, at) = (lane / WIDTH, lane % WIDTH);
            let extended = self.extended[number].as_deref();
            let mut state = State {
                // What a plain lane does not know has not changed.
                adaptation: machine.states[index].adaptation,
                ..self.blocks[number].state(at, extended, machine.states[index].phase)
            };
            if let (true, Phase::Reset(_)) = (self.amplifiers[lane].brief, state.phase) {
                state.v = self.fallen_to(machine, lane, state.v, machine.now);
            }
            if let Some(extended) = extended {
                state.adaptation = f64::from(extended.adaptation.state[at]);
            }
            machine.states[index] = state;
        }
    }
}
