//! Words with a meaning that stand in strings or that the language itself has.

use super::item::{Item, Kind, base_name};
use super::parameters;
use super::view::View;
use crate::engine::cursor::Cursor;

/// What the emulated chip records, as the runtime names it.
const RECORDABLE: [(&str, &str); 2] = [
    ("spikes", "The spikes, by their times in ms."),
    ("v", "The membrane potential in LSB of the membrane ADC."),
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
    let words = |all: &[(&str, &str)]| -> Vec<Item> {
        all.iter()
            .map(|(name, meaning)| plain(name, Kind::Constant, meaning))
            .collect()
    };
    match name {
        "get" | "set" if on_neurons() => parameter_names(view),
        "from_params" if is(parameters::OWNER) => parameter_names(view),
        "record" | "can_record" | "signal" if on_neurons() => words(&RECORDABLE),
        "get_data" | "take_data" if on_neurons() => {
            let all = plain("all", Kind::Constant, "Everything that was recorded.");
            std::iter::once(all).chain(words(&RECORDABLE)).collect()
        }
        "new" if is("Projection") && owner.is_some() => words(&RECEPTORS),
        _ => Vec::new(),
    }
}

fn parameter_names(view: &View<'_>) -> Vec<Item> {
    let parameters = view.index.parameters().iter();
    parameters
        .map(parameters::Parameter::name_in_text)
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
