//! The two published traces, the experiments that made them, and how far the
//! emulated chip is from them. Shared by the test and the fitting program.

use hx_emulator::{
    Calibration, Chip, Converter, Experiment, NeuronConfig, Observable, Polarity, PreSource, Probe,
    Snippet, Synapse, run,
};

/// One pixel column of a published figure.
pub struct Column {
    /// Centre, µs.
    pub time: f64,
    /// Mean of the drawn line, LSB.
    pub mean: f64,
    /// Its lower edge, LSB.
    pub low: f64,
    /// Its upper edge, LSB.
    pub high: f64,
}

/// A line drawn taller than this within one column is a flank: its mean is half
/// of where the pen happened to be, so only time can be compared. The noise
/// band is 5 LSB high, the fastest charging 55.
const FLANK: f64 = 60.0;
/// Half the width of the drawn line, µs: the fall of trace B takes 0.5 µs and is
/// drawn 1 µs wide. Columns this near to a flank belong to it.
const PEN: f64 = 0.33;
/// Half the width of a pixel column, µs.
const HALF_COLUMN: f64 = 0.11;
/// Half way down the falls of trace B, LSB.
const MIDDLE: f64 = 370.0;
/// How far a flank may be off, µs.
const FLANK_TOLERANCE: f64 = 0.3;

/// Reads a trace, from time 0 on.
pub fn columns(csv: &str) -> Vec<Column> {
    csv.lines()
        .skip(1)
        .map(|line| {
            let numbers: Vec<f64> = line
                .split(',')
                .map(|cell| cell.trim().parse().expect("the file holds numbers"))
                .collect();
            Column {
                time: numbers[0],
                mean: numbers[1],
                low: numbers[2],
                high: numbers[3],
            }
        })
        .filter(|column| (0.0..100.0).contains(&column.time))
        .collect()
}

/// The network of trace A: the introductory tutorial, five sources of weight 63.
pub fn tutorial(chip: Chip) -> Experiment {
    let neuron = NeuronConfig {
        leak_v_leak: 400,
        leak_i_bias: 200,
        threshold_enable: true,
        threshold_v_threshold: 400,
        refractory_period_refractory_time: 100,
        reset_v_reset: 300,
        reset_i_bias: 1000,
        membrane_capacitance_capacitance: 63,
        ..Calibration::Tutorial.neuron()
    };
    let synapse = |source| Synapse {
        source: PreSource::External(source as u32),
        target: 0,
        polarity: Polarity::Excitatory,
        weight: 63,
        circuit: None,
    };
    let sources = vec![vec![10.0, 30.0, 50.0, 70.0, 90.0]; 5];
    experiment(chip, neuron, (0..5).map(synapse).collect(), sources)
}

/// The network of trace B: one neuron that rests above its threshold.
pub fn leak_over_threshold(chip: Chip) -> Experiment {
    let neuron = NeuronConfig {
        leak_v_leak: 953,
        leak_i_bias: 196,
        threshold_enable: true,
        threshold_v_threshold: 453,
        refractory_period_refractory_time: 255,
        reset_v_reset: 300,
        reset_i_bias: 1022,
        membrane_capacitance_capacitance: 63,
        ..Calibration::Tutorial.neuron()
    };
    experiment(chip, neuron, Vec::new(), Vec::new())
}

fn experiment(
    chip: Chip,
    neuron: NeuronConfig,
    synapses: Vec<Synapse>,
    sources: Vec<Vec<f64>>,
) -> Experiment {
    Experiment {
        chip,
        positions: vec![0],
        snippets: vec![Snippet {
            duration: 100.0,
            neurons: vec![neuron],
            synapses,
            sources,
            probes: vec![Probe {
                neuron: 0,
                observable: Observable::Membrane,
                converter: Converter::Madc,
            }],
            ..Snippet::default()
        }],
        trial: 0,
    }
}

/// How far an emulated trace is from a published one, LSB.
pub struct Deviation {
    /// Root mean square over all columns of (mean of the samples in the column
    /// − `v_lsb`).
    pub plain: f64,
    /// The same, except that a column on a flank counts the distance between
    /// the drawn line `v_lo..v_hi` and the band the samples within ±0.3 µs span.
    pub flank_tolerant: f64,
    /// The same, and every other column counts the distance of `v_lsb` from the
    /// band the samples within ±0.3 µs span.
    pub time_tolerant: f64,
    /// The plain one over the columns that are on no flank.
    pub off_flanks: f64,
    /// Root mean square of `shape`.
    pub shape_only: f64,
    /// How many columns are on a flank.
    pub flanks: usize,
    /// How many columns there are.
    pub columns: usize,
    /// Signed difference of every column that is on no flank, emulated − published.
    pub differences: Vec<(f64, f64)>,
    /// The same with time counted from the nearest fall of either line, so that
    /// only the shape is compared; empty without falls.
    pub shape: Vec<f64>,
    /// How much later each fall from above to below [`MIDDLE`] comes than the
    /// published one, µs; as many as both have.
    pub delays: Vec<f64>,
}

