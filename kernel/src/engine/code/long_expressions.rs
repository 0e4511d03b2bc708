//! Long chains of calls with closures, and other large expressions, which rust-analyzer is
//! not shown.
//!
//! Inference over `.map(|x| x + 1)` 60 times takes rust-analyzer minutes and gigabytes, the
//! compiler a second; sums of thousands of terms and lists of as many kinds of elements are
//! alike. So the compiler is asked for the type of a variable that such a chain
//! is assigned to, and evcxr gets the cell with that type and without the chain, which the
//! stand-in for cargo puts back ([`crate::toolchain::elided`]).

use crate::engine::code::leading_lines;
use crate::engine::code::tokens::Tokens;
use crate::toolchain::elided::{self, Elided};
use ra_ap_parser::SyntaxKind;
use std::ops::Range;

/// Fewer calls with closures are no long chain.
const LONG: usize = 8;

/// Statements of fewer tokens are not large.
const LARGE: usize = 2000;

/// Statements of fewer operators are quick to infer: the time grows with the square, since
/// the type of every literal is open until the last.
const TERMS: usize = 100;

/// A statement with a long chain, in bytes of the cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// `let name = …;`
    Let {
        name: String,
        /// What stands between `let` or `mut` and the name's end is kept: this follows.
        rest: Range<usize>,
        /// The type, if it is said completely.
        of: Option<String>,
    },
    /// The cell's last expression.
    Last(Range<usize>),
}

/// The long chains of a cell, if anything has to be inferred in it.
pub(crate) fn find(code: &str) -> Vec<Chain> {
    if code.matches('|').count() < LONG && code.len() < 3 * TERMS {
        return Vec::new();
    }
    let rust = format!(";{}", leading_lines::blank(code).0);
    let tokens = Tokens::new(&rust);
    let mut found = Vec::new();
    let mut has_let = false;
    for statement in statements(&tokens) {
        let is_let = tokens.kind(statement.start) == SyntaxKind::LET_KW;
        has_let |= is_let;
        let calls = statement.clone().filter(|at| takes_closure(&tokens, *at));
        let terms = statement.clone().filter(|at| is_operator(&tokens, *at));
        if calls.count() >= LONG || statement.len() >= LARGE || terms.count() >= TERMS {
            found.extend(match is_let {
                true => binding(&tokens, statement),
                false => last(&tokens, statement),
            });
        }
    }
    if has_let { found } else { Vec::new() }
}

