//! cns_01 and cns_02: the leaky integrator, its parameters, and its rate under a current.

use super::table::{Row, fact, number};
use super::tools::{falls, line, linearity, mean, rate, rises, uncalibrated};
use pynn::cells::HXNeuron;
use pynn::{Error, IrregularlySampledSignal, Population};

pub fn cns_01_and_02() -> Result<Vec<Row>, Error> {
    let mut rows = leak_potential()?;
    rows.extend(leak_conductance()?);
    rows.extend(firing()?);
    rows.extend(rate_and_current()?);
    Ok(rows)
}

/// Ten values from one number to another.
fn ten(from: f64, to: f64) -> Vec<f64> {
    (0..10)
        .map(|step| from + (to - from) / 9.0 * f64::from(step))
        .collect()
}

fn leak_potential() -> Result<Vec<Row>, Error> {
    pynn::setup(uncalibrated())?;
    let pop = Population::new(
        1,
        HXNeuron::new()
            .membrane_capacitance_capacitance(63)
            .leak_i_bias(500),
    )?;
    pop.record("v")?;
    let codes = ten(0.0, 1022.0);
    let mut means = Vec::new();
    for &code in &codes {
        pop.set("leak_v_leak", code)?;
        pynn::run(0.1)?;
        means.push(mean(
            pop.take_data("v")?.segments[0].irregularlysampledsignals[0].values(),
        ));
        pynn::reset()?;
    }
    let steps: Vec<f64> = means.windows(2).map(|pair| pair[1] - pair[0]).collect();
    Ok(vec![
        number(
            "cns_01: leak potential from code 454 on: variance a line explains",
            "approximately linear",
            0.98..=1.0,
            "text",
            linearity(&codes[4..], &means[4..]),
        ),
        fact(
            "cns_01: steps of the potential over the codes, LSB",
            "saturate near the ends",
            "text; 4.2 knows the lower end only",
            steps.clone(),
            steps[0] < 0.3 * steps[6] && steps[1] < 0.5 * steps[6],
        ),
    ])
}

/// A current step after and before silence, and the three signals.
fn step_current(
    pop: &Population,
    offset: f64,
    duration: f64,
) -> Result<Vec<IrregularlySampledSignal>, Error> {
    pop.set("constant_current_enable", false)?;
    pynn::append(offset)?;
    pop.set("constant_current_enable", true)?;
    pynn::append(duration)?;
    pop.set("constant_current_enable", false)?;
    pynn::append(offset)?;
    pynn::execute()?;
    let signals = pop.get_data("v")?.segments[0]
        .irregularlysampledsignals
        .clone();
    Ok(signals.to_vec())
}

/// Time constant of a decay, µs: where it has fallen to 1/e of its height.
fn decay(signal: &IrregularlySampledSignal) -> f64 {
    let (first, last) = (signal.values()[0], signal.values()[signal.len() - 1]);
    let level = last + (first - last) / std::f64::consts::E;
    let below = signal
        .values()
        .iter()
        .position(|value| *value <= level)
        .unwrap_or(0);
    1e3 * (signal.times()[below] - signal.t_start())
}

fn leak_conductance() -> Result<Vec<Row>, Error> {
    pynn::setup(uncalibrated())?;
    let neuron = HXNeuron::new()
        .membrane_capacitance_capacitance(63)
        .leak_v_leak(500)
        .constant_current_i_offset(500);
    let pop = Population::new(1, neuron)?;
    pop.record("v")?;
    let biases = ten(10.0, 1022.0);
    let (mut rates, mut heights) = (Vec::new(), Vec::new());
    let mut parts = 0;
    for &bias in &biases {
        pop.set("leak_i_bias", bias.trunc())?;
        let signals = step_current(&pop, 0.2, 0.2)?;
        parts = signals.len();
        let last = |signal: &IrregularlySampledSignal| signal.values()[signal.len() - 1];
        heights.push(last(&signals[1]) - last(&signals[0]));
        rates.push(1.0 / decay(&signals[2]));
        pop.take_data("v")?;
        pynn::reset()?;
    }
    // At small codes the membrane reaches its ceiling.
    let conductances: Vec<f64> = biases[3..].iter().map(|bias| 1.0 / bias).collect();
    let slow = decay_at(150)?;
    Ok(vec![
        number(
            "cns_01: signals of a step in three stretches",
            "3",
            3.0..=3.0,
            "text",
            parts as f64,
        ),
        number(
            "cns_01: 1/tau over leak_i_bias: variance a line explains",
            "linear",
            0.97..=1.0,
            "text",
            linearity(&biases, &rates),
        ),
        number(
            "cns_01: tau at code 150, µs",
            "10",
            7.0..=13.0,
            "4.3: 25 to 30 % between circuits",
            slow,
        ),
        number(
            "cns_01: height of the step over 1/leak_i_bias: variance a line explains",
            "linear",
            0.97..=1.0,
            "text",
            linearity(&conductances, &heights[3..]),
        ),
    ])
}

/// Time constant at a leak bias, µs, of a decay by 50 LSB.
fn decay_at(bias: u16) -> Result<f64, Error> {
    pynn::setup(uncalibrated())?;
    let neuron = HXNeuron::new()
        .membrane_capacitance_capacitance(63)
        .leak_v_leak(564)
        .leak_i_bias(bias)
        .constant_current_i_offset(200);
    let pop = Population::new(1, neuron)?;
    pop.record("v")?;
    let signals = step_current(&pop, 0.2, 0.1)?;
    Ok(decay(&signals[2]))
}

