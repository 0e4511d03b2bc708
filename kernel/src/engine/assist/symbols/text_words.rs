//! Words with a meaning that stand in strings: recordings, parameters, attributes.

use super::builtins::plain;
use super::item::{Item, Kind, base_name};
use super::parameters::{self, Parameter};
use super::scope::Scope;
use crate::engine::assist::cursor::Cursor;

/// What the emulated chip records, as the runtime names it: the spikes, and what is analog.
const SPIKES: (&str, &str) = ("spikes", "The spikes, by their times in ms.");
const ANALOG: [(&str, &str); 4] = [
    ("v", "The membrane potential in LSB of its converter."),
    (
        "exc_synin",
        "The voltage of the excitatory synaptic line, which events pull down, in LSB of its converter.",
    ),
    (
        "inh_synin",
        "The voltage of the inhibitory synaptic line, which events pull down, in LSB of its converter.",
    ),
    (
        "adaptation",
        "The voltage of the adaptation, in LSB of its converter.",
    ),
];
/// What all connections of a projection have.
const OF_CONNECTIONS: [(&str, &str); 2] = [
    (
        "weight",
        "Whole numbers; at least 0, or at most 0 of inhibitory ones.",
    ),
    ("delay", "In ms; always 0 on this chip."),
];
const RECEPTORS: [(&str, &str); 2] = [
    (
        "excitatory",
        "Weights of at least 0, which raise the membrane.",
    ),
    (
        "inhibitory",
        "Weights of at most 0, which lower the membrane.",
    ),
];

/// The words that can stand in the string at the cursor: what is called tells.
pub(super) fn in_text(scope: &Scope<'_>, cursor: &Cursor) -> Vec<Item> {
    let Some(callee) = cursor.enclosing_call() else {
        return Vec::new();
    };
    let name = cursor.tokens[callee].text.as_str();
    let before = |distance: usize| {
        let at = callee.checked_sub(distance);
        at.map_or("", |at| cursor.tokens[at].text.as_str())
    };
    let owner = match before(1) {
        "." => super::infer::before(scope, cursor, callee - 1).map(|of| base_name(&of)),
        "::" => Some(before(2).to_owned()),
        _ => None,
    };
    let is = |expected: &str| owner.as_deref().is_none_or(|owner| owner == expected);
    // A population and its views are the same to whoever asks.
    let on_neurons = || is("Population") || is("PopulationView");
    let cell = || {
        let mut cell_types = scope.session.cell_types().clone();
        cell_types.learn(&cursor.tokens[..callee]);
        cell_types.before(&cursor.tokens, callee - 1)
    };
    match name {
        "get" | "set" if owner.as_deref() == Some("Projection") => words(&OF_CONNECTIONS).collect(),
        "get" if on_neurons() => parameter_names(scope, cell(), |_| true),
        "set" if on_neurons() => parameter_names(scope, cell(), Parameter::can_be_set),
        "from_params" => match &owner {
            Some(owner) => parameter_names(scope, Some(owner), Parameter::can_be_set),
            None => Vec::new(),
        },
        "record" | "record_on" | "can_record" if on_neurons() => {
            let is_source = cell().is_some_and(parameters::is_source);
            let analog = words(&ANALOG).filter(|_| !is_source);
            words(&[SPIKES]).chain(analog).collect()
        }
        "signal" | "signal_on" if on_neurons() => words(&ANALOG).collect(),
        "get_data" | "take_data" if on_neurons() => {
            let all = plain("all", Kind::Constant, "Everything that was recorded.");
            let recordable = words(&[SPIKES]).chain(words(&ANALOG));
            std::iter::once(all).chain(recordable).collect()
        }
        "new" if is("Projection") && owner.is_some() => words(&RECEPTORS).collect(),
        _ => Vec::new(),
    }
}

fn words(all: &[(&str, &str)]) -> impl Iterator<Item = Item> {
    all.iter()
        .map(|(name, meaning)| plain(name, Kind::Constant, meaning))
}

/// Of the cell type, or of all if it is not known.
fn parameter_names(
    scope: &Scope<'_>,
    cell: Option<&str>,
    wanted: impl Fn(&Parameter) -> bool,
) -> Vec<Item> {
    let parameters = scope.index.parameters().iter();
    parameters
        .filter(|parameter| cell.is_none_or(|cell| parameter.cell == cell) && wanted(parameter))
        .map(Parameter::name_in_text)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::runtime;

    /// They stand in the runtime's sources as arms of a match.
    #[test]
    fn what_can_be_recorded_is_what_the_runtime_records() {
        let source = runtime::source("src/recording/variables.rs").unwrap();
        let names = source.split_once("fn name(self)").unwrap().1;
        let names = names.split_once("    }").unwrap().0;
        for (name, _) in ANALOG.into_iter().chain([SPIKES]) {
            assert!(names.contains(&format!("\"{name}\"")), "{name}");
        }
        assert_eq!(names.matches("=> \"").count(), ANALOG.len() + 1);
    }
}
