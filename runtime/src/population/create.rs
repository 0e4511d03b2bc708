//! Populations: how they come to be.

use super::PopulationView;
use super::view::{Shared, all, shared};
use crate::cells::{Cell, configurations, on_chip, poisson_sources, spike_times, targets, trains};
use crate::simulator::{
    Origins, PopulationState, Recorded, calibrate, check_room, check_shared, with_generation,
    with_network,
};
use crate::whole::count;
use crate::{Error, Whole};
use hx_emulator::NeuronConfig;
use std::fmt;
use std::ops::Deref;

/// A group of cells of one type on the chip.
///
/// It is the [`PopulationView`] of all its cells and can do all that a view can:
/// record, get and set parameters, hand out data. Copies are cheap and mean the
/// same population.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new())?.with_label("pair");
/// pop.record(["spikes", "v"])?;
/// pop.set("leak_v_leak", [400, 500])?;
/// assert_eq!(pop.view(0..1)?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Population {
    all: PopulationView,
}

impl Population {
    /// Places `size` cells of a type on the chip, after those that are there already.
    /// `size` can be of any integer type.
    ///
    /// # Errors
    /// No cells, more than the chip has room for, or a parameter of the cell type
    /// that is out of range or of the wrong shape.
    pub fn new(size: impl Whole, cell: impl Into<Cell>) -> Result<Population, Error> {
        create(count(size), cell.into())
    }

    /// Gives the population a name, which data and messages mention. Copies made
    /// before keep the old one.
    #[must_use = "the name belongs to the population that is returned"]
    pub fn with_label(self, label: impl Into<String>) -> Population {
        let label: String = label.into();
        let shared = shared(&self.all);
        let renamed = Shared {
            label: label.clone(),
            ..shared.clone()
        };
        // A population whose network is gone can still be renamed: it is only a name.
        let _ = with_generation(shared.generation, &self, |network| {
            network.populations[shared.index].label = label;
            Ok(())
        });
        Population { all: all(renamed) }
    }
}

// A function rather than a method: completion in a cell lists private methods too.
fn create(size: usize, cell: Cell) -> Result<Population, Error> {
    if size == 0 {
        return Err(Error::EmptyPopulation);
    }
    with_network(|network| {
        check_room(network, &cell, size)?;
        let targets = targets(&cell, size)?;
        if let Some(targets) = &targets {
            check_shared(network, None, targets)?;
        }
        let (first, origins) = match &cell {
            Cell::HXNeuron(cell) => {
                let first = network.neurons();
                let calibrated = (first..first + size)
                    .map(|neuron| network.calibrated(network.position(neuron)));
                let configurations = configurations(cell, calibrated.collect())?;
                (first, Origins::Neurons(configurations))
            }
            // What they store comes of their targets, below.
            Cell::CalibHXNeuronCuba(_) | Cell::CalibHXNeuronCoba(_) => {
                let uncalibrated = vec![NeuronConfig::default(); size];
                (network.neurons(), Origins::Neurons(uncalibrated))
            }
            Cell::SpikeSourceArray(cell) => {
                let trains = trains(spike_times(cell), size)?;
                (network.sources(), Origins::Sources(trains))
            }
            Cell::SpikeSourcePoisson(cell) => {
                let sources = poisson_sources(cell, size)?;
                (network.sources(), Origins::Poisson(sources))
            }
            Cell::SpikeSourcePoissonOnChip(cell) => {
                let generator = on_chip(cell, size)?;
                (network.generators(), Origins::OnChip(generator))
            }
        };
        let index = network.populations.len();
        let label = format!("population{index}");
        let first_id = network.cells();
        network.placement = None;
        network.populations.push(PopulationState {
            label: label.clone(),
            origins,
            targets,
            first,
            first_id,
            recorded: Recorded::default(),
            finished: Vec::new(),
            current: None,
        });
        calibrate(network, index);
        let shared = Shared {
            generation: network.generation,
            index,
            label,
            size,
            cell,
        };
        Ok(Population { all: all(shared) })
    })
}

impl Deref for Population {
    type Target = PopulationView;
    fn deref(&self) -> &PopulationView {
        &self.all
    }
}

impl From<Population> for PopulationView {
    fn from(population: Population) -> PopulationView {
        population.all
    }
}

impl From<&Population> for PopulationView {
    fn from(population: &Population) -> PopulationView {
        population.all.clone()
    }
}

impl fmt::Display for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.all, f)
    }
}

impl fmt::Debug for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Population('{}', {} × {})",
            self.label(),
            self.len(),
            self.celltype().name()
        )
    }
}
