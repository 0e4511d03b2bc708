//! Propagators of eight neurons' potentials and currents over a time, as factors:
//! the exact solution of their linear equations.
//!
//! No exponential function of a library is asked, since each has its own last bit:
//! the same experiment gives the same bits on every machine.

use pulp::Simd;

use super::vector::{Place, Row, Vector, WIDTH};
use crate::physical::Physical;

/// The largest size of an exponent for which the series below is summed as it is.
const SERIES_END: f64 = 0.25;

/// Coefficients of (e^z − 1)/z, the highest first. What is left out is below
/// 2⁻⁵⁴ as long as z is no larger than [`SERIES_END`].
const SERIES: [f64; 12] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
];

/// A time, and how often it is halved to make all exponents small.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    time: f64,
    halvings: u32,
}

impl Span {
    /// `time` µs for neurons none of whose rates exceeds `fastest`.
    pub fn new(time: f64, fastest: f64) -> Span {
        let mut halvings = 0;
        let mut exponent = time * fastest;
        while exponent > SERIES_END {
            exponent *= 0.5;
            halvings += 1;
        }
        Span { time, halvings }
    }
}

/// e^z, and (e^z − 1)/z, which keeps its digits where z is small.
#[derive(Clone, Copy)]
struct Exponential<S: Simd> {
    value: Vector<S>,
    mean: Vector<S>,
}

impl<S: Simd> Exponential<S> {
    /// Of z = −rate times the span, for several rates at once: each is one long chain of
    /// operations, and while one waits for its last another can go on.
    #[inline(always)]
    fn falling<const N: usize>(rates: [Vector<S>; N], span: Span) -> [Exponential<S>; N] {
        let part = 0.5f64.powi(span.halvings as i32);
        let one = rates[0].all(1.0);
        let mut z = rates;
        let mut mean = rates;
        for index in 0..N {
            z[index] = rates[index] * one.all(-span.time * part);
            mean[index] = one.all(SERIES[0]);
        }
        for &coefficient in &SERIES[1..] {
            for index in 0..N {
                mean[index] = mean[index].times_plus(z[index], one.all(coefficient));
            }
        }
        let mut value = rates;
        for index in 0..N {
            value[index] = z[index].times_plus(mean[index], one);
        }
        for _ in 0..span.halvings {
            for index in 0..N {
                mean[index] = mean[index] * (value[index] + one) * one.all(0.5);
                z[index] = z[index] + z[index];
                value[index] = z[index].times_plus(mean[index], one);
            }
        }
        let mut each = [Exponential {
            value: one,
            mean: one,
        }; N];
        for index in 0..N {
            // Rounding must not make a current change its sign.
            each[index].value = value[index].at_least(one.all(0.0));
            each[index].mean = mean[index];
        }
        each
    }
}

/// Response to a current that decays while the membrane follows it.
struct Line<S: Simd> {
    /// Remainder of 1 LSB/µs.
    decay: Vector<S>,
    /// Potential it has added to the membrane, LSB.
    response: Vector<S>,
    /// See [`Propagator::slack`].
    slack: Vector<S>,
}

impl<S: Simd> Line<S> {
    /// A current that falls at this rate on a membrane that leaks at that, with the
    /// exponentials of these two and of what is between them.
    #[inline(always)]
    fn new(
        (leak, fall): (Vector<S>, Vector<S>),
        [leaking, falling, spread]: [Exponential<S>; 3],
        span: Span,
    ) -> Line<S> {
        // (e^(−at) − e^(−bt))/(b − a), which must not lose its digits where a is near b.
        let slow = Vector::either(fall.exceeds(leak), leaking.value, falling.value);
        let time = leak.all(span.time);
        Line {
            decay: falling.value,
            response: time * slow * spread.mean,
            slack: time * (leak.all(1.0) - falling.mean).over(falling.value),
        }
    }
}

/// Which of the two synaptic inputs of a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Excitatory,
    Inhibitory,
}

/// The constants of up to eight neurons, or kinds of neurons.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Constants {
    /// 1/tau_m, 1/µs.
    leak: Row,
    /// 1/tau_syn_exc and 1/tau_syn_inh, 1/µs.
    falls: [Row; 2],
    /// LSB/µs per weight unit.
    weights: [Row; 2],
    /// The first places, in which there are any.
    places: usize,
}

impl Constants {
    /// Neurons to which nothing happens.
    pub const NONE: Constants = Constants {
        leak: [0.0; WIDTH],
        falls: [[0.0; WIDTH]; 2],
        weights: [[0.0; WIDTH]; 2],
        places: 0,
    };

