//! From the network to an experiment of the emulator.

use super::deaf;
use super::links::{Stretch, lose};
use super::memory::{self, Share};
use super::stopping::{BETWEEN_LOOKS, Wish};
use super::{Network, Origins, Recorded, placement, poisson};
use crate::cells::{MOST_SPIKES, generator};
use crate::recording::{DEVICES, converter};
use crate::{Error, Loss};
use hx_emulator::{Experiment, NeuronConfig, Probe, Snippet, Synapse};
use hx_geometry::LARGEST_WEIGHT;
use hx_placement::Placement;
use std::sync::Arc;

/// Microseconds in a millisecond: the dialect counts in one, the emulator in the other.
pub(super) const MICROSECONDS: f64 = 1e3;
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
    /// The end in µs, as the emulator counts it.
    end_on_chip: f64,
}

/// An experiment and what is to become of its observations.
pub(crate) struct Plan {
    pub generation: u64,
    pub experiment: Experiment,
    /// The scheduled stretches, their snippets moved into the experiment.
    pub(super) stretches: Vec<(Vec<Recorded>, f64, f64)>,
    /// What the link lost of the spikes of external sources.
    pub(super) arrived: Loss,
    /// What the user may have forgotten.
    pub(super) doubts: Vec<String>,
}

/// Schedules the present configuration for `duration` ms. If somebody wishes to stop
/// meanwhile, sources send less than they would.
pub(super) fn schedule(network: &mut Network, duration: f64, wish: &Wish<'_>) -> Result<(), Error> {
    // A duration that is NaN is not above 0 either.
    if !(duration.is_finite() && duration > 0.0) {
        return Err(Error::DurationInvalid { duration });
    }
    let last = network.scheduled.last();
    let (begin, begin_on_chip) = last.map_or((0.0, 0.0), |last| (last.end, last.end_on_chip));
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
    check_textbook(network)?;
    let placement = placement(network)?;
    let length = (end - begin) * MICROSECONDS;
    let end_on_chip = begin_on_chip + length;
    let snippet = Snippet {
        duration: length,
        ..snippet(network, &placement, (begin_on_chip, end_on_chip), wish)
    };
    network.scheduled.push(Scheduled {
        snippet,
        placement,
        recorded,
        shares,
        begin,
        end,
        end_on_chip,
    });
    Ok(())
}

/// Makes an experiment of everything that is scheduled; the links lose nothing any more
/// from when somebody wishes to stop.
pub(super) fn plan(network: &mut Network, wish: &Wish<'_>) -> Result<Plan, Error> {
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
    let arrived = lose(&network.chip, arriving.collect(), &|| wish.to_stop());
    let doubts = deaf::sentences(network, &snippets);
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
        doubts,
    })
}

/// Refuses what the textbook's chip does not have.
fn check_textbook(network: &Network) -> Result<(), Error> {
    if !network.chip.is_ideal() {
        return Ok(());
    }
    let parameter = network.populations.iter().find_map(|population| {
        let Origins::Neurons(configurations) = &population.origins else {
            return None;
        };
        configurations
            .iter()
            .find_map(NeuronConfig::beyond_the_textbook)
    });
    let bypass = network.bypass.then_some("enable_neuron_bypass");
    match parameter.or(bypass) {
        Some(parameter) => Err(Error::NotOnIdealChip { parameter }),
        None => Ok(()),
    }
}

/// Refuses random sources that would send more spikes before `end` (ms) than there is
/// room for.
fn check_spikes(network: &Network, end: f64) -> Result<(), Error> {
    for population in &network.populations {
        let Origins::Poisson(sources) = &population.origins else {
            continue;
        };
        let expected = |end: f64| {
            let expected = sources.iter().map(|source| poisson::expected(source, end));
            expected.sum::<f64>() as usize
        };
        // They are drawn for a clock cycle more: in a run that is much shorter, that is what
        // there would be no room for.
        let (spikes, drawn) = (expected(end), expected(end + 1.0 / CYCLES));
        if drawn > MOST_SPIKES {
            return Err(Error::TooManySpikes {
                spikes: if spikes > MOST_SPIKES { spikes } else { drawn },
                most: MOST_SPIKES,
            });
        }
    }
    Ok(())
}

