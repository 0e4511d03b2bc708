//! Ticks are nice, inside, few, and labelled with what they are.

use hx_figure::{Ticks, nice_ticks};
use proptest::prelude::*;

/// The value that a reader takes from a label and the offset of its axis.
fn read(ticks: &Ticks, label: &str) -> f64 {
    let number: f64 = label.replace('\u{2212}', "-").parse().expect(label);
    number * 10_f64.powi(ticks.exponent) + ticks.offset
}

fn labels(low: f64, high: f64, count: usize) -> Vec<String> {
    nice_ticks(low, high, count, false).labels
}

#[test]
fn labels_have_no_noise_and_common_decimals() {
    assert_eq!(
        labels(-0.005, 0.105, 8),
        ["0.00", "0.02", "0.04", "0.06", "0.08", "0.10"]
    );
    assert_eq!(
        labels(190.0, 325.0, 8),
        ["200", "220", "240", "260", "280", "300", "320"]
    );
    assert_eq!(
        labels(-1.1, 1.1, 6),
        ["\u{2212}1.0", "\u{2212}0.5", "0.0", "0.5", "1.0"]
    );
    assert_eq!(labels(0.0, 10.0, 5), ["0.0", "2.5", "5.0", "7.5", "10.0"]);
    assert_eq!(labels(0.0, 250_000.0, 4), ["0", "100000", "200000"]);
}

#[test]
fn powers_of_ten_are_split_off_only_when_needed() {
    let ticks = nice_ticks(0.0, 4e-9, 6, false);
    assert_eq!(ticks.labels, ["0", "1", "2", "3", "4"]);
    assert_eq!(ticks.offset_text.as_deref(), Some("1e\u{2212}9"));
    let ticks = nice_ticks(-2e9, 2e9, 6, false);
    assert_eq!(ticks.labels, ["\u{2212}2", "\u{2212}1", "0", "1", "2"]);
    assert_eq!(ticks.offset_text.as_deref(), Some("1e9"));
    for (low, high) in [(0.0, 9e5), (0.0, 0.001), (2000.0, 2001.0)] {
        assert_eq!(nice_ticks(low, high, 6, false).offset_text, None);
    }
}

#[test]
fn a_long_common_part_becomes_an_offset() {
    let ticks = nice_ticks(1e9, 1e9 + 2.0, 6, false);
    assert_eq!(ticks.labels, ["0.0", "0.5", "1.0", "1.5", "2.0"]);
    assert_eq!(ticks.offset_text.as_deref(), Some("+1e9"));
    let ticks = nice_ticks(-123_456_789.4, -123_456_788.6, 6, false);
    assert!(
        ticks.labels.iter().all(|label| label.chars().count() <= 5),
        "{ticks:?}"
    );
    assert!(
        ticks
            .offset_text
            .is_some_and(|text| text.starts_with('\u{2212}'))
    );
}

#[test]
fn whole_numbers_on_request() {
    assert_eq!(nice_ticks(-0.5, 3.5, 8, true).labels, ["0", "1", "2", "3"]);
    assert_eq!(nice_ticks(-0.5, 0.5, 8, true).labels, ["0"]);
    assert_eq!(nice_ticks(0.1, 0.9, 8, true).values, [0.0_f64; 0]);
}

#[test]
fn impossible_ranges_have_no_ticks() {
    for (low, high) in [
        (f64::NAN, 1.0),
        (0.0, f64::INFINITY),
        (f64::MIN, f64::MAX),
        (1.0, 1.0),
        (1.0, 1.0 + f64::EPSILON),
        (0.0, f64::MIN_POSITIVE),
    ] {
        assert!(nice_ticks(low, high, 8, false).values.is_empty());
    }
}

fn ranges() -> impl Strategy<Value = (f64, f64)> {
    let number = (-9.99..9.99_f64, -200..200_i32).prop_map(|(m, e)| m * 10_f64.powi(e));
    let near = (-9.99..9.99_f64, -30..30_i32, -9..0_i32, 0.1..9.0_f64).prop_map(
        |(mantissa, exponent, relative, width)| {
            let low = mantissa * 10_f64.powi(exponent);
            (low, low + width * 10_f64.powi(exponent + relative))
        },
    );
    prop_oneof![(number.clone(), number), near]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn ticks_are_nice((a, b) in ranges(), count in 2..12_usize) {
        let (low, high) = (a.min(b), a.max(b));
        let range = high - low;
        prop_assume!(range > low.abs().max(high.abs()) * 1e-9 && range > 1e-280);
        let ticks = nice_ticks(a, b, count, false);
        // Few, but enough to read the axis by.
        prop_assert!(ticks.values.len() <= count);
        prop_assert!(ticks.values.len() >= (count / 2).max(1));
        prop_assert_eq!(ticks.values.len(), ticks.labels.len());
        // Inside the range, and no step of the axis is without a tick.
        let slack = range * 1e-6;
        for value in &ticks.values {
            prop_assert!(*value >= low - slack && *value <= high + slack);
        }
        // The step is 1, 2, 2.5 or 5 times a power of ten, and the same throughout.
        if let [first, second, ..] = ticks.values[..] {
            let step = second - first;
            prop_assert!(first - step < low + slack);
            prop_assert!(ticks.values[ticks.values.len() - 1] + step > high - slack);
            let mantissa = step / 10_f64.powf(step.log10().floor());
            prop_assert!(
                [1.0, 2.0, 2.5, 5.0, 10.0].iter().any(|nice| (mantissa / nice - 1.0).abs() < 1e-4),
                "step {} of {:?}", step, ticks
            );
            for pair in ticks.values.windows(2) {
                prop_assert!(((pair[1] - pair[0]) / step - 1.0).abs() < 1e-4);
            }
            // What is written is what is meant.
            for (value, label) in ticks.values.iter().zip(&ticks.labels) {
                prop_assert!((read(&ticks, label) - value).abs() <= step * 1e-4);
            }
        }
        // Short, and with common decimals.
        let decimals: Vec<usize> = ticks
            .labels
            .iter()
            .map(|label| label.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
            .collect();
        prop_assert!(decimals.windows(2).all(|pair| pair[0] == pair[1]), "{ticks:?}");
        // (A lone tick has no neighbours to share a common part with.) The longest are like
        // −0.000167788125: a sign and a 0, three zeros, five common digits that are not split
        // off yet, and four in which twelve ticks can differ.
        prop_assert!(
            ticks.labels.len() == 1 || ticks.labels.iter().all(|label| label.chars().count() <= 15),
            "{ticks:?}"
        );
    }
}
