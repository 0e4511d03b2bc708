//! The sliders of the single-neuron notebook (reference, section 5, gs_03) over
//! their whole ranges: each has the effect it is said to have, everywhere.

mod network;

use hx_emulator::{Calibration, Chip, NeuronConfig, Observation};
use network::{external, observe, snippet};

/// Times at which all sources spike, µs.
const INPUTS: [f64; 5] = [10.0, 30.0, 50.0, 70.0, 90.0];
/// The highest potential anything reaches, LSB.
const CEILING: f64 = 750.0;
/// Potential below which inhibition cannot pull, LSB.
const FLOOR: f64 = 105.0;

/// The settings the sliders start from.
fn neuron() -> NeuronConfig {
    NeuronConfig {
        leak_v_leak: 400,
        leak_i_bias: 200,
        threshold_v_threshold: 400,
        refractory_period_refractory_time: 100,
        reset_v_reset: 300,
        reset_i_bias: 1000,
        membrane_capacitance_capacitance: 63,
        ..Calibration::Tutorial.neuron()
    }
}

/// The same where it fires without input.
fn firing() -> NeuronConfig {
    NeuronConfig {
        leak_v_leak: 953,
        leak_i_bias: 196,
        threshold_v_threshold: 453,
        refractory_period_refractory_time: 255,
        reset_i_bias: 1022,
        ..neuron()
    }
}

/// What is seen of a neuron with this many sources of this weight.
fn seen(neuron: NeuronConfig, sources: usize, weight: i32) -> Observation {
    let synapses = (0..sources).map(|source| external(source, 0, weight));
    let seen = observe(
        Chip::nominal().noise(false),
        snippet(
            100.0,
            vec![neuron],
            synapses.collect(),
            vec![INPUTS.to_vec(); sources],
        ),
    );
    assert!(
        seen.traces[0]
            .values
            .iter()
            .all(|v| (FLOOR..=CEILING).contains(v))
    );
    seen
}

fn highest(observation: &Observation) -> f64 {
    let values = observation.traces[0].values.iter().copied();
    values.fold(f64::NEG_INFINITY, f64::max)
}

fn lowest(observation: &Observation) -> f64 {
    let values = observation.traces[0].values.iter().copied();
    values.fold(f64::INFINITY, f64::min)
}

/// How often the neuron fires without input at each setting of a slider.
fn spikes<T>(settings: impl Iterator<Item = T>, set: fn(&mut NeuronConfig, T)) -> Vec<usize> {
    let count = |setting| {
        let mut neuron = firing();
        set(&mut neuron, setting);
        seen(neuron, 0, 0).spikes[0].len()
    };
    settings.map(count).collect()
}

/// Whether numbers rise but for one: a run cuts the last interval at its end.
fn rises(counts: &[usize]) -> bool {
    let last = counts[counts.len() - 1];
    counts.windows(2).all(|pair| pair[0] <= pair[1] + 1) && counts[0] + 3 < last
}

fn falls(counts: &[usize]) -> bool {
    let backwards: Vec<usize> = counts.iter().rev().copied().collect();
    rises(&backwards)
}

#[test]
fn every_slider_makes_a_firing_neuron_faster_or_slower() {
    let leak = spikes((300..=1000).step_by(20), |n, code| n.leak_v_leak = code);
    assert!(rises(&leak) && leak[0] == 0, "leak {leak:?}");
    let bias = spikes((0..=1022).step_by(73), |n, code| n.leak_i_bias = code);
    assert!(rises(&bias) && bias[0] == 0, "leak bias {bias:?}");
    let threshold = spikes((0..=600).step_by(25), |n, code| {
        n.threshold_v_threshold = code;
    });
    assert!(
        falls(&threshold) && threshold.ends_with(&[0]),
        "{threshold:?}"
    );
    let refractory = spikes((0..=255).step_by(15), |n, count| {
        n.refractory_period_refractory_time = count;
    });
    assert!(falls(&refractory), "refractory {refractory:?}");
    let reset = spikes((300..=1000).step_by(50), |n, code| n.reset_v_reset = code);
    assert!(rises(&reset), "reset {reset:?}");
    let reset_bias = spikes((0..=1022).step_by(73), |n, code| n.reset_i_bias = code);
    assert!(falls(&reset_bias), "reset bias {reset_bias:?}");
    let capacitance = spikes((0..=63).step_by(7), |n, code| {
        n.membrane_capacitance_capacitance = code;
    });
    assert!(falls(&capacitance), "capacitance {capacitance:?}");
    // Reset that does not take the membrane below the threshold, or hardly lasts:
    // as fast as comparator and refractory time allow, and no faster.
    let fastest = 100.0 / 0.24;
    for counts in [threshold, refractory, reset, reset_bias] {
        assert!(counts.iter().all(|&count| (count as f64) < fastest));
    }
}

#[test]
fn more_excitation_lifts_more_until_the_neuron_fires() {
    let unable = NeuronConfig {
        threshold_enable: false,
        ..neuron()
    };
    let peaks = |strengths: &[(usize, i32)]| -> Vec<f64> {
        strengths
            .iter()
            .map(|&(sources, weight)| highest(&seen(unable.clone(), sources, weight)))
            .collect()
    };
    let weights: Vec<(usize, i32)> = (0..=63).step_by(3).map(|weight| (5, weight)).collect();
    let sources: Vec<(usize, i32)> = (0..=100).step_by(5).map(|sources| (sources, 32)).collect();
    for strengths in [weights, sources] {
        let peaks = peaks(&strengths);
        assert!(peaks.is_sorted(), "{peaks:?}");
        assert_eq!(peaks[0], highest(&seen(neuron(), 0, 0)));
        for (&peak, &(sources, weight)) in peaks.iter().zip(&strengths) {
            // The threshold of 504 LSB is what decides (reference, section 5).
            let fires = !seen(neuron(), sources, weight).spikes[0].is_empty();
            assert_eq!(fires, peak >= 504.0, "{sources} × {weight}: {peak}");
        }
    }
}

#[test]
fn more_inhibition_lowers_more_and_saturates() {
    let troughs: Vec<f64> = (0..=100)
        .step_by(5)
        .map(|sources| lowest(&seen(neuron(), sources, -63)))
        .collect();
    assert!(troughs.is_sorted_by(|a, b| a >= b), "{troughs:?}");
    let steps: Vec<f64> = troughs.windows(2).map(|pair| pair[0] - pair[1]).collect();
    // The first five sources pull by tens of LSB, the last fifty by next to nothing.
    assert!(steps[0] > 25.0, "{troughs:?}");
    assert!(troughs[10] - troughs[20] < 3.0, "{troughs:?}");
    assert!(seen(neuron(), 100, -63).spikes[0].is_empty());
    let slowed: Vec<usize> = [0, 1, 5, 20, 100]
        .map(|sources| seen(firing(), sources, -63).spikes[0].len())
        .to_vec();
    assert!(slowed.is_sorted_by(|a, b| a >= b), "{slowed:?}");
    assert!(slowed[4] < slowed[0], "{slowed:?}");
}
