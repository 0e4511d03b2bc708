//! Finds the constants marked *fit* in `src/transfer.rs` from the two published
//! traces in `tests/silicon/`.
//!
//! `cargo run --release -p hx-emulator --example fit` starts from the constants
//! in the source, walks downhill (Levenberg-Marquardt, no random numbers, so always
//! the same way) and prints what it finds next to what it started from. With
//! `-- residuals` it also prints the remaining difference of every column.
//!
//! What is minimised is the sum over both traces of the mean squared difference
//! on the 10-bit samples of a noise-free chip, flanks compared in time only
//! (see `tests/silicon/comparison.rs`), plus the squared distance of every
//! constant from the value the reference gives, in units of the spread it
//! states: two traces of one neuron are not to outvote everything else known.

#[path = "../tests/silicon/comparison.rs"]
mod comparison;

use comparison::{Column, Deviation, columns, compare, leak_over_threshold, tutorial};
use hx_emulator::{Calibration, Chip, Transfer};

/// A constant that is fitted.
struct Constant {
    name: &'static str,
    get: fn(&Transfer) -> f64,
    set: fn(&mut Transfer, f64),
    /// Where the reference puts it.
    expected: f64,
    /// How far from there it may well be: the reference's own spread.
    spread: f64,
}

macro_rules! constant {
    ($name:ident, $expected:expr, $spread:expr) => {
        Constant {
            name: stringify!($name),
            get: |transfer| transfer.$name,
            set: |transfer, value| transfer.$name = value,
            expected: $expected,
            spread: $spread,
        }
    };
}

/// The fitted constants, with what sections 4.0 to 4.5 of the reference say of them.
const CONSTANTS: [Constant; 13] = [
    constant!(reference_floor, 168.0, 10.0),
    constant!(reference_slope, 0.72, 0.04),
    constant!(reference_knee, 278.0, 10.0),
    constant!(threshold_offset, 85.0, 5.0),
    constant!(amplifier_time, 1500.0, 300.0),
    constant!(amplifier_saturation, 150.0, 40.0),
    // Pulls 1.9 times as strongly 420 LSB above the floor, as 4.3 asks for charging.
    constant!(amplifier_headroom, 440.0, 150.0),
    constant!(synapse_strength, 0.20, 0.02),
    constant!(synapse_saturation, 70.0, 10.0),
    // A property of the calibration, not of the design: what its code amounts to.
    Constant {
        name: "TUTORIAL_SYNAPTIC_TIME",
        get: |transfer| transfer.synaptic_time(calibrated_code(), false, false),
        set: |transfer, time| {
            let code = f64::from(calibrated_code()) + transfer.amplifier_residual;
            transfer.synapse_time = (time - transfer.synapse_time_offset) * code;
        },
        expected: 3.5,
        spread: 0.3,
    },
    constant!(comparator_delay, 0.2, 0.1),
    constant!(input_latency, 0.45, 0.05),
    constant!(comparator_lead, 4.0, 2.0),
];

/// Codes whose potential both traces show for long: the rest of A and the
/// plateau of B, LSB. They are what a person reads off first, so one LSB off
/// counts as much as one LSB of mean squared difference.
const LEAK: (u16, f64) = (400, 190.1);
const RESET: (u16, f64) = (300, 172.7);

/// Bias of the synaptic time constant the calibration stores.
fn calibrated_code() -> u16 {
    Calibration::Tutorial.neuron().excitatory_input_i_bias_tau
}

/// Weight of one squared spread against one LSB² of mean squared difference.
const PRIOR: f64 = 0.2;

/// Weight of the delay of one of its falls, LSB per µs: about what it costs on
/// the charging curve.
const FLANK_WEIGHT: f64 = 100.0;

type Point = [f64; CONSTANTS.len()];

struct Problem {
    tutorial: Vec<Column>,
    leak_over_threshold: Vec<Column>,
}

impl Problem {
    fn transfer(&self, point: &Point) -> Transfer {
        let mut transfer = Transfer::NOMINAL;
        // Whole cycles make a staircase that hides which way is down.
        transfer.spike_cycle = 1e-5;
        for (constant, value) in CONSTANTS.iter().zip(point) {
            (constant.set)(&mut transfer, *value);
        }
        transfer
    }

    fn deviations(&self, transfer: Transfer) -> [(Vec<f64>, Deviation); 2] {
        let chip = Chip::nominal().noise(false).with_transfer(transfer);
        [
            compare(&tutorial(chip.clone()), &self.tutorial),
            compare(&leak_over_threshold(chip), &self.leak_over_threshold),
        ]
    }

