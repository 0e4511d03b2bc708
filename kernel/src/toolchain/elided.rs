//! Parts of a cell that only the compiler sees.
//!
//! The engine leaves out of a cell what evcxr and rust-analyzer need not see, puts a
//! comment with a number in its place, and a file of that number into the session's
//! directory. The stand-in for cargo puts the parts back before it compiles.

use super::environment::Layout;
use std::path::PathBuf;

/// The comment's beginning.
pub(crate) const MARK: &str = "/*hxkernel:withheld:";

/// What stands in the place of part `number`.
pub(crate) fn comment(number: usize) -> String {
    format!("{MARK}{number}*/")
}

/// A part of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Elided {
    /// How many bytes before the comment what is replaced begins.
    pub(crate) before: usize,
    /// How many bytes are replaced.
    pub(crate) length: usize,
    /// By what.
    pub(crate) text: String,
}

fn place(layout: &Layout, number: usize) -> PathBuf {
    layout.directory().join("elided").join(number.to_string())
}

impl Elided {
    /// Keeps it for the stand-in, as long as the session lives: functions are compiled
    /// again with every cell.
    pub(crate) fn keep(&self, layout: &Layout, number: usize) -> std::io::Result<()> {
        let place = place(layout, number);
        std::fs::create_dir_all(place.parent().expect("it lies in a directory"))?;
        let text = format!("{} {}\n{}", self.before, self.length, self.text);
        std::fs::write(place, text)
    }

    fn read(layout: &Layout, number: usize) -> Option<Elided> {
        let kept = std::fs::read_to_string(place(layout, number)).ok()?;
        let (head, text) = kept.split_once('\n')?;
        let (before, length) = head.split_once(' ')?;
        Some(Elided {
            before: before.parse().ok()?,
            length: length.parse().ok()?,
            text: text.to_owned(),
        })
    }
}

/// Puts back what was left out of a source.
pub(super) fn put_back(source: String, layout: &Layout) -> String {
    restore(source, |number| Elided::read(layout, number))
}

fn restore(source: String, kept: impl Fn(usize) -> Option<Elided>) -> String {
    if !source.contains(MARK) {
        return source;
    }
    let mut restored = String::with_capacity(source.len());
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = source[from..].find(MARK) {
        let comment = from + found;
        from = comment + MARK.len();
        let number = source[from..]
            .split("*/")
            .next()
            .and_then(|text| text.parse().ok());
        let Some(part) = number.and_then(&kept) else {
            continue;
        };
        let Some(start) = comment
            .checked_sub(part.before)
            .filter(|start| *start >= done)
        else {
            continue;
        };
        restored.push_str(&source[done..start]);
        restored.push_str(&part.text);
        done = (start + part.length).min(source.len());
        from = done.max(from);
    }
    restored.push_str(&source[done..]);
    restored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_back_where_they_were() {
        let source = format!("a [1,{}  ] b {} c", comment(3), comment(9));
        let kept = |number| {
            (number == 3).then(|| Elided {
                before: 3,
                length: comment(3).len() + 6,
                text: "(1, 2, 3)".into(),
            })
        };
        assert_eq!(
            restore(source, kept),
            format!("a (1, 2, 3) b {} c", comment(9))
        );
    }
}
