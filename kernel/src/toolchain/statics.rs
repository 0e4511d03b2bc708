//! Statics of a session: one place in memory for each, whichever cell looks at it.
//!
//! Every cell is a library of its own that holds all items of the session, so a `static`
//! would have as many copies as there were cells, each with its first value. Here it is given
//! a symbol that all libraries export, and the dynamic loader, which searches the libraries in
//! the order of their loading, lets all of them use the copy of the first. A snapshot of the
//! process has just the libraries that were loaded before it, so the same holds after a crash
//! and after `:undo`.
//!
//! The symbol is a hash of where the static stands, what it says, what its type means and how
//! often the cell that defines it was run: a static that was edited, or whose cell was run
//! again, is a new one with its first value, as a variable would be.
//!
//! `thread_local!` makes constants that hold the address of a function; they become statics of
//! the same type. What `lazy_static!` makes becomes a `LazyLock`, which is used in the same way.

use super::cell_source::items_of;
use crate::definitions::{self, Definitions, Externals};
use ra_ap_syntax::ast::{self, HasModuleItem as _, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile, SyntaxNode};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::process::Output;

/// Begins the symbols.
const SYMBOL: &str = "hx_static_";
/// The macro of the standard library that makes a static for each thread.
const THREAD_LOCAL: &str = "thread_local";
/// The macro of a crate that makes a static which is computed when it is first used.
const LAZY: &str = "lazy_static";

/// What the linker is to be told: functions are a cell's own, whatever exports their names.
pub(super) const FLAGS: [&str; 1] = ["-Clink-arg=-Wl,-Bsymbolic-functions"];

/// How often the cells that define statics were run, by what the item around the static is
/// filed as; the number itself only tells one run from another.
pub(crate) type Generations = BTreeMap<String, u32>;

/// The name under which an item counts its runs; nothing if it holds no static.
pub(crate) fn key(item: &ast::Item) -> Option<String> {
    let text = item.syntax().text().to_string();
    holds_static(&text).then(|| name_of(item))
}

/// True if there may be a static in a text.
fn holds_static(text: &str) -> bool {
    text.contains("static ") || text.contains(THREAD_LOCAL)
}

/// The same for the text of an item.
pub(crate) fn key_of_text(text: &str) -> Option<String> {
    let file = SourceFile::parse(text, Edition::Edition2024).tree();
    file.items().find_map(|item| key(&item))
}

/// A source whose statics are shared with other cells.
pub(super) struct Shared {
    pub(super) text: String,
    /// Numbers of the lines that are not as they were written, counted from 1.
    pub(super) lines: Vec<usize>,
}

/// The source with a symbol for each static; nothing if it holds none.
pub(super) fn share(
    source: &str,
    generations: &Generations,
    externals: &Externals,
) -> Option<Shared> {
    let items = items_of(source);
    if !holds_static(items) {
        return None;
    }
    let file = SourceFile::parse(items, Edition::Edition2024).tree();
    let definitions = Definitions::of_items(file.items());
    let mut edits = Edits::default();
    let mut found: BTreeMap<u64, u32> = BTreeMap::new();
    for item in file.items() {
        let Some(key) = key(&item) else { continue };
        let generation = generations.get(&key).copied().unwrap_or(0);
        let mut symbol = |node: &SyntaxNode, name: &str, meaning: &SyntaxNode| {
            let mut place = DefaultHasher::new();
            (place_of(node), name).hash(&mut place);
            let same_before = found.entry(place.finish()).or_default();
            *same_before += 1;
            let meaning = definitions.fingerprint_of_node(meaning, externals);
            let mut hasher = DefaultHasher::new();
            (place.finish(), *same_before, meaning, generation).hash(&mut hasher);
            format!("{SYMBOL}{:016x}", hasher.finish())
        };
        for node in item.syntax().descendants() {
            if let Some(item) = ast::Static::cast(node.clone()) {
                edits.export(&item, &mut symbol);
            } else if let Some(call) = ast::MacroCall::cast(node) {
                edits.open(&call, &mut symbol);
            }
        }
    }
    edits.apply(source)
}

impl Shared {
    /// Whether messages of the compiler concern what is not as it was written.
    pub(super) fn is_spoken_of(&self, output: &Output) -> bool {
        let said = String::from_utf8_lossy(&output.stderr);
        let starts = said.split("\"line_start\":").skip(1);
        let mut lines = starts.filter_map(|rest| {
            let digits = rest.split(|one: char| !one.is_ascii_digit()).next()?;
            digits.parse::<usize>().ok()
        });
        lines.any(|line| self.lines.contains(&line))
    }
}

/// Gives a static its symbol: by the node that it stands in, its name and what it means.
type Name<'a> = dyn FnMut(&SyntaxNode, &str, &SyntaxNode) -> String + 'a;

