//! Whether cells can be compiled and loaded.

use super::outcome::Outcome;
use crate::paths;
use crate::toolchain::{Toolchain, environment};
use std::path::Path;

/// Has everything that a cell needs: a linker, a place for temporary files, a disk from
/// which code can be run.
const TRIAL: &str = "#[unsafe(no_mangle)] pub extern \"C\" fn answer() -> i32 { 42 }";

/// Checks that the compiler is still the one that a session was started with.
pub(super) fn is_as_it_was(toolchain: &Toolchain) -> Outcome {
    let again = Toolchain::find();
    let is_there = toolchain.rustc.is_file() && toolchain.cargo.is_file();
    match again {
        _ if !is_there => Err(format!(
            "the compiler of this session, {}, is gone: install Rust again (`rustup toolchain install stable`) and restart the kernel",
            toolchain.rustc.display()
        )),
        Err(error) => Err(error.to_string()),
        Ok(now) if now.rustc == toolchain.rustc && now.version != toolchain.version => {
            Err("Rust was updated while the session ran: restart the kernel".into())
        }
        Ok(_) => Ok(toolchain.version_line().to_owned()),
    }
}

pub(super) fn has_sources(toolchain: &Toolchain) -> Outcome {
    match toolchain.has_sources() {
        true => Ok("there".into()),
        false => Err(
            "the standard library's sources are missing, without which types cannot be inferred: run `rustup component add rust-src`"
                .into(),
        ),
    }
}

pub(super) fn has_shared_library(toolchain: &Toolchain) -> Outcome {
    match toolchain.standard_library() {
        Some(path) => Ok(path.display().to_string()),
        None => Err(
            "this toolchain has no libstd-*.so (some distributions leave it out): install Rust from https://rustup.rs"
                .into(),
        ),
    }
}

/// Compiles and loads a tiny library where sessions compile theirs.
pub(super) fn compiles(toolchain: &Toolchain) -> Outcome {
    let sessions = paths::cache().join("sessions");
    let directory = tempfile::tempdir_in(&sessions).map_err(|error| {
        format!(
            "nothing can be compiled in {}: {error}; set HXKERNEL_CACHE to another directory",
            sessions.display()
        )
    })?;
    let library = directory.path().join("trial.so");
    compile(toolchain, directory.path(), &library)?;
    // SAFETY: a library of one function, compiled from the text above, which does nothing
    // when it is loaded and is not called after it was unloaded.
    let answer = unsafe {
        libloading::Library::new(&library).and_then(|library| {
            let answer = library.get::<unsafe extern "C" fn() -> i32>(b"answer")?;
            Ok(answer())
        })
    };
    match answer {
        Ok(_) => Ok("compiled and run".into()),
        Err(error) => Err(format!(
            "what was compiled in {} cannot be loaded ({error}): set HXKERNEL_CACHE to a directory from which programs may be run",
            sessions.display()
        )),
    }
}

fn compile(toolchain: &Toolchain, directory: &Path, library: &Path) -> Result<(), String> {
    let source = directory.join("trial.rs");
    std::fs::write(&source, TRIAL)
        .map_err(|error| format!("{} cannot be written: {error}", source.display()))?;
    let outcome = environment::compiler(&toolchain.rustc)
        .args([
            "--edition=2024",
            "--crate-type=cdylib",
            "-Cprefer-dynamic",
            "-o",
        ])
        .args([library, &source])
        .current_dir(directory)
        .env("TMPDIR", directory)
        .output();
    let output = outcome.map_err(|error| {
        format!(
            "the compiler {} cannot be started: {error}; install Rust again or raise the limits of processes and memory",
            toolchain.rustc.display()
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(explain(&said, &output.status.to_string()))
}

/// The sentence for what a compiler said when it failed.
fn explain(said: &str, status: &str) -> String {
    let mut errors = said.lines().filter(|line| line.starts_with("error"));
    let first = errors.next().or(said.lines().next()).unwrap_or(status);
    let first = first.trim_start_matches("error: ");
    if first.contains("linker `cc` not found") {
        return "cells cannot be linked, since there is no C linker `cc` on the PATH: run `apt-get install gcc libc6-dev`, or whatever installs gcc here".into();
    }
    let detail = match said
        .lines()
        .find(|line| line.contains("ld: ") || line.contains("collect2"))
    {
        Some(line) => format!("{first}: {}", line.trim().trim_start_matches("= note: ")),
        None => first.to_owned(),
    };
    format!(
        "a cell of one line does not compile ({detail}): compile any program with `rustc` in a terminal and mend what it says"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_compiler_says_becomes_a_sentence() {
        let said = "error: linker `cc` not found\n  |\n  = note: No such file\n";
        assert!(explain(said, "").contains("`apt-get install gcc libc6-dev`"));
        let said =
            "warning: x\nerror: linking with `cc` failed: exit status: 1\n  = note: ld: no space\n";
        let sentence = explain(said, "");
        assert!(sentence.contains("(linking with `cc` failed: exit status: 1: ld: no space)"));
        assert!(explain("", "signal: 9 (SIGKILL)").contains("(signal: 9 (SIGKILL))"));
    }
}
