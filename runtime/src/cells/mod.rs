//! Cell types: what the neurons of a population are.

mod calibrated;
mod hx_neuron;
mod parameters;
mod spike_source_array;
mod spike_source_poisson;
mod spike_source_poisson_on_chip;
mod targets;
mod unmodelled;

pub(crate) use calibrated::targets;
pub use calibrated::{CalibHXNeuronCoba, CalibHXNeuronCuba};
pub use hx_neuron::HXNeuron;
pub(crate) use hx_neuron::{configurations, read_each};
use parameters::one_for_each;
pub use parameters::{PARAMETERS, ParameterKind};
pub(crate) use parameters::{Parameter, parameter};
pub use spike_source_array::SpikeSourceArray;
pub(crate) use spike_source_array::{MOST_SPIKES, spike_times, trains};
pub use spike_source_poisson::SpikeSourcePoisson;
pub(crate) use spike_source_poisson::{PoissonSource, get_poisson, poisson_sources, set_poisson};
pub use spike_source_poisson_on_chip::SpikeSourcePoissonOnChip;
pub(crate) use spike_source_poisson_on_chip::{
    OnChip, REALISED_RATE, generator, get_on_chip, on_chip, set_on_chip,
};
pub use targets::{COBA_TARGETS, CUBA_TARGETS, TargetParameter};
pub(crate) use targets::{SHARED, Targets, find};

/// Any cell type a population can consist of.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// Neuron circuits of the chip.
    HXNeuron(HXNeuron),
    /// Neurons with current-based synapses, calibrated to what they are to do.
    CalibHXNeuronCuba(CalibHXNeuronCuba),
    /// Neurons with conductance-based synapses, calibrated to what they are to do.
    CalibHXNeuronCoba(CalibHXNeuronCoba),
    /// Sources that send spikes at given times.
    SpikeSourceArray(SpikeSourceArray),
    /// Sources that send spikes at random, drawn by the host.
    SpikeSourcePoisson(SpikeSourcePoisson),
    /// Sources that send spikes at random, made on the chip.
    SpikeSourcePoissonOnChip(SpikeSourcePoissonOnChip),
}

impl Cell {
    /// The name of the cell type.
    pub fn name(&self) -> &'static str {
        match self {
            Cell::HXNeuron(_) => HXNeuron::NAME,
            Cell::CalibHXNeuronCuba(_) => CalibHXNeuronCuba::NAME,
            Cell::CalibHXNeuronCoba(_) => CalibHXNeuronCoba::NAME,
            Cell::SpikeSourceArray(_) => SpikeSourceArray::NAME,
            Cell::SpikeSourcePoisson(_) => SpikeSourcePoisson::NAME,
            Cell::SpikeSourcePoissonOnChip(_) => SpikeSourcePoissonOnChip::NAME,
        }
    }

    /// The variables that cells of this type can record.
    pub fn recordable(&self) -> &'static [&'static str] {
        match self {
            cell if is_neuron(cell) => &["spikes", "v", "exc_synin", "inh_synin", "adaptation"],
            _ => &["spikes"],
        }
    }

    /// The names of the parameters that cells of this type have.
    pub fn get_parameter_names(&self) -> Vec<&'static str> {
        match self {
            Cell::HXNeuron(_) => HXNeuron::get_parameter_names(),
            Cell::CalibHXNeuronCuba(_) => CalibHXNeuronCuba::get_parameter_names(),
            Cell::CalibHXNeuronCoba(_) => CalibHXNeuronCoba::get_parameter_names(),
            Cell::SpikeSourceArray(_) => SpikeSourceArray::get_parameter_names(),
            Cell::SpikeSourcePoisson(_) => SpikeSourcePoisson::get_parameter_names(),
            Cell::SpikeSourcePoissonOnChip(_) => SpikeSourcePoissonOnChip::get_parameter_names(),
        }
    }
}

/// Whether cells of this type are neuron circuits of the chip.
pub(crate) fn is_neuron(cell: &Cell) -> bool {
    matches!(
        cell,
        Cell::HXNeuron(_) | Cell::CalibHXNeuronCuba(_) | Cell::CalibHXNeuronCoba(_)
    )
}

/// Whether the synapses of such a cell are conductances, which have no sign.
pub(crate) fn is_conductance_based(cell: &Cell) -> bool {
    matches!(cell, Cell::CalibHXNeuronCoba(_))
}

macro_rules! cells {
    ($($cell:ident),*) => {$(
        impl From<$cell> for Cell {
            fn from(cell: $cell) -> Cell {
                Cell::$cell(cell)
            }
        }

        impl From<&$cell> for Cell {
            fn from(cell: &$cell) -> Cell {
                Cell::$cell(cell.clone())
            }
        }
    )*};
}

cells!(
    HXNeuron,
    CalibHXNeuronCuba,
    CalibHXNeuronCoba,
    SpikeSourceArray,
    SpikeSourcePoisson,
    SpikeSourcePoissonOnChip
);

/// `Name(parameter=value, …)`.
fn write_settings(
    f: &mut std::fmt::Formatter<'_>,
    name: &str,
    set: &[(&'static str, crate::ParameterValue)],
) -> std::fmt::Result {
    write!(f, "{name}(")?;
    for (index, (name, value)) in set.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{name}={value}")?;
    }
    write!(f, ")")
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::HXNeuron(cell) => cell.fmt(f),
            Cell::CalibHXNeuronCuba(cell) => cell.fmt(f),
            Cell::CalibHXNeuronCoba(cell) => cell.fmt(f),
            Cell::SpikeSourceArray(cell) => cell.fmt(f),
            Cell::SpikeSourcePoisson(cell) => cell.fmt(f),
            Cell::SpikeSourcePoissonOnChip(cell) => cell.fmt(f),
        }
    }
}
