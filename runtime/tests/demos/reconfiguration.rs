//! ts_10: a picture as synaptic weights, one row after the other in 64 appended stretches,
//! seen in the spikes of neurons that pass on what they get.

use super::table::{Row, fact, number};
use super::tools::{connect, uncalibrated};
use pynn::cells::{HXNeuron, SpikeSourceArray};
use pynn::{Error, Population};

const SIDE: usize = 64;
/// Length of a stretch, ms, and spikes sent in it.
const STRETCH: f64 = 10.0;
const SPIKES: usize = 100;

/// A picture in place of the notebook's: a disc of weight 63 with a soft edge.
fn picture(row: usize, column: usize) -> f64 {
    let centre = |index: usize| index as f64 - 31.5;
    let distance = centre(row).hypot(centre(column));
    ((26.0 - distance) * 8.0).clamp(0.0, 63.0).round()
}

pub fn ts_10() -> Result<Vec<Row>, Error> {
    pynn::setup(uncalibrated().enable_neuron_bypass(true))?;
    let total = SPIKES * SIDE;
    // Half a spike off the borders of the stretches, so that each has its hundred.
    let times: Vec<f64> = (0..total)
        .map(|n| (n as f64 + 0.5) * STRETCH / SPIKES as f64)
        .collect();
    let input = Population::new(1, SpikeSourceArray::new(times))?;
    let recording = Population::new(SIDE, HXNeuron::new())?;
    recording.record("spikes")?;
    let projection = connect(&input, &recording, 32.0)?;
    for row in 0..SIDE {
        let weights: Vec<f64> = (0..SIDE).map(|column| picture(row, column)).collect();
        projection.set("weight", vec![weights])?;
        pynn::append(STRETCH)?;
    }
    pynn::execute()?;
    let trains = recording.get_data("spikes")?.segments[0]
        .spiketrains
        .clone();
    let count = trains.len() as f64;
    let (mut dark, mut bright, mut grey, mut least) = (0, 0, Vec::new(), SPIKES);
    for (index, train) in trains.iter().enumerate() {
        let (row, column) = (index / SIDE, train.annotations().source_index);
        match picture(row, column) {
            0.0 => dark += train.len(),
            weight if weight >= 30.0 => {
                bright += 1;
                least = least.min(train.len());
            }
            weight => grey.push((weight, train.len())),
        }
    }
    let from = grey
        .iter()
        .filter(|(_, spikes)| *spikes > 0)
        .map(|(weight, _)| *weight);
    let from = from.fold(63.0, f64::min);
    let whole = grey
        .iter()
        .all(|(weight, spikes)| (*weight >= from) == (*spikes > 0));
    Ok(vec![
        number(
            "spike trains, one per neuron and stretch",
            "64 × 64",
            4096.0..=4096.0,
            "text",
            count,
        ),
        number(
            "spikes where the picture is black",
            "0",
            0.0..=0.0,
            "image",
            dark as f64,
        ),
        fact(
            "fewest of the 100 spikes where it is bright; such places",
            "one for each sent, but for 2 %",
            "4.4: loss below 2 %",
            vec![least as f64, f64::from(bright)],
            least >= 98 && bright > 1000,
        ),
        fact(
            "weight from which on a grey place fires",
            "like a threshold",
            "4.4: from about 20 on (estimate)",
            vec![from],
            whole && from <= 30.0,
        ),
    ])
}
