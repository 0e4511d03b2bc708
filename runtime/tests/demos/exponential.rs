//! cns_03: the current it takes to make an exponential neuron fire, and how long.

use super::table::{Row, fact, number, numbers};
use super::tools::{falls, uncalibrated};
use pynn::cells::HXNeuron;
use pynn::{Error, Population};

fn neuron() -> HXNeuron {
    HXNeuron::new()
        .membrane_capacitance_capacitance(63)
        .leak_v_leak(480)
        .leak_i_bias(150)
        .leak_enable_division(true)
        .threshold_enable(true)
        .threshold_v_threshold(600)
        .reset_v_reset(500)
        .reset_i_bias(1022)
        .reset_enable_multiplication(true)
        .refractory_period_refractory_time(255)
        .refractory_period_enable_pause(true)
        .exponential_enable(true)
        .exponential_i_bias(100)
        .exponential_v_exp(580)
}

/// Spikes that a current of so many codes draws in so many ms.
fn spikes(pop: &Population, strength: f64, duration: f64) -> Result<f64, Error> {
    pop.set("constant_current_i_offset", strength)?;
    pop.set("constant_current_enable", false)?;
    pynn::append(0.2)?;
    pop.set("constant_current_enable", true)?;
    pynn::append(duration)?;
    pop.set("constant_current_enable", false)?;
    pynn::append(0.2)?;
    pynn::execute()?;
    let trains = pop.take_data("spikes")?.segments[0].spiketrains.clone();
    pynn::reset()?;
    Ok(trains.iter().map(|train| train.len()).sum::<usize>() as f64)
}

pub fn cns_03() -> Result<Vec<Row>, Error> {
    pynn::setup(uncalibrated())?;
    let pop = Population::new(1, neuron())?;
    pop.record("spikes")?;
    // The least current that makes it fire at all, to a code.
    let (mut silent, mut firing) = (0.0, 1022.0);
    while firing - silent > 1.5 {
        let middle = f64::trunc(0.5 * (silent + firing));
        let fires = spikes(&pop, middle, 10.0)? > 0.0;
        if fires {
            firing = middle
        } else {
            silent = middle
        }
    }
    let durations: Vec<f64> = (0..15)
        .map(|step| 10f64.powf(-1.0 + 1.1 / 14.0 * f64::from(step)))
        .collect();
    let strengths: Vec<f64> = (0..15)
        .map(|step| (50.0 + 100.0 / 14.0 * f64::from(step)).trunc())
        .collect();
    let mut least = Vec::new();
    for &duration in &durations {
        let mut found = f64::INFINITY;
        for &strength in &strengths {
            if spikes(&pop, strength, duration)? > 0.0 {
                found = strength;
                break;
            }
        }
        least.push(found);
    }
    let mut currents = vec![spikes(&pop, 0.0, 10.0)?];
    currents.push(spikes(&pop, 120.0, 10.0)?);
    Ok(vec![
        number(
            "cns_03: rheobase, code",
            "50 to 100",
            42.5..=115.0,
            "4.7; 7: ±15 % between chips",
            firing,
        ),
        numbers(
            "cns_03: least strength for durations of 0.1 to 1.26 ms",
            "50 to 150",
            50.0..=150.0,
            "4.7: amplitudes of the notebook",
            vec![least[0], least[7], least[14]],
        ),
        fact(
            "cns_03: least strengths, over the duration",
            "fall",
            "text",
            least.clone(),
            falls(&least) && least[0] > least[14],
        ),
        fact(
            "cns_03: spikes in 10 ms without current and at 120",
            "none, some",
            "text",
            currents.clone(),
            currents[0] == 0.0 && currents[1] > 0.0,
        ),
    ])
}
