//! Long lists and long runs of statements, of which rust-analyzer is shown one of each kind.
//!
//! Type inference compares every element of a list with all before it, and looks with every
//! statement at all the literals before it whose types are open: a table of 1,000 rows takes
//! minutes, and so do 3,000 calls of `push`, though the second says nothing that the first did
//! not. So evcxr gets a cell in which what is like something that stands before is left out,
//! and a comment stands in its place, as long as it was and over as many lines. The compiler
//! gets all of it: the stand-in for cargo puts it back ([`crate::toolchain::elided`]).
//!
//! Alike are elements of the same tokens but for the values of literals, as far as those
//! are in no type. Within macros other than `vec!` nothing is left out.
//!
//! A `vec!` of `vec!`s of literals is 10,000 small allocations in code, over which the
//! compiler takes half a minute, and as long over 10,000 minus signs. It is compiled as what
//! it is, one list of numbers, the lengths of its rows and the places of negative ones.

use crate::engine::code::leading_lines;
use crate::engine::code::repeated_statements;
use crate::engine::code::tokens::{Tokens, is_known_macro, shape};
use crate::toolchain::elided::{self, Elided};
use ra_ap_parser::SyntaxKind;
use std::collections::HashSet;
use std::ops::Range;

/// Shorter code is never thinned out.
const SHORT: usize = 1024;
/// Fewer elements are never left out.
const FEW: usize = 32;
/// Lists of more kinds of elements are left as they are.
const MOST_KINDS: usize = 64;

/// A cell with elements left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Thinned {
    /// As long as the cell, and with as many lines.
    pub(crate) code: String,
    /// What was left out, by the numbers in the comments.
    pub(crate) elided: Vec<(usize, Elided)>,
}

/// Thins a cell out, numbering what is left out from `first` on; `None` if there is nothing
/// to leave out. What stands at `cursor` stays.
pub(crate) fn thin(code: &str, first: usize, cursor: Option<usize>) -> Option<Thinned> {
    if code.len() < SHORT || code.contains(elided::MARK) {
        return None;
    }
    let rust = format!(";{}", leading_lines::blank(code).0);
    let tokens = Tokens::new(&rust);
    let is_wanted = |range: &Range<usize>| cursor.is_some_and(|at| range.contains(&at));
    let mut thinned = Thinned {
        code: code.to_owned(),
        elided: Vec::new(),
    };
    let lists = lists(&tokens);
    let mut runs = repeated_statements::find(&tokens);
    runs.retain(|run| {
        let is_within = |list: &List| list.range.start <= run.start && run.end <= list.range.end;
        run.len() >= SHORT / 2 && !lists.iter().any(is_within)
    });
    for list in lists {
        let is_within = |run: &Range<usize>| run.contains(&list.range.start);
        if is_wanted(&list.range) || runs.iter().any(is_within) {
            continue;
        }
        let number = first + thinned.elided.len();
        let Some((range, comment, elided)) = list.thin(&tokens, code, number) else {
            continue;
        };
        thinned.code.replace_range(range, &comment);
        thinned.elided.push((number, elided));
    }
    for run in runs.into_iter().filter(|run| !is_wanted(run)) {
        let number = first + thinned.elided.len();
        let text = &code[run.clone()];
        let comment = elided::comment(number);
        thinned
            .code
            .replace_range(run.clone(), &filled(comment, text));
        let elided = Elided {
            before: 0,
            length: text.len(),
            text: text.to_owned(),
        };
        thinned.elided.push((number, elided));
    }
    (!thinned.elided.is_empty()).then_some(thinned)
}

/// A comment that is as long as the text it stands for, and over as many lines.
fn filled(mut comment: String, text: &str) -> String {
    let lines = text.matches('\n').count();
    let padding = text.len() - comment.len() - lines;
    comment.extend(std::iter::repeat_n('\n', lines));
    comment.extend(std::iter::repeat_n(' ', padding));
    comment
}

