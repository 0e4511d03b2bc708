//! What the session has defined: its variables, and the items of its cells.

use super::cell_types::CellTypes;
use super::index::Types;
use super::item::{self, Import, Item, Kind};
use crate::engine::assist::cursor;
use std::collections::{BTreeMap, HashSet};

/// A picture of the session, taken after each cell.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Name to type.
    variables: BTreeMap<String, String>,
    items: BTreeMap<String, Item>,
    imports: Vec<Import>,
    types: Types,
    cell_types: CellTypes,
}

impl Session {
    /// Learns what a cell has defined.
    pub(crate) fn add_cell(&mut self, rust: &str) {
        let source = item::read(rust);
        for item in source.items.iter().filter(|item| item.owner.is_none()) {
            if item.kind == Kind::Type {
                self.types.forget(&item.name);
            }
            self.items.insert(item.name.clone(), item.clone());
        }
        self.types.add(&source);
        self.cell_types.learn(&cursor::tokens(rust));
        for import in source.imports {
            self.imports.retain(|it| it.name != import.name);
            self.imports.push(import);
        }
    }

    /// Items that are not there any more, although evcxr still has their names.
    pub(crate) fn forget_items(&mut self, names: &[String]) {
        for name in names {
            self.items.remove(name);
            self.imports.retain(|it| it.name != *name);
        }
    }

    /// Learns what is there now; other items have been replaced or cleared.
    pub(crate) fn update<'a>(
        &mut self,
        variables: impl Iterator<Item = (&'a str, &'a str)>,
        item_names: impl Iterator<Item = &'a str>,
    ) {
        let names: HashSet<&str> = item_names.collect();
        self.items.retain(|name, _| names.contains(name.as_str()));
        self.imports
            .retain(|it| it.name == "*" || names.contains(it.name.as_str()));
        self.variables = variables
            .map(|(name, of)| (name.to_owned(), of.to_owned()))
            .collect();
    }

    pub(crate) fn type_of(&self, variable: &str) -> Option<&str> {
        self.variables.get(variable).map(String::as_str)
    }

    pub(crate) fn variable(&self, name: &str) -> Option<Item> {
        let of = self.variables.get(name)?;
        Some(variable(name, of))
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = Item> {
        self.variables.iter().map(|(name, of)| variable(name, of))
    }

    pub(crate) fn item(&self, name: &str) -> Option<&Item> {
        self.items.get(name)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    pub(crate) fn imports(&self) -> &[Import] {
        &self.imports
    }

    pub(crate) fn cell_types(&self) -> &CellTypes {
        &self.cell_types
    }

    pub(crate) fn types(&self) -> &Types {
        &self.types
    }
}

fn variable(name: &str, of: &str) -> Item {
    Item {
        name: name.to_owned(),
        kind: Kind::Variable,
        owner: None,
        public: true,
        signature: format!("{name}: {of}"),
        documentation: String::new(),
        result_type: of.to_owned(),
    }
}
