//! A program: a chip, populations of all kinds of cells, connections, recordings and a
//! run, and what has to be true of it.

use crate::values::{any_parameters, any_targets, around, storable, strange, targets};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use pynn::cells::{
    CalibHXNeuronCoba, CalibHXNeuronCuba, Cell, HXNeuron, PARAMETERS, SpikeSourceArray,
    SpikeSourcePoisson, SpikeSourcePoissonOnChip,
};
use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Backend, Chip, Device, Error, OneToOneConnector};
use pynn::{Population, Projection, Setup};
use std::collections::BTreeMap;
use std::fmt;

/// A population's cells.
#[derive(Debug, Clone)]
enum Cells {
    Neurons(Vec<(usize, f64)>),
    Calibrated(bool, Vec<(usize, f64)>),
    Array(Vec<f64>),
    Poisson(f64, f64, f64),
    OnChip(f64, f64),
}

/// A change after a population was made: parameter and value.
type Change = (usize, f64);

/// What is connected: two populations, weight, receptor, whether one to one, delay.
type Connection = (usize, usize, f64, &'static str, bool, f64);

#[derive(Debug, Clone)]
pub struct Program {
    chip: (u8, u64, u8, bool),
    backend: Option<(u8, u8, u8, u16)>,
    permutation: Vec<i32>,
    populations: Vec<(i32, Cells)>,
    changes: Vec<(usize, Change)>,
    recordings: Vec<(usize, &'static str, bool)>,
    connections: Vec<Connection>,
    runs: Vec<f64>,
}

fn any_cells() -> impl Strategy<Value = Cells> {
    let number = |largest: f64| around(0.0, largest);
    prop_oneof![
        6 => any_parameters().prop_map(Cells::Neurons),
        1 => any_targets(false).prop_map(|set| Cells::Calibrated(false, set)),
        1 => any_targets(true).prop_map(|set| Cells::Calibrated(true, set)),
        2 => prop::collection::vec(prop_oneof![30 => 0.0..0.05, 1 => strange()], 0..20).prop_map(Cells::Array),
        1 => (number(1e6), number(0.02), number(1.0)).prop_map(|(rate, start, duration)| Cells::Poisson(rate, start, duration)),
        1 => (number(2e6), number(4294967295.0)).prop_map(|(rate, seed)| Cells::OnChip(rate, seed)),
    ]
}

/// Durations no run can have. Those that are merely long it can: a minute of the chip's
/// time is many of ours.
fn no_time() -> impl Strategy<Value = f64> {
    strange().prop_filter("a run of a minute", |time| !(0.1..1e6).contains(time))
}

pub fn any_program() -> impl Strategy<Value = Program> {
    let any_population = || 0usize..6;
    let size = prop_oneof![20 => 1i32..5, 1 => -1i32..=0, 1 => 100i32..600];
    let receptor = prop::sample::select(vec![
        "excitatory",
        "inhibitory",
        "excitatory",
        "inhibitory",
        "exitatory",
    ]);
    let variable = prop::sample::select(vec![
        "v",
        "spikes",
        "spikes",
        "exc_synin",
        "inh_synin",
        "adaptation",
        "w",
    ]);
    let weight = prop_oneof![6 => -200.0..200.0, 6 => -63.0..63.0, 1 => strange()];
    let delay = prop_oneof![30 => Just(0.0), 1 => strange()];
    let backend = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>());
    (
        (0u8..3, any::<u64>(), 0u8..3, any::<bool>()),
        prop_oneof![4 => Just(None), 1 => backend.prop_map(Some)],
        prop_oneof![6 => Just(Vec::new()), 1 => prop::collection::vec(-2i32..515, 1..8)],
        prop::collection::vec((size, any_cells()), 1..5),
        prop::collection::vec(
            (any_population(), (0..PARAMETERS.len(), around(0.0, 1022.0))),
            0..4,
        ),
        prop::collection::vec((any_population(), variable, any::<bool>()), 0..5),
        prop::collection::vec(
            (
                any_population(),
                any_population(),
                weight,
                receptor,
                any::<bool>(),
                delay,
            ),
            0..6,
        ),
        prop::collection::vec(prop_oneof![20 => 0.0..0.05, 1 => no_time()], 1..3),
    )
        .prop_map(
            |(chip, backend, permutation, populations, changes, recordings, connections, runs)| {
                Program {
                    chip,
                    backend,
                    permutation,
                    populations,
                    changes,
                    recordings,
                    connections,
                    runs,
                }
            },
        )
}

/// What became of a program: the errors it met.
pub struct Done {
    errors: Vec<Error>,
    ran: bool,
}

/// What became of many.
#[derive(Default)]
pub struct Outcomes {
    ran: usize,
    errors: BTreeMap<String, usize>,
}

impl Outcomes {
    pub fn count(&mut self, done: &Done) {
        self.ran += usize::from(done.ran);
        for error in &done.errors {
            *self.errors.entry(error.name().to_string()).or_default() += 1;
        }
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ran; errors: {:?}", self.ran, self.errors)
    }
}

impl Program {
    pub fn run(&self) -> Result<Done, TestCaseError> {
        let mut errors = Vec::new();
        let set_up = pynn::setup(self.setup());
        let twice = |at: usize| self.permutation[..at].contains(&self.permutation[at]);
        let wrong = |at: usize| !(0..512).contains(&self.permutation[at]) || twice(at);
        prop_assert_eq!(set_up.is_err(), (0..self.permutation.len()).any(wrong));
        note(set_up, &mut errors)?;
        let mut populations = Vec::new();
        for (size, cells) in &self.populations {
            if let Some(population) = note(populate(*size, cells)?, &mut errors)? {
                populations.push((population, cells));
            }
        }
        let find = |index: usize| populations.get(index % populations.len().max(1));
        for &(index, (parameter, value)) in &self.changes {
            let Some((population, cells)) = find(index) else {
                continue;
            };
            let name = PARAMETERS[parameter].name;
            let changed = population.set(name, value);
            if let Cells::Neurons(_) = cells {
                prop_assert_eq!(
                    changed.is_ok(),
                    storable(parameter, value),
                    "{} {}",
                    name,
                    value
                );
            }
            if let Err(error) = &changed {
                prop_assert!(error.to_string().contains(name), "{}", error);
            }
            note(changed, &mut errors)?;
        }
        for &(index, variable, cadc) in &self.recordings {
            let Some((population, _)) = find(index) else {
                continue;
            };
            let device = if cadc { Device::Cadc } else { Device::Madc };
            note(population.record_on(variable, device), &mut errors)?;
        }
        for &(pre, post, weight, receptor, one_to_one, delay) in &self.connections {
            let (Some((pre, _)), Some((post, _))) = (find(pre), find(post)) else {
                continue;
            };
            let synapse = StaticSynapse::new(weight).delay(delay);
            let made = if one_to_one {
                Projection::new(pre, post, OneToOneConnector::new(), synapse, receptor)
            } else {
                Projection::new(pre, post, AllToAllConnector::new(), synapse, receptor)
            };
            let cannot = !weight.is_finite() || delay != 0.0 || receptor == "exitatory";
            prop_assert!(made.is_err() || !cannot);
            note(made, &mut errors)?;
        }
        let ran = self.run_and_look(&populations, &mut errors)?;
        Ok(Done { errors, ran })
    }

    fn setup(&self) -> Setup {
        let (kind, seed, calibration, noise) = self.chip;
        let chip = match kind {
            0 => Chip::nominal(),
            1 => Chip::new(seed),
            _ => Chip::ideal(),
        };
        let mut setup = Setup::new().chip(chip).noise(noise).seed(seed);
        setup = match calibration {
            0 => setup,
            1 => setup.initial_config(pynn::helpers::nightly_calibration()),
            _ => setup.initial_config(pynn::helpers::current_calibration()),
        };
        if let Some((slow, fast, pulse, bias)) = self.backend {
            setup = setup.backend(Backend {
                clock_scale_slow: slow,
                clock_scale_fast: fast,
                clock_scale_adaptation_pulse: pulse,
                synapse_dac_bias: bias,
                cadc_calibrated: noise,
            });
        }
        // As good a coin as any.
        setup
            .enable_neuron_bypass(seed.is_multiple_of(5))
            .neuron_permutation(self.permutation.clone())
    }

    /// Runs what there is, and looks at all that was recorded.
    fn run_and_look(
        &self,
        populations: &[(Population, &Cells)],
        errors: &mut Vec<Error>,
    ) -> Result<bool, TestCaseError> {
        let (last, first) = self.runs.split_last().expect("one run");
        for duration in first {
            note(pynn::append(*duration), errors)?;
        }
        let run = pynn::run(*last);
        prop_assert!(run.is_err() || (0.0..1e6).contains(last));
        let ran = note(run, errors)?.is_some();
        for (population, cells) in populations {
            if matches!(cells, Cells::Neurons(_) | Cells::Calibrated(..)) {
                let physical = note(population.physical(), errors)?.expect("neurons have numbers");
                prop_assert!(
                    physical
                        .iter()
                        .all(|it| !it.tau_m.is_nan() && it.tau_m > 0.0)
                );
            }
            let Some(block) = note(population.get_data("all"), errors)? else {
                continue;
            };
            for segment in block.segments.iter() {
                for signal in segment.irregularlysampledsignals.iter() {
                    prop_assert_eq!(signal.times().len(), signal.values().len());
                    prop_assert!(signal.values().iter().all(|value| value.is_finite()));
                    prop_assert!(signal.times().is_sorted());
                }
                for train in segment.spiketrains.iter() {
                    let inside = |time: &f64| time.is_finite() && (0.0..=1.0).contains(time);
                    prop_assert!(train.times().iter().all(inside));
                    prop_assert!(train.times().is_sorted());
                }
            }
        }
        Ok(ran)
    }
}

/// Makes a population, and sees that what cannot be is refused by its name.
fn populate(size: i32, cells: &Cells) -> Result<Result<Population, Error>, TestCaseError> {
    let (cell, wrong): (Cell, Vec<&str>) = match cells {
        Cells::Neurons(set) => {
            let named = set
                .iter()
                .map(|&(parameter, value)| (PARAMETERS[parameter].name, value));
            let cell = HXNeuron::from_params(named).expect("names that exist");
            // The latest value of each counts.
            let latest: BTreeMap<usize, f64> = set.iter().copied().collect();
            let wrong = latest
                .iter()
                .filter(|(parameter, value)| !storable(**parameter, **value));
            (
                cell.into(),
                wrong
                    .map(|(parameter, _)| PARAMETERS[*parameter].name)
                    .collect(),
            )
        }
        Cells::Calibrated(conductance, set) => {
            let table = targets(*conductance);
            let named = || {
                set.iter()
                    .map(|&(target, value)| (table[target].name, value))
            };
            let cell: Cell = if *conductance {
                CalibHXNeuronCoba::from_params(named())
                    .expect("names that exist")
                    .into()
            } else {
                CalibHXNeuronCuba::from_params(named())
                    .expect("names that exist")
                    .into()
            };
            let latest: BTreeMap<usize, f64> = set.iter().copied().collect();
            let inside = |target: usize, value: f64| {
                (table[target].smallest..=table[target].largest).contains(&value)
            };
            let wrong = latest
                .iter()
                .filter(|(target, value)| !inside(**target, **value));
            (cell, wrong.map(|(target, _)| table[*target].name).collect())
        }
        Cells::Array(times) => {
            let wrong = times.iter().any(|time| !(time.is_finite() && *time >= 0.0));
            (
                SpikeSourceArray::new(times).into(),
                if wrong { vec!["spike"] } else { vec![] },
            )
        }
        Cells::Poisson(rate, start, duration) => {
            let named = [("rate", rate), ("start", start), ("duration", duration)];
            // A duration may well be endless.
            let can_be =
                |name: &str, value: f64| value >= 0.0 && (value.is_finite() || name == "duration");
            let wrong = named.iter().filter(|(name, value)| !can_be(name, **value));
            let cell = SpikeSourcePoisson::new(*rate)
                .start(*start)
                .duration(*duration);
            (cell.into(), wrong.map(|(name, _)| *name).collect())
        }
        Cells::OnChip(rate, seed) => {
            let cell = SpikeSourcePoissonOnChip::new(*rate).seed(*seed);
            let whole = seed.fract() == 0.0 && (0.0..=4294967295.0).contains(seed);
            let mut wrong = Vec::new();
            if !whole {
                wrong.push("seed");
            }
            if !(rate.is_finite() && *rate >= 0.0) {
                wrong.push("Hz");
            }
            (cell.into(), wrong)
        }
    };
    let made = Population::new(size, cell);
    if size > 0 && !wrong.is_empty() {
        prop_assert!(made.is_err(), "{:?} of {:?}", wrong, cells);
    }
    if let (Err(error), 1..5) = (&made, size) {
        let sentence = error.to_string();
        // Without anything wrong there can still be too little room or no agreement.
        let named = wrong.is_empty() || wrong.iter().any(|name| sentence.contains(name));
        prop_assert!(
            named || error.name().starts_with("Too"),
            "{} for {:?}",
            sentence,
            wrong
        );
    }
    Ok(made)
}

/// Takes note of an error, whose sentence must be one.
fn note<T>(result: Result<T, Error>, errors: &mut Vec<Error>) -> Result<Option<T>, TestCaseError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let sentence = error.to_string();
            prop_assert!(
                !sentence.is_empty() && sentence.lines().count() == 1,
                "{:?}",
                sentence
            );
            prop_assert!(!error.name().is_empty());
            errors.push(error);
            Ok(None)
        }
    }
}
