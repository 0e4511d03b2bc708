//! The lines before a cell's Rust code that are for something else: commands (`:help`) and
//! lines for the shell (`!ls`).

/// The code with the lines blanked out that are not Rust, every offset as it
/// was; and where those lines start.
pub(crate) fn blank(code: &str) -> (String, Vec<usize>) {
    let mut rust = code.to_owned();
    let mut starts = Vec::new();
    for line in leading(code) {
        starts.push(line.start);
        erase(&mut rust, &line);
    }
    (rust, starts)
}

/// Lines put before the Rust code of a cell, which nobody has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AddedLines {
    /// The line that was the first of Rust, counted from 1.
    at: usize,
    count: usize,
}

impl AddedLines {
    /// Puts lines, each with its end, before the Rust code of a cell.
    pub(crate) fn put(code: &mut String, lines: &str) -> AddedLines {
        let last = leading(code).last().map_or(0, |line| line.start);
        let start = code[last..]
            .find('\n')
            .map_or(code.len(), |end| last + end + 1);
        let start = if last == 0 && leading(code).next().is_none() {
            0
        } else {
            start
        };
        let at = code[..start].matches('\n').count() + 1;
        code.insert_str(start, lines);
        AddedLines {
            at,
            count: lines.matches('\n').count(),
        }
    }

    /// The line as written of one as compiled.
    pub(crate) fn written(self, line: usize) -> usize {
        match line >= self.at {
            true => line.saturating_sub(self.count).max(self.at),
            false => line,
        }
    }
}

/// A line before the first of Rust.
pub(crate) struct Line<'a> {
    pub(crate) start: usize,
    pub(crate) text: &'a str,
    /// Otherwise it is for the shell.
    pub(crate) is_command: bool,
}

/// The lines that evcxr takes for something else than Rust: `:command` and
/// `!shell`, as long as only comments and empty lines stand between them.
pub(crate) fn leading(code: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let lines = code.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    });
    let special = lines.map_while(|(start, text)| {
        let is_command = text.trim_start_matches(' ').starts_with(':');
        if is_command || text.starts_with('!') {
            return Some(Some(Line {
                start,
                text,
                is_command,
            }));
        }
        (text.starts_with("//") || text.trim().is_empty()).then_some(None)
    });
    special.flatten()
}

pub(crate) fn erase(code: &mut String, line: &Line<'_>) {
    let range = line.start..line.start + line.text.len();
    code.replace_range(range, &" ".repeat(line.text.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanking_keeps_offsets() {
        let code = ":dep ä\r\n!ls\nlet x = 1;";
        let (rust, starts) = blank(code);
        assert_eq!(rust.len(), code.len());
        assert_eq!(rust.find("let"), code.find("let"));
        assert_eq!(starts, [0, 9]);
    }

    #[test]
    fn lines_are_put_before_the_first_of_rust() {
        for (code, expected, line) in [
            ("a\nb", "x\ny\na\nb", (4, 2)),
            (":dep c\n// d\na\nb", ":dep c\nx\ny\n// d\na\nb", (6, 4)),
            (":dep c\na", ":dep c\nx\ny\na", (1, 1)),
        ] {
            let mut text = code.to_owned();
            let added = AddedLines::put(&mut text, "x\ny\n");
            assert_eq!((text.as_str(), added.written(line.0)), (expected, line.1));
        }
    }
}
