//! Definitions of a session: which other definitions the meaning of a type depends on.
//!
//! A compiled cell knows a type by its name and not by its fields. Whether two cells mean
//! the same by `A` is therefore decided from the text: the definition of `A` and, followed
//! by name, of everything that is mentioned there (fields, aliases, constants that are the
//! length of an array, associated types, constant functions, macros). Where a name can mean
//! several things, all of them count: a type is rather taken for another one than for the
//! same.

mod content;
mod imports;

use content::{Content, Reference, declared_name, items_of, names_after_keywords, plain};
use imports::Import;
use ra_ap_syntax::ast::{self, HasModuleItem as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile, SyntaxNode};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// Crates whose types stay as they are for the whole session.
const FIXED_CRATES: [&str; 4] = ["std", "core", "alloc", "pynn"];

/// Stands before an item that takes a name in evcxr's books and defines nothing.
pub(crate) const UNDEFINED: &str = "#[cfg(any())]";

/// Identities of the crates a cell is compiled with, by name: two builds of a crate have
/// the same only if they are the same build.
pub(crate) type Externals = BTreeMap<String, u64>;

/// The kinds of definitions that differ in how they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A struct, an enum, a union or a trait: what has an identity of its own.
    Type,
    /// A macro call, which may define types that the text does not show.
    MacroCall,
    /// A constant, a static or a constructor: a name that is no new variable in a pattern.
    Constant,
    /// Anything else.
    Other,
}

/// One definition.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Modules and name, such as `shapes::Circle`.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    /// Where it stands in the source.
    pub(crate) range: Range<usize>,
    content: Content,
    /// The variants of an enum, which an import can make names of their own.
    variants: Vec<String>,
    /// From where it can be seen, as written: `pub`, or nothing.
    visibility: String,
}

/// All definitions of a source, found by name.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    all: Vec<Definition>,
    by_name: HashMap<String, Vec<usize>>,
    /// Associated types, constants and constant functions: found behind something else.
    members: HashMap<String, Vec<usize>>,
    /// The same by the types they are implemented for: another crate's generic type may be
    /// made of its argument's associated types.
    members_of: HashMap<String, Vec<usize>>,
    /// `use a::*;`, without those of crates that stay as they are.
    globs: BTreeSet<(String, String)>,
}

impl Definitions {
    /// Reads the items of a source file, however deep in modules.
    pub(crate) fn of(source: &str) -> Definitions {
        let file = SourceFile::parse(source, Edition::Edition2024).tree();
        Definitions::of_items(file.items())
    }

    /// Reads items that were parsed already.
    pub(crate) fn of_items(items: impl Iterator<Item = ast::Item>) -> Definitions {
        let mut definitions = Definitions::default();
        for item in items {
            definitions.add(&item, "");
        }
        definitions.name_imported_variants();
        definitions
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.all.iter()
    }

    /// True if `let name` would not bind a variable, since a constant, a static or a
    /// constructor has that name.
    pub(crate) fn is_no_variable(&self, name: &str) -> bool {
        let found = self.by_name.get(name).into_iter().flatten();
        found
            .map(|index| &self.all[*index])
            .any(|definition| definition.kind == Kind::Constant && definition.path == name)
    }

