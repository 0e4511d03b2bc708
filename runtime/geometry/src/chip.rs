//! How many circuits there are, and how they are numbered.
//!
//! A neuron circuit has a position: 0 to 511, row by row.

/// Columns of neurons, and of synapses above or below them.
pub const COLUMNS: usize = 256;
/// Columns on one side of the middle, which no line between neurons crosses.
pub const COLUMNS_PER_SIDE: usize = COLUMNS / 2;
/// Hemispheres of the chip: 0 is the upper one, of neurons 0 to 255.
pub const HEMISPHERES: usize = 2;
/// Neuron circuits: a row of [`COLUMNS`] for each hemisphere.
pub const NEURONS: usize = HEMISPHERES * COLUMNS;
/// Rows of synapses in a hemisphere, and so synapses of one neuron.
pub const ROWS: usize = 256;
/// Synapse circuits.
pub const SYNAPSES: usize = HEMISPHERES * ROWS * COLUMNS;
/// Buses ("PADI") on which events reach the synapse drivers of a hemisphere.
pub const BUSES: usize = 4;
/// Synapse drivers that listen to one bus.
pub const DRIVERS_PER_BUS: usize = 32;
/// Synapse drivers of a hemisphere.
pub const DRIVERS: usize = BUSES * DRIVERS_PER_BUS;
/// Rows of synapses that one driver drives.
pub const ROWS_PER_DRIVER: usize = ROWS / DRIVERS;
/// Rows of synapses that can be reached on one bus.
pub const ROWS_PER_BUS: usize = DRIVERS_PER_BUS * ROWS_PER_DRIVER;
/// Synapse circuits that one driver drives.
pub const SYNAPSES_PER_DRIVER: usize = ROWS_PER_DRIVER * COLUMNS;
/// Sources whose events the synapses behind one driver can tell apart.
pub const LABELS: usize = 64;
/// Populations of on-chip background generators: one generator on each bus of each hemisphere.
pub const BACKGROUNDS: usize = BUSES;
/// Cells of one such population.
pub const BACKGROUND_CELLS: usize = 256;
/// External sources that the 14-bit labels of events can tell apart.
pub const SOURCES: usize = 1 << 14;
/// Neighbouring columns whose neurons share an event output, and so a bus.
const COLUMNS_PER_OUTPUT: usize = 32;

/// The hemisphere of the neuron at a position, 0 or 1.
pub const fn hemisphere(position: usize) -> usize {
    position / COLUMNS
}

/// The column of the neuron at a position, 0 to 255.
pub const fn column(position: usize) -> usize {
    position % COLUMNS
}

/// The bus (0 to 3) on which the spikes of the neuron at a position arrive, in both hemispheres.
pub const fn bus_of_neuron(position: usize) -> usize {
    column(position) / COLUMNS_PER_OUTPUT % BUSES
}