/// A list in `[ ]`, by the places of its tokens.
struct List {
    /// In bytes, with the brackets, and with the name of the macro.
    range: Range<usize>,
    is_vec: bool,
    elements: Vec<Range<usize>>,
    close: usize,
}

/// An open bracket.
struct Open {
    at: usize,
    is_vec: bool,
    /// True if it may be thinned out by what it is and stands in.
    is_plain: bool,
    has_semicolon: bool,
    /// The lists found before it, of which those inside are its own.
    found: usize,
    start: usize,
    elements: Vec<Range<usize>>,
}

/// The outermost lists that are long.
fn lists(tokens: &Tokens<'_>) -> Vec<List> {
    use SyntaxKind as K;
    let mut open: Vec<Open> = Vec::new();
    let mut found: Vec<List> = Vec::new();
    for at in 0..tokens.all.len() {
        match tokens.kind(at) {
            kind @ (K::L_BRACK | K::L_PAREN | K::L_CURLY) => {
                let name = tokens.macro_name(at);
                let is_attribute = at > 0 && matches!(tokens.kind(at - 1), K::POUND);
                let around = open.last().is_none_or(|it| it.is_plain);
                open.push(Open {
                    at,
                    is_vec: name == Some("vec") && kind == K::L_BRACK,
                    is_plain: around && !is_attribute && name.is_none_or(is_known_macro),
                    has_semicolon: false,
                    found: found.len(),
                    start: at + 1,
                    elements: Vec::new(),
                });
            }
            K::COMMA => {
                if let Some(list) = open.last_mut() {
                    list.elements.push(list.start..at);
                    list.start = at + 1;
                }
            }
            K::SEMICOLON => {
                if let Some(list) = open.last_mut() {
                    list.has_semicolon = true;
                }
            }
            K::R_BRACK | K::R_PAREN | K::R_CURLY => {
                let Some(mut list) = open.pop() else {
                    continue;
                };
                if list.start < at {
                    list.elements.push(list.start..at);
                }
                let is_list = tokens.kind(list.at) == K::L_BRACK && tokens.kind(at) == K::R_BRACK;
                if is_list
                    && list.is_plain
                    && !list.has_semicolon
                    && list.elements.len() >= FEW
                    && list.elements.iter().all(|element| !element.is_empty())
                {
                    found.truncate(list.found);
                    let first = if list.is_vec { list.at - 2 } else { list.at };
                    found.push(List {
                        range: tokens.all[first].1.start..tokens.all[at].1.end,
                        is_vec: list.is_vec,
                        elements: list.elements,
                        close: at,
                    });
                }
            }
            _ => {}
        }
    }
    found
}

impl List {
    /// The part of the code that is left out, the comment in its place, and what the
    /// compiler gets.
    fn thin(
        &self,
        tokens: &Tokens<'_>,
        code: &str,
        number: usize,
    ) -> Option<(Range<usize>, String, Elided)> {
        // One element of each kind, the first being the list's first.
        let mut kinds = HashSet::new();
        let mut kept = Vec::new();
        for element in &self.elements {
            if kinds.insert(shape(tokens, element.clone())) {
                kept.push(element.clone());
            }
            if kept.len() > MOST_KINDS {
                return None;
            }
        }
        let (first, others) = kept.split_first()?;
        let in_place = match (self.is_vec, others) {
            (true, _) => others
                .iter()
                .map(|it| format!(",{}", tokens.joined(it)))
                .collect(),
            // An array's type has its length.
            (false, []) => format!(";{}", self.elements.len()),
            (false, _) => return None,
        };
        let start = tokens.all[first.end - 1].1.end;
        let end = tokens.all[self.close].1.start;
        let left_out = &code[start..end];
        let comment = elided::comment(number) + &in_place;
        let lines = left_out.matches('\n').count();
        if left_out.len() < SHORT / 2 + comment.len() + lines {
            return None;
        }
        let comment = filled(comment, left_out);
        let elided = match self.as_table(tokens, code) {
            Some(rows) => Elided {
                before: start - self.range.start,
                length: self.range.len(),
                text: rows,
            },
            None => Elided {
                before: 0,
                length: left_out.len(),
                text: left_out.to_owned(),
            },
        };
        Some((start..end, comment, elided))
    }

