//! Numbers as a cell may hold them, and which of them can be.

use proptest::prelude::*;
use pynn::cells::{COBA_TARGETS, CUBA_TARGETS, PARAMETERS, ParameterKind, TargetParameter};

/// Numbers nobody should give.
pub fn strange() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -0.5,
        -1e300,
        1e300,
        f64::MIN_POSITIVE,
        65536.0,
        4294967296.0,
        1e19,
    ])
}

/// A number from one to another, its ends, beside its ends, and now and then another.
pub fn around(smallest: f64, largest: f64) -> BoxedStrategy<f64> {
    prop_oneof![
        12 => smallest..=largest,
        4 => Just(smallest),
        4 => Just(largest),
        1 => Just(largest + 1.0),
        1 => Just(smallest - 1.0),
        1 => strange(),
    ]
    .boxed()
}

/// The largest code of the parameter with this number.
pub fn largest(parameter: usize) -> f64 {
    match PARAMETERS[parameter].kind {
        ParameterKind::Code(largest) => f64::from(largest),
        ParameterKind::Flag => 1.0,
    }
}

/// Whether the chip can store it: fractions are cut.
pub fn storable(parameter: usize, value: f64) -> bool {
    (0.0..=largest(parameter)).contains(&value.trunc())
}

/// Some parameters of a neuron circuit, by number, each with a value.
pub fn any_parameters() -> impl Strategy<Value = Vec<(usize, f64)>> {
    let one = (0..PARAMETERS.len()).prop_flat_map(|parameter| {
        let value = around(0.0, largest(parameter));
        // A vector of many would hardly ever have none that is out of range.
        (
            Just(parameter),
            prop_oneof![6 => 0.0..=largest(parameter), 1 => value],
        )
    });
    prop::collection::vec(one, 0..25)
}

/// The targets of calibrated neurons.
pub fn targets(conductance: bool) -> &'static [TargetParameter] {
    if conductance {
        COBA_TARGETS
    } else {
        CUBA_TARGETS
    }
}

/// Some targets of calibrated neurons, by number, each with a value.
pub fn any_targets(conductance: bool) -> impl Strategy<Value = Vec<(usize, f64)>> {
    let table = targets(conductance);
    let one = (0..table.len()).prop_flat_map(move |target| {
        (
            Just(target),
            around(table[target].smallest, table[target].largest),
        )
    });
    prop::collection::vec(one, 0..5)
}
