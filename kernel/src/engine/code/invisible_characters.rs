//! Characters that nobody sees and the compiler does not take, as they come along when code
//! is copied from a web page or a text processor.

use crate::engine::code::cell_text::line_and_column;
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind};
use std::fmt::Write as _;

/// At most so many are listed.
const LISTED: usize = 5;

/// What a cell may begin with in place of a mark that only says how the text is encoded: a
/// blank as long as that, which the compiler goes past as it does past a space.
const BLANK: &str = "\u{200e}";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The code with line ends as Rust has them and without a byte order mark; every byte that
/// stays is where it was.
pub(crate) fn tidied(code: &str) -> String {
    let (mut tidy, rest) = match code.strip_prefix(BYTE_ORDER_MARK) {
        // Commands begin their line.
        Some(rest) if rest.trim_start().starts_with([':', '!']) => (String::new(), rest),
        Some(rest) => (BLANK.to_owned(), rest),
        None => (String::new(), code),
    };
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        // Old systems end a line with it, which is none to Rust.
        let ends_line = character == '\r' && characters.peek() != Some(&'\n');
        tidy.push(if ends_line { '\n' } else { character });
    }
    tidy
}

/// The name of an invisible character that is none of Rust's blanks.
fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "a null byte",
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{180e}' => "a Mongolian vowel separator",
        '\u{2000}'..='\u{200a}' => "a typographic space",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a mark of the writing direction",
        '\u{202f}' => "a narrow no-break space",
        '\u{205f}' => "a mathematical space",
        '\u{2060}' => "a word joiner",
        '\u{3000}' => "an ideographic space",
        BYTE_ORDER_MARK => "a byte order mark",
        _ if character.is_control() && !character.is_whitespace() => "a control character",
        _ => return None,
    })
}

/// Says which invisible characters the code has where Rust has none (in strings and comments
/// they are the user's), and where; `None` if it has none.
pub(crate) fn complaint(code: &str) -> Option<String> {
    if code.chars().all(|character| name(character).is_none()) {
        return None;
    }
    let tree = SourceFile::parse(code, Edition::Edition2024).syntax_node();
    let tokens = tree.descendants_with_tokens();
    let allowed = |kind: SyntaxKind| {
        let text = [
            SyntaxKind::STRING,
            SyntaxKind::BYTE_STRING,
            SyntaxKind::C_STRING,
            SyntaxKind::CHAR,
            SyntaxKind::COMMENT,
        ];
        text.contains(&kind)
    };
    let mut found = Vec::new();
    for token in tokens.filter_map(NodeOrToken::into_token) {
        if allowed(token.kind()) {
            continue;
        }
        let begin = usize::from(token.text_range().start());
        let characters = token.text().char_indices();
        found.extend(characters.filter_map(|(at, it)| Some((begin + at, it, name(it)?))));
    }
    let (first, rest) = found.split_first()?;
    let mut sentence = format!("there is {} in the code", described(code, first));
    let listed = rest.len().min(LISTED - 1);
    for (index, one) in rest[..listed].iter().enumerate() {
        let is_last = index + 1 == rest.len();
        let _ = write!(
            sentence,
            "{} {}",
            if is_last { " and" } else { "," },
            described(code, one)
        );
    }
    if rest.len() > listed {
        let _ = write!(sentence, " and {} more", rest.len() - listed);
    }
    sentence += ", which nobody sees and Rust does not take there, as it comes along when code is \
                 copied from a web page: delete it, or type a plain space in its place";
    Some(sentence)
}

fn described(code: &str, &(at, character, name): &(usize, char, &str)) -> String {
    let (line, column) = line_and_column(code, at);
    format!(
        "{name} (U+{:04X}) in line {line}, column {column}",
        u32::from(character)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named_and_placed() {
        for (code, place) in [
            (
                "let\u{a0}x = 1;",
                "a no-break space (U+00A0) in line 1, column 4",
            ),
            (
                "1 +\n  \u{200b}2",
                "a zero-width space (U+200B) in line 2, column 3",
            ),
            ("let x\0 = 1;", "a null byte (U+0000) in line 1, column 6"),
            (
                "f(\u{feff})",
                "a byte order mark (U+FEFF) in line 1, column 3",
            ),
        ] {
            let complaint = complaint(code).unwrap_or_default();
            assert!(complaint.contains(place), "{complaint}");
        }
        for code in [
            "let x = \"a\u{a0}b\u{200b}\"; // \u{a0}\n/* \u{200d} */ 'x'",
            "let x = 1;\x0c\tlet y = 2;\r\n",
        ] {
            assert_eq!(complaint(code), None, "{code:?}");
        }
        let many = complaint(&"\u{a0}1;".repeat(9)).unwrap();
        assert!(many.contains(" and 4 more, which"), "{many}");
    }

    #[test]
    fn marks_and_old_line_ends_are_taken_as_they_are_meant() {
        assert_eq!(tidied("let x = 1;\rx\r\ny"), "let x = 1;\nx\r\ny");
        assert_eq!(tidied("\u{feff}x").find('x'), "\u{feff}x".find('x'));
        assert_eq!(tidied("\u{feff}:help"), ":help");
        assert_eq!(tidied("\0\na"), "\0\na");
    }
}
