//! The neurons of a chip and everything that outlasts a snippet: their states, and the
//! spikes that have not arrived.

use super::clock::Clock;
use super::events::Event;
use crate::compartments::{self, Cluster};
use crate::configuration::NeuronConfig;
use crate::experiment::{Experiment, Snippet};
use crate::neuron::{Neuron, Phase, State};
use crate::seed::seed_of;
use crate::transfer::Transfer;

/// Weight units of a synaptic line below which nothing of it is left to see.
const SILENT_LINE: f64 = 1e-6;

/// State of a chip while it runs.
pub(super) struct Machine<'a> {
    pub experiment: &'a Experiment,
    pub transfer: Transfer,
    pub clock: Clock,
    pub step: f64,
    /// Noise the membranes integrate, LSB per square root of a µs.
    pub membrane_noise: f64,
    pub now: f64,
    /// Number of steps made, of whatever length.
    pub steps: u64,
    pub neurons: Vec<Neuron>,
    /// State of every neuron between two parts of a snippet; within one, the phase alone.
    pub states: Vec<State>,
    /// Keys of the neurons' noise.
    pub keys: Vec<u32>,
    /// Spikes that have not arrived.
    pub in_flight: Vec<Event>,
    /// Neurons to which anything may happen in any snippet. They are lanes in all of
    /// them, so that it makes no difference whether one is looked at before it does.
    pub alive: Vec<bool>,
    /// Neurons that are not, and were asleep once: only those who look at them see what
    /// the noise makes of them, and that must not activate them.
    pub slept: Vec<bool>,
    /// The circuits that are connected with others.
    pub clusters: Vec<Cluster>,
    /// Spikes of neurons whose membrane was gone past that have not come yet.
    pub passing: Vec<(f64, usize)>,
    /// The cycle in which each neuron sent the last of these, or will.
    pub passed: Vec<f64>,
}

impl<'a> Machine<'a> {
    pub fn new(experiment: &'a Experiment, step: f64) -> Machine<'a> {
        let chip = &experiment.chip;
        let transfer = *chip.transfer();
        let count = experiment.neuron_count();
        let first = experiment.snippets.first();
        let neurons = first.map_or(Vec::new(), |first| configured(experiment, first));
        let mut states: Vec<State> = neurons.iter().map(Neuron::at_rest).collect();
        wait_for_comparators(experiment, &neurons, &mut states);
        let seed = |index: usize| seed_of([chip.noise_seed, experiment.trial, 0, index as u64]);
        Machine {
            experiment,
            transfer,
            clock: Clock {
                frequency: (1.0 / transfer.spike_cycle).round(),
            },
            step,
            membrane_noise: if chip.noise {
                transfer.membrane_noise
            } else {
                0.0
            },
            // Always as long, so that no neuron shifts the noise of another.
            now: -chip.longest_start().max(0.0),
            steps: 0,
            neurons,
            states,
            keys: (0..count).map(|index| (seed(index) >> 32) as u32).collect(),
            in_flight: Vec::new(),
            alive: alive(experiment),
            slept: vec![false; count],
            clusters: Vec::new(),
            passing: Vec::new(),
            passed: vec![f64::NEG_INFINITY; count],
        }
    }

    /// Gives the neurons their configurations of a snippet.
    pub fn configure(&mut self, snippet: &Snippet) {
        // They start with the configuration of the first snippet.
        let fresh = std::ptr::eq(snippet, &raw const self.experiment.snippets[0]);
        if !fresh {
            let configured = configured(self.experiment, snippet);
            let neurons = self.neurons.iter_mut().zip(configured);
            for ((neuron, new), state) in neurons.zip(&mut self.states) {
                let earlier = std::mem::replace(neuron, new);
                state.begin_adapting(&earlier, neuron);
            }
        }
    }

    /// Tells whether nothing can happen to a neuron before something arrives; see [`is_asleep`].
    pub fn is_asleep(&mut self, neuron: usize) -> bool {
        is_asleep(
            &self.neurons[neuron],
            &mut self.states[neuron],
            self.membrane_noise,
        )
    }
}

/// Marks the neurons that have synapses, change, or are connected with others that do.
fn alive(experiment: &Experiment) -> Vec<bool> {
    let snippets = &experiment.snippets;
    let mut alive = vec![false; experiment.neuron_count()];
    for synapse in snippets.iter().flat_map(|snippet| &snippet.synapses) {
        if let (true, Some(alive)) = (synapse.weight > 0, alive.get_mut(synapse.target)) {
            *alive = true;
        }
    }
    for pair in snippets.windows(2) {
        // What they share changes all of them.
        if experiment.chip_in(&pair[0]).backend != experiment.chip_in(&pair[1]).backend {
            alive.fill(true);
        }
        let changes = pair[0].neurons.iter().zip(&pair[1].neurons);
        for (alive, (before, after)) in alive.iter_mut().zip(changes) {
            *alive |= before != after;
        }
    }
    // An event at one changes those it is connected with, in whichever snippet.
    let mut spread = true;
    while spread {
        spread = false;
        for cluster in snippets.iter().flat_map(|it| clusters(experiment, it)) {
            let any = cluster.neurons.iter().any(|&neuron| alive[neuron]);
            for neuron in cluster.neurons {
                spread |= any && !std::mem::replace(&mut alive[neuron], any);
            }
        }
    }
    alive
}

/// The circuits that are connected in a snippet.
pub(super) fn clusters(experiment: &Experiment, snippet: &Snippet) -> Vec<Cluster> {
    let positions: Vec<usize> = (0..snippet.neurons.len())
        .map(|index| experiment.position(index))
        .collect();
    compartments::clusters(&experiment.chip, &positions, &snippet.neurons)
}

/// The neurons with their configurations of a snippet, in this trial.
fn configured(experiment: &Experiment, snippet: &Snippet) -> Vec<Neuron> {
    let chip = experiment.chip_in(snippet);
    let neuron = |(index, config): (usize, &NeuronConfig)| {
        let position = experiment.position(index);
        let drift = chip.drift(experiment.trial, position);
        Neuron::new(&chip, position, config, drift)
    };
    snippet.neurons.iter().enumerate().map(neuron).collect()
}

/// Comparators are switched on before the experiment begins, each at its time. Until
/// then every membrane sits where nothing but its leak moves it. Neurons that rest
/// above their threshold wait for theirs; others do not tell.
fn wait_for_comparators(experiment: &Experiment, neurons: &[Neuron], states: &mut [State]) {
    for (index, (neuron, state)) in neurons.iter().zip(states).enumerate() {
        if state.v >= neuron.threshold {
            let position = experiment.position(index);
            let on = -experiment.chip.start(experiment.trial, position).max(0.0);
            state.phase = Phase::Refractory(on - neuron.refractory);
        }
    }
}

/// Tells whether nothing can happen to a neuron before something arrives: it is at
/// rest, well below its threshold, with silent lines.
pub(super) fn is_asleep(neuron: &Neuron, state: &mut State, membrane_noise: f64) -> bool {
    let spread = neuron.noise_spread(membrane_noise);
    let (rest, adaptation) = neuron.rest;
    let asleep = state.phase == Phase::Integrating
        && state.excitatory < SILENT_LINE
        && state.inhibitory < SILENT_LINE
        && neuron.exponential.is_none()
        && (state.adaptation - adaptation).abs() < 0.01
        && (state.v - rest).abs() < 0.01 + 4.0 * spread
        && rest + 8.0 * spread + 1.0 < neuron.threshold;
    if asleep {
        state.excitatory = 0.0;
        state.inhibitory = 0.0;
    }
    asleep
}
