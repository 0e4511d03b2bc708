//! Imports: what the leaves of a `use` bring, each by itself.

use super::content::{declared_name, plain};
use ra_ap_syntax::AstNode as _;
use ra_ap_syntax::ast;

/// A leaf of a `use`.
pub(super) struct Import {
    /// The way to it, as written: `std`, `fmt`, `self`.
    pub(super) segments: Vec<String>,
    /// True if it is everything there: `*`.
    pub(super) is_glob: bool,
    rename: Option<ast::Rename>,
}

impl Import {
    /// The leaves of a `use`, in their order.
    pub(super) fn all_of(item: &ast::Use) -> Vec<Import> {
        let mut imports = Vec::new();
        if let Some(tree) = item.use_tree() {
            add_leaves(&tree, &mut Vec::new(), &mut imports);
        }
        imports
    }

    /// The way without the `self` that stands for what is before or around it.
    pub(super) fn named_segments(&self) -> Vec<&str> {
        let segments = self.segments.iter().map(String::as_str);
        segments.filter(|it| *it != "self").collect()
    }

    pub(super) fn is_renamed(&self) -> bool {
        self.rename.is_some()
    }

    /// The name it has from here on; `_` is none.
    pub(super) fn name(&self) -> Option<String> {
        match &self.rename {
            Some(rename) => declared_name(rename),
            None => self.named_segments().last().map(|name| plain(name)),
        }
    }
}

fn add_leaves(tree: &ast::UseTree, before: &mut Vec<String>, imports: &mut Vec<Import>) {
    let depth = before.len();
    if let Some(path) = tree.path() {
        let text = path.syntax().text().to_string();
        before.extend(text.split("::").map(|it| it.trim().to_owned()));
    }
    match tree.use_tree_list() {
        Some(list) => {
            for tree in list.use_trees() {
                add_leaves(&tree, before, imports);
            }
        }
        None => imports.push(Import {
            segments: before.clone(),
            is_glob: tree.star_token().is_some(),
            rename: tree.rename(),
        }),
    }
    before.truncate(depth);
}
