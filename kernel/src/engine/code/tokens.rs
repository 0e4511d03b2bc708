//! The tokens of a cell, and what runs of them are like: enough to leave repetition out
//! before anything parses or infers.

use ra_ap_parser::{Edition, LexedStr, SyntaxKind};
use std::collections::HashSet;
use std::ops::Range;

/// The tokens of a cell but for white space and comments.
pub(crate) struct Tokens<'a> {
    pub(crate) code: &'a str,
    pub(crate) all: Vec<(SyntaxKind, Range<usize>)>,
}

impl<'a> Tokens<'a> {
    /// Of code with one character before it, which keeps a shebang from being seen.
    pub(crate) fn new(shifted: &'a str) -> Tokens<'a> {
        let lexed = LexedStr::new(Edition::Edition2024, shifted);
        let all = (1..lexed.len())
            .filter(|index| !lexed.kind(*index).is_trivia())
            .map(|index| {
                let range = lexed.text_range(index);
                (lexed.kind(index), range.start - 1..range.end - 1)
            })
            .collect();
        Tokens {
            code: &shifted[1..],
            all,
        }
    }

    pub(crate) fn kind(&self, at: usize) -> SyntaxKind {
        self.all[at].0
    }

    pub(crate) fn text(&self, at: usize) -> &'a str {
        &self.code[self.all[at].1.clone()]
    }

    /// Tokens in one line.
    pub(crate) fn joined(&self, range: &Range<usize>) -> String {
        let mut text = String::new();
        for at in range.clone() {
            let is_joint = at > range.start && self.all[at - 1].1.end == self.all[at].1.start;
            if !is_joint {
                text.push(' ');
            }
            text.push_str(&self.text(at).replace('\n', " "));
        }
        text
    }

    /// Tells if the bracket at `at` opens what a macro of that name is given; `None` for a
    /// bracket that opens something else.
    pub(crate) fn macro_name(&self, at: usize) -> Option<&'a str> {
        let bang = at.checked_sub(1)?;
        if self.kind(bang) == SyntaxKind::BANG {
            let name = bang.checked_sub(1)?;
            return (self.kind(name) == SyntaxKind::IDENT).then(|| self.text(name));
        }
        // `macro_rules! name {`
        let bang = bang.checked_sub(1)?;
        let is_definition =
            self.kind(bang) == SyntaxKind::BANG && self.kind(bang + 1) == SyntaxKind::IDENT;
        is_definition.then_some("macro_rules")
    }
}

/// True if a macro is given expressions, and its type does not depend on how many.
pub(crate) fn is_known_macro(name: &str) -> bool {
    let known = [
        "assert",
        "assert_eq",
        "assert_ne",
        "dbg",
        "eprintln",
        "format",
        "print",
        "println",
        "vec",
    ];
    known.contains(&name)
}

/// What a run of tokens is like; the same for expressions of the same type.
pub(crate) fn shape(tokens: &Tokens<'_>, run: Range<usize>) -> String {
    use SyntaxKind as K;
    let mut shape = String::new();
    let has_types = run
        .clone()
        .any(|at| matches!(tokens.kind(at), K::L_ANGLE | K::SEMICOLON));
    for at in run {
        let text = tokens.text(at);
        match tokens.kind(at) {
            _ if has_types => shape.push_str(text),
            // A field of a tuple.
            _ if shape.ends_with('.') => shape.push_str(text),
            K::INT_NUMBER => {
                shape.push('1');
                shape.push_str(suffix(text));
            }
            K::FLOAT_NUMBER => {
                shape.push_str("1.0");
                shape.push_str(suffix(text));
            }
            K::STRING => shape.push_str("\"\""),
            K::CHAR => shape.push_str("' '"),
            K::TRUE_KW | K::FALSE_KW => shape.push_str("true"),
            // Of a negative number.
            K::MINUS
                if matches!(shape.as_bytes().last(), None | Some(b'[' | b'(' | b','))
                    && matches!(
                        tokens.all.get(at + 1),
                        Some((K::INT_NUMBER | K::FLOAT_NUMBER, _))
                    ) => {}
            _ => {
                shape.push_str(text);
                // A word and the next must not become one.
                if tokens.kind(at) == K::IDENT || tokens.kind(at).is_keyword(Edition::Edition2024) {
                    shape.push(' ');
                }
            }
        }
    }
    without_repetition(&shape)
}

/// The type a number says it is of.
fn suffix(number: &str) -> &'static str {
    const TYPES: [&str; 14] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "f32", "f64",
    ];
    let is_hex = number.starts_with("0x");
    let mut types = TYPES.into_iter();
    types
        .find(|of| number.ends_with(of) && !(is_hex && of.starts_with('f')))
        .unwrap_or_default()
}

/// A shape in which `vec ![1,1,1]` is `vec ![1]`: how long a vector is is in no type.
fn without_repetition(shape: &str) -> String {
    let mut short = String::with_capacity(shape.len());
    let mut rest = shape;
    while let Some(at) = rest.find("vec ![") {
        let inside = at + "vec ![".len();
        short.push_str(&rest[..inside]);
        rest = &rest[inside..];
        let end = rest.find(['[', '(', '{', ']']).unwrap_or(rest.len());
        if rest[end..].starts_with(']') {
            let values: HashSet<&str> =
                rest[..end].split(',').filter(|it| !it.is_empty()).collect();
            if values.len() == 1 {
                short.extend(values);
                rest = &rest[end..];
            }
        }
    }
    short + rest
}
