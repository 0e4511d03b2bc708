//! What populations and views hand out after a run.

use super::{PopulationView, with_population};
use crate::recording::{
    Block, IrregularlySampledSignal, Segment, SpikeTrain, Variable, Variables, Wanted, part,
};
use crate::{Error, Whole};

impl PopulationView {
    /// What was recorded of these neurons: one segment per run.
    /// `"spikes"`, `"v"`, several, or `"all"`.
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
    /// the first of these neurons of which it was recorded.
    ///
    /// # Errors
    /// As [`get_data`](Self::get_data).
    pub fn signal(&self, variable: &str) -> Result<IrregularlySampledSignal, Error> {
        signal(self, variable)
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

fn signal(view: &PopulationView, variable: &str) -> Result<IrregularlySampledSignal, Error> {
    let analog = match Variable::parse(variable, view.celltype())? {
        Variable::Spikes => {
            return Err(Error::UnknownRecordable {
                variable: variable.into(),
                cell_type: "signal()",
                recordable: vec![Variable::Membrane.name().into()],
            });
        }
        analog => analog,
    };
    let segment = latest(view, analog)?;
    let signals = &segment.irregularlysampledsignals;
    let neuron = |signal: &IrregularlySampledSignal| signal.annotations().source_index;
    let first = signals.first().map(neuron);
    let of_first: Vec<&IrregularlySampledSignal> = signals
        .iter()
        .filter(|signal| Some(neuron(signal)) == first)
        .collect();
    IrregularlySampledSignal::joined(&of_first).ok_or_else(|| not_recorded(view, variable))
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
            Variable::Membrane => !segment.irregularlysampledsignals.is_empty(),
        })
    };
    let missing = match wanted {
        Wanted::All if has(Variable::Spikes) || has(Variable::Membrane) => None,
        Wanted::All => Some(Variable::Spikes),
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
    }
}

/// The trains of one neuron, one per stretch of the run.
fn trains_of(segment: &Segment, index: usize) -> Vec<&SpikeTrain> {
    let trains = segment.spiketrains.iter();
    trains
        .filter(|train| train.annotations().source_index == index)
        .collect()
}
