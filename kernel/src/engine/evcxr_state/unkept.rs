//! Variables that end with their cell, since nothing could keep them for later ones.
//!
//! A closure, or an iterator made of closures, has a type that no code can write; what borrows
//! from a variable of its cell cannot outlive that. Such a variable is as good as any other
//! within its cell; after it, it is gone, and the cell says so.

use crate::engine::report::evcxr_messages;
use crate::toolchain::variable_types::VariableType;
use evcxr::{CompilationError, Error};
use std::collections::{BTreeMap, BTreeSet};

/// Why a variable is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// No code can write its type, which the compiler shows so.
    Unwritable(String),
    /// It borrows from something that ends with its cell.
    Borrows,
    /// Something that ends with its cell borrows from it until then.
    Lent,
}

/// The variables of a cell that end with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unkept(BTreeMap<String, Why>);

impl Unkept {
    /// Those whose types cannot be written.
    pub(crate) fn of_types(types: &BTreeMap<String, VariableType>) -> Unkept {
        let unwritable = types.iter().filter_map(|(name, of)| match of {
            VariableType::Unwritable(shown) => Some((name.clone(), Why::Unwritable(shown.clone()))),
            VariableType::Written(_) | VariableType::Function(_) => None,
        });
        Unkept(unwritable.collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Adds the variables that an error is about, or else the last in `order` that may borrow
    /// from those before it; `false` if there is none.
    pub(crate) fn add_blamed<'a>(
        &mut self,
        error: &Error,
        order: impl DoubleEndedIterator<Item = &'a str>,
        types: &BTreeMap<String, VariableType>,
    ) -> bool {
        if !is_about_variables(error) {
            return false;
        }
        if self.add_named(error, types) {
            return true;
        }
        let written = |name: &str| types.get(name).and_then(VariableType::written);
        let mut last = order.rev();
        let last =
            last.find(|name| written(name).is_some_and(may_borrow) && !self.0.contains_key(*name));
        last.is_some_and(|name| self.0.insert(name.to_owned(), Why::Borrows).is_none())
    }

    /// Adds the variables of which an error says that they cannot be kept, whatever their
    /// types are; `false` if there are no further ones.
    pub(crate) fn add_named(
        &mut self,
        error: &Error,
        types: &BTreeMap<String, VariableType>,
    ) -> bool {
        let before = self.0.len();
        for message in messages(error) {
            let why = match message {
                _ if message.contains("non-static lifetime") => Why::Borrows,
                _ if message.contains("but that's private") => Why::Unwritable(String::new()),
                _ => continue,
            };
            let named = evcxr_messages::reword(&message, "").map(|reworded| reworded.variable);
            if let Some(name) = named.filter(|name| types.contains_key(name)) {
                self.0.entry(name).or_insert(why);
            }
        }
        self.0.len() > before
    }

    /// Adds the variables that would be kept as pointers to functions; `false` if there are no
    /// further ones.
    pub(crate) fn add_functions(&mut self, types: &BTreeMap<String, VariableType>) -> bool {
        let before = self.0.len();
        for (name, of) in types {
            if let VariableType::Function(of) = of {
                let shown = Why::Unwritable(format!("impl {}", of.replacen("fn", "Fn", 1)));
                self.0.entry(name.clone()).or_insert(shown);
            }
        }
        self.0.len() > before
    }

    /// Adds variables from which others borrow until the end of the cell; `false` if there are
    /// no further ones.
    pub(crate) fn add_lenders(&mut self, names: BTreeSet<String>) -> bool {
        let before = self.0.len();
        for name in names {
            self.0.entry(name).or_insert(Why::Lent);
        }
        self.0.len() > before
    }

    /// What a person is told of the variables that `code` does not keep.
    pub(crate) fn told(&self, code: &str) -> String {
        let mut text = String::new();
        for (name, why) in &self.0 {
            let (why, instead) = match why {
                Why::Unwritable(of) => {
                    let (why, message) = match of.starts_with("{closure") {
                        true => (
                            "a closure that captures variables has no type that could be written"
                                .to_owned(),
                            format!(
                                "The variable `{name}` is a closure, which cannot be persisted."
                            ),
                        ),
                        false => (
                            "no code can write its type".to_owned(),
                            format!(
                                "The variable `{name}` has type `{of}` which cannot be persisted."
                            ),
                        ),
                    };
                    let words = evcxr_messages::reword(&message, code);
                    (why, words.and_then(|it| it.helps.into_iter().next()))
                }
                Why::Borrows => (
                    "it borrows from something that ends, too".to_owned(),
                    Some("let it own its data: `.to_vec()`, `.to_string()`, `.clone()`".to_owned()),
                ),
                Why::Lent => (
                    "another variable borrows from it until then".to_owned(),
                    Some("put that in braces, `{ … }`, with the lines that use it".to_owned()),
                ),
            };
            text += &format!("`{name}` ends with this cell: {why}.");
            if let Some(instead) = instead {
                text += &format!(" To keep it, {instead}");
            }
            text.push('\n');
        }
        text
    }
}

/// Whether a value of a type can borrow from another variable.
fn may_borrow(of: &str) -> bool {
    of.contains('&') || of.contains('\'') || of.contains("dyn ")
}

/// Whether an error may come of how variables are kept, and not of the cell itself.
pub(crate) fn is_about_variables(error: &Error) -> bool {
    match error {
        Error::Message(message) => evcxr_messages::reword(message, "").is_some(),
        Error::CompilationErrors(errors) => {
            let mut grave = errors.iter().filter(|it| it.level() == "error").peekable();
            // With nothing but warnings evcxr gave up on a type.
            grave.peek().is_none() || grave.any(is_of_keeping)
        }
        _ => false,
    }
}

/// Whether types do not fit each other.
pub(crate) fn is_mismatch(error: &Error) -> bool {
    let of_types = |error: &CompilationError| error.code() == Some("E0308");
    matches!(error, Error::CompilationErrors(errors) if errors.iter().any(of_types))
}

fn is_of_keeping(error: &CompilationError) -> bool {
    /// What is borrowed is moved, changed or ended.
    const BORROWED: [&str; 10] = [
        "E0373", "E0499", "E0502", "E0503", "E0505", "E0506", "E0515", "E0521", "E0597", "E0716",
    ];
    match error.code() {
        Some(code) if BORROWED.contains(&code) => true,
        Some(_) => !error.is_from_user_code(),
        None => evcxr_messages::reword(&error.message(), "").is_some(),
    }
}

fn messages(error: &Error) -> impl Iterator<Item = String> {
    let (message, errors) = match error {
        Error::Message(message) => (Some(message.clone()), None),
        Error::CompilationErrors(errors) => (None, Some(errors)),
        _ => (None, None),
    };
    let errors = errors.into_iter().flatten().map(CompilationError::message);
    message.into_iter().chain(errors.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_blamed_is_not_kept() {
        let types = BTreeMap::from(
            [
                ("f", VariableType::Unwritable("{closure@a}".into())),
                ("n", VariableType::Written("i32".into())),
                ("s", VariableType::Written("&[i32]".into())),
                (
                    "t",
                    VariableType::Written("std::slice::Iter<'_, u8>".into()),
                ),
            ]
            .map(|(name, of)| (name.to_owned(), of)),
        );
        let order = ["f", "t", "n", "s"];
        let unrelated = Error::Message("no such crate".into());
        let mut unkept = Unkept::of_types(&types);
        assert_eq!(unkept.names().collect::<Vec<_>>(), ["f"]);
        let blamed = "The variable `s` contains a reference with a non-static lifetime so\ncan't be persisted.";
        let error = Error::Message(blamed.into());
        assert!(unkept.add_blamed(&error, order.into_iter(), &types));
        assert_eq!(unkept.names().collect::<Vec<_>>(), ["f", "s"]);
        // What was blamed already is not to blame again.
        assert!(unkept.add_blamed(&error, order.into_iter(), &types));
        assert_eq!(unkept.names().collect::<Vec<_>>(), ["f", "s", "t"]);
        assert!(!unkept.add_blamed(&error, order.into_iter(), &types));
        assert!(!unkept.add_blamed(&unrelated, order.into_iter(), &types));
        assert_eq!(unkept.told("").lines().count(), 3);
    }
}
