//! Where a network goes on the chip, and whether there is room for it.
//!
//! An abstract network goes in: neuron circuits at positions, origins of events,
//! signed connections between them ([`Network`]). Out comes which of the chip's
//! 131,072 synapse circuits each connection is made of ([`Placement`]), or which
//! resource ran out, where, how much was asked and how much there is
//! ([`Shortage`]). [`links`] is what the link between FPGA and chip lets through.
//!
//! ```
//! use hx_placement::{Connection, Network, Origin, Sign, place};
//!
//! let connection = |source, weight| Connection {
//!     origin: Origin::External(source),
//!     target: 0,
//!     sign: Sign::Excitatory,
//!     weight,
//! };
//! let connections = [connection(0, 63), connection(1, 123)];
//! let placement = place(&Network { positions: &[7], connections: &connections })?;
//! assert_eq!(placement.circuits(0).len(), 1);
//! assert_eq!(placement.circuits(1).len(), 2); // 123 = 63 + 60
//! assert!(placement.circuits(1).iter().all(|circuit| circuit % 256 == 7));
//! # Ok::<(), hx_placement::Shortage>(())
//! ```
//!
//! # What is the chip and what is an estimate
//! The facts are those of the chip's own coordinates and of its router (`halco` and
//! `grenade` of Electronic Vision(s)):
//! - Each half has 128 synapse drivers of two rows; driver d listens to PADI bus
//!   d mod 4. A row is excitatory or inhibitory.
//! - The neurons of 32 neighbouring columns share an event output, which reaches one
//!   PADI bus, the same one in both halves. A background generator reaches one bus of
//!   one half, and cells of one population of generators use that of each half.
//!   External events reach every bus.
//! - A synapse compares 6 bits of an event, and a driver 5 more: at most 64 origins can
//!   share a driver. Origins that do, share its rows as well, in different columns.
//! - A set of origins that share drivers therefore needs as many rows of a sign as the
//!   largest number of synapses of that sign on one neuron.
//!
//! The real router forms these sets linearly, of neighbouring origins, those of the two
//! sides of the chip apart and external ones apart. Here neurons and external sources
//! share sets if they fit, and each origin goes where it needs the fewest new rows. If
//! that does not suffice, an external source joins several sets, as on the real chip it
//! can: each costs the link an event per spike ([`Placement::events_per_spike`]). So this
//! crate places some networks which the real router refuses.
//!
//! Two things are estimates. Any division of a bus's drivers among sets is taken for
//! possible, although the masks of the row addresses allow not quite all of them. And the
//! rows here are those of this crate's own order; the real ones differ, which matters only
//! to the mismatch of an individual synapse.

mod demand;
mod half;
pub mod links;
mod network;
mod pack;
mod place;
mod placement;
mod set;
mod shortage;

pub use network::{Connection, Network, Origin, Sign};
pub use place::place;
pub use placement::Placement;
pub use shortage::Shortage;

/// Neuron circuits: two rows of [`COLUMNS`], one for each half of the chip.
pub const NEURONS: usize = 2 * COLUMNS;
/// Columns of neurons, and of synapses above or below them.
pub const COLUMNS: usize = 256;
/// Halves ("hemispheres") of the chip: 0 is the upper one, of neurons 0 to 255.
pub const HALVES: usize = 2;
/// Rows of synapses in a half, and so synapses of one neuron.
pub const ROWS: usize = 256;
/// Synapse circuits.
pub const SYNAPSES: usize = HALVES * ROWS * COLUMNS;
/// Buses ("PADI") on which events reach the synapse drivers of a half.
pub const BUSES: usize = 4;
/// Synapse drivers that listen to one bus.
pub const DRIVERS_PER_BUS: usize = 32;
/// Rows that one driver drives.
pub const ROWS_PER_DRIVER: usize = 2;
/// Rows that can be reached on one bus.
pub const ROWS_PER_BUS: usize = DRIVERS_PER_BUS * ROWS_PER_DRIVER;
/// Origins whose events the synapses behind one driver can tell apart.
pub const LABELS: usize = 64;
/// Populations of on-chip background generators: one generator on each bus of each half.
pub const BACKGROUNDS: usize = BUSES;
/// Cells of one such population.
pub const BACKGROUND_CELLS: usize = 256;
/// External sources that the 14-bit labels of events can tell apart.
pub const SOURCES: usize = 1 << 14;
/// Largest weight of one synapse; a larger one takes several.
pub const LARGEST_WEIGHT: u32 = 63;

/// How many synapse circuits make up a weight. One that is 0 now has one all the
/// same, so that it can change later.
pub fn synapses(weight: u32) -> usize {
    weight.div_ceil(LARGEST_WEIGHT).max(1) as usize
}

/// The bus (0 to 3) on which the spikes of the neuron at a position arrive, in both halves.
pub fn bus_of_neuron(position: usize) -> usize {
    position % COLUMNS / 32 % BUSES
}