/// The present configuration from `begin` until before `end`, µs.
fn snippet(
    network: &Network,
    placement: &Placement,
    (begin, end): (f64, f64),
    wish: &Wish<'_>,
) -> Snippet {
    let mut neurons: Vec<NeuronConfig> = Vec::new();
    let mut sources = Vec::new();
    let mut generators = Vec::new();
    let mut probes = Vec::new();
    // The textbook chip has no clock: nothing is put on a grid.
    let exact = network.chip.is_ideal();
    for (number, population) in network.populations.iter().enumerate() {
        match &population.origins {
            Origins::Neurons(configurations) => neurons.extend_from_slice(configurations),
            Origins::Sources(trains) => {
                let trains = trains.iter();
                sources.extend(trains.map(|train| sent(train, (begin, end), exact, wish)));
            }
            Origins::Poisson(all) => {
                let drawn = all.iter().enumerate().map(|(cell, source)| {
                    let keys = [network.chip.noise_seed(), number as u64, cell as u64];
                    // What lies in the clock cycle of the end may be sent before it.
                    let late = end / MICROSECONDS + 1.0 / CYCLES;
                    let drawn = poisson::train(source, keys, late, &|| wish.to_stop());
                    sent(&drawn, (begin, end), exact, wish)
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
                    observable: variable.observable()?,
                    converter: converter(device),
                })
            }));
        }
    }
    if network.bypass {
        for neuron in &mut neurons {
            neuron.event_routing_enable_bypass_excitatory = true;
            neuron.event_routing_enable_bypass_inhibitory = true;
        }
    }
    let mut number = 0;
    let mut circuits = || {
        number += 1;
        placement.circuits(number - 1)
    };
    let synapses = network.projections.iter().flat_map(|projection| {
        let pre = &network.populations[projection.pre];
        let post = &network.populations[projection.post];
        let connections = projection.pairs.iter().zip(&projection.weights);
        connections.map(move |(&(source, target), weight)| Synapse {
            source: pre.source(source),
            target: post.first + target,
            polarity: projection.polarity,
            weight: weight.abs() as u32,
            circuit: None,
        })
    });
    let synapses = synapses.flat_map(|synapse| parallel(synapse, circuits()));
    Snippet {
        synapses: synapses.collect(),
        neurons,
        sources,
        generators,
        probes,
        backend: Some(network.chip.backend_settings()),
        ..Snippet::default()
    }
}

/// The synapses on these circuits that make up a connection: each as strong as it can be, the
/// last with the rest, and each with the mismatch of its own circuit.
fn parallel(whole: Synapse, circuits: &[u32]) -> impl Iterator<Item = Synapse> {
    let count = circuits.len().max(1);
    (0..count).map(move |place| {
        let before = LARGEST_WEIGHT * place as u32;
        let left = whole.weight.saturating_sub(before);
        Synapse {
            weight: if place + 1 < count {
                left.min(LARGEST_WEIGHT)
            } else {
                left
            },
            circuit: circuits.get(place).copied(),
            ..whole
        }
    })
}

