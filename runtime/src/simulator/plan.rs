//! From the network to an experiment of the emulator, and back to data.

use super::links::{Losses, Stretch, lose};
use super::memory::{self, Share};
use super::{Network, Origins, Recorded, placement, poisson};
use crate::cells::{MOST_SPIKES, generator};
use crate::recording::{
    Annotations, DEVICES, Device, IrregularlySampledSignal, Segment, SpikeTrain, converter,
};
use crate::{Error, Loss};
use hx_emulator::{Experiment, Observation, Origin, Probe, Snippet, Synapse, Trace};
use hx_placement::Placement;
use std::sync::Arc;

/// Microseconds in a millisecond: the dialect counts in one, the emulator in the other.
const MICROSECONDS: f64 = 1e3;
/// Clock cycles of the FPGA in a millisecond: it sends spikes on a grid of 8 ns.
const CYCLES: f64 = 125e3;
/// Longest run, ms: an emulated second takes seconds.
const LONGEST: f64 = 1e5;

/// A stretch of time with the configuration it is to run with.
pub(crate) struct Scheduled {
    snippet: Snippet,
    /// Where everything is.
    placement: Arc<Placement>,
    /// What is recorded, population by population.
    recorded: Vec<Recorded>,
    /// What that takes.
    shares: Vec<Share>,
    /// Times since the start of the run, ms.
    begin: f64,
    end: f64,
}

/// An experiment and what is to become of its observations.
pub(crate) struct Plan {
    pub generation: u64,
    pub experiment: Experiment,
    /// The scheduled stretches, their snippets moved into the experiment.
    stretches: Vec<(Vec<Recorded>, f64, f64)>,
    /// What the link lost of the spikes of external sources.
    arrived: Loss,
}

/// Schedules the present configuration for `duration` ms.
pub(super) fn schedule(network: &mut Network, duration: f64) -> Result<(), Error> {
    // A duration that is NaN is not above 0 either.
    if !(duration.is_finite() && duration > 0.0) {
        return Err(Error::DurationInvalid { duration });
    }
    let begin = network.scheduled.last().map_or(0.0, |last| last.end);
    let end = begin + duration;
    let recorded: Vec<Recorded> = network
        .populations
        .iter()
        .map(|population| population.recorded.clone())
        .collect();
    if end > LONGEST {
        return Err(Error::RunTooLong {
            duration: end,
            longest: LONGEST,
        });
    }
    let shares = memory::shares(network, &recorded, duration);
    let earlier = network.scheduled.iter().flat_map(|s| &s.shares);
    memory::check(network, earlier.chain(&shares), end)?;
    check_spikes(network, end)?;
    let placement = placement(network)?;
    let snippet = snippet(network, &placement, begin, end);
    network.scheduled.push(Scheduled {
        snippet,
        placement,
        recorded,
        shares,
        begin,
        end,
    });
    Ok(())
}

/// Makes an experiment of everything that is scheduled.
pub(super) fn plan(network: &mut Network) -> Result<Plan, Error> {
    if network.scheduled.is_empty() {
        return Err(Error::NothingAppended);
    }
    let mut snippets = Vec::new();
    let mut stretches = Vec::new();
    let mut placements = Vec::new();
    for scheduled in network.scheduled.drain(..) {
        placements.push(scheduled.placement);
        snippets.push(scheduled.snippet);
        stretches.push((scheduled.recorded, scheduled.begin, scheduled.end));
    }
    // Neurons created after the first `append` have been there all along, as
    // far as the chip is concerned; nothing was connected to them.
    let all = snippets.last().map_or(Vec::new(), |s| s.neurons.clone());
    for snippet in &mut snippets {
        let there = snippet.neurons.len();
        snippet.neurons.extend_from_slice(&all[there..]);
    }
    let arriving = snippets.iter_mut().zip(&placements);
    let arriving = arriving.map(|(snippet, it)| Stretch::arriving(&mut snippet.sources, it));
    let arrived = lose(&network.chip, arriving.collect());
    let trial = network.trial;
    network.trial += 1;
    Ok(Plan {
        generation: network.generation,
        experiment: Experiment {
            chip: network.chip.clone(),
            positions: network.positions(),
            snippets,
            trial,
        },
        stretches,
        arrived,
    })
}

