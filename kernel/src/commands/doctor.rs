//! What is missing on this machine, and how to get it.

use super::install::{KERNEL_NAME, user_data_directory};
use crate::places;
use crate::toolchain::{Toolchain, runtime};
use std::process::{Command, ExitCode};

/// Free space below which a session may fail to compile, in MiB.
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
    let mut findings = Vec::new();
    match Toolchain::find() {
        Ok(toolchain) => {
            findings.push(found("Rust", toolchain.version_line()));
            findings.push(sources(&toolchain));
            findings.push(shared_standard_library(&toolchain));
            findings.push(built_runtime(&toolchain));
        }
        Err(error) => findings.push(missing("Rust", error.to_string())),
    }
    findings.extend([linker(), jupyter(), registration(), cache(), space()]);
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

fn sources(toolchain: &Toolchain) -> Finding {
    let what = "standard library sources";
    if toolchain.has_sources() {
        found(what, "there")
    } else {
        missing(
            what,
            "types cannot be inferred without them: `rustup component add rust-src`",
        )
    }
}

fn shared_standard_library(toolchain: &Toolchain) -> Finding {
    let what = "shared standard library";
    match toolchain.standard_library() {
        Some(path) => found(what, path.display().to_string()),
        None => missing(
            what,
            "this toolchain has no libstd-*.so (some distributions leave it out): install Rust from https://rustup.rs",
        ),
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
    let here = places::prefix().map(|prefix| prefix.join("share/jupyter"));
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

fn cache() -> Finding {
    let what = "session directory";
    let cache = places::cache();
    match std::fs::create_dir_all(&cache).and_then(|()| tempfile::tempfile_in(&cache)) {
        Ok(_) => found(what, cache.display().to_string()),
        Err(error) => missing(
            what,
            format!(
                "cannot write to {}: {error}; HXKERNEL_CACHE names another place",
                cache.display()
            ),
        ),
    }
}

fn space() -> Finding {
    let what = "free space";
    let Ok(status) = nix::sys::statvfs::statvfs(&places::cache()) else {
        return lacking(what, "cannot be told");
    };
    let free = status.blocks_available() * status.fragment_size() / (1 << 20);
    if free < LEAST_SPACE {
        return missing(
            what,
            format!("{free} MiB in the session directory, {LEAST_SPACE} are needed"),
        );
    }
    found(what, format!("{free} MiB"))
}