    /// Puts the constants of a neuron into a place.
    pub fn set(&mut self, place: usize, numbers: &Physical) {
        self.places = self.places.max(place + 1);
        self.leak[place] = 1.0 / numbers.tau_m;
        self.falls[0][place] = 1.0 / numbers.tau_syn_exc;
        self.falls[1][place] = 1.0 / numbers.tau_syn_inh;
        self.weights[0][place] = numbers.weight_exc;
        self.weights[1][place] = numbers.weight_inh;
    }

    /// Response of current and membrane to one weight unit
    /// after a span.
    #[inline(always)]
    pub fn arrival<S: Simd>(&self, simd: S, input: Input, span: Span) -> Arrival {
        let mut arrival = Arrival::NONE;
        for at in self.each_place(simd) {
            let leak = at.load(&self.leak);
            let fall = at.load(&self.falls[input as usize]);
            let exponentials = Exponential::falling([leak, fall, (leak - fall).size()], span);
            let line = Line::new((leak, fall), exponentials, span);
            let weight = at.load(&self.weights[input as usize]);
            at.store(&mut arrival.current, weight * line.decay);
            at.store(&mut arrival.potential, weight * line.response);
            at.store(&mut arrival.slack, line.slack);
        }
        arrival
    }

    /// Vectors of places in which there is anything.
    #[inline(always)]
    fn each_place<S: Simd>(&self, simd: S) -> impl Iterator<Item = Place<S>> {
        Place::each(simd).take(self.places.div_ceil(S::F64_LANES))
    }

    /// Propagator of the lanes of one vector over a span.
    #[inline(always)]
    fn factors<S: Simd>(&self, at: Place<S>, span: Span) -> Factors<S> {
        let leak = at.load(&self.leak);
        let [rise, fall] = [at.load(&self.falls[0]), at.load(&self.falls[1])];
        let spreads = [(leak - rise).size(), (leak - fall).size()];
        let rates = [leak, rise, fall, spreads[0], spreads[1]];
        let [leaking, rising, falling, near_rise, near_fall] = Exponential::falling(rates, span);
        let up = Line::new((leak, rise), [leaking, rising, near_rise], span);
        let down = Line::new((leak, fall), [leaking, falling, near_fall], span);
        Factors {
            remainder: leaking.value,
            excitatory_decay: up.decay,
            excitatory_response: up.response,
            inhibitory_decay: down.decay,
            inhibitory_response: down.response,
            slack: up.slack,
        }
    }

    #[inline(always)]
    fn propagator<S: Simd>(&self, simd: S, span: Span) -> Propagator {
        let mut propagator = Propagator::NONE;
        for at in self.each_place(simd) {
            self.factors(at, span).put(at, &mut propagator);
        }
        propagator
    }

    /// The propagator of one place; of the others it says nothing.
    pub fn propagator_of(&self, place: usize, span: Span) -> Propagator {
        pulp::Arch::new().dispatch(FillPlace {
            constants: self,
            place,
            span,
        })
    }

    /// The propagators of many.
    pub fn propagators(all: &[Constants], span: Span, propagators: &mut Vec<Propagator>) {
        pulp::Arch::new().dispatch(Fill {
            all,
            span,
            propagators,
        });
    }
}

/// Place of the constants of a block's eight lanes: all the same, or each its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    Same { group: usize, place: usize },
    Own { group: usize },
}

impl Sharing {
    pub fn group(self) -> usize {
        match self {
            Sharing::Same { group, .. } | Sharing::Own { group } => group,
        }
    }

    /// The numbers of one vector of the block.
    #[inline(always)]
    pub fn load<S: Simd>(self, at: Place<S>, row: &Row) -> Vector<S> {
        match self {
            Sharing::Same { place, .. } => at.all(row[place]),
            Sharing::Own { .. } => at.load(row),
        }
    }

    pub fn place(self, lane: usize) -> usize {
        match self {
            Sharing::Same { place, .. } => place,
            Sharing::Own { .. } => lane % WIDTH,
        }
    }
}

/// Remainder of one weight unit.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// LSB/µs.
    pub current: Row,
    /// Potential it has added to a membrane that moves freely, LSB.
    pub potential: Row,
    /// As [`Propagator::slack`], for what is left of the step.
    pub slack: Row,
}

impl Arrival {
    pub const NONE: Arrival = Arrival {
        current: [0.0; WIDTH],
        potential: [0.0; WIDTH],
        slack: [0.0; WIDTH],
    };
}

/// The same for the lanes of one vector.
#[derive(Clone, Copy)]
pub(super) struct Arriving<S: Simd> {
    pub current: Vector<S>,
    pub potential: Vector<S>,
    pub slack: Vector<S>,
}

