//! How much of the chip the network uses.

use crate::Error;
use crate::recording::Device;
use crate::simulator::{Network, Origins, placement, with_network};
use hx_geometry::{
    BACKGROUNDS, COLUMNS, DRIVERS, DRIVERS_PER_BUS, HEMISPHERES, NEURONS, Polarity, ROWS, SOURCES,
    SYNAPSES, SynapseCircuit,
};
use hx_placement::Placement;
use std::fmt;
use std::sync::Arc;

/// Channels of the membrane ADC.
const MADC_CHANNELS: usize = 2;
/// Rows, and columns, of synapses that make one block of the [`Map`].
const BLOCK: usize = 4;
/// Blocks of a row, and of a column.
pub(crate) const BLOCKS: usize = ROWS / BLOCK;
/// Synapses in a block.
pub(crate) const SYNAPSES_OF_BLOCK: usize = BLOCK * BLOCK;

/// How much of the chip the network uses, as of now; displayed as a map of the chip.
///
/// The network gets its place here if it has none yet, so what has no room is found out
/// without a run.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// # pynn::setup(pynn::Setup::new())?;
/// let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new([0.01]))?;
/// let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;
/// let synapse = pynn::synapses::StaticSynapse::new(63);
/// pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(), synapse, "excitatory")?;
/// let usage = pynn::usage()?;
/// assert_eq!(usage.neurons.used, 1);
/// assert_eq!(usage.synapses.to_string(), "5 of 131072");
/// assert_eq!(usage.busiest_neuron.free(), 251);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What the network needs more of than the chip has.
pub fn usage() -> Result<Usage, Error> {
    with_network(|network| {
        let placement = placement(network)?;
        Ok(of(network, &placement))
    })
}

/// What of the chip is in use; see [`usage`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Neuron circuits.
    pub neurons: Resource,
    /// Synapse circuits; a weight above 63 takes several.
    pub synapses: Resource,
    /// Synapses of the neuron that has most.
    pub busiest_neuron: Resource,
    /// Synapse drivers; each drives two rows of synapses.
    pub synapse_drivers: Resource,
    /// The drivers on each of the four PADI buses of the upper and of the lower half.
    pub drivers_per_bus: [[Resource; 4]; 2],
    /// External spike sources that have targets, told apart by labels.
    pub sources: Resource,
    /// Background generators.
    pub background_generators: Resource,
    /// Channels of the membrane ADC: one for even columns, one for odd ones.
    pub madc_channels: Resource,
    /// Spikes of sources that the link to the chip lost in the last run.
    pub lost_to_chip: Loss,
    /// Recorded spikes that the link to the host lost in the last run.
    pub lost_to_host: Loss,
    map: Arc<Map>,
}

/// How much there is of a resource, and how much of it is in use.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resource {
    /// How much is in use.
    pub used: usize,
    /// How much the chip has.
    pub available: usize,
}

impl Resource {
    /// How much is left.
    pub fn free(self) -> usize {
        self.available.saturating_sub(self.used)
    }
}

/// How many of how many spikes were lost.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Loss {
    /// How many were lost.
    pub lost: usize,
    /// How many there were.
    pub of: usize,
}

/// What is where.
#[derive(PartialEq)]
pub(crate) struct Map {
    /// Positions of the neurons in use.
    pub neurons: Vec<usize>,
    /// Positions of those whose membranes are digitised.
    pub digitised: Vec<usize>,
    /// How many excitatory and inhibitory synapses are in each block, row by row, first
    /// those of the upper half.
    pub blocks: Vec<[u16; 2]>,
}

/// The map that belongs to it.
pub(crate) fn map(usage: &Usage) -> &Map {
    &usage.map
}

