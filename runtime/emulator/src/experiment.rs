//! Experiments: the input of a run, and the readout's output.

use std::borrow::Cow;
use std::sync::Arc;

use hx_geometry::{Polarity, PreSource};

use crate::chip::{Backend, Chip};
use crate::configuration::NeuronConfig;

/// One connection: `weight` may exceed 63, it then stands for parallel synapses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synapse {
    /// Source of its events: an external source is an index into
    /// [`Snippet::sources`], a neuron one of the experiment's neurons, a generator one of
    /// [`Snippet::generators`].
    pub source: PreSource,
    /// Index of the neuron it ends on.
    pub target: usize,
    /// Sign of its effect on the membrane.
    pub polarity: Polarity,
    /// Sum of the six-bit weights of the parallel synapses.
    pub weight: u32,
    /// Number of the [`SynapseCircuit`](hx_geometry::SynapseCircuit) it is (the first of
    /// several parallel ones). It fixes the mismatch; without it the synapse has none.
    pub circuit: Option<u32>,
}

/// The analog quantity a probe looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observable {
    /// The membrane potential.
    Membrane,
    /// The voltage of the excitatory synaptic line, which events pull down.
    ExcitatoryInput,
    /// The voltage of the inhibitory synaptic line, which events pull down.
    InhibitoryInput,
    /// The state of the adaptation.
    Adaptation,
}

/// Converter that digitises an observable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Converter {
    /// The membrane ADC: 10 bits every 34 ns, which its channels share.
    Madc,
    /// The column ADCs: 8 bits of all neurons at once, every 1.7 µs. One LSB of theirs
    /// is 3 of the MADC's.
    Cadc,
}

/// A background generator of the chip: every `period` + 1 cycles of 125 MHz it
/// sends an event with probability (`rate` + 1)/256, from one of its sources at random.
///
/// Its events begin on the chip: they reach a neuron as late as another neuron's
/// spike would, not as late as what the FPGA sends. What it sends when depends on its
/// codes and its seed alone, counted from the start of the experiment: every run has
/// the same events, and to cut a run into snippets changes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generator {
    /// Cycles between two draws, less one, 0..=65535.
    pub period: u16,
    /// Numerator of the probability, less one, 0..=255.
    pub rate: u8,
    /// Seed of its shift register.
    pub seed: u32,
    /// Number of sources that share its events, 1..=256; with 0 it is off.
    pub members: usize,
    /// Tells whether its events are noted in [`Observation::generated`].
    pub recorded: bool,
}

/// A request to digitise one analog quantity of one neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Index of the neuron.
    pub neuron: usize,
    /// Quantity that is digitised.
    pub observable: Observable,
    /// With what.
    pub converter: Converter,
}

/// Span of time during which the configuration of the chip does not change.
/// Membranes run on from one snippet to the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snippet {
    /// Length, µs. What is not positive and finite counts as 0.
    pub duration: f64,
    /// One configuration per neuron; the same length in every snippet.
    pub neurons: Vec<NeuronConfig>,
    /// The connections. One that starts or ends nowhere is ignored.
    pub synapses: Vec<Synapse>,
    /// Spike times of every external source, µs from the start of the
    /// experiment, ascending. Those outside the snippet are not sent.
    pub sources: Vec<Vec<f64>>,
    /// Background generators that are on.
    pub generators: Vec<Generator>,
    /// Requests to digitise.
    pub probes: Vec<Probe>,
    /// Settings that all circuits share, if they differ from the chip's.
    pub backend: Option<Backend>,
}

/// Everything one run does.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The chip it runs on.
    pub chip: Chip,
    /// Position of each neuron on the chip, 0..512 (row*256 + column); fixes mismatch.
    pub positions: Vec<usize>,
    /// The snippets, one after the other.
    pub snippets: Vec<Snippet>,
    /// Counts repeated runs, so that temporal noise differs from trial to trial.
    pub trial: u64,
}

impl Experiment {
    /// Position of a neuron on the chip.
    pub(crate) fn position(&self, neuron: usize) -> usize {
        self.positions.get(neuron).copied().unwrap_or(neuron)
    }

    /// The chip as it is set up in a snippet.
    pub(crate) fn chip_in(&self, snippet: &Snippet) -> Cow<'_, Chip> {
        match snippet.backend {
            Some(backend) if backend != self.chip.backend => {
                Cow::Owned(self.chip.clone().backend(backend))
            }
            _ => Cow::Borrowed(&self.chip),
        }
    }

    /// Number of neurons.
    pub(crate) fn neuron_count(&self) -> usize {
        self.snippets
            .first()
            .map_or(0, |snippet| snippet.neurons.len())
    }
}

/// One digitised signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Request that was digitised.
    pub probe: Probe,
    /// Sample times, µs from the start of the experiment. Probes that are sampled at
    /// the same times share them: all column ADCs are.
    pub times: Arc<Vec<f64>>,
    /// Samples, LSB of the converter: whole numbers, 0..=1023 of the MADC and 0..=255
    /// of the CADC, except on the ideal chip.
    pub values: Vec<f64>,
}

/// Readout of one snippet.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Spike times of each neuron, µs from the start of the experiment, on the
    /// 8 ns grid (exact on the ideal chip).
    pub spikes: Vec<Vec<f64>>,
    /// Spike times of each source of each background generator that is recorded, as
    /// `spikes`; of the others nothing.
    pub generated: Vec<Vec<Vec<f64>>>,
    /// One trace per probe.
    pub traces: Vec<Trace>,
    /// Time at which the snippet ended, µs from the start of the experiment: early, if the run
    /// was stopped in it.
    pub end: f64,
}
