//! The type of what stands before a dot, as far as signatures tell it.
//!
//! No inference: a variable's type is known, a method's is in its signature. That
//! is enough for `pop.get_data("v")?.segments[0].` and gives up on closures.

use super::item::base_name;
use super::scope::Scope;
use crate::engine::assist::cursor::{Cursor, end_of_statement, opening};
use ra_ap_syntax::SyntaxKind;

/// How deep a variable's type may hang on those of others.
const DEEPEST: usize = 4;

/// The type of the expression that ends before token `end`.
pub(super) fn before(scope: &Scope<'_>, cursor: &Cursor, end: usize) -> Option<String> {
    expression(scope, cursor, end, 0)
}

fn expression(scope: &Scope<'_>, cursor: &Cursor, end: usize, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let last = end.checked_sub(1)?;
    let token = &cursor.tokens[last];
    match token.text.as_str() {
        "?" => parameter(&expression(scope, cursor, last, depth)?),
        ")" => {
            let open = opening(&cursor.tokens, last)?;
            let callee = cursor.callee(open)?;
            call(scope, cursor, callee, depth)
        }
        "]" => {
            let open = opening(&cursor.tokens, last)?;
            let of = expression(scope, cursor, open, depth)?;
            element(scope, &of)
        }
        _ if token.kind == SyntaxKind::IDENT => word(scope, cursor, last, depth),
        _ => None,
    }
}

/// What a call of the word at `callee` gives.
fn call(scope: &Scope<'_>, cursor: &Cursor, callee: usize, depth: usize) -> Option<String> {
    let name = cursor.tokens[callee].text.as_str();
    match before_word(cursor, callee) {
        "." => {
            let of = expression(scope, cursor, callee - 1, depth)?;
            match name {
                "unwrap" | "expect" | "unwrap_or_default" => parameter(&of),
                "clone" | "to_owned" => Some(of),
                _ => member(scope, &of, name),
            }
        }
        "::" => {
            let path = cursor.path_before(callee - 1);
            let owner = path.last()?;
            match scope.item(&path, name) {
                Some(item) => given(&item.result_type, owner),
                None => member(scope, owner, name),
            }
        }
        _ => given(&scope.item(&[], name)?.result_type, name),
    }
}

/// The type of a variable or a field.
fn word(scope: &Scope<'_>, cursor: &Cursor, at: usize, depth: usize) -> Option<String> {
    let name = cursor.tokens[at].text.as_str();
    match before_word(cursor, at) {
        "." => {
            let of = expression(scope, cursor, at - 1, depth)?;
            member(scope, &of, name)
        }
        "::" => {
            let path = cursor.path_before(at - 1);
            given(&scope.item(&path, name)?.result_type, path.last()?)
        }
        _ => local(scope, cursor, at, depth)
            .or_else(|| scope.session.type_of(name).map(str::to_owned)),
    }
}

/// The type of a variable that this cell binds before token `at`.
fn local(scope: &Scope<'_>, cursor: &Cursor, at: usize, depth: usize) -> Option<String> {
    let name = &cursor.tokens[at].text;
    let tokens = &cursor.tokens[..at];
    let bound = tokens.iter().enumerate().rposition(|(index, token)| {
        token.text == *name && matches!(before_word(cursor, index), "let" | "mut")
    })?;
    match tokens.get(bound + 1)?.text.as_str() {
        ":" => {
            let end = tokens[bound..]
                .iter()
                .position(|it| it.text == "=" || it.text == ";")?;
            let range = tokens[bound + 2].range.start..tokens[bound + end].range.start;
            Some(cursor.rust.get(range)?.trim().to_owned())
        }
        "=" => {
            let end = end_of_statement(tokens, bound)?;
            expression(scope, cursor, end, depth + 1)
        }
        _ => None,
    }
}

fn before_word(cursor: &Cursor, at: usize) -> &str {
    at.checked_sub(1)
        .map_or("", |before| cursor.tokens[before].text.as_str())
}

/// What a field holds or a method returns.
fn member(scope: &Scope<'_>, of: &str, name: &str) -> Option<String> {
    let (owner, item) = scope.member(of, name)?;
    given(&item.result_type, &base_name(&owner))
}

/// A declared type, with what `Self` stands for.
fn given(declared: &str, owner: &str) -> Option<String> {
    match declared {
        "" => None,
        declared => Some(replace_word(declared, "Self", owner)),
    }
}

/// A type with one of its words replaced by another.
fn replace_word(of: &str, word: &str, by: &str) -> String {
    let mut replaced = String::new();
    let mut current = String::new();
    for one in of.chars().chain([' ']) {
        if one.is_alphanumeric() || one == '_' {
            current.push(one);
            continue;
        }
        replaced.push_str(if current == word { by } else { &current });
        current.clear();
        replaced.push(one);
    }
    replaced.trim_end().to_owned()
}

fn element(scope: &Scope<'_>, of: &str) -> Option<String> {
    for one in scope.chain(of) {
        let one = one.trim_start_matches('&').trim();
        if let Some(inside) = one.strip_prefix('[') {
            let end = inside.find([';', ']']).unwrap_or(inside.len());
            return Some(inside[..end].trim().to_owned());
        }
        match base_name(one).as_str() {
            "Vec" => return parameter(one),
            "Arc" | "Box" | "Rc" => return element(scope, &parameter(one)?),
            _ => {}
        }
    }
    None
}

/// The first parameter of a generic type: what is in an `Option`, a `Result`, a `Vec`.
fn parameter(of: &str) -> Option<String> {
    let inside = of.split_once('<')?.1;
    let mut depth = 0;
    for (index, one) in inside.char_indices() {
        match one {
            '<' | '(' | '[' => depth += 1,
            '>' | ',' if depth == 0 => return Some(inside[..index].trim().to_owned()),
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    None
}
