//! From a line of compiled source back to the cell a person wrote.
//!
//! evcxr puts a cell's statements, and the functions of earlier cells, into one
//! generated file. A panic names a line of that file. The line is found again in
//! the cells by its text and, where the same text stands twice, by its neighbours.

/// A line in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceMap {
    /// Number of the cell.
    pub(crate) number: u32,
    /// The cell.
    pub(crate) code: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in characters, from 1.
    pub(crate) column: usize,
}

/// Finds line `line` (from 1) of `source` among the cells, the latest first.
pub(crate) fn find(
    source: &str,
    line: usize,
    column: usize,
    cells: &[(u32, String)],
) -> Option<SourceMap> {
    let compiled: Vec<&str> = source.lines().collect();
    let wanted = compiled.get(line.checked_sub(1)?)?.trim();
    if wanted.is_empty() {
        return None;
    }
    for (number, code) in cells.iter().rev() {
        let written: Vec<&str> = code.lines().collect();
        let candidates = written.iter().enumerate().filter(|(_, text)| {
            let text = text.trim();
            // A statement that shares its line with others is compiled on a line of its own.
            text == wanted || text.contains(wanted)
        });
        let best = candidates
            .max_by_key(|(index, _)| common_neighbours(&compiled, line - 1, &written, *index));
        if let Some((index, text)) = best {
            return Some(SourceMap {
                number: *number,
                code: code.clone(),
                line: index + 1,
                column: column_in(text, compiled[line - 1], column),
            });
        }
    }
    None
}

/// How many lines before and after both places are the same.
fn common_neighbours(left: &[&str], at_left: usize, right: &[&str], at_right: usize) -> usize {
    let same = |pair: &(&&str, &&str)| pair.0.trim() == pair.1.trim();
    let before = left[..at_left]
        .iter()
        .rev()
        .zip(right[..at_right].iter().rev());
    let after = left[at_left..].iter().zip(right[at_right..].iter());
    before.take_while(same).count() + after.take_while(same).count()
}

/// The column in the line as written, which may stand further right than compiled.
fn column_in(written: &str, compiled: &str, column: usize) -> usize {
    let shift = written
        .find(compiled.trim())
        .map(|bytes| written[..bytes].chars().count());
    let indent = compiled
        .chars()
        .take_while(|one| one.is_whitespace())
        .count();
    (column + shift.unwrap_or(indent))
        .saturating_sub(indent)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again_by_its_text_and_neighbours() {
        let cells = vec![
            (1, "fn f() {\n    panic!(\"a\");\n}".to_owned()),
            (
                2,
                "let v = vec![1];\nlet i = 7;\nv[i];\nlet w = 3;\nv[i];".to_owned(),
            ),
        ];
        let compiled = "fn f() {\n    panic!(\"a\");\n}\ngenerated();\nlet v = vec![1];\nlet i = 7;\nv[i];\nlet w = 3;\nv[i];\nmore();";
        let place = |line| find(compiled, line, 1, &cells).map(|it| (it.number, it.line));
        assert_eq!(place(7), Some((2, 3)));
        assert_eq!(place(9), Some((2, 5)));
        assert_eq!(place(2), Some((1, 2)));
        assert_eq!(place(4), None);
        assert_eq!(place(0), None);
    }
}