fn firing() -> Result<Vec<Row>, Error> {
    let count = |threshold: u16, reset: u16| -> Result<(f64, usize), Error> {
        pynn::setup(uncalibrated())?;
        let neuron = HXNeuron::new()
            .membrane_capacitance_capacitance(63)
            .leak_v_leak(500)
            .leak_i_bias(150)
            .constant_current_i_offset(500)
            .threshold_enable(true)
            .threshold_v_threshold(threshold)
            .reset_v_reset(reset)
            .reset_i_bias(1022)
            .reset_enable_multiplication(true)
            .refractory_period_refractory_time(255);
        let pop = Population::new(1, neuron)?;
        pop.record(["v", "spikes"])?;
        step_current(&pop, 0.2, 0.1)?;
        let trains = pop.get_data("spikes")?.segments[0].spiketrains.clone();
        let spikes: usize = trains.iter().map(|train| train.len()).sum();
        Ok((spikes as f64, trains.len()))
    };
    let (silent, trains) = count(800, 300)?;
    let mut by_threshold = Vec::new();
    for threshold in [300, 250, 200, 150] {
        by_threshold.push(count(threshold, 300)?.0);
    }
    let mut by_reset = Vec::new();
    for reset in [300, 400, 450, 500] {
        by_reset.push(count(200, reset)?.0);
    }
    Ok(vec![
        fact(
            "cns_01: spikes with a threshold of 800; trains",
            "0, one train for each part",
            "text",
            vec![silent, trains as f64],
            silent == 0.0 && trains == 3,
        ),
        fact(
            "cns_01: spikes with thresholds of 300, 250, 200, 150",
            "more the lower it is",
            "text",
            by_threshold.clone(),
            rises(&by_threshold) && by_threshold[0] < by_threshold[3],
        ),
        fact(
            "cns_01: spikes with resets of 300, 400, 450, 500",
            "more the higher it is",
            "text",
            by_reset.clone(),
            rises(&by_reset) && by_reset[0] < by_reset[3],
        ),
    ])
}

/// Rates for some currents, kHz.
///
/// The notebook asks for a rest of 300, a threshold of 350 and a time constant of 10 µs;
/// on its chip those are codes 530, 250 and 150, here a rest of 300 is code 564.
fn rates(currents: &[f64], bias: u16, refractory: u8) -> Result<Vec<f64>, Error> {
    pynn::setup(uncalibrated())?;
    let neuron = HXNeuron::new()
        .leak_i_bias(bias)
        .leak_v_leak(564)
        .threshold_v_threshold(253)
        .reset_v_reset(300)
        .membrane_capacitance_capacitance(63)
        .refractory_period_refractory_time(refractory)
        .threshold_enable(true)
        .reset_i_bias(1022)
        .reset_enable_multiplication(true)
        .constant_current_enable(true);
    let pop = Population::new(1, neuron)?;
    let mut rates = Vec::new();
    for &current in currents {
        pop.record("spikes")?;
        pop.set("constant_current_i_offset", current)?;
        pynn::run(1)?;
        rates.push(rate(&pop.spiketrain(0)?));
        pynn::reset()?;
    }
    Ok(rates)
}

fn rate_and_current() -> Result<Vec<Row>, Error> {
    let currents: Vec<f64> = (0..50)
        .map(|step| 1000.0 / 49.0 * f64::from(step))
        .collect();
    let rheobase = |rates: &[f64]| {
        let first = rates.iter().position(|rate| *rate > 0.0);
        first.map_or(f64::INFINITY, |first| currents[first])
    };
    let usual = rates(&currents, 150, 10)?;
    let silent = usual.iter().filter(|rate| **rate == 0.0).count();
    // The current source itself bends at 800.
    let linear = linearity(&currents[silent + 2..40], &usual[silent + 2..40]);
    let mut bases = Vec::new();
    let mut fastest = Vec::new();
    for bias in [150, 300, 450] {
        let rates = rates(&currents, bias, 10)?;
        bases.push(rheobase(&rates));
        fastest.push(rates[49]);
    }
    let mut slopes = Vec::new();
    for refractory in [10, 30, 50] {
        let rates = rates(&currents, 150, refractory)?;
        slopes.push(line(&currents[silent + 2..], &rates[silent + 2..]).0);
    }
    let fine: Vec<f64> = (-20..50)
        .map(|step| rheobase(&usual) + f64::from(step))
        .collect();
    let near = rates(&fine, 150, 10)?;
    let lowest = near
        .iter()
        .copied()
        .filter(|rate| *rate > 0.0)
        .fold(f64::INFINITY, f64::min);
    Ok(vec![
        number(
            "cns_02: current at which it begins to fire",
            "200 to 270",
            170.0..=311.0,
            "7: ±15 % between chips",
            rheobase(&usual),
        ),
        fact(
            "cns_02: rates, kHz, for 50 currents to 1000: lowest and highest",
            "0, then rising",
            "text",
            vec![usual[0], usual[49]],
            rises(&usual) && usual[0] == 0.0,
        ),
        number(
            "cns_02: above that, up to 800: variance a line explains",
            "linear",
            0.97..=1.0,
            "text",
            linear,
        ),
        fact(
            "cns_02: where it begins with a leak of 150, 300, 450",
            "shifts to larger currents",
            "text",
            bases.clone(),
            bases.is_sorted_by(|a, b| a < b),
        ),
        fact(
            "cns_02: highest rates with those, kHz",
            "decrease",
            "text",
            fastest.clone(),
            falls(&fastest),
        ),
        fact(
            "cns_02: slopes, kHz per code, with a refractory time of 10, 30, 50",
            "decrease",
            "text",
            slopes.clone(),
            slopes.is_sorted_by(|a, b| a > b),
        ),
        number(
            "cns_02: lowest rate seen in steps of 1, kHz",
            "some low ones are not seen",
            1.0..=60.0,
            "text: lowest frequencies are hard to reach",
            lowest,
        ),
    ])
}
