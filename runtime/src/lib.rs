//! A Rust dialect of PyNN for an emulated BrainScaleS-2 chip.
//!
//! Names are PyNN's and the chip's own. Times are milliseconds of hardware time,
//! about a thousand times faster than biology; membrane potentials are LSB of the
//! chip's ADC. What can fail returns a [`Result`] with a [`pynn::Error`](Error).
//!
//! ```
//! use pynn::prelude::*;
//!
//! # fn main() -> Result<(), pynn::Error> {
//! # pynn::setup(pynn::Setup::new())?;
//! let neuron_type = pynn::cells::HXNeuron::new().leak_v_leak(400).leak_i_bias(200);
//! let pop = pynn::Population::new(1, neuron_type)?;
//! pop.record(["spikes", "v"])?;
//!
//! let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new([0.01, 0.03]))?;
//! let synapse = pynn::synapses::StaticSynapse::new(63);
//! pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(), synapse, "excitatory")?;
//!
//! pynn::run(0.1)?;
//! println!("The spike times were: {}", pop.spiketrain(0)?);
//! let mem_v = pop.signal("v")?;
//! assert_eq!(mem_v.times().len(), mem_v.values().len());
//! # Ok(())
//! # }
//! ```

pub mod cell;
pub mod cells;
pub mod comm;
pub mod display;
pub mod helpers;
pub mod plt;
pub mod recording;
pub mod synapses;

mod connectors;
mod error;
mod hardware;
mod input;
mod number;
mod physical;
mod population;
mod projection;
mod rich;
mod setup;
mod simulator;
mod usage;
mod value;
mod weight_matrix;
mod whole;

pub use connectors::{AllToAllConnector, Connector, OneToOneConnector};
pub use error::Error;
pub use hardware::HardwareParameters;
pub use hx_emulator::{Backend, Calibration, Chip, Physical};
pub use hx_figure::{Canvas, Drawing};
pub use input::{input, password};
pub use physical::PhysicalTable;
pub use population::{Population, PopulationView, Selection};
pub use projection::Projection;
pub use recording::{Block, Device, IrregularlySampledSignal, Segment, SpikeTrain, SpikeTrainList};
pub use setup::{Setup, setup};
pub use simulator::{append, end, execute, get_current_time, get_time_step, reset, run};
pub use usage::{Loss, Resource, Usage, usage};
pub use value::{Number, ParameterValue};
pub use weight_matrix::WeightMatrix;
pub use whole::Whole;

/// What a cell sees without asking: `pynn` itself, `plt`, and the display functions.
pub mod prelude {
    pub use crate as pynn;
    pub use crate::display::{
        Html, Json, Latex, Markdown, Png, Svg, clear_output, clear_output_when_next, display,
        display_id,
    };
    pub use crate::plt;
    pub use hx_figure::Canvas;
}