/// Changes of a source that keep its lines.
#[derive(Default)]
struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Gives a static a symbol.
    fn export(&mut self, item: &ast::Static, symbol: &mut Name<'_>) {
        let node = item.syntax();
        let Some(name) = item.name() else { return };
        let has_symbol = node.children().filter_map(ast::Attr::cast).any(|it| {
            let text = it.syntax().text().to_string();
            text.contains("no_mangle") || text.contains("export_name")
        });
        // One without a value is defined in another language.
        if has_symbol || item.body().is_none() {
            return;
        }
        let symbol = symbol(node, name.text(), node);
        self.insert(
            start_of_declaration(node),
            format!("#[unsafe(export_name = \"{symbol}\")] "),
        );
    }

    /// Makes statics of what a call of `thread_local!` or `lazy_static!` defines.
    fn open(&mut self, call: &ast::MacroCall, symbol: &mut Name<'_>) -> Option<()> {
        let path = call.path()?.syntax().text().to_string();
        let is_lazy = match path.replace(' ', "").trim_start_matches("::") {
            THREAD_LOCAL | "std::thread_local" => false,
            LAZY | "lazy_static::lazy_static" => true,
            _ => return None,
        };
        let tree = call.token_tree()?;
        let whole = call.syntax().text_range();
        let inside = Range {
            start: usize::from(tree.left_delimiter_token()?.text_range().end()),
            end: usize::from(tree.right_delimiter_token()?.text_range().start()),
        };
        let from = usize::from(tree.syntax().text_range().start());
        let text = tree.syntax().text().to_string();
        let original = &text[inside.start - from..inside.end - from];
        // `static ref` is no syntax of Rust's own.
        let text = &match is_lazy {
            true => original.replace("static ref ", "static     "),
            false => original.to_owned(),
        };
        let is_ended = text.trim_end().ends_with(';');
        let parsed = match is_ended {
            true => SourceFile::parse(text, Edition::Edition2024),
            false => SourceFile::parse(&format!("{text};"), Edition::Edition2024),
        };
        if !parsed.errors().is_empty() {
            return None;
        }
        let mut statics = Vec::new();
        for item in parsed.tree().items() {
            let ast::Item::Static(item) = item else {
                return None;
            };
            statics.push(item);
        }
        for item in &statics {
            let (name, of, body) = (item.name()?, item.ty()?, item.body()?);
            let symbol = symbol(call.syntax(), name.text(), item.syntax());
            let at = |offset: ra_ap_syntax::TextSize| inside.start + usize::from(offset);
            let (of_range, body_range) = (of.syntax().text_range(), body.syntax().text_range());
            self.insert(
                inside.start + start_of_declaration(item.syntax()),
                format!("#[unsafe(export_name = \"{symbol}\")] "),
            );
            let kind = match is_lazy {
                true => "::std::sync::LazyLock<",
                false => "::std::thread::LocalKey<",
            };
            self.insert(at(of_range.start()), kind.into());
            self.insert(at(of_range.end()), ">".into());
            if is_lazy {
                let word = at(item.static_token()?.text_range().end());
                self.0.push((word..word + " ref".len(), String::new()));
                self.insert(
                    at(body_range.start()),
                    "::std::sync::LazyLock::new(|| ".into(),
                );
                self.insert(at(body_range.end()), ")".into());
                continue;
            }
            let of = of.syntax().text().to_string().replace('\n', " ");
            self.insert(
                at(body_range.start()),
                format!("{{ ::std::thread_local! {{ static {name}: {of} = "),
            );
            self.insert(at(body_range.end()), format!("; }} {name} }}"));
        }
        self.blank(usize::from(whole.start())..inside.start, call.syntax());
        let end = match is_ended || statics.is_empty() {
            true => "",
            false => ";",
        };
        // In a block the semicolon after the call is no part of it, and an empty statement.
        self.0
            .push((inside.end..usize::from(whole.end()), end.into()));
        Some(())
    }

    fn insert(&mut self, at: usize, text: String) {
        self.0.push((at..at, text));
    }

    /// Removes a part of a node but for its line breaks.
    fn blank(&mut self, range: Range<usize>, node: &SyntaxNode) {
        let start = usize::from(node.text_range().start());
        let text = node.text().to_string();
        let lines = text[range.start - start..range.end - start].matches('\n');
        let instead = "\n".repeat(lines.count());
        self.0.push((range, instead));
    }

    fn apply(mut self, source: &str) -> Option<Shared> {
        if self.0.is_empty() {
            return None;
        }
        // From the end, so that offsets stay.
        self.0.sort_by_key(|(range, _)| range.start);
        let mut text = source.to_owned();
        for (range, instead) in self.0.iter().rev() {
            text.replace_range(range.clone(), instead);
        }
        let line = |at: usize| source[..at].matches('\n').count() + 1;
        let mut lines: Vec<usize> = self
            .0
            .iter()
            .flat_map(|(range, _)| line(range.start)..=line(range.end))
            .collect();
        lines.dedup();
        Some(Shared { text, lines })
    }
}

