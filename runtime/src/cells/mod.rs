//! Cell types: what the neurons of a population are.

mod hx_neuron;
mod parameters;
mod spike_source_array;
mod unmodelled;

pub use hx_neuron::HXNeuron;
pub(crate) use hx_neuron::{configurations, read_each};
pub use parameters::{PARAMETERS, ParameterKind};
pub(crate) use parameters::{Parameter, parameter};
pub use spike_source_array::SpikeSourceArray;
pub(crate) use spike_source_array::{spike_times, trains};

/// Any cell type a population can consist of.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// Neuron circuits of the chip.
    HXNeuron(HXNeuron),
    /// Sources that send spikes at given times.
    SpikeSourceArray(SpikeSourceArray),
}

impl Cell {
    /// The name of the cell type.
    pub fn name(&self) -> &'static str {
        match self {
            Cell::HXNeuron(_) => HXNeuron::NAME,
            Cell::SpikeSourceArray(_) => SpikeSourceArray::NAME,
        }
    }

    /// The variables that cells of this type can record.
    pub fn recordable(&self) -> &'static [&'static str] {
        match self {
            Cell::HXNeuron(_) => &["spikes", "v", "exc_synin", "inh_synin", "adaptation"],
            Cell::SpikeSourceArray(_) => &["spikes"],
        }
    }

    /// The names of the parameters that cells of this type have.
    pub fn get_parameter_names(&self) -> Vec<&'static str> {
        match self {
            Cell::HXNeuron(_) => HXNeuron::get_parameter_names(),
            Cell::SpikeSourceArray(_) => SpikeSourceArray::get_parameter_names(),
        }
    }
}

impl From<HXNeuron> for Cell {
    fn from(cell: HXNeuron) -> Cell {
        Cell::HXNeuron(cell)
    }
}

impl From<&HXNeuron> for Cell {
    fn from(cell: &HXNeuron) -> Cell {
        Cell::HXNeuron(cell.clone())
    }
}

impl From<SpikeSourceArray> for Cell {
    fn from(cell: SpikeSourceArray) -> Cell {
        Cell::SpikeSourceArray(cell)
    }
}

impl From<&SpikeSourceArray> for Cell {
    fn from(cell: &SpikeSourceArray) -> Cell {
        Cell::SpikeSourceArray(cell.clone())
    }
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::HXNeuron(cell) => cell.fmt(f),
            Cell::SpikeSourceArray(cell) => cell.fmt(f),
        }
    }
}
