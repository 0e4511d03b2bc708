//! What rust-analyzer offers, as a person expects it when they press Tab: names,
//! each once, what belongs to the type first.

use crate::engine::assist::cursor::{Cursor, Inside};
use crate::engine::assist::symbols::SymbolIndex;
use crate::engine::code::nesting;
use crate::engine::code::thinning;
use evcxr::CommandContext;
use hx_jupyter::{Completion, Completions};
use std::collections::HashSet;

/// Methods that every value, or nearly every one, has from a trait: rarely what
/// somebody looks for after a dot.
const EVERYWHERE: [&str; 26] = [
    "as_any",
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clamp",
    "clone_from",
    "clone_into",
    "cmp",
    "eq",
    "fmt",
    "ge",
    "gt",
    "hash",
    "into",
    "le",
    "lt",
    "max",
    "min",
    "ne",
    "partial_cmp",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
];

/// What fits at the cursor, with rust-analyzer's help.
pub(crate) fn complete(
    context: &mut CommandContext,
    symbols: &SymbolIndex,
    cursor: &Cursor,
) -> Completions {
    if matches!(
        cursor.inside,
        Inside::Command | Inside::Nothing | Inside::Text
    ) {
        return symbols.complete(cursor);
    }
    // rust-analyzer filters by the whole word; what is behind the cursor is to go.
    let mut code = cursor.rust.clone();
    code.replace_range(cursor.offset..cursor.word.end, "");
    if let Some(thinned) = thinning::thin(&code, 0, Some(cursor.offset)) {
        code = thinned.code;
    }
    if nesting::of_cell(&code).may_be_deep() {
        return symbols.complete(cursor);
    }
    let found = match context.completions(&code, cursor.offset) {
        // Where nothing stands yet, evcxr has no place to look from.
        Err(_) => return symbols.complete(cursor),
        Ok(found) => found,
    };
    let completion_filter = symbols.completion_filter(cursor);
    let mut seen = HashSet::new();
    let mut candidates: Vec<Completion> = found
        .completions
        .into_iter()
        .filter_map(|one| {
            let name = name(&one.code)?;
            if !completion_filter.allows(name, one.code.contains('('))
                || !seen.insert(name.to_owned())
            {
                return None;
            }
            let known = completion_filter.known(name);
            let declared = known.map(|item| item.signature.as_str());
            let declared = declared.filter(|signature| !signature.is_empty());
            Some(Completion {
                signature: declared
                    .unwrap_or(signature(&one.code, &one.label))
                    .to_owned(),
                text: name.to_owned(),
                kind: known.map_or(one.kind, |item| item.kind.word()).to_owned(),
            })
        })
        .collect();
    let after_dot = matches!(cursor.inside, Inside::Member(_));
    candidates.sort_by_cached_key(|one| {
        let is_of_a_trait = after_dot && EVERYWHERE.contains(&one.text.as_str());
        (
            is_of_a_trait,
            rank(&one.kind, after_dot),
            one.text.starts_with('_'),
            one.text.clone(),
        )
    });
    let end = if found.end_offset == cursor.offset {
        cursor.word.end
    } else {
        found.end_offset
    };
    Completions {
        range: found.start_offset..end,
        candidates,
    }
}

/// Fields before methods, and a variable before everything else of its name.
fn rank(kind: &str, after_dot: bool) -> u8 {
    match kind {
        "instance" => 0,
        "keyword" => 2,
        _ => u8::from(after_dot),
    }
}

/// The name in what evcxr would insert, which has arguments and more; nothing if
/// it is a template (`match x {}`) or part of the code around the cell.
fn name(inserted: &str) -> Option<&str> {
    let end = inserted
        .find(['(', '[', '{', ' ', '<'])
        .unwrap_or(inserted.len());
    let (name, rest) = inserted.split_at(end);
    // `match x {}`, `x.iter().len()`.
    if rest.starts_with(' ') && !rest.trim().is_empty() || rest.contains(").") {
        return None;
    }
    let name = name.strip_suffix("::").unwrap_or(name);
    let bare = name.strip_suffix('!').unwrap_or(name);
    let bare = bare.strip_prefix("r#").unwrap_or(bare);
    let bare = bare.strip_prefix('\'').unwrap_or(bare);
    let is_name = !bare.is_empty()
        && bare.split("::").all(|word| {
            !word.is_empty() && word.chars().all(|one| one.is_alphanumeric() || one == '_')
        });
    let is_internal =
        bare.to_lowercase().starts_with("evcxr") || bare.starts_with("run_user_code_");
    (is_name && !is_internal).then_some(name)
}

/// What evcxr would insert tells more than its label: `push(value)`, `push(…)`.
fn signature<'a>(inserted: &'a str, label: &'a str) -> &'a str {
    if inserted.contains('(') && label.contains('…') && !inserted.contains('!') {
        inserted
    } else {
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_inserted() {
        for (inserted, expected) in [
            ("push(value)", Some("push")),
            ("println!()", Some("println!")),
            ("vec![]", Some("vec!")),
            ("plt::", Some("plt")),
            ("Some(_)", Some("Some")),
            ("Color::Red", Some("Color::Red")),
            ("let ", Some("let")),
            ("r#type", Some("r#type")),
            ("'static", Some("'static")),
            ("match x {\n}", None),
            ("iter().len()", None),
            ("if true {}", None),
            ("&mut x", None),
            ("evcxr_variable_store", None),
            ("EvcxrUserCodeError", None),
        ] {
            assert_eq!(name(inserted), expected, "{inserted}");
        }
    }
}
