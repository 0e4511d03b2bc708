//! Types of variables, asked of the compiler.
//!
//! A check that is told to leaves the compiler's own intermediate code behind, in which
//! every variable stands with its type, by a path that a cell can name it by.

use super::environment::Layout;
use std::path::PathBuf;

/// What evcxr lets the variables of a cell that is checked go into.
const STORE: &str = "evcxr_variable_store(";
/// What they go into instead.
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

/// Makes a source that is checked show the types of its variables in the intermediate code.
pub(super) fn ask(source: &mut String) {
    let Some(body) = source.rfind("async fn evcxr_analysis_wrapper(") else {
        return;
    };
    let mut asked = String::new();
    let mut functions = String::new();
    for line in source[body..].split_inclusive('\n') {
        let name = line.trim_end().strip_prefix(STORE);
        match name.and_then(|rest| rest.strip_suffix(");")) {
            Some(name) if !name.contains('#') => {
                asked.push_str(&format!("{ASKED}{name}({name});\n"));
                functions.push_str(&format!(" fn {ASKED}{name}<T>(_: T) {{}}"));
            }
            _ => asked.push_str(line),
        }
    }
    source.replace_range(body.., &(asked + &functions));
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

/// The type of a variable, by the intermediate code of a check.
pub(crate) fn of_variable(intermediate: &str, name: &str) -> Option<String> {
    let call = format!("{ASKED}{name}::<");
    let at = intermediate.find(&call)?;
    let line = intermediate[at..].lines().next()?;
    let (of, argument) = line[call.len()..]
        .split_once(" -> [")
        .and_then(|(call, _)| {
            let (of, argument) = call.rsplit_once(">(")?;
            Some((of, argument.strip_suffix(')')?))
        })?;
    let local = argument.rsplit(' ').next()?;
    // There its path is complete.
    let declared = [format!("let mut {local}: "), format!("let {local}: ")];
    let function = intermediate[..at].rfind("\nfn ").unwrap_or(0);
    let declaration = declared.iter().find_map(|it| {
        let start = intermediate[function..].find(it)? + function + it.len();
        intermediate[start..].lines().next()?.strip_suffix(';')
    });
    Some(declaration.unwrap_or(of).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_asked_for_and_their_types_read() {
        let mut source = "fn evcxr_variable_store<T>(_: T) {}\nasync fn evcxr_analysis_wrapper(\n\
             ) {\nlet v = 1;\nevcxr_variable_store(v);\nOk(())\n}\n"
            .to_owned();
        let lines = source.lines().count();
        ask(&mut source);
        assert!(source.contains("\nevcxr_type_of_v(v);\nOk"));
        assert!(source.contains("}\n fn evcxr_type_of_v<T>(_: T) {}"));
        assert_eq!(source.lines().count(), lines + 1);
        let left = "fn a() {\n    let mut _3: u8;\n}\n\nfn b() {\n    let mut _3: std::vec::Vec<i32>;\n    \
             _2 = evcxr_type_of_v::<Vec<i32>>(move _3) -> [return: bb5];\n    \
             _4 = evcxr_type_of_n::<i32>(const 3_i32) -> [return: bb6];\n}\n";
        let of = |name| of_variable(left, name);
        assert_eq!(of("v").as_deref(), Some("std::vec::Vec<i32>"));
        assert_eq!(of("n").as_deref(), Some("i32"));
        assert_eq!(of("w"), None);
    }
}
