//! Implementations that a cell defines again.
//!
//! evcxr keeps items by their names and has none for an `impl`: one that stands behind a named
//! item of its cell is kept and replaced together with that, one that stands first is kept for
//! ever, and the same methods cannot be defined again. Here a cell whose first items have no
//! name gets a named one before them, without content, and what it implements again is taken
//! out of where it was: a method replaces the earlier one of its name, an implementation of a
//! trait the earlier one for the same type.

use crate::definitions::{UNDEFINED, filed};
use crate::engine::evcxr_state::redefinition::CellItems;
use crate::engine::evcxr_state::undo::definitions;
use ra_ap_syntax::ast::{self, HasModuleItem as _, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// Begins the names of items that stand before implementations.
const NAME: &str = "hx_implementations_";

/// Lines to be put before the Rust code of a cell; `cells` are those before it, the oldest
/// first.
pub(crate) fn lines_before<'a>(items: &CellItems, cells: impl Iterator<Item = &'a str>) -> String {
    let nameless: Vec<&ast::Item> = items
        .items()
        .filter(|item| filed(item).is_empty())
        .collect();
    if nameless.is_empty() {
        return String::new();
    }
    let names: BTreeSet<String> = items.items().flat_map(filed).map(|it| it.name).collect();
    let mut lines = String::new();
    let implemented: Vec<Implementation> = nameless
        .iter()
        .filter_map(|it| Implementation::of(it))
        .collect();
    let mut blocks: BTreeMap<String, String> = BTreeMap::new();
    for cell in cells {
        blocks.extend(definitions(cell).into_iter().map(|it| (it.name, it.text)));
    }
    for (name, text) in blocks {
        if !names.contains(&name)
            && text.contains("impl")
            && let Some(rest) = without(&text, &implemented)
        {
            lines.push_str(&rest);
            lines.push('\n');
        }
    }
    let mut leading = items
        .items()
        .take_while(|item| !names_what_follows(item))
        .peekable();
    if leading.any(|item| filed(item).is_empty()) {
        let mut hasher = DefaultHasher::new();
        for item in &nameless {
            match Implementation::of(item) {
                Some(it) => (it.header, it.members.keys().collect::<Vec<_>>()).hash(&mut hasher),
                None => item.syntax().text().to_string().hash(&mut hasher),
            }
        }
        lines += &format!("{UNDEFINED} struct {NAME}{:016x};\n", hasher.finish());
    }
    lines
}

/// True if evcxr keeps nameless items behind this one together with it.
fn names_what_follows(item: &ast::Item) -> bool {
    !matches!(item, ast::Item::Use(_)) && !filed(item).is_empty()
}

/// An `impl` block.
#[derive(Debug)]
struct Implementation {
    /// What stands before its braces, in single spaces.
    header: String,
    is_of_trait: bool,
    /// Where its members stand, by their names.
    members: BTreeMap<String, Range<usize>>,
    has_others: bool,
}

impl Implementation {
    fn of(item: &ast::Item) -> Option<Implementation> {
        let ast::Item::Impl(item) = item else {
            return None;
        };
        let list = item.assoc_item_list()?;
        let start = item.impl_token()?.text_range().start();
        let whole = item.syntax().text().to_string();
        let begin = item.syntax().text_range().start();
        let end = list.syntax().text_range().start();
        let header = &whole[usize::from(start - begin)..usize::from(end - begin)];
        let mut members = BTreeMap::new();
        let mut has_others = false;
        for member in list.assoc_items() {
            let name = match &member {
                ast::AssocItem::Const(it) => it.name(),
                ast::AssocItem::Fn(it) => it.name(),
                ast::AssocItem::TypeAlias(it) => it.name(),
                ast::AssocItem::MacroCall(_) => None,
            };
            let range = member.syntax().text_range();
            match name {
                Some(name) => {
                    members.insert(
                        name.text().to_string(),
                        range.start().into()..range.end().into(),
                    );
                }
                None => has_others = true,
            }
        }
        Some(Implementation {
            header: header.split_whitespace().collect::<Vec<_>>().join(" "),
            is_of_trait: item.trait_().is_some(),
            members,
            has_others,
        })
    }
}

/// The items of a text without what is implemented anew; nothing if that is not among them.
fn without(text: &str, implemented: &[Implementation]) -> Option<String> {
    let file = SourceFile::parse(text, Edition::Edition2024).tree();
    let mut removed: Vec<Range<usize>> = Vec::new();
    for item in file.items() {
        let Some(old) = Implementation::of(&item) else {
            continue;
        };
        let whole = item.syntax().text_range();
        let whole = whole.start().into()..whole.end().into();
        let again = implemented.iter().filter(|it| it.header == old.header);
        let again: Vec<&Implementation> = again.collect();
        if old.is_of_trait && !again.is_empty() {
            removed.push(whole);
            continue;
        }
        let is_again = |name: &String| again.iter().any(|it| it.members.contains_key(name));
        let members: Vec<_> = old
            .members
            .iter()
            .filter(|(name, _)| is_again(name))
            .collect();
        if members.is_empty() {
            continue;
        }
        match members.len() == old.members.len() && !old.has_others {
            true => removed.push(whole),
            false => removed.extend(members.into_iter().map(|(_, range)| range.clone())),
        }
    }
    if removed.is_empty() {
        return None;
    }
    removed.sort_by_key(|range| range.start);
    let mut rest = text.to_owned();
    for range in removed.into_iter().rev() {
        rest.replace_range(range, "");
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(code: &str, cells: &[&str]) -> String {
        lines_before(&CellItems::of(code), cells.iter().copied())
    }

    #[test]
    fn what_is_implemented_again_is_taken_out_of_where_it_was() {
        let cells = [
            "struct A; impl A { fn a() {} fn b() {} }",
            "#[cfg(any())] struct hx_implementations_1;\nimpl std::fmt::Display  for A { fn fmt() {} }",
            "fn f() {}",
        ];
        let lines = before("impl A { fn b() {} }", &cells);
        let (first, second) = lines.split_once("}\n").unwrap();
        assert_eq!(first, "struct A;\nimpl A { fn a() {}  ");
        assert!(second.starts_with("#[cfg(any())] struct hx_implementations_"));
        let lines = before("impl A { fn b() {} fn a() {} } fn g() {}", &cells);
        assert!(lines.starts_with("struct A;\n\n#[cfg(any())]"), "{lines}");
        let lines = before(
            "use std::fmt;\nimpl std::fmt::Display for A { fn fmt() { 1 } }",
            &cells,
        );
        assert!(
            lines.starts_with("#[cfg(any())] struct hx_implementations_1;\n\n#[cfg"),
            "{lines}"
        );
        // What stands behind a name is kept with it.
        assert_eq!(before("struct B; impl A { fn c() {} }", &cells), "");
        assert_eq!(before("struct A; impl A { fn a() {} }", &cells), "");
        assert_eq!(before("fn f() {} let a = 1;", &cells), "");
    }
}
