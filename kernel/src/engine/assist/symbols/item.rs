//! What one piece of Rust source defines: names, signatures, documentation.
//!
//! Read from the syntax alone, so that it costs milliseconds and needs no
//! rust-analyzer. The runtime's files and the session's cells are read alike.

use ra_ap_syntax::ast::{self, HasModuleItem as _, HasName, HasVisibility};
use ra_ap_syntax::{AstNode as _, AstToken as _, Edition, NodeOrToken, SourceFile, SyntaxNode};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Method,
    Type,
    Trait,
    Variant,
    Field,
    Module,
    Constant,
    Macro,
    Variable,
    Keyword,
}

impl Kind {
    /// The word for it in a completion, one of those evcxr uses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Function | Kind::Method | Kind::Macro => "function",
            Kind::Type | Kind::Trait => "class",
            Kind::Module => "module",
            Kind::Keyword => "keyword",
            Kind::Variant | Kind::Field | Kind::Constant | Kind::Variable => "instance",
        }
    }
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The type it belongs to.
    pub(crate) owner: Option<String>,
    pub(crate) public: bool,
    /// As it is declared, on one line.
    pub(crate) signature: String,
    /// In Markdown.
    pub(crate) documentation: String,
    /// The type of its value, or of what it returns; empty if it has none.
    pub(crate) result_type: String,
}

/// A `use`: what it brings in, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) public: bool,
}

/// What a source defines.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) items: Vec<Item>,
    /// Modules: their bodies, if they stand here.
    pub(crate) modules: Vec<(Item, Option<Source>)>,
    pub(crate) imports: Vec<Import>,
    /// Which type can stand in for which: `Deref` and its target.
    pub(crate) dereferences: Vec<(String, String)>,
    /// Documentation of the whole.
    pub(crate) documentation: String,
}

/// Reads a source; what cannot be parsed is left out.
pub(crate) fn read(text: &str) -> Source {
    let file = SourceFile::parse(text, Edition::Edition2024).tree();
    let mut source = Source {
        documentation: documentation(file.syntax(), true),
        ..Source::default()
    };
    read_items(file.items(), &mut source);
    source
}

fn read_items(items: impl Iterator<Item = ast::Item>, source: &mut Source) {
    for item in items {
        match item {
            ast::Item::Fn(it) => source.items.extend(function(&it, None)),
            ast::Item::Struct(it) => read_struct(&it, source),
            ast::Item::Enum(it) => read_enum(&it, source),
            ast::Item::Trait(it) => read_trait(&it, source),
            ast::Item::Impl(it) => read_impl(&it, source),
            ast::Item::Module(it) => read_module(&it, source),
            ast::Item::Use(it) => {
                let public = is_public(&it);
                if let Some(tree) = it.use_tree() {
                    read_use(&tree, &[], public, &mut source.imports);
                }
            }
            ast::Item::Const(it) => source.items.extend(constant(&it, it.ty(), None)),
            ast::Item::Static(it) => source.items.extend(constant(&it, it.ty(), None)),
            ast::Item::TypeAlias(it) => {
                source.items.extend(named(&it, Kind::Type, is_public(&it)));
            }
            ast::Item::Union(it) => source.items.extend(named(&it, Kind::Type, is_public(&it))),
            ast::Item::MacroRules(it) => source.items.extend(named(&it, Kind::Macro, false)),
            _ => {}
        }
    }
}

fn read_struct(it: &ast::Struct, source: &mut Source) {
    let Some(item) = named(it, Kind::Type, is_public(it)) else {
        return;
    };
    if let Some(ast::FieldList::RecordFieldList(fields)) = it.field_list() {
        for field in fields.fields() {
            if let Some(found) = named(&field, Kind::Field, is_public(&field)) {
                source.items.push(Item {
                    owner: Some(item.name.clone()),
                    result_type: field.ty().map(|ty| text(ty.syntax())).unwrap_or_default(),
                    ..found
                });
            }
        }
    }
    source.items.push(Item {
        result_type: item.name.clone(),
        ..item
    });
}

