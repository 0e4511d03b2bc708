//! What evcxr generates around a cell, adapted to this kernel.
//!
//! evcxr's generated code speaks to its parent by printing marker lines. Here
//! the user's stdout carries nothing but what the user prints, so the few
//! generated lines that print are replaced by calls into the runtime. Line
//! numbers stay as they are: evcxr maps compiler messages back by line.
//!
//! evcxr is pinned to one version; a test compiles every kind of cell, so a new
//! version that generates something else is noticed.

use crate::definitions;
use ra_ap_syntax::ast::{self, HasModuleItem as _, HasName as _};
use ra_ap_syntax::{AstNode as _, Edition, SourceFile};
use std::collections::BTreeMap;

/// Text that evcxr generates after a given line, and what stands there instead.
struct Replacement {
    /// A generated line after which the text stands; user code may stand before it.
    after: &'static str,
    generated: &'static str,
    instead: &'static str,
}

const REPLACEMENTS: &[Replacement] = &[
    // An error that leaves the cell through `?`, in each of evcxr's error formats.
    Replacement {
        after: "struct EvcxrUserCodeError {}",
        generated: r#"eprintln!("{}", error);"#,
        instead: "::pynn::cell::returned_error(&error);",
    },
    Replacement {
        after: "struct EvcxrUserCodeError {}",
        generated: r#"eprintln!("{:?}", error);"#,
        instead: "::pynn::cell::returned_debug_error(&error);",
    },
    Replacement {
        after: "struct EvcxrUserCodeError {}",
        generated: r#"eprintln!("{:#?}", error);"#,
        instead: "::pynn::cell::returned_debug_error(&error);",
    },
    // Whose place in the cell is that of the `?`.
    Replacement {
        after: "struct EvcxrUserCodeError {}",
        generated: "fn from(error: T) -> Self {",
        instead: "#[track_caller] fn from(error: T) -> Self {",
    },
    Replacement {
        after: "struct EvcxrUserCodeError {}",
        generated: r#"println!("{}", evcxr_internal_runtime::USER_ERROR_OCCURRED);"#,
        instead: "",
    },
];

/// What stands after all user code, and what stands there instead.
const LAST_REPLACEMENTS: &[(&str, &str)] = &[
    // A panic that unwound the whole cell.
    (
        r#"    println!("EVCXR_PANIC_NOTIFICATION");"#,
        "    ::pynn::cell::panicked();",
    ),
    // And what it carried, in both forms of a cell.
    (
        "})) { \n  Ok(_) => {}\n",
        "})).map_err(::pynn::cell::unwound) { \n  Ok(_) => {}\n",
    ),
    (
        "}).is_err() {\n    ::pynn::cell::panicked();",
        "}).map_err(::pynn::cell::unwound).is_err() {\n    ::pynn::cell::panicked();",
    ),
    // The outcome of asynchronous code was reported already.
    (
        "Ok::<(), EvcxrUserCodeError>(())\n});",
        "Ok::<(), EvcxrUserCodeError>(())\n}).unwrap_or(());",
    ),
];

/// How the last expression is shown.
const DISPLAY: &str = ").evcxr_display();";
/// By what the runtime's method of that name gives back.
const DISPLAY_AND_SHOW: &str = ").evcxr_display().show();";
/// The method that a trait of the user's has, if it is one for display.
const OWN_DISPLAY: &str = "fn evcxr_display";

/// Begins the module with evcxr's variable store, which ends where the entry point begins.
const STORE: &str = "mod evcxr_internal_runtime {";
const ENTRY: &str = "#[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_";
/// Stands before the entry point: traits by which the last expression is shown.
const TRAITS: &str =
    "#[allow(unused_imports)] use ::pynn::cell::{LastValue as _, Nothing as _, Rows as _}; ";
/// The same beside a trait of the user's whose method has the name of the first one's.
const TRAITS_BESIDE_OWN: &str =
    "#[allow(unused_imports)] use ::pynn::cell::{Nothing as _, Rows as _}; ";

/// Texts by which the code of a cell begins: the session's items stand before.
const AFTER_ITEMS: [&str; 3] = ["struct EvcxrUserCodeError {}", STORE, ENTRY];

/// The part of a cell's source that holds the items of the session.
pub(crate) fn items_of(source: &str) -> &str {
    let ends = AFTER_ITEMS.iter().filter_map(|text| source.rfind(text));
    &source[..ends.min().unwrap_or(source.len())]
}

/// Lets items use macros that stand behind them: evcxr keeps items in no order, and a macro
/// counts only from its definition on, unless it is imported.
fn import_macros(source: &mut String) {
    let items = items_of(source);
    if !items.contains("macro_rules!") {
        return;
    }
    let file = SourceFile::parse(items, Edition::Edition2024).tree();
    let named = file.items().flat_map(|item| definitions::filed(&item));
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for filed in named {
        *count.entry(filed.name).or_default() += 1;
    }
    let macros = file.items().filter_map(|item| match item {
        ast::Item::MacroRules(rules) => Some(rules),
        _ => None,
    });
    let mut imports: Vec<(usize, String)> = Vec::new();
    for rules in macros {
        let Some(name) = rules.name().map(|name| name.text().to_string()) else {
            continue;
        };
        // What else has the name would be imported with it.
        if count.get(&name) == Some(&1) {
            let end = rules.syntax().text_range().end();
            imports.push((end.into(), format!(" #[allow(unused_imports)] use {name};")));
        }
    }
    for (at, import) in imports.into_iter().rev() {
        source.insert_str(at, &import);
    }
}