    /// Fingerprint of a definition and everything its meaning depends on.
    pub(crate) fn fingerprint(&self, definition: &Definition, externals: &Externals) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&definition.path, definition.content.hash).hash(&mut hasher);
        self.hash_what_is_reached(&definition.content, externals, &mut hasher);
        hasher.finish()
    }

    /// Fingerprint of what a type means that is written like this: `Vec<A>`; and of
    /// whether it can be named from the root, where variables are.
    pub(crate) fn fingerprint_of_type(&self, written: &str) -> u64 {
        let file = SourceFile::parse(&format!("type T = {written};"), Edition::Edition2024);
        let content = Content::of(&file.syntax_node(), |_| false);
        let mut hasher = DefaultHasher::new();
        self.hash_what_is_reached(&content, &Externals::new(), &mut hasher);
        for reference in &content.references {
            let meant = self
                .meant_by(reference, false)
                .map(|index| &self.all[index]);
            let mut inside: Vec<_> = meant
                .filter(|it| it.path.contains("::"))
                .map(|it| (&it.path, &it.visibility))
                .collect();
            inside.sort_unstable();
            inside.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Fingerprint of a piece of code and everything its meaning depends on.
    pub(crate) fn fingerprint_of_node(&self, node: &SyntaxNode, externals: &Externals) -> u64 {
        let content = Content::of(node, |_| false);
        let mut hasher = DefaultHasher::new();
        content.hash.hash(&mut hasher);
        self.hash_what_is_reached(&content, externals, &mut hasher);
        hasher.finish()
    }

    fn hash_what_is_reached(
        &self,
        content: &Content,
        externals: &Externals,
        hasher: &mut DefaultHasher,
    ) {
        let mut reached = BTreeSet::new();
        let mut crates = BTreeSet::new();
        let mut sources: BTreeSet<&String> = content.sources.iter().collect();
        let mut depends_on_globs = false;
        // Whether a foreign generic type is made of it, too.
        let mut open: Vec<(&Content, bool)> = vec![(content, false)];
        while let Some((content, is_in_foreign)) = open.pop() {
            sources.extend(&content.sources);
            for reference in &content.references {
                if externals.contains_key(&reference.name) {
                    crates.insert(&reference.name);
                }
                let is_foreign = |name: &String| !self.by_name.contains_key(name);
                let is_in_foreign = is_in_foreign || reference.argument_of.iter().any(is_foreign);
                for index in self.meant_by(reference, is_in_foreign) {
                    depends_on_globs |= self.all[index].path.contains("::");
                    if reached.insert((index, is_in_foreign)) {
                        open.push((&self.all[index].content, is_in_foreign));
                    }
                }
            }
        }
        // In the order of their text: the source has them in any.
        let mut found: Vec<_> = reached
            .iter()
            .map(|(index, _)| &self.all[*index])
            .map(|definition| (&definition.path, definition.content.hash))
            .collect();
        found.sort_unstable();
        found.dedup();
        found.hash(hasher);
        for (name, identity) in externals {
            let by_glob = || self.globs.iter().any(|(_, path)| path.starts_with(name));
            if crates.contains(name) || by_glob() {
                (name, identity).hash(hasher);
            }
        }
        if depends_on_globs {
            self.globs.hash(hasher);
        }
        for source in sources {
            (source, std::env::var_os(source)).hash(hasher);
            std::fs::read(source).unwrap_or_default().hash(hasher);
        }
    }

    /// The definitions a name may mean.
    fn meant_by(
        &self,
        reference: &Reference,
        is_in_foreign: bool,
    ) -> impl Iterator<Item = usize> + use<> {
        let is_elsewhere = reference.head.as_deref().is_some_and(|head| {
            head.is_empty() || FIXED_CRATES.contains(&head) && !self.by_name.contains_key(head)
        });
        let among = |names: &HashMap<String, Vec<usize>>, is_asked: bool| {
            let found = is_asked.then(|| names.get(&reference.name)).flatten();
            found.cloned().unwrap_or_default()
        };
        let named = among(&self.by_name, !is_elsewhere);
        let members = among(&self.members, !is_elsewhere && reference.is_member);
        let members_of = among(&self.members_of, is_in_foreign);
        named.into_iter().chain(members).chain(members_of)
    }

    /// `use Shape::*;` makes the variants names of their own.
    fn name_imported_variants(&mut self) {
        let imported: BTreeSet<String> = self
            .globs
            .iter()
            .filter_map(|(_, path)| path.split("::").last().map(str::to_owned))
            .collect();
        for (index, definition) in self.all.iter().enumerate() {
            let name = definition.path.rsplit("::").next().unwrap_or_default();
            if imported.contains(name) {
                for variant in &definition.variants {
                    self.by_name.entry(variant.clone()).or_default().push(index);
                }
            }
        }
    }

    fn add(&mut self, item: &ast::Item, module: &str) {
        let node = item.syntax();
        let whole = |_: &SyntaxNode| false;
        let mut attributes = node.children().filter(|it| ast::Attr::can_cast(it.kind()));
        if attributes.any(|it| it.text() == UNDEFINED) {
            return;
        }
        match item {
            ast::Item::Struct(it) => {
                let path = self.push_named(it, module, Kind::Type, Content::of(node, whole));
                // The constructor is a value of the same name.
                if !matches!(it.kind(), ast::StructKind::Record(_)) {
                    self.push(
                        path,
                        Kind::Constant,
                        node,
                        Content::default(),
                        declared_name(it),
                    );
                }
            }
            ast::Item::Enum(it) => {
                self.push_named(it, module, Kind::Type, Content::of(node, whole));
                let variants = it.variant_list().into_iter().flat_map(|it| it.variants());
                if let Some(last) = self.all.last_mut() {
                    last.variants = variants.filter_map(|it| declared_name(&it)).collect();
                }
            }
            ast::Item::Union(it) => {
                self.push_named(it, module, Kind::Type, Content::of(node, whole));
            }
            ast::Item::Trait(it) => {
                self.push_named(it, module, Kind::Type, Content::of(node, is_body_of_method));
                let list = it.assoc_item_list();
                let members = list.into_iter().flat_map(|list| list.assoc_items());
                for name in members.filter_map(|it| name_of_associated(&it)) {
                    self.members
                        .entry(name)
                        .or_default()
                        .push(self.all.len() - 1);
                }
            }
            ast::Item::TypeAlias(it) => {
                self.push_named(it, module, Kind::Other, Content::of(node, whole));
            }
            ast::Item::Const(it) => {
                self.push_named(it, module, Kind::Constant, Content::of(node, whole));
            }
            ast::Item::Static(it) => {
                self.push_named(it, module, Kind::Constant, Content::of(node, whole));
            }
            ast::Item::Fn(it) if it.const_token().is_some() => {
                self.push_named(it, module, Kind::Other, Content::of(node, whole));
            }
            ast::Item::Fn(it) => {
                // Only that the name means a function: its body shapes no type.
                self.push_named(it, module, Kind::Other, Content::default());
            }
            ast::Item::MacroRules(it) => {
                self.push_named(it, module, Kind::Other, Content::of(node, whole));
                self.name_last(names_after_keywords(node));
            }
            ast::Item::MacroDef(it) => {
                self.push_named(it, module, Kind::Other, Content::of(node, whole));
                self.name_last(names_after_keywords(node));
            }
            ast::Item::MacroCall(it) => {
                let content = Content::of(node, whole);
                let names: Vec<String> = content
                    .references
                    .iter()
                    .map(|it| it.name.clone())
                    .collect();
                let arguments = it
                    .token_tree()
                    .map(|tree| Content::of(tree.syntax(), whole));
                let arguments = arguments.into_iter().flat_map(|it| it.references);
                let first = arguments.map(|it| it.name).next().unwrap_or_default();
                let called = names.first().cloned().unwrap_or_default();
                let path = format!("{module}{called}!({first})");
                self.push(path, Kind::MacroCall, node, content, None);
                self.name_last(names);
            }
            ast::Item::Module(it) => {
                if let Some(name) = declared_name(it) {
                    let inner = format!("{module}{name}::");
                    self.push_named(it, module, Kind::Other, Content::default());
                    for item in items_of(it) {
                        self.add(&item, &inner);
                    }
                }
            }
            ast::Item::Use(it) => {
                for import in Import::all_of(it) {
                    self.add_import(&import, module, node);
                }
            }
            ast::Item::ExternCrate(it) => {
                let name = it.rename().and_then(|rename| declared_name(&rename));
                let name = name.or_else(|| Some(it.name_ref()?.text().to_string()));
                let path = format!("{module}{}", name.clone().unwrap_or_default());
                self.push(path, Kind::Other, node, Content::of(node, whole), name);
            }
            ast::Item::Impl(it) => self.add_implementation(it, module),
            _ => {}
        }
    }

    /// Associated types, constants and constant functions can be part of a type's layout.
    fn add_implementation(&mut self, implementation: &ast::Impl, module: &str) {
        let Some(list) = implementation.assoc_item_list() else {
            return;
        };
        let header = Content::of(implementation.syntax(), |node| node == list.syntax());
        let of = implementation
            .self_ty()
            .map(|of| Content::of(of.syntax(), |_| false));
        let owners = of.into_iter().flat_map(|of| of.references);
        let owners: Vec<String> = owners.map(|it| it.name).collect();
        for item in list.assoc_items() {
            let Some(name) = name_of_associated(&item) else {
                continue;
            };
            let mut content = Content::of(item.syntax(), |_| false);
            content.join(header.clone());
            let path = format!("{module}<impl {}>::{name}", owners.join(" "));
            self.push(path, Kind::Other, item.syntax(), content, None);
            let last = self.all.len() - 1;
            self.members.entry(name).or_default().push(last);
            for owner in &owners {
                self.members_of.entry(owner.clone()).or_default().push(last);
            }
        }
    }

    /// What a leaf of a `use` brings.
    fn add_import(&mut self, import: &Import, module: &str, node: &SyntaxNode) {
        let whole = import.segments.join("::");
        if import.is_glob {
            let head = import.segments.first().map_or("", String::as_str);
            if !FIXED_CRATES.contains(&head) {
                self.globs.insert((module.to_owned(), whole));
            }
            return;
        }
        let segments = import.named_segments();
        let mut hasher = DefaultHasher::new();
        whole.hash(&mut hasher);
        let head = segments.first().filter(|_| segments.len() > 1);
        let references = segments.iter().enumerate().map(|(index, name)| Reference {
            name: plain(name),
            head: head.filter(|_| index > 0).map(|head| (*head).to_owned()),
            is_member: index > 0,
            argument_of: Vec::new(),
        });
        let content = Content {
            hash: hasher.finish(),
            references: references.collect(),
            sources: Vec::new(),
        };
        let name = import.name();
        let path = format!("{module}{}", name.clone().unwrap_or_default());
        self.push(path, Kind::Other, node, content, name);
    }

    fn push_named(
        &mut self,
        item: &impl ast::HasName,
        module: &str,
        kind: Kind,
        content: Content,
    ) -> String {
        let name = declared_name(item);
        let path = format!("{module}{}", name.clone().unwrap_or_default());
        self.push(path.clone(), kind, item.syntax(), content, name);
        path
    }

    fn push(
        &mut self,
        path: String,
        kind: Kind,
        node: &SyntaxNode,
        content: Content,
        name: Option<String>,
    ) {
        let range = node.text_range();
        self.all.push(Definition {
            path,
            kind,
            range: range.start().into()..range.end().into(),
            content,
            variants: Vec::new(),
            visibility: node
                .children()
                .find_map(ast::Visibility::cast)
                .map_or(String::new(), |it| it.syntax().text().to_string()),
        });
        self.name_last(name.into_iter().collect());
    }

    /// The definition that was added last is found by these names, too.
    fn name_last(&mut self, names: Vec<String>) {
        let last = self.all.len() - 1;
        for name in names {
            let found = self.by_name.entry(name).or_default();
            if found.last() != Some(&last) {
                found.push(last);
            }
        }
    }
}

/// The name of a member that can be part of a type's layout.
fn name_of_associated(item: &ast::AssocItem) -> Option<String> {
    match item {
        ast::AssocItem::Const(item) => declared_name(item),
        ast::AssocItem::TypeAlias(item) => declared_name(item),
        ast::AssocItem::Fn(item) if item.const_token().is_some() => declared_name(item),
        ast::AssocItem::MacroCall(item) => Some(item.syntax().text().to_string()),
        ast::AssocItem::Fn(_) => None,
    }
}

/// The body a trait gives a method: a table of methods points to it, wherever it is.
fn is_body_of_method(node: &SyntaxNode) -> bool {
    let function = node.parent().and_then(ast::Fn::cast);
    ast::BlockExpr::can_cast(node.kind())
        && function.is_some_and(|function| function.const_token().is_none())
}

/// One name as evcxr files the items of a cell: a later item of a name replaces the
/// earlier one, of whatever kind; an import is an item for each name it brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What an item is filed as; nothing if it has no name.
pub(crate) fn filed(item: &ast::Item) -> Vec<Filed> {
    if let ast::Item::Use(item) = item {
        let imports = Import::all_of(item);
        return imports.iter().filter_map(filed_import).collect();
    }
    let item = ast::AnyHasName::cast(item.syntax().clone());
    let filed = item.and_then(|item| {
        let text = item.syntax().text().to_string();
        declared_name(&item).map(|name| Filed { name, text })
    });
    filed.into_iter().collect()
}

fn filed_import(import: &Import) -> Option<Filed> {
    if import.is_glob {
        return None;
    }
    let path = match import.segments.as_slice() {
        // `use a::{self}` names `a`.
        [before @ .., last] if last == "self" && !before.is_empty() => before.join("::"),
        all => all.join("::"),
    };
    let name = import.name()?;
    let text = match import.is_renamed() {
        true => format!("use {path} as {name};"),
        false => format!("use {path};"),
    };
    Some(Filed { name, text })
}

#[cfg(test)]
mod tests;
