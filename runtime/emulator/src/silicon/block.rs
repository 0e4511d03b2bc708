//! Sixteen neurons side by side: the numbers the lanes are made of, and how a
//! neuron is put into one.

use super::adex_coba::ExtendedModel;
use super::approximation::tanh;
use super::crossing::Path;
use super::events::Arrival;
use super::row::{Row, WIDTH};
use super::vector::alone;
use crate::amplifier::{Amplifier, SynapticInput};
use crate::neuron::{Neuron, Phase, State};

/// Error of the linearised amplifier that one step may make, LSB.
const TOLERANCE: f64 = 0.02;
/// Largest change of a lane in one step, LSB.
const LARGEST_CHANGE: f64 = 24.0;
/// Largest part of a time constant, synaptic or of the leak, in one step.
const LARGEST_PART: f64 = 0.3;
/// The same of a reset, which is over before anything comes of it.
const LARGEST_RESET_PART: f64 = 2.5;
/// Time constants of its reset after which no trace is left of how a membrane fell.
const FORGOTTEN: f64 = 5.0;
/// The same after which it is where its currents hold it.
const SETTLED: f64 = 3.0;
/// Part of a weakened reset's largest current that all others may have: up to there it
/// holds a membrane nearly as far away as they are strong.
const LARGEST_PULL: f64 = 0.3;
/// Pieces of a step in which a leap is tried.
pub(super) const PIECES: usize = 4;

/// One synaptic line of a block.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Level, weight units.
    pub level: Row,
    /// Sum of the arrivals of this step, weight units.
    pub arriving: Row,
    /// The same, each times what is left of the step, µs.
    pub moment: Row,
    /// Over all pairs of them, the product of their weights times what is between them, µs.
    pub spread: Row,
    /// The bent level: its current as a part of the largest.
    pub bent: Row,
    pub rate: Row,
    pub decay: Row,
    /// A twelfth of the part of its time constant that a step is, over that at which it
    /// saturates: what the slopes at both ends of a step make of the mean in between.
    pub twelfth: Row,
    /// One over the level at which it saturates.
    pub scale: Row,
    /// Offset of its amplifier on a silent line, in these terms.
    pub offset: Row,
    /// Largest current, LSB/µs.
    pub saturation: Row,
    /// The level before the last step.
    pub before: Row,
    /// Jump of its current in the last step, LSB/µs; where a lane is flagged.
    pub leap: Row,
    /// Tells whether anything arrives but by dense rows.
    pub arrives: bool,
}

/// The amplifier that pulls the membrane at the moment.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct ActiveAmplifier {
    pub reference: Row,
    /// Its largest current, LSB/µs.
    pub largest: Row,
    /// One over the distance at which it saturates.
    pub scale: Row,
}

/// One amplifier of a lane, in the terms of [`ActiveAmplifier`] and the limits of [`Block`].
#[derive(Debug, Clone, Copy)]
struct LaneAmplifier {
    reference: f32,
    largest: f32,
    scale: f32,
    limit: f32,
    fine_limit: f32,
}

/// Constants of a lane in each phase of its neuron: worked out once, for there are several
/// phases to a spike.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseAmplifiers {
    leak: LaneAmplifier,
    reset: LaneAmplifier,
    threshold: f32,
    /// Tells whether its resets leave no trace of how the membrane fell: they are taken as a
    /// jump, and its spikes need no scalar pass.
    pub brief: bool,
    /// Factor ≤ 1 on the rate of a brief reset that keeps rate × step below
    /// [`LARGEST_RESET_PART`]; the exact decay is added in closed form.
    weakened: f64,
    /// The part of an inhibitory current that there is at the reset potential.
    pub sinks_at_reset: f64,
}