/// The statements that stand in the cell itself, as far as `;` separates them.
fn statements(tokens: &Tokens<'_>) -> Vec<Range<usize>> {
    use SyntaxKind as K;
    let mut statements = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let count = tokens.all.len();
    for at in 0..count {
        match tokens.kind(at) {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => depth += 1,
            K::R_PAREN | K::R_BRACK => depth = depth.saturating_sub(1),
            K::R_CURLY => {
                depth = depth.saturating_sub(1);
                // A block may end a statement; what follows decides whether it is a `let`.
                let is_let = at + 1 < count && tokens.kind(at + 1) == K::LET_KW;
                if depth == 0 && is_let {
                    statements.push(start..at + 1);
                    start = at + 1;
                }
            }
            K::SEMICOLON if depth == 0 => {
                if start < at {
                    statements.push(start..at + 1);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < count {
        statements.push(start..count);
    }
    statements
}

/// True if a method is called at `at` whose first argument is a closure.
fn takes_closure(tokens: &Tokens<'_>, at: usize) -> bool {
    use SyntaxKind as K;
    at + 3 < tokens.all.len()
        && tokens.kind(at) == K::DOT
        && tokens.kind(at + 1) == K::IDENT
        && tokens.kind(at + 2) == K::L_PAREN
        && matches!(tokens.kind(at + 3), K::PIPE | K::MOVE_KW)
}

/// True if what stands at `at` is an operator between two values.
fn is_operator(tokens: &Tokens<'_>, at: usize) -> bool {
    use SyntaxKind as K;
    let kind = tokens.kind(at);
    let is_sign = matches!(kind, K::PLUS | K::MINUS | K::STAR | K::SLASH | K::PERCENT);
    let follows_value = at > 0 && {
        let before = tokens.kind(at - 1);
        before == K::IDENT || before.is_literal() || matches!(before, K::R_PAREN | K::R_BRACK)
    };
    is_sign && follows_value
}

fn binding(tokens: &Tokens<'_>, statement: Range<usize>) -> Option<Chain> {
    use SyntaxKind as K;
    let is_mutable = tokens.kind(statement.start + 1) == K::MUT_KW;
    let name = statement.start + 1 + usize::from(is_mutable);
    let end = statement.end - 1;
    // What a `let … else` is given does not end with a brace; what an `if` is given does.
    let has_else = |at| tokens.kind(at) == K::ELSE_KW && tokens.kind(at - 1) != K::R_CURLY;
    let is_refutable = statement.clone().any(has_else);
    if tokens.kind(name) != K::IDENT || tokens.kind(end) != K::SEMICOLON || is_refutable {
        return None;
    }
    let of = match tokens.kind(name + 1) {
        K::EQ => None,
        K::COLON => {
            let equals = (name + 1..end).find(|at| tokens.kind(*at) == K::EQ)?;
            let range = name + 2..equals;
            let is_full = !range.clone().any(|at| tokens.kind(at) == K::UNDERSCORE);
            let bytes = tokens.all[range.start].1.start..tokens.all[equals].1.start;
            is_full.then(|| tokens.code[bytes].trim().replace('\n', " "))
        }
        _ => return None,
    };
    Some(Chain::Let {
        name: tokens.text(name).to_owned(),
        rest: tokens.all[name].1.end..tokens.all[end].1.start,
        of,
    })
}

fn last(tokens: &Tokens<'_>, statement: Range<usize>) -> Option<Chain> {
    use SyntaxKind as K;
    let is_last =
        statement.end == tokens.all.len() && tokens.kind(statement.end - 1) != K::SEMICOLON;
    let first = tokens.kind(statement.start);
    let begins = first == K::IDENT || first.is_literal() || first == K::L_PAREN;
    // A block at its beginning might be an item of its own.
    let mut depth = 0_usize;
    let mut has_block = false;
    for at in statement.clone() {
        match tokens.kind(at) {
            K::L_CURLY if depth == 0 => has_block = true,
            K::L_PAREN | K::L_BRACK | K::L_CURLY => depth += 1,
            K::R_PAREN | K::R_BRACK | K::R_CURLY => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (is_last && begins && !has_block).then(|| {
        Chain::Last(tokens.all[statement.start].1.start..tokens.all[statement.end - 1].1.end)
    })
}

impl Chain {
    fn range(&self) -> &Range<usize> {
        match self {
            Chain::Let { rest, .. } => rest,
            Chain::Last(range) => range,
        }
    }

    /// The name of the variable whose type must be asked for.
    pub(crate) fn wanted(&self) -> Option<&str> {
        match self {
            Chain::Let { name, of: None, .. } => Some(name),
            _ => None,
        }
    }
}

/// The cell without its chains: with the types of their variables, and what is left out, by
/// the numbers in the comments from `first` on.
pub(crate) fn hide(
    code: &str,
    chains: &[(Chain, Option<String>)],
    first: usize,
) -> (String, Vec<(usize, Elided)>) {
    let mut hidden = code.to_owned();
    let mut left_out = Vec::new();
    for (index, (chain, of)) in chains.iter().enumerate().rev() {
        let number = first + index;
        let text = &code[chain.range().clone()];
        let before = match (chain, of) {
            (Chain::Let { .. }, Some(of)) => format!(": {of} = ::pynn::cell::undone() "),
            (Chain::Let { .. }, None) => continue,
            (Chain::Last(_), _) => "::pynn::cell::undone::<()>() ".to_owned(),
        };
        let comment = elided::comment(number);
        let lines = "\n".repeat(text.matches('\n').count());
        hidden.replace_range(chain.range().clone(), &format!("{before}{comment}{lines}"));
        let part = Elided {
            before: before.len(),
            length: before.len() + comment.len() + lines.len(),
            text: text.to_owned(),
        };
        left_out.push((number, part));
    }
    (hidden, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_hidden_behind_its_type() {
        let chain = format!("(0..9){}.sum()", ".map(|x| x + 1)\n".repeat(LONG));
        let code = format!("fn f() {{}}\nlet mut a: i32 = {chain}; let b = {chain};\nb + {chain}");
        let found = find(&code);
        let wanted: Vec<_> = found.iter().map(Chain::wanted).collect();
        assert_eq!(wanted, [None, Some("b"), None]);
        let types = [Some("i32"), Some("u8"), None].map(|of| of.map(str::to_owned));
        let chains: Vec<_> = found.into_iter().zip(types).collect();
        let (hidden, left_out) = hide(&code, &chains, 4);
        assert_eq!(hidden.matches('\n').count(), code.matches('\n').count());
        let words: Vec<&str> = hidden.split_whitespace().collect();
        assert_eq!(
            words.join(" "),
            "fn f() {} let mut a: i32 = ::pynn::cell::undone() /*hxkernel:withheld:4*/ ; \
             let b: u8 = ::pynn::cell::undone() /*hxkernel:withheld:5*/ ; \
             ::pynn::cell::undone::<()>() /*hxkernel:withheld:6*/"
        );
        assert_eq!(left_out[2].1.text, format!(": i32 = {chain}"));
    }

    #[test]
    fn what_costs_nothing_is_shown() {
        let large = format!("let a = 1; let b = {};", vec!["a"; LARGE].join(" + "));
        assert_eq!(find(&large).len(), 1);
        let sum = format!(
            "let a = {};",
            vec!["1.0"; TERMS + 1].join(" +\n            ")
        );
        assert_eq!(find(&sum).len(), 1);
        let or_else = ".map(|x| if x > 0 { x } else { 1 })".repeat(LONG);
        assert_eq!(
            find(&format!("let a = Some(1){or_else};\nlet b = 2;")).len(),
            1
        );
        let refutable = format!("let a = v.iter(){or_else} else {{ return }};");
        assert_eq!(find(&refutable), []);
        let builders = format!("let a = A::new(){};", ".set(1)".repeat(50));
        let alone = format!("v.iter(){}.sum::<i32>()", ".map(|x| x + 1)".repeat(50));
        let other = format!("let (a, b) = v.iter(){};", ".map(|x| x + 1)".repeat(50));
        for code in [builders, alone, other, "let a = |x| x;".to_owned()] {
            assert_eq!(find(&code), []);
        }
    }
}