/// The spikes of a train (ms) that are sent from `begin` until before `end`, µs.
///
/// What counts is when they are sent, not when they are due: a stretch may begin within
/// a clock cycle, and each spike must be sent in exactly one.
fn sent(train: &[f64], (begin, end): (f64, f64), exact: bool, wish: &Wish<'_>) -> Vec<f64> {
    let grid = |time: f64| {
        if exact {
            return time * MICROSECONDS;
        }
        // A time that is meant to lie on the grid may miss it by a rounding
        // error; without the hair's breadth it would lose a whole cycle.
        let cycle = (time * CYCLES * (1.0 + 1e-12)).floor();
        cycle / CYCLES * MICROSECONDS
    };
    let pieces = train.chunks(BETWEEN_LOOKS);
    pieces
        .take_while(|_| !wish.to_stop())
        .flatten()
        .map(|&time| grid(time))
        .filter(|time| (begin..end).contains(time))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Wish, plan, schedule, sent};
    use crate::simulator::{Network, Origins, PopulationState, ProjectionState, Recorded};
    use hx_emulator::{Chip, NeuronConfig};
    use hx_geometry::{Polarity, SynapseCircuit, column};

    /// The wish of nobody.
    fn nobody() -> Wish<'static> {
        Wish::new(&|| false)
    }

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
        schedule(&mut network, 0.01, &nobody()).expect("a run");
        let placement = network.placement.clone();
        let plan = plan(&mut network, &nobody()).expect("a plan");
        assert_eq!(plan.experiment.positions, [6, 300]);
        let synapses = &plan.experiment.snippets[0].synapses;
        let circuit = SynapseCircuit {
            hemisphere: 1,
            row: 0,
            column: column(300),
        };
        assert_eq!(synapses[0].circuit, Some(circuit.number()));
        // 100 = 63 + 37, on two circuits of the same column.
        let weights: Vec<u32> = synapses.iter().map(|synapse| synapse.weight).collect();
        assert_eq!(weights, [63, 37]);
        assert_ne!(synapses[0].circuit, synapses[1].circuit);
        assert_eq!(
            synapses[1].circuit.map(|it| SynapseCircuit::new(it).column),
            Some(column(300))
        );
        // The next run finds everything in its place.
        schedule(&mut network, 0.01, &nobody()).expect("another run");
        let (first, second) = (placement.unwrap(), network.placement.unwrap());
        assert!(std::sync::Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn a_population_that_cannot_hear_is_named() {
        let doubts = |change: fn(&mut NeuronConfig)| {
            let mut network = network();
            if let Origins::Neurons(neurons) = &mut network.populations[0].origins {
                neurons.iter_mut().for_each(change);
            }
            schedule(&mut network, 0.01, &nobody()).expect("a run");
            plan(&mut network, &nobody()).expect("a plan").doubts
        };
        let deaf = doubts(|_| ());
        assert!(deaf.len() == 1 && deaf[0].contains("inhibitory_input_enable"));
        assert!(deaf[0].contains("initial_config"), "{deaf:?}");
        assert!(doubts(|neuron| neuron.inhibitory_input_enable = true).is_empty());
        assert!(doubts(|it| it.event_routing_enable_bypass_inhibitory = true).is_empty());
        // It need not hear in each stretch.
        let mut network = network();
        schedule(&mut network, 0.01, &nobody()).expect("a stretch");
        if let Origins::Neurons(neurons) = &mut network.populations[0].origins {
            neurons[1].inhibitory_input_enable = true;
        }
        schedule(&mut network, 0.01, &nobody()).expect("another");
        assert!(
            plan(&mut network, &nobody())
                .expect("a plan")
                .doubts
                .is_empty()
        );
    }

    #[test]
    fn spikes_are_sent_at_the_clock_cycle_they_lie_in() {
        // Times meant to lie on the grid stay there, however they were computed.
        for cycle in 0..100_000_u32 {
            let microseconds = f64::from(cycle) * 0.008;
            let times = sent(&[microseconds / 1e3], (0.0, 1e6), false, &nobody());
            assert!((times[0] - microseconds).abs() < 1e-6, "cycle {cycle}");
        }
        // Between two cycles the earlier one counts; the ideal chip has no clock.
        let between = [0.010_007_9];
        assert_eq!(sent(&between, (0.0, 1e3), false, &nobody()), [10.0]);
        assert_eq!(sent(&between, (0.0, 1e3), true, &nobody()), [10.0079]);
        // A stretch sends what lies within it.
        assert_eq!(
            sent(&[0.1, 0.2, 0.3], (200.0, 300.0), false, &nobody()),
            [200.0]
        );
        // One that begins within a cycle has begun too late for its first.
        assert_eq!(sent(&between, (0.0, 10.004), false, &nobody()), [10.0]);
        assert!(sent(&between, (10.004, 20.0), false, &nobody()).is_empty());
    }
}