    /// A `vec!` of `vec!`s of literals as one list, the lengths of its rows, and the places
    /// of its negative numbers; a `vec!` of literals with the latter. Every literal stays in
    /// its line and column.
    fn as_table(&self, tokens: &Tokens<'_>, code: &str) -> Option<String> {
        use SyntaxKind as K;
        let open = self.elements.first()?.start - 1;
        let is_in_path = open > 2 && tokens.kind(open - 3) == K::COLON;
        if !self.is_vec || is_in_path {
            return None;
        }
        let mut text = code.as_bytes()[self.range.clone()].to_vec();
        let mut blank = |at: usize| {
            let range = &tokens.all[at].1;
            text[range.start - self.range.start..range.end - self.range.start].fill(b' ');
        };
        let mut lengths = Vec::new();
        let mut negatives = Vec::new();
        let mut count = 0;
        for element in &self.elements {
            let row: Vec<usize> = element.clone().collect();
            let (literals, is_row) = match &row[..] {
                [name, bang, bracket, literals @ .., close]
                    if tokens.text(*name) == "vec"
                        && tokens.kind(*bang) == K::BANG
                        && tokens.kind(*bracket) == K::L_BRACK
                        && tokens.kind(*close) == K::R_BRACK
                        && !literals.is_empty() =>
                {
                    for at in [name, bang, bracket, close] {
                        blank(*at);
                    }
                    (literals, true)
                }
                literals => (literals, false),
            };
            let before = count;
            let mut wants_literal = true;
            for at in literals {
                match tokens.kind(*at) {
                    K::MINUS if wants_literal && tokens.kind(at + 1) != K::MINUS => {
                        blank(*at);
                        negatives.push(count.to_string());
                    }
                    K::COMMA if !wants_literal => wants_literal = true,
                    kind if wants_literal && is_value(kind, tokens.text(*at)) => {
                        count += 1;
                        wants_literal = false;
                    }
                    _ => return None,
                }
            }
            // After a row's last comma, one more would be an error.
            if wants_literal {
                blank(*literals.last()?);
            }
            if is_row {
                lengths.push((count - before).to_string());
            }
        }
        let head = tokens.all[open - 2].1.start..tokens.all[open].1.end;
        if code[head.clone()].contains('\n') {
            return None;
        }
        let spaces = head.len().checked_sub(3)?;
        let mut text = String::from_utf8(text).ok()?;
        text.replace_range(..head.len(), &format!("{}(&[", " ".repeat(spaces)));
        let (lengths, negatives) = (lengths.join(","), negatives.join(","));
        let shape = match (lengths.as_str(), negatives.as_str()) {
            // Which is compiled as fast as it can be.
            ("", "") => return None,
            ("", _) => format!(").hx_signed(&[{negatives}])"),
            // Every element is a row, or none.
            _ if self.elements.len() != lengths.matches(',').count() + 1 => return None,
            (_, "") => format!(").hx_rows(&[{lengths}])"),
            _ => format!(").hx_signed(&[{negatives}]).hx_rows(&[{lengths}])"),
        };
        Some(text + &shape)
    }
}

