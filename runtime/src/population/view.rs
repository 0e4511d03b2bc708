//! Views: some or all neurons of a population, and what can be done with them.

use super::{Selection, record, settings};
use crate::cells::Cell;
use crate::recording::{Device, Variables};
use crate::simulator::{Network, with_generation};
use crate::{Error, HardwareParameters, ParameterValue, PhysicalTable};
use std::fmt;
use std::sync::Arc;

/// Some neurons of a population. Copies are cheap and mean the same neurons.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let pop = pynn::Population::new(10, pynn::cells::HXNeuron::new())?;
/// pop.view([1, 5])?.set("leak_v_leak", 500)?;
/// pop.view(0..1)?.record("v")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PopulationView {
    shared: Arc<Shared>,
    /// Indices within the population, ascending.
    indices: Arc<[usize]>,
}

/// What all views of a population have in common.
#[derive(Clone)]
pub(super) struct Shared {
    pub generation: u64,
    /// Number of the population within its network.
    pub index: usize,
    pub label: String,
    pub size: usize,
    pub cell: Cell,
}

impl PopulationView {
    /// Indices of these neurons within the population, ascending.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// How many neurons there are.
    #[expect(
        clippy::len_without_is_empty,
        reason = "neither populations nor views can be empty"
    )]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Name of the population.
    pub fn label(&self) -> &str {
        &self.shared.label
    }

    /// The cell type, with the parameters it was created with.
    pub fn celltype(&self) -> &Cell {
        &self.shared.cell
    }

    /// What it is, in words.
    pub fn describe(&self) -> String {
        let cell = self.celltype();
        format!(
            "{self}\n  created as: {cell:?}\n  parameters: {}\n  can record: {}",
            cell.get_parameter_names().join(", "),
            cell.recordable().join(", ")
        )
    }

    /// Some of these neurons, by index counted from 0: `0..10`, `[1, 5]` or `3`.
    ///
    /// # Errors
    /// An index outside, or no neuron at all.
    pub fn view(&self, selection: impl Into<Selection>) -> Result<PopulationView, Error> {
        select(self, selection.into())
    }

    /// Whether cells of this type can record a variable.
    pub fn can_record(&self, variable: &str) -> bool {
        self.celltype().recordable().contains(&variable)
    }

    /// Records variables of these neurons in the next runs, along with what is
    /// recorded already: `"spikes"` and one of `"v"` (the membrane potential),
    /// `"exc_synin"`, `"inh_synin"` (the voltages of the synaptic lines) and `"adaptation"`.
    /// Analog ones are digitised by the MADC.
    /// An empty list clears, as [`record_nothing`](Self::record_nothing) does.
    ///
    /// # Errors
    /// A variable these cells do not have; a second analog variable of a neuron; more
    /// neurons than the MADC can digitise, which is one in an even and one in an odd
    /// column.
    pub fn record(&self, variables: impl Into<Variables>) -> Result<(), Error> {
        record::record(self, &variables.into(), Device::Madc)
    }

    /// As [`record`](Self::record), by another [`Device`]: the
    /// [`Cadc`](Device::Cadc) digitises any number of neurons. Both can be used
    /// together, of one neuron too.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn record_on(&self, variables: impl Into<Variables>, device: Device) -> Result<(), Error> {
        record::record(self, &variables.into(), device)
    }

    /// Records nothing more of the whole population, even when called on a view
    /// (PyNN's `record(None)`).
    ///
    /// # Errors
    /// The network is gone.
    pub fn record_nothing(&self) -> Result<(), Error> {
        record::clear(self)
    }

    /// A parameter of these neurons: one value if it is the same for all, else
    /// one for each.
    ///
    /// ```
    /// # use pynn::prelude::*;
    /// # fn main() -> Result<(), pynn::Error> {
    /// let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new().leak_v_leak([400, 500]))?;
    /// assert_eq!(pop.get("leak_v_leak")?.numbers(), [400.0, 500.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A name no parameter has.
    pub fn get(&self, name: &str) -> Result<ParameterValue, Error> {
        settings::get(self, name)
    }

    /// Sets a parameter of these neurons: one value for all, or one for each.
    /// For spike sources `spike_times` takes one train for all, or a list of trains.
    /// Random sources whose parameters change are drawn anew.
    ///
    /// # Errors
    /// A name no parameter has, a value out of range, or as many values as there
    /// are neither neurons nor one; of calibrated neurons a strength that is not that
    /// of all others.
    pub fn set(&self, name: &str, value: impl Into<ParameterValue>) -> Result<(), Error> {
        settings::set(self, name, &value.into())
    }

    /// What the parameters of these neurons amount to on this chip, one
    /// [`Physical`](crate::Physical) per neuron: potentials in LSB of the ADC,
    /// times in µs.
    ///
    /// # Errors
    /// Spike sources have no such numbers.
    pub fn physical(&self) -> Result<PhysicalTable, Error> {
        settings::physical(self)
    }

    /// The codes that the circuits of these neurons store: what a calibration made of
    /// the targets of calibrated neurons (PyNN's `actual_hwparams`), or what an
    /// `HXNeuron` has of its user and the calibration.
    ///
    /// # Errors
    /// Spike sources store nothing.
    pub fn actual_hwparams(&self) -> Result<HardwareParameters, Error> {
        settings::hardware(self)
    }
}

// What follows, here and in the modules beside, are functions rather than methods
// because completion in a cell lists private methods along with the public ones.

/// The view of all cells of a population.
pub(super) fn all(shared: Shared) -> PopulationView {
    PopulationView {
        indices: (0..shared.size).collect(),
        shared: Arc::new(shared),
    }
}

pub(super) fn shared(view: &PopulationView) -> &Shared {
    &view.shared
}

/// Generation of the network and number of the population within it.
pub(crate) fn place(view: &PopulationView) -> (u64, usize) {
    (view.shared.generation, view.shared.index)
}

/// Works on the population in the network, if that is still on the chip.
pub(crate) fn with_population<R>(
    view: &PopulationView,
    work: impl FnOnce(&mut Network, usize) -> Result<R, Error>,
) -> Result<R, Error> {
    let (generation, index) = place(view);
    with_generation(generation, view, |network| work(network, index))
}

fn select(view: &PopulationView, selection: Selection) -> Result<PopulationView, Error> {
    let chosen = selection.indices(view.len(), view)?;
    Ok(PopulationView {
        shared: view.shared.clone(),
        indices: chosen.iter().map(|&index| view.indices[index]).collect(),
    })
}

impl From<&PopulationView> for PopulationView {
    fn from(view: &PopulationView) -> PopulationView {
        view.clone()
    }
}

impl fmt::Display for PopulationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = self.celltype().name();
        if self.len() == self.shared.size {
            write!(f, "population '{}' ({} × {cell})", self.label(), self.len())
        } else {
            write!(
                f,
                "view of {} of the {} cells of population '{}' ({cell})",
                self.len(),
                self.shared.size,
                self.label()
            )
        }
    }
}

impl fmt::Debug for PopulationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PopulationView('{}', {:?})", self.label(), self.indices)
    }
}
