//! What stands at the cursor, and what the cursor stands in.
//!
//! Told from the tokens alone: code that is being typed hardly ever parses.

use crate::engine::code::leading_lines;
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind};
use std::ops::Range;

/// A token that is not white space; `::` is one in any place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: SyntaxKind,
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

impl Token {
    /// True if it is a name or a keyword.
    pub(crate) fn is_word(&self) -> bool {
        self.kind == SyntaxKind::IDENT || self.kind.is_keyword(Edition::Edition2024)
    }

    fn is_text(&self) -> bool {
        matches!(
            self.kind,
            SyntaxKind::STRING | SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING | SyntaxKind::CHAR
        )
    }
}

/// What the cursor stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A line that starts with `:`, from its first character on.
    Command,
    /// A comment, or a line for the shell: nothing is known of it.
    Nothing,
    /// A string.
    Text,
    /// Behind the `.` that is this token.
    Member(usize),
    /// Behind `a::b::`.
    Path(Vec<String>),
    /// Anything else.
    Code,
}

/// Code with a cursor in it.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The code; commands are blanked out, and offsets as they were.
    pub(crate) rust: String,
    pub(crate) offset: usize,
    pub(crate) tokens: Vec<Token>,
    /// The word, or the text in quotation marks, that the cursor touches.
    pub(crate) word: Range<usize>,
    pub(crate) inside: Inside,
}

impl Cursor {
    /// Looks at `code` from byte `offset`, or from the last place before it where
    /// a cursor can be.
    pub(crate) fn new(code: &str, offset: usize) -> Cursor {
        let mut offset = offset.min(code.len());
        while !code.is_char_boundary(offset) {
            offset -= 1;
        }
        let (rust, commands) = leading_lines::blank(code);
        let tokens = tokens(&rust);
        let mut cursor = Cursor {
            word: offset..offset,
            inside: Inside::Code,
            rust,
            offset,
            tokens,
        };
        let line = code[..offset].rfind('\n').map_or(0, |at| at + 1);
        if let Some(start) = commands.into_iter().find(|start| line == *start) {
            cursor.set_command(code, start);
        } else if is_in_comment(&cursor.rust, offset) {
            cursor.inside = Inside::Nothing;
        } else {
            cursor.look();
        }
        cursor
    }

    /// What of the word stands before the cursor.
    pub(crate) fn prefix(&self) -> &str {
        &self.rust[self.word.start..self.offset]
    }

