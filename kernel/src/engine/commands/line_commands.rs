//! Lines that start with `:`: which there are, which this kernel answers itself,
//! and which of evcxr's would do harm here or nothing at all.

use crate::engine::code::leading_lines::{erase, leading};
use crate::engine::report::diagnostics;
use hx_jupyter::{Failure, MimeBundle};
use std::fmt::Write as _;

/// Commands that work, in the order of `:help`.
const COMMANDS: [(&str, &str); 17] = [
    (":help", "what commands there are"),
    (":vars", "the variables and their types"),
    (
        ":undo",
        "go back to before the last cell, variables and chip alike; `:undo 3` to before the last three",
    ),
    (":type", "the type of a variable: `:type pop`"),
    (":t", "short for `:type`"),
    (":doc", "documentation: `:doc Vec::push`"),
    (":explain", "the compiler's explanation of the last error"),
    (
        ":dep",
        "add a crate: `:dep rand = \"0.9\"` or `:dep ./path`",
    ),
    (":show_deps", "the crates that were added"),
    (
        ":offline",
        "whether to look for crates without the network: `:offline 1`",
    ),
    (
        ":opt",
        "how much cells are optimised: `:opt 0` to `:opt 3`; `s` and `z` for size",
    ),
    (
        ":efmt",
        "how errors that leave a cell through `?` are written: `{}`, `{:?}` or `{:#?}`",
    ),
    (
        ":build_env",
        "an environment variable for the compiler: `:build_env NAME=value`, then `env!(\"NAME\")`",
    ),
    (
        ":clear",
        "forget all variables, functions, types and crates; the chip is empty again",
    ),
    (
        ":restart",
        "start the process of the cells again: variables are gone and the chip is empty, functions and types stay",
    ),
    (
        ":last_compile_dir",
        "the directory in which cells are compiled",
    ),
    (":version", "the versions of this kernel and of evcxr"),
];

const RUNTIME_FITS: &str = "the runtime fits one compiler, and a session stays with that one; `rustup default` before a start chooses another";
const OWN_COMPILER_CALL: &str = "cells are compiled by one call of rustc with settings of its own";
const SHOWN_BY_TYPE: &str =
    "how a value is shown is up to its type; `format!(\"{:#?}\", value)` gives any other text";
const DEVELOPMENT: &str = "it is for the development of evcxr";
const NO_CACHE: &str = "nothing of a session is compiled twice, so there is nothing to cache";

/// Commands of evcxr's that are refused, and why.
const REFUSED: [(&str, &str); 17] = [
    (
        ":quit",
        "it would end the kernel and leave the notebook without one; shut it down from the notebook's menu",
    ),
    (
        ":preserve_vars_on_panic",
        "nothing a cell does can cost a variable here",
    ),
    (
        ":env",
        "it would change the kernel and not the cells; `unsafe { std::env::set_var(\"NAME\", \"value\") }` in a cell changes those",
    ),
    (":toolchain", RUNTIME_FITS),
    (":codegen_backend", OWN_COMPILER_CALL),
    (":linker", OWN_COMPILER_CALL),
    (":allow_static_linking", OWN_COMPILER_CALL),
    (":time_passes", OWN_COMPILER_CALL),
    (":sccache", NO_CACHE),
    (":cache", NO_CACHE),
    (":clear_cache", NO_CACHE),
    (":fmt", SHOWN_BY_TYPE),
    (":types", "`:vars` and `:type` tell the types"),
    (
        ":timing",
        "`std::time::Instant::now()` and its `elapsed()` tell how long something takes",
    ),
    (":load_config", "this kernel has no configuration file"),
    (":internal_debug", DEVELOPMENT),
    (":last_error_json", DEVELOPMENT),
];

/// A command that evcxr is not asked for, or not alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Own {
    Help,
    Variables,
    Clear,
    Restart,
    /// So many cells.
    Undo(usize),
    Version,
    /// A line for the shell, without the mark it begins with.
    Shell(String),
}

/// A cell as it goes to evcxr.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// What this kernel does before.
    pub(crate) own: Vec<Own>,
    /// The cell without those, its lines and columns where they were.
    pub(crate) code: String,
}

/// Takes this kernel's own commands out of a cell.
///
/// # Errors
/// A command that is refused, or none: then nothing of the cell should run.
pub(crate) fn take(code: &str) -> Result<Taken, Failure> {
    let mut taken = Taken {
        own: Vec::new(),
        code: code.to_owned(),
    };
    for line in leading(code) {
        if !line.is_command {
            let text = line.text.trim_start_matches('!').trim();
            taken.own.push(Own::Shell(text.to_owned()));
            erase(&mut taken.code, &line);
            continue;
        }
        let mut words = line.text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let own = match name {
            ":help" => Own::Help,
            ":vars" => Own::Variables,
            ":clear" => Own::Clear,
            ":restart" => Own::Restart,
            // What is no number cannot be undone.
            ":undo" => Own::Undo(words.next().map_or(1, |steps| steps.parse().unwrap_or(0))),
            ":version" => Own::Version,
            _ => {
                check(name, words.next())?;
                continue;
            }
        };
        taken.own.push(own);
        erase(&mut taken.code, &line);
    }
    Ok(taken)
}

