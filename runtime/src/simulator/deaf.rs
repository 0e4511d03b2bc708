//! Finds populations that are connected but cannot hear: a network that stays silent
//! because nobody switched its synaptic inputs on looks like one that does not work.

use super::{Network, Origins};
use hx_emulator::{NeuronConfig, Snippet};
use hx_geometry::Polarity;

/// Whether spikes by synapses of this kind do anything to a neuron.
fn hears(neuron: &NeuronConfig, polarity: Polarity) -> bool {
    match polarity {
        Polarity::Excitatory => {
            neuron.excitatory_input_enable || neuron.event_routing_enable_bypass_excitatory
        }
        Polarity::Inhibitory => {
            neuron.inhibitory_input_enable || neuron.event_routing_enable_bypass_inhibitory
        }
    }
}

/// What is to be said of populations none of whose neurons hears any of its synapses of a
/// kind in any of these stretches.
pub(super) fn sentences(network: &Network, snippets: &[Snippet]) -> Vec<String> {
    let all_hear = |neuron: &NeuronConfig| {
        hears(neuron, Polarity::Excitatory) && hears(neuron, Polarity::Inhibitory)
    };
    if snippets.iter().all(|it| it.neurons.iter().all(all_hear)) {
        return Vec::new();
    }
    // Of each neuron and kind of synapse, whether any is heard; `None` where there is none.
    let neurons = snippets.iter().map(|it| it.neurons.len()).max();
    let mut heard = vec![[None; 2]; neurons.unwrap_or(0)];
    for snippet in snippets {
        for synapse in snippet.synapses.iter().filter(|it| it.weight > 0) {
            let hears = hears(&snippet.neurons[synapse.target], synapse.polarity);
            let known: &mut Option<bool> = &mut heard[synapse.target][synapse.polarity as usize];
            *known = Some(known.unwrap_or(false) || hears);
        }
    }
    let mut sentences = Vec::new();
    for population in &network.populations {
        let Origins::Neurons(configurations) = &population.origins else {
            continue;
        };
        let own = &heard[population.first..population.first + configurations.len()];
        for (polarity, kind) in [
            (Polarity::Excitatory, "excitatory"),
            (Polarity::Inhibitory, "inhibitory"),
        ] {
            let reached = own.iter().filter_map(|heard| heard[polarity as usize]);
            if reached.reduce(|any, heard| any || heard) != Some(false) {
                continue;
            }
            let calibrate = if network.calibration.is_none() {
                "; this chip was set up without a calibration: give pynn::setup \
                 .initial_config(pynn::helpers::nightly_calibration()) if that was not meant"
            } else {
                ""
            };
            sentences.push(format!(
                "no neuron of population '{}' hears its {kind} synapses: {kind}_input_enable is \
                 false{calibrate}",
                population.label
            ));
        }
    }
    sentences
}
