//! Macro calls of a cell that define items.
//!
//! `mk!(one);` may print, or define a function: the text does not tell. To evcxr every call is
//! a statement, whose definitions end with it. A call that defines is therefore shown to evcxr
//! as a named item without content, which it keeps like any other, and the stand-in for cargo
//! puts the call back ([`crate::toolchain::elided`]).

use crate::engine::code::cell_text::{BEFORE, as_function};
use crate::engine::code::leading_lines;
use crate::toolchain::elided::{self, Elided};
use ra_ap_syntax::ast::{self, HasModuleItem as _, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxToken};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// Begins the names under which evcxr keeps calls.
const NAME: &str = "hx_defined_by_";

/// Macros of the standard library that are expressions.
const EXPRESSIONS: [&str; 38] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include",
    "include_bytes",
    "include_str",
    "is_x86_feature_detected",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "params",
    "pin",
    "print",
    "println",
    "ready",
    "stringify",
    "todo",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
];

/// Words that begin an item.
const BEGIN_ITEMS: [&str; 16] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "pub",
    "static",
    "struct",
    "thread_local",
    "trait",
    "type",
    "union",
    "use",
];

/// What can be said of a macro without compiling a call of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defines {
    Items,
    Nothing,
    /// The compiler has to tell.
    Unknown,
}

/// A call that stands in the cell itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The call with its semicolon, in bytes of the cell.
    range: Range<usize>,
    /// The macro, as written.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Name under which evcxr keeps it.
    name: String,
}

/// The calls of a cell that may define items.
fn find(code: &str) -> Vec<Call> {
    if !code.contains('!') {
        return Vec::new();
    }
    let text = as_function(&leading_lines::blank(code).0);
    let file = SourceFile::parse(&text, Edition::Edition2024).tree();
    let function = file.syntax().children().find_map(ast::Fn::cast);
    let Some(list) = function.and_then(|function| function.body()?.stmt_list()) else {
        return Vec::new();
    };
    let statements = list.statements().filter_map(|statement| match statement {
        ast::Stmt::ExprStmt(statement) => {
            let ast::Expr::MacroExpr(call) = statement.expr()? else {
                return None;
            };
            Some((call.macro_call()?, statement.syntax().text_range()))
        }
        ast::Stmt::Item(ast::Item::MacroCall(call)) => {
            let range = call.syntax().text_range();
            Some((call, range))
        }
        _ => None,
    });
    let last = list.tail_expr().and_then(|last| match last {
        ast::Expr::MacroExpr(call) => Some((call.macro_call()?, call.syntax().text_range())),
        _ => None,
    });
    // In parentheses and without a semicolon it is the cell's value.
    let last = last.filter(|(call, _)| {
        call.token_tree()
            .is_some_and(|tree| tree.l_curly_token().is_some())
    });
    let calls = statements.chain(last);
    calls
        .filter_map(|(call, range)| {
            let start = usize::from(range.start()).checked_sub(BEFORE.len())?;
            let end = usize::from(range.end()) - BEFORE.len();
            let path = call.path()?.syntax().text().to_string();
            let mut hasher = DefaultHasher::new();
            (&path, subject(&call)).hash(&mut hasher);
            Some(Call {
                range: start..end,
                text: code[start..end].to_owned(),
                name: format!("{NAME}{:016x}", hasher.finish()),
                path,
            })
        })
        .filter(|call| !EXPRESSIONS.contains(&last_segment(&call.path)))
        .collect()
}

/// What a call defines first, so far as its text says: calls that define the same replace
/// each other.
fn subject(call: &ast::MacroCall) -> Option<String> {
    let tokens = call.token_tree()?.syntax().descendants_with_tokens();
    let words = tokens.filter_map(NodeOrToken::into_token);
    let words: Vec<SyntaxToken> = words
        .filter(|token| {
            token.kind() == SyntaxKind::IDENT || token.kind().is_keyword(Edition::Edition2024)
        })
        .collect();
    let is_word = |token: &SyntaxToken| {
        !BEGIN_ITEMS.contains(&token.text()) && !["ref", "mut"].contains(&token.text())
    };
    let keyword = words.iter().position(|token| {
        [
            "const", "enum", "fn", "mod", "static", "struct", "trait", "type", "union",
        ]
        .contains(&token.text())
    });
    let rest = &words[keyword.unwrap_or(0)..];
    rest.iter()
        .find(|token| is_word(token))
        .map(|token| token.text().to_owned())
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}

/// The calls of a cell that define items for certain, and those that may, the certain ones
/// among them. `session` are the items so far, `tried` says of macros whether they define.
pub(crate) fn that_define(
    code: &str,
    session: &str,
    tried: &HashMap<String, bool>,
) -> (Vec<Call>, Vec<Call>) {
    let mut possible = find(code);
    if possible.is_empty() {
        return (Vec::new(), possible);
    }
    let own = as_function(&leading_lines::blank(code).0);
    let mut certain = Vec::new();
    possible.retain(|call| {
        let found = match (defines(&call.path, [&own, session]), tried.get(&call.path)) {
            (Defines::Unknown, Some(true)) => Defines::Items,
            (Defines::Unknown, Some(false)) => Defines::Nothing,
            (found, _) => found,
        };
        if found == Defines::Items {
            certain.push(call.clone());
        }
        found != Defines::Nothing
    });
    (certain, possible)
}