fn read_enum(it: &ast::Enum, source: &mut Source) {
    let Some(item) = named(it, Kind::Type, is_public(it)) else {
        return;
    };
    for variant in it.variant_list().iter().flat_map(|list| list.variants()) {
        if let Some(found) = named(&variant, Kind::Variant, true) {
            source.items.push(Item {
                owner: Some(item.name.clone()),
                signature: format!("{}::{}", item.name, found.signature),
                result_type: item.name.clone(),
                ..found
            });
        }
    }
    source.items.push(item);
}

fn read_trait(it: &ast::Trait, source: &mut Source) {
    let Some(item) = named(it, Kind::Trait, is_public(it)) else {
        return;
    };
    read_associated(it.assoc_item_list(), &item.name, true, source);
    source.items.push(item);
}

fn read_impl(it: &ast::Impl, source: &mut Source) {
    let Some(owner) = it.self_ty().map(|ty| base_name(&text(ty.syntax()))) else {
        return;
    };
    let Some(of) = it.trait_() else {
        return read_associated(it.assoc_item_list(), &owner, false, source);
    };
    if base_name(&text(of.syntax())) == "Deref" {
        for item in it
            .assoc_item_list()
            .iter()
            .flat_map(|list| list.assoc_items())
        {
            if let ast::AssocItem::TypeAlias(alias) = item
                && let Some(target) = alias.ty()
            {
                source
                    .dereferences
                    .push((owner.clone(), text(target.syntax())));
            }
        }
    }
}

fn read_associated(
    list: Option<ast::AssocItemList>,
    owner: &str,
    all_public: bool,
    source: &mut Source,
) {
    for item in list.iter().flat_map(ast::AssocItemList::assoc_items) {
        let found = match &item {
            ast::AssocItem::Fn(it) => function(it, Some(owner)),
            ast::AssocItem::Const(it) => constant(it, it.ty(), Some(owner)),
            _ => None,
        };
        source.items.extend(found.map(|found| Item {
            public: found.public || all_public,
            ..found
        }));
    }
}

fn read_module(it: &ast::Module, source: &mut Source) {
    let Some(item) = named(it, Kind::Module, is_public(it)) else {
        return;
    };
    let body = it.item_list().map(|list| {
        let mut body = Source::default();
        read_items(list.items(), &mut body);
        body
    });
    source.modules.push((item, body));
}

fn read_use(tree: &ast::UseTree, before: &[String], public: bool, into: &mut Vec<Import>) {
    let mut path = before.to_vec();
    if let Some(more) = tree.path() {
        let segments = more.segments();
        path.extend(segments.map(|segment| text(segment.syntax())));
    }
    if let Some(list) = tree.use_tree_list() {
        for inner in list.use_trees() {
            read_use(&inner, &path, public, into);
        }
        return;
    }
    if tree.star_token().is_some() {
        path.push("*".into());
    } else if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    let renamed = tree.rename().and_then(|rename| rename.name());
    let name = match renamed {
        Some(name) => name.text().to_string(),
        None => path.last().cloned().unwrap_or_default(),
    };
    into.push(Import { name, path, public });
}

fn function(it: &ast::Fn, owner: Option<&str>) -> Option<Item> {
    let is_method = it
        .param_list()
        .is_some_and(|list| list.self_param().is_some());
    let kind = if is_method {
        Kind::Method
    } else {
        Kind::Function
    };
    let returned = it.ret_type().and_then(|returned| returned.ty());
    Some(Item {
        owner: owner.map(str::to_owned),
        result_type: returned.map(|ty| text(ty.syntax())).unwrap_or_default(),
        ..named(it, kind, is_public(it))?
    })
}

fn constant<T: HasName + HasVisibility>(
    it: &T,
    ty: Option<ast::Type>,
    owner: Option<&str>,
) -> Option<Item> {
    Some(Item {
        owner: owner.map(str::to_owned),
        result_type: ty.map(|ty| text(ty.syntax())).unwrap_or_default(),
        ..named(it, Kind::Constant, is_public(it))?
    })
}

fn named(it: &impl HasName, kind: Kind, public: bool) -> Option<Item> {
    Some(Item {
        name: it.name()?.text().to_string(),
        kind,
        owner: None,
        public,
        signature: signature(it.syntax(), kind),
        documentation: documentation(it.syntax(), false),
        result_type: String::new(),
    })
}

