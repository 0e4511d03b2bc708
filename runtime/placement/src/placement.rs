//! Where everything is, and how much of the chip that takes.

use crate::half::Half;
use crate::pack::Outcome;
use crate::{BUSES, COLUMNS, HALVES, Network, ROWS, ROWS_PER_DRIVER, SYNAPSES, Sign};

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
        let mut labels = [[0; BUSES]; HALVES];
        for (half, labels) in halves.iter().zip(&mut labels) {
            for (bus, labels) in half.buses.iter().zip(labels) {
                *labels = bus.sets.iter().map(|set| set.labels).sum();
            }
        }
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
        // Of the drivers that were set aside some may have come to nothing.
        let mut used = vec![false; HALVES * ROWS / ROWS_PER_DRIVER];
        for &circuit in &outcome.circuits {
            used[circuit as usize / COLUMNS / ROWS_PER_DRIVER] = true;
        }
        let mut drivers = [[0; BUSES]; HALVES];
        for (number, _) in used.iter().enumerate().filter(|&(_, &used)| used) {
            // Neighbouring drivers listen to different buses.
            drivers[number / (ROWS / ROWS_PER_DRIVER)][number % BUSES] += 1;
        }
        Placement {
            starts,
            circuits: outcome.circuits,
            events: outcome.events,
            positions: network.positions.to_vec(),
            drivers,
            labels,
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
            map[circuit as usize] = self.sign_of_row(circuit as usize / COLUMNS);
        }
        map
    }
}
