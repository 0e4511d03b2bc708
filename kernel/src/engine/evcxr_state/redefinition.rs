//! Redefinition: what the items of a cell do to the variables of the session.
//!
//! evcxr reads every variable back at the beginning of every cell, in code that names the
//! variable and its type. Where a cell gives such a name another meaning, the variable
//! cannot be read any more: it has to go before the cell is compiled, or that cell and all
//! later ones would fail.

use crate::definitions::{Definitions, filed};
use crate::engine::code::cell_text::as_function;
use crate::engine::evcxr_state::variables::Variables;
use ra_ap_syntax::ast::{self, HasModuleItem as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::collections::{BTreeMap, BTreeSet};

/// The items and variables a cell defines.
#[derive(Debug, Default)]
pub(crate) struct CellItems {
    items: Vec<ast::Item>,
    /// Names of items.
    names: BTreeSet<String>,
    /// Names that come from elsewhere by a `use`, of which nothing else is known.
    pub(crate) imported: BTreeSet<String>,
    /// Names of variables.
    bound: BTreeSet<String>,
    /// Whether there is nothing but items.
    pub(crate) is_items_only: bool,
}

impl CellItems {
    /// Reads a cell whose lines for commands and the shell are blank.
    pub(crate) fn of(code: &str) -> CellItems {
        let file = SourceFile::parse(&as_function(code), Edition::Edition2024);
        let function = file.tree().syntax().children().find_map(ast::Fn::cast);
        let list = function
            .and_then(|function| function.body()?.stmt_list())
            .into_iter();
        let mut cell = CellItems {
            is_items_only: true,
            ..CellItems::default()
        };
        for node in list.flat_map(|list| list.syntax().children()) {
            match ast::Item::cast(node.clone()) {
                // In a function's body that is an expression.
                Some(ast::Item::MacroCall(_)) | None => cell.is_items_only = false,
                Some(item) => {
                    let names = filed(&item).into_iter().map(|filed| filed.name);
                    if matches!(item, ast::Item::Use(_)) {
                        cell.imported.extend(names.clone());
                    }
                    cell.names.extend(names);
                    cell.items.push(item);
                }
            }
            if let Some(binding) = ast::LetStmt::cast(node) {
                let patterns = binding.pat().into_iter();
                let names = patterns.flat_map(|it| it.syntax().descendants().collect::<Vec<_>>());
                let names = names.filter_map(ast::Name::cast);
                cell.bound.extend(names.map(|name| name.text().to_string()));
            }
        }
        cell.is_items_only &= !cell.items.is_empty();
        cell
    }

    /// The items, in the order of the cell.
    pub(crate) fn items(&self) -> impl Iterator<Item = &ast::Item> {
        self.items.iter()
    }

    /// Names of the variables that the cell binds.
    pub(crate) fn bound(&self) -> &BTreeSet<String> {
        &self.bound
    }

    /// Whether the cell itself binds a variable of this name.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    /// Variables that cannot be read any more once the cell's items are added to those of
    /// the session, and why.
    pub(crate) fn losses(&self, session: &str, variables: &Variables) -> BTreeMap<String, Loss> {
        if self.items.is_empty() || variables.is_empty() {
            return BTreeMap::new();
        }
        let session = SourceFile::parse(session, Edition::Edition2024).tree();
        let before = Definitions::of_items(session.items());
        let kept = session.items().filter(|item| {
            let mut filed = filed(item).into_iter();
            !filed.any(|filed| self.names.contains(&filed.name))
        });
        let after = Definitions::of_items(kept.chain(self.items.iter().cloned()));
        let mut losses = BTreeMap::new();
        for (name, written) in variables {
            if before.fingerprint_of_type(written) != after.fingerprint_of_type(written) {
                losses.insert(name.clone(), Loss::Type(written.clone()));
            } else if after.is_no_variable(name) && !before.is_no_variable(name) {
                losses.insert(name.clone(), Loss::Name);
            }
        }
        losses
    }
}

/// Why a variable is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Its type, as written, has another definition now.
    Type(String),
    /// Its name is that of a constant, a static or a constructor now.
    Name,
    /// A crate that its type, as written, is made of was built anew.
    Crate(String),
}

/// What a person is told of variables that are gone.
pub(crate) fn told<'a>(losses: impl Iterator<Item = (&'a String, &'a Loss)>) -> String {
    let mut text = String::new();
    for (name, loss) in losses {
        text += &match loss {
            Loss::Type(written) => format!(
                "The variable `{name}` is gone: its type `{written}` was defined anew. `:undo` brings it back.\n"
            ),
            Loss::Crate(written) => format!(
                "The variable `{name}` is gone: a crate of its type `{written}` was built anew for \
                 this `:dep`, with other features. `:undo` brings it back; with all `:dep` lines \
                 in the first cell it does not happen.\n"
            ),
            Loss::Name => format!(
                "The variable `{name}` is gone: something else has its name now. `:undo` brings it back.\n"
            ),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(session: &str, cell: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter();
        let variables = variables.map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()));
        let cell = CellItems::of(cell);
        cell.losses(session, &variables.collect())
            .into_keys()
            .collect()
    }

    #[test]
    fn only_variables_whose_meaning_changes_are_lost() {
        let session = "mod m { pub struct In; } struct A { b: B } struct B(u8); \
                       const N: usize = 2; struct C([u8; N]); use m::In; enum E { A }";
        let variables = [
            ("a", "Vec<A>"),
            ("b", "B"),
            ("c", "C"),
            ("inner", "m::In"),
            ("number", "i32"),
            ("text", "String"),
        ];
        for (cell, lost) in [
            ("struct B(u16);", vec!["a", "b"]),
            ("struct B(u8);", vec![]),
            (
                "#[derive(Debug, Clone)] /// text\nstruct A { b: B }",
                vec![],
            ),
            ("const N: usize = 3;", vec!["c"]),
            ("fn B() {}", vec!["a", "b"]),
            ("macro_rules! B { () => {} }", vec!["a", "b"]),
            ("mod m { struct In; }", vec!["inner"]),
            ("mod m { pub struct In; fn f() {} }", vec![]),
            ("impl B { fn f(&self) {} }", vec![]),
            ("impl std::ops::Add for A { type Output = B; }", vec![]),
            ("const number: i32 = 1;", vec!["number"]),
            ("struct text;", vec!["text"]),
            ("fn number() {}", vec![]),
            ("type i32 = u8;", vec!["number"]),
            ("struct Vec;", vec!["a"]),
            ("enum Other { A, B(B) } fn f(a: A) {}", vec![]),
            ("let a = 1;", vec![]),
        ] {
            assert_eq!(losses(session, cell, &variables), lost, "{cell}");
        }
    }

    #[test]
    fn a_cell_of_items_alone_is_told_from_others() {
        for (code, expected) in [
            ("struct A; impl A {}", true),
            ("use a::{b, c};", true),
            ("struct A; let a = A;", false),
            ("mk!(one);", false),
            ("1 + 1", false),
            ("", false),
        ] {
            assert_eq!(CellItems::of(code).is_items_only, expected, "{code}");
        }
        let cell = CellItems::of("let (a, mut b) = (1, P { x: 2, y });");
        assert!(cell.binds("a") && cell.binds("b") && !cell.binds("x"));
    }
}