/// Refuses random sources that would send more spikes before `end` (ms) than there is
/// room for.
fn check_spikes(network: &Network, end: f64) -> Result<(), Error> {
    for population in &network.populations {
        let Origins::Poisson(sources) = &population.origins else {
            continue;
        };
        let expected = sources.iter().map(|source| poisson::expected(source, end));
        let spikes = expected.sum::<f64>() as usize;
        if spikes > MOST_SPIKES {
            return Err(Error::TooManySpikes {
                spikes,
                most: MOST_SPIKES,
            });
        }
    }
    Ok(())
}

fn snippet(network: &Network, placement: &Placement, begin: f64, end: f64) -> Snippet {
    let mut neurons = Vec::new();
    let mut sources = Vec::new();
    let mut generators = Vec::new();
    let mut probes = Vec::new();
    // The textbook chip has no clock: nothing is put on a grid.
    let exact = network.chip.is_ideal();
    for (number, population) in network.populations.iter().enumerate() {
        match &population.origins {
            Origins::Neurons(configurations) => neurons.extend_from_slice(configurations),
            Origins::Sources(trains) => {
                sources.extend(trains.iter().map(|train| sent(train, begin, end, exact)));
            }
            Origins::Poisson(all) => {
                let drawn = all.iter().enumerate().map(|(cell, source)| {
                    let keys = [network.chip.noise_seed(), number as u64, cell as u64];
                    sent(&poisson::train(source, keys, end), begin, end, exact)
                });
                sources.extend(drawn);
            }
            Origins::OnChip(on_chip) => {
                let recorded = !population.recorded.spikes.is_empty();
                generators.push(generator(on_chip, recorded));
            }
        }
        for device in DEVICES {
            let analog = population.recorded.analog(device).iter();
            probes.extend(analog.filter_map(|(neuron, variable)| {
                Some(Probe {
                    neuron: population.first + neuron,
                    analog: variable.analog()?,
                    converter: converter(device),
                })
            }));
        }
    }
    let mut number = 0;
    let mut circuit = || {
        number += 1;
        placement.circuits(number - 1).first().copied()
    };
    let synapses = network.projections.iter().flat_map(|projection| {
        let pre = &network.populations[projection.pre];
        let post = &network.populations[projection.post];
        let connections = projection.pairs.iter().zip(&projection.weights);
        connections.map(move |(&(source, target), weight)| Synapse {
            origin: match &pre.origins {
                Origins::Neurons(_) => Origin::Neuron(pre.first + source),
                Origins::Sources(_) | Origins::Poisson(_) => Origin::External(pre.first + source),
                Origins::OnChip(_) => Origin::Generated {
                    generator: pre.first,
                    member: source,
                },
            },
            target: post.first + target,
            polarity: projection.polarity,
            weight: weight.abs() as u32,
            circuit: None,
        })
    });
    let synapses = synapses.map(|synapse| Synapse {
        circuit: circuit(),
        ..synapse
    });
    Snippet {
        duration: (end - begin) * MICROSECONDS,
        synapses: synapses.collect(),
        neurons,
        sources,
        generators,
        probes,
    }
}

