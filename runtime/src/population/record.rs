//! What of a population is recorded.

use super::{PopulationView, with_population};
use crate::Error;
use crate::recording::{Variable, Variables};
use crate::simulator::check_madc;

/// Records more of these neurons; an empty list clears.
pub(super) fn record(view: &PopulationView, variables: &Variables) -> Result<(), Error> {
    let variables = variables.to_record(view.celltype())?;
    if variables.is_empty() {
        return clear(view);
    }
    with_population(view, |network, index| {
        if variables.contains(&Variable::Membrane) {
            check_madc(network, index, view.indices())?;
        }
        let recorded = &mut network.populations[index].recorded;
        for variable in variables {
            match variable {
                Variable::Spikes => recorded.spikes.extend(view.indices()),
                Variable::Membrane => recorded.membrane.extend(view.indices()),
            }
        }
        Ok(())
    })
}

/// Records nothing more of the whole population.
pub(super) fn clear(view: &PopulationView) -> Result<(), Error> {
    with_population(view, |network, index| {
        network.populations[index].recorded = Default::default();
        Ok(())
    })
}
