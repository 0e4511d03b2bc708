//! fp_singleNeuron: a neuron over its threshold, its response to a current, and inputs
//! that pile up.

use super::table::{Row, fact, number};
use super::tools::{
    deviation, highest, intervals, linearity, mean, profile_a, profile_b, rate, rises, stimulate,
    uncalibrated, within,
};
use pynn::cells::HXNeuron;
use pynn::{Error, Population};

pub fn fp_single_neuron() -> Result<Vec<Row>, Error> {
    let mut rows = continuous()?;
    rows.extend(current()?);
    rows.extend(stacking()?);
    Ok(rows)
}

fn continuous() -> Result<Vec<Row>, Error> {
    pynn::setup(uncalibrated().noise(true).seed(1))?;
    let neuron = HXNeuron::new()
        .leak_v_leak(1000)
        .leak_i_bias(150)
        .threshold_v_threshold(500)
        .reset_v_reset(400)
        .membrane_capacitance_capacitance(63)
        .refractory_period_refractory_time(255)
        .threshold_enable(true)
        .reset_i_bias(1022)
        .reset_enable_multiplication(true);
    let pop = Population::new(1, neuron)?;
    pop.record(["v", "spikes"])?;
    pynn::run(0.2)?;
    let train = pop.spiketrain(0)?;
    let intervals = intervals(&train);
    Ok(vec![
        fact(
            "spikes in 0.2 ms with the suggested values",
            "fires continuously",
            "text",
            vec![train.len() as f64],
            train.len() >= 4 && train.times().last() > Some(&0.15),
        ),
        number(
            "deviation of the intervals, part of their mean",
            "regular",
            0.0..=0.1,
            "4.10: jitter of 0.1 µs and 2 LSB, close below the leak",
            deviation(&intervals) / mean(&intervals),
        ),
    ])
}

fn current() -> Result<Vec<Row>, Error> {
    let currents: Vec<f64> = (0..16).map(|step| 50.0 * f64::from(step)).collect();
    let mut rates = Vec::new();
    for &current in &currents {
        pynn::setup(profile_b())?;
        let neuron = HXNeuron::new()
            .constant_current_enable(true)
            .constant_current_i_offset(current)
            .refractory_period_refractory_time(50);
        let pop = Population::new(1, neuron)?;
        pop.record("spikes")?;
        pynn::run(1)?;
        rates.push(rate(&pop.spiketrain(0)?));
    }
    let silent = rates.iter().filter(|rate| **rate == 0.0).count();
    let firing = linearity(&currents[silent..], &rates[silent..]);
    Ok(vec![
        fact(
            "rates for currents 0, 50, … 750, kHz",
            "silent, then rising",
            "5",
            rates.clone(),
            rises(&rates) && silent > 1 && silent < 15,
        ),
        number(
            "part of the variance above the threshold that a line explains",
            "nearly linear",
            0.93..=1.0,
            "5: linear above rheobase",
            firing,
        ),
    ])
}

fn stacking() -> Result<Vec<Row>, Error> {
    let times: Vec<f64> = (0..8).map(|number| 0.017 * f64::from(number)).collect();
    let mut rows = Vec::new();
    for (name, setup) in [("A", profile_a()), ("B", profile_b())] {
        pynn::setup(setup)?;
        let neuron = HXNeuron::new()
            .leak_v_leak(200)
            .threshold_v_threshold(400)
            .threshold_enable(true)
            .refractory_period_refractory_time(50);
        let pop = Population::new(1, neuron)?;
        pop.record(["v", "spikes"])?;
        stimulate(&pop, 3, &times, 63.0)?;
        pynn::run(0.3)?;
        let mem_v = pop.signal("v")?;
        let peaks: Vec<f64> = times
            .iter()
            .map(|time| highest(&within(&mem_v, *time, time + 0.017)))
            .collect();
        rows.push(fact(
            format!("stacking (profile {name}): first and last peak, LSB"),
            "later responses stand on earlier ones",
            "5",
            vec![peaks[0], peaks[7]],
            peaks[7] > peaks[0] + 5.0,
        ));
    }
    Ok(rows)
}
