//! From a network to a placement.

use crate::capacity_error::CapacityError;
use crate::demand::Demand;
use crate::network::Network;
use crate::pack::{Outcome, pack};
use crate::placement::Placement;
use hx_geometry::HEMISPHERES;

/// Finds room for a network.
///
/// The same network always gets the same place. It takes some milliseconds for a full chip.
///
/// # Errors
/// The first resource found to run out.
pub fn place(network: &Network<'_>) -> Result<Placement, CapacityError> {
    let demand = Demand::new(network)?;
    let mut outcome = Outcome {
        circuits: vec![0; demand.starts.last().map_or(0, |&all| all as usize)],
        events: vec![0; demand.sources],
    };
    let mut halves = Vec::with_capacity(HEMISPHERES);
    for hemisphere in 0..HEMISPHERES {
        halves.push(pack(&demand, hemisphere, &mut outcome)?);
    }
    Ok(Placement::new(network, demand.starts, outcome, &halves))
}
