//! Statements like one that stands before them in their block.
//!
//! Where nothing is bound or defined between the two, the later one says of no type what the
//! earlier one did not.

use crate::engine::code::tokens::{Tokens, is_known_macro, shape};
use ra_ap_parser::SyntaxKind;
use std::collections::HashSet;
use std::ops::Range;

/// What is between two `;` of a block.
struct Block {
    /// True if it is code and not what an unknown macro is given.
    is_plain: bool,
    /// True if its `;` end statements.
    has_statements: bool,
    /// Where the statement begins that is being read, by tokens.
    start: usize,
    /// True if that statement may be left out by what is in it.
    is_simple: bool,
    /// The shapes of statements since something was bound or defined.
    shapes: HashSet<String>,
    /// The run of repeated ones that is being read, by tokens.
    run: Option<Range<usize>>,
}

impl Block {
    fn new(start: usize, is_plain: bool, has_statements: bool) -> Block {
        Block {
            is_plain,
            has_statements,
            start,
            is_simple: true,
            shapes: HashSet::new(),
            run: None,
        }
    }

    /// A statement ends with the `;` at `at`.
    fn end_statement(&mut self, tokens: &Tokens<'_>, at: usize, found: &mut Vec<Range<usize>>) {
        let statement = self.start..at + 1;
        self.start = at + 1;
        let is_simple = std::mem::replace(&mut self.is_simple, true) && self.is_plain;
        if !is_simple {
            self.shapes.clear();
        }
        if is_simple && !self.shapes.insert(shape(tokens, statement.start..at)) {
            let start = self.run.as_ref().map_or(statement.start, |run| run.start);
            self.run = Some(start..statement.end);
        } else {
            found.extend(self.run.take());
        }
    }
}

/// Runs of statements that can be left out, in bytes, in no order. None is in another.
pub(crate) fn find(tokens: &Tokens<'_>) -> Vec<Range<usize>> {
    use SyntaxKind as K;
    let mut found = Vec::new();
    let mut around: Vec<Block> = Vec::new();
    let mut block = Block::new(0, true, true);
    for at in 0..tokens.all.len() {
        match tokens.kind(at) {
            kind @ (K::L_CURLY | K::L_PAREN | K::L_BRACK) => {
                let is_known = tokens.macro_name(at).is_none_or(is_known_macro);
                let is_plain = block.is_plain && is_known;
                block.is_simple &= is_known;
                let inner = Block::new(at + 1, is_plain, kind == K::L_CURLY);
                around.push(std::mem::replace(&mut block, inner));
            }
            K::R_CURLY | K::R_PAREN | K::R_BRACK => {
                let Some(outer) = around.pop() else {
                    return Vec::new();
                };
                found.extend(std::mem::replace(&mut block, outer).run);
            }
            K::SEMICOLON if block.has_statements => block.end_statement(tokens, at, &mut found),
            // What binds, defines or is attached to something.
            K::LET_KW
            | K::FN_KW
            | K::STRUCT_KW
            | K::ENUM_KW
            | K::TRAIT_KW
            | K::IMPL_KW
            | K::MOD_KW
            | K::USE_KW
            | K::TYPE_KW
            | K::CONST_KW
            | K::STATIC_KW
            | K::EXTERN_KW
            | K::POUND => block.is_simple = false,
            K::IDENT if matches!(tokens.text(at), "macro_rules" | "union") => {
                block.is_simple = false;
            }
            _ => {}
        }
    }
    found.extend(block.run);
    let bytes = |run: Range<usize>| tokens.all[run.start].1.start..tokens.all[run.end - 1].1.end;
    outermost(found.into_iter().map(bytes).collect())
}

/// Without the ranges that lie in another.
fn outermost(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    ranges.retain(|range| {
        let is_outside = range.start >= end;
        end = end.max(range.end);
        is_outside
    });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(code: &str) -> String {
        let shifted = format!(";{code}");
        let mut left = code.to_owned();
        for run in find(&Tokens::new(&shifted)).into_iter().rev() {
            left.replace_range(run, "…");
        }
        left
    }

    #[test]
    fn one_statement_of_each_kind_stays() {
        for (code, expected) in [
            (
                "let mut v = vec![]; v.push(1.5); v.push(2.5); v.push(-3.0); v",
                "let mut v = vec![]; v.push(1.5); … v",
            ),
            (
                "m.insert(\"a\", 1); s.push('x'); m.insert(\"b\", 2); s.push('y');",
                "m.insert(\"a\", 1); s.push('x'); …",
            ),
            (
                "{ println!(\"{}\", 1); println!(\"{}\", 2); }",
                "{ println!(\"{}\", 1); … }",
            ),
            (
                "fn f() { g(1); g(2); } fn h() { g(1); }",
                "fn f() { g(1); … } fn h() { g(1); }",
            ),
        ] {
            assert_eq!(left(code), expected);
        }
    }

    #[test]
    fn what_may_matter_stays() {
        for code in [
            // Another variable of the same name, another item, another field.
            "v.push(1); let v = vec![]; v.push(2.5);",
            "g(1); fn g(x: i64) {} g(2);",
            "t.0 = 1; t.1 = 2;",
            "v.push(1u8); v.push(2u16);",
            "define!(1); define!(2);",
            "table! { a(1); a(2); }",
            "#[allow(x)] g(1); #[allow(x)] g(2);",
            "let a = [0; 3]; let b = [0; 4];",
            "f([0; 3]); f([0; 4]);",
        ] {
            assert_eq!(left(code), code);
        }
    }
}
