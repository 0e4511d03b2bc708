//! evcxr's own messages, in this kernel's words.
//!
//! evcxr keeps a cell's variables for the next cells, and complains when it
//! cannot. What it says speaks of evcxr and of persisting; a person needs to know
//! what is wrong with their line and what to write instead.

use crate::engine::code::cell_text::{BEFORE, as_function};
use crate::engine::code::leading_lines;
use ra_ap_syntax::ast::{self, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::ops::Range;

/// A message, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reworded {
    pub(crate) title: String,
    /// The variable it is about.
    pub(crate) variable: String,
    /// What is said at the variable.
    pub(crate) label: &'static str,
    pub(crate) helps: Vec<String>,
}

const IN_BRACES: &str =
    "or put the lines that use it in braces, `{ … }`: what is bound in there need not be kept";
const KEPT: &str = "is to be kept for later cells";

/// What a message of evcxr's means, if it is one of those about variables.
pub(crate) fn reword(message: &str, code: &str) -> Option<Reworded> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let variable = quoted.next()?.to_owned();
    let starts = |start: &str| message.starts_with(start);
    let (title, label, helps) = if message.contains("is a closure, which cannot be persisted") {
        closure(&variable, code)
    } else if starts("Couldn't automatically determine type of variable") {
        (
            format!("the type of `{variable}` cannot be told from this cell"),
            "needs a type",
            vec![format!("say which it is: `let {variable}: TYPE = …;`")],
        )
    } else if message.contains("which cannot be persisted") {
        unwritable(&variable, quoted.next().unwrap_or_default())
    } else if message.contains("non-static lifetime") {
        (
            format!("`{variable}` borrows from something that ends with this cell"),
            KEPT,
            vec![
                "let it own its data: `.to_vec()`, `.to_string()`, `.clone()`".to_owned(),
                IN_BRACES.to_owned(),
            ],
        )
    } else if starts("Failed to determine type of variable") {
        (
            format!("the type of `{variable}` is private, so it cannot be kept for later cells"),
            KEPT,
            vec![
                format!("say a type that is public: `let {variable}: TYPE = …;`"),
                IN_BRACES.to_owned(),
            ],
        )
    } else {
        return None;
    };
    Some(Reworded {
        title,
        variable,
        label,
        helps,
    })
}

