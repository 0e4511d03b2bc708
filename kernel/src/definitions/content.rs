//! Content of a definition: the tokens that give it its meaning, and the names in them.
//!
//! Comments, visibility, the standard derives and the bodies of a trait's methods change
//! neither the layout of a type nor that of a table of methods, so they do not count:
//! who adds a `#[derive(Debug)]` keeps the variables of the type.

use ra_ap_syntax::ast::{self, HasModuleItem as _};
use ra_ap_syntax::{AstNode as _, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, WalkEvent};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Derives of the standard library, which add implementations and leave the type as it is.
const STANDARD_DERIVES: [&str; 9] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
];

/// Attributes that say nothing about the layout of what they stand before.
const IDLE_ATTRIBUTES: [&str; 8] = [
    "allow",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "inline",
    "must_use",
    "warn",
];

/// Macros whose result depends on the surroundings and not on their text alone.
const READ_SURROUNDINGS: [&str; 9] = [
    "column",
    "env",
    "file",
    "include",
    "include_bytes",
    "include_str",
    "line",
    "module_path",
    "option_env",
];

/// Generic types of the standard library whose layout depends on their arguments alone,
/// and not on what the arguments' associated types are.
const PLAIN_GENERICS: [&str; 28] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "Cell",
    "HashMap",
    "HashSet",
    "LazyCell",
    "LazyLock",
    "LinkedList",
    "ManuallyDrop",
    "MaybeUninit",
    "Mutex",
    "NonNull",
    "OnceCell",
    "OnceLock",
    "Option",
    "PhantomData",
    "Pin",
    "Rc",
    "RefCell",
    "Result",
    "Reverse",
    "RwLock",
    "Vec",
    "VecDeque",
    "Weak",
];

/// A name that a piece of code refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: String,
    /// First segment of the path the name stands in, empty for a path that begins with
    /// `::`; `None` if the name is itself the first segment.
    pub(super) head: Option<String>,
    /// True if something stands before it that it may be a member of, as in `A::N`.
    pub(super) is_member: bool,
    /// Generic types it is an argument of, without the plain ones.
    pub(super) argument_of: Vec<String>,
}

/// The meaning of a piece of code, as far as its own text goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    /// Hash of the tokens that count.
    pub(super) hash: u64,
    pub(super) references: Vec<Reference>,
    /// Texts of string literals, if macros are called that may read files or variables
    /// of these names.
    pub(super) sources: Vec<String>,
}

impl Content {
    /// Reads a node without the subtrees that `is_left_out` names.
    pub(super) fn of(node: &SyntaxNode, is_left_out: impl Fn(&SyntaxNode) -> bool) -> Content {
        let mut hasher = DefaultHasher::new();
        let mut content = Content::default();
        let mut literals = Vec::new();
        let mut reads_surroundings = false;
        let mut walk = node.preorder_with_tokens();
        while let Some(event) = walk.next() {
            match event {
                WalkEvent::Enter(NodeOrToken::Node(inner)) => {
                    if ast::Visibility::can_cast(inner.kind()) || is_left_out(&inner) {
                        walk.skip_subtree();
                    } else if let Some(attribute) = ast::Attr::cast(inner) {
                        if is_idle(&attribute) {
                            walk.skip_subtree();
                        } else if name_of(&attribute).as_deref() == Some("derive") {
                            walk.skip_subtree();
                            for derive in further_derives(&attribute) {
                                derive.hash(&mut hasher);
                                content.refer_to(&derive);
                            }
                        }
                    }
                }
                WalkEvent::Enter(NodeOrToken::Token(token)) => {
                    if token.kind().is_trivia() {
                        continue;
                    }
                    token.text().hash(&mut hasher);
                    match token.kind() {
                        SyntaxKind::IDENT => {
                            reads_surroundings |= READ_SURROUNDINGS.contains(&token.text());
                            content.take_name(&token);
                        }
                        SyntaxKind::STRING => {
                            literals.push(token.text().trim_matches('"').to_owned());
                        }
                        _ => {}
                    }
                }
                WalkEvent::Leave(_) => {}
            }
        }
        content.hash = hasher.finish();
        if reads_surroundings {
            // The line, for `line!()`; every other source is named by a literal.
            let before = node.text_range().start();
            let file = node.ancestors().last().unwrap_or_else(|| node.clone());
            let line = file.text().to_string()[..before.into()]
                .matches('\n')
                .count();
            content.sources = literals;
            content.sources.push(format!("line {line}"));
        }
        content
    }

    /// Adds the names in `other` and what it hashes to.
    pub(super) fn join(&mut self, other: Content) {
        let mut hasher = DefaultHasher::new();
        (self.hash, other.hash).hash(&mut hasher);
        self.hash = hasher.finish();
        self.references.extend(other.references);
        self.sources.extend(other.sources);
    }