/// The spikes of a train that are sent from `begin` to `end` (ms), in µs.
fn sent(train: &[f64], begin: f64, end: f64, exact: bool) -> Vec<f64> {
    let grid = |time: f64| {
        if exact {
            return time * MICROSECONDS;
        }
        // A time that is meant to lie on the grid may miss it by a rounding
        // error; without the hair's breadth it would lose a whole cycle.
        let cycle = (time * CYCLES * (1.0 + 1e-12)).floor();
        cycle / CYCLES * MICROSECONDS
    };
    train
        .iter()
        .filter(|time| (begin..end).contains(*time))
        .map(|&time| grid(time))
        .collect()
}

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
        leaving: lose(&plan.experiment.chip, leaving.collect()),
    };
    let segment_name = format!("segment{:03}", network.segments);
    for observation in &mut observations {
        sampled_in_milliseconds(&mut observation.traces);
    }
    for (number, population) in network.populations.iter_mut().enumerate() {
        let mut trains = Vec::new();
        let mut signals = Vec::new();
        let stretches = plan.stretches.iter().zip(&mut plan.experiment.snippets);
        for (((recorded, begin, end), snippet), observation) in stretches.zip(&mut observations) {
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
                let from = annotations(neuron, None);
                trains.push(SpikeTrain::new(times, *begin, *end, from));
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
                        *end,
                        annotations(neuron, Some(device)),
                    ));
                }
            }
        }
        population.current = Some(Segment::new(&segment_name, trains, signals));
    }
    let planned = plan.stretches.last().map_or(0.0, |(_, _, end)| *end);
    let seen = observations
        .last()
        .map_or(0.0, |last| last.end / MICROSECONDS);
    // The same, but for rounding, unless the run was stopped.
    network.time = if seen > planned * (1.0 - 1e-9) {
        planned
    } else {
        seen
    };
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

#[cfg(test)]
mod tests {
    use super::{plan, schedule, sent};
    use crate::simulator::{Network, Origins, PopulationState, ProjectionState, Recorded};
    use hx_emulator::{Chip, NeuronConfig, Polarity};

    /// Two neurons, one of them with a source.
    fn network() -> Network {
        let population = |origins, first| PopulationState {
            label: String::new(),
            origins,
            targets: None,
            first,
            first_id: 0,
            recorded: Recorded::default(),
            finished: Vec::new(),
            current: None,
        };
        let neurons = Origins::Neurons(vec![NeuronConfig::default(); 2]);
        let sources = Origins::Sources(vec![vec![0.001]]);
        let mut network = Network::new(1, Chip::nominal(), None);
        network.populations = vec![population(neurons, 0), population(sources, 0)];
        network.projections.push(ProjectionState {
            pre: 1,
            post: 0,
            polarity: Polarity::Inhibitory,
            pairs: vec![(0, 1)],
            weights: vec![-100.0],
        });
        network
    }

    #[test]
    fn the_emulator_is_told_where_everything_is() {
        let mut network = network();
        network.permutation = vec![6, 300];
        schedule(&mut network, 0.01).expect("a run");
        let placement = network.placement.clone();
        let plan = plan(&mut network).expect("a plan");
        assert_eq!(plan.experiment.positions, [6, 300]);
        let circuit = plan.experiment.snippets[0].synapses[0].circuit;
        assert_eq!(circuit, Some(65_536 + 300 % 256));
        // The next run finds everything in its place.
        schedule(&mut network, 0.01).expect("another run");
        let (first, second) = (placement.unwrap(), network.placement.unwrap());
        assert!(std::sync::Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn spikes_are_sent_at_the_clock_cycle_they_lie_in() {
        // Times meant to lie on the grid stay there, however they were computed.
        for cycle in 0..100_000_u32 {
            let microseconds = f64::from(cycle) * 0.008;
            let times = sent(&[microseconds / 1e3], 0.0, 1e3, false);
            assert!((times[0] - microseconds).abs() < 1e-6, "cycle {cycle}");
        }
        // Between two cycles the earlier one counts; the ideal chip has no clock.
        let between = [0.010_007_9];
        assert_eq!(sent(&between, 0.0, 1.0, false), [10.0]);
        assert_eq!(sent(&between, 0.0, 1.0, true), [10.0079]);
        // A stretch sends what lies within it.
        assert_eq!(sent(&[0.1, 0.2, 0.3], 0.2, 0.3, false), [200.0]);
    }
}
