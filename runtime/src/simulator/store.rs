//! What a run has shown, as the data of its populations.

use super::links::{Losses, Stretch, lose};
use super::plan::{MICROSECONDS, Plan};
use super::{Network, Origins};
use crate::recording::{
    Annotations, DEVICES, Device, IrregularlySampledSignal, Segment, SpikeTrain, converter,
};
use hx_emulator::{Observation, Trace};
use std::sync::Arc;

/// Stores what the chip saw as the segment of this run.
pub(super) fn store(network: &mut Network, mut plan: Plan, mut observations: Vec<Observation>) {
    let leaving = plan.stretches.iter().zip(&mut observations);
    let leaving = leaving.map(|((recorded, ..), observation)| {
        let populations = || network.populations.iter().zip(recorded);
        let neurons = populations().filter(|(it, _)| matches!(it.origins, Origins::Neurons(_)));
        let neurons = neurons.flat_map(|(population, recorded)| {
            let neurons = recorded.spikes.iter();
            neurons.map(|neuron| population.first + neuron)
        });
        let on_chip = populations().filter(|(it, _)| matches!(it.origins, Origins::OnChip(_)));
        let sources = on_chip.flat_map(|(population, recorded)| {
            let sources = recorded.spikes.iter();
            sources.map(|&source| (population.first, source))
        });
        Stretch::leaving(observation, neurons.collect(), sources.collect())
    });
    network.losses = Losses {
        arriving: plan.arrived,
        // What was recorded is stored whole, also of a run that was stopped.
        leaving: lose(&plan.experiment.chip, leaving.collect(), &|| false),
    };
    let planned = plan.stretches.last().map_or(0.0, |(_, _, end)| *end);
    let seen = observations
        .last()
        .map_or(0.0, |last| last.end / MICROSECONDS);
    // The same, but for rounding, unless the run was stopped.
    let stopped = (seen <= planned * (1.0 - 1e-9)).then_some(seen);
    let segment_name = format!("segment{:03}", network.segments);
    for observation in &mut observations {
        sampled_in_milliseconds(&mut observation.traces);
    }
    for (number, population) in network.populations.iter_mut().enumerate() {
        let mut trains = Vec::new();
        let mut signals = Vec::new();
        let stretches = plan.stretches.iter().zip(&mut plan.experiment.snippets);
        for (((recorded, begin, end), snippet), observation) in stretches.zip(&mut observations) {
            let end = stopped.map_or(*end, |stopped| end.min(stopped));
            // A population can be younger than the first `append`.
            let Some(recorded) = recorded.get(number) else {
                continue;
            };
            let annotations = |neuron: usize, device: Option<Device>| Annotations {
                source_population: population.label.clone(),
                source_index: neuron,
                source_id: population.first_id + neuron,
                is_spike_source: !matches!(population.origins, Origins::Neurons(_)),
                device,
            };
            for &neuron in &recorded.spikes {
                let place = population.first + neuron;
                let spikes = match &population.origins {
                    Origins::Neurons(_) => observation.spikes.get_mut(place),
                    Origins::Sources(_) | Origins::Poisson(_) => snippet.sources.get_mut(place),
                    Origins::OnChip(_) => {
                        let sources = observation.generated.get_mut(population.first);
                        sources.and_then(|sources| sources.get_mut(neuron))
                    }
                };
                // Each belongs to one population, and may be long.
                let mut times = spikes.map(std::mem::take).unwrap_or_default();
                to_milliseconds(&mut times);
                if let Some(stopped) = stopped {
                    // Sources would have sent more.
                    times.truncate(times.partition_point(|&time| time < stopped));
                }
                let from = annotations(neuron, None);
                trains.push(SpikeTrain::new(times, *begin, end, from));
            }
            for device in DEVICES {
                for (&neuron, variable) in recorded.analog(device) {
                    let place = population.first + neuron;
                    let wanted = (place, converter(device));
                    let Some(trace) = observation
                        .traces
                        .iter_mut()
                        .find(|trace| (trace.probe.neuron, trace.probe.converter) == wanted)
                    else {
                        continue;
                    };
                    signals.push(IrregularlySampledSignal::new(
                        variable.name(),
                        trace.times.clone(),
                        std::mem::take(&mut trace.values),
                        *begin,
                        end,
                        annotations(neuron, Some(device)),
                    ));
                }
            }
        }
        population.current = Some(Segment::new(&segment_name, trains, signals));
    }
    network.time = stopped.unwrap_or(planned);
    network.has_run = true;
}

fn to_milliseconds(microseconds: &mut [f64]) {
    for time in microseconds {
        *time /= MICROSECONDS;
    }
}

/// Turns the times of traces into milliseconds, where they are: those that share their
/// times go on doing so, and no time is held twice.
fn sampled_in_milliseconds(traces: &mut [Trace]) {
    let mut shared: Vec<Arc<Vec<f64>>> = Vec::new();
    let groups: Vec<usize> = traces
        .iter_mut()
        .map(|trace| {
            let times = std::mem::take(&mut trace.times);
            let known = shared.iter().position(|other| Arc::ptr_eq(other, &times));
            known.unwrap_or_else(|| {
                shared.push(times);
                shared.len() - 1
            })
        })
        .collect();
    for times in &mut shared {
        let times: &mut Vec<f64> = Arc::make_mut(times);
        to_milliseconds(times);
    }
    for (trace, group) in traces.iter_mut().zip(groups) {
        trace.times = shared[group].clone();
    }
}
