//! Placement of a network on the chip, if there is room for it.
//!
//! An abstract network goes in: neuron circuits at positions, origins of events,
//! signed connections between them ([`Network`]). Out comes which of the chip's
//! 131,072 synapse circuits each connection is made of ([`Placement`]), or which
//! resource ran out, where, how much was asked and how much there is
//! ([`CapacityError`]). [`links`] is what the link between FPGA and chip lets through.
//!
//! ```
//! use hx_placement::{Connection, Network, Polarity, PreSource, place};
//!
//! let connection = |source, weight| Connection {
//!     source: PreSource::External(source),
//!     target: 0,
//!     polarity: Polarity::Excitatory,
//!     weight,
//! };
//! let connections = [connection(0, 63), connection(1, 123)];
//! let network = Network {
//!     positions: &[7],
//!     generator_buses: &[],
//!     connections: &connections,
//! };
//! let placement = place(&network)?;
//! assert_eq!(placement.circuits(0).len(), 1);
//! assert_eq!(placement.circuits(1).len(), 2); // 123 = 63 + 60
//! assert!(placement.circuits(1).iter().all(|circuit| circuit % 256 == 7));
//! # Ok::<(), hx_placement::CapacityError>(())
//! ```
//!
//! # What is the chip and what is an estimate
//! The facts are those of the chip's own coordinates ([`hx_geometry`]) and of its router
//! (`grenade` of Electronic Vision(s)):
//! - Each half has 128 synapse drivers of two rows; driver d is on PADI bus
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

mod capacity_error;
mod demand;
mod driver_group;
mod hemisphere;
pub mod links;
mod network;
mod pack;
mod place;
mod placement;

pub use capacity_error::CapacityError;
pub use hx_geometry::{Polarity, PreSource};
pub use network::{Connection, Network};
pub use place::place;
pub use placement::Placement;