/// What a macro defines, by the definitions of the session and of the cell.
fn defines(path: &str, sources: [&str; 2]) -> Defines {
    if last_segment(path) == "thread_local" {
        return Defines::Items;
    }
    let definition = sources
        .into_iter()
        .find_map(|source| definition(path, source));
    let Some(definition) = definition else {
        return Defines::Unknown;
    };
    let firsts: Vec<String> = transcribers(&definition);
    let begins = |word: &String| BEGIN_ITEMS.contains(&word.as_str()) || word == "#";
    match firsts.is_empty() {
        true => Defines::Unknown,
        _ if firsts.iter().all(begins) => Defines::Items,
        _ if firsts.iter().any(begins) => Defines::Unknown,
        _ if firsts
            .iter()
            .any(|first| first == "$" || first.ends_with('!')) =>
        {
            Defines::Unknown
        }
        _ => Defines::Nothing,
    }
}

fn definition(name: &str, source: &str) -> Option<ast::MacroRules> {
    if !source.contains("macro_rules") {
        return None;
    }
    let file = SourceFile::parse(source, Edition::Edition2024).tree();
    let function = file.syntax().children().find_map(ast::Fn::cast);
    let inner = function.and_then(|function| function.body()?.stmt_list());
    let inner = inner
        .into_iter()
        .flat_map(|list| list.syntax().children().collect::<Vec<_>>());
    let items = file.items().map(|item| item.syntax().clone()).chain(inner);
    let mut rules = items.filter_map(ast::MacroRules::cast);
    rules.find(|rules| rules.name().is_some_and(|it| it.text() == name))
}

/// The first words of what the rules of a macro expand to; a call has a `!` behind it.
fn transcribers(rules: &ast::MacroRules) -> Vec<String> {
    let Some(body) = rules.token_tree() else {
        return Vec::new();
    };
    let trees = body.syntax().children().filter_map(ast::TokenTree::cast);
    let transcribers = trees.skip(1).step_by(2);
    transcribers
        .map(|tree| {
            let tokens = tree.syntax().descendants_with_tokens();
            let tokens = tokens.filter_map(NodeOrToken::into_token);
            let mut tokens = tokens.filter(|token| !token.kind().is_trivia()).skip(1);
            let first = tokens
                .next()
                .map_or(String::new(), |it| it.text().to_owned());
            match tokens.next() {
                Some(next) if next.text() == "!" && !BEGIN_ITEMS.contains(&first.as_str()) => {
                    first + "!"
                }
                _ => first,
            }
        })
        .collect()
}

/// The cell with calls as items, and what the compiler sees in the places of the comments,
/// which are numbered from `first` on.
pub(crate) fn disguise(code: &str, calls: &[Call], first: usize) -> (String, Vec<(usize, Elided)>) {
    let mut disguised = code.to_owned();
    let mut parts = Vec::new();
    for (index, call) in calls.iter().enumerate().rev() {
        let number = first + index;
        let comment = elided::comment(number);
        let lines = "\n".repeat(call.text.matches('\n').count());
        let before = format!("#[cfg(any())] struct {} ", call.name);
        let whole = format!("{before}{comment}{lines};");
        parts.push((
            number,
            Elided {
                before: before.len(),
                length: whole.len(),
                text: call.text.clone(),
            },
        ));
        disguised.replace_range(call.range.clone(), &whole);
    }
    (disguised, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        find(code).into_iter().map(|call| call.path).collect()
    }

    #[test]
    fn calls_that_may_define_are_found() {
        assert_eq!(
            paths(
                ":dep a\nmk!(one);\nprintln!(\"a\"); let a = m!(); a::b! { fn f() {} }\nmk!(two)"
            ),
            ["mk", "a::b"]
        );
        assert_eq!(
            paths("thread_local! { static A: u8 = 1; }"),
            ["thread_local"]
        );
        let names =
            |code: &str| -> Vec<String> { find(code).into_iter().map(|it| it.name).collect() };
        assert_eq!(names("mk!(one);"), names("mk!(one, 2);"));
        assert_ne!(names("mk!(one);"), names("mk!(two);"));
        let of = |text: &str| names(&format!("b! {{ {text} }}"));
        assert_eq!(
            of("#[derive(A)] pub struct F: u8 {}"),
            of("pub struct F: u16 {}")
        );
        assert_ne!(of("static ref A: u8 = 1;"), of("static ref B: u8 = 1;"));
    }

    #[test]
    fn a_macro_is_known_by_what_it_expands_to() {
        let session = "macro_rules! mk { ($n:ident) => { fn $n() {} }; ($n:ident, $($t:tt)*) => { #[inline] pub fn $n() {} } } \
                       macro_rules! say { ($t:expr) => { println!(\"{}\", $t) } } \
                       macro_rules! sum { ($a:expr) => { 1 + $a } } macro_rules! pass { ($i:item) => { $i } }";
        for (name, expected) in [
            ("mk", Defines::Items),
            ("say", Defines::Unknown),
            ("sum", Defines::Nothing),
            ("pass", Defines::Unknown),
            ("thread_local", Defines::Items),
            ("lazy_static::lazy_static", Defines::Unknown),
        ] {
            assert_eq!(defines(name, ["", session]), expected, "{name}");
        }
        assert_eq!(defines("mk", [&as_function(session), ""]), Defines::Items);
    }

    #[test]
    fn a_call_stays_in_its_place() {
        let code = "a();\nmk!(one,\n two);\nb()";
        let (seen, parts) = disguise(code, &find(code), 3);
        assert!(seen.starts_with("a();\n#[cfg(any())] struct hx_defined_by_"));
        assert!(seen.ends_with(" /*hxkernel:withheld:3*/\n;\nb()"), "{seen}");
        assert_eq!(parts[0].1.text, "mk!(one,\n two);");
    }
}