impl std::fmt::Display for Deviation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            formatter,
            "RMS {:.2} LSB plain, {:.2} flank-tolerant, {:.2} time-tolerant, {:.2} off the flanks \
             ({} of {} columns are on one)",
            self.plain,
            self.flank_tolerant,
            self.time_tolerant,
            self.off_flanks,
            self.flanks,
            self.columns,
        )?;
        if !self.delays.is_empty() {
            write!(
                formatter,
                ", {:.2} in shape; falls late by {:.2?} µs",
                self.shape_only, self.delays
            )?;
        }
        Ok(())
    }
}

/// Runs an experiment: its spike times, and its deviation from `published`.
pub fn compare(experiment: &Experiment, published: &[Column]) -> (Vec<f64>, Deviation) {
    let observation = run(experiment, &|| false).remove(0);
    let trace = &observation.traces[0];
    let samples = |from: f64, to: f64| {
        let begin = trace.times.partition_point(|&time| time < from);
        let end = trace.times.partition_point(|&time| time <= to);
        &trace.values[begin..end]
    };
    let (mut plain, mut flank_tolerant, mut time_tolerant, mut off_flanks) = (0.0, 0.0, 0.0, 0.0);
    let mut flanks = 0;
    let (mut differences, mut shape) = (Vec::new(), Vec::new());
    let emulated_falls = falls(&trace.times, &trace.values);
    let drawn_falls = drawn_falls(published);
    for column in published {
        let near = samples(column.time - HALF_COLUMN, column.time + HALF_COLUMN);
        let difference = near.iter().sum::<f64>() / near.len() as f64 - column.mean;
        let around = samples(column.time - FLANK_TOLERANCE, column.time + FLANK_TOLERANCE);
        let lowest = around.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = around.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let on_flank = published
            .iter()
            .any(|other| other.high - other.low > FLANK && (other.time - column.time).abs() < PEN);
        let (bottom, top) = if on_flank {
            (column.low, column.high)
        } else {
            (column.mean, column.mean)
        };
        let excess = (lowest - top).max(0.0) + (highest - bottom).min(0.0);
        let counted = if on_flank { excess } else { difference };
        plain += difference * difference;
        flank_tolerant += counted * counted;
        time_tolerant += excess * excess;
        if on_flank {
            flanks += 1;
        } else {
            off_flanks += difference * difference;
            differences.push((column.time, difference));
            let distance = |index: &usize| (drawn_falls[*index] - column.time).abs();
            let nearest = (0..drawn_falls.len().min(emulated_falls.len()))
                .min_by(|a, b| distance(a).total_cmp(&distance(b)));
            if let Some(nearest) = nearest {
                let time = column.time - drawn_falls[nearest] + emulated_falls[nearest];
                let near = samples(time - HALF_COLUMN, time + HALF_COLUMN);
                if !near.is_empty() {
                    shape.push(near.iter().sum::<f64>() / near.len() as f64 - column.mean);
                }
            }
        }
    }
    let count = published.len() as f64;
    let deviation = Deviation {
        plain: (plain / count).sqrt(),
        flank_tolerant: (flank_tolerant / count).sqrt(),
        time_tolerant: (time_tolerant / count).sqrt(),
        off_flanks: (off_flanks / (count - flanks as f64)).sqrt(),
        flanks,
        columns: published.len(),
        differences,
        shape_only: (shape.iter().map(|d| d * d).sum::<f64>() / shape.len().max(1) as f64).sqrt(),
        shape,
        delays: emulated_falls
            .iter()
            .zip(drawn_falls)
            .map(|(emulated, drawn)| emulated - drawn)
            .collect(),
    };
    (observation.spikes[0].clone(), deviation)
}

/// When a line falls through [`MIDDLE`], having been well above it before.
fn falls(times: &[f64], values: &[f64]) -> Vec<f64> {
    let mut falls = Vec::new();
    let mut armed = false;
    for index in 1..times.len() {
        let (before, after) = (values[index - 1], values[index]);
        armed |= before > MIDDLE + 100.0;
        if armed && after < MIDDLE {
            let part = (before - MIDDLE) / (before - after);
            falls.push(times[index - 1] + part * (times[index] - times[index - 1]));
            armed = false;
        }
    }
    falls
}

/// When the published line does: the pen draws a fall wider than it is, by the
/// same on both sides, so its middle is that of its lower (left) and upper
/// (right) edge.
fn drawn_falls(published: &[Column]) -> Vec<f64> {
    let times: Vec<f64> = published.iter().map(|column| column.time).collect();
    let edge = |of: fn(&Column) -> f64| {
        let values: Vec<f64> = published.iter().map(of).collect();
        falls(&times, &values)
    };
    edge(|column| column.low)
        .iter()
        .zip(edge(|column| column.high))
        .map(|(left, right)| 0.5 * (left + right))
        .collect()
}
