//! What the chip can be told and this emulator does not model yet.
//!
//! Setting one of these must say so: a parameter that is taken and has no
//! effect would let a notebook claim what nobody computed.

/// Parameters of the chip's neuron circuit without an effect in the emulator.
#[rustfmt::skip]
const UNMODELLED: &[&str] = &[
    // The router sets it as it needs it, on the chip too.
    "event_routing_address",
    // Pulses and pads that nothing in the emulator looks at.
    "event_routing_enable_post_overwrite", "readout_enable_unbuffered_access",
    "bayesian_to_post_pulse", "bayesian_operation", "bayesian_connect_fire_vertical",
    "bayesian_connect_fire_to_right", "bayesian_connect_fire_from_right", "bayesian_enable_master",
    "bayesian_enable_slave",
    // What plasticity reads.
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
