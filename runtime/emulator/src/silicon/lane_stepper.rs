//! The lanes on their way through a part of a snippet, with all that a step of theirs reads
//! and writes.

use std::iter::Peekable;

use super::active_set::ActiveNeurons;
use super::block;
use super::events::Event;
use super::fan_out::SynapseRows;
use super::machine::Machine;
use super::membrane_update::Common;
use super::noise;
use super::row::WIDTH;
use super::scalar_stepper::ScalarStepper;
use crate::connectivity::ConnectionTable;
use crate::event_stream::EventStream;
use crate::neuron::{Phase, State};
use crate::readout::samplers::Samplers;
use hx_geometry::PreSource;

/// Steps of a scalar pass in one of the lanes, and at least and most of a neuron that is too
/// fast for them.
const SCALAR_STEPS: f64 = 2.0;
const SCALAR_STEPS_OF_FAST_NEURONS: (f64, f64) = (6.0, 40.0);
/// Part of the time constant of a synaptic line that one of those may be.
const LARGEST_PART_OF_A_LINE: f64 = 0.2;
/// Work after which the caller is asked whether to go on: a millisecond or two. A unit is
/// what a block costs in a step; everything else is counted in proportion.
const WORK_BETWEEN_QUESTIONS: usize = 10_000;
/// Blocks that take as long as a scalar pass of no step, and as one of its steps.
const BLOCKS_PER_SCALAR_PASS: usize = 4;
const BLOCKS_PER_SCALAR_STEP: usize = 2;
/// Entries, rows of weights of a block and spikes on their way that take as long as a block.
pub(super) const SMALL_THINGS_OF_A_BLOCK: usize = 8;

/// Work of a scalar pass of so many steps, for which so many arrivals were looked through.
pub(super) fn work_of_scalar_steps(steps: usize, arriving: usize) -> usize {
    BLOCKS_PER_SCALAR_PASS + BLOCKS_PER_SCALAR_STEP * steps + arriving / SMALL_THINGS_OF_A_BLOCK
}

/// Inputs of a snippet's run, and the places of its output.
pub(super) struct RunContext<'a> {
    /// External and background events that have not arrived.
    pub events: Peekable<EventStream<'a>>,
    pub samplers: Samplers<'a>,
    pub spikes: &'a mut [Vec<f64>],
    /// Work done since the last question.
    pub work: usize,
    pub connections: &'a ConnectionTable,
    /// Rows of the last part.
    pub rows: Option<SynapseRows>,
    interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> RunContext<'a> {
    /// The context of a snippet of which nothing has been run; the caller is asked at once.
    pub fn new(
        events: EventStream<'a>,
        samplers: Samplers<'a>,
        spikes: &'a mut [Vec<f64>],
        connections: &'a ConnectionTable,
        interrupted: &'a (dyn Fn() -> bool + Sync),
    ) -> RunContext<'a> {
        RunContext {
            events: events.peekable(),
            samplers,
            spikes,
            work: WORK_BETWEEN_QUESTIONS,
            connections,
            rows: None,
            interrupted,
        }
    }

    /// Asks the caller, if it is time to, whether to go no further.
    pub fn is_interrupted(&mut self) -> bool {
        if self.work < WORK_BETWEEN_QUESTIONS {
            return false;
        }
        self.work = 0;
        (self.interrupted)()
    }
}

/// A part of a snippet: the chip, its lanes, and the step they are in.
pub(super) struct LaneStepper<'run, 'chip, 'snippet> {
    pub machine: &'run mut Machine<'chip>,
    pub context: &'run mut RunContext<'snippet>,
    pub active: ActiveNeurons,
    /// Constants that all lanes share.
    pub common: Common,
    /// The end of the step, µs.
    pub to: f64,
    /// The noise of the step.
    pub noise: noise::Step,
}

impl LaneStepper<'_, '_, '_> {
    /// Sets a lane to what `phase` makes of its neuron.
    pub fn enter(&mut self, lane: usize, phase: Phase) {
        self.active.enter(self.machine, lane, phase);
    }

    /// A spike goes to the readout and on its way. A circuit sends one in a cycle of the
    /// clock, be it its membrane's or one that went past it.
    pub fn spike(&mut self, neuron: usize, time: f64) {
        self.context.work += 1;
        if time >= 0.0 {
            let train = &mut self.context.spikes[neuron];
            let mut latest = train.iter().rev().take_while(|&&sent| sent >= time);
            if latest.any(|&sent| sent == time) {
                return;
            }
            train.push(time);
        }
        self.machine.in_flight.push(Event {
            time: time + self.machine.transfer.internal_latency,
            source: PreSource::Neuron(neuron as u32),
        });
    }

    /// Takes one lane through the step again, on its own: what it then is, with
    /// its spikes in `active.fired`.
    pub fn pass(&mut self, lane: usize) -> State {
        let (begin, to) = (self.machine.now, self.to);
        let index = self.active.neurons[lane];
        let (drift, step) = (self.drift(index), self.scalar_step(index));
        let active = &mut self.active;
        active.fill_inbox(self.context.connections, lane);
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let extended = active.extended[number].as_deref();
        let phase = self.machine.states[index].phase;
        let mut state = active.blocks[number].state_before(at, extended, phase);
        let mut scalar = ScalarStepper {
            neuron: &self.machine.neurons[index],
            state: &mut state,
            inbox: &active.inbox,
            clock: self.machine.clock,
            drift,
            step,
            steps: 0,
        };
        active.fired.clear();
        scalar.run(begin, to, |_| {}, &mut active.fired);
        self.context.work += work_of_scalar_steps(scalar.steps, active.arriving.len());
        state
    }

    /// Slope of a membrane from the noise of a step, LSB/µs.
    pub fn drift(&self, index: usize) -> f64 {
        if self.common.noise == 0.0 {
            return 0.0;
        }
        let error = noise::error_of(self.machine.keys[index], self.noise);
        f64::from(error * self.common.noise) / self.active.step
    }

    /// Longest step of a scalar pass of a neuron, µs.
    pub fn scalar_step(&self, index: usize) -> f64 {
        let (neuron, longest) = (&self.machine.neurons[index], self.machine.step);
        if !block::is_too_fast(neuron, self.active.step) {
            return longest / SCALAR_STEPS;
        }
        let (least, most) = SCALAR_STEPS_OF_FAST_NEURONS;
        let line = neuron.excitatory.rate.max(neuron.inhibitory.rate);
        longest / (longest * line / LARGEST_PART_OF_A_LINE).clamp(least, most)
    }
}