/// The start of an item behind its documentation and attributes.
fn start_of_declaration(node: &SyntaxNode) -> usize {
    let mut parts = node.children_with_tokens();
    let first = parts.find(|it| match it.as_node() {
        Some(node) => !ast::Attr::can_cast(node.kind()),
        None => it.as_token().is_some_and(|it| !it.kind().is_trivia()),
    });
    first
        .map_or(node.text_range().start(), |it| it.text_range().start())
        .into()
}

/// The items around a node, from the outside in.
fn place_of(node: &SyntaxNode) -> Vec<String> {
    let around = node.ancestors().skip(1).filter_map(ast::Item::cast);
    around.map(|item| name_of(&item)).collect()
}

/// The names of an item, or what stands before the braces of an implementation.
fn name_of(item: &ast::Item) -> String {
    let filed = definitions::filed(item);
    if let Some(first) = filed.first() {
        return first.name.clone();
    }
    let text = item.syntax().text().to_string();
    let header = match item {
        // The macro, and the names of what it defines.
        ast::Item::MacroCall(_) => {
            let statics = text.split("static ").skip(1);
            let names = statics.filter_map(|it| it.split(':').next());
            return format!("{THREAD_LOCAL} {}", names.collect::<Vec<_>>().join(" "));
        }
        _ => text.split(['{', ';']).next().unwrap_or_default(),
    };
    header.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(source: &str) -> String {
        let shared = share(source, &Generations::new(), &Externals::new());
        shared.map_or_else(|| source.to_owned(), |it| it.text)
    }

    /// The symbols of a source, in its order.
    fn symbols(source: &str, generations: &Generations) -> Vec<String> {
        let text = share(source, generations, &Externals::new()).unwrap().text;
        let parts = text.split(SYMBOL).skip(1);
        parts.map(|part| part[..16].to_owned()).collect()
    }

    #[test]
    fn a_static_is_another_one_once_it_means_something_else() {
        let none = Generations::new();
        let of = |source: &str| symbols(source, &none).remove(0);
        let first = of("struct A(u8); static S: Option<A> = None;");
        assert_eq!(
            first,
            of("fn f() {} static S: Option<A> = None;\nstruct A(u8);")
        );
        assert_ne!(first, of("struct A(u16); static S: Option<A> = None;"));
        assert_ne!(first, of("struct A(u8); static S: Option<A> = Some(A(1));"));
        assert_ne!(first, of("struct A(u8); static T: Option<A> = None;"));
        assert_ne!(
            first,
            of("struct A(u8); mod m { static S: Option<A> = None; }")
        );
        let again = Generations::from([("S".to_owned(), 3)]);
        let source = "struct A(u8); static S: Option<A> = None;";
        assert_ne!(symbols(source, &again), symbols(source, &none));
    }

    #[test]
    fn every_static_has_a_symbol_of_its_own() {
        let source = "static A: u8 = 1; fn f() { static A: u8 = 1; { static A: u8 = 1; } } \
                      impl B { fn f() { static A: u8 = 1; } } mod m { pub static mut A: u8 = 1; }\n\
                      thread_local! { static A: u8 = 1; static B: u8 = const { 1 } }";
        let mut found = symbols(source, &Generations::new());
        assert_eq!(found.len(), 7);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 7);
    }

    #[test]
    fn what_is_edited_stays_valid_and_in_its_lines() {
        for source in [
            "/// text\n#[allow(dead_code)]\npub static A: std::sync::Mutex<Vec<u8>> =\n    std::sync::Mutex::new(vec![]);\n",
            "thread_local! {\n    /// text\n    pub static A: std::cell::Cell<\n u8> = const {\n 1 };\n    static B: u8 = 2\n}\nfn f() {}\n",
            "fn f() {\n    std::thread_local!(static A: u8 = 1);\n    thread_local! { static B: u8 = 1; };\n    A.with(|_| ())\n}\n",
            "thread_local! {}\n",
            "lazy_static::lazy_static! {\n    /// text\n    pub static ref A: Vec<u8> = vec![\n 1];\n}\n",
        ] {
            let text = shared(source);
            assert_eq!(text.matches('\n').count(), source.matches('\n').count());
            let parsed = SourceFile::parse(&text, Edition::Edition2024);
            assert!(parsed.errors().is_empty(), "{text}\n{:?}", parsed.errors());
        }
        for source in [
            "fn f() -> &'static str { \"static \" }",
            "unsafe extern \"C\" { static environ: u8; }",
            "#[unsafe(no_mangle)] static A: u8 = 1;",
            "macro_rules! m { () => { static A: u8 = 1; } }",
            "thread_local! { fn no() {} }",
        ] {
            assert_eq!(shared(source), source);
        }
    }
}