    /// What is minimised is the sum of the squares of these: the differences of
    /// both traces, scaled so that each trace counts as one mean, and the
    /// distances from the expected values.
    fn residuals(&self, point: &Point) -> Vec<f64> {
        let mut residuals = Vec::new();
        let [(_, a), (_, b)] = self.deviations(self.transfer(point));
        let scale = (a.columns as f64).sqrt().recip();
        residuals.extend(a.differences.iter().map(|(_, d)| d * scale));
        let scale = (b.columns as f64).sqrt().recip();
        residuals.extend(b.shape.iter().map(|d| d * scale));
        // A column whose phase lies outside the run compares with nothing.
        residuals.resize(a.columns + b.columns, 0.0);
        residuals.extend(b.delays.iter().map(|d| FLANK_WEIGHT * d * scale));
        let transfer = self.transfer(point);
        residuals.push(transfer.reference(LEAK.0) - LEAK.1);
        residuals.push(transfer.reset_reference(RESET.0) - RESET.1);
        for (constant, value) in CONSTANTS.iter().zip(point) {
            residuals.push(PRIOR.sqrt() * (value - constant.expected) / constant.spread);
        }
        residuals
    }
}

fn cost(residuals: &[f64]) -> f64 {
    residuals.iter().map(|residual| residual * residual).sum()
}

/// Levenberg and Marquardt's least squares, derivatives by differences.
fn fit(problem: &Problem, start: Point, width: f64, rounds: usize) -> Point {
    let mut point = start;
    let mut residuals = problem.residuals(&point);
    let mut damping = 1e-2;
    for _ in 0..rounds {
        let derivatives: Vec<Vec<f64>> = (0..CONSTANTS.len())
            .map(|index| {
                // Wide enough that the 8 ns clock and the 10 bits average out.
                let width = width * CONSTANTS[index].spread;
                let moved = |by: f64| {
                    let mut moved = point;
                    moved[index] += by;
                    problem.residuals(&moved)
                };
                let (above, below) = (moved(width), moved(-width));
                above
                    .iter()
                    .zip(&below)
                    .map(|(a, b)| (a - b) / (2.0 * width))
                    .collect()
            })
            .collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let mut improved = false;
        for _ in 0..12 {
            let mut matrix = [[0.0; CONSTANTS.len() + 1]; CONSTANTS.len()];
            for (row, a) in derivatives.iter().enumerate() {
                for (column, b) in derivatives.iter().enumerate() {
                    matrix[row][column] = dot(a, b);
                }
                matrix[row][row] *= 1.0 + damping;
                matrix[row][CONSTANTS.len()] = -dot(a, &residuals);
            }
            let step = solve(matrix);
            let mut next = point;
            for (value, step) in next.iter_mut().zip(step) {
                *value += step;
            }
            if next.iter().all(|value| *value > 0.0) {
                let next_residuals = problem.residuals(&next);
                if cost(&next_residuals) < cost(&residuals) {
                    improved = cost(&next_residuals) < cost(&residuals) * (1.0 - 1e-7);
                    (point, residuals) = (next, next_residuals);
                    damping *= 0.3;
                    break;
                }
            }
            damping *= 3.0;
        }
        if !improved && damping > 1e6 {
            break;
        }
        damping = damping.clamp(1e-9, 1e9);
    }
    point
}

/// Gauss's elimination with pivots; the last column is the right-hand side.
fn solve(mut matrix: [[f64; CONSTANTS.len() + 1]; CONSTANTS.len()]) -> Point {
    let count = CONSTANTS.len();
    for pivot in 0..count {
        let best = (pivot..count)
            .max_by(|a, b| matrix[*a][pivot].abs().total_cmp(&matrix[*b][pivot].abs()))
            .unwrap_or(pivot);
        matrix.swap(pivot, best);
        let pivot_row = matrix[pivot];
        for row in &mut matrix[pivot + 1..] {
            let factor = row[pivot] / pivot_row[pivot];
            for (value, above) in row.iter_mut().zip(&pivot_row) {
                *value -= factor * above;
            }
        }
    }
    let mut solution = [0.0; CONSTANTS.len()];
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count)
            .map(|column| matrix[row][column] * solution[column])
            .sum();
        solution[row] = (matrix[row][count] - known) / matrix[row][row];
    }
    solution
}

fn main() {
    let problem = Problem {
        tutorial: columns(include_str!("../tests/silicon/trace_A_tutorial.csv")),
        leak_over_threshold: columns(include_str!(
            "../tests/silicon/trace_B_leak_over_threshold.csv"
        )),
    };
    let start: Point = std::array::from_fn(|index| (CONSTANTS[index].get)(&Transfer::NOMINAL));
    let mut point = start;
    for width in [0.1, 0.05, 0.02, 0.1, 0.05, 0.02, 0.01] {
        point = fit(&problem, point, width, 30);
    }
    println!("{:<24} {:>10} {:>10}", "constant", "source", "fit");
    for ((constant, start), value) in CONSTANTS.iter().zip(start).zip(point) {
        println!("{:<24} {start:>10.4} {value:>10.4}", constant.name);
    }
    for (title, point) in [("source", start), ("fit", point)] {
        println!("{title}: cost {:.3}", cost(&problem.residuals(&point)));
        let named = ["A", "B"].into_iter();
        for (name, (spikes, deviation)) in named.zip(problem.deviations(problem.transfer(&point))) {
            println!("  {name}: {deviation}; spikes {spikes:.2?}");
            if title == "fit" && std::env::args().any(|argument| argument == "residuals") {
                for (time, difference) in deviation.differences {
                    println!("    {time:6.2} {difference:7.2}");
                }
            }
        }
    }
}
