//! A long `Debug` text in lines that fit the page.
//!
//! `{:#?}` puts every number of a list on a line of its own. Here a group of brackets
//! stays on its line if it fits there; otherwise its items get a line each, or, if
//! they are short ones of a list, as many per line as fit. The text itself is not
//! changed but for white space and the commas that `{:#?}` sets too.

use super::LINE;
use super::structure::{Sign, Structure};

/// Items of a list up to this length, in bytes, share lines.
const SHORT: usize = 24;
/// What is nested deeper than this stays on its line: it would be all indentation.
const DEEPEST: usize = 12;
const INDENT: &str = "    ";

/// Breaks the text into lines.
pub(super) fn lines(structure: &Structure<'_>) -> String {
    let mut layout = Layout {
        structure,
        lines: String::new(),
        column: 0,
        copied: 0,
        broken: Vec::new(),
    };
    let mut number = 0;
    while let Some(mark) = structure.marks().get(number) {
        number = match mark.sign {
            Sign::Open { close, longest } => layout.open(number, mark.at, close, longest),
            Sign::Comma => layout.comma(number, mark.at),
            Sign::Close => layout.close(number, mark.at),
            Sign::Colon => number + 1,
        }
    }
    layout.copy_to(structure.text().len());
    layout.lines
}

struct Layout<'s, 'a> {
    structure: &'s Structure<'a>,
    lines: String,
    /// The length of the last line, in characters.
    column: usize,
    /// How much of the text has been copied, in bytes.
    copied: usize,
    /// For each group that is broken into lines: whether items share them.
    broken: Vec<bool>,
}

impl Layout<'_, '_> {
    fn open(&mut self, number: usize, at: usize, close: Option<usize>, longest: usize) -> usize {
        self.copy_to(at);
        let shares_a_line = self.broken.last() == Some(&true);
        let end = close.map(|close| self.structure.marks()[close].at + 1);
        let empty = close == Some(number + 1) && longest <= 1;
        let stays =
            shares_a_line || empty || self.broken.len() >= DEEPEST || self.fits(self.copied, end);
        match (stays, close, end) {
            (true, Some(close), Some(end)) => {
                self.copy_to(end);
                close + 1
            }
            // The text was cut within this group, and so is all that is left of it.
            (true, ..) => self.structure.marks().len(),
            (false, ..) => {
                self.copy_to(at + 1);
                let text = self.structure.text().as_bytes();
                let is_list =
                    text[at] == b'[' || text[at] == b'{' && text.get(at + 1) != Some(&b' ');
                self.broken.push(is_list && longest <= SHORT);
                self.new_line();
                number + 1
            }
        }
    }

    fn comma(&mut self, number: usize, at: usize) -> usize {
        self.copy_to(at + 1);
        let item = at + 2;
        let next = self.structure.end_of_item(number + 1);
        let end = next.map(|next| self.structure.marks()[next].at);
        match self.broken.last() {
            Some(true) if self.fits(item - 1, end) => {}
            // Where the text was cut.
            _ if item >= self.structure.text().len() => {}
            _ => self.new_line(),
        }
        number + 1
    }

    fn close(&mut self, number: usize, at: usize) -> usize {
        let end = self.structure.text()[..at].trim_ascii_end().len();
        self.copy_to(end);
        if !self.lines.ends_with("..") && !self.lines.ends_with(',') {
            self.lines.push(',');
        }
        self.broken.pop();
        self.copied = at;
        self.new_line();
        self.copy_to(at + 1);
        number + 1
    }

    /// Whether the text from `start` to `end`, and a comma, fits into the line.
    fn fits(&self, start: usize, end: Option<usize>) -> bool {
        let Some(end) = end else { return false };
        let room = LINE.saturating_sub(self.column + 1);
        // Counting stops at the end of the line, so this takes no longer for long texts.
        self.structure.text()[start..end]
            .chars()
            .nth(room)
            .is_none()
    }

    fn copy_to(&mut self, end: usize) {
        if end > self.copied {
            let text = &self.structure.text()[self.copied..end];
            self.lines.push_str(text);
            self.column += text.chars().count();
            self.copied = end;
        }
    }

    /// Begins a line with what comes next but for white space.
    fn new_line(&mut self) {
        let rest = &self.structure.text()[self.copied..];
        self.copied += rest.len() - rest.trim_ascii_start().len();
        self.lines.push('\n');
        for _ in &self.broken {
            self.lines.push_str(INDENT);
        }
        self.column = INDENT.len() * self.broken.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_white_space_and_last_commas_changes() {
        let words = |text: &str| text.replace([' ', '\n', ','], "");
        for count in [0, 1, 7, 60] {
            let inner = vec![("a b", Some(1.5), [(); 0]); count];
            let value = (inner.clone(), "x".repeat(count), vec![inner; 2], -1);
            let text = format!("{value:?}");
            let structure = Structure::of(&text, true).expect("brackets match");
            assert_eq!(words(&lines(&structure)), words(&text));
            // Also of a text that was cut anywhere.
            for end in 0..text.len().min(600) {
                let structure = Structure::of(&text[..end], false).expect("open at most");
                assert_eq!(words(&lines(&structure)), words(&text[..end]));
            }
        }
    }

    #[test]
    fn what_is_deep_stays_on_its_line() {
        let text = format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000));
        let structure = Structure::of(&text, true).expect("brackets match");
        assert_eq!(lines(&structure).lines().count(), 2 * DEEPEST + 1);
    }
}