    fn refer_to(&mut self, name: &str) {
        self.references.push(Reference {
            name: plain(name),
            ..Reference::default()
        });
    }

    fn take_name(&mut self, token: &SyntaxToken) {
        let Some(parent) = token.parent() else { return };
        match parent.kind() {
            // What is defined here, not referred to.
            SyntaxKind::NAME => {}
            SyntaxKind::NAME_REF => self.references.push(Reference {
                name: plain(token.text()),
                head: head_of(&parent).filter(|head| head != token.text()),
                is_member: is_member(&parent),
                argument_of: generics_around(&parent),
            }),
            // In the tokens of a macro nobody can tell.
            _ => self.references.push(Reference {
                name: plain(token.text()),
                is_member: true,
                ..Reference::default()
            }),
        }
    }
}

/// The name an item declares.
pub(super) fn declared_name(item: &impl ast::HasName) -> Option<String> {
    item.name().map(|name| plain(name.text()))
}

/// A name without the mark of a raw identifier.
pub(super) fn plain(name: &str) -> String {
    name.trim_start_matches("r#").to_owned()
}

/// True if a name stands behind a path, a type or a value: `A::N`, `<A as T>::N`, `a.n()`.
fn is_member(name: &SyntaxNode) -> bool {
    let Some(parent) = name.parent() else {
        return false;
    };
    let Some(segment) = ast::PathSegment::cast(parent) else {
        return true;
    };
    let path = segment.syntax().parent().and_then(ast::Path::cast);
    path.is_some_and(|path| path.qualifier().is_some())
}

/// The generic types a name is an argument of, from the inside out.
fn generics_around(name: &SyntaxNode) -> Vec<String> {
    let lists = name.ancestors().filter_map(ast::GenericArgList::cast);
    let generics = lists.filter_map(|list| {
        let segment = list.syntax().parent().and_then(ast::PathSegment::cast)?;
        Some(plain(segment.name_ref()?.text()))
    });
    generics
        .filter(|name| !PLAIN_GENERICS.contains(&name.as_str()))
        .collect()
}

/// The first segment of the path a name stands in; empty if that begins with `::`.
fn head_of(name: &SyntaxNode) -> Option<String> {
    let segment = name.parent().and_then(ast::PathSegment::cast)?;
    let mut path = segment.syntax().parent().and_then(ast::Path::cast)?;
    while let Some(qualifier) = path.qualifier() {
        path = qualifier;
    }
    let first = path.segment()?;
    if first.coloncolon_token().is_some() {
        return Some(String::new());
    }
    Some(first.name_ref()?.text().to_string())
}

fn name_of(attribute: &ast::Attr) -> Option<String> {
    let path = attribute.syntax().descendants().find_map(ast::Path::cast)?;
    Some(path.syntax().text().to_string())
}

fn is_idle(attribute: &ast::Attr) -> bool {
    name_of(attribute).is_some_and(|name| IDLE_ATTRIBUTES.contains(&name.as_str()))
}

/// What a type derives beside the standard library's.
fn further_derives(attribute: &ast::Attr) -> Vec<String> {
    let tokens = attribute.syntax().descendants_with_tokens();
    let mut names: Vec<String> = tokens
        .filter_map(NodeOrToken::into_token)
        .filter(|token| token.kind() == SyntaxKind::IDENT)
        .map(|token| token.text().to_owned())
        .filter(|name| name != "derive" && !STANDARD_DERIVES.contains(&name.as_str()))
        .collect();
    names.sort_unstable();
    names
}

/// Names that the tokens of a macro may define: those after `struct`, `fn` and the like.
pub(super) fn names_after_keywords(node: &SyntaxNode) -> Vec<String> {
    use SyntaxKind as K;
    const KEYWORDS: [SyntaxKind; 7] = [
        K::STRUCT_KW,
        K::ENUM_KW,
        K::TYPE_KW,
        K::CONST_KW,
        K::TRAIT_KW,
        K::FN_KW,
        K::MOD_KW,
    ];
    let tokens = node.descendants_with_tokens();
    let tokens = tokens
        .filter_map(NodeOrToken::into_token)
        .filter(|token| !token.kind().is_trivia());
    let mut names = Vec::new();
    let mut is_after_keyword = false;
    for token in tokens {
        if is_after_keyword && token.kind() == K::IDENT {
            names.push(token.text().to_owned());
        }
        is_after_keyword = KEYWORDS.contains(&token.kind()) || token.text() == "union";
    }
    names
}

/// The items of a module.
pub(super) fn items_of(module: &ast::Module) -> Vec<ast::Item> {
    let list = module.item_list();
    list.map(|list| list.items().collect()).unwrap_or_default()
}
