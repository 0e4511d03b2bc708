//! Anything there is: configurations over all parameters, chips, networks.

use super::network::{experiment, external, internal, membrane, snippet};
use hx_emulator::{Chip, Experiment, NeuronConfig};
use proptest::prelude::*;

/// A code of an analog cell; the ends more often than chance has it.
pub fn code() -> impl Strategy<Value = u16> {
    prop_oneof![Just(0), Just(1022), 0u16..=1022]
}

// Every field has to be named here: one that is added to `NeuronConfig` does not compile
// until it is.
macro_rules! any_configuration {
    (codes: $($code:ident)*; counts: $($count:ident <= $largest:literal)*; flags: $($flag:ident)*;) => {
        /// Any configuration there is.
        pub fn any_neuron() -> impl Strategy<Value = NeuronConfig> {
            let codes = [$(stringify!($code)),*].len();
            let flags = [$(stringify!($flag)),*].len();
            (
                prop::collection::vec(code(), codes),
                prop::collection::vec(any::<bool>(), flags),
                ($(prop_oneof![Just(0u8), Just($largest), 0u8..=$largest],)*),
            )
                .prop_map(|(codes, flags, ($($count,)*))| {
                    let (mut codes, mut flags) = (codes.into_iter(), flags.into_iter());
                    let mut code = || codes.next().unwrap_or_default();
                    let mut flag = || flags.next().unwrap_or_default();
                    NeuronConfig {
                        $($code: code(),)*
                        $($flag: flag(),)*
                        $($count,)*
                    }
                })
        }
    };
}

any_configuration! {
    codes:
        leak_v_leak leak_i_bias reset_v_reset reset_i_bias threshold_v_threshold
        excitatory_input_i_bias_gm excitatory_input_i_bias_tau
        excitatory_input_i_shift_reference excitatory_input_i_bias_coba
        excitatory_input_v_rev_coba inhibitory_input_i_bias_gm inhibitory_input_i_bias_tau
        inhibitory_input_i_shift_reference inhibitory_input_i_bias_coba
        inhibitory_input_v_rev_coba constant_current_i_offset exponential_v_exp
        exponential_i_bias adaptation_i_bias_tau adaptation_i_bias_a adaptation_i_bias_b
        adaptation_v_ref adaptation_v_leak multicompartment_i_bias_nmda;
    counts:
        membrane_capacitance_capacitance <= 63 refractory_period_refractory_time <= 255
        refractory_period_reset_holdoff <= 15 refractory_period_input_clock <= 1
        constant_current_type <= 1;
    flags:
        leak_enable_degeneration leak_enable_division leak_enable_multiplication
        reset_enable_degeneration reset_enable_division reset_enable_multiplication
        threshold_enable refractory_period_enable_pause excitatory_input_enable
        excitatory_input_enable_high_resistance excitatory_input_enable_small_capacitance
        excitatory_input_enable_coba_mode inhibitory_input_enable
        inhibitory_input_enable_high_resistance inhibitory_input_enable_small_capacitance
        inhibitory_input_enable_coba_mode constant_current_enable exponential_enable
        adaptation_enable adaptation_enable_pulse adaptation_invert_a adaptation_invert_b
        multicompartment_connect_soma multicompartment_connect_soma_right
        multicompartment_connect_right multicompartment_connect_vertical
        multicompartment_enable_conductance multicompartment_enable_conductance_division
        multicompartment_enable_conductance_multiplication
        event_routing_enable_bypass_excitatory event_routing_enable_bypass_inhibitory;
}

/// A neuron that is connected with no neighbour.
pub fn alone(config: NeuronConfig) -> NeuronConfig {
    NeuronConfig {
        multicompartment_connect_soma: false,
        multicompartment_connect_soma_right: false,
        multicompartment_connect_right: false,
        multicompartment_connect_vertical: false,
        multicompartment_enable_conductance: false,
        ..config
    }
}

/// A neuron that does not fire, and whose membrane has one variable and no positive
/// feedback: what more or less input does to it is known.
pub fn passive(config: NeuronConfig) -> NeuronConfig {
    NeuronConfig {
        threshold_enable: false,
        exponential_enable: false,
        adaptation_enable: false,
        event_routing_enable_bypass_excitatory: false,
        event_routing_enable_bypass_inhibitory: false,
        ..config
    }
}

/// Any chip: ideal, nominal or fabricated.
pub fn any_chip() -> impl Strategy<Value = Chip> {
    prop_oneof![
        Just(Chip::ideal()),
        Just(Chip::nominal()),
        any::<u64>().prop_map(Chip::new),
    ]
}

/// Any times of spikes, µs, in their order.
pub fn any_times() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..40.0, 0..30).prop_map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    })
}

/// Two neurons that hear two sources and each other, in two snippets.
pub fn any_experiment() -> impl Strategy<Value = Experiment> {
    (
        [any_neuron(), any_neuron(), any_neuron()],
        [any_times(), any_times()],
        prop::array::uniform4(-6300i32..6300),
        (any_chip(), any::<bool>(), any::<u64>()),
    )
        .prop_map(|(neurons, sources, weights, (chip, noise, seed))| {
            let [first, second, later] = neurons;
            let synapses = vec![
                external(0, 0, weights[0]),
                external(1, 1, weights[1]),
                internal(0, 1, weights[2]),
                internal(1, 0, weights[3]),
            ];
            let stretch = |a: &NeuronConfig, b: &NeuronConfig| {
                let mut stretch = snippet(
                    20.0,
                    vec![a.clone(), b.clone()],
                    synapses.clone(),
                    sources.to_vec(),
                );
                stretch.probes.push(membrane(1));
                stretch
            };
            let stretches = vec![stretch(&first, &second), stretch(&later, &first)];
            experiment(chip.noise(noise).seed(seed), stretches)
        })
}