/// Adapts the source of one cell. Idempotent; keeps the number of lines.
pub(crate) fn adapt(source: &str) -> String {
    let mut adapted = source.to_owned();
    if adapted.contains(TRAITS) || adapted.contains(TRAITS_BESIDE_OWN) {
        return adapted;
    }
    let items = items_of(source);
    let has_own_display = items.contains(OWN_DISPLAY) && items.contains("trait");
    for Replacement {
        after,
        generated,
        instead,
    } in REPLACEMENTS
    {
        if let Some(start) = adapted.rfind(after)
            && let Some(found) = adapted[start..].find(generated)
        {
            let at = start + found;
            adapted.replace_range(at..at + generated.len(), instead);
        }
    }
    for (generated, instead) in LAST_REPLACEMENTS {
        adapted = replace_last(&adapted, generated, instead);
    }
    // Where a trait of the user's has the method, a type that implements it shows itself; if
    // there is none, evcxr formats the value, which the runtime can show like any other.
    let traits = match has_own_display {
        true => TRAITS_BESIDE_OWN,
        false => {
            adapted = replace_last(&adapted, DISPLAY, DISPLAY_AND_SHOW);
            TRAITS
        }
    };
    import_macros(&mut adapted);
    show_what_is_moved(&mut adapted, has_own_display);
    adapted = replace_last(&adapted, ENTRY, &format!("{traits}{ENTRY}"));
    use_the_runtimes_store(&mut adapted);
    adapted
}

/// Adapts code that is only checked: how the last expression is shown must be known, and
/// that variables own what they hold is seen when the cell is compiled; here it would hide
/// what the check is made for.
pub(crate) fn adapt_analysis(source: &mut String) {
    let bound = "fn evcxr_variable_store<T: 'static>(_: T) {}";
    if let Some(at) = source.rfind(bound) {
        source.replace_range(
            at..at + bound.len(),
            "#[allow(unused_imports)] use ::pynn::cell::{LastValue as _, Nothing as _, Rows as _}; \
             fn evcxr_variable_store<T>(_: T) {}",
        );
    }
}

/// Where the last expression moves variables out of the cell, evcxr gives up showing it
/// richly and formats it; it can be shown like any other.
fn show_what_is_moved(source: &mut String, has_own_display: bool) {
    let Some(start) = source.rfind("evcxr_send_text_plain(&format!(\"") else {
        return;
    };
    let opens = ",&(\n";
    let Some(end) = source[start..]
        .find(opens)
        .map(|at| start + at + opens.len())
    else {
        return;
    };
    let (open, close) = match has_own_display {
        true => (
            "::pynn::cell::LastValue::evcxr_display(&((\n",
            "))).show();",
        ),
        false => ("(((\n", "))).evcxr_display().show();"),
    };
    source.replace_range(start..end, open);
    *source = replace_last(source, ")));", close);
}

/// evcxr puts the source of its variable store into every cell; the runtime has
/// one that is compiled already.
fn use_the_runtimes_store(source: &mut String) {
    let (Some(start), Some(end)) = (
        source.rfind(STORE),
        source.rfind("#[allow(unused_imports)] use ::pynn::cell::{"),
    ) else {
        return;
    };
    if start < end {
        let lines = source[start..end].matches('\n').count();
        let instead = format!(
            "mod evcxr_internal_runtime {{ pub use ::pynn::cell::store::*; }}{}",
            "\n".repeat(lines)
        );
        source.replace_range(start..end, &instead);
    }
}

fn replace_last(text: &str, from: &str, to: &str) -> String {
    match text.rfind(from) {
        Some(at) => format!("{}{to}{}", &text[..at], &text[at + from.len()..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_to_be_formatted_is_shown() {
        let source = "fn evcxr_send_text_plain(text: &str) {}\nevcxr_send_text_plain(&format!(\"{:?}\",&(\n\n(a, b)\n)));\nx";
        let adapted = adapt(source);
        assert!(adapted.ends_with("}\n(((\n\n(a, b)\n))).evcxr_display().show();\nx"));
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "use a;\nmod evcxr_internal_runtime {\nstruct A;\nfn b() {}\n}\n#[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_3(\n(\nx\n).evcxr_display();\n    println!(\"EVCXR_PANIC_NOTIFICATION\");\n";
        let adapted = adapt(source);
        assert_eq!(adapted.lines().count(), source.lines().count());
        assert!(adapted.contains(").evcxr_display().show();"));
        assert!(adapted.contains("::pynn::cell::panicked();"));
        assert!(!adapted.contains("struct A"));
        assert_eq!(adapt(&adapted), adapted);
    }
}
