//! What several demonstrations need: set-ups, connections, and numbers read off traces.

use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Error, IrregularlySampledSignal, Population, PopulationView};
use pynn::{Projection, Setup};

/// Calibrated as for the introductory tutorial (profile A of the reference, 4.0).
pub fn profile_a() -> Setup {
    Setup::new()
        .initial_config(pynn::helpers::nightly_calibration())
        .noise(false)
}

/// Calibrated by current software (profile B of the reference, 4.0).
pub fn profile_b() -> Setup {
    Setup::new()
        .initial_config(pynn::helpers::current_calibration())
        .noise(false)
}

/// Not calibrated.
pub fn uncalibrated() -> Setup {
    Setup::new().noise(false)
}

/// Connects all with all; a negative weight makes the projection inhibitory.
pub fn connect(
    pre: &PopulationView,
    post: &PopulationView,
    weight: f64,
) -> Result<Projection, Error> {
    let receptor = if weight < 0.0 {
        "inhibitory"
    } else {
        "excitatory"
    };
    Projection::new(
        pre,
        post,
        AllToAllConnector::new(),
        StaticSynapse::new(weight),
        receptor,
    )
}

/// Sources of the same train that excite (or, with a negative weight, inhibit) all of `post`.
pub fn stimulate(
    post: &PopulationView,
    sources: usize,
    times: &[f64],
    weight: f64,
) -> Result<Projection, Error> {
    let source = Population::new(sources, pynn::cells::SpikeSourceArray::new(times))?;
    connect(&source, post, weight)
}

/// The samples between two times, ms.
pub fn within(signal: &IrregularlySampledSignal, from: f64, to: f64) -> Vec<f64> {
    let samples = signal.times().iter().zip(signal.values());
    let inside = samples.filter(|(time, _)| (from..to).contains(*time));
    inside.map(|(_, value)| *value).collect()
}

/// Mean of some numbers.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation of some numbers.
pub fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>();
    (squares / (values.len() as f64 - 1.0)).sqrt()
}

/// The highest of some samples.
pub fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The lowest of some samples.
pub fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Intervals between spikes, ms.
pub fn intervals(train: &pynn::SpikeTrain) -> Vec<f64> {
    train.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Slope and offset of the line of least squares.
pub fn line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (x_mean, y_mean) = (mean(x), mean(y));
    let products = x
        .iter()
        .zip(y)
        .map(|(x, y)| (x - x_mean) * (y - y_mean))
        .sum::<f64>();
    let squares = x.iter().map(|x| (x - x_mean).powi(2)).sum::<f64>();
    let slope = products / squares;
    (slope, y_mean - slope * x_mean)
}

/// The part of the variance of `y` that a line through it explains.
pub fn linearity(x: &[f64], y: &[f64]) -> f64 {
    let (slope, offset) = line(x, y);
    let y_mean = mean(y);
    let left = x
        .iter()
        .zip(y)
        .map(|(x, y)| (y - slope * x - offset).powi(2))
        .sum::<f64>();
    1.0 - left / y.iter().map(|y| (y - y_mean).powi(2)).sum::<f64>()
}

/// Whether every number is at least the one before.
pub fn rises(values: &[f64]) -> bool {
    values.is_sorted()
}

/// Whether every number is at most the one before.
pub fn falls(values: &[f64]) -> bool {
    values.is_sorted_by(|a, b| a >= b)
}

/// A neuron's firing rate, kHz: one over the mean interval, 0 below two spikes.
pub fn rate(train: &pynn::SpikeTrain) -> f64 {
    let intervals = intervals(train);
    if intervals.is_empty() {
        0.0
    } else {
        1.0 / mean(&intervals)
    }
}
