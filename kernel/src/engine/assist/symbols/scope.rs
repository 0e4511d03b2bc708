//! The runtime's interface and the session together: what a name means to a cell.

use super::builtins;
use super::index::Index;
use super::item::{Item, Kind, base_name};
use super::session::Session;

/// The module cells import everything from.
const PRELUDE: &str = "pynn::prelude";

/// The index and a session together.
pub(super) struct Scope<'a> {
    pub(super) index: &'a Index,
    pub(super) session: &'a Session,
}

impl Scope<'_> {
    /// A variable is what its type is.
    pub(super) fn with_type_documentation(&self, variable: Item) -> Item {
        let name = base_name(&variable.result_type);
        let of_session = self.session.item(&name);
        let of = of_session.or_else(|| self.index.find_type(&name).map(|(_, item)| item));
        Item {
            documentation: of
                .map(|item| item.documentation.clone())
                .unwrap_or_default(),
            ..variable
        }
    }

    /// What a plain word can mean.
    pub(super) fn in_scope(&self) -> Vec<Item> {
        let prelude = self
            .index
            .module(PRELUDE)
            .into_iter()
            .flat_map(|it| it.values());
        let imported = self.session.imports().iter();
        let imported = imported.filter_map(|import| {
            let (name, path) = import.path.split_last()?;
            let item = self.item(path, name)?;
            Some(Item {
                name: import.name.clone(),
                ..item
            })
        });
        self.session
            .variables()
            .chain(self.session.items().cloned())
            .chain(imported)
            .chain(prelude.map(|entry| entry.item.clone()))
            .chain(builtins::of_the_language())
            .collect()
    }

    /// The public path of the module a path names.
    pub(super) fn module_of(&self, path: &[String]) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "pynn" => "pynn".to_owned(),
            name => {
                let imported = self.session.imports().iter().find(|it| it.name == name);
                match imported {
                    Some(import) if import.path != path => self.module_of(&import.path)?,
                    _ => self.index.module(PRELUDE)?.get(name)?.module.clone()?,
                }
            }
        };
        for name in rest {
            module = self.index.module(&module)?.get(name)?.module.clone()?;
        }
        Some(module)
    }

    /// What can follow `path::`.
    pub(super) fn below(&self, path: &[String]) -> Vec<Item> {
        if let Some(module) = self.module_of(path) {
            let names = self.index.module(&module).into_iter().flatten();
            return names
                .map(|(name, entry)| Item {
                    name: name.clone(),
                    ..entry.item.clone()
                })
                .collect();
        }
        let Some(owner) = path.last() else {
            return Vec::new();
        };
        let members = self.own_members(owner).iter();
        let mut members: Vec<Item> = members
            .filter(|item| item.kind != Kind::Field && self.is_visible(owner, item))
            .cloned()
            .collect();
        // What makes one comes first.
        members.sort_by_key(|item| item.kind == Kind::Method);
        members
    }

    /// What can follow a value of a type and a dot.
    pub(super) fn members(&self, of: &str) -> Vec<Item> {
        let mut members = Vec::new();
        for one in self.chain(of) {
            let own = self.own_members(&one).iter();
            let usable = own.filter(|item| matches!(item.kind, Kind::Method | Kind::Field));
            members.extend(usable.filter(|item| self.is_visible(&one, item)).cloned());
        }
        members
    }

    /// What a value of a type has and a cell must not use.
    pub(super) fn hidden_members(&self, of: &str) -> Vec<String> {
        let visible = self.members(of);
        let chain = self.chain(of);
        let all = chain.iter().flat_map(|one| {
            self.own_members(one)
                .iter()
                .filter(|item| !self.is_visible(one, item))
        });
        all.filter(|item| visible.iter().all(|it| it.name != item.name))
            .map(|item| item.name.clone())
            .collect()
    }

    /// The member of this name, and the type it really belongs to.
    pub(super) fn member(&self, of: &str, name: &str) -> Option<(String, Item)> {
        self.chain(of).into_iter().find_map(|one| {
            let found = self
                .own_members(&one)
                .iter()
                .find(|item| item.name == name)?;
            self.is_visible(&one, found)
                .then(|| (one.clone(), found.clone()))
        })
    }

    /// What a name means behind a path, or on its own if there is none.
    pub(super) fn item(&self, path: &[String], name: &str) -> Option<Item> {
        if path.is_empty() {
            let found = self.in_scope().into_iter().find(|item| item.name == name);
            return found.filter(|item| !item.signature.is_empty());
        }
        if let Some(module) = self.module_of(path) {
            return Some(self.index.module(&module)?.get(name)?.item.clone());
        }
        self.member(path.last()?, name).map(|(_, item)| item)
    }

    /// A type of the session's hides one of the runtime's.
    fn own_members(&self, of: &str) -> &[Item] {
        if self.is_of_session(of) {
            return self.session.types().own_members(of);
        }
        match self.index.find_type(&base_name(of)) {
            Some(_) => self.index.types().own_members(of),
            None => &[],
        }
    }

    pub(super) fn chain(&self, of: &str) -> Vec<String> {
        if self.is_of_session(of) {
            self.session.types().chain(of)
        } else {
            self.index.types().chain(of)
        }
    }

    pub(super) fn is_of_session(&self, of: &str) -> bool {
        self.session.item(&base_name(of)).is_some()
    }

    /// All of the session's is in one crate with the cell.
    fn is_visible(&self, owner: &str, item: &Item) -> bool {
        item.public || self.is_of_session(owner)
    }
}