impl PhaseAmplifiers {
    pub fn new(neuron: &Neuron, step: f64) -> PhaseAmplifiers {
        let too_fast = is_too_fast(neuron, step);
        let brief = resets_briefly(neuron, step);
        let weakened = if brief {
            (LARGEST_RESET_PART / (neuron.reset.rate * step)).min(1.0)
        } else {
            1.0
        };
        let of = |amplifier: &Amplifier, part: f64, in_pieces: bool| {
            let limit = |step: f64, sensible: bool| {
                if too_fast || !sensible {
                    -1.0
                } else {
                    trusted(amplifier, step, part) as f32
                }
            };
            LaneAmplifier {
                reference: amplifier.reference as f32,
                largest: (amplifier.rate * amplifier.saturation) as f32,
                scale: (1.0 / amplifier.saturation) as f32,
                limit: limit(step, true),
                fine_limit: limit(step / PIECES as f64, in_pieces),
            }
        };
        // The fall of a reset and the upstroke of an exponential take some steps that
        // are too long for them, and all of them end well: the same in pieces. Only a
        // neuron whose threshold is near must know within a step when it is where.
        let mut reset = of(
            &Amplifier {
                rate: weakened * neuron.reset.rate,
                ..neuron.reset
            },
            LARGEST_RESET_PART,
            true,
        );
        let floor = &neuron.rails.floor;
        if brief {
            // Whatever happens meanwhile, it comes to its end as one formula says.
            reset.limit = f32::INFINITY;
        }
        PhaseAmplifiers {
            leak: of(&neuron.leak, LARGEST_PART, neuron.exponential.is_some()),
            reset,
            threshold: neuron.threshold as f32,
            brief,
            weakened,
            sinks_at_reset: 1.0 - floor.missing(neuron.reset.reference - floor.end).0,
        }
    }

    /// Potential of a membrane in its reset whose lane is at `v`: currents move it by as much
    /// less as its amplifier is stronger.
    pub fn held(&self, v: f64) -> f64 {
        let reference = f64::from(self.reset.reference);
        reference + self.weakened * (v - reference)
    }
}

/// Flag of a lane after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneFlag {
    Nothing,
    /// It ended the step above its threshold, and no more than that happened.
    Crossed,
    /// It may have been above its threshold: when, only what arrived can tell.
    Look,
    /// It has to be taken through the step again by a scalar pass.
    ScalarStepper,
}

/// These, as they are noted in [`Block::flags`].
pub(super) const CROSSED: f32 = 1.0;
pub(super) const LOOK: f32 = 2.0;
pub(super) const SCALAR_PASS: f32 = 3.0;

/// Sixteen neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Membrane potential, LSB.
    pub v: Row,
    pub excitatory: Line,
    pub inhibitory: Line,
    /// LSB; infinite while it counts for nothing.
    pub threshold: Row,
    pub amplifier: ActiveAmplifier,
    /// Constant currents up and down, LSB/µs.
    pub up: Row,
    pub down: Row,
    /// Largest change that a step is trusted with, LSB; negative for none, infinite in a brief
    /// reset, whose lane needs nothing.
    pub limit: Row,
    pub keys: [u32; WIDTH],
    pub noise: [u32; WIDTH],
    /// The potential before the last step.
    pub before: Row,
    /// Its slope there; where a lane is flagged.
    pub slope: Row,
    /// The limit of a piece of a step, and that of a whole one that is not forced.
    pub fine_limit: Row,
    usual_limit: Row,
    /// Flags of the lanes, where one is flagged: [`CROSSED`], [`LOOK`], [`SCALAR_PASS`] or 0.
    pub flags: Row,
}

/// Largest change of a membrane by an amplifier that one step is trusted with, LSB.
fn trusted(amplifier: &Amplifier, step: f64, largest_part: f64) -> f64 {
    if amplifier.rate * step > largest_part {
        return -1.0;
    }
    // The error of a step is about a twenty-fourth of h Δv³ times the third
    // derivative, and that of tanh at most 2.
    let largest = 2.0 * amplifier.rate / (amplifier.saturation * amplifier.saturation);
    (24.0 * TOLERANCE / (step * largest))
        .cbrt()
        .min(LARGEST_CHANGE)
}

