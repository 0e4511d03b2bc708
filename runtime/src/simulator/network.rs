//! What is on the chip: populations, projections, and what is to be recorded.

use super::links::Losses;
use super::plan::Scheduled;
use crate::cells::{OnChip, PoissonSource, Targets};
use crate::recording::{Device, Segment, Variable};
use hx_emulator::{Calibration, Chip, NeuronConfig};
use hx_geometry::{Polarity, PreSource};
use hx_placement::Placement;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The network on the chip.
pub(crate) struct Network {
    /// Which of the networks of this process it is.
    pub generation: u64,
    pub chip: Chip,
    pub calibration: Option<Calibration>,
    pub populations: Vec<PopulationState>,
    pub projections: Vec<ProjectionState>,
    /// Where on the chip the first neurons are; empty if that is the order of the chip.
    pub permutation: Vec<usize>,
    /// On which buses the first generators are; empty if that is the order of the chip.
    pub buses: Vec<usize>,
    /// Whether all neurons pass events on instead of integrating them.
    pub bypass: bool,
    /// Where everything is, if nothing has changed since that was found out.
    pub placement: Option<Arc<Placement>>,
    /// What the links lost in the last run.
    pub losses: Losses,
    /// What `append` has scheduled for the next `execute`.
    pub scheduled: Vec<Scheduled>,
    /// Time that has been run since the last reset, ms.
    pub time: f64,
    /// Whether it has run since the last reset.
    pub has_run: bool,
    /// How many segments have been finished by a reset.
    pub segments: usize,
    /// How many runs there have been.
    pub trial: u64,
}

impl Network {
    pub(crate) fn new(generation: u64, chip: Chip, calibration: Option<Calibration>) -> Network {
        Network {
            generation,
            chip,
            calibration,
            populations: Vec::new(),
            projections: Vec::new(),
            permutation: Vec::new(),
            buses: Vec::new(),
            bypass: false,
            placement: None,
            losses: Losses::default(),
            scheduled: Vec::new(),
            time: 0.0,
            has_run: false,
            segments: 0,
            trial: 0,
        }
    }

    /// The circuit at this position of the chip before the user sets anything.
    pub(crate) fn calibrated(&self, position: usize) -> NeuronConfig {
        self.calibration
            .map_or_else(NeuronConfig::default, |calibration| {
                calibration.neuron_on(&self.chip, position)
            })
    }

    /// How many circuits are in use.
    pub(crate) fn neurons(&self) -> usize {
        let neurons = self.populations.iter().map(|population| {
            let is_neurons = matches!(population.origins, Origins::Neurons(_));
            if is_neurons {
                population.origins.len()
            } else {
                0
            }
        });
        neurons.sum()
    }

    /// How many spike sources are in use that the FPGA sends the spikes of.
    pub(crate) fn sources(&self) -> usize {
        let sources = self.populations.iter().map(|population| {
            let sent = matches!(
                population.origins,
                Origins::Sources(_) | Origins::Poisson(_)
            );
            if sent { population.origins.len() } else { 0 }
        });
        sources.sum()
    }

    /// How many background generators are in use.
    pub(crate) fn generators(&self) -> usize {
        let on_chip =
            |population: &&PopulationState| matches!(population.origins, Origins::OnChip(_));
        self.populations.iter().filter(on_chip).count()
    }

    /// How many cells there are, of whatever type.
    pub(crate) fn cells(&self) -> usize {
        let sizes = self.populations.iter().map(|p| p.origins.len());
        sizes.sum()
    }
}

/// One population as the chip sees it.
pub(crate) struct PopulationState {
    pub label: String,
    pub origins: Origins,
    /// What calibrated neurons are told to do; their configurations follow from it.
    pub targets: Option<Targets>,
    /// Number of its first neuron among all neurons, or of its first source among all
    /// sources that the FPGA sends, or of its generator among all generators.
    pub first: usize,
    /// PyNN's number of its first cell among all cells.
    pub first_id: usize,
    pub recorded: Recorded,
    /// Segments finished by a reset.
    pub finished: Vec<Segment>,
    /// The segment of the run since the last reset.
    pub current: Option<Segment>,
}

impl PopulationState {
    /// What the chip knows one of its cells as.
    pub(crate) fn source(&self, cell: usize) -> PreSource {
        let number = (self.first + cell) as u32;
        match self.origins {
            Origins::Neurons(_) => PreSource::Neuron(number),
            Origins::Sources(_) | Origins::Poisson(_) => PreSource::External(number),
            Origins::OnChip(_) => PreSource::Background {
                generator: self.first as u16,
                cell: cell as u32,
            },
        }
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.finished.iter().chain(&self.current)
    }
}

/// What the spikes of a population come from.
pub(crate) enum Origins {
    /// Neuron circuits, one configuration each.
    Neurons(Vec<NeuronConfig>),
    /// Sources, one sorted spike train each, ms.
    Sources(Vec<Vec<f64>>),
    /// Sources whose trains are drawn for each run.
    Poisson(Vec<PoissonSource>),
    /// Sources that one generator of the chip makes the spikes of.
    OnChip(OnChip),
}

impl Origins {
    fn len(&self) -> usize {
        match self {
            Origins::Neurons(configurations) => configurations.len(),
            Origins::Sources(trains) => trains.len(),
            Origins::Poisson(sources) => sources.len(),
            Origins::OnChip(on_chip) => on_chip.sources,
        }
    }
}

/// Which neurons of a population are recorded.
#[derive(Clone, Default)]
pub(crate) struct Recorded {
    pub spikes: BTreeSet<usize>,
    /// The one variable of each neuron that each device digitises.
    analog: [BTreeMap<usize, Variable>; 2],
}

impl Recorded {
    pub(crate) fn analog(&self, device: Device) -> &BTreeMap<usize, Variable> {
        &self.analog[device as usize]
    }

    pub(crate) fn analog_mut(&mut self, device: Device) -> &mut BTreeMap<usize, Variable> {
        &mut self.analog[device as usize]
    }
}

/// One projection as the chip sees it.
pub(crate) struct ProjectionState {
    /// Number of the source population.
    pub pre: usize,
    /// Number of the target population.
    pub post: usize,
    pub polarity: Polarity,
    /// Neurons within the two populations, row-major.
    pub pairs: Vec<(usize, usize)>,
    /// One whole number for each pair, signed as the user gave it.
    pub weights: Vec<f64>,
}
