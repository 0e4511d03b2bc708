//! What a `Debug` text is made of: brackets, and the commas and colons between them.
//!
//! One pass over the text, without recursion, finds its marks. What stands in quotes is
//! passed over. Nothing else is understood of the text, so any text can be given: one
//! whose brackets do not match, or that has lines of its own, has no structure.

/// The marks of one text.
pub(super) struct Structure<'a> {
    text: &'a str,
    marks: Vec<Mark>,
    whole: bool,
    depth: usize,
}

/// A bracket or a separator within brackets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub sign: Sign,
    /// Where it stands, in bytes.
    pub at: usize,
}

/// What a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Open {
        /// The number of the closing bracket's mark; none if the text ends before it.
        close: Option<usize>,
        /// The length of the longest thing within, in bytes.
        longest: usize,
    },
    Close,
    Comma,
    /// Between a field or key and its value.
    Colon,
}

/// One of the things between brackets, or the whole text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// The name of a field or the key of an entry.
    pub key: Option<&'a str>,
    /// The value.
    pub text: &'a str,
    /// What the value is made of, if it is nothing but a name and a pair of brackets.
    pub group: Option<Group<'a>>,
}

/// A pair of brackets: `Name { … }`, `Name(…)`, `(…)`, `[…]`, `{…}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    pub name: &'a str,
    pub bracket: u8,
    /// The number of the opening bracket's mark.
    pub open: usize,
}

/// A bracket that is not closed yet.
struct Pending {
    mark: usize,
    bracket: u8,
    /// Where the present item begins.
    item: usize,
    has_key: bool,
}

impl<'a> Structure<'a> {
    /// The structure of a text, or of the beginning of one (if not `whole`).
    pub(super) fn of(text: &'a str, whole: bool) -> Option<Structure<'a>> {
        let bytes = text.as_bytes();
        let mut marks: Vec<Mark> = Vec::new();
        let mut pending: Vec<Pending> = Vec::new();
        let mut depth = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => match end_of_string(bytes, at) {
                    Some(end) => at = end,
                    None if whole => return None,
                    None => break,
                },
                b'\'' => at = end_of_character(text, at),
                // Texts of several lines were laid out by whoever wrote them.
                b'\n' => return None,
                b'(' | b'[' | b'{' => {
                    pending.push(Pending {
                        mark: marks.len(),
                        bracket: byte,
                        item: at + 1,
                        has_key: false,
                    });
                    depth = depth.max(pending.len());
                    let sign = Sign::Open {
                        close: None,
                        longest: 0,
                    };
                    marks.push(Mark { sign, at });
                }
                b')' | b']' | b'}' => {
                    let closed = pending.pop()?;
                    if closing(closed.bracket) != byte {
                        return None;
                    }
                    measure(&mut marks, &closed, at);
                    let number = marks.len();
                    if let Sign::Open { close, .. } = &mut marks[closed.mark].sign {
                        *close = Some(number);
                    }
                    let sign = Sign::Close;
                    marks.push(Mark { sign, at });
                }
                b',' | b':' if bytes.get(at + 1) == Some(&b' ') => {
                    if let Some(within) = pending.last_mut() {
                        let sign = if byte == b',' {
                            measure(&mut marks, within, at);
                            within.item = at + 1;
                            within.has_key = false;
                            Some(Sign::Comma)
                        } else if within.bracket == b'{' && !within.has_key {
                            within.has_key = true;
                            Some(Sign::Colon)
                        } else {
                            None
                        };
                        marks.extend(sign.map(|sign| Mark { sign, at }));
                    }
                }
                _ => {}
            }
            at += 1;
        }
        (pending.is_empty() || !whole).then_some(Structure {
            text,
            marks,
            whole,
            depth,
        })
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the text is not only the beginning of one.
    pub(super) fn whole(&self) -> bool {
        self.whole
    }

    /// All marks in the order of the text.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// How many brackets are open at once where most are.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Where the last comma stands.
    pub(super) fn last_comma(&self) -> Option<usize> {
        let mut marks = self.marks.iter().rev();
        marks
            .find(|mark| mark.sign == Sign::Comma)
            .map(|mark| mark.at)
    }

    /// The text itself as what its first bracket makes it.
    pub(super) fn root(&self) -> Option<Group<'a>> {
        self.group(0, self.text.len(), (!self.marks.is_empty()).then_some(0))
    }

    /// The things within a group. Of a text that was cut, those that are complete.
    pub(super) fn items(&self, group: Group<'a>) -> Items<'_, 'a> {
        Items {
            structure: self,
            mark: group.open + 1,
            start: self.marks[group.open].at + 1,
        }
    }

    /// The group with which a group begins, if that is all there is in it so far.
    pub(super) fn first_within(&self, group: Group<'a>) -> Option<Group<'a>> {
        let first = group.open + 1;
        let start = self.marks[group.open].at + 1;
        let end = self.end_of_item(first).map(|mark| self.marks[mark]);
        match end {
            Some(end) if end.sign != Sign::Close => None,
            Some(end) => self.group(start, end.at, Some(first)),
            None => self
                .marks
                .get(first)
                .and_then(|_| self.group(start, self.text.len(), Some(first))),
        }
    }

    /// The mark after the present item's last one: a comma or closing bracket.
    pub(super) fn end_of_item(&self, mut mark: usize) -> Option<usize> {
        loop {
            match self.marks.get(mark)?.sign {
                Sign::Open { close, .. } => mark = close? + 1,
                Sign::Colon => mark += 1,
                Sign::Comma | Sign::Close => return Some(mark),
            }
        }
    }

    /// What stands from `start` to `end` as a group, if it is one and `open` its bracket.
    fn group(&self, start: usize, end: usize, open: Option<usize>) -> Option<Group<'a>> {
        let open = open?;
        let Mark { sign, at } = self.marks[open];
        let Sign::Open { close, .. } = sign else {
            return None;
        };
        match close {
            Some(close) if self.marks[close].at + 1 != end => return None,
            None if self.whole => return None,
            _ => {}
        }
        let name = self.text[start..at].trim_ascii();
        is_name(name).then_some(Group {
            name,
            bracket: self.text.as_bytes()[at],
            open,
        })
    }
}

