//! Places of messages that evcxr has lost: found again by the text of the line.
//!
//! evcxr writes the last expression of a cell into code of its own, and imports one by one,
//! and cannot say afterwards where they stood. rustc's message has the text of the line.

use evcxr::CompilationError;
use serde_json::Value;
use std::ops::Range;

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) number: u32,
    pub(crate) code: &'a str,
    pub(crate) range: Range<usize>,
    pub(crate) label: String,
}

/// The primary places of an error in this cell, or else in the latest of the others.
pub(crate) fn find<'a>(
    error: &CompilationError,
    cell: (u32, &'a str),
    others: &'a [(u32, String)],
) -> Vec<Found<'a>> {
    let spans = error.json["spans"].as_array().into_iter().flatten();
    let primary = spans.filter(|span| span["is_primary"] == true);
    primary
        .filter_map(|span| {
            let cells = others
                .iter()
                .rev()
                .map(|(number, code)| (*number, code.as_str()));
            let lines: Vec<(&str, Range<usize>)> = lines(span).collect();
            let (number, code, range) =
                std::iter::once(cell)
                    .chain(cells)
                    .find_map(|(number, code)| {
                        let mut ranges = lines.iter();
                        // Of several lines those that evcxr has put around are none of the cell.
                        let range = ranges
                            .find_map(|(text, columns)| place(code, text, columns.clone()))?;
                        Some((number, code, range))
                    })?;
            Some(Found {
                number,
                code,
                range,
                label: span["label"].as_str().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// The lines of a span, and the columns of each that it covers.
fn lines(span: &Value) -> impl Iterator<Item = (&str, Range<usize>)> {
    let lines = span["text"].as_array().into_iter().flatten();
    lines.filter_map(|line| {
        let column = |name: &str| usize::try_from(line[name].as_u64()?).ok();
        let columns = column("highlight_start")?..column("highlight_end")?;
        Some((line["text"].as_str()?, columns))
    })
}

/// True if the line of an error stands in one of the cells.
pub(crate) fn is_in(error: &CompilationError, cells: &[(u32, String)]) -> bool {
    error.level() == "error" && !find(error, (0, ""), cells).is_empty()
}

/// Where columns of a compiled line stand in a cell that has its text.
fn place(code: &str, line: &str, columns: Range<usize>) -> Option<Range<usize>> {
    let text = line.trim();
    if text.is_empty() || text.chars().all(|one| "(){};".contains(one)) {
        return None;
    }
    let indent = line.chars().count() - line.trim_start().chars().count();
    let at = match code.find(text) {
        Some(at) => at,
        // An import of several names is compiled name by name.
        None => find_import(code, imported(text)?)?,
    };
    let is_whole = code[at..].starts_with(text);
    let offset = |column: usize| {
        let characters = column.saturating_sub(1 + indent);
        let found = text.char_indices().nth(characters);
        found.map_or(text.len(), |(bytes, _)| bytes)
    };
    Some(match is_whole {
        true => at + offset(columns.start)..at + offset(columns.end).max(offset(columns.start)),
        false => at..at + imported(text)?.len(),
    })
}

/// The last name of an import.
fn imported(line: &str) -> Option<&str> {
    let path = line.strip_prefix("use ")?.strip_suffix(';')?;
    let name = path.rsplit("::").next()?;
    let is_name = name.chars().all(|one| one.is_alphanumeric() || one == '_');
    is_name.then_some(name)
}

/// Where an import of several names has one of them.
fn find_import(code: &str, name: &str) -> Option<usize> {
    let is_part = |one: char| one.is_alphanumeric() || one == '_';
    code.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, after) = (&code[..*at], &code[at + name.len()..]);
        let statement = before.rsplit(';').next().unwrap_or_default().trim_start();
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        is_whole && (statement.starts_with("use ") || statement.starts_with("pub use "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_the_text_of_its_line() {
        let code = "let a = 1;\ni32::MAX + a";
        let range = place(code, "  i32::MAX + a  ", 14..15).unwrap();
        assert_eq!(&code[range], "a");
        let code = "use rand::{Rng, Other};";
        let range = place(code, "use rand::Rng;", 5..9).unwrap();
        assert_eq!(&code[range], "Rng");
        assert_eq!(place("let a = 2 * 3;", "use pynn::prelude::*;", 1..2), None);
        assert_eq!(place("let Rng = 1;", "use rand::Rng;", 5..9), None);
        assert_eq!(place(code, "fn other() {}", 1..2), None);
        assert_eq!(place("(\na)", "(", 1..2), None);
    }
}