/// Tells whether a neuron, before its reset, never can be trusted with a step.
pub(super) fn is_too_fast(neuron: &Neuron, step: f64) -> bool {
    let lines = neuron.excitatory.rate.max(neuron.inhibitory.rate);
    let adaptation = neuron.adaptation.map_or(0.0, |adaptation| adaptation.rate);
    neuron.leak.rate.max(lines).max(adaptation) * step > LARGEST_PART
}

/// Tells whether a reset can be taken as one jump.
///
/// It is then strong, and long enough for the membrane to forget how it fell, and to come to
/// rest again after a jump that is up to two steps wide.
fn resets_briefly(neuron: &Neuron, step: f64) -> bool {
    let reset = &neuron.reset;
    let at_reset =
        |input: &SynapticInput| input.saturation * input.conductance.factor(reset.reference);
    let input = at_reset(&neuron.excitatory).max(at_reset(&neuron.inhibitory));
    let weakest = reset.rate.min(LARGEST_RESET_PART / step);
    let holds = input + neuron.constant.abs() < LARGEST_PULL * weakest * reset.saturation;
    let weakened = reset.rate * step > LARGEST_RESET_PART;
    !is_too_fast(neuron, step)
        && (holds || !weakened)
        && neuron.reset.rate * neuron.reset_time > FORGOTTEN
        && neuron.reset.rate * (neuron.reset_time - 2.0 * step) > SETTLED
}

impl Line {
    const EMPTY: Line = Line {
        level: [0.0; WIDTH],
        arriving: [0.0; WIDTH],
        moment: [0.0; WIDTH],
        spread: [0.0; WIDTH],
        bent: [0.0; WIDTH],
        rate: [0.0; WIDTH],
        decay: [0.0; WIDTH],
        twelfth: [0.0; WIDTH],
        scale: [0.0; WIDTH],
        offset: [0.0; WIDTH],
        saturation: [0.0; WIDTH],
        before: [0.0; WIDTH],
        leap: [0.0; WIDTH],
        arrives: false,
    };

    fn configure(&mut self, lane: usize, input: &SynapticInput, step: f64) {
        self.rate[lane] = input.rate as f32;
        let part = input.rate * step;
        self.decay[lane] = (-part).exp() as f32;
        if !input.is_off() {
            let scale = input.strength / input.saturation;
            self.scale[lane] = scale as f32;
            self.twelfth[lane] = (part * scale / 12.0) as f32;
            self.offset[lane] = (scale * input.offset) as f32;
            self.saturation[lane] = input.saturation as f32;
        }
    }

    /// Sets what the line of one lane holds.
    fn set(&mut self, lane: usize, level: f64) {
        self.level[lane] = level as f32;
        let seen = self.level[lane].mul_add(self.scale[lane], self.offset[lane]);
        self.bent[lane] = tanh(alone(seen)).1;
    }
}

impl Block {
    /// Sixteen lanes in which nothing ever happens.
    pub const EMPTY: Block = Block {
        v: [0.0; WIDTH],
        excitatory: Line::EMPTY,
        inhibitory: Line::EMPTY,
        threshold: [f32::INFINITY; WIDTH],
        amplifier: ActiveAmplifier {
            reference: [0.0; WIDTH],
            largest: [0.0; WIDTH],
            scale: [0.0; WIDTH],
        },
        up: [0.0; WIDTH],
        down: [0.0; WIDTH],
        limit: [f32::INFINITY; WIDTH],
        keys: [0; WIDTH],
        noise: [0; WIDTH],
        before: [0.0; WIDTH],
        slope: [0.0; WIDTH],
        fine_limit: [-1.0; WIDTH],
        usual_limit: [f32::INFINITY; WIDTH],
        flags: [0.0; WIDTH],
    };

