//! Identity of a session's types: a type that was defined anew is another type.
//!
//! rustc knows a type by its path. Each cell is a crate of the same name, so that `A` of
//! one cell is `A` of the next, which is how variables pass from cell to cell; but the
//! path says nothing of the fields, and a variable would be read as what it never was.
//! Therefore a definition that differs from the first of its path, in its own text or in
//! anything that its meaning depends on ([`crate::definitions`]), is compiled inside a
//! module whose name is its fingerprint. To all code it is still `A`, to `TypeId` (which
//! variables, `dyn Any` and everything else built on it are read by) it is another type,
//! and it is the old one again when the old definition comes back.
//!
//! Where a definition cannot be put into a module (it is made by a macro, or refers to what
//! cannot be seen from there), the whole cell becomes another crate: then every type of
//! the session is a new one.

use super::cell_source::items_of;
use super::records;
use crate::definitions::{Definition, Definitions, Externals, Kind};
use hx_port::REDEFINED;
use ra_ap_syntax::ast::{self, HasName as _, HasVisibility as _};
use ra_ap_syntax::{AstNode as _, Edition, NodeOrToken, SourceFile, SyntaxNode, TextSize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::process::Output;

/// Definitions of the session so far, kept between the compilations of its cells.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// The first fingerprint of each path.
    first: BTreeMap<String, u64>,
    /// Fingerprints of definitions that have been compiled inside a module.
    accepted: BTreeSet<u64>,
    /// Fingerprints of definitions that do not compile there.
    refused: BTreeSet<u64>,
}

/// Compiles a source by `compile`, which takes further arguments for rustc, such that its
/// types are those of earlier cells exactly if their definitions are the same.
///
/// # Errors
/// If files of the session cannot be read or written, or `compile` cannot be run.
pub(super) fn compile(
    source: &Path,
    record: &Path,
    externals: &Externals,
    compile: &mut dyn FnMut(&[OsString]) -> io::Result<Output>,
) -> io::Result<Output> {
    let text = std::fs::read_to_string(source)?;
    let items = items_of(&text);
    if !may_define_types(items) {
        return compile(&[]);
    }
    let definitions = Definitions::of(items);
    let mut known = records::read::<Record>(record)?;
    let present: Vec<(&Definition, u64)> = definitions
        .iter()
        .filter(|definition| matches!(definition.kind, Kind::Type | Kind::MacroCall))
        .map(|definition| (definition, definitions.fingerprint(definition, externals)))
        .collect();
    let changed: Vec<(&Definition, u64)> = present
        .iter()
        .filter(|(definition, fingerprint)| {
            let first = known.first.get(&definition.path);
            first.is_some_and(|first| first != fingerprint)
        })
        .copied()
        .collect();
    let output = if changed.is_empty() {
        compile(&[])?
    } else {
        compile_changed(source, &text, &changed, &mut known, compile)?
    };
    if output.status.success() {
        let mut is_new = !changed.is_empty();
        for (definition, fingerprint) in present {
            known
                .first
                .entry(definition.path.clone())
                .or_insert_with(|| {
                    is_new = true;
                    fingerprint
                });
        }
        if is_new {
            records::write(record, &known)?;
        }
    }
    Ok(output)
}

fn compile_changed(
    source: &Path,
    text: &str,
    changed: &[(&Definition, u64)],
    known: &mut Record,
    compile: &mut dyn FnMut(&[OsString]) -> io::Result<Output>,
) -> io::Result<Output> {
    let fingerprints = changed.iter().map(|(_, fingerprint)| *fingerprint);
    let fits = changed.iter().all(|(definition, fingerprint)| {
        definition.kind == Kind::Type && !known.refused.contains(fingerprint)
    });
    if fits {
        let ranges = changed
            .iter()
            .map(|(definition, fingerprint)| (definition.range.clone(), *fingerprint));
        std::fs::write(source, in_modules(text, &ranges.collect()))?;
        let outcome = compile(&[]);
        std::fs::write(source, text)?;
        let mut output = outcome?;
        let is_tried = fingerprints.clone().all(|it| known.accepted.contains(&it));
        if output.status.success() || is_tried {
            known.accepted.extend(fingerprints);
            output.stderr = without_modules(&String::from_utf8_lossy(&output.stderr)).into();
            return Ok(output);
        }
    }
    // Either the definitions do not fit into modules, or the cell does not compile at all;
    // then this tells so of the text as it was written.
    let mut hasher = DefaultHasher::new();
    for (definition, fingerprint) in changed {
        (&definition.path, fingerprint).hash(&mut hasher);
    }
    let crate_of_its_own = format!("-Cmetadata={REDEFINED}{:016x}", hasher.finish());
    let output = compile(&[crate_of_its_own.into()])?;
    if output.status.success() {
        let untried = fingerprints.filter(|it| !known.accepted.contains(it));
        known.refused.extend(untried.collect::<Vec<_>>());
    }
    Ok(output)
}

