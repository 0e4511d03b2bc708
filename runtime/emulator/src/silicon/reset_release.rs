//! Release of a membrane that was reset by a jump within a step: its lane was held all
//! through it, so where the membrane ends is worked out anew, from arrival to arrival, first
//! as it is held, then as it goes.

use super::adex_coba::is_extended;
use super::approximation::tanh_of_one;
use super::block::{Block, Line, PhaseAmplifiers};
use super::events::Arrival;
use crate::amplifier::{Slope, SynapticInput};
use crate::neuron::{Neuron, Phase, State};

/// A circuit at its reset potential, or not far from it.
pub(super) struct Circuit<'a> {
    block: &'a Block,
    lane: usize,
    neuron: &'a Neuron,
    amplifiers: &'a PhaseAmplifiers,
    /// Factors on the currents of the two lines at the membrane's potential.
    factors: (f64, f64),
    /// The other currents while the membrane is held, LSB/µs.
    others: f64,
    /// Tells whether there is more than a leak, two lines and a constant current.
    extended: bool,
}

impl<'a> Circuit<'a> {
    /// One with nothing but a leak, two lines and a constant current.
    fn plain(
        block: &'a Block,
        lane: usize,
        neuron: &'a Neuron,
        amplifiers: &'a PhaseAmplifiers,
    ) -> Circuit<'a> {
        let mut circuit = Circuit {
            block,
            lane,
            neuron,
            amplifiers,
            factors: (1.0, 1.0),
            others: 0.0,
            extended: false,
        };
        circuit.others = circuit.sunk(neuron.constant);
        circuit
    }

    /// One whose membrane moves freely.
    pub fn free(
        block: &'a Block,
        lane: usize,
        neuron: &'a Neuron,
        amplifiers: &'a PhaseAmplifiers,
    ) -> Circuit<'a> {
        Circuit {
            extended: is_extended(neuron),
            ..Circuit::plain(block, lane, neuron, amplifiers)
        }
    }

    /// One whose membrane is held in this state.
    pub fn held(
        block: &'a Block,
        lane: usize,
        neuron: &'a Neuron,
        amplifiers: &'a PhaseAmplifiers,
        state: &State,
    ) -> Circuit<'a> {
        let mut circuit = Circuit::plain(block, lane, neuron, amplifiers);
        if is_extended(neuron) {
            circuit.add_the_rest(state);
        }
        circuit
    }

    /// Adds what else there is on the chip, of which nothing changes while a membrane in
    /// this state is held.
    fn add_the_rest(&mut self, state: &State) {
        let v = self.neuron.reset.reference;
        let at = |input: &SynapticInput| input.conductance.factor(v);
        self.extended = true;
        self.factors = if self.neuron.pause {
            (0.0, 0.0)
        } else {
            (at(&self.neuron.excitatory), at(&self.neuron.inhibitory))
        };
        self.others = 0.0;
        let all = self.neuron.slope(&State { v, ..*state }).value;
        self.others = all - self.current(state);
    }

    /// Part of a current that the floor leaves at the reset potential.
    fn sunk(&self, current: f64) -> f64 {
        current
            * if current < 0.0 {
                self.amplifiers.sinks_at_reset
            } else {
                1.0
            }
    }

    /// Current of a line at `level` weight units, LSB/µs.
    fn of_line(&self, line: &Line, level: f64) -> f64 {
        let lane = self.lane;
        let seen = level * f64::from(line.scale[lane]) + f64::from(line.offset[lane]);
        f64::from(line.saturation[lane]) * tanh_of_one(seen)
    }

    /// Slope of the membrane at its reset potential without its amplifiers, LSB/µs.
    fn current(&self, state: &State) -> f64 {
        let up = self.factors.0 * self.of_line(&self.block.excitatory, state.excitatory);
        let down = self.factors.1 * self.of_line(&self.block.inhibitory, state.inhibitory);
        self.sunk(up) + self.sunk(-down) + self.others
    }

    /// Potential of a free membrane after a short time without arrivals.
    pub fn glide(&self, state: &State, duration: f64) -> f64 {
        if self.extended {
            return self.neuron.step(state).at(duration);
        }
        let mut slope = Slope::default();
        self.neuron.leak.add(state.v, &mut slope);
        let half = 0.5 * duration;
        let middle = State {
            excitatory: state.excitatory * (1.0 - half * self.neuron.excitatory.rate),
            inhibitory: state.inhibitory * (1.0 - half * self.neuron.inhibitory.rate),
            ..*state
        };
        let value = slope.value + self.current(&middle);
        state.v + value * duration * (1.0 + half * slope.by_potential)
    }

    /// Potential of the reset membrane after a time in which its lines went from those of
    /// `before` to those of `after`: it follows what its current, nearly a straight line,
    /// makes of it.
    fn is_held(&self, before: &State, after: &State, duration: f64) -> f64 {
        let reset = &self.neuron.reset;
        let currents = (self.current(before), self.current(after));
        let behind = (currents.1 - currents.0) / (reset.rate * duration.max(1e-6));
        let held = |current: f64| reset.reference + (current - behind) / reset.rate;
        held(currents.1) + (before.v - held(currents.0)) * (-reset.rate * duration).exp()
    }

    /// Potentials of the membrane at its release and at the end of the step, in
    /// `state` at the beginning of it; `times` are these three.
    pub fn released(
        &self,
        mut state: State,
        times: (f64, f64, f64),
        inbox: &[Arrival],
    ) -> (f64, f64) {
        let (begin, time, to) = times;
        let mut pending = inbox.iter().peekable();
        let mut now = begin;
        let mut at_release = state.v;
        while now < to {
            while let Some(arrival) = pending.next_if(|arrival| arrival.time <= now) {
                state.excitatory += arrival.excitatory;
                state.inhibitory += arrival.inhibitory;
            }
            let next = pending.peek().map_or(to, |arrival| arrival.time.min(to));
            let held = now < time;
            let next = if held { next.min(time) } else { next };
            let (before, duration) = (state, next - now);
            state.excitatory *= decayed(self.neuron.excitatory.rate * duration);
            state.inhibitory *= decayed(self.neuron.inhibitory.rate * duration);
            now = next;
            if held {
                state.v = self.is_held(&before, &state, duration);
                at_release = state.v;
            } else {
                let free = State {
                    phase: Phase::Integrating,
                    ..before
                };
                state.v = self.glide(&free, duration);
            }
        }
        (at_release, state.v)
    }
}

/// e^−x for as much of a time constant as there is in a step: to 1e-6.
fn decayed(x: f64) -> f64 {
    1.0 - x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0))))
}
