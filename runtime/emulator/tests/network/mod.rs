//! Short ways to say which experiment, for the tests.
#![allow(dead_code, reason = "each test file uses its own part")]

use hx_emulator::{
    Calibration, Chip, Converter, Experiment, NeuronConfig, Observable, Observation, Polarity,
    PreSource, Probe, Snippet, Synapse, run,
};

/// A synapse from an external source.
pub fn external(source: usize, target: usize, signed_weight: i32) -> Synapse {
    synapse(PreSource::External(source as u32), target, signed_weight)
}

/// A synapse from a neuron.
pub fn internal(neuron: usize, target: usize, signed_weight: i32) -> Synapse {
    synapse(PreSource::Neuron(neuron as u32), target, signed_weight)
}

fn synapse(source: PreSource, target: usize, signed_weight: i32) -> Synapse {
    Synapse {
        source,
        target,
        polarity: if signed_weight < 0 {
            Polarity::Inhibitory
        } else {
            Polarity::Excitatory
        },
        weight: signed_weight.unsigned_abs(),
        circuit: None,
    }
}

/// A look at the membrane of a neuron.
pub fn membrane(neuron: usize) -> Probe {
    Probe {
        neuron,
        observable: Observable::Membrane,
        converter: Converter::Madc,
    }
}

/// A snippet in which the first neuron's membrane is digitised.
pub fn snippet(
    duration: f64,
    neurons: Vec<NeuronConfig>,
    synapses: Vec<Synapse>,
    sources: Vec<Vec<f64>>,
) -> Snippet {
    Snippet {
        duration,
        neurons,
        synapses,
        sources,
        probes: vec![membrane(0)],
        ..Snippet::default()
    }
}

/// An experiment of the given snippets.
pub fn experiment(chip: Chip, snippets: Vec<Snippet>) -> Experiment {
    Experiment {
        chip,
        positions: (0..512).collect(),
        snippets,
        trial: 0,
    }
}

/// What is seen of an experiment of one snippet.
pub fn observe(chip: Chip, snippet: Snippet) -> Observation {
    run(&experiment(chip, vec![snippet]), &|| false).remove(0)
}

/// The calibrated neuron without its comparator.
pub fn silent() -> NeuronConfig {
    NeuronConfig {
        threshold_enable: false,
        ..Calibration::Tutorial.neuron()
    }
}

/// A neuron whose leak potential is above its threshold.
pub fn over_threshold() -> NeuronConfig {
    NeuronConfig {
        leak_v_leak: 900,
        ..Calibration::Tutorial.neuron()
    }
}
