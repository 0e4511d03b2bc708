//! The `let` statements of a cell, as evcxr may see them.
//!
//! evcxr keeps the variables of a cell for later ones and writes their types into the code it
//! makes. Where it cannot tell a type, or nothing could be written for it (closures, what
//! borrows from the cell itself), the compiler is asked ([`crate::toolchain::variable_types`]), and
//! evcxr gets statements that say the types the compiler told, without the variables that live
//! only until the end of the cell. The stand-in for cargo puts the statements back as they were
//! written ([`crate::toolchain::elided`]).

use crate::engine::code::cell_text::{BEFORE, as_function};
use crate::engine::code::leading_lines;
use crate::toolchain::elided::{self, Elided};
use crate::toolchain::variable_types::VariableType;
use ra_ap_syntax::ast::{self, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A `let` statement that stands in the cell itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The statement, in bytes of the cell.
    range: Range<usize>,
    /// Variables it binds, and whether they are mutable.
    variables: Vec<(String, bool)>,
    /// Where a type can be written, if the pattern is a name without one.
    type_place: Option<usize>,
}

/// The bindings of a cell, in its order.
pub(crate) fn find(code: &str) -> Vec<Binding> {
    let text = as_function(&leading_lines::blank(code).0);
    let file = SourceFile::parse(&text, Edition::Edition2024).tree();
    let function = file.syntax().children().find_map(ast::Fn::cast);
    let statements = function.and_then(|function| function.body()?.stmt_list());
    let statements = statements.into_iter().flat_map(|it| it.statements());
    statements
        .filter_map(|statement| match statement {
            ast::Stmt::LetStmt(statement) => binding(&statement, code.len()),
            _ => None,
        })
        .collect()
}

fn binding(statement: &ast::LetStmt, length: usize) -> Option<Binding> {
    let pattern = statement.pat()?;
    let range = statement.syntax().text_range();
    let in_cell = |at: ra_ap_syntax::TextSize| usize::from(at).checked_sub(BEFORE.len());
    let (start, end) = (in_cell(range.start())?, in_cell(range.end())?);
    let names = pattern
        .syntax()
        .descendants()
        .filter_map(ast::IdentPat::cast);
    let variables: Vec<(String, bool)> = names
        .filter_map(|it| Some((it.name()?.text().to_string(), it.mut_token().is_some())))
        // A pattern such as `None` is no variable.
        .filter(|(name, _)| !name.starts_with(char::is_uppercase))
        .collect();
    let is_whole = statement.semicolon_token().is_some() && end <= length;
    let type_place = match (&pattern, statement.ty()) {
        (ast::Pat::IdentPat(name), None) => in_cell(name.syntax().text_range().end()),
        _ => None,
    };
    (is_whole && !variables.is_empty()).then_some(Binding {
        range: start..end,
        variables,
        type_place,
    })
}

/// The names of all variables that are bound.
pub(crate) fn names(bindings: &[Binding]) -> impl DoubleEndedIterator<Item = &str> {
    let variables = bindings.iter().flat_map(|binding| &binding.variables);
    variables.map(|(name, _)| name.as_str())
}

/// Other variables of the cell that are mentioned where these are bound.
pub(crate) fn mentioned(
    code: &str,
    bindings: &[Binding],
    of: &BTreeSet<String>,
) -> BTreeSet<String> {
    let binds_one =
        |binding: &&Binding| binding.variables.iter().any(|(name, _)| of.contains(name));
    let texts = bindings.iter().filter(binds_one);
    let words = texts.flat_map(|binding| {
        code[binding.range.clone()].split(|one: char| !one.is_alphanumeric() && one != '_')
    });
    let words: BTreeSet<&str> = words.collect();
    let others = names(bindings).filter(|name| words.contains(name) && !of.contains(*name));
    others.map(str::to_owned).collect()
}

/// A cell as evcxr sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Disguised {
    pub(crate) code: String,
    /// What the compiler sees in the places of the comments, by their numbers.
    pub(crate) parts: Vec<(usize, Elided)>,
}

