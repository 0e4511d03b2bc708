//! What is missing on this machine, and how to get it.

use super::install::{KERNEL_NAME, user_data_directory};
use crate::toolchain::{Toolchain, environment, runtime};
use crate::{paths, system_checks};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Free space that the crates of a session may take, in MiB.
const LEAST_SPACE: u64 = 500;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    outcome: Outcome,
}

enum Outcome {
    /// It is there; what and where.
    Good(String),
    /// It is missing, and nothing works without it; how to get it.
    Missing(String),
    /// It is missing, and something works less well; how to get it.
    Lacking(String),
}

/// Looks at everything and prints what it finds; fails if something is missing.
pub(crate) fn examine() -> ExitCode {
    println!("hxkernel {}", env!("CARGO_PKG_VERSION"));
    system_checks::limits::raise_open_files();
    let mut findings: Vec<Finding> = system_checks::of_the_machine().map(finding).collect();
    match system_checks::toolchain() {
        Ok(toolchain) => {
            findings.extend(system_checks::of_the_toolchain(&toolchain).map(finding));
            findings.push(built_runtime(&toolchain));
            findings.push(cargo_settings(&toolchain));
        }
        Err(sentence) => findings.push(missing("Rust", sentence)),
    }
    findings.extend([
        linker(),
        space(),
        temporary_directory(),
        processor_time(),
        jupyter(),
        registration(),
    ]);
    findings.extend(builds());
    let mut healthy = true;
    for Finding { what, outcome } in &findings {
        match outcome {
            Outcome::Good(detail) => println!("  ok       {what}: {detail}"),
            Outcome::Lacking(cure) => println!("  lacking  {what}: {cure}"),
            Outcome::Missing(cure) => {
                healthy = false;
                println!("  MISSING  {what}: {cure}");
            }
        }
    }
    if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn finding((what, outcome): (&'static str, system_checks::outcome::Outcome)) -> Finding {
    match outcome {
        Ok(detail) => found(what, detail),
        Err(sentence) => missing(what, sentence),
    }
}

fn found(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding {
        what,
        outcome: Outcome::Good(detail.into()),
    }
}

fn missing(what: &'static str, cure: impl Into<String>) -> Finding {
    Finding {
        what,
        outcome: Outcome::Missing(cure.into()),
    }
}

fn lacking(what: &'static str, cure: impl Into<String>) -> Finding {
    Finding {
        what,
        outcome: Outcome::Lacking(cure.into()),
    }
}

fn built_runtime(toolchain: &Toolchain) -> Finding {
    let what = "runtime for this toolchain";
    match runtime::find(toolchain) {
        Some(path) => found(what, path.display().to_string()),
        None => lacking(
            what,
            "not built yet; the first cell builds it, or now: `hxkernel install`",
        ),
    }
}

fn linker() -> Finding {
    match Command::new("cc").arg("--version").output() {
        Ok(output) if output.status.success() => found(
            "C linker",
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .next()
                .unwrap_or("cc"),
        ),
        _ => missing(
            "C linker",
            "cells cannot be linked without `cc`: `apt-get install gcc libc6-dev`",
        ),
    }
}

fn jupyter() -> Finding {
    match Command::new("jupyter").args(["lab", "--version"]).output() {
        Ok(output) if output.status.success() => {
            found("JupyterLab", String::from_utf8_lossy(&output.stdout).trim())
        }
        _ => lacking(
            "JupyterLab",
            "`jupyter lab` does not run: `pip install jupyterlab`",
        ),
    }
}

fn registration() -> Finding {
    let what = "kernel registered";
    let here = paths::prefix().map(|prefix| prefix.join("share/jupyter"));
    let data = std::iter::once(user_data_directory()).chain(here);
    for directory in data {
        let file = directory
            .join("kernels")
            .join(KERNEL_NAME)
            .join("kernel.json");
        if file.is_file() {
            return found(what, file.display().to_string());
        }
    }
    lacking(what, "front ends do not know it: `hxkernel install`")
}

fn space() -> Finding {
    let what = "space for crates";
    match system_checks::cache::free_space() {
        None => lacking(what, "cannot be told"),
        Some(free) if free < LEAST_SPACE => lacking(
            what,
            format!(
                "{free} MiB are free in the session directory and crates added with `:dep` take up to {LEAST_SPACE}: make room"
            ),
        ),
        Some(free) => found(what, format!("{free} MiB")),
    }
}

/// Checks that cargo understands the user's own settings, which only external crates need.
fn cargo_settings(toolchain: &Toolchain) -> Finding {
    let what = "settings of cargo";
    if let Err(error) = home_of_cargo() {
        return lacking(
            what,
            format!(
                "`:dep` will not work, since cargo cannot keep crates: {error}; set CARGO_HOME to a directory that can be written"
            ),
        );
    }
    let asked = tempfile::tempdir().and_then(|directory| {
        let manifest = directory.path().join("Cargo.toml");
        std::fs::write(
            &manifest,
            "[package]\nname = \"asked\"\nversion = \"0.1.0\"\n[lib]\npath = \"lib.rs\"\n",
        )?;
        std::fs::write(directory.path().join("lib.rs"), "")?;
        environment::compiler(&toolchain.cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--manifest-path",
            ])
            .arg(&manifest)
            .current_dir(environment::NEUTRAL)
            .output()
    });
    let said = match asked {
        Ok(output) if output.status.success() => return found(what, "understood"),
        Ok(output) => String::from_utf8_lossy(&output.stderr)
            .trim()
            .replace('\n', " "),
        Err(error) => error.to_string(),
    };
    lacking(
        what,
        format!("`:dep` will not work, since cargo says: {said}; mend the file it names"),
    )
}

/// Tries to write where cargo keeps what it has downloaded.
fn home_of_cargo() -> std::io::Result<()> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = named.or_else(|| Some(dirs::home_dir()?.join(".cargo"))) else {
        return Ok(());
    };
    std::fs::create_dir_all(&home)
        .and_then(|()| tempfile::tempfile_in(&home))
        .map(|_| ())
        .map_err(|error| std::io::Error::other(format!("{}: {error}", home.display())))
}

/// What the user has set for builds of their own.
fn builds() -> Option<Finding> {
    let names = environment::kept_from_compilers();
    let names: Vec<String> = names
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    (!names.is_empty()).then(|| {
        found(
            "variables for builds",
            format!("not used to compile cells: {}", names.join(", ")),
        )
    })
}

fn temporary_directory() -> Finding {
    let what = "temporary files";
    let directory = std::env::temp_dir();
    match tempfile::tempfile_in(&directory) {
        Ok(_) => found(what, directory.display().to_string()),
        Err(error) => lacking(
            what,
            format!(
                "cells cannot write to {}: {error}; TMPDIR names another place",
                directory.display()
            ),
        ),
    }
}

fn processor_time() -> Finding {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
    let what = "processor time";
    match getrlimit(Resource::RLIMIT_CPU) {
        Ok((seconds, _)) if seconds != RLIM_INFINITY => lacking(
            what,
            format!(
                "the system ends a kernel after {seconds} s of work: say `ulimit -t unlimited` before Jupyter is started"
            ),
        ),
        _ => found(what, "unlimited"),
    }
}
