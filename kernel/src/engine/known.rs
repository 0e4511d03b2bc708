//! What is known without asking anybody: the runtime's interface, what the session
//! has defined, the language's words.
//!
//! While a cell runs, evcxr and its rust-analyzer belong to the cell, and this is
//! what completion and inspection answer from. When none runs, it adds to
//! rust-analyzer's answers what that does not know: names in strings, units.

mod index;
pub(crate) mod item;
mod parameters;
mod session;
mod types;
mod vocabulary;

use super::cursor::{Cursor, Inside};
use super::{commands, documentation};
use evcxr::CommandContext;
use hx_jupyter::{Completion, Completions, MimeBundle};
use index::Index;
use item::{Item, Kind, base_name};
use session::Session;
use std::sync::{LazyLock, PoisonError, RwLock};

pub(crate) use vocabulary::KEYWORDS;

/// The module cells import everything from.
const PRELUDE: &str = "pynn::prelude";

/// Types of the standard library whose fields are all private.
const WITHOUT_FIELDS: [&str; 14] = [
    "Arc", "BTreeMap", "BTreeSet", "Box", "Cell", "HashMap", "HashSet", "Instant", "Mutex",
    "PathBuf", "Rc", "String", "Vec", "VecDeque",
];

/// What is known.
pub(crate) struct Known {
    /// Read when it is first asked for.
    index: LazyLock<Index>,
    session: RwLock<Session>,
}

impl Known {
    pub(crate) fn new() -> Known {
        Known {
            index: LazyLock::new(|| {
                let began = std::time::Instant::now();
                let index = Index::read();
                tracing::info!(elapsed = ?began.elapsed(), "read the runtime's interface");
                index
            }),
            session: RwLock::default(),
        }
    }

    /// Reads the runtime's interface, so that nobody waits for it later.
    pub(crate) fn prepare(&self) {
        LazyLock::force(&self.index);
    }

    /// Learns of the session after a cell: its code, if it counts.
    pub(crate) fn update(&self, context: &CommandContext, code: &str) {
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        session.add_cell(&commands::blank(code).0);
        session.update(context.variables_and_types(), context.defined_item_names());
    }

    /// What fits at the cursor.
    pub(crate) fn complete(&self, cursor: &Cursor) -> Completions {
        let view_of_session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let view = View {
            index: &self.index,
            session: &view_of_session,
        };
        let prefix = cursor.prefix();
        let mut candidates: Vec<Completion> = view
            .candidates(cursor)
            .into_iter()
            .filter(|item| item.name.starts_with(prefix))
            .map(|item| Completion {
                kind: item.kind.word().to_owned(),
                signature: item.signature,
                text: item.name,
            })
            .collect();
        let mut seen = std::collections::HashSet::new();
        candidates.retain(|one| seen.insert(one.text.clone()));
        Completions {
            range: cursor.word.clone(),
            candidates,
        }
    }

    /// Documentation of what stands at the cursor.
    pub(crate) fn inspect(&self, cursor: &Cursor) -> Option<MimeBundle> {
        self.at(cursor).map(|item| documentation::of_known(&item))
    }

    /// What the runtime's table of parameters says about what stands at the cursor.
    pub(crate) fn inspect_parameter(&self, cursor: &Cursor) -> Option<MimeBundle> {
        let item = self.at(cursor)?;
        let is_builder = item.owner.as_deref() == Some(parameters::OWNER)
            && self
                .index
                .parameters()
                .iter()
                .any(|it| it.name == item.name);
        (is_builder || cursor.inside == Inside::Text).then(|| documentation::of_known(&item))
    }

    /// What is known about the candidates that rust-analyzer may give.
    pub(crate) fn judge(&self, cursor: &Cursor) -> Judge {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let view = View {
            index: &self.index,
            session: &session,
        };
        let is_complete = match &cursor.inside {
            Inside::Path(path) => view.module_of(path).is_some(),
            _ => false,
        };
        let of = match cursor.inside {
            Inside::Member(dot) => types::before(&view, cursor, dot),
            _ => None,
        };
        Judge {
            known: view.candidates(cursor),
            is_complete,
            hidden: of
                .as_deref()
                .map(|of| view.hidden_members(of))
                .unwrap_or_default(),
            has_no_fields: of.is_some_and(|of| WITHOUT_FIELDS.contains(&base_name(&of).as_str())),
        }
    }

    /// The type of the variable the cursor touches, by a path a cell can name it by.
    pub(crate) fn type_of_variable(&self, cursor: &Cursor) -> Option<String> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let view = View {
            index: &self.index,
            session: &session,
        };
        let word = cursor.word_at().filter(|_| cursor.inside == Inside::Code)?;
        let of = types::before(&view, cursor, word + 1)?;
        let name = base_name(&of);
        if !view.is_of_session(&of)
            && let Some((module, _)) = self.index.find_type(&name)
        {
            return Some(format!("{module}::{name}"));
        }
        let path = of.split('<').next()?.trim_start_matches(['&', ' ']);
        let is_path = |one: char| one.is_alphanumeric() || one == '_' || one == ':';
        (!path.is_empty() && path.chars().all(is_path)).then(|| path.to_owned())
    }

    /// The path by which a cell names what lies at a path of the runtime's files.
    pub(crate) fn public_path(&self, path: &str) -> String {
        let mut known = path;
        if !path.starts_with("pynn::") || self.index.module(path).is_some() {
            return path.to_owned();
        }
        let name = base_name(path);
        if let Some((module, _)) = self.index.find_type(&name) {
            return format!("{module}::{name}");
        }
        while let Some((before, _)) = known.rsplit_once("::") {
            known = before;
            if self.index.module(known).is_some() {
                break;
            }
        }
        known.to_owned()
    }

    fn at(&self, cursor: &Cursor) -> Option<Item> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let view = View {
            index: &self.index,
            session: &session,
        };
        view.at(cursor)
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
}

