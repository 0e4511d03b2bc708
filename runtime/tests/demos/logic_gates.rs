//! gs_06: logic gates of single neurons, with groups of four sources for every input.

use super::table::{Row, fact};
use super::tools::{connect, profile_b};
use pynn::cells::{HXNeuron, SpikeSourceArray};
use pynn::{Error, Population};

/// Whether a neuron fires that hears groups of four sources, each with its weight, if
/// they are on.
fn fires(inputs: &[(bool, f64)]) -> Result<f64, Error> {
    pynn::setup(profile_b())?;
    let output = Population::new(1, HXNeuron::new())?;
    output.record(["spikes", "v"])?;
    for &(on, weight) in inputs {
        let times: &[f64] = if on { &[0.2] } else { &[] };
        let group = Population::new(4, SpikeSourceArray::new(times))?;
        connect(&group, &output, weight)?;
    }
    pynn::run(0.5)?;
    Ok(f64::from(u8::from(!output.spiketrain(0)?.is_empty())))
}

const PAIRS: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

pub fn gs_06() -> Result<Vec<Row>, Error> {
    let gate = |weight: f64| -> Result<Vec<f64>, Error> {
        let outputs = PAIRS
            .iter()
            .map(|[a, b]| fires(&[(*a, weight), (*b, weight)]));
        outputs.collect()
    };
    // As the notebook comes: one group of weight 63, one of 32.
    let shown = [
        fires(&[(true, 63.0), (false, 32.0)])?,
        fires(&[(false, 63.0), (true, 32.0)])?,
    ];
    let or = gate(63.0)?;
    let and = gate(32.0)?;
    // The helper always fires and makes the output fire, unless the input holds it down.
    let not = [
        fires(&[(true, 63.0), (false, -63.0)])?,
        fires(&[(true, 63.0), (true, -63.0)])?,
    ];
    let text = "text and 5; 4.4: fires from 160 to 175 units";
    Ok(vec![
        fact(
            "a group of weight 63 (252 units) alone, one of 32 (128 units) alone",
            "fires, does not",
            text,
            shown.to_vec(),
            shown == [1.0, 0.0],
        ),
        fact(
            "OR, weights 63, of 00, 10, 01, 11",
            "0, 1, 1, 1",
            text,
            or.clone(),
            or == [0.0, 1.0, 1.0, 1.0],
        ),
        fact(
            "AND, weights 32, of 00, 10, 01, 11",
            "0, 0, 0, 1",
            text,
            and.clone(),
            and == [0.0, 0.0, 0.0, 1.0],
        ),
        fact(
            "NOT, a helper of weight 63 and an input of −63, of 0, 1",
            "1, 0",
            text,
            not.to_vec(),
            not == [1.0, 0.0],
        ),
    ])
}
