//! `:undo`: which cells can be taken back, and what evcxr must be told afterwards.
//!
//! The variables themselves are the worker's matter: it goes on from the snapshot it
//! left before the cell. evcxr only keeps books, of names, types and items, and has no
//! way to turn them back. So it is given a cell that would bring them about (earlier
//! definitions again, a `let` for every variable), which the worker does not run.

use crate::definitions::{self, Filed, UNDEFINED};
use crate::engine::code::leading_lines;
use crate::engine::evcxr_state::redefinition::CellItems;
use crate::engine::evcxr_state::variables::Variables;
use crate::toolchain::statics::Generations;
use crate::worker::snapshot::UNDO;
use ra_ap_syntax::AstNode as _;
use ra_ap_syntax::ast;
use std::collections::BTreeSet;

/// The cells that have changed the session.
#[derive(Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    /// Cells that cannot be undone any more, but whose items are still there.
    older: Vec<String>,
    labels: u32,
    /// How many of the last entries there are snapshots for, if none was given up.
    undoable: usize,
}

pub(crate) struct Entry {
    /// The worker's name for the snapshot from before.
    pub(crate) label: u32,
    number: u32,
    /// As evcxr got it.
    code: String,
    /// What there was before.
    variables: Variables,
    statics: Generations,
}

impl Journal {
    /// A name for the cell that is about to run.
    pub(crate) fn next(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }

    /// A cell has run.
    pub(crate) fn record(
        &mut self,
        label: u32,
        number: u32,
        code: String,
        variables: Variables,
        statics: Generations,
    ) {
        self.entries.push(Entry {
            label,
            number,
            code,
            variables,
            statics,
        });
        self.undoable = (self.undoable + 1).min(UNDO);
    }

    /// The first of the last so many cells.
    pub(crate) fn back(&self, steps: usize) -> Result<&Entry, String> {
        let can_be = self.undoable;
        if steps == 0 || steps > can_be {
            // Those that were undone have used up what was kept.
            let why = match can_be < self.entries.len().min(UNDO) {
                true => {
                    format!(
                        "; only the states before the last {UNDO} cells are kept, undone or not"
                    )
                }
                false => String::new(),
            };
            let how_many = match can_be {
                0 if self.entries.is_empty() => "no cell has run that could be undone".into(),
                0 => "no cell can be undone any more".into(),
                1 => "only one cell can be undone: `:undo`".into(),
                _ => format!("between 1 and {can_be} cells can be undone: `:undo {can_be}`"),
            };
            return Err(how_many + &why);
        }
        Ok(&self.entries[self.entries.len() - steps])
    }

    /// Forgets the cells from a label on.
    pub(crate) fn take_back(&mut self, label: u32) -> Vec<Entry> {
        let first = self.entries.iter().position(|entry| entry.label == label);
        let undone = self.entries.split_off(first.unwrap_or(self.entries.len()));
        self.undoable = self.undoable.saturating_sub(undone.len());
        undone
    }

    /// The process of the cells was started again: variables are gone, items are not.
    pub(crate) fn forget(&mut self) {
        let entries = self.entries.drain(..);
        self.older.extend(entries.map(|entry| entry.code));
        self.undoable = 0;
    }

    /// The statics from before the first of these cells.
    pub(crate) fn statics_before(undone: &[Entry]) -> Option<&Generations> {
        undone.first().map(|entry| &entry.statics)
    }

    /// Everything is gone.
    pub(crate) fn clear(&mut self) {
        self.forget();
        self.older.clear();
    }

    /// The texts of the cells that stay, the oldest first.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().map(|entry| &entry.code);
        self.older.iter().chain(entries).map(String::as_str)
    }
}

/// What makes evcxr's books right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Correction {
    /// Variables that are no more.
    pub(crate) gone: Vec<String>,
    /// Items that are no more.
    pub(crate) undefined: Vec<String>,
    /// A cell that would bring back everything else.
    pub(crate) code: String,
}

/// The correction after cells were undone; `kept` are those before, the oldest first.
pub(crate) fn correction(undone: &[Entry], kept: Vec<&str>, present: &Variables) -> Correction {
    let Some(first) = undone.first() else {
        return Correction {
            gone: Vec::new(),
            undefined: Vec::new(),
            code: String::new(),
        };
    };
    let past = &first.variables;
    let gone = present
        .keys()
        .filter(|name| !past.contains_key(*name))
        .cloned()
        .collect();
    let (found, undefined) = earlier_definitions(undone, &kept);
    let mut code = String::new();
    for text in found {
        code += &text;
        code.push('\n');
    }
    for name in &undefined {
        code += &format!("{UNDEFINED} struct {name};\n");
    }
    for (name, kind) in missing(past, present) {
        code += &declaration(name, kind);
    }
    // Something to run, or evcxr would run nothing and hear nothing.
    code += "();";
    Correction {
        gone,
        undefined,
        code,
    }
}

/// What reminds evcxr of variables.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reminder {
    pub(crate) names: Vec<String>,
    /// A cell that would bring them about.
    pub(crate) code: String,
}

/// What is there, but not in evcxr's books any more; `None` if they are right.
pub(crate) fn reminder(there: &Variables, present: &Variables) -> Option<Reminder> {
    let forgotten: Vec<_> = missing(there, present).collect();
    let code = forgotten.iter().map(|(name, kind)| declaration(name, kind));
    (!forgotten.is_empty()).then(|| Reminder {
        code: code.collect::<String>() + "();",
        names: forgotten.iter().map(|(name, _)| (*name).clone()).collect(),
    })
}

