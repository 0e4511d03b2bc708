//! Writing a value's `Debug` text without writing more of it than is wanted.
//!
//! A list of a hundred million numbers is a gigabyte of text. The writer refuses what
//! goes beyond its limit, and a `Debug` that hears a refusal stops.

use std::fmt::{self, Debug, Write};

/// The text of a value, or its beginning.
pub(super) struct Written {
    pub text: String,
    /// Whether this is all of the text.
    pub whole: bool,
}

/// Writes up to `limit` bytes of a value's text, and on to `further` bytes if
/// `worth_more` says so of the first.
pub(super) fn write(
    value: &dyn Debug,
    limit: usize,
    further: usize,
    worth_more: &dyn Fn(&str) -> bool,
) -> Written {
    let mut writer = Bounded {
        text: String::new(),
        limit,
        further: Some(further),
        worth_more,
        full: false,
    };
    // An error without a refusal is the value's own; what it wrote is shown.
    let _ = write!(writer, "{value:?}");
    Written {
        text: writer.text,
        whole: !writer.full,
    }
}

struct Bounded<'a> {
    text: String,
    limit: usize,
    /// The next limit, until that has been decided.
    further: Option<usize>,
    worth_more: &'a dyn Fn(&str) -> bool,
    full: bool,
}

impl Bounded<'_> {
    /// Takes what fits; gives back the rest.
    fn take<'s>(&mut self, text: &'s str) -> &'s str {
        let room = self.limit.saturating_sub(self.text.len());
        let (fits, rest) = text.split_at(text.floor_char_boundary(room));
        self.text.push_str(fits);
        rest
    }
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Some implementations of `Debug` go on after a refusal.
        if self.full {
            return Err(fmt::Error);
        }
        let mut rest = self.take(text);
        if !rest.is_empty()
            && let Some(further) = self.further.take()
            && (self.worth_more)(&self.text)
        {
            self.limit = further;
            rest = self.take(rest);
        }
        self.full = !rest.is_empty();
        if self.full { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_written_than_wanted() {
        let value = vec!["µµ"; 10];
        let all = format!("{value:?}");
        for limit in 0..=all.len() + 1 {
            for worth in [false, true] {
                let written = write(&value, limit, limit + 20, &|_| worth);
                let limit = if worth { limit + 20 } else { limit };
                assert!(all.starts_with(&written.text) && written.text.len() <= limit);
                // A character of two bytes may not fit where one byte would.
                assert!(written.whole || written.text.len() + 1 >= limit);
                assert_eq!(written.whole, limit >= all.len());
            }
        }
    }
}
