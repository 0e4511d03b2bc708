//! Values that know nothing but their `Debug` text, shown so that a person can read it.
//!
//! Most values in a notebook are of this kind: numbers, lists, structs with a derived
//! `Debug`. Nothing is asked of them but that text: it is written once, and only as much
//! of it as is shown ([`bounded`]); its brackets and commas say what it is made of
//! ([`structure`]); so a long one is broken into lines ([`layout`]), and a list of alike
//! records gets a table beside it ([`table`]). A text that is not of the usual form
//! (a `Debug` written by hand) is shown as it is.
//!
//! Nothing here is generic: a cell only makes a `&dyn Debug` of its value.

mod bounded;
mod layout;
mod structure;
mod table;

use super::Bundle;
use bounded::{Written, write};
use std::fmt::Debug;
use structure::Structure;

/// So much text is shown, in bytes: about a hundred full lines.
const TEXT: usize = 10_000;
/// So much is written of a value that is going to be a table, in bytes: it shows
/// the last rows too, and says how many there are.
const TABLE: usize = 1_000_000;
/// A text of so many characters stays on one line.
const LINE: usize = 100;
/// Deeper values than this are not looked into. A list whose records refer to each
/// other in a circle has no end, and no stack is deep enough to write a megabyte of it.
const DEPTH: usize = 32;

/// The text of a value, and a table if it is a list of records.
pub(crate) fn bundle(value: &dyn Debug) -> Bundle {
    let written = write(value, TEXT, TABLE, &may_be_a_table);
    let whole = Structure::of(&written.text, written.whole);
    let html = whole.and_then(|whole| table::html(&whole));
    let text = Bundle::text(readable(written));
    match html {
        Some(html) => text.html(html),
        None => text,
    }
}

/// As much of a value's text as is shown, on one line if it is written on one.
pub(crate) fn line(value: &dyn Debug) -> String {
    let written = write(value, TEXT, TEXT, &|_| false);
    if written.whole {
        return written.text;
    }
    cut(written.text, |beginning| beginning)
}

/// Whether the rest of a text is worth writing, judged by its beginning.
fn may_be_a_table(beginning: &str) -> bool {
    Structure::of(beginning, false)
        .is_some_and(|beginning| beginning.depth() <= DEPTH && table::begins(&beginning))
}

/// The text in lines, with a word on what is missing.
fn readable(written: Written) -> String {
    let Written { mut text, whole } = written;
    if whole && text.len() <= TEXT {
        return in_lines(text, true);
    }
    text.truncate(text.floor_char_boundary(TEXT));
    cut(text, |beginning| in_lines(beginning, false))
}

/// Ends a text where one of its parts ends, and says so.
fn cut(mut text: String, lay_out: impl FnOnce(String) -> String) -> String {
    let comma = Structure::of(&text, false).and_then(|beginning| beginning.last_comma());
    // A long text within is not left out for the comma before it.
    if let Some(end) = comma.filter(|comma| comma + LINE > text.len()) {
        text.truncate(end + 1);
    }
    let shown = text.chars().count();
    format!(
        "{} …\n\n[The first {shown} characters. println!(\"{{value:?}}\") prints all of it.]",
        lay_out(text)
    )
}

fn in_lines(text: String, whole: bool) -> String {
    if whole && text.chars().nth(LINE).is_none() {
        return text;
    }
    match Structure::of(&text, whole) {
        Some(structure) => layout::lines(&structure),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn text(value: &dyn Debug) -> String {
        bundle(value).plain_text().to_owned()
    }

    #[test]
    fn a_short_value_stays_on_its_line() {
        assert_eq!(text(&"te\"xt"), r#""te\"xt""#);
        assert_eq!(text(&vec![Some(1), None]), "[Some(1), None]");
        assert_eq!(text(&[0.5; 20]), format!("{:?}", [0.5; 20]));
    }

    #[test]
    fn a_long_struct_is_written_field_by_field() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "shown")]
        struct Outcome {
            label: &'static str,
            rates: Vec<f64>,
            best: Option<(usize, f64)>,
            note: &'static str,
        }
        let outcome = Outcome {
            label: "a, { label",
            rates: vec![71.8; 40],
            best: Some((3, 0.5)),
            note: "",
        };
        let rates = |count| vec!["71.8"; count].join(", ");
        let expected = format!(
            "Outcome {{\n    label: \"a, {{ label\",\n    rates: [\n        {},\n        {},\n        {},\n    ],\n    \
             best: Some((3, 0.5)),\n    note: \"\",\n}}",
            rates(15),
            rates(15),
            rates(10)
        );
        assert_eq!(text(&outcome), expected);
    }

    #[test]
    fn what_is_broken_into_lines_is_what_rust_would_make_of_it() {
        #[derive(Debug, Clone)]
        #[expect(dead_code, reason = "shown")]
        struct Person {
            name: String,
            friends: BTreeMap<String, String>,
        }
        let long = || "x".repeat(60);
        let friends = [(long(), long()), ("b".into(), long())];
        let value = Some(Person {
            name: long(),
            friends: friends.into(),
        });
        assert_eq!(text(&value), format!("{value:#?}"));
    }

    #[test]
    fn a_huge_value_shows_its_beginning() {
        // Memory that is never written to costs nothing either.
        let shown = text(&vec![0.0; 100_000_000]);
        assert!(shown.len() < 2 * TEXT, "{}", shown.len());
        assert!(shown.starts_with("[\n    0.0, 0.0,"), "{shown}");
        assert!(shown.contains("0.0, …\n\n[The first 9"), "{shown}");
        assert!(shown.ends_with("println!(\"{value:?}\") prints all of it.]"));
        let lines = shown.lines();
        assert!(lines.map(|line| line.chars().count()).max() <= Some(LINE));
        // A single long thing has no part to end with.
        let string = text(&"µ".repeat(100_000));
        assert!(string.len() < 2 * TEXT && string.contains("µ …\n\n"));
    }

    #[test]
    fn a_value_without_end_has_a_beginning() {
        use std::cell::RefCell;
        use std::rc::Rc;
        #[derive(Debug, Clone)]
        struct Node(Rc<RefCell<Vec<Node>>>);
        let node = Node(Rc::new(RefCell::new(Vec::new())));
        node.0.borrow_mut().push(node.clone());
        assert!(text(&node).contains("…"));
        assert!(text(&vec![node]).contains("…"));
    }

    #[test]
    fn a_text_of_its_own_form_is_left_alone() {
        struct Raw(&'static str);
        impl Debug for Raw {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0)
            }
        }
        let lines = "[[1, 2],\n [3, 4]], shape=[2, 2], ............................................................................";
        let unmatched = "<a ], of many words, that goes on and on, and on, and on, and on, and on, and on, and on, and on, and on>";
        for raw in [lines, unmatched, "it's", "\""] {
            let shown = bundle(&Raw(raw));
            assert_eq!(shown.plain_text(), raw);
            assert_eq!(shown.get("text/html"), None);
        }
    }
}