    /// Puts a neuron with its key for the noise into a lane.
    pub fn configure(&mut self, lane: usize, neuron: &Neuron, key: u32, step: f64) {
        self.excitatory.configure(lane, &neuron.excitatory, step);
        self.inhibitory.configure(lane, &neuron.inhibitory, step);
        self.up[lane] = neuron.constant.max(0.0) as f32;
        self.down[lane] = (-neuron.constant).max(0.0) as f32;
        self.keys[lane] = key;
    }

    /// Sets the amplifier that pulls, and whether the threshold counts.
    pub fn set_phase(&mut self, lane: usize, amplifiers: &PhaseAmplifiers, phase: Phase) {
        let own = if matches!(phase, Phase::Reset(_)) {
            &amplifiers.reset
        } else {
            &amplifiers.leak
        };
        let amplifier = &mut self.amplifier;
        amplifier.reference[lane] = own.reference;
        amplifier.largest[lane] = own.largest;
        amplifier.scale[lane] = own.scale;
        self.threshold[lane] = if phase == Phase::Integrating {
            amplifiers.threshold
        } else {
            f32::INFINITY
        };
        self.usual_limit[lane] = own.limit;
        self.limit[lane] = own.limit;
        self.fine_limit[lane] = own.fine_limit;
    }

    /// Flags the lane for a scalar pass through the next step.
    pub fn force(&mut self, lane: usize) {
        self.limit[lane] = -1.0;
    }

    /// Flag of a lane after the last step.
    pub fn flag(&self, lane: usize) -> LaneFlag {
        match self.flags[lane] {
            // It is held, whatever else happens.
            _ if self.limit[lane] == f32::INFINITY => LaneFlag::Nothing,
            SCALAR_PASS => LaneFlag::ScalarStepper,
            LOOK => LaneFlag::Look,
            CROSSED => LaneFlag::Crossed,
            _ => LaneFlag::Nothing,
        }
    }

    /// State of a neuron before the last step.
    pub fn state_before(
        &self,
        lane: usize,
        extended: Option<&ExtendedModel>,
        phase: Phase,
    ) -> State {
        State {
            v: f64::from(self.before[lane]),
            excitatory: f64::from(self.excitatory.before[lane]),
            inhibitory: f64::from(self.inhibitory.before[lane]),
            adaptation: extended
                .map_or(0.0, |extended| f64::from(extended.adaptation.before[lane])),
            phase,
        }
    }

    /// State of a neuron.
    pub fn state(&self, lane: usize, extended: Option<&ExtendedModel>, phase: Phase) -> State {
        State {
            v: f64::from(self.v[lane]),
            excitatory: f64::from(self.excitatory.level[lane]),
            inhibitory: f64::from(self.inhibitory.level[lane]),
            adaptation: extended.map_or(0.0, |extended| f64::from(extended.adaptation.state[lane])),
            phase,
        }
    }

    /// Puts what a neuron is into its lane.
    pub fn set_state(&mut self, lane: usize, extended: Option<&mut ExtendedModel>, state: &State) {
        self.v[lane] = state.v as f32;
        self.excitatory.set(lane, state.excitatory);
        self.inhibitory.set(lane, state.inhibitory);
        self.limit[lane] = self.usual_limit[lane];
        if let Some(extended) = extended {
            extended.adaptation.state[lane] = state.adaptation as f32;
        }
    }

    /// Path of a lane through the last step, of `step` µs and begun at `begin`, in which
    /// this arrived.
    pub fn path<'a>(
        &self,
        lane: usize,
        (begin, step): (f64, f64),
        inbox: &'a [Arrival],
    ) -> Path<'a> {
        let row = |row: &Row| f64::from(row[lane]);
        Path {
            below: row(&self.threshold) - row(&self.before),
            change: row(&self.v) - row(&self.before),
            slope: row(&self.slope),
            leaps: (row(&self.excitatory.leap), row(&self.inhibitory.leap)),
            begin,
            step,
            inbox,
        }
    }
}
