//! Words with a meaning that stand in strings or that the language itself has.

use super::item::{Item, Kind, base_name};
use super::parameters::{self, Parameter};
use super::view::View;
use crate::engine::cursor::Cursor;

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

/// Names every cell sees: of the standard library's prelude, and the macros one needs.
const STANDARD: [&str; 38] = [
    "Box",
    "Clone",
    "Copy",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Some",
    "String",
    "Sync",
    "ToString",
    "Vec",
    "assert!",
    "assert_eq!",
    "dbg!",
    "eprintln!",
    "format!",
    "matches!",
    "panic!",
    "print!",
    "println!",
    "todo!",
    "vec!",
    "write!",
];

pub(crate) const KEYWORDS: [&str; 39] = [
    "as", "async", "await", "bool", "break", "char", "const", "continue", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "ref", "return", "self", "static", "str", "struct", "super", "trait", "true",
    "type", "unsafe", "use", "where", "while",
];

const NUMBERS: [&str; 8] = ["f32", "f64", "i32", "i64", "u8", "u32", "u64", "usize"];

/// What the language itself has.
pub(super) fn of_the_language() -> impl Iterator<Item = Item> {
    let keywords = KEYWORDS.iter().map(|name| plain(name, Kind::Keyword, ""));
    let numbers = NUMBERS.iter().map(|name| plain(name, Kind::Type, ""));
    let standard = STANDARD.iter().map(|name| {
        let kind = if name.ends_with('!') {
            Kind::Macro
        } else {
            Kind::Type
        };
        plain(name, kind, "")
    });
    standard.chain(numbers).chain(keywords)
}

/// The words that can stand in the string at the cursor: what is called tells.
pub(super) fn in_text(view: &View<'_>, cursor: &Cursor) -> Vec<Item> {
    let Some(callee) = cursor.enclosing_call() else {
        return Vec::new();
    };
    let name = cursor.tokens[callee].text.as_str();
    let before = |distance: usize| {
        let at = callee.checked_sub(distance);
        at.map_or("", |at| cursor.tokens[at].text.as_str())
    };
    let owner = match before(1) {
        "." => super::types::before(view, cursor, callee - 1).map(|of| base_name(&of)),
        "::" => Some(before(2).to_owned()),
        _ => None,
    };
    let is = |expected: &str| owner.as_deref().is_none_or(|owner| owner == expected);
    // A population and its views are the same to whoever asks.
    let on_neurons = || is("Population") || is("PopulationView");
    let cell = || {
        let mut cell_types = view.session.cell_types().clone();
        cell_types.learn(&cursor.tokens[..callee]);
        cell_types.before(&cursor.tokens, callee - 1)
    };
    match name {
        "get" | "set" if owner.as_deref() == Some("Projection") => words(&OF_CONNECTIONS).collect(),
        "get" if on_neurons() => parameter_names(view, cell(), |_| true),
        "set" if on_neurons() => parameter_names(view, cell(), Parameter::can_be_set),
        "from_params" => match &owner {
            Some(owner) => parameter_names(view, Some(owner), Parameter::can_be_set),
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
    view: &View<'_>,
    cell: Option<&str>,
    wanted: impl Fn(&Parameter) -> bool,
) -> Vec<Item> {
    let parameters = view.index.parameters().iter();
    parameters
        .filter(|parameter| cell.is_none_or(|cell| parameter.cell == cell) && wanted(parameter))
        .map(Parameter::name_in_text)
        .collect()
}

fn plain(name: &str, kind: Kind, meaning: &str) -> Item {
    Item {
        name: name.to_owned(),
        kind,
        owner: None,
        public: true,
        signature: meaning.to_owned(),
        documentation: meaning.to_owned(),
        gives: String::new(),
    }
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
