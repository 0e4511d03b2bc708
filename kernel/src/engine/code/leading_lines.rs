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
}
