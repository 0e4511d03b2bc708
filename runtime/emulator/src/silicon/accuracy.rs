//! Accuracy of the integrator: the same run at a tenth of the step.

use super::machine::Machine;
use super::{STEP, run_snippet};
use crate::calibration::Calibration;
use crate::chip::Chip;
use crate::configuration::NeuronConfig;
use crate::experiment::{Converter, Experiment, Observable, Probe, Snippet, Synapse};
use crate::transfer::Transfer;
use hx_geometry::{Polarity, PreSource};

/// Length of one snippet after which the membrane is looked at, µs: no multiple
/// of the step.
const LENGTH: f64 = 0.37;

/// Membrane after every snippet, and spikes, of a neuron with one excitatory
/// and one inhibitory source; without noise and without the 8 ns clock, whose
/// cycles would hide differences or blow them up.
fn outcome(
    neuron: &NeuronConfig,
    excitatory: u32,
    inhibitory: u32,
    step: f64,
) -> (Vec<f64>, Vec<f64>) {
    let transfer = Transfer {
        spike_cycle: 1e-6,
        ..Transfer::NOMINAL
    };
    let synapse = |source, polarity, weight| Synapse {
        source: PreSource::External(source as u32),
        target: 0,
        polarity,
        weight,
        circuit: None,
    };
    let snippet = Snippet {
        duration: LENGTH,
        neurons: vec![neuron.clone()],
        synapses: vec![
            synapse(0, Polarity::Excitatory, excitatory),
            synapse(1, Polarity::Inhibitory, inhibitory),
        ],
        sources: vec![
            (1..20).map(|n| f64::from(n) * 4.7).collect(),
            (1..20).map(|n| f64::from(n) * 6.1).collect(),
        ],
        // Of a membrane that is not sampled only the spikes are right at all times.
        probes: vec![Probe {
            neuron: 0,
            observable: Observable::Membrane,
            converter: Converter::Madc,
        }],
        ..Snippet::default()
    };
    let experiment = Experiment {
        chip: Chip::nominal().noise(false).with_transfer(transfer),
        positions: vec![0],
        snippets: vec![snippet.clone()],
        trial: 0,
    };
    let mut machine = Machine::new(&experiment, step);
    let (mut potentials, mut spikes) = (Vec::new(), Vec::new());
    for snippet_number in 0..270 {
        let begin = f64::from(snippet_number) * LENGTH;
        let (observation, _) = run_snippet(&mut machine, &snippet, begin, &|| false);
        potentials.push(machine.states[0].v);
        spikes.extend_from_slice(&observation.spikes[0]);
    }
    (potentials, spikes)
}

