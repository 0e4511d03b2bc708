//! Projections: the connections from one population to another.

use crate::cells::is_conductance_based;
use crate::connectors::Connector;
use crate::population::{place, with_population};
use crate::simulator::{
    Network, Origins, ProjectionState, check_fan_in, synapses, with_generation,
};
use crate::synapses::{Receptor, StaticSynapse, check_delay, checked_weight};
use crate::{Error, ParameterValue, PopulationView, WeightMatrix};
use hx_geometry::Polarity;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The connections from one population (or view) to another. Copies are cheap
/// and mean the same connections.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new([0.01, 0.03]))?;
/// let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;
/// let synapse = pynn::synapses::StaticSynapse::new(63);
/// let proj = pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(), synapse, "excitatory")?;
/// proj.set("weight", 20)?;
/// assert_eq!(proj.get("weight")?[(0, 0)], 20.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Projection(Arc<Handle>);

struct Handle {
    pre: PopulationView,
    post: PopulationView,
    receptor: Receptor,
    /// Number of the projection within its network.
    index: usize,
    connections: usize,
}

impl Projection {
    /// Connects `pre` with `post`. `receptor_type` is `"excitatory"` (weights of
    /// at least 0, which raise the membrane) or `"inhibitory"` (weights of at
    /// most 0, which lower it; at least 0 too if the targets are conductance-based).
    ///
    /// # Errors
    /// A weight of the wrong sign or not finite, a delay, an unknown receptor,
    /// targets that are not neurons, more synapses onto a neuron than it has, in all or on
    /// one of the chip's buses. Whether there are rows of synapses enough for the whole
    /// network is found out when it runs.
    pub fn new(
        pre: impl Into<PopulationView>,
        post: impl Into<PopulationView>,
        connector: impl Into<Connector>,
        synapse_type: StaticSynapse,
        receptor_type: &str,
    ) -> Result<Projection, Error> {
        create(
            pre.into(),
            post.into(),
            connector.into(),
            synapse_type,
            receptor_type,
        )
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.0.connections
    }

    /// How many connections there are; PyNN has both names.
    pub fn size(&self) -> usize {
        self.len()
    }

    /// Whether nothing is connected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The source population or view.
    pub fn pre(&self) -> &PopulationView {
        &self.0.pre
    }

    /// The target population or view.
    pub fn post(&self) -> &PopulationView {
        &self.0.post
    }

    /// `"excitatory"` or `"inhibitory"`.
    pub fn receptor_type(&self) -> &'static str {
        self.0.receptor.name()
    }

    /// `"weight"` or `"delay"` of all connections: one row per source, one column
    /// per target, NaN where two neurons are not connected.
    ///
    /// # Errors
    /// Another name.
    pub fn get(&self, parameter: &str) -> Result<WeightMatrix, Error> {
        get(self, parameter)
    }

    /// Sets the `"weight"` of all connections: one number for all, or a matrix
    /// with one row per source and one column per target, of which only the
    /// values at connections are looked at. The next run uses them.
    ///
    /// # Errors
    /// A weight of the wrong sign or not finite, a matrix of another shape, more
    /// synapses onto a neuron than it has; a delay other than 0.
    pub fn set(&self, parameter: &str, value: impl Into<ParameterValue>) -> Result<(), Error> {
        set(self, parameter, &value.into())
    }
}

// What follows are functions rather than methods because completion in a cell
// lists private methods along with the public ones.

fn create(
    pre: PopulationView,
    post: PopulationView,
    connector: Connector,
    synapse: StaticSynapse,
    receptor: &str,
) -> Result<Projection, Error> {
    let receptor = Receptor::parse(receptor, is_conductance_based(post.celltype()))?;
    let weight = checked_weight(synapse, receptor)?;
    let source = with_population(&pre, |_, index| Ok(index))?;
    with_population(&post, |network, target| {
        if !matches!(network.populations[target].origins, Origins::Neurons(_)) {
            return Err(Error::NotNeurons {
                population: post.to_string(),
                needed_for: "the target of a projection",
            });
        }
        let pairs = || connector.pairs(pre.indices(), post.indices(), source == target);
        let connections = pairs().map(|pair| (pair, weight));
        check_fan_in(network, None, (source, target), connections)?;
        let pairs: Vec<(usize, usize)> = pairs().collect();
        let index = network.projections.len();
        let connections = pairs.len();
        network.placement = None;
        network.projections.push(ProjectionState {
            pre: source,
            post: target,
            polarity: match receptor {
                Receptor::Excitatory => Polarity::Excitatory,
                Receptor::Inhibitory | Receptor::InhibitoryConductance => Polarity::Inhibitory,
            },
            weights: vec![weight; connections],
            pairs,
        });
        Ok(Projection(Arc::new(Handle {
            pre: pre.clone(),
            post: post.clone(),
            receptor,
            index,
            connections,
        })))
    })
}

