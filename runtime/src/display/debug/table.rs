//! A list of alike records as a table.
//!
//! Alike are structs of one name with the same fields, tuples of one length, and lists
//! of one length; in a list, or in a map, whose keys then stand where the numbers of
//! the rows would. Everything else has no table.

use super::structure::{Group, Item, Structure};
use crate::rich::{escaped, html_table};

/// More rows than this are not shown: the first and the last ones are.
const ROWS: usize = 60;
/// The same for columns.
const COLUMNS: usize = 20;
/// Longer cells than this end in an ellipsis, in characters.
const CELL: usize = 80;
const ELLIPSIS: &str = "…";

/// What makes records alike.
enum Kind<'a> {
    Struct { name: &'a str, fields: Vec<&'a str> },
    Tuple { name: &'a str, length: usize },
    List { length: usize },
}

/// Whether a text that goes on begins like a list of records.
pub(super) fn begins(structure: &Structure<'_>) -> bool {
    rows_of(structure).is_some_and(|(_, rows)| match structure.items(rows).next() {
        Some(row) => Kind::of(structure, row).is_some(),
        // The first row may be longer than all there is so far.
        None => structure.first_within(rows).is_some(),
    })
}

/// The table, if the text is a list of alike records.
pub(super) fn html(structure: &Structure<'_>) -> Option<String> {
    let (optional, group) = rows_of(structure)?;
    let rows: Vec<Item<'_>> = structure.items(group).collect();
    let kind = Kind::of(structure, *rows.first()?)?;
    let keyed = group.bracket == b'{';
    let alike = |row: &Item<'_>| row.key.is_some() == keyed && kind.holds(structure, *row);
    if !rows.iter().all(alike) {
        return None;
    }
    let columns = Shown::of(kind.columns(), COLUMNS, true);
    let shown = Shown::of(rows.len(), ROWS, structure.whole());
    let mut lines = vec![columns.line(String::new(), &mut kind.header().into_iter())];
    for (number, row) in rows.iter().enumerate() {
        if shown.has(number) {
            let head = row.key.map_or_else(|| number.to_string(), short);
            let cells = &mut records(structure, *row).map(|cell| short(cell.text));
            lines.push(columns.line(head, cells));
        }
        if shown.gap_after(number) {
            let width = lines[0].len();
            lines.push(vec![ELLIPSIS.to_owned(); width]);
        }
    }
    let name = match (optional, kind.name()) {
        (false, "") => String::new(),
        (false, name) => format!("{name}: "),
        (true, "") => "Some: ".to_owned(),
        (true, name) => format!("Some {name}: "),
    };
    let more = if structure.whole() { "" } else { "more than " };
    let size = format!(
        "{name}{more}{} × {}",
        counted(rows.len(), "row"),
        counted(kind.columns(), "column")
    );
    Some(format!("{}<p>{}</p>", html_table(&lines), escaped(&size)))
}

/// The list or map that the text is, and whether it is one in a `Some`.
fn rows_of<'a>(structure: &Structure<'a>) -> Option<(bool, Group<'a>)> {
    let root = structure.root()?;
    let (optional, rows) = match root {
        Group {
            name: "Some",
            bracket: b'(',
            ..
        } => (true, structure.first_within(root)?),
        _ => (false, root),
    };
    (rows.name.is_empty() && rows.bracket != b'(').then_some((optional, rows))
}

/// The cells of a record: what it consists of, without the `..` of a struct that hides some.
fn records<'s, 'a>(
    structure: &'s Structure<'a>,
    row: Item<'a>,
) -> impl Iterator<Item = Item<'a>> + use<'s, 'a> {
    let items = row
        .group
        .into_iter()
        .flat_map(|group| structure.items(group));
    items.filter(|item| item.key.is_some() || item.text != "..")
}

impl<'a> Kind<'a> {
    fn of(structure: &Structure<'a>, row: Item<'a>) -> Option<Kind<'a>> {
        let Group { name, bracket, .. } = row.group?;
        let length = records(structure, row).count();
        let kind = match bracket {
            b'{' if !name.is_empty() => Kind::Struct {
                name,
                fields: records(structure, row)
                    .map(|item| item.key)
                    .collect::<Option<_>>()?,
            },
            b'(' => Kind::Tuple { name, length },
            b'[' if name.is_empty() => Kind::List { length },
            _ => return None,
        };
        // A wrapper around one value is better off as text.
        let least = if bracket == b'(' { 2 } else { 1 };
        (length >= least && kind.holds(structure, row)).then_some(kind)
    }

    /// Whether a row is of this kind.
    fn holds(&self, structure: &Structure<'a>, row: Item<'a>) -> bool {
        let Some(group) = row.group else { return false };
        let mut cells = records(structure, row);
        match self {
            Kind::Struct { name, fields } => {
                group.bracket == b'{'
                    && group.name == *name
                    && cells
                        .map(|cell| cell.key)
                        .eq(fields.iter().copied().map(Some))
            }
            Kind::Tuple { name, length } => {
                group.bracket == b'(' && group.name == *name && cells.count() == *length
            }
            // Lists in lists of lists, and structs in them, are no cells to read.
            Kind::List { length } => {
                let mut count = 0;
                group.bracket == b'['
                    && group.name.is_empty()
                    && cells.all(|cell| {
                        count += 1;
                        cell.group.is_none_or(|within| within.bracket == b'(')
                    })
                    && count == *length
            }
        }
    }

    fn name(&self) -> &'a str {
        match self {
            Kind::Struct { name, .. } | Kind::Tuple { name, .. } => name,
            Kind::List { .. } => "",
        }
    }

    fn columns(&self) -> usize {
        match self {
            Kind::Struct { fields, .. } => fields.len(),
            Kind::Tuple { length, .. } | Kind::List { length } => *length,
        }
    }

    fn header(&self) -> Vec<String> {
        match self {
            Kind::Struct { fields, .. } => fields.iter().map(|&field| field.to_owned()).collect(),
            Kind::Tuple { length, .. } | Kind::List { length } => {
                (0..*length).map(|column| column.to_string()).collect()
            }
        }
    }
}

/// Which ones of many rows or columns are shown.
struct Shown {
    count: usize,
    /// So many from the beginning.
    first: usize,
    /// From this one on to the end.
    last: usize,
}

impl Shown {
    /// At most `limit` of `count`. If there are more than were counted, the last ones
    /// are not known.
    fn of(count: usize, limit: usize, all: bool) -> Shown {
        let (first, last) = match (count <= limit, all) {
            (true, _) => (count, count),
            (false, true) => (limit / 2, count - limit / 2),
            (false, false) => (limit, count),
        };
        // The ellipsis stands after the last known one.
        let count = if all { count } else { count + 1 };
        Shown { count, first, last }
    }

    fn has(&self, number: usize) -> bool {
        number < self.first || number >= self.last
    }

    fn gap_after(&self, number: usize) -> bool {
        number + 1 == self.first && self.first < self.count
    }

    /// A line of the table.
    fn line(&self, head: String, cells: &mut dyn Iterator<Item = String>) -> Vec<String> {
        let mut line = vec![head];
        for (number, cell) in cells.enumerate() {
            if self.has(number) {
                line.push(cell);
            }
            if self.gap_after(number) {
                line.push(ELLIPSIS.to_owned());
            }
        }
        line
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}{ELLIPSIS}", &text[..end]),
        None => text.to_owned(),
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
