//! Neurons of several compartments: circuits connected by switches and resistors.

mod network;

use hx_emulator::{Chip, Converter, NeuronConfig, Observation, Snippet, run};
use network::{experiment, external, membrane, observe, over_threshold, silent, snippet};

fn quiet() -> Chip {
    Chip::nominal().noise(false)
}

fn peak(observation: &Observation, probe: usize) -> f64 {
    let values = &observation.traces[probe].values;
    values.iter().fold(0.0, |most: f64, &v| most.max(v)) - values[0]
}

/// A snippet of these neurons with all membranes looked at by the CADC and the first by
/// the MADC, and one source on the first.
fn looked_at(duration: f64, neurons: Vec<NeuronConfig>, weight: i32) -> Snippet {
    let count = neurons.len();
    let mut stretch = snippet(
        duration,
        neurons,
        vec![external(0, 0, weight)],
        vec![vec![10.0]],
    );
    let slow = (0..count).map(|neuron| hx_emulator::Probe {
        converter: Converter::Cadc,
        ..membrane(neuron)
    });
    stretch.probes.extend(slow);
    stretch
}

#[test]
fn a_membrane_of_two_circuits_has_twice_the_capacitance() {
    let connected = NeuronConfig {
        multicompartment_connect_right: true,
        ..silent()
    };
    let alone = observe(quiet(), looked_at(60.0, vec![silent(), silent()], 100));
    let both = observe(quiet(), looked_at(60.0, vec![connected, silent()], 100));
    // The input of one circuit moves it half as far, both leaks bring it back as fast.
    let ratio = peak(&both, 0) / peak(&alone, 0);
    assert!((ratio - 0.5).abs() < 0.05, "{ratio}");
    // Both look at one membrane.
    let slow = both.traces[1].values.iter().zip(&both.traces[2].values);
    assert!(slow.clone().count() > 20 && slow.clone().all(|(a, b)| a == b));
}

/// A chain of four compartments: A | B B | C C | D, a resistor at each bar, which leads
/// from the first circuit of a compartment to the line of the last of the one before.
fn chain() -> Vec<NeuronConfig> {
    let ends_compartment = NeuronConfig {
        multicompartment_connect_soma: true,
        multicompartment_connect_soma_right: true,
        ..silent()
    };
    let begins_compartment = NeuronConfig {
        multicompartment_enable_conductance: true,
        multicompartment_i_bias_nmda: 500,
        multicompartment_connect_right: true,
        ..silent()
    };
    let last = NeuronConfig {
        multicompartment_connect_right: false,
        ..begins_compartment.clone()
    };
    vec![
        ends_compartment.clone(),
        begins_compartment.clone(),
        ends_compartment.clone(),
        begins_compartment,
        ends_compartment,
        last,
    ]
}

#[test]
fn a_chain_weakens_and_delays_what_one_end_receives() {
    let seen = observe(quiet(), looked_at(100.0, chain(), 800));
    let probes = [1, 2, 4, 6];
    let peaks = probes.map(|probe| peak(&seen, probe));
    let times = probes.map(|probe| {
        let trace = &seen.traces[probe];
        let highest = trace.values.iter().copied().fold(0.0, f64::max);
        let at = trace.values.iter().position(|&value| value == highest);
        trace.times[at.unwrap_or(0)]
    });
    // Section 4.9, ts_03: 75 to 95 LSB, then 50 to 65, 42 to 48, and 28 to 40; 6 to 8 µs
    // after the input, and 12 to 15 at the far end.
    assert!(peaks.windows(2).all(|pair| pair[0] > pair[1]), "{peaks:?}");
    let parts = [1, 2, 3].map(|step| peaks[step] / peaks[0]);
    for (part, range) in parts.into_iter().zip([0.45..0.75, 0.3..0.6, 0.2..0.5]) {
        assert!(range.contains(&part), "{parts:?}");
    }
    assert!(times[3] >= times[0] + 3.0, "{times:?}");
}

#[test]
fn charge_flows_between_two_compartments_until_they_agree() {
    // Two leaks of different reference behind a strong resistor rest in between.
    let high = NeuronConfig {
        leak_v_leak: 700,
        multicompartment_connect_soma: true,
        multicompartment_connect_soma_right: true,
        ..silent()
    };
    let low = NeuronConfig {
        multicompartment_enable_conductance: true,
        multicompartment_enable_conductance_multiplication: true,
        multicompartment_i_bias_nmda: 1022,
        ..silent()
    };
    let rest = |neurons: Vec<NeuronConfig>| -> Vec<f64> {
        let seen = observe(quiet(), looked_at(30.0, neurons, 0));
        (1..3).map(|probe| seen.traces[probe].values[3]).collect()
    };
    let connected = rest(vec![high.clone(), low.clone()]);
    let apart = rest(vec![
        NeuronConfig {
            multicompartment_connect_soma: false,
            ..high
        },
        low,
    ]);
    assert!(apart[0] > apart[1] + 25.0, "{apart:?}");
    assert!(
        connected[0] - connected[1] <= 5.0 && connected[0] >= connected[1],
        "{connected:?}"
    );
    assert!(connected[0] < apart[0] && connected[1] > apart[1]);
}

#[test]
fn a_spike_of_one_compartment_resets_the_membrane_of_both_and_the_step_does_not_matter() {
    let firing = NeuronConfig {
        multicompartment_connect_vertical: true,
        ..over_threshold()
    };
    let passive = NeuronConfig {
        leak_v_leak: 900,
        ..silent()
    };
    let spikes = |positions: Vec<usize>| {
        let stretch = snippet(200.0, vec![firing.clone(), passive.clone()], vec![], vec![]);
        let mut experiment = experiment(quiet(), vec![stretch]);
        experiment.positions = positions;
        run(&experiment, &|| false).remove(0).spikes
    };
    let (above_each_other, apart) = (spikes(vec![3, 259]), spikes(vec![3, 300]));
    assert!(above_each_other[1].is_empty());
    // Both rise alike; the reset pulls twice the capacitance, and the other leak holds
    // against it, so the way back up is shorter.
    let period = |spikes: &[f64]| (spikes[10] - spikes[0]) / 10.0;
    let (both, one) = (period(&above_each_other[0]), period(&apart[0]));
    assert!(both < one && both > 0.8 * one, "{both} {one}");
}
