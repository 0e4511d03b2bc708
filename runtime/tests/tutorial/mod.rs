//! The neuron of the introductory tutorial, for the tests that need one.
#![allow(dead_code, reason = "each test file uses its own part")]

/// The tutorial's settings.
pub fn neuron() -> pynn::cells::HXNeuron {
    pynn::cells::HXNeuron::new()
        .leak_v_leak(400)
        .leak_i_bias(200)
        .threshold_v_threshold(400)
        .threshold_enable(true)
        .refractory_period_refractory_time(100)
        .reset_v_reset(300)
        .reset_i_bias(1000)
        .membrane_capacitance_capacitance(63)
}

/// The same above its threshold, as the single-neuron notebook sets it.
pub fn leak_over_threshold() -> pynn::cells::HXNeuron {
    neuron()
        .leak_v_leak(953)
        .leak_i_bias(196)
        .threshold_v_threshold(453)
        .refractory_period_refractory_time(255)
        .reset_i_bias(1022)
}