fn get(projection: &Projection, parameter: &str) -> Result<WeightMatrix, Error> {
    let weight = is_weight(parameter)?;
    with_projection(projection, |network| {
        let state = &network.projections[projection.0.index];
        let (rows, columns) = shape(projection);
        let mut values = vec![f64::NAN; rows * columns];
        for ((row, column), connection) in cells(projection, state).zip(&state.weights) {
            values[row * columns + column] = if weight { *connection } else { 0.0 };
        }
        Ok(WeightMatrix::new(rows, columns, values))
    })
}

fn set(projection: &Projection, parameter: &str, value: &ParameterValue) -> Result<(), Error> {
    if !is_weight(parameter)? {
        return value.numbers().into_iter().try_for_each(check_delay);
    }
    let index = projection.0.index;
    with_projection(projection, |network| {
        let state = &network.projections[index];
        let weights = weights(projection, state, value)?;
        let connections = state.pairs.iter().copied().zip(weights.iter().copied());
        check_fan_in(network, Some(index), (state.pre, state.post), connections)?;
        let mut pairs = state.weights.iter().zip(&weights);
        if pairs.any(|(&old, &new)| synapses(old) != synapses(new)) {
            network.placement = None;
        }
        network.projections[index].weights = weights;
        Ok(())
    })
}

/// The weight of each connection, checked.
fn weights(
    projection: &Projection,
    state: &ProjectionState,
    value: &ParameterValue,
) -> Result<Vec<f64>, Error> {
    let check = |weight| projection.0.receptor.check_weight(weight);
    if let Some(weight) = value.number() {
        return Ok(vec![check(weight)?; state.pairs.len()]);
    }
    let rows = match value {
        ParameterValue::Rows(rows) => rows.clone(),
        list => vec![list.numbers()],
    };
    let needed = shape(projection);
    let misfit = rows.iter().map(Vec::len).find(|&len| len != needed.1);
    if rows.len() != needed.0 || misfit.is_some() {
        return Err(Error::WrongShape {
            given: (rows.len(), misfit.unwrap_or(needed.1)),
            needed,
        });
    }
    cells(projection, state)
        .map(|(row, column)| check(rows[row][column]))
        .collect()
}

/// Rows and columns of the matrix of weights.
fn shape(projection: &Projection) -> (usize, usize) {
    (projection.0.pre.len(), projection.0.post.len())
}

/// Row and column of each connection in the matrix of weights.
fn cells(projection: &Projection, state: &ProjectionState) -> impl Iterator<Item = (usize, usize)> {
    let places = |view: &PopulationView| -> HashMap<usize, usize> {
        let indices = view.indices().iter().enumerate();
        indices.map(|(place, &index)| (index, place)).collect()
    };
    let (rows, columns) = (places(&projection.0.pre), places(&projection.0.post));
    let pairs = state.pairs.iter();
    pairs.map(move |(source, target)| (rows[source], columns[target]))
}

fn with_projection<R>(
    projection: &Projection,
    work: impl FnOnce(&mut Network) -> Result<R, Error>,
) -> Result<R, Error> {
    let (generation, _) = place(&projection.0.post);
    with_generation(generation, projection, work)
}

fn is_weight(parameter: &str) -> Result<bool, Error> {
    match parameter {
        "weight" => Ok(true),
        "delay" => Ok(false),
        _ => Err(Error::UnknownConnectionParameter {
            parameter: parameter.into(),
        }),
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Handle { pre, post, .. } = &*self.0;
        write!(
            f,
            "projection '{}→{}' ({} {} connections)",
            pre.label(),
            post.label(),
            self.len(),
            self.receptor_type()
        )
    }
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Handle { pre, post, .. } = &*self.0;
        write!(
            f,
            "Projection('{}→{}', {} × {})",
            pre.label(),
            post.label(),
            self.len(),
            self.receptor_type()
        )
    }
}
