//! Demand of a network for synapses: its connections, checked, counted and
//! sorted by half of the chip and origin.

use crate::capacity_error::CapacityError;
use crate::network::{Connection, Network};
use hx_geometry::{
    BACKGROUND_CELLS, BACKGROUNDS, NEURONS, PreSource, ROWS, SOURCES, bus_of_neuron, column,
    hemisphere, synapses,
};
use std::ops::Range;

/// The connections of a network, in the order in which they are placed.
pub(crate) struct Demand<'network> {
    pub connections: &'network [Connection],
    positions: &'network [usize],
    generator_buses: &'network [usize],
    /// For each connection the number of its first synapse among all, and their number.
    pub starts: Vec<u32>,
    /// Numbers of the connections, sorted by half and then by origin.
    sorted: Vec<u32>,
    /// Indices in `sorted` at which the connections of each hemisphere and origin start.
    groups: Vec<u32>,
    origins: usize,
    neurons: usize,
    pub sources: usize,
}

impl<'network> Demand<'network> {
    pub fn new(network: &Network<'network>) -> Result<Demand<'network>, CapacityError> {
        check_positions(network.positions)?;
        let connections = network.connections;
        let neurons = network.positions.len();
        let sources = check_origins(network)?;
        let exists = |connection: &Connection| {
            let source = match connection.source {
                PreSource::Neuron(neuron) => (neuron as usize) < neurons,
                PreSource::External(_) => true,
                PreSource::Background { generator, .. } => {
                    (generator as usize) < network.generator_buses.len()
                }
            };
            source && (connection.target as usize) < neurons
        };
        let starts = count_synapses(network, exists)?;

        let mut demand = Demand {
            connections,
            positions: network.positions,
            generator_buses: network.generator_buses,
            starts,
            sorted: Vec::new(),
            groups: Vec::new(),
            origins: neurons + BACKGROUNDS * BACKGROUND_CELLS + sources,
            neurons,
            sources,
        };
        // Counted, they have their places: a full chip has 131,072 of them.
        let group = |connection: &Connection| {
            demand.hemisphere(connection) * demand.origins + demand.number(connection.source)
        };
        let mut groups = vec![0_u32; 2 * demand.origins + 2];
        let there = || connections.iter().enumerate().filter(|(_, it)| exists(it));
        for (_, connection) in there() {
            groups[group(connection) + 2] += 1;
        }
        for index in 2..groups.len() {
            groups[index] += groups[index - 1];
        }
        let mut sorted = vec![0; groups.last().map_or(0, |&all| all as usize)];
        for (index, connection) in there() {
            let place = &mut groups[group(connection) + 1];
            sorted[*place as usize] = index as u32;
            *place += 1;
        }
        demand.sorted = sorted;
        demand.groups = groups;
        Ok(demand)
    }

    /// The half of the chip a connection ends on.
    fn hemisphere(&self, connection: &Connection) -> usize {
        hemisphere(self.positions[connection.target as usize])
    }

    /// The column a connection ends on.
    pub fn column(&self, connection: &Connection) -> usize {
        column(self.positions[connection.target as usize])
    }

    /// Number of an origin: neurons, background cells and sources one after the other.
    fn number(&self, source: PreSource) -> usize {
        match source {
            PreSource::Neuron(neuron) => neuron as usize,
            PreSource::Background { generator, cell } => {
                let bus = self.generator_buses[generator as usize];
                self.neurons + bus * BACKGROUND_CELLS + cell as usize
            }
            PreSource::External(source) => self.first_source() + source as usize,
        }
    }

    /// The origins that reach one bus only, each with its bus.
    pub fn bound(&self) -> impl Iterator<Item = (usize, usize)> {
        let positions = self.positions.iter().enumerate();
        let neurons = positions.map(|(number, &position)| (number, bus_of_neuron(position)));
        let backgrounds = (0..BACKGROUNDS * BACKGROUND_CELLS)
            .map(|number| (self.neurons + number, number / BACKGROUND_CELLS));
        neurons.chain(backgrounds)
    }

    fn first_source(&self) -> usize {
        self.neurons + BACKGROUNDS * BACKGROUND_CELLS
    }

    /// The external sources, as origin and as source.
    pub fn external(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let first = self.first_source();
        (0..self.sources).map(move |source| (first + source, source))
    }

    /// The connections from an origin into a half.
    pub fn of(&self, hemisphere: usize, origin: usize) -> &[u32] {
        let group = hemisphere * self.origins + origin;
        &self.sorted[self.groups[group] as usize..self.groups[group + 1] as usize]
    }

    /// Which of all synapses belong to a connection.
    pub fn slots(&self, connection: usize) -> Range<usize> {
        self.starts[connection] as usize..self.starts[connection + 1] as usize
    }
}

fn check_positions(positions: &[usize]) -> Result<(), CapacityError> {
    let mut taken = [false; NEURONS];
    for (neuron, &position) in positions.iter().enumerate() {
        match taken.get_mut(position) {
            None => return Err(CapacityError::PositionOutside { neuron, position }),
            Some(true) => return Err(CapacityError::PositionTaken { neuron, position }),
            Some(taken) => *taken = true,
        }
    }
    Ok(())
}

/// Checks that there are labels enough; returns the number of external sources.
fn check_origins(network: &Network<'_>) -> Result<usize, CapacityError> {
    let mut sources = 0;
    let (mut backgrounds, mut cells) = (0, 0);
    for connection in network.connections {
        match connection.source {
            PreSource::Neuron(_) => {}
            PreSource::External(source) => sources = sources.max(source as usize + 1),
            PreSource::Background { generator, cell } => {
                if let Some(bus) = network.generator_buses.get(generator as usize) {
                    backgrounds = backgrounds.max(bus + 1);
                    cells = cells.max(cell as usize + 1);
                }
            }
        }
    }
    let checked = |needed: usize, available: usize| (needed > available).then_some(needed);
    if let Some(needed) = checked(sources, SOURCES) {
        let available = SOURCES;
        return Err(CapacityError::Sources { needed, available });
    }
    if let Some(needed) = checked(backgrounds, BACKGROUNDS) {
        let available = BACKGROUNDS;
        return Err(CapacityError::Backgrounds { needed, available });
    }
    if let Some(needed) = checked(cells, BACKGROUND_CELLS) {
        let available = BACKGROUND_CELLS;
        return Err(CapacityError::BackgroundCells { needed, available });
    }
    Ok(sources)
}

/// Indices of the first synapse of each connection among all, if every neuron has enough.
fn count_synapses(
    network: &Network<'_>,
    exists: impl Fn(&Connection) -> bool,
) -> Result<Vec<u32>, CapacityError> {
    let mut needed = vec![0_usize; network.positions.len()];
    let mut starts = Vec::with_capacity(network.connections.len() + 1);
    let mut all = 0_usize;
    for connection in network.connections {
        starts.push(all as u32);
        if exists(connection) {
            let synapses = synapses(connection.weight);
            needed[connection.target as usize] += synapses;
            all += synapses;
        }
    }
    // If a number above was too large for 32 bits, this is where it ends.
    if let Some(neuron) = needed.iter().position(|&needed| needed > ROWS) {
        return Err(CapacityError::Synapses {
            neuron,
            needed: needed[neuron],
            available: ROWS,
        });
    }
    starts.push(all as u32);
    Ok(starts)
}
