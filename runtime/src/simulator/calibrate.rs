//! The calibration of neurons that are told what to do: targets become codes.

use super::{Network, Origins};
use crate::Error;
use crate::cells::{SHARED, Targets};
use hx_emulator::Backend;

/// Longest period a counter of the neurons' digital backends can count, cycles.
const LONGEST_COUNT: u8 = 255;
/// Coarsest scale of their clocks.
const COARSEST: u8 = 15;

/// Whether these targets have what all calibrated neurons share in common with each
/// other and with all populations but number `except`.
pub(crate) fn check_shared(
    network: &Network,
    except: Option<usize>,
    targets: &Targets,
) -> Result<(), Error> {
    let others = network.populations.iter().enumerate();
    let others = others.filter(|(number, _)| Some(*number) != except);
    let others = others.filter_map(|(_, population)| {
        let first = (population.targets.as_ref()?, 0);
        Some((first, format!("population '{}'", population.label)))
    });
    for name in SHARED {
        let Some(value) = targets.value(0, name) else {
            continue;
        };
        let own = (1..targets.neurons.len())
            .map(|neuron| ((targets, neuron), "the same population".to_owned()));
        for ((targets, neuron), place) in own.chain(others.clone()) {
            match targets.value(neuron, name) {
                Some(other) if other != value => {
                    return Err(Error::TargetNotShared {
                        target: name,
                        values: (value, other),
                        other: place,
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Makes codes of the targets of population number `changed`, if it has any: of all
/// calibrated populations if what the chip's circuits share has to change for it.
pub(crate) fn calibrate(network: &mut Network, changed: usize) {
    let Some(targets) = &network.populations[changed].targets else {
        return;
    };
    let present = network.chip.backend_settings();
    let needed = backend(network, targets);
    network.chip = network.chip.clone().backend(needed);
    for number in 0..network.populations.len() {
        if number == changed || needed != present {
            store(network, number);
        }
    }
}

/// What the chip's circuits have to share for these targets.
fn backend(network: &Network, targets: &Targets) -> Backend {
    let mut backend = network.chip.backend_settings();
    let bias = targets.value(0, "synapse_dac_bias");
    backend.synapse_dac_bias = bias.map_or(backend.synapse_dac_bias, |bias| bias as u16);
    backend.cadc_calibrated = true;
    let neurons = 0..targets.neurons.len();
    let longest = neurons
        .filter_map(|neuron| targets.value(neuron, "tau_refrac"))
        .fold(0.0, f64::max);
    let reach = |scale| network.chip.transfer().refractory(LONGEST_COUNT, scale);
    // Neurons that are set by hand count the slow clock unless told otherwise, so the
    // fast one is free to become slower than that.
    let reaches = |backend: Backend| {
        let scale = backend.clock_scale_slow.max(backend.clock_scale_fast);
        reach(scale) >= longest
    };
    while !reaches(backend) && backend.clock_scale_fast < COARSEST {
        backend.clock_scale_fast += 1;
    }
    backend
}

fn store(network: &mut Network, number: usize) {
    let population = &network.populations[number];
    let Some(targets) = &population.targets else {
        return;
    };
    let configurations = (0..targets.neurons.len())
        .map(|neuron| {
            let target = targets.target(neuron, network.chip.transfer());
            target.configure(&network.chip, network.position(population.first + neuron))
        })
        .collect();
    network.populations[number].origins = Origins::Neurons(configurations);
}
