//! History of cells, of this session and of earlier ones.
//!
//! Sessions are numbered, one for each kernel. The cells of other sessions are read from the file
//! at each request, so kernels that run side by side see each other's cells; those of this session
//! are kept in memory too, in case the file is unusable.

mod glob;
mod store;

use crate::requests::{self, HistoryAccess};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::{Entry, Store};

/// Number of cells that are kept.
const KEPT: usize = 10_000;
/// Length of a tail when the request names none: as in IPython.
const TAIL: usize = 10;

pub(crate) struct History {
    session: u32,
    store: Option<Store>,
    own: Mutex<Vec<Entry>>,
}

impl History {
    /// Opens the history in a file, or one of this session only, with a line in the log.
    pub(crate) fn open(path: Option<&Path>) -> History {
        let store = path.and_then(|path| {
            Store::open(path, KEPT)
                .inspect_err(|error| {
                    tracing::warn!(%error, "there is no history beyond this session");
                })
                .ok()
        });
        let (store, session) = match store {
            Some((store, session)) => (Some(store), session),
            None => (None, 1),
        };
        History {
            session,
            store,
            own: Mutex::default(),
        }
    }

    /// Records a cell that ran.
    pub(crate) fn record(&self, line: u32, input: &str, output: Option<String>) {
        let entry = Entry {
            session: self.session,
            line,
            input: input.to_owned(),
            output,
        };
        if let Some(Err(error)) = self.store.as_ref().map(|store| store.append(&entry)) {
            tracing::warn!(%error, "a cell is missing in the history");
        }
        let mut own = self.own();
        if own.len() >= KEPT {
            own.remove(0);
        }
        own.push(entry);
    }

    /// Makes the content of a `history_reply`.
    pub(crate) fn reply(&self, request: &requests::History) -> Value {
        let found: Vec<Value> = select(self.all(), self.session, &request.access)
            .into_iter()
            .map(|entry| match request.output {
                false => json!([entry.session, entry.line, entry.input]),
                true => json!([entry.session, entry.line, [entry.input, entry.output]]),
            })
            .collect();
        json!({ "status": "ok", "history": found })
    }

    /// Returns all cells, in the order of sessions and cells.
    fn all(&self) -> Vec<Entry> {
        let mut all = self.store.as_ref().map(Store::read).unwrap_or_default();
        all.retain(|entry| entry.session != self.session);
        all.extend_from_slice(&self.own());
        // Stable: cells of one session stay in the order they ran in.
        all.sort_by_key(|entry| entry.session);
        all
    }

    fn own(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn select(mut all: Vec<Entry>, this_session: u32, access: &HistoryAccess) -> Vec<Entry> {
    match access {
        HistoryAccess::Tail { n } => last(all, n.unwrap_or(TAIL)),
        HistoryAccess::Range {
            session,
            start,
            stop,
        } => {
            let wanted = match session {
                1.. => *session,
                _ => i64::from(this_session).saturating_add(*session),
            };
            all.retain(|entry| i64::from(entry.session) == wanted);
            // Below zero, lines count from the end, as indices do in Python.
            let end = all.iter().map(|entry| i64::from(entry.line) + 1).max();
            let end = end.unwrap_or(1);
            let place = |line: i64| {
                if line < 0 {
                    line.saturating_add(end)
                } else {
                    line
                }
            };
            let start = place(*start);
            let stop = stop.map_or(end, place);
            all.retain(|entry| (start..stop).contains(&i64::from(entry.line)));
            all
        }
        HistoryAccess::Search { pattern, n, unique } => {
            let pattern = pattern.as_deref().unwrap_or("*");
            all.retain(|entry| glob::matches(pattern, &entry.input));
            if *unique {
                let mut seen = std::collections::HashSet::new();
                // The latest of several equal ones stays.
                let mut kept: Vec<Entry> = all
                    .into_iter()
                    .rev()
                    .filter(|entry| seen.insert(entry.input.clone()))
                    .collect();
                kept.reverse();
                all = kept;
            }
            match n {
                Some(n) => last(all, *n),
                None => all,
            }
        }
    }
}

fn last(mut entries: Vec<Entry>, n: usize) -> Vec<Entry> {
    entries.split_off(entries.len().saturating_sub(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions 1 and 2 of others, 3 is this one.
    fn entries() -> Vec<Entry> {
        [
            (1, 1, "let a = 1;"),
            (1, 2, "a + 1"),
            (2, 1, "run(20.0)?"),
            (3, 1, "let a = 1;"),
            (3, 2, "plot(a)"),
            (3, 4, "a"),
        ]
        .map(|(session, line, input)| Entry {
            session,
            line,
            input: input.into(),
            output: None,
        })
        .into()
    }

    fn found(request: Value) -> Vec<(u32, u32)> {
        let request: requests::History = serde_json::from_value(request).unwrap();
        select(entries(), 3, &request.access)
            .iter()
            .map(|entry| (entry.session, entry.line))
            .collect()
    }

    #[test]
    fn every_kind_of_access_finds_its_part() {
        let tail = |n: Value| json!({ "hist_access_type": "tail", "n": n, "raw": true });
        let range = |session: i64, start: i64, stop: Value| {
            json!({ "hist_access_type": "range", "session": session, "start": start,
                    "stop": stop, "output": false })
        };
        let search = |pattern: &str, n: Value, unique: bool| json!({ "hist_access_type": "search", "pattern": pattern, "n": n, "unique": unique });
        let this = [(3, 1), (3, 2), (3, 4)];
        for (request, expected) in [
            (tail(json!(2)), &this[1..]),
            (tail(json!(0)), &[]),
            (
                tail(json!(100)),
                &[(1, 1), (1, 2), (2, 1), (3, 1), (3, 2), (3, 4)],
            ),
            (
                json!({ "hist_access_type": "tail" }),
                &[(1, 1), (1, 2), (2, 1), (3, 1), (3, 2), (3, 4)],
            ),
            (json!({ "hist_access_type": "range" }), &this),
            (range(0, 2, Value::Null), &this[1..]),
            (range(0, 1, json!(4)), &this[..2]),
            (range(0, -1, Value::Null), &this[2..]),
            (range(0, 1, json!(-1)), &this[..2]),
            (range(3, 1, Value::Null), &this),
            (range(-1, 1, Value::Null), &[(2, 1)]),
            (range(-2, 2, json!(3)), &[(1, 2)]),
            (range(1, 1, json!(2)), &[(1, 1)]),
            (range(-3, 1, Value::Null), &[]),
            (range(99, 1, Value::Null), &[]),
            (range(i64::MIN, i64::MIN, json!(i64::MAX)), &[]),
            (search("let *", Value::Null, false), &[(1, 1), (3, 1)]),
            (search("let *", Value::Null, true), &[(3, 1)]),
            (search("*a*", json!(2), false), &this[1..]),
            (search("?", Value::Null, false), &[(3, 4)]),
        ] {
            assert_eq!(found(request.clone()), expected, "{request}");
        }
    }
}
