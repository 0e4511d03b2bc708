//! Variables that were there once: where they went, for whoever still uses their names.

use crate::engine::evcxr_state::redefinition::Loss;
use crate::engine::evcxr_state::variables::Variables;
use crate::engine::report::diagnostics::Notice;
use std::collections::{BTreeMap, BTreeSet};

/// How a variable went.
#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    /// Its cell or a later one has given it away.
    Moved,
    /// Nothing could keep it beyond its cell.
    Ended,
    /// Its type, as written, was defined anew, or something else took its name.
    Redefined(Loss),
}

/// The variables that went, and the cells in which they did.
#[derive(Debug, Default)]
pub(crate) struct Departures(BTreeMap<String, (u32, How)>);

impl Departures {
    /// Notes what a cell has done to the variables. `bound` are the names that it binds itself,
    /// `ended` those that it could not keep.
    pub(crate) fn note(
        &mut self,
        cell: u32,
        before: &Variables,
        after: &Variables,
        bound: &BTreeSet<String>,
        ended: &BTreeSet<String>,
        losses: &BTreeMap<String, Loss>,
    ) {
        let names = before.keys().chain(bound).chain(ended);
        let gone: BTreeSet<&String> = names.filter(|name| !after.contains_key(*name)).collect();
        for name in gone {
            let how = if ended.contains(name) {
                How::Ended
            } else if let Some(loss) = losses.get(name) {
                How::Redefined(loss.clone())
            } else {
                How::Moved
            };
            self.0.insert(name.clone(), (cell, how));
        }
        self.0.retain(|name, _| !after.contains_key(name));
    }

    /// Forgets what undone cells have done.
    pub(crate) fn take_back(&mut self, cells: &[u32]) {
        self.0.retain(|_, (cell, _)| !cells.contains(cell));
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What to say where a name is used that is not there; `None` if it never was.
    pub(crate) fn notice(&self, name: &str) -> Option<Notice> {
        let (cell, how) = self.0.get(name)?;
        let (title, help) = match how {
            How::Moved => (
                format!("`{name}` was moved in In [{cell}]"),
                Some(format!(
                    "write `&{name}` or `{name}.clone()` there; `:undo` takes cells back, the last first"
                )),
            ),
            How::Ended => (
                format!("`{name}` ended with In [{cell}], which could not keep it"),
                None,
            ),
            How::Redefined(Loss::Type(of)) => (
                format!("`{name}` is gone: its type `{of}` was defined anew in In [{cell}]"),
                Some(format!("run the cell again that makes `{name}`")),
            ),
            How::Redefined(Loss::Crate(of)) => (
                format!(
                    "`{name}` is gone: a crate of its type `{of}` was built anew for the `:dep` in In [{cell}]"
                ),
                Some(format!("run the cell again that makes `{name}`")),
            ),
            How::Redefined(Loss::Name) => (
                format!("`{name}` is gone: something else took its name in In [{cell}]"),
                None,
            ),
        };
        Some(Notice { title, help })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_missed_is_said_to_have_gone_where_it_went() {
        let variables = |names: &[&str]| -> Variables {
            let names = names.iter();
            names.map(|it| ((*it).to_owned(), "A".to_owned())).collect()
        };
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        let mut departures = Departures::default();
        let none = BTreeSet::new();
        let losses = BTreeMap::from([("s".to_owned(), Loss::Type("S".into()))]);
        let before = variables(&["a", "b", "s"]);
        departures.note(
            7,
            &before,
            &variables(&["b"]),
            &names(&["m"]),
            &names(&["f"]),
            &losses,
        );
        let title = |of: &Departures, name: &str| of.notice(name).map(|it| it.title);
        assert_eq!(title(&departures, "a").unwrap(), "`a` was moved in In [7]");
        assert_eq!(title(&departures, "m").unwrap(), "`m` was moved in In [7]");
        assert!(
            title(&departures, "f")
                .unwrap()
                .starts_with("`f` ended with In [7]")
        );
        assert!(
            title(&departures, "s")
                .unwrap()
                .contains("`S` was defined anew in In [7]")
        );
        assert_eq!(title(&departures, "b"), None);
        departures.note(
            8,
            &variables(&["b"]),
            &variables(&["a", "b"]),
            &none,
            &none,
            &BTreeMap::new(),
        );
        assert_eq!(title(&departures, "a"), None);
        departures.take_back(&[7]);
        assert_eq!(title(&departures, "f"), None);
    }
}
