//! What is known without asking anybody: the runtime's interface, what the session
//! has defined, the language's words.
//!
//! While a cell runs, evcxr and its rust-analyzer belong to the cell, and this is
//! what completion and inspection answer from. When none runs, it adds to
//! rust-analyzer's answers what that does not know: names in strings, units.

pub(crate) mod builtins;
mod candidates;
mod cell_types;
mod index;
mod infer;
pub(crate) mod item;
mod parameters;
mod scope;
mod session;
mod text_words;

use crate::engine::assist::cursor::{Cursor, Inside};
use crate::engine::assist::documentation;
use crate::engine::code::leading_lines;
use evcxr::CommandContext;
use hx_jupyter::{Completion, Completions, MimeBundle};
use index::Index;
use item::{Item, base_name};
use scope::Scope;
use session::Session;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

/// Types of the standard library whose fields are all private.
const WITHOUT_FIELDS: [&str; 14] = [
    "Arc", "BTreeMap", "BTreeSet", "Box", "Cell", "HashMap", "HashSet", "Instant", "Mutex",
    "PathBuf", "Rc", "String", "Vec", "VecDeque",
];

/// What is known.
pub(crate) struct SymbolIndex {
    /// Read when it is first asked for.
    index: LazyLock<Index>,
    session: RwLock<Session>,
    /// What rust-analyzer has said about words of the standard library.
    remembered: RwLock<HashMap<String, MimeBundle>>,
}

impl SymbolIndex {
    pub(crate) fn new() -> SymbolIndex {
        SymbolIndex {
            index: LazyLock::new(|| {
                let began = std::time::Instant::now();
                let index = Index::read();
                tracing::info!(elapsed = ?began.elapsed(), "read the runtime's interface");
                index
            }),
            session: RwLock::default(),
            remembered: RwLock::default(),
        }
    }

    /// Keeps the documentation of a word that is the same everywhere.
    pub(crate) fn remember(&self, word: &str, documentation: MimeBundle) {
        let mut remembered = self.remembered.write();
        let remembered = remembered.as_mut().unwrap_or_else(|error| error.get_mut());
        remembered.insert(word.to_owned(), documentation);
    }

    /// Reads the runtime's interface, so that nobody waits for it later.
    pub(crate) fn prepare(&self) {
        LazyLock::force(&self.index);
    }

    /// Learns of the session after a cell: its code, if it counts.
    pub(crate) fn update(&self, context: &CommandContext, code: &str) {
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        session.add_cell(&leading_lines::blank(code).0);
        session.update(context.variables_and_types(), context.defined_item_names());
    }

    /// Learns that items are not there any more, although evcxr still has their names.
    pub(crate) fn forget_items(&self, names: &[String]) {
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        session.forget_items(names);
    }

    /// What fits at the cursor.
    pub(crate) fn complete(&self, cursor: &Cursor) -> Completions {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let scope = Scope {
            index: &self.index,
            session: &session,
        };
        let prefix = cursor.prefix();
        let mut candidates: Vec<Completion> = candidates::candidates(&scope, cursor)
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
        let known = self.at(cursor).map(|item| documentation::of_known(&item));
        known.or_else(|| {
            let word = cursor.word_at().filter(|_| cursor.inside == Inside::Code)?;
            let remembered = self
                .remembered
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            remembered.get(&cursor.tokens[word].text).cloned()
        })
    }

    /// What the runtime's table of parameters says about what stands at the cursor.
    pub(crate) fn inspect_parameter(&self, cursor: &Cursor) -> Option<MimeBundle> {
        let item = self.at(cursor)?;
        let mut builders = self.index.parameters().iter();
        let is_builder = builders.any(|parameter| parameter.builder().as_ref() == Some(&item));
        (is_builder || cursor.inside == Inside::Text).then(|| documentation::of_known(&item))
    }

    /// What is known about the candidates that rust-analyzer may give.
    pub(crate) fn completion_filter(&self, cursor: &Cursor) -> CompletionFilter {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let scope = Scope {
            index: &self.index,
            session: &session,
        };
        let is_complete = match &cursor.inside {
            Inside::Path(path) => scope.module_of(path).is_some(),
            _ => false,
        };
        let of = match cursor.inside {
            Inside::Member(dot) => infer::before(&scope, cursor, dot),
            _ => None,
        };
        CompletionFilter {
            known: candidates::candidates(&scope, cursor),
            is_complete,
            hidden: of
                .as_deref()
                .map(|of| scope.hidden_members(of))
                .unwrap_or_default(),
            has_no_fields: of.is_some_and(|of| WITHOUT_FIELDS.contains(&base_name(&of).as_str())),
        }
    }

    /// The type of the variable the cursor touches, by a path a cell can name it by.
    pub(crate) fn type_of_variable(&self, cursor: &Cursor) -> Option<String> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let scope = Scope {
            index: &self.index,
            session: &session,
        };
        let word = cursor.word_at().filter(|_| cursor.inside == Inside::Code)?;
        let of = infer::before(&scope, cursor, word + 1)?;
        let name = base_name(&of);
        if !scope.is_of_session(&of)
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
        let scope = Scope {
            index: &self.index,
            session: &session,
        };
        candidates::at(&scope, cursor)
    }
}

/// What is known about the candidates that rust-analyzer gives.
pub(crate) struct CompletionFilter {
    known: Vec<Item>,
    /// True if what is not known does not exist.
    is_complete: bool,
    hidden: Vec<String>,
    has_no_fields: bool,
}

impl CompletionFilter {
    /// True if a cell can use this there. rust-analyzer takes the runtime and the
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
