//! What populations and views hand out after a run.

use super::{PopulationView, with_population};
use crate::recording::{
    Block, DEVICES, Device, IrregularlySampledSignal, Segment, SpikeTrain, Variable, Variables,
    Wanted, part,
};
use crate::{Error, Whole};

impl PopulationView {
    /// What was recorded of these neurons: one segment per run.
    /// `"spikes"`, `"v"`, several, or `"all"`; by whichever device they were recorded.
    ///
    /// # Errors
    /// Before the first run, and for what was not recorded.
    pub fn get_data(&self, variables: impl Into<Variables>) -> Result<Block, Error> {
        read(self, &variables.into())
    }

    /// As [`get_data`](Self::get_data), and forgets all data of the whole
    /// population (PyNN's `clear=True`), which keeps a long series of runs small.
    ///
    /// # Errors
    /// As [`get_data`](Self::get_data).
    pub fn take_data(&self, variables: impl Into<Variables>) -> Result<Block, Error> {
        take(self, &variables.into())
    }

    /// How often each of these neurons spiked in the latest run.
    ///
    /// # Errors
    /// As [`get_data`](Self::get_data).
    pub fn get_spike_counts(&self) -> Result<Vec<usize>, Error> {
        spike_counts(self)
    }

    /// The spikes of one of these neurons in the latest run, by index counted from 0
    /// (of any integer type).
    ///
    /// # Errors
    /// An index outside, and as [`get_data`](Self::get_data).
    pub fn spiketrain(&self, index: impl Whole) -> Result<SpikeTrain, Error> {
        spiketrain(&self.view(index)?)
    }

    /// An analog variable in the latest run, `"v"` for the membrane potential: of
    /// the first of these neurons of which it was recorded by the MADC, or, if there is
    /// none, by the CADC.
    ///
    /// # Errors
    /// As [`get_data`](Self::get_data).
    pub fn signal(&self, variable: &str) -> Result<IrregularlySampledSignal, Error> {
        signal(self, variable, None)
    }

    /// As [`signal`](Self::signal), as this [`Device`] recorded it.
    ///
    /// ```
    /// # use pynn::prelude::*;
    /// # fn main() -> Result<(), pynn::Error> {
    /// # pynn::setup(pynn::Setup::new())?;
    /// let pop = pynn::Population::new(3, pynn::cells::HXNeuron::new())?;
    /// pop.record_on("v", pynn::Device::Cadc)?;
    /// pynn::run(0.1)?;
    /// let mem_v = pop.view(2)?.signal_on("v", pynn::Device::Cadc)?;
    /// assert_eq!(mem_v.len(), 59); // every 1.7 µs
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`get_data`](Self::get_data).
    pub fn signal_on(
        &self,
        variable: &str,
        device: Device,
    ) -> Result<IrregularlySampledSignal, Error> {
        signal(self, variable, Some(device))
    }
}

fn read(view: &PopulationView, variables: &Variables) -> Result<Block, Error> {
    block(view, &variables.to_read(view.celltype())?)
}

fn take(view: &PopulationView, variables: &Variables) -> Result<Block, Error> {
    let block = read(view, variables)?;
    with_population(view, |network, index| {
        network.populations[index].finished.clear();
        network.populations[index].current = None;
        Ok(())
    })?;
    Ok(block)
}

fn spike_counts(view: &PopulationView) -> Result<Vec<usize>, Error> {
    let segment = latest(view, Variable::Spikes)?;
    let count = |&index: &usize| {
        let trains = trains_of(&segment, index);
        (!trains.is_empty()).then(|| trains.iter().map(|train| train.len()).sum())
    };
    let counts: Option<Vec<usize>> = view.indices().iter().map(count).collect();
    counts.ok_or_else(|| not_recorded(view, Variable::Spikes.name()))
}

fn spiketrain(neuron: &PopulationView) -> Result<SpikeTrain, Error> {
    let segment = latest(neuron, Variable::Spikes)?;
    SpikeTrain::joined(&trains_of(&segment, neuron.indices()[0]))
        .ok_or_else(|| not_recorded(neuron, Variable::Spikes.name()))
}

/// As one device recorded it, or whichever did.
fn signal(
    view: &PopulationView,
    variable: &str,
    device: Option<Device>,
) -> Result<IrregularlySampledSignal, Error> {
    let analog = Variable::parse(variable, view.celltype())?;
    if analog.observable().is_none() {
        let recordable = view.celltype().recordable().iter();
        return Err(Error::UnknownRecordable {
            variable: variable.into(),
            cell_type: "signal()",
            recordable: recordable
                .filter(|&&name| name != variable)
                .map(|&name| name.into())
                .collect(),
        });
    }
    let segment = latest(view, analog)?;
    let signals = &segment.irregularlysampledsignals;
    let of_device = |device: Device| {
        let own = signals
            .iter()
            .filter(move |signal| signal.annotations().device == Some(device));
        let neuron = |signal: &IrregularlySampledSignal| signal.annotations().source_index;
        let first = own.clone().map(neuron).next();
        let of_first: Vec<&IrregularlySampledSignal> =
            own.filter(|signal| Some(neuron(signal)) == first).collect();
        IrregularlySampledSignal::joined(&of_first)
    };
    match device {
        Some(device) => of_device(device),
        None => DEVICES.into_iter().find_map(of_device),
    }
    .ok_or_else(|| Error::NotRecorded {
        variable: variable.into(),
        population: view.to_string(),
        device,
    })
}

fn latest(view: &PopulationView, variable: Variable) -> Result<Segment, Error> {
    let block = block(view, &Wanted::These(vec![variable]))?;
    let latest = block.segments.last().cloned();
    latest.ok_or_else(|| not_recorded(view, variable.name()))
}

fn block(view: &PopulationView, wanted: &Wanted) -> Result<Block, Error> {
    let segments: Vec<Segment> = with_population(view, |network, index| {
        let segments = network.populations[index].segments();
        let wanted_part = |segment: &Segment| part(segment, wanted, view.indices());
        Ok(segments.map(wanted_part).collect())
    })?;
    if segments.is_empty() {
        return Err(Error::NoDataYet {
            population: view.to_string(),
        });
    }
    let has = |variable: Variable| {
        segments.iter().any(|segment| match variable {
            Variable::Spikes => !segment.spiketrains.is_empty(),
            analog => {
                let mut signals = segment.irregularlysampledsignals.iter();
                signals.any(|signal| signal.name() == analog.name())
            }
        })
    };
    let missing = match wanted {
        Wanted::All => {
            let nothing = |segment: &Segment| {
                segment.spiketrains.is_empty() && segment.irregularlysampledsignals.is_empty()
            };
            segments.iter().all(nothing).then_some(Variable::Spikes)
        }
        Wanted::These(variables) => variables.iter().copied().find(|&v| !has(v)),
    };
    match missing {
        Some(variable) => Err(not_recorded(view, variable.name())),
        None => Ok(Block::new(view.label(), view.to_string(), segments)),
    }
}

fn not_recorded(view: &PopulationView, variable: &str) -> Error {
    Error::NotRecorded {
        variable: variable.into(),
        population: view.to_string(),
        device: None,
    }
}

/// The trains of one neuron, one per stretch of the run.
fn trains_of(segment: &Segment, index: usize) -> Vec<&SpikeTrain> {
    let trains = segment.spiketrains.iter();
    trains
        .filter(|train| train.annotations().source_index == index)
        .collect()
}