#[test]
fn a_tenth_of_the_step_gives_the_same() {
    let calibrated = Calibration::Tutorial.neuron();
    let cases = [
        // A response that only just grazes the threshold is left out: at its flat
        // top the last hundredth of an LSB decides over some 20 ns.
        ("inputs", calibrated.clone(), 260, 50),
        ("middling inputs", calibrated.clone(), 150, 40),
        ("strong inputs", calibrated.clone(), 800, 900),
        (
            "leak over threshold",
            NeuronConfig {
                leak_v_leak: 953,
                ..calibrated.clone()
            },
            0,
            0,
        ),
        (
            "small capacitance",
            NeuronConfig {
                membrane_capacitance_capacitance: 0,
                threshold_enable: false,
                ..calibrated.clone()
            },
            100,
            100,
        ),
        (
            "multiplied leak, small capacitance, spikes",
            NeuronConfig {
                membrane_capacitance_capacitance: 0,
                leak_i_bias: 1022,
                leak_enable_multiplication: true,
                leak_v_leak: 953,
                ..calibrated.clone()
            },
            100,
            100,
        ),
        (
            "adaptive exponential",
            NeuronConfig {
                exponential_enable: true,
                exponential_v_exp: 700,
                exponential_i_bias: 300,
                threshold_v_threshold: 500,
                adaptation_enable: true,
                adaptation_enable_pulse: true,
                adaptation_i_bias_a: 100,
                adaptation_i_bias_b: 200,
                adaptation_i_bias_tau: 100,
                adaptation_v_ref: 300,
                adaptation_v_leak: 200,
                refractory_period_enable_pause: true,
                refractory_period_reset_holdoff: 5,
                constant_current_enable: true,
                constant_current_i_offset: 375,
                ..calibrated.clone()
            },
            100,
            60,
        ),
        (
            "reversal potentials",
            NeuronConfig {
                excitatory_input_enable_coba_mode: true,
                excitatory_input_i_bias_coba: 500,
                excitatory_input_v_rev_coba: 836,
                inhibitory_input_enable_coba_mode: true,
                inhibitory_input_i_bias_coba: 500,
                inhibitory_input_v_rev_coba: 65,
                ..calibrated.clone()
            },
            100,
            100,
        ),
        (
            "inputs that are not trimmed",
            NeuronConfig {
                excitatory_input_i_shift_reference: 200,
                inhibitory_input_i_shift_reference: 250,
                leak_v_leak: 953,
                ..calibrated.clone()
            },
            100,
            60,
        ),
        (
            "constant current, slow membrane",
            NeuronConfig {
                leak_i_bias: 20,
                constant_current_enable: true,
                constant_current_i_offset: 700,
                ..calibrated
            },
            63,
            20,
        ),
    ];
    for (name, neuron, excitatory, inhibitory) in cases {
        let (coarse, coarse_spikes) = outcome(&neuron, excitatory, inhibitory, STEP);
        let (fine, fine_spikes) = outcome(&neuron, excitatory, inhibitory, STEP / 10.0);
        // While a reset pulls (a lane jumps at the beginning of its step), and on the upstroke of an exponential current, a
        // nanosecond is up to 1 LSB: there the spike times say what is to be said.
        let before = if neuron.exponential_enable { 3.0 } else { STEP };
        let steep = |snippet_number: usize| {
            let end = (snippet_number + 1) as f64 * LENGTH;
            let near = |spike: &f64| (-1.0..before).contains(&(spike - end));
            fine_spikes.iter().any(near)
        };
        let differences = coarse.iter().zip(&fine).enumerate();
        let potential = differences
            .filter(|&(snippet_number, _)| !steep(snippet_number))
            .map(|(_, (coarse, fine))| (coarse - fine).abs())
            .fold(0.0, f64::max);
        let time = (coarse_spikes.iter().zip(&fine_spikes))
            .map(|(coarse, fine)| (coarse - fine).abs())
            .fold(0.0, f64::max);
        println!(
            "{name}: {potential:.4} LSB, {time:.5} µs over {} spikes",
            fine_spikes.len()
        );
        assert_eq!(coarse_spikes.len(), fine_spikes.len(), "{name}");
        // Flanks of 50,000 LSB/µs turn a nanosecond into 50 LSB: there the
        // spike times say what is to be said.
        if neuron.leak_enable_multiplication {
            assert!(time < 0.002, "{name}: {time} µs");
        } else {
            assert!(potential < 0.5, "{name}: {potential} LSB");
        }
        assert!(time < 0.05, "{name}: {time} µs");
    }
}

/// Many neurons with synapses from many sources, so that spikes arrive by dense rows.
#[test]
fn a_field_of_neurons_fires_when_it_does_at_a_tenth_of_the_step() {
    let transfer = Transfer {
        spike_cycle: 1e-6,
        ..Transfer::NOMINAL
    };
    let (neurons, sources) = (50, 40);
    let synapse = |source: usize, target: usize| Synapse {
        source: PreSource::External(source as u32),
        target,
        polarity: if source.is_multiple_of(2) {
            Polarity::Excitatory
        } else {
            Polarity::Inhibitory
        },
        weight: 1 + ((7 * source + 13 * target) % 30) as u32,
        circuit: None,
    };
    let train = |source: usize| {
        let time = |n: usize| 3.0 + 41.0 * n as f64 + (source * source) as f64 * 0.377 % 40.0;
        (0..5).map(time).collect()
    };
    let snippet = Snippet {
        duration: 200.0,
        neurons: (0..neurons)
            .map(|index| NeuronConfig {
                leak_v_leak: 800 + index,
                ..Calibration::Tutorial.neuron()
            })
            .collect(),
        synapses: (0..sources)
            .flat_map(|source| (0..50).map(move |target| synapse(source, target)))
            .collect(),
        sources: (0..sources).map(train).collect(),
        ..Snippet::default()
    };
    let experiment = Experiment {
        chip: Chip::nominal().noise(false).with_transfer(transfer),
        positions: (0..512).collect(),
        snippets: vec![snippet.clone()],
        trial: 0,
    };
    let spikes = |step| {
        let mut machine = Machine::new(&experiment, step);
        run_snippet(&mut machine, &snippet, 0.0, &|| false).0.spikes
    };
    let (mut count, mut largest, mut grazing) = (0, 0.0f64, 0);
    for (coarse, fine) in spikes(STEP).iter().zip(spikes(STEP / 10.0)) {
        // A membrane that only just grazes its threshold may do so or not, and then
        // goes another way.
        if coarse.len() != fine.len() {
            grazing += 1;
            continue;
        }
        for (coarse, fine) in coarse.iter().zip(&fine) {
            largest = largest.max((coarse - fine).abs());
            count += 1;
        }
    }
    println!("active: {largest:.5} µs over {count} spikes, {grazing} neurons graze");
    assert!(count > 500 && grazing <= 1, "{count}, {grazing}");
    assert!(largest < 0.05, "{largest} µs");
}
