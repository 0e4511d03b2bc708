//! The text of a cell: as statements of a function, which is how it parses, and its lines
//! and columns, which is how people are told of a place in it.

/// What comes before a cell so that its statements parse.
pub(crate) const BEFORE: &str = "fn cell() {\n";
const AFTER: &str = "\n}";

/// The cell as a function's body; places in it are shifted by the length of [`BEFORE`].
pub(crate) fn as_function(rust: &str) -> String {
    format!("{BEFORE}{rust}{AFTER}")
}

/// Line and column of an offset in bytes, counted from one, columns in characters.
pub(crate) fn line_and_column(code: &str, offset: usize) -> (usize, usize) {
    let before = &code[..code.floor_char_boundary(offset)];
    let last = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, last.chars().count() + 1)
}
