//! How a membrane that was reset by a jump is let go within a step: its lane was held all
//! through it, so where the membrane ends is worked out anew, from arrival to arrival, first
//! as it is held, then as it goes.

use super::approximation::tanh;
use super::block::{Block, Line, Pulls, WIDTH};
use super::field::Field;
use super::vector::alone;
use super::{Arrival, Machine};
use crate::amplifier::Slope;
use crate::neuron::{Neuron, Phase, State};

impl Field {
    /// Lets go of a lane that was reset at `spike`, at a time within the step that has been
    /// made and ends at `to`, in which its inbox arrived; says where it then was, LSB.
    pub(super) fn release(
        &mut self,
        machine: &Machine,
        lane: usize,
        spike: f64,
        (time, to): (f64, f64),
    ) -> f64 {
        let neuron = &machine.neurons[self.neurons[lane]];
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let (block, pulls) = (&mut self.blocks[number], &self.pulls[lane]);
        let rich = self.rich[number].as_deref();
        let mut state = block.state_before(at, rich, Phase::Reset(spike));
        state.v = pulls.held(state.v);
        let times = (to - self.step, time, to);
        let (v, end) = if rich.is_some() {
            let circuit = Whole { neuron, spike };
            released(neuron, &circuit, state, times, &self.inbox)
        } else {
            let circuit = Plain {
                block,
                lane: at,
                neuron,
                pulls,
            };
            released(neuron, &circuit, state, times, &self.inbox)
        };
        let rest = neuron.reset.falls(self.fallen[lane], neuron.reset_time);
        let rest = rest - neuron.reset.reference;
        block.v[at] = (end + rest) as f32;
        v + rest
    }
}

impl Field {
    /// Where a lane is `duration` µs after the beginning of the step, with nothing arriving.
    pub(super) fn glides_to(&self, machine: &Machine, lane: usize, duration: f64) -> f64 {
        let index = self.neurons[lane];
        let (number, at) = (lane / WIDTH, lane % WIDTH);
        let (block, neuron) = (&self.blocks[number], &machine.neurons[index]);
        let rich = self.rich[number].as_deref();
        let state = block.state(at, rich, machine.states[index].phase);
        if rich.is_some() {
            return neuron.step(&state).at(duration);
        }
        let pulls = &self.pulls[lane];
        let circuit = Plain {
            block,
            lane: at,
            neuron,
            pulls,
        };
        circuit.glide(&state, duration)
    }
}

/// What moves a membrane besides its reset.
trait Circuit {
    /// The current at the reset potential, while it is held there, LSB/µs.
    fn current(&self, state: &State) -> f64;
    /// Where the membrane is after a short time in which nothing arrives, once it is free.
    fn glide(&self, state: &State, duration: f64) -> f64;
}

/// A circuit with nothing but a leak, two lines and a constant current: what lanes know.
struct Plain<'a> {
    block: &'a Block,
    lane: usize,
    neuron: &'a Neuron,
    pulls: &'a Pulls,
}

impl Plain<'_> {
    /// What a line that holds `level` weight units puts on the membrane, LSB/µs.
    fn of_line(&self, line: &Line, level: f64) -> f64 {
        let lane = self.lane;
        let seen = level as f32 * line.scale[lane] + line.offset[lane];
        f64::from(line.saturation[lane] * tanh(alone(seen)).1)
    }
}

impl Circuit for Plain<'_> {
    fn current(&self, state: &State) -> f64 {
        let up = self.of_line(&self.block.excitatory, state.excitatory);
        let down = self.of_line(&self.block.inhibitory, state.inhibitory);
        up + self.neuron.constant.max(0.0)
            - self.pulls.sinks_at_reset * (down + (-self.neuron.constant).max(0.0))
    }

    fn glide(&self, state: &State, duration: f64) -> f64 {
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
}

/// A circuit with all that is on the chip.
struct Whole<'a> {
    neuron: &'a Neuron,
    spike: f64,
}

impl Circuit for Whole<'_> {
    fn current(&self, state: &State) -> f64 {
        let held = State {
            v: self.neuron.reset.reference,
            ..*state
        };
        self.neuron.slope(&held).value
    }

    fn glide(&self, state: &State, duration: f64) -> f64 {
        let free = State {
            phase: Phase::Waiting(self.spike),
            ..*state
        };
        self.neuron.step(&free).at(duration)
    }
}

/// Where a membrane was when it was let go, and where it is at the end of the step: of this
/// circuit, in `state` at the beginning of the step; `times` are these three.
fn released(
    neuron: &Neuron,
    circuit: &impl Circuit,
    mut state: State,
    (begin, time, to): (f64, f64, f64),
    inbox: &[Arrival],
) -> (f64, f64) {
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
        state.excitatory *= decayed(neuron.excitatory.rate * duration);
        state.inhibitory *= decayed(neuron.inhibitory.rate * duration);
        state.v = if held {
            is_held(neuron, circuit, &before, &state, duration)
        } else {
            circuit.glide(&before, duration)
        };
        now = next;
        if held {
            at_release = state.v;
        }
    }
    (at_release, state.v)
}

/// e^−x for as much of a time constant as there is in a step: to 1e-6.
fn decayed(x: f64) -> f64 {
    1.0 - x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0))))
}

/// Where its reset has a membrane after a time in which its lines went from those of `before`
/// to those of `after`: it follows what its current, nearly a straight line, makes of it.
fn is_held(
    neuron: &Neuron,
    circuit: &impl Circuit,
    before: &State,
    after: &State,
    duration: f64,
) -> f64 {
    let reset = &neuron.reset;
    let currents = (circuit.current(before), circuit.current(after));
    let rate = reset.rate_against(currents.1);
    let behind = (currents.1 - currents.0) / (rate * duration.max(1e-6));
    let held = |current: f64| reset.reference + (current - behind) / rate;
    held(currents.1) + (before.v - held(currents.0)) * (-rate * duration).exp()
}