/// What is known about the candidates that rust-analyzer gives.
pub(crate) struct Judge {
    known: Vec<Item>,
    /// Whether what is not known does not exist.
    is_complete: bool,
    hidden: Vec<String>,
    has_no_fields: bool,
}

impl Judge {
    /// Whether a cell can use this there. rust-analyzer takes the runtime and the
    /// standard library for code one is editing, and offers what is private to them.
    pub(crate) fn allows(&self, name: &str, is_called: bool) -> bool {
        (!self.is_complete || self.known(name).is_some())
            && !self.hidden.iter().any(|hidden| hidden == name)
            && (!self.has_no_fields || is_called)
    }

    /// What it is.
    pub(crate) fn known(&self, name: &str) -> Option<&Item> {
        self.known.iter().find(|item| item.name == name)
    }
}

/// The index and a session together.
struct View<'a> {
    index: &'a Index,
    session: &'a Session,
}

impl View<'_> {
    /// Everything that could stand at the cursor.
    fn candidates(&self, cursor: &Cursor) -> Vec<Item> {
        match &cursor.inside {
            Inside::Command => commands::described().map(as_command).collect(),
            Inside::Nothing => Vec::new(),
            Inside::Text => vocabulary::in_text(self, cursor),
            Inside::Member(dot) => match types::before(self, cursor, *dot) {
                Some(of) => self.members(&of),
                None => Vec::new(),
            },
            Inside::Path(path) => self.below(path),
            Inside::Code => self.in_scope(),
        }
    }

    /// What stands at the cursor, or what is called where it stands.
    fn at(&self, cursor: &Cursor) -> Option<Item> {
        match cursor.inside {
            Inside::Command | Inside::Text => {
                let word = &cursor.rust[cursor.word.clone()];
                let found = self
                    .candidates(cursor)
                    .into_iter()
                    .find(|it| it.name == word);
                if found.is_some() || cursor.inside == Inside::Command {
                    return found;
                }
            }
            Inside::Nothing => return None,
            _ => {}
        }
        let word = cursor.word_at().or_else(|| cursor.enclosing_call())?;
        self.named_at(cursor, word)
    }

    fn named_at(&self, cursor: &Cursor, word: usize) -> Option<Item> {
        let name = cursor.tokens[word].text.as_str();
        let before = word.checked_sub(1);
        match before.map_or("", |before| cursor.tokens[before].text.as_str()) {
            "." => match types::before(self, cursor, word - 1) {
                Some(of) => self.member(&of, name).map(|(_, item)| item),
                // Of whatever type: if all that are called so are one and the same.
                None => {
                    let mut found = self.index.members_called(name);
                    found.next().filter(|_| found.next().is_none()).cloned()
                }
            },
            "::" => self.item(&cursor.path_before(word - 1), name),
            _ => self
                .session
                .variable(name)
                .map(|item| self.with_type_documentation(item))
                .or_else(|| self.item(&[], name))
                .or_else(|| self.index.find_type(name).map(|(_, item)| item.clone())),
        }
    }

    /// A variable is what its type is.
    fn with_type_documentation(&self, variable: Item) -> Item {
        let name = base_name(&variable.gives);
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
    fn in_scope(&self) -> Vec<Item> {
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
            .chain(vocabulary::of_the_language())
            .collect()
    }

    /// The public path of the module a path names.
    fn module_of(&self, path: &[String]) -> Option<String> {
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
    fn below(&self, path: &[String]) -> Vec<Item> {
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
    fn members(&self, of: &str) -> Vec<Item> {
        let mut members = Vec::new();
        for one in self.chain(of) {
            let own = self.own_members(&one).iter();
            let usable = own.filter(|item| matches!(item.kind, Kind::Method | Kind::Field));
            members.extend(usable.filter(|item| self.is_visible(&one, item)).cloned());
        }
        members
    }

    /// What a value of a type has and a cell must not use.
    fn hidden_members(&self, of: &str) -> Vec<String> {
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
    fn member(&self, of: &str, name: &str) -> Option<(String, Item)> {
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
    fn item(&self, path: &[String], name: &str) -> Option<Item> {
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

    fn chain(&self, of: &str) -> Vec<String> {
        if self.is_of_session(of) {
            self.session.types().chain(of)
        } else {
            self.index.types().chain(of)
        }
    }

    fn is_of_session(&self, of: &str) -> bool {
        self.session.item(&base_name(of)).is_some()
    }

    /// All of the session's is in one crate with the cell.
    fn is_visible(&self, owner: &str, item: &Item) -> bool {
        item.public || self.is_of_session(owner)
    }
}

fn as_command((name, does): (&str, &str)) -> Item {
    Item {
        name: name.to_owned(),
        kind: Kind::Keyword,
        owner: None,
        public: true,
        signature: does.to_owned(),
        documentation: does.to_owned(),
        gives: String::new(),
    }
}
