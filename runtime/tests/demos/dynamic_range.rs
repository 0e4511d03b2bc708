//! ts_06: how far single inputs of growing weight move calibrated neurons.

use super::table::{Row, fact, number, numbers};
use super::tools::{deviation, falls, highest, line, lowest, mean, profile_b, rises, stimulate};
use pynn::cells::HXNeuron;
use pynn::{Chip, Error, Population, Setup};

const WEIGHTS: [i32; 10] = [0, 32, 64, 96, 128, 160, 192, 224, 256, 288];
/// Mean peaks the notebook shows, LSB, on neurons that rest at 253.
const SHOWN: [f64; 10] = [
    261.0, 285.0, 309.0, 335.0, 360.0, 385.0, 411.0, 434.0, 460.0, 489.0,
];

/// Extreme of the membrane and its rest, LSB, for one input of each weight.
fn sweep(setup: Setup, position: i32, sign: f64) -> Result<Vec<f64>, Error> {
    pynn::setup(setup.neuron_permutation([position]))?;
    let population = Population::new(1, HXNeuron::new().threshold_enable(false))?;
    population.record("v")?;
    let projection = stimulate(&population, 1, &[0.5], sign)?;
    let mut extremes = Vec::new();
    for weight in WEIGHTS {
        // A weight beyond 63 stands for several synapses, as in the notebook.
        projection.set("weight", sign * f64::from(weight))?;
        pynn::run(1)?;
        let mem_v = population.signal("v")?;
        let values = &mem_v.values()[10..];
        extremes.push(if sign > 0.0 {
            highest(values)
        } else {
            lowest(values)
        });
        pynn::reset()?;
    }
    Ok(extremes)
}

pub fn ts_06() -> Result<Vec<Row>, Error> {
    let weights = WEIGHTS.map(f64::from);
    let up = sweep(profile_b(), 0, 1.0)?;
    let down = sweep(profile_b(), 0, -1.0)?;
    let rest = up[0];
    let rises_by: Vec<f64> = up.iter().map(|v| v - rest).collect();
    let against: Vec<f64> = (1..10)
        .map(|n| rises_by[n] / (SHOWN[n] - SHOWN[0]))
        .collect();
    let slope = line(&weights, &rises_by).0;
    let first = |values: &[f64], count: usize| line(&weights[..count], &values[..count]).0;
    let inhibition = first(&down, 4);
    // Fabricated neurons at the notebook's positions, and with noise as it had.
    let mut largest = Vec::new();
    for neuron in 0..8 {
        let chip = Chip::new(7).seed(1);
        largest.push(sweep(profile_b().chip(chip).noise(true), 64 * neuron, 1.0)?[9]);
    }
    Ok(vec![
        number(
            "excitation, LSB per weight unit",
            "0.79",
            0.67..=0.91,
            "7: ±15 % between chips",
            slope,
        ),
        numbers(
            "rise for 32, 64, … 288 units, as part of the shown one",
            "1",
            0.85..=1.15,
            "7: ±15 % between chips",
            against,
        ),
        fact(
            "rises, LSB",
            "grow with the weight",
            "5, image",
            rises_by.clone(),
            rises(&rises_by),
        ),
        number(
            "inhibition, LSB per weight unit up to 96",
            "−0.8",
            -0.92..=-0.68,
            "7: ±15 % between chips",
            inhibition,
        ),
        fact(
            "lowest LSB for inhibition of 0, 32, … 288 units",
            "falls, in ever smaller steps",
            "4.4, image",
            down.clone(),
            falls(&down) && down[0] - down[3] > down[6] - down[9],
        ),
        number(
            "lowest LSB at −288 units",
            "compresses toward 110",
            105.0..=170.0,
            "4.4: floor 105, softness 60",
            down[9],
        ),
        number(
            "deviation of the peaks of 8 neurons (chip 7), LSB",
            "7 to 10",
            4.0..=18.0,
            "of 8 samples: a factor 1.8 either way",
            deviation(&largest),
        ),
        number(
            "mean peak of 8 neurons over that of the nominal one",
            "1",
            0.85..=1.15,
            "7: ±15 % between chips",
            mean(&largest) / up[9],
        ),
    ])
}