/// True if a token is a value in a table. The integers that are only in range with a `-`
/// are none.
fn is_value(kind: SyntaxKind, text: &str) -> bool {
    use SyntaxKind as K;
    match kind {
        K::FLOAT_NUMBER | K::STRING | K::CHAR | K::TRUE_KW | K::FALSE_KW => true,
        K::INT_NUMBER => {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            let is_plain = !text.starts_with('0') || text == "0";
            let value = digits.parse::<u64>();
            is_plain
                && !text.contains('_')
                && value.is_ok_and(|it| it == 0 || !it.is_power_of_two() || it < 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What evcxr gets, and what the compiler gets for the part that was left out.
    fn thinned(code: &str) -> (String, String) {
        let mut thinned = thin(code, 7, None).unwrap();
        assert_eq!(thinned.code.len(), code.len());
        assert_eq!(thinned.code.lines().count(), code.lines().count());
        assert_eq!(thinned.elided.len(), 1);
        let (number, elided) = thinned.elided.remove(0);
        assert_eq!(number, 7);
        let words: Vec<&str> = thinned.code.split_whitespace().collect();
        (words.join(" "), elided.text)
    }

    #[test]
    fn one_element_of_each_kind_stays() {
        let numbers = vec!["1,\n-2,"; 300].join("");
        let (seen, left_out) = thinned(&format!("let a = vec![{numbers} 3u8];\nlet b = 1;"));
        assert_eq!(
            seen,
            "let a = vec![1/*hxkernel:withheld:7*/, 3u8 ]; let b = 1;"
        );
        assert!(
            left_out.starts_with("  (&[1,\n 2,1,\n 2,"),
            "{}",
            &left_out[..30]
        );
        assert!(left_out.contains(" 3u8]).hx_signed(&[1,3,5,"));
    }

    #[test]
    fn an_array_keeps_its_length() {
        let (seen, _) = thinned(&format!(
            "let a = [{}];",
            vec!["(1.5, \"a\")"; 200].join(", ")
        ));
        assert_eq!(seen, "let a = [(1.5, \"a\")/*hxkernel:withheld:7*/;200 ];");
        // Which these have not, of one kind.
        let mixed = format!("let a = [{}None];", "Some(1), ".repeat(300));
        assert_eq!(thin(&mixed, 0, None), None);
    }

    #[test]
    fn rows_become_one_list_in_the_same_places() {
        let rows = "vec![1.0, -2.0],\n  vec![3.0,],".repeat(100);
        let (seen, compiled) = thinned(&format!("let a = vec![{rows}];"));
        assert_eq!(
            seen,
            "let a = vec![vec![1.0, -2.0]/*hxkernel:withheld:7*/ ];"
        );
        assert!(
            compiled.starts_with("  (&[     1.0,  2.0 ,\n       3.0  ,     1.0"),
            "{}",
            &compiled[..80]
        );
        assert!(compiled.contains("]).hx_signed(&[1,4,7,"));
        assert!(compiled.contains("]).hx_rows(&[2,1,2,1,"));
        // What is no table of numbers is compiled as it is.
        let strings = "vec![String::new()],".repeat(100);
        assert!(
            !thinned(&format!("let a = vec![{strings}];"))
                .1
                .contains("hx_")
        );
        let lowest = "-128i8,".repeat(200);
        assert!(
            !thinned(&format!("let a = vec![{lowest}];"))
                .1
                .contains("hx_")
        );
    }

    #[test]
    fn what_may_matter_stays() {
        let long = "f(x), ".repeat(300);
        for code in [
            format!("count![{long}]"),
            format!("macro_rules! a {{ () => {{ [{long}] }} }}"),
            format!("let a = std::vec::Vec::from(({long}));"),
            "let a = [1, 2, 3];".to_owned(),
            format!(
                "let a = [{}];",
                (0..2000).map(|i| format!("a{i},")).collect::<String>()
            ),
            format!(
                "let a = [{}];",
                (0..2000)
                    .map(|i| format!("g::<{i}>(),"))
                    .collect::<String>()
            ),
        ] {
            assert_eq!(thin(&code, 0, None), None, "{}", &code[..18]);
        }
        let code = format!("let a = vec![{long}];");
        assert_eq!(thin(&code, 0, Some(40)), None);
        assert!(thin(&code, 0, Some(2)).is_some());
    }
}