fn is_public(it: &impl HasVisibility) -> bool {
    it.visibility()
        .is_some_and(|visibility| text(visibility.syntax()) == "pub")
}

/// The declaration without its body, attributes, documentation and `pub`.
fn signature(node: &SyntaxNode, kind: Kind) -> String {
    use ra_ap_syntax::SyntaxKind as K;
    let mut signature = String::new();
    for part in node.children_with_tokens() {
        match part.kind() {
            K::ATTR | K::COMMENT | K::VISIBILITY | K::BLOCK_EXPR => {}
            K::ITEM_LIST | K::ASSOC_ITEM_LIST | K::TOKEN_TREE | K::VARIANT_LIST => {}
            K::RECORD_FIELD_LIST | K::TUPLE_FIELD_LIST if kind == Kind::Type => {}
            // The value of a constant.
            K::EQ if kind == Kind::Constant => break,
            K::SEMICOLON => {}
            _ => signature.push_str(&part.to_string()),
        }
    }
    one_line(&signature)
}

/// The documentation comments directly below a node.
fn documentation(node: &SyntaxNode, inner: bool) -> String {
    let comments = node
        .children_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .filter_map(ast::Comment::cast);
    let prefix = if inner { "//!" } else { "///" };
    let lines: Vec<String> = comments
        .filter(|comment| comment.text().starts_with(prefix))
        .filter_map(|comment| Some(comment.doc_comment()?.0.to_owned()))
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n")
}

fn text(node: &SyntaxNode) -> String {
    one_line(&node.text().to_string())
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    // What rustfmt breaks over lines.
    line.replace("( ", "(")
        .replace(", )", ")")
        .replace(",)", ")")
}

/// The name of a type without its path, its parameters and what borrows it.
pub(crate) fn base_name(of: &str) -> String {
    let mut rest = of.trim();
    loop {
        let before = rest;
        rest = rest.trim_start_matches('&').trim_start();
        for word in ["mut ", "dyn ", "impl "] {
            rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
        }
        if rest.starts_with('\'') {
            rest = rest.split_once(' ').map_or("", |(_, after)| after);
        }
        if rest == before {
            break;
        }
    }
    let path = rest.split('<').next().unwrap_or_default();
    path.rsplit("::")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_without_its_bodies() {
        let source = read(
            "//! All.\nuse a::{b, c as d};\n/// A point.\n/// Two of them.\n#[derive(Debug)]\npub struct Point {\n    /// Right.\n    pub x: i32,\n    y: Vec<u8>,\n}\nimpl Point {\n    /// Goes.\n    pub fn go(\n        &self,\n        by: i32,\n    ) -> Option<Point> {\n        None\n    }\n}\nimpl std::ops::Deref for Point { type Target = [u8]; }",
        );
        let of = |name: &str| source.items.iter().find(|item| item.name == name).unwrap();
        assert_eq!(source.documentation, "All.");
        assert_eq!(of("Point").signature, "struct Point");
        assert_eq!(of("Point").documentation, "A point.\nTwo of them.");
        assert_eq!(of("go").signature, "fn go(&self, by: i32) -> Option<Point>");
        assert_eq!(of("go").owner.as_deref(), Some("Point"));
        assert_eq!(of("go").result_type, "Option<Point>");
        assert_eq!((of("x").public, of("y").public), (true, false));
        assert_eq!(source.dereferences, [("Point".into(), "[u8]".into())]);
        let imports: Vec<_> = source
            .imports
            .iter()
            .map(|it| (it.name.as_str(), it.path.join("::")))
            .collect();
        assert_eq!(imports, [("b", "a::b".into()), ("d", "a::c".into())]);
    }

    #[test]
    fn a_type_has_a_base_name() {
        for (of, name) in [
            ("&'a mut std::vec::Vec<i32>", "Vec"),
            ("impl Into<Variables>", "Into"),
            ("Population", "Population"),
            ("Box<dyn Fn(i32) -> a::B>", "Box"),
        ] {
            assert_eq!(base_name(of), name);
        }
    }
}
