//! Whether code is complete, for front ends that send on Enter.

use crate::engine::code::cell_text::{BEFORE, as_function};
use crate::engine::code::leading_lines;
use hx_jupyter::Completeness;
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxToken, TextSize};

const INDENT: &str = "    ";

/// Parses the code as the body of a function and looks at where it breaks off.
pub(crate) fn completeness(code: &str) -> Completeness {
    let code = &crate::engine::code::invisible_characters::tidied(code);
    // Each command and each line for the shell is complete.
    let rust = leading_lines::blank(code).0;
    if rust.trim().is_empty() {
        return Completeness::Complete;
    }
    let mut depth = match balance(&rust) {
        Balance::Open(depth, _) => return incomplete(depth),
        Balance::Unterminated(_) => {
            return Completeness::Incomplete {
                indent: String::new(),
            };
        }
        Balance::Excess => return Completeness::Invalid,
        Balance::Even => 0,
    };
    let text = as_function(&rust);
    let end = TextSize::of(BEFORE) + TextSize::of(rust.trim_end());
    let errors = SourceFile::parse(&text, Edition::Edition2024).errors();
    match errors.iter().map(|error| error.range().start()).min() {
        None => Completeness::Complete,
        // Broken off where the text ends: `let x =`, `1 +`, `foo.`.
        Some(first) if first >= end => {
            depth += 1;
            incomplete(depth)
        }
        Some(_) => Completeness::Invalid,
    }
}

fn incomplete(depth: usize) -> Completeness {
    Completeness::Incomplete {
        indent: INDENT.repeat(depth),
    }
}

/// How code breaks off, in bytes of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakOff {
    /// The bracket here is not closed.
    Bracket(usize),
    /// The string or comment that begins here has no end.
    Text(usize),
    /// The last statement lacks its semicolon, which belongs here.
    Semicolon(usize),
    /// Something must follow here.
    Expression(usize),
}

/// How a cell breaks off, if it does.
pub(crate) fn break_off(code: &str) -> Option<BreakOff> {
    let Completeness::Incomplete { .. } = completeness(code) else {
        return None;
    };
    let rust = leading_lines::blank(code).0;
    let end = code.trim_end().len();
    Some(match balance(&rust) {
        Balance::Open(_, last) => BreakOff::Bracket(last),
        Balance::Unterminated(start) => BreakOff::Text(start),
        Balance::Excess | Balance::Even => {
            let ended = format!("{};", rust.trim_end());
            let parsed = SourceFile::parse(&as_function(&ended), Edition::Edition2024);
            match parsed.errors().is_empty() {
                true => BreakOff::Semicolon(end),
                false => BreakOff::Expression(end),
            }
        }
    })
}

enum Balance {
    Even,
    /// That many brackets wait to be closed, the last of which stands there.
    Open(usize, usize),
    /// A closing bracket too many, or of another kind.
    Excess,
    /// A string or comment without an end, which begins there.
    Unterminated(usize),
}

fn balance(code: &str) -> Balance {
    use SyntaxKind as K;
    let parsed = SourceFile::parse(code, Edition::Edition2024);
    let mut open: Vec<(SyntaxKind, usize)> = Vec::new();
    for token in parsed
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
    {
        let closes = match token.kind() {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => {
                open.push((token.kind(), token.text_range().start().into()));
                continue;
            }
            K::R_PAREN => K::L_PAREN,
            K::R_BRACK => K::L_BRACK,
            K::R_CURLY => K::L_CURLY,
            _ if is_unterminated(&token) => {
                return Balance::Unterminated(token.text_range().start().into());
            }
            _ => continue,
        };
        if open.pop().map(|(kind, _)| kind) != Some(closes) {
            return Balance::Excess;
        }
    }
    match open.last() {
        None => Balance::Even,
        Some((_, last)) => Balance::Open(open.len(), *last),
    }
}

fn is_unterminated(token: &SyntaxToken) -> bool {
    let text = token.text();
    match token.kind() {
        SyntaxKind::COMMENT => {
            text.starts_with("/*") && text.matches("/*").count() > text.matches("*/").count()
        }
        SyntaxKind::STRING | SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING => {
            let quotes = text.find('"').unwrap_or(0);
            let hashes = text[..quotes].chars().filter(|one| *one == '#').count();
            let closing = format!("\"{}", "#".repeat(hashes));
            text.len() < quotes + 1 + closing.len() || !text.ends_with(&closing)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_code_decides() {
        let spaces = |depth: usize| Completeness::Incomplete {
            indent: INDENT.repeat(depth),
        };
        for (code, expected) in [
            ("", Completeness::Complete),
            ("let x = 1;", Completeness::Complete),
            ("x + 1", Completeness::Complete),
            (
                "struct A { a: i32 }\nfn f() -> A { A { a: 1 } }",
                Completeness::Complete,
            ),
            (":dep serde", Completeness::Complete),
            ("// a\n:help", Completeness::Complete),
            ("  :dep regex = \"1\"", Completeness::Complete),
            ("!ls {\n:vars\nfn f() {", spaces(1)),
            ("println!(\"{}\", '{');", Completeness::Complete),
            ("fn f() {", spaces(1)),
            ("fn f() {\n    if true {", spaces(2)),
            ("let x =", spaces(1)),
            ("let v = vec![1,", spaces(1)),
            ("let s = \"abc", spaces(0)),
            ("let s = r#\"abc\"", spaces(0)),
            ("/* a", spaces(0)),
            ("fn f() }", Completeness::Invalid),
            ("let 1x = ;  let y = 2;", Completeness::Invalid),
            ("(]", Completeness::Invalid),
        ] {
            assert_eq!(completeness(code), expected, "{code:?}");
        }
    }
}
