//! Where everything is, and how much of the chip that takes.

use crate::half::{Bus, Half};
use crate::pack::Outcome;
use crate::{BUSES, HALVES, Network, ROWS, SYNAPSES, Sign};

/// A network's place on the chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Where the circuits of each connection start.
    starts: Vec<u32>,
    circuits: Vec<u32>,
    /// For each external source the events that one of its spikes becomes.
    events: Vec<u32>,
    positions: Vec<usize>,
    drivers: [[usize; BUSES]; HALVES],
    labels: [[usize; BUSES]; HALVES],
    signs: Vec<Option<Sign>>,
}

impl Placement {
    pub(crate) fn new(
        network: &Network<'_>,
        starts: Vec<u32>,
        outcome: Outcome,
        halves: &[Half],
    ) -> Placement {
        let of_each_bus = |read: fn(&Bus) -> usize| {
            let mut values = [[0; BUSES]; HALVES];
            for (half, values) in halves.iter().zip(&mut values) {
                for (bus, value) in half.buses.iter().zip(values) {
                    *value = read(bus);
                }
            }
            values
        };
        let mut signs = vec![None; HALVES * ROWS];
        for (number, half) in halves.iter().enumerate() {
            for set in half.buses.iter().flat_map(|bus| &bus.sets) {
                for (rows, sign) in set.rows.iter().zip([Sign::Excitatory, Sign::Inhibitory]) {
                    for &row in rows {
                        signs[number * ROWS + row as usize] = Some(sign);
                    }
                }
            }
        }
        Placement {
            starts,
            circuits: outcome.circuits,
            events: outcome.events,
            positions: network.positions.to_vec(),
            drivers: of_each_bus(|bus| bus.drivers),
            labels: of_each_bus(|bus| bus.sets.iter().map(|set| set.labels).sum()),
            signs,
        }
    }

    /// The synapse circuits of a connection: half * 65536 + row * 256 + column, where the
    /// row counts within the half. None for a connection that starts or ends nowhere.
    ///
    /// # Panics
    /// If there is no connection of this number.
    pub fn circuits(&self, connection: usize) -> &[u32] {
        &self.circuits[self.starts[connection] as usize..self.starts[connection + 1] as usize]
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.starts.len() - 1
    }

    /// The synapse circuits in use, those of each connection together.
    pub fn all_circuits(&self) -> &[u32] {
        &self.circuits
    }

    /// Where each neuron is.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// What a row of synapses (half * 256 + row) is, if it is in use.
    pub fn sign_of_row(&self, row: usize) -> Option<Sign> {
        self.signs.get(row).copied().flatten()
    }

    /// How many rows of synapses are in use.
    pub fn rows(&self) -> usize {
        self.signs.iter().flatten().count()
    }

    /// How many drivers of a half (0 or 1) listen to a bus (0 to 3).
    pub fn drivers(&self, half: usize, bus: usize) -> usize {
        self.drivers[half][bus]
    }

    /// How many origins (counted once for each set of drivers) a bus of a half carries.
    pub fn labels(&self, half: usize, bus: usize) -> usize {
        self.labels[half][bus]
    }

    /// How many events one spike of an external source becomes on its way to the chip: one
    /// for each half its targets are in, more if it had to be spread. 0 if it has none.
    pub fn events_per_spike(&self, source: usize) -> usize {
        self.events.get(source).map_or(0, |&events| events as usize)
    }

    /// How many external sources have targets.
    pub fn sources(&self) -> usize {
        self.events.iter().filter(|&&events| events > 0).count()
    }

    /// What every synapse circuit of the chip is, in the order of their numbers.
    pub fn map(&self) -> Vec<Option<Sign>> {
        let mut map = vec![None; SYNAPSES];
        for &circuit in &self.circuits {
            map[circuit as usize] = self.sign_of_row(circuit as usize / crate::COLUMNS);
        }
        map
    }
}