fn of(network: &Network, placement: &Placement) -> Usage {
    let resource = |used, available| Resource { used, available };
    let mut blocks = vec![[0; 2]; HEMISPHERES * BLOCKS * BLOCKS];
    let mut of_columns = [0_usize; NEURONS];
    for &circuit in placement.all_circuits() {
        let circuit = SynapseCircuit::new(circuit);
        let (row, column) = (circuit.row_of_chip(), circuit.column);
        let polarity = placement
            .polarity_of_row(row)
            .unwrap_or(Polarity::Excitatory);
        blocks[row / BLOCK * BLOCKS + column / BLOCK][polarity as usize] += 1;
        of_columns[circuit.hemisphere * COLUMNS + column] += 1;
    }
    let populations = network.populations.iter();
    let digitised: Vec<usize> = populations
        .filter(|population| matches!(population.origins, Origins::Neurons(_)))
        .flat_map(|population| {
            let neurons = population.recorded.analog(Device::Madc).keys();
            neurons.map(|neuron| network.position(population.first + neuron))
        })
        .collect();
    let drivers_per_bus = [0, 1].map(|half| {
        [0, 1, 2, 3].map(|bus| resource(placement.drivers(half, bus), DRIVERS_PER_BUS))
    });
    let losses = network.losses;
    Usage {
        neurons: resource(placement.positions().len(), NEURONS),
        synapses: resource(placement.all_circuits().len(), SYNAPSES),
        busiest_neuron: resource(of_columns.into_iter().max().unwrap_or(0), ROWS),
        synapse_drivers: resource(
            drivers_per_bus.iter().flatten().map(|it| it.used).sum(),
            HEMISPHERES * DRIVERS,
        ),
        drivers_per_bus,
        sources: resource(placement.sources(), SOURCES),
        // A population takes the generators of both halves on its bus.
        background_generators: resource(
            HEMISPHERES * network.generators(),
            HEMISPHERES * BACKGROUNDS,
        ),
        madc_channels: resource(digitised.len(), MADC_CHANNELS),
        lost_to_chip: losses.arriving,
        lost_to_host: losses.leaving,
        map: Arc::new(Map {
            neurons: placement.positions().to_vec(),
            digitised,
            blocks,
        }),
    }
}

/// What there is of everything but single buses, each with its name.
pub(crate) fn resources(usage: &Usage) -> [(&'static str, Resource); 7] {
    [
        ("neuron circuits", usage.neurons),
        ("synapses", usage.synapses),
        ("on the busiest neuron", usage.busiest_neuron),
        ("synapse drivers", usage.synapse_drivers),
        ("external sources", usage.sources),
        ("background generators", usage.background_generators),
        ("MADC channels", usage.madc_channels),
    ]
}

/// What the last run lost, in words.
pub(crate) fn losses(usage: &Usage) -> Vec<String> {
    let directions = [
        (usage.lost_to_chip, "spikes of sources", "to the chip"),
        (usage.lost_to_host, "recorded spikes", "to the host"),
    ];
    let lossy = directions.into_iter().filter(|(loss, ..)| loss.lost > 0);
    lossy
        .map(|(loss, what, way)| format!("last run: {loss} {what} lost on their way {way}"))
        .collect()
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |(name, resource): &(&str, Resource)| {
            let (used, available) = (resource.used.to_string(), resource.available.to_string());
            vec![(*name).to_owned(), used, available]
        };
        let mut lines = vec![
            ["resource", "used", "available"]
                .map(str::to_owned)
                .to_vec(),
        ];
        lines.extend(resources(self).iter().map(line));
        for (half, buses) in ["upper", "lower"].iter().zip(&self.drivers_per_bus) {
            for (bus, drivers) in buses.iter().enumerate() {
                let name = format!("drivers on {half} bus {bus}");
                lines.push(line(&(&name, *drivers)));
            }
        }
        write!(f, "{}", crate::rich::plain_table(&lines))?;
        for loss in losses(self) {
            write!(f, "\n{loss}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.used, self.available)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.lost, self.of)
    }
}

macro_rules! debug_as_displayed {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

debug_as_displayed!(Usage, Resource, Loss);