fn check(name: &str, argument: Option<&str>) -> Result<(), Failure> {
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        let message = format!("{name} is not for this kernel: {why}");
        return Err(diagnostics::plain("CommandRefused", &message));
    }
    if !COMMANDS.iter().any(|(known, _)| *known == name) {
        let message = format!("there is no command {name}; `:help` lists those there are");
        return Err(diagnostics::plain("UnknownCommand", &message));
    }
    // Any other level would make every later cell fail.
    let levels = ["0", "1", "2", "3", "s", "z"];
    match argument {
        Some(level) if name == ":opt" && !levels.contains(&level) => {
            let message = format!(
                "there is no level `{level}`; the levels are {}",
                levels.join(", ")
            );
            Err(diagnostics::plain("CommandRefused", &message))
        }
        _ => Ok(()),
    }
}

/// The commands, for completion.
pub(crate) fn described() -> impl Iterator<Item = (&'static str, &'static str)> {
    COMMANDS.into_iter()
}

/// What `:help` shows.
pub(crate) fn help() -> MimeBundle {
    let beside = [
        (
            "!command",
            "lines before the Rust code that start with `!` go to the shell",
        ),
        (
            "Tab, Shift+Tab",
            "complete and explain what stands at the cursor, also while a cell runs",
        ),
    ];
    let rows: Vec<(&str, &str)> = COMMANDS.into_iter().chain(beside).collect();
    table(&rows, None)
}

/// What `:vars` shows.
pub(crate) fn variables<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>) -> MimeBundle {
    let mut rows: Vec<(&str, &str)> = variables.collect();
    rows.sort_unstable();
    if rows.is_empty() {
        return text("there are no variables");
    }
    table(&rows, Some(("Variable", "Type")))
}

/// What `:version` shows.
pub(crate) fn version() -> MimeBundle {
    text(concat!(
        "HXKernel ",
        env!("CARGO_PKG_VERSION"),
        ", with evcxr 0.22.0"
    ))
}

fn text(text: &str) -> MimeBundle {
    MimeBundle::from_iter([("text/plain".to_owned(), text.into())])
}

const LEFT: &str = "style=\"text-align:left\"";

/// What stands between backticks, set as code.
fn with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

fn table(rows: &[(&str, &str)], head: Option<(&str, &str)>) -> MimeBundle {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut plain = String::new();
    let mut html = String::from("<table>");
    if let Some((left, right)) = head {
        let _ = write!(
            html,
            "<tr><th {LEFT}>{left}</th><th {LEFT}>{right}</th></tr>"
        );
    }
    for (name, what) in rows {
        let _ = writeln!(plain, "{name:<width$}  {what}");
        let _ = write!(
            html,
            "<tr><td {LEFT}><code>{}</code></td><td {LEFT}>{}</td></tr>",
            escape(name),
            with_code(&escape(what))
        );
    }
    html.push_str("</table>");
    MimeBundle::from_iter([
        ("text/plain".to_owned(), plain.trim_end().into()),
        ("text/html".to_owned(), html.into()),
    ])
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_commands_are_taken_out_and_the_rest_stays_where_it_was() {
        let taken = take("// a\n:help\n :dep rand\n\nlet ä = 1;\n:help").unwrap();
        assert_eq!(taken.own, [Own::Help]);
        assert_eq!(taken.code, "// a\n     \n :dep rand\n\nlet ä = 1;\n:help");
        assert_eq!(take("pop").unwrap().code, "pop");
        let taken = take("!ls -l\n:version\n! pwd\n5").unwrap();
        let shell = |line: &str| Own::Shell(line.to_owned());
        assert_eq!(taken.own, [shell("ls -l"), Own::Version, shell("pwd")]);
        assert_eq!(taken.code, "      \n        \n     \n5");
    }

    #[test]
    fn what_would_do_harm_is_refused_by_name() {
        for (code, name) in [
            (":quit", "CommandRefused"),
            ("// now\n  :quit now\n1", "CommandRefused"),
            (":opt 7", "CommandRefused"),
            (":nonsense", "UnknownCommand"),
            ("::std::process::exit(0)", "UnknownCommand"),
        ] {
            assert_eq!(take(code).unwrap_err().name, name, "{code}");
        }
        assert!(
            take("1\n:quit").is_ok(),
            "that is no command, but wrong Rust"
        );
        assert!(take(":opt\n:opt 3").is_ok());
    }

    #[test]
    fn only_what_works_is_listed() {
        let help = help();
        for (name, _) in REFUSED {
            let line = format!("{name} ");
            assert!(
                !help["text/plain"].as_str().unwrap().contains(&line),
                "{name}"
            );
        }
    }
}