/// Goes through the things within a pair of brackets.
pub(super) struct Items<'s, 'a> {
    structure: &'s Structure<'a>,
    mark: usize,
    start: usize,
}

impl<'a> Iterator for Items<'_, 'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let structure = self.structure;
        let mut start = self.start;
        let mut key = None;
        let mut open = None;
        loop {
            let Mark { sign, at } = *structure.marks.get(self.mark)?;
            match sign {
                Sign::Open { close, .. } => {
                    open = open.or(Some(self.mark));
                    self.mark = close? + 1;
                }
                Sign::Colon => {
                    key = Some(structure.text[start..at].trim_ascii());
                    start = at + 1;
                    open = None;
                    self.mark += 1;
                }
                Sign::Comma | Sign::Close => {
                    let text = structure.text[start..at].trim_ascii();
                    if sign == Sign::Close {
                        // There is nothing after it, for this and every later call.
                        self.mark = structure.marks.len();
                        // What a one-element tuple ends with, `(1,)`, is no part of it.
                        if text.is_empty() && key.is_none() {
                            return None;
                        }
                    } else {
                        self.mark += 1;
                        self.start = at + 1;
                    }
                    let end = structure.text[..at].trim_ascii_end().len();
                    let group = structure.group(start, end, open);
                    return Some(Item { key, text, group });
                }
            }
        }
    }
}

/// Notes how long the item is that ends here.
fn measure(marks: &mut [Mark], within: &Pending, end: usize) {
    if let Sign::Open { longest, .. } = &mut marks[within.mark].sign {
        *longest = (*longest).max(end - within.item);
    }
}

fn closing(bracket: u8) -> u8 {
    match bracket {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// The name of a struct or variant; lists and tuples have none.
fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Where the string ends that begins here.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Where the character ends that begins here; an apostrophe is its own end.
fn end_of_character(text: &str, start: usize) -> usize {
    let mut characters = text[start + 1..].char_indices();
    // The longest is '\u{10ffff}'.
    let end = match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters.take(10).find(|(_, c)| *c == '\'')
        }
        Some(_) => characters.next().filter(|(_, c)| *c == '\''),
        None => None,
    };
    end.map_or(start, |(offset, _)| start + 1 + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(Option<&str>, &str)> {
        let structure = Structure::of(text, true).expect("brackets match");
        let root = structure.root().expect("a group");
        let items = structure.items(root);
        items.map(|item| (item.key, item.text)).collect()
    }

    #[test]
    fn quotes_hide_what_is_in_them() {
        let value = ("a, \"(", '"', '\'', '(', '\\', '\u{202e}', "don't");
        let expected = [
            format!("{:?}", value.0),
            "'\"'".into(),
            "'\\''".into(),
            "'('".into(),
            "'\\\\'".into(),
            "'\\u{202e}'".into(),
            "\"don't\"".into(),
        ];
        let text = format!("{value:?}");
        let items = items(&text);
        assert!(items.iter().map(|(_, text)| text).eq(&expected), "{text}");
    }

    #[test]
    fn brackets_hold_items() {
        assert_eq!(items("[]"), []);
        assert_eq!(items("P { }"), []);
        assert_eq!(items("(1,)"), [(None, "1,")]);
        assert_eq!(items("[1, -2.5e-7]"), [(None, "1"), (None, "-2.5e-7")]);
        assert_eq!(
            items("P { x: Q { y: 1, z: [] }, t: 12:30, .. }"),
            [
                (Some("x"), "Q { y: 1, z: [] }"),
                (Some("t"), "12:30"),
                (None, "..")
            ]
        );
        assert_eq!(
            items("{(1, 2): a::B, Q { y: 1 }: \": \"}"),
            [(Some("(1, 2)"), "a::B"), (Some("Q { y: 1 }"), "\": \"")]
        );
    }

    #[test]
    fn a_text_of_another_form_has_no_structure() {
        for text in ["[", "]", "[)", "\"", "[\"]", "a\nb"] {
            assert!(Structure::of(text, true).is_none(), "{text}");
        }
        for text in ["", "12", "1, 2", "[1] + [2]", "a b(1)", "1(2)"] {
            let structure = Structure::of(text, true).expect("nothing unmatched");
            assert!(structure.root().is_none(), "{text}");
        }
    }

    #[test]
    fn of_a_cut_text_complete_items_count() {
        let structure = Structure::of("[(1, 2), (3, \"4", false).expect("open at most");
        let root = structure.root().expect("a list");
        let items: Vec<&str> = structure.items(root).map(|item| item.text).collect();
        assert_eq!(items, ["(1, 2)"]);
    }
}
