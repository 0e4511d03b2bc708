//! Words of the language itself.

use super::item::{Item, Kind};

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

/// An item that is only a word and its meaning.
pub(super) fn plain(name: &str, kind: Kind, meaning: &str) -> Item {
    Item {
        name: name.to_owned(),
        kind,
        owner: None,
        public: true,
        signature: meaning.to_owned(),
        documentation: meaning.to_owned(),
        result_type: String::new(),
    }
}