fn missing<'a>(
    past: &'a Variables,
    present: &'a Variables,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let past = past.iter();
    past.filter(|(name, kind)| present.get(*name) != Some(kind))
}

fn declaration(name: &str, kind: &str) -> String {
    format!("let mut {name}: {kind} = ::pynn::cell::undone();\n")
}

/// Of the items that the undone cells have defined: what the kept cells say of them, and
/// the names of those that there were not.
fn earlier_definitions(undone: &[Entry], kept: &[&str]) -> (Vec<String>, Vec<String>) {
    let undone = undone.iter().flat_map(|entry| definitions(&entry.code));
    let mut wanted: BTreeSet<String> = undone.map(|it| it.name).collect();
    let mut found = Vec::new();
    for code in kept.iter().rev() {
        if wanted.is_empty() {
            break;
        }
        for Filed { name, text } in definitions(code).into_iter().rev() {
            if wanted.remove(&name) {
                found.push(text);
            }
        }
    }
    found.reverse();
    (found, wanted.into_iter().collect())
}

/// The items of a cell: names and texts, with the implementations that follow them.
pub(crate) fn definitions(code: &str) -> Vec<Filed> {
    let mut found: Vec<Filed> = Vec::new();
    let mut is_after_named = false;
    for item in CellItems::of(&leading_lines::blank(code).0).items() {
        let named = definitions::filed(item);
        if named.is_empty() {
            if let (true, Some(before)) = (is_after_named, found.last_mut()) {
                before.text.push('\n');
                before.text.push_str(&item.syntax().text().to_string());
            }
        } else {
            is_after_named = !matches!(item, ast::Item::Use(_));
            found.extend(named);
        }
    }
    found
}

/// The texts of cells that were undone.
pub(crate) fn texts(undone: &[Entry]) -> impl Iterator<Item = &str> {
    undone.iter().map(|entry| entry.code.as_str())
}

/// The numbers of cells that were undone.
pub(crate) fn numbers(undone: &[Entry]) -> Vec<u32> {
    undone.iter().map(|entry| entry.number).collect()
}

/// What a person is told.
pub(crate) fn told(undone: &[Entry]) -> String {
    match undone {
        [only] => format!("Undone: [{}]", only.number),
        [first, .., last] => format!("Undone: [{}] to [{}]", first.number, last.number),
        [] => "Nothing was undone".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, code: &str, variables: &[(&str, &str)]) -> Entry {
        Entry {
            label: number,
            number,
            code: code.into(),
            variables: named(variables),
            statics: Generations::new(),
        }
    }

    fn named(variables: &[(&str, &str)]) -> Variables {
        let owned = variables.iter();
        owned
            .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()))
            .collect()
    }

    #[test]
    fn only_what_was_forgotten_is_brought_to_mind() {
        let there = named(&[("a", "i32"), ("p", "P")]);
        assert_eq!(reminder(&there, &there), None);
        let reminder = reminder(&there, &named(&[("a", "i32")])).unwrap();
        assert_eq!(reminder.names, ["p"]);
        assert_eq!(reminder.code, "let mut p: P = ::pynn::cell::undone();\n();");
    }

    #[test]
    fn what_was_undone_has_used_up_what_was_kept() {
        let mut journal = Journal::default();
        let run = |journal: &mut Journal, count: u32| {
            for number in 0..count {
                let label = journal.next();
                journal.record(
                    label,
                    number,
                    String::new(),
                    Variables::new(),
                    Generations::new(),
                );
            }
        };
        let refused = |journal: &Journal| journal.back(5).err().unwrap_or_default();
        assert_eq!(refused(&journal), "no cell has run that could be undone");
        run(&mut journal, 12);
        let label = journal.back(5).map(|entry| entry.label);
        assert_eq!(journal.take_back(label.unwrap()).len(), 5);
        assert!(refused(&journal).starts_with("no cell can be undone any more; only the"));
        run(&mut journal, 2);
        assert!(refused(&journal).starts_with("between 1 and 2 cells can be undone: `:undo 2`;"));
        run(&mut journal, 3);
        assert_eq!(journal.back(5).map(|entry| entry.label), Ok(13));
    }

    #[test]
    fn books_are_turned_back() {
        let undone = [
            entry(
                3,
                "struct P { y: u8 }\nfn g() {}\nlet new = 1;",
                &[("a", "i32"), ("p", "P")],
            ),
            entry(4, "let a = \"text\";", &[("a", "i32"), ("new", "i32")]),
        ];
        let kept = ["struct P { x: u8 }\nimpl P {}\nfn f() {}", "let a = 1;"];
        let present = named(&[("a", "&str"), ("new", "i32")]);
        assert_eq!(
            correction(&undone, kept.to_vec(), &present),
            Correction {
                gone: vec!["new".into()],
                undefined: vec!["g".into()],
                code: "struct P { x: u8 }\nimpl P {}\n#[cfg(any())] struct g;\nlet mut a: i32 = ::pynn::cell::undone();\n\
                       let mut p: P = ::pynn::cell::undone();\n();"
                    .into(),
            }
        );
    }
}