fn may_define_types(items: &str) -> bool {
    ["struct", "enum", "union", "trait", "!"]
        .iter()
        .any(|word| items.contains(word))
}

/// The source with definitions inside modules of their own, by range and fingerprint. It
/// keeps its lines.
fn in_modules(source: &str, definitions: &Vec<(Range<usize>, u64)>) -> String {
    let file = SourceFile::parse(items_of(source), Edition::Edition2024).tree();
    let mut edits: Vec<(TextSize, TextSize, String)> = Vec::new();
    for (range, fingerprint) in definitions {
        let at = |offset: usize| TextSize::try_from(offset).expect("a source is below 4 GiB");
        let (start, end) = (at(range.start), at(range.end));
        let item = file.syntax().descendants().filter_map(ast::Item::cast);
        let mut item = item.filter(|item| {
            let range = item.syntax().text_range();
            (range.start(), range.end()) == (start, end)
        });
        if let Some(item) = item.next() {
            put_into_module(&item, *fingerprint, &mut edits);
        }
    }
    // From the end, so that offsets stay; what begins later at the same place comes first.
    edits.sort_by_key(|(start, ..)| *start);
    let mut text = source.to_owned();
    for (start, end, instead) in edits.iter().rev() {
        text.replace_range(usize::from(*start)..usize::from(*end), instead);
    }
    text
}

fn put_into_module(
    item: &ast::Item,
    fingerprint: u64,
    edits: &mut Vec<(TextSize, TextSize, String)>,
) {
    let (name, visibility) = match item {
        ast::Item::Struct(it) => (it.name(), it.visibility()),
        ast::Item::Enum(it) => (it.name(), it.visibility()),
        ast::Item::Union(it) => (it.name(), it.visibility()),
        ast::Item::Trait(it) => (it.name(), it.visibility()),
        _ => return,
    };
    let Some(name) = name else { return };
    let node = item.syntax();
    let before =
        format!("mod {REDEFINED}{fingerprint:016x} {{ #[allow(unused_imports)] use super::*; ");
    let start = node.text_range().start();
    edits.push((start, start, before));
    let seen_from = visibility
        .as_ref()
        .map_or(String::new(), |it| format!("{} ", it.syntax().text()));
    open_up(node, visibility, edits);
    if let ast::Item::Struct(_) | ast::Item::Union(_) = item {
        for field in node.descendants() {
            if let Some(field) = ast::RecordField::cast(field.clone()) {
                open_up(field.syntax(), field.visibility(), edits);
            } else if let Some(field) = ast::TupleField::cast(field) {
                open_up(field.syntax(), field.visibility(), edits);
            }
        }
    }
    for path in node.descendants().filter_map(ast::Path::cast) {
        let is_first = path.qualifier().is_none();
        let of_visibility = path
            .syntax()
            .ancestors()
            .any(|it| ast::Visibility::can_cast(it.kind()));
        let begins_above = path.segment().is_some_and(|it| it.super_token().is_some());
        if is_first && begins_above && !of_visibility {
            let at = path.syntax().text_range().start();
            edits.push((at, at, "super::".into()));
        }
    }
    let end = node.text_range().end();
    let after = format!(
        " }} {seen_from}use {REDEFINED}{fingerprint:016x}::{};",
        name.syntax().text()
    );
    edits.push((end, end, after));
}

/// Makes something as visible outside of the new module as it was outside of the old one.
fn open_up(
    node: &SyntaxNode,
    visibility: Option<ast::Visibility>,
    edits: &mut Vec<(TextSize, TextSize, String)>,
) {
    let Some(visibility) = visibility else {
        let first = node.children_with_tokens().find(|it| match it {
            NodeOrToken::Node(node) => !ast::Attr::can_cast(node.kind()),
            NodeOrToken::Token(token) => !token.kind().is_trivia(),
        });
        if let Some(first) = first {
            let at = first.text_range().start();
            edits.push((at, at, "pub(super) ".into()));
        }
        return;
    };
    let text = visibility.syntax().text().to_string().replace(' ', "");
    let within = text.trim_start_matches("pub").trim_matches(['(', ')']);
    let within = within.strip_prefix("in").unwrap_or(within);
    let instead = match within.split("::").next() {
        Some("self") => format!("pub(in {})", within.replacen("self", "super", 1)),
        Some("super") => format!("pub(in super::{within})"),
        _ => return,
    };
    let range = visibility.syntax().text_range();
    edits.push((range.start(), range.end(), instead));
}

/// A compiler's message without the names of the modules.
fn without_modules(text: &str) -> String {
    let mut parts = text.split(REDEFINED);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|one: char| !one.is_ascii_hexdigit());
        match digits.and_then(|at| part[at..].strip_prefix("::")) {
            Some(rest) => clean.push_str(rest),
            None => {
                clean.push_str(REDEFINED);
                clean.push_str(part);
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests;
