//! Types of variables, asked of the compiler.
//!
//! A check that is told to leaves the compiler's own intermediate code behind, in which
//! every variable stands with its type, by a path that a cell can name it by.

use super::environment::Layout;
use ra_ap_syntax::ast::{self, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What evcxr lets the variables of a cell that is checked go into.
const STORE: &str = "evcxr_variable_store(";
/// Begins the function that makes the analysed code of a cell.
const ANALYSED: &str = "async fn evcxr_analysis_wrapper(";
/// Functions that variables are lent to instead.
const ASKED: &str = "evcxr_type_of_";

/// Where the compiler's intermediate code goes.
pub(super) fn intermediate_code(layout: &Layout) -> PathBuf {
    layout.directory().join("types.mir")
}

/// While this exists, types are wanted.
fn wish(layout: &Layout) -> PathBuf {
    layout.directory().join("types-wanted")
}

/// True if the check that runs should leave types behind.
pub(super) fn are_wanted(layout: &Layout) -> bool {
    wish(layout).exists()
}

/// Makes a source that is checked show the types of its variables in the intermediate code:
/// each is lent to a function right behind the statement that binds it, where nothing has
/// borrowed or moved it yet.
pub(super) fn ask(source: &mut String) {
    let Some(start) = source.rfind(ANALYSED) else {
        return;
    };
    let file = SourceFile::parse(&source[start..], Edition::Edition2024).tree();
    let function = file.syntax().children().find_map(ast::Fn::cast);
    let statements = function.and_then(|function| function.body()?.stmt_list());
    let mut names = BTreeSet::new();
    let mut edits: Vec<(usize, String)> = Vec::new();
    for statement in statements.into_iter().flat_map(|it| it.statements()) {
        let ast::Stmt::LetStmt(statement) = statement else {
            continue;
        };
        let Some((pattern, _)) = statement.pat().zip(statement.initializer()) else {
            continue;
        };
        let bound = pattern
            .syntax()
            .descendants()
            .filter_map(ast::IdentPat::cast);
        let bound = bound.filter_map(|it| Some(it.name()?.text().to_string()));
        let mut asked = String::new();
        for name in
            bound.filter(|name| !name.contains('#') && !name.starts_with(char::is_uppercase))
        {
            asked += &format!(" {ASKED}{name}(&{name});");
            names.insert(name);
        }
        edits.push((
            start + usize::from(statement.syntax().text_range().end()),
            asked,
        ));
    }
    for (at, asked) in edits.iter().rev() {
        source.insert_str(*at, asked);
    }
    let mut rest = String::new();
    for line in source[start..].split_inclusive('\n') {
        let name = line.trim_end().strip_prefix(STORE);
        match name.and_then(|rest| rest.strip_suffix(");")) {
            // What would be kept there may not be able to.
            Some(name) if names.contains(name) => rest.push('\n'),
            // It has no value yet where it is declared.
            Some(name) if !name.contains('#') => {
                rest.push_str(&format!("{ASKED}{name}(&{name});\n"));
                names.insert(name.to_owned());
            }
            _ => rest.push_str(line),
        }
    }
    for name in names {
        rest.push_str(&format!(" fn {ASKED}{name}<T>(_: &T) {{}}"));
    }
    source.replace_range(start.., &rest);
}

/// Runs a check of a cell, and gives the intermediate code that it leaves.
pub(crate) fn of_check<T>(layout: &Layout, check: impl FnOnce() -> T) -> (T, Option<String>) {
    let code = intermediate_code(layout);
    let _ = std::fs::remove_file(&code);
    let is_wished = std::fs::write(wish(layout), "").is_ok();
    let outcome = check();
    let _ = std::fs::remove_file(wish(layout));
    let text = is_wished
        .then(|| std::fs::read_to_string(&code).ok())
        .flatten();
    let _ = std::fs::remove_file(&code);
    (outcome, text)
}

/// What the compiler says of a variable's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariableType {
    /// It can be written so.
    Written(String),
    /// The variable is a function or a closure that captures nothing, and can be kept as a
    /// pointer of this type.
    Function(String),
    /// It is shown so, but no code can name it.
    Unwritable(String),
}

impl VariableType {
    /// The type as it stands in code.
    pub(crate) fn written(&self) -> Option<&str> {
        match self {
            VariableType::Written(of) | VariableType::Function(of) => Some(of),
            VariableType::Unwritable(_) => None,
        }
    }
}

/// The type of a variable, by the intermediate code of a check.
pub(crate) fn of_variable(intermediate: &str, name: &str) -> Option<VariableType> {
    let call = format!("{ASKED}{name}::<");
    // Of a name that is bound twice the last counts.
    let at = intermediate.rfind(&call)?;
    let line = intermediate[at..].lines().next()?;
    let (of, argument) = line[call.len()..]
        .split_once(" -> [")
        .and_then(|(call, _)| {
            let (of, argument) = call.rsplit_once(">(")?;
            Some((of, argument.strip_suffix(')')?))
        })?;
    let local = argument.rsplit(' ').next()?;
    // There its path is complete.
    let declared = [format!("let mut {local}: &"), format!("let {local}: &")];
    let function = intermediate[..at].rfind("\nfn ").unwrap_or(0);
    let function = &intermediate[function..];
    let function = &function[..function.find("\n}\n").unwrap_or(function.len())];
    let declaration = declared.iter().find_map(|it| {
        let start = function.find(it)? + it.len();
        function[start..].lines().next()?.strip_suffix(';')
    });
    let of = declaration.unwrap_or(of).to_owned();
    Some(if of.starts_with("{closure@") {
        match pointer_to_closure(intermediate, &of) {
            Some(pointer) => VariableType::Function(pointer),
            None => VariableType::Unwritable(of),
        }
    } else if let Some(pointer) = pointer_to_function(&of) {
        VariableType::Function(pointer)
    } else if ["{closure@", "{async", "{coroutine", "impl "]
        .iter()
        .any(|it| of.contains(it))
        || of.contains(") {")
    {
        VariableType::Unwritable(of)
    } else {
        VariableType::Written(of)
    })
}