impl<S: Simd> Arriving<S> {
    /// For a block whose lanes are all as the one in a `place`.
    #[inline(always)]
    pub fn same(simd: S, arrival: &Arrival, place: usize) -> Arriving<S> {
        Arriving::of(arrival, |row| Vector(simd, simd.splat_f64s(row[place])))
    }

    /// For lanes that have a place each.
    #[inline(always)]
    pub fn own(at: Place<S>, arrival: &Arrival) -> Arriving<S> {
        Arriving::of(arrival, |row| at.load(row))
    }

    #[inline(always)]
    fn of(arrival: &Arrival, load: impl Fn(&Row) -> Vector<S>) -> Arriving<S> {
        Arriving {
            current: load(&arrival.current),
            potential: load(&arrival.potential),
            slack: load(&arrival.slack),
        }
    }
}

/// Factors that take the state at the start of a span to its end.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Propagator {
    /// Remainder of the distance from the leak potential.
    pub remainder: Row,
    pub excitatory_decay: Row,
    pub excitatory_response: Row,
    pub inhibitory_decay: Row,
    pub inhibitory_response: Row,
    /// Distance, per LSB/µs of excitatory current at its end, that a membrane can have
    /// come down within the span, µs.
    ///
    /// At a top V' = 0, and from there on V'' ≥ −V'/τ − I/τ_I: V' at a later time
    /// is not below what the current has lost since then. The integral of that is
    /// largest if the top was at the start of the span, where the current was
    /// larger by one over its decay.
    pub slack: Row,
}

impl Propagator {
    const NONE: Propagator = Propagator {
        remainder: [0.0; WIDTH],
        excitatory_decay: [0.0; WIDTH],
        excitatory_response: [0.0; WIDTH],
        inhibitory_decay: [0.0; WIDTH],
        inhibitory_response: [0.0; WIDTH],
        slack: [0.0; WIDTH],
    };
}

/// The same for the lanes of one vector.
#[derive(Clone, Copy)]
pub(super) struct Factors<S: Simd> {
    pub remainder: Vector<S>,
    pub excitatory_decay: Vector<S>,
    pub excitatory_response: Vector<S>,
    pub inhibitory_decay: Vector<S>,
    pub inhibitory_response: Vector<S>,
    pub slack: Vector<S>,
}

impl<S: Simd> Factors<S> {
    /// For a block whose lanes are all as the one in a `place`.
    #[inline(always)]
    pub fn same(simd: S, propagator: &Propagator, place: usize) -> Factors<S> {
        Factors::of(propagator, |row| Vector(simd, simd.splat_f64s(row[place])))
    }

    /// For lanes that have a place each.
    #[inline(always)]
    pub fn own(at: Place<S>, propagator: &Propagator) -> Factors<S> {
        Factors::of(propagator, |row| at.load(row))
    }

    #[inline(always)]
    fn of(propagator: &Propagator, load: impl Fn(&Row) -> Vector<S>) -> Factors<S> {
        Factors {
            remainder: load(&propagator.remainder),
            excitatory_decay: load(&propagator.excitatory_decay),
            excitatory_response: load(&propagator.excitatory_response),
            inhibitory_decay: load(&propagator.inhibitory_decay),
            inhibitory_response: load(&propagator.inhibitory_response),
            slack: load(&propagator.slack),
        }
    }

    #[inline(always)]
    fn put(self, at: Place<S>, propagator: &mut Propagator) {
        at.store(&mut propagator.remainder, self.remainder);
        at.store(&mut propagator.excitatory_decay, self.excitatory_decay);
        at.store(
            &mut propagator.excitatory_response,
            self.excitatory_response,
        );
        at.store(&mut propagator.inhibitory_decay, self.inhibitory_decay);
        at.store(
            &mut propagator.inhibitory_response,
            self.inhibitory_response,
        );
        at.store(&mut propagator.slack, self.slack);
    }
}

/// The propagator of one place.
struct FillPlace<'a> {
    constants: &'a Constants,
    place: usize,
    span: Span,
}

impl pulp::WithSimd for FillPlace<'_> {
    type Output = Propagator;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Propagator {
        let mut propagator = Propagator::NONE;
        let index = self.place / S::F64_LANES;
        let at = Place { simd, index };
        self.constants
            .factors(at, self.span)
            .put(at, &mut propagator);
        propagator
    }
}

/// Fills in propagators, compiled once for each set of instructions.
struct Fill<'a> {
    all: &'a [Constants],
    span: Span,
    propagators: &'a mut Vec<Propagator>,
}

impl pulp::WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.propagators.clear();
        for constants in self.all {
            self.propagators.push(constants.propagator(simd, self.span));
        }
    }
}
