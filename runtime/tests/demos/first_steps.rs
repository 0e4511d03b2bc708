//! gs_02 and gs_03: the introductory notebooks, with the calibration of their time.

use super::table::{Row, fact, number, numbers};
use super::tools::{falls, highest, intervals, lowest, mean, profile_a, rises, stimulate, within};
use pynn::cells::HXNeuron;
use pynn::{Error, Population, SpikeTrain};

const FITTED: &str = "residual of the fit to this picture, `transfer.rs`";

/// The neuron both notebooks begin with.
fn neuron() -> HXNeuron {
    HXNeuron::new()
        .leak_v_leak(400)
        .leak_i_bias(200)
        .threshold_v_threshold(400)
        .threshold_enable(true)
        .refractory_period_refractory_time(100)
        .reset_v_reset(300)
        .reset_i_bias(1000)
        .membrane_capacitance_capacitance(63)
}

/// Times at which the sources of both notebooks fire, ms.
const SPIKES: [f64; 5] = [0.01, 0.03, 0.05, 0.07, 0.09];

pub fn gs_02() -> Result<Vec<Row>, Error> {
    pynn::setup(profile_a())?;
    let pop = Population::new(1, neuron())?;
    pop.record(["spikes", "v"])?;
    stimulate(&pop, 5, &SPIKES, 63.0)?;
    pynn::run(0.1)?;
    let mem_v = pop.signal("v")?;
    let spikes = pop.spiketrain(0)?.len() as f64;
    let rest = mean(&within(&mem_v, 0.0, 0.01));
    let mut rows = vec![
        number("spikes", "0", 0.0..=0.0, "5, text", spikes),
        number(
            "samples",
            "about 2900",
            2880.0..=2950.0,
            "3: every 34 ns",
            mem_v.len() as f64,
        ),
        number("rest, LSB", "190.2", 187.0..=193.0, FITTED, rest),
    ];
    // After the last input the picture has no room for a trough.
    let shown = [
        (290.7, Some(215.0)),
        (320.0, Some(222.0)),
        (325.0, Some(225.0)),
        (324.0, Some(225.0)),
        (325.0, None),
    ];
    for (number_, (spike, (peak, trough))) in SPIKES.into_iter().zip(shown).enumerate() {
        let after = within(&mem_v, spike, spike + 0.02);
        let place = number_ + 1;
        rows.push(number(
            format!("peak {place}, LSB"),
            peak,
            peak - 8.0..=peak + 8.0,
            FITTED,
            highest(&after),
        ));
        if let Some(trough) = trough {
            // The next response begins half a µs after its input.
            let last = lowest(&within(&mem_v, spike + 0.01, spike + 0.0206));
            rows.push(number(
                format!("trough {place}, LSB"),
                trough,
                trough - 8.0..=trough + 8.0,
                FITTED,
                last,
            ));
        }
    }
    Ok(rows)
}

pub fn gs_03_parameters() -> Result<Vec<Row>, Error> {
    pynn::setup(profile_a())?;
    let pop = Population::new(1, neuron())?;
    pop.record(["spikes", "v"])?;
    pynn::run(0.1)?;
    let mem_v = pop.signal("v")?;
    let spikes = pop.spiketrain(0)?.len() as f64;
    let mut rows = vec![
        number(
            "spikes as the sliders start",
            "0",
            0.0..=0.0,
            "5, text",
            spikes,
        ),
        numbers(
            "lowest and highest LSB as they start",
            "190, flat",
            187.0..=193.0,
            FITTED,
            vec![lowest(mem_v.values()), highest(mem_v.values())],
        ),
    ];
    pynn::setup(profile_a())?;
    let above = neuron()
        .leak_v_leak(953)
        .leak_i_bias(196)
        .threshold_v_threshold(453)
        .refractory_period_refractory_time(255)
        .reset_i_bias(1022);
    let pop = Population::new(1, above)?;
    pop.record(["spikes", "v"])?;
    pynn::run(0.1)?;
    let (mem_v, train) = (pop.signal("v")?, pop.spiketrain(0)?);
    let shown = [10.0, 24.0, 38.0, 52.0, 66.0, 80.0, 93.0];
    let late: Vec<f64> = train
        .into_iter()
        .zip(shown)
        .map(|(time, shown)| time * 1e3 - shown)
        .collect();
    let plateau = within(&mem_v, train.times()[1] + 1.3e-3, train.times()[1] + 1.9e-3);
    let period = 1e3 * mean(&intervals(&train));
    rows.extend([
        number(
            "leak over threshold: spikes",
            "7",
            7.0..=7.0,
            "5, image",
            train.len() as f64,
        ),
        numbers(
            "spikes, µs from the shown 10, 24, 38, 52, 66, 80, 93",
            "0",
            -1.0..=1.0,
            "shown as whole µs; cycles differ by 0.3",
            late,
        ),
        number(
            "period, µs",
            "13.95",
            13.65..=14.25,
            "cycles of the picture differ by 0.3",
            period,
        ),
        number(
            "plateau after a spike, LSB",
            "172",
            169.0..=175.0,
            FITTED,
            mean(&plateau),
        ),
        number(
            "highest, LSB",
            "563",
            553.0..=573.0,
            "4.2: threshold, ±10",
            highest(mem_v.values()),
        ),
        number(
            "start, LSB",
            "300",
            290.0..=312.0,
            "rises by 12 LSB in 0.2 µs",
            mem_v.values()[0],
        ),
    ]);
    Ok(rows)
}