type Words = (String, &'static str, Vec<String>);

fn closure(variable: &str, code: &str) -> Words {
    let boxed = match binding(code, variable).and_then(|found| found.initializer()) {
        Some(ast::Expr::ClosureExpr(closure)) => {
            let parameters = closure
                .param_list()
                .into_iter()
                .flat_map(|list| list.params());
            let types: Vec<String> = parameters
                .map(|it| {
                    it.ty()
                        .map_or("…".into(), |ty| ty.syntax().text().to_string())
                })
                .collect();
            let text = closure.syntax().text().to_string();
            let shown = if text.contains('\n') { "…" } else { &text };
            let returned = closure.ret_type().and_then(|it| it.ty());
            let returned = returned.map_or("…".into(), |ty| ty.syntax().text().to_string());
            format!(
                "`let {variable}: Box<dyn Fn({}) -> {returned}> = Box::new({shown});`",
                types.join(", ")
            )
        }
        _ => format!("`let {variable}: Box<dyn Fn(…) -> …> = Box::new(…);`"),
    };
    (
        format!("`{variable}` is a closure, whose type has no name by which it could be kept"),
        KEPT,
        vec![
            format!("put it in a box: {boxed}"),
            format!("or make it a function: `fn {variable}(…) -> … {{ … }}`"),
            IN_BRACES.to_owned(),
        ],
    )
}

fn unwritable(variable: &str, of: &str) -> Words {
    let of = without_noise(of);
    let mut helps = Vec::new();
    if of.contains("iter::") || of.contains("Iter<") {
        helps.push("collect it: `.collect::<Vec<_>>()`".to_owned());
    } else if let Some(what) = of.strip_prefix("impl ") {
        helps.push(format!(
            "put it in a box: `let {variable}: Box<dyn {what}> = Box::new(…);`"
        ));
    } else {
        helps.push(format!("say another type: `let {variable}: TYPE = …;`"));
    }
    helps.push(IN_BRACES.to_owned());
    (
        format!("`{variable}` is of the type `{of}`, which no variable can be declared with"),
        KEPT,
        helps,
    )
}

/// evcxr's hint about references that do not live long enough.
pub(crate) const REFERENCES: &str = "variables are kept for later cells, so what they refer to must live on: let them own \
     their data (`.to_vec()`, `.to_string()`, `.clone()`), or put the lines in braces, `{ … }`";

/// Where the code binds a variable.
pub(crate) fn place_of(code: &str, variable: &str) -> Option<Range<usize>> {
    let rust = leading_lines::blank(code).0;
    let text = as_function(&rust);
    let file = SourceFile::parse(&text, Edition::Edition2024).tree();
    let mut patterns = file.syntax().descendants().filter_map(ast::IdentPat::cast);
    let name = patterns.find_map(|it| it.name().filter(|name| name.text() == variable))?;
    let range = name.syntax().text_range();
    let shift = BEFORE.len();
    Some(usize::from(range.start()) - shift..usize::from(range.end()) - shift)
}

/// The statement that binds a variable.
fn binding(code: &str, variable: &str) -> Option<ast::LetStmt> {
    let text = as_function(&leading_lines::blank(code).0);
    let file = SourceFile::parse(&text, Edition::Edition2024).tree();
    let mut statements = file.syntax().descendants().filter_map(ast::LetStmt::cast);
    statements.find(|it| match it.pat() {
        Some(ast::Pat::IdentPat(pattern)) => {
            pattern.name().is_some_and(|name| name.text() == variable)
        }
        _ => false,
    })
}

/// A text without the name of the crate that cells are compiled as; of what cargo says,
/// from the error on.
pub(crate) fn without_noise(text: &str) -> String {
    let text = match text.find("error: ") {
        Some(at) if text[..at].trim_start().starts_with("Updating") || at == 0 => {
            text[at + "error: ".len()..].trim_end()
        }
        _ => text,
    };
    let mut parts = text.split("ctx::");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_longer = |one: char| one.is_alphanumeric() || one == '_';
        if clean.ends_with(is_longer) {
            clean.push_str("ctx::");
        }
        clean.push_str(part);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_a_variable_says_what_to_write() {
        let closure = "The variable `f` is a closure, which cannot be persisted.\nYou can …";
        let reworded = reword(closure, "let f = |x: i32| x + 1;").unwrap();
        assert_eq!(reworded.variable, "f");
        assert_eq!(
            reworded.helps[0],
            "put it in a box: `let f: Box<dyn Fn(i32) -> …> = Box::new(|x: i32| x + 1);`"
        );
        let iterator =
            "The variable `e` has type `std::iter::Map<ctx::A, _>` which cannot be persisted.";
        let reworded = reword(iterator, "").unwrap();
        assert!(reworded.title.contains("`std::iter::Map<A, _>`"));
        assert!(reworded.helps[0].contains("collect"));
        assert_eq!(reword("mismatched types", ""), None);
    }

    #[test]
    fn a_variable_is_found_where_it_is_bound() {
        let code = ":opt 1\nlet ä = f;\nlet (a, mut f) = (1, |x| x);";
        assert_eq!(place_of(code, "f").map(|it| &code[it]), Some("f"));
        assert_eq!(
            place_of(code, "f").unwrap().start,
            code.find("mut f").unwrap() + 4
        );
        assert_eq!(place_of(code, "g"), None);
    }

    #[test]
    fn of_what_cargo_says_the_error_is_kept() {
        let said = "    Updating crates.io index\nerror: no matching package\nlocation searched";
        assert_eq!(
            without_noise(said),
            "no matching package\nlocation searched"
        );
    }

    #[test]
    fn only_the_cells_own_crate_is_noise() {
        assert_eq!(without_noise("Vec<ctx::P> my_ctx::P"), "Vec<P> my_ctx::P");
    }
}
