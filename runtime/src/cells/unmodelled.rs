//! What the chip can be told and this emulator does not model yet.
//!
//! Setting one of these must say so: a parameter that is taken and has no
//! effect would let a notebook claim what nobody computed.

/// Parameters of the chip's neuron circuit without an effect in the emulator.
#[rustfmt::skip]
const UNMODELLED: &[&str] = &[
    "refractory_period_reset_holdoff", "refractory_period_input_clock", "refractory_period_enable_pause",
    "excitatory_input_i_shift_reference", "excitatory_input_i_bias_coba", "excitatory_input_v_rev_coba",
    "excitatory_input_enable_coba_mode",
    "inhibitory_input_i_shift_reference", "inhibitory_input_i_bias_coba", "inhibitory_input_v_rev_coba",
    "inhibitory_input_enable_coba_mode",
    "exponential_enable", "exponential_v_exp", "exponential_i_bias",
    "adaptation_enable", "adaptation_enable_pulse", "adaptation_i_bias_tau", "adaptation_i_bias_a",
    "adaptation_i_bias_b", "adaptation_invert_a", "adaptation_invert_b", "adaptation_v_ref", "adaptation_v_leak",
    "multicompartment_connect_soma", "multicompartment_connect_soma_right", "multicompartment_connect_right",
    "multicompartment_connect_vertical", "multicompartment_enable_conductance",
    "multicompartment_enable_conductance_division", "multicompartment_enable_conductance_multiplication",
    "multicompartment_i_bias_nmda",
    "event_routing_address", "event_routing_enable_bypass_excitatory", "event_routing_enable_bypass_inhibitory",
    "event_routing_enable_post_overwrite",
    "readout_enable_unbuffered_access",
    "bayesian_to_post_pulse", "bayesian_operation", "bayesian_connect_fire_vertical",
    "bayesian_connect_fire_to_right", "bayesian_connect_fire_from_right", "bayesian_enable_master",
    "bayesian_enable_slave",
    "plasticity_rule_readout_source", "plasticity_rule_enable_readout_source",
];

/// Whether the chip has a parameter of this name that the emulator does not model.
pub(super) fn on_the_chip(name: &str) -> bool {
    UNMODELLED.contains(&name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_parameter_is_modelled_or_not_but_never_both() {
        for parameter in super::super::PARAMETERS {
            assert!(!super::on_the_chip(parameter.name), "{}", parameter.name);
        }
    }
}