/// The stimulated neuron: its spikes, and its lowest potential.
fn stimulated(sources: usize, weight: f64, times: &[f64]) -> Result<(SpikeTrain, f64), Error> {
    pynn::setup(profile_a())?;
    let pop = Population::new(1, neuron())?;
    pop.record(["spikes", "v"])?;
    stimulate(&pop, sources, times, weight)?;
    pynn::run(0.1)?;
    Ok((pop.spiketrain(0)?, lowest(pop.signal("v")?.values())))
}

pub fn gs_03_stimulation() -> Result<Vec<Row>, Error> {
    let counts = |sweep: &mut dyn Iterator<Item = (usize, f64)>| -> Result<Vec<f64>, Error> {
        let counts =
            sweep.map(|(sources, weight)| Ok(stimulated(sources, weight, &SPIKES)?.0.len() as f64));
        counts.collect()
    };
    let sizes = counts(
        &mut [5, 10, 20, 40, 70, 100]
            .into_iter()
            .map(|size| (size, 32.0)),
    )?;
    let weights = counts(
        &mut [0.0, 16.0, 32.0, 48.0, 63.0]
            .into_iter()
            .map(|weight| (20, weight)),
    )?;
    // e) asks to move the inputs closer together.
    let closer = [0.01, 0.012, 0.014, 0.016, 0.018];
    let apart = stimulated(5, 63.0, &SPIKES)?.0.len() as f64;
    let together = stimulated(5, 63.0, &closer)?.0.len() as f64;
    let mut deep = Vec::new();
    for sources in [5, 20, 50, 100] {
        deep.push(stimulated(sources, -63.0, &SPIKES)?.1);
    }
    Ok(vec![
        number(
            "spikes as the sliders start (5 sources, weight 32)",
            "0",
            0.0..=0.0,
            "5",
            sizes[0],
        ),
        fact(
            "spikes of 5, 10, 20, 40, 70, 100 sources of weight 32",
            "fires from some number on, and more",
            "c), text",
            sizes.clone(),
            rises(&sizes) && sizes.last() > Some(&0.0),
        ),
        fact(
            "spikes of 20 sources of weight 0, 16, 32, 48, 63",
            "fires from some weight on, and more",
            "d), text",
            weights.clone(),
            rises(&weights) && weights[0] == 0.0 && weights.last() > Some(&0.0),
        ),
        fact(
            "spikes of 5 sources of weight 63, 20 µs and 2 µs apart",
            "closer inputs reach the threshold",
            "e), text",
            vec![apart, together],
            apart == 0.0 && together > 0.0,
        ),
        fact(
            "lowest LSB with 5, 20, 50, 100 inhibitory sources of weight 63",
            "falls and saturates near 110",
            "4.4, 5",
            deep.clone(),
            falls(&deep)
                && deep[0] - deep[1] > deep[2] - deep[3]
                && (100.0..140.0).contains(&deep[3]),
        ),
    ])
}