    /// The innermost call whose arguments the cursor stands among: the place of
    /// the last word of what is called.
    pub(crate) fn enclosing_call(&self) -> Option<usize> {
        let mut depth = 0;
        let before = self.tokens.iter().enumerate().rev();
        for (index, token) in before.filter(|(_, token)| token.range.end <= self.offset) {
            match token.text.as_str() {
                ")" | "]" | "}" => depth += 1,
                "(" if depth == 0 => {
                    if let Some(callee) = self.callee(index) {
                        return Some(callee);
                    }
                }
                "{" | ";" if depth == 0 => return None,
                "(" | "[" | "{" if depth > 0 => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// What the parenthesis at `index` calls.
    pub(crate) fn callee(&self, index: usize) -> Option<usize> {
        let mut at = index.checked_sub(1)?;
        match self.tokens[at].text.as_str() {
            "!" => at = at.checked_sub(1)?,
            ">" => at = self.before_generics(at)?,
            _ => {}
        }
        (self.tokens[at].kind == SyntaxKind::IDENT).then_some(at)
    }

    /// From the `>` of `name::<T>` to the name.
    fn before_generics(&self, close: usize) -> Option<usize> {
        let mut depth = 0;
        for at in (0..=close).rev() {
            match self.tokens[at].text.as_str() {
                ">" => depth += 1,
                "<" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let before = at.checked_sub(1)?;
                return match self.tokens[before].text.as_str() {
                    "::" => before.checked_sub(1),
                    _ => Some(before),
                };
            }
        }
        None
    }

    /// The words of a path that ends before token `index`, which is its last `::`.
    pub(crate) fn path_before(&self, index: usize) -> Vec<String> {
        let mut words = Vec::new();
        let mut separator = index;
        while let Some(mut at) = separator.checked_sub(1) {
            if self.tokens[at].text == ">" {
                match self.before_generics(at) {
                    Some(before) => at = before,
                    None => break,
                }
            }
            if !self.tokens[at].is_word() {
                break;
            }
            words.push(self.tokens[at].text.clone());
            match at.checked_sub(1) {
                Some(before) if self.tokens[before].text == "::" => separator = before,
                _ => break,
            }
        }
        words.reverse();
        words
    }

    /// The place of the word the cursor touches.
    pub(crate) fn word_at(&self) -> Option<usize> {
        self.tokens
            .iter()
            .position(|token| token.is_word() && token.range == self.word)
    }

    fn set_command(&mut self, code: &str, line: usize) {
        let text = &code[line..];
        let text = &text[..text.find('\n').unwrap_or(text.len())];
        let start = line + text.len() - text.trim_start().len();
        self.inside = Inside::Nothing;
        if code[start..].starts_with(':') && self.offset >= start {
            let end = code[start..line + text.len()].find(' ');
            let end = end.map_or(line + text.len(), |length| start + length);
            if self.offset <= end {
                self.inside = Inside::Command;
                self.word = start..end;
                self.rust = code.to_owned();
            }
        }
    }

    fn look(&mut self) {
        let offset = self.offset;
        if let Some(token) = self.tokens.iter().find(|token| {
            token.is_text() && token.range.start < offset && offset <= token.range.end
        }) && let Some(content) = content_of_text(token, offset)
        {
            self.word = content;
            self.inside = Inside::Text;
            return;
        }
        let touched = self.tokens.iter().find(|token| {
            token.is_word() && token.range.start <= offset && offset <= token.range.end
        });
        if let Some(token) = touched {
            self.word = token.range.clone();
        }
        let start = self.word.start;
        let Some(before) = self
            .tokens
            .iter()
            .rposition(|token| token.range.end <= start)
        else {
            return;
        };
        // `0..n`: behind a range there is no member.
        match self.tokens[before].text.as_str() {
            "." if self.tokens[before].range.end == start || self.word.is_empty() => {
                let is_range = before > 0 && self.tokens[before - 1].text == ".";
                if !is_range {
                    self.inside = Inside::Member(before);
                }
            }
            "::" => self.inside = Inside::Path(self.path_before(before)),
            _ => {}
        }
    }
}

/// The tokens of some code.
pub(crate) fn tokens(code: &str) -> Vec<Token> {
    let parsed = SourceFile::parse(code, Edition::Edition2024);
    let all = parsed.syntax_node().descendants_with_tokens();
    let mut tokens: Vec<Token> = Vec::new();
    for token in all.filter_map(NodeOrToken::into_token) {
        if token.kind().is_trivia() {
            continue;
        }
        let range = usize::from(token.text_range().start())..usize::from(token.text_range().end());
        // Inside of macros and of what does not parse, `::` is two tokens.
        if token.text() == ":"
            && let Some(last) = tokens.last_mut()
            && last.text == ":"
            && last.range.end == range.start
        {
            last.text = "::".into();
            last.range.end = range.end;
            continue;
        }
        tokens.push(Token {
            kind: token.kind(),
            text: token.text().to_owned(),
            range,
        });
    }
    tokens
}

/// The text between the quotation marks, if the cursor stands there.
fn content_of_text(token: &Token, offset: usize) -> Option<Range<usize>> {
    let mark = if token.kind == SyntaxKind::CHAR {
        '\''
    } else {
        '"'
    };
    let open = token.range.start + token.text.find(mark)? + 1;
    let has_end = token.text[open - token.range.start..].contains(mark);
    let close = match token.text.rfind(mark) {
        Some(at) if has_end => token.range.start + at,
        // Without an end the string would reach to the end of the cell.
        _ => {
            let line = token.text[offset - token.range.start..].find(['\n', ')', ']', ',']);
            line.map_or(token.range.end, |length| offset + length)
        }
    };
    (open <= offset && offset <= close).then_some(open..close)
}

fn is_in_comment(code: &str, offset: usize) -> bool {
    let parsed = SourceFile::parse(code, Edition::Edition2024);
    let all = parsed.syntax_node().descendants_with_tokens();
    let mut comments = all
        .filter_map(NodeOrToken::into_token)
        .filter(|token| token.kind() == SyntaxKind::COMMENT);
    comments.any(|token| {
        let range = token.text_range();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let is_line = token.text().starts_with("//");
        start < offset && (offset < end || (is_line && offset == end))
    })
}

/// Where the statement ends in which token `from` stands.
pub(crate) fn end_of_statement(tokens: &[Token], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            ";" if depth == 0 => return Some(index),
            _ => {}
        }
    }
    None
}

/// The bracket that the one at `close` closes.
pub(crate) fn opening(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0;
    for index in (0..=close).rev() {
        match tokens[index].text.as_str() {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor at the `|`.
    fn at(marked: &str) -> Cursor {
        let offset = marked.find('|').unwrap();
        Cursor::new(&marked.replacen('|', "", 1), offset)
    }

    #[test]
    fn the_cursor_knows_its_word_and_its_surroundings() {
        let path = |words: &[&str]| Inside::Path(words.iter().map(|&it| it.to_owned()).collect());
        for (marked, word, inside) in [
            ("pop.rec|ord(", "record", Inside::Member(1)),
            ("pop.|", "", Inside::Member(1)),
            ("\"🦀\"; pop.|x", "x", Inside::Member(3)),
            ("let a = 1;\n\n|", "", Inside::Code),
            ("|", "", Inside::Code),
            ("po|p", "pop", Inside::Code),
            ("pynn::cells::|", "", path(&["pynn", "cells"])),
            ("println!(\"{}\", pynn::ru|n)", "run", path(&["pynn"])),
            ("Vec::<i32>::ne|w()", "new", path(&["Vec"])),
            ("pop.set(\"lea|\")", "lea", Inside::Text),
            ("pop.set(\"lea|", "lea", Inside::Text),
            ("\"a\"|", "", Inside::Code),
            ("// pop.|", "", Inside::Nothing),
            (":he|", ":he", Inside::Command),
            (" :dep a|", "", Inside::Nothing),
            (":dep a\npop|", "pop", Inside::Code),
            ("!ls |", "", Inside::Nothing),
            ("0..n|", "n", Inside::Code),
        ] {
            let cursor = at(marked);
            assert_eq!(&cursor.rust[cursor.word.clone()], word, "{marked}");
            assert_eq!(cursor.inside, inside, "{marked}");
        }
    }

    #[test]
    fn a_call_is_found_from_among_its_arguments() {
        for (marked, callee) in [
            ("pop.record(|", Some("record")),
            ("run(0.1|)", Some("run")),
            ("a(b(1), |", Some("a")),
            ("println!(\"{}\", |", Some("println")),
            ("v.iter().sum::<f64>(|)", Some("sum")),
            ("f(vec![1, |])", Some("f")),
            ("f((1, |", Some("f")),
            ("if a { |", None),
            ("f(1); |", None),
            ("|", None),
        ] {
            let cursor = at(marked);
            let name = cursor
                .enclosing_call()
                .map(|index| cursor.tokens[index].text.as_str());
            assert_eq!(name, callee, "{marked}");
        }
    }

    #[test]
    fn no_offset_is_too_odd() {
        let code = "let ä = \"🦀\";\n:x 'ö\n// é";
        for offset in 0..code.len() + 3 {
            let cursor = Cursor::new(code, offset);
            assert!(cursor.offset <= code.len());
            assert!(cursor.word.start <= cursor.offset && cursor.offset <= cursor.word.end);
        }
    }
}
