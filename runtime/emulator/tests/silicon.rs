//! The nominal chip against the two published traces of a real one.
//!
//! What is compared is said in `silicon/comparison.rs`, where the traces come
//! from in `silicon/README.md`. The limits are those the project sets itself,
//! or a little above what the constants reach where that is better.

#[path = "silicon/comparison.rs"]
mod comparison;

use comparison::{columns, compare, leak_over_threshold, tutorial};
use hx_emulator::{Chip, run};

const TUTORIAL: &str = include_str!("silicon/trace_A_tutorial.csv");
const LEAK_OVER_THRESHOLD: &str = include_str!("silicon/trace_B_leak_over_threshold.csv");
/// When the chip fired in trace B, µs, as far as it was published.
const PUBLISHED_SPIKES: [f64; 7] = [10.0, 24.0, 38.0, 52.0, 66.0, 80.0, 93.0];

#[test]
fn the_tutorial_stays_silent_and_looks_as_published() {
    for chip in [Chip::nominal().noise(false), Chip::nominal()] {
        let (spikes, deviation) = compare(&tutorial(chip), &columns(TUTORIAL));
        println!("A: {deviation}");
        assert_eq!(spikes, [0.0; 0]);
        assert_eq!(deviation.flanks, 0);
        assert!(deviation.plain < 3.5, "RMS {}", deviation.plain);
        let (time, worst) = furthest(&deviation.differences);
        assert!(worst.abs() < 10.0, "{worst} at {time}");
    }
}

#[test]
fn the_neuron_over_threshold_fires_as_published() {
    let published = columns(LEAK_OVER_THRESHOLD);
    for seed in 0..10 {
        // The first without noise, the others each with their own.
        let chip = Chip::nominal().noise(seed > 0).seed(seed);
        let (spikes, deviation) = compare(&leak_over_threshold(chip), &published);
        assert_eq!(spikes.len(), PUBLISHED_SPIKES.len());
        for (spike, published) in spikes.iter().zip(PUBLISHED_SPIKES) {
            assert!((spike - published).abs() < 1.0, "{spike} for {published}");
        }
        println!("B: {deviation}; {spikes:.2?}");
        if seed == 0 {
            assert!(deviation.off_flanks < 5.5);
            assert!(deviation.flank_tolerant < 6.0);
            assert!(deviation.time_tolerant < 1.0);
            assert!(deviation.shape_only < 3.5);
            assert_eq!(deviation.delays.len(), 7);
            assert!(deviation.delays.iter().all(|delay| delay.abs() < 0.3));
            assert!(
                deviation
                    .shape
                    .iter()
                    .all(|difference| difference.abs() < 15.0)
            );
        }
    }
}

#[test]
fn start_and_plateau_are_the_published_ones() {
    let chip = Chip::nominal().noise(false);
    let observation = run(&leak_over_threshold(chip), &|| false).remove(0);
    let trace = &observation.traces[0];
    // The figure starts at 300 to 304 LSB; the membrane rises 60 LSB/µs there.
    let start = trace.values[0];
    assert!((start - 304.0).abs() < 10.0, "starts at {start}");
    // Drawn at 172.9 LSB; the counter holds it there for 255 cycles of 8 ns.
    for spike in &observation.spikes[0] {
        let plateau = (spike + 1.5, spike + 2.0);
        for (time, value) in trace.times.iter().zip(&trace.values) {
            if (plateau.0..plateau.1).contains(time) {
                assert!((value - 172.9).abs() < 2.0, "{value} at {time}");
            }
        }
    }
}

fn furthest(differences: &[(f64, f64)]) -> (f64, f64) {
    let by_size = |a: &&(f64, f64), b: &&(f64, f64)| a.1.abs().total_cmp(&b.1.abs());
    *differences
        .iter()
        .max_by(by_size)
        .expect("the trace has columns")
}