/// The type of a pointer to a closure, if it captures nothing.
fn pointer_to_closure(intermediate: &str, closure: &str) -> Option<String> {
    let header = intermediate.lines().find(|line| {
        let parameters = line
            .strip_prefix("fn ")
            .and_then(|it| it.split_once("(_1: "));
        parameters.is_some_and(|(_, rest)| rest.trim_start_matches(['&', ' ']).starts_with(closure))
    })?;
    let body = &intermediate[intermediate.find(header)?..];
    let body = &body[header.len()..body.find("\n}").unwrap_or(body.len())];
    if body.contains("_1.") || body.contains("(*_1)") {
        return None;
    }
    let (_, parameters) = header.split_once(closure)?;
    let (parameters, returned) = parameters.rsplit_once(") -> ")?;
    let returned = returned.strip_suffix(" {")?;
    let mut types = Vec::new();
    for (index, parameter) in parameters.split(", _").skip(1).enumerate() {
        let (number, of) = parameter.split_once(": ")?;
        if number.parse() != Ok(index + 2) {
            return None;
        }
        types.push(of);
    }
    Some(format!("fn({}) -> {returned}", types.join(", ")))
}

/// The type of a pointer to a function of which the compiler says `fn(A) -> B {name}`.
fn pointer_to_function(of: &str) -> Option<String> {
    let (pointer, name) = of.rsplit_once(" {")?;
    let is_function = pointer.starts_with("fn(") || pointer.starts_with("for<");
    (is_function && name.ends_with('}')).then(|| pointer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_asked_for_and_their_types_read() {
        let mut source = "fn evcxr_variable_store<T>(_: T) {}\nasync fn evcxr_analysis_wrapper(\n\
             ) {\nlet v = 1;\nlet w;\nw = v;\nevcxr_variable_store(v);\nevcxr_variable_store(w);\n\
             evcxr_variable_store(old);\nOk(())\n}\n"
            .to_owned();
        let lines = source.lines().count();
        ask(&mut source);
        assert!(
            source.contains(
                "\nlet v = 1; evcxr_type_of_v(&v);\nlet w;\nw = v;\n\nevcxr_type_of_w(&w);"
            )
        );
        assert!(
            source
                .contains("}\n fn evcxr_type_of_old<T>(_: &T) {} fn evcxr_type_of_v<T>(_: &T) {}")
        );
        assert_eq!(source.lines().count(), lines + 1);
        let left = "fn a() {\n    let mut _3: &u8;\n}\n\nfn b() {\n    let mut _3: &std::vec::Vec<i32>;\n    \
             let _5: &{closure@src/lib.rs:4:9: 4:12};\n    let _6: &{closure@src/lib.rs:5:9: 5:12};\n    \
             let _7: &fn(u8) -> u8 {f};\n    let _8: &std::iter::Map<A, {closure@src/lib.rs:4:9: 4:12}>;\n    \
             _2 = evcxr_type_of_v::<Vec<i32>>(copy _3) -> [return: bb5];\n    \
             _4 = evcxr_type_of_n::<i32>(const 3_i32) -> [return: bb6];\n    \
             _4 = evcxr_type_of_k::<{closure@src/lib.rs:4:9: 4:12}>(copy _5) -> [return: bb6];\n    \
             _4 = evcxr_type_of_c::<{closure@src/lib.rs:5:9: 5:12}>(copy _6) -> [return: bb6];\n    \
             _4 = evcxr_type_of_f::<fn(u8) -> u8 {f}>(copy _7) -> [return: bb6];\n    \
             _4 = evcxr_type_of_m::<Map<A, {closure@src/lib.rs:4:9: 4:12}>>(copy _8) -> [return: bb6];\n}\n\n\
             fn b::{closure#0}(_1: &{closure@src/lib.rs:4:9: 4:12}, _2: (i32, u8), _3: &str) -> i32 {\n    _0 = copy _2;\n}\n\n\
             fn b::{closure#1}(_1: &{closure@src/lib.rs:5:9: 5:12}, _2: i32) -> i32 {\n    _0 = ((*_1).0: i32);\n}\n";
        let of = |name| of_variable(left, name);
        let written = |of: &str| Some(VariableType::Written(of.into()));
        let function = |of: &str| Some(VariableType::Function(of.into()));
        assert_eq!(of("v"), written("std::vec::Vec<i32>"));
        assert_eq!(of("n"), written("i32"));
        assert_eq!(of("k"), function("fn((i32, u8), &str) -> i32"));
        assert_eq!(of("f"), function("fn(u8) -> u8"));
        assert!(matches!(of("c"), Some(VariableType::Unwritable(_))));
        assert!(matches!(of("m"), Some(VariableType::Unwritable(_))));
        assert_eq!(of("w"), None);
    }
}
