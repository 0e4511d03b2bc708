//! Candidates for the place of a cursor, and the item that stands there.

use super::item::{Item, Kind};
use super::scope::Scope;
use super::{infer, text_words};
use crate::engine::assist::cursor::{Cursor, Inside};
use crate::engine::commands::line_commands;

/// Everything that could stand at the cursor.
pub(super) fn candidates(scope: &Scope<'_>, cursor: &Cursor) -> Vec<Item> {
    match &cursor.inside {
        Inside::Command => line_commands::described().map(as_command).collect(),
        Inside::Nothing => Vec::new(),
        Inside::Text => text_words::in_text(scope, cursor),
        Inside::Member(dot) => match infer::before(scope, cursor, *dot) {
            Some(of) => scope.members(&of),
            None => Vec::new(),
        },
        Inside::Path(path) => scope.below(path),
        Inside::Code => scope.in_scope(),
    }
}

/// What stands at the cursor, or what is called where it stands.
pub(super) fn at(scope: &Scope<'_>, cursor: &Cursor) -> Option<Item> {
    match cursor.inside {
        Inside::Command | Inside::Text => {
            let word = &cursor.rust[cursor.word.clone()];
            let found = candidates(scope, cursor)
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
    named_at(scope, cursor, word)
}

fn named_at(scope: &Scope<'_>, cursor: &Cursor, word: usize) -> Option<Item> {
    let name = cursor.tokens[word].text.as_str();
    let before = word.checked_sub(1);
    match before.map_or("", |before| cursor.tokens[before].text.as_str()) {
        "." => match infer::before(scope, cursor, word - 1) {
            Some(of) => scope.member(&of, name).map(|(_, item)| item),
            // Of whatever type: if all that are called so are one and the same.
            None => {
                let mut found = scope.index.members_called(name);
                found.next().filter(|_| found.next().is_none()).cloned()
            }
        },
        "::" => scope.item(&cursor.path_before(word - 1), name),
        _ => scope
            .session
            .variable(name)
            .map(|item| scope.with_type_documentation(item))
            .or_else(|| scope.item(&[], name))
            .or_else(|| scope.index.find_type(name).map(|(_, item)| item.clone())),
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
        result_type: String::new(),
    }
}
