//! Places of a network on the chip, and the resources they take.

use crate::hemisphere::Hemisphere;
use crate::network::Network;
use crate::pack::Outcome;
use hx_geometry::{
    BUSES, DRIVERS, HEMISPHERES, Polarity, ROWS, SYNAPSES, SYNAPSES_PER_DRIVER, SynapseCircuit,
};

/// A network's place on the chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Indices at which the circuits of each connection start.
    starts: Vec<u32>,
    circuits: Vec<u32>,
    /// For each external source the events that one of its spikes becomes.
    events: Vec<u32>,
    positions: Vec<usize>,
    drivers: [[usize; BUSES]; HEMISPHERES],
    labels: [[usize; BUSES]; HEMISPHERES],
    polarities: Vec<Option<Polarity>>,
}

impl Placement {
    pub(crate) fn new(
        network: &Network<'_>,
        starts: Vec<u32>,
        outcome: Outcome,
        halves: &[Hemisphere],
    ) -> Placement {
        let mut labels = [[0; BUSES]; HEMISPHERES];
        for (hemisphere, labels) in halves.iter().zip(&mut labels) {
            for (bus, labels) in hemisphere.buses.iter().zip(labels) {
                *labels = bus.groups.iter().map(|group| group.labels).sum();
            }
        }
        let mut polarities = vec![None; HEMISPHERES * ROWS];
        for (number, hemisphere) in halves.iter().enumerate() {
            for group in hemisphere.buses.iter().flat_map(|bus| &bus.groups) {
                for (rows, polarity) in group.rows.iter().zip(Polarity::ALL) {
                    for &row in rows {
                        polarities[number * ROWS + row as usize] = Some(polarity);
                    }
                }
            }
        }
        // Of the drivers that were set aside some may have come to nothing.
        let mut used = vec![false; HEMISPHERES * DRIVERS];
        for &circuit in &outcome.circuits {
            used[circuit as usize / SYNAPSES_PER_DRIVER] = true;
        }
        let mut drivers = [[0; BUSES]; HEMISPHERES];
        for (number, _) in used.iter().enumerate().filter(|&(_, &used)| used) {
            // Neighbouring drivers are on different buses.
            drivers[number / DRIVERS][number % BUSES] += 1;
        }
        Placement {
            starts,
            circuits: outcome.circuits,
            events: outcome.events,
            positions: network.positions.to_vec(),
            drivers,
            labels,
            polarities,
        }
    }

    /// The numbers of the [synapse circuits](SynapseCircuit) of a connection. None for a
    /// connection that starts or ends nowhere.
    ///
    /// # Panics
    /// If there is no connection of this number.
    pub fn circuits(&self, connection: usize) -> &[u32] {
        &self.circuits[self.starts[connection] as usize..self.starts[connection + 1] as usize]
    }

    /// Number of connections.
    pub fn connections(&self) -> usize {
        self.starts.len() - 1
    }

    /// The synapse circuits in use, those of each connection together.
    pub fn all_circuits(&self) -> &[u32] {
        &self.circuits
    }

    /// Position of each neuron.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Polarity of a row of synapses (hemisphere * 256 + row), if it is in use.
    pub fn polarity_of_row(&self, row: usize) -> Option<Polarity> {
        self.polarities.get(row).copied().flatten()
    }

    /// Number of rows of synapses in use.
    pub fn rows(&self) -> usize {
        self.polarities.iter().flatten().count()
    }

    /// Number of drivers in use on a bus (0 to 3) of a hemisphere (0 or 1).
    pub fn drivers(&self, hemisphere: usize, bus: usize) -> usize {
        self.drivers[hemisphere][bus]
    }

    /// Number of sources (counted once for each group of drivers) on a bus of a hemisphere.
    pub fn labels(&self, hemisphere: usize, bus: usize) -> usize {
        self.labels[hemisphere][bus]
    }

    /// Number of events that one spike of an external source becomes on its way to the chip: one
    /// for each half its targets are in, more if it had to be spread. 0 if it has none.
    pub fn events_per_spike(&self, source: usize) -> usize {
        self.events.get(source).map_or(0, |&events| events as usize)
    }

    /// Number of external sources that have targets.
    pub fn sources(&self) -> usize {
        self.events.iter().filter(|&&events| events > 0).count()
    }

    /// Polarity of every synapse circuit of the chip, in the order of their numbers.
    pub fn map(&self) -> Vec<Option<Polarity>> {
        let mut map = vec![None; SYNAPSES];
        for &circuit in &self.circuits {
            map[circuit as usize] =
                self.polarity_of_row(SynapseCircuit::new(circuit).row_of_chip());
        }
        map
    }
}