/// The cell with the types of its variables, but for those in `unkept`, which evcxr does not
/// see. Comments are numbered from `first` on.
pub(crate) fn disguise(
    code: &str,
    bindings: &[Binding],
    types: &BTreeMap<String, VariableType>,
    unkept: &BTreeSet<String>,
    first: usize,
) -> Disguised {
    let mut disguised = String::new();
    let mut parts = Vec::new();
    let mut done = 0;
    for (index, binding) in bindings.iter().enumerate() {
        let written = |name: &str| types.get(name).and_then(VariableType::written);
        let mut kept = Vec::new();
        for (name, is_mutable) in &binding.variables {
            // Of a name that is bound again only the last counts.
            let is_last = !names(&bindings[index + 1..]).any(|later| later == name);
            if let (Some(of), true) = (written(name), is_last && !unkept.contains(name)) {
                let mutable = if *is_mutable { "mut " } else { "" };
                kept.push(format!(
                    "let {mutable}{name}: {of} = ::pynn::cell::undone()"
                ));
            }
        }
        if kept.is_empty() {
            kept.push("()".to_owned());
        }
        disguised.push_str(&code[done..binding.range.start]);
        for (place, statement) in kept.into_iter().enumerate() {
            let number = first + parts.len();
            let comment = elided::comment(number);
            let before = format!("{statement} ");
            let text = match place {
                0 => binding.text(code, types, unkept),
                _ => "()".to_owned(),
            };
            let lines = "\n".repeat(text.matches('\n').count());
            disguised += &format!("{before}{comment}{lines};");
            parts.push((
                number,
                Elided {
                    before: before.len(),
                    length: before.len() + comment.len() + lines.len(),
                    text,
                },
            ));
        }
        done = binding.range.end;
    }
    disguised.push_str(&code[done..]);
    Disguised {
        code: disguised,
        parts,
    }
}

impl Binding {
    /// The statement as the compiler sees it, without its semicolon.
    fn text(
        &self,
        code: &str,
        types: &BTreeMap<String, VariableType>,
        unkept: &BTreeSet<String>,
    ) -> String {
        let whole = &code[self.range.clone()];
        let mut text = whole.strip_suffix(';').unwrap_or(whole).to_owned();
        if let (Some(place), [(name, _)]) = (self.type_place, self.variables.as_slice())
            && let Some(VariableType::Function(of)) = types.get(name)
            && !unkept.contains(name)
        {
            // The closure becomes a pointer to a function.
            text.insert_str(place - self.range.start, &format!(": {of}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evcxr_sees_types_and_the_compiler_the_statements() {
        let code = "let a = m!();\nlet (b, mut c) = (1,\n x);\nlet f = |x| x; let g = |x| a; let a = 2; f(1)";
        let bindings = find(code);
        assert_eq!(
            names(&bindings).collect::<Vec<_>>(),
            ["a", "b", "c", "f", "g", "a"]
        );
        let types = BTreeMap::from(
            [
                ("a", VariableType::Written("i32".into())),
                ("b", VariableType::Written("u8".into())),
                ("c", VariableType::Written("&'static str".into())),
                ("f", VariableType::Function("fn(i32) -> i32".into())),
                ("g", VariableType::Unwritable("{closure}".into())),
            ]
            .map(|(name, of)| (name.to_owned(), of)),
        );
        let Disguised { code: seen, parts } =
            disguise(code, &bindings, &types, &BTreeSet::new(), 7);
        assert_eq!(
            seen,
            "() /*hxkernel:withheld:7*/;\n\
             let b: u8 = ::pynn::cell::undone() /*hxkernel:withheld:8*/\n;\
             let mut c: &'static str = ::pynn::cell::undone() /*hxkernel:withheld:9*/;\n\
             let f: fn(i32) -> i32 = ::pynn::cell::undone() /*hxkernel:withheld:10*/; \
             () /*hxkernel:withheld:11*/; \
             let a: i32 = ::pynn::cell::undone() /*hxkernel:withheld:12*/; f(1)"
        );
        let texts: Vec<&str> = parts.iter().map(|(_, part)| part.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "let a = m!()",
                "let (b, mut c) = (1,\n x)",
                "()",
                "let f: fn(i32) -> i32 = |x| x",
                "let g = |x| a",
                "let a = 2"
            ]
        );
    }
}
