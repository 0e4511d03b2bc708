//! The Rust toolchain a session compiles with.
//!
//! evcxr looks for cargo and rustc itself and calls them for every cell. The
//! session hands it stand-ins (see [`rustc_shim`]), which is where cells are
//! compiled against the prebuilt runtime.

pub(crate) mod cell_source;
pub(crate) mod compiler_messages;
mod dependency_library;
pub(crate) mod elided;
pub(crate) mod environment;
mod preloaded;
pub(crate) mod records;
pub(crate) mod runtime;
pub(crate) mod rustc_shim;
pub(crate) mod statics;
mod std_sources;
mod type_identity;
pub(crate) mod variable_types;
pub(crate) mod withdrawn;
pub(crate) mod workspace_metadata;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest compiler that works: what evcxr 0.22 needs.
pub(crate) const OLDEST_RUSTC: (u32, u32) = (1, 95);

/// A Rust toolchain on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// The compiler itself, not rustup's proxy: a proxy costs 30 ms a call.
    pub(crate) rustc: PathBuf,
    /// Cargo itself.
    pub(crate) cargo: PathBuf,
    /// What `rustc -vV` says; two toolchains with the same text are the same.
    pub(crate) version: String,
    /// Where the compiler's own libraries are.
    pub(crate) library_directory: PathBuf,
    /// Root of the installation.
    pub(crate) sysroot: PathBuf,
}

/// Why there is no usable toolchain. Each sentence says how to get one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolchainError {
    #[error(
        "no {0} found: install Rust with `curl https://sh.rustup.rs -sSf | sh` and open a new terminal"
    )]
    Missing(&'static str),
    #[error("rustc {found} is too old, {}.{} is needed: `rustup update stable`", OLDEST_RUSTC.0, OLDEST_RUSTC.1)]
    TooOld {
        /// The version found.
        found: String,
    },
    #[error("{program} cannot be run: {reason}")]
    Broken {
        /// Which program.
        program: PathBuf,
        /// What it said.
        reason: String,
    },
}

impl Toolchain {
    /// Finds the toolchain that is the user's default, or that `RUSTUP_TOOLCHAIN` names. A
    /// `rust-toolchain.toml` of the notebook's folder does not choose one: it can name a
    /// compiler that lies in the folder.
    pub(crate) fn find() -> Result<Toolchain, ToolchainError> {
        let rustc = find_tool("rustc").ok_or(ToolchainError::Missing("rustc"))?;
        let cargo = find_tool("cargo").ok_or(ToolchainError::Missing("cargo"))?;
        let version = output(environment::compiler(&rustc).arg("-vV"))?;
        let toolchain = Toolchain {
            library_directory: output(
                environment::compiler(&rustc).args(["--print", "target-libdir"]),
            )?
            .into(),
            sysroot: output(environment::compiler(&rustc).args(["--print", "sysroot"]))?.into(),
            rustc,
            cargo,
            version,
        };
        toolchain.check_version()?;
        Ok(toolchain)
    }

    /// The line `rustc 1.95.0 (…)`.
    pub(crate) fn version_line(&self) -> &str {
        self.version.lines().next().unwrap_or_default()
    }

    /// The target triple of this machine.
    pub(crate) fn host(&self) -> &str {
        self.version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or_default()
    }

    /// A short name for the directory that holds what was built with this toolchain.
    pub(crate) fn fingerprint(&self) -> String {
        let release = self.version_line().split(' ').nth(1).unwrap_or("unknown");
        let commit = self
            .version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "))
            .and_then(|hash| hash.get(..9))
            .unwrap_or("unknown");
        format!("{release}-{commit}-{}", self.host())
    }

    /// The shared standard library of this toolchain.
    pub(crate) fn standard_library(&self) -> Option<PathBuf> {
        std::fs::read_dir(&self.library_directory)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                name.starts_with("libstd-") && name.ends_with(".so")
            })
    }

    /// The standard library's sources, which type inference and completion read.
    pub(crate) fn sources(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust/library")
    }

    /// True if they are installed.
    pub(crate) fn has_sources(&self) -> bool {
        self.sources().join("std/src/lib.rs").exists()
    }

    fn check_version(&self) -> Result<(), ToolchainError> {
        let found = self
            .version_line()
            .split(' ')
            .nth(1)
            .unwrap_or("of unknown version");
        let mut parts = found
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if version < OLDEST_RUSTC {
            return Err(ToolchainError::TooOld {
                found: found.to_owned(),
            });
        }
        Ok(())
    }
}

/// Asks rustup for the tool behind its proxy, else looks on the PATH and in the usual place.
fn find_tool(name: &str) -> Option<PathBuf> {
    let asked = environment::compiler("rustup")
        .args(["which", name])
        .current_dir(environment::NEUTRAL)
        .output();
    if let Ok(answer) = asked
        && answer.status.success()
    {
        let path = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
        if path.is_file() {
            return Some(path);
        }
    }
    let on_path = environment::search_path()
        .into_iter()
        .map(|directory| directory.join(name))
        .find(is_file);
    // A front end started from a desktop menu has no shell profile in its PATH.
    on_path.or_else(|| {
        dirs::home_dir()
            .map(|home| home.join(".cargo/bin").join(name))
            .filter(|path| path.is_absolute() && path.is_file())
    })
}

fn is_file(path: &impl AsRef<Path>) -> bool {
    path.as_ref().is_file()
}

fn output(command: &mut Command) -> Result<String, ToolchainError> {
    let program = PathBuf::from(command.get_program());
    let broken = |reason: String| ToolchainError::Broken {
        program: program.clone(),
        reason,
    };
    let output = command
        .current_dir(environment::NEUTRAL)
        .output()
        .map_err(|error| broken(error.to_string()))?;
    if !output.status.success() {
        return Err(broken(
            String::from_utf8_lossy(&output.stderr)
                .trim()
                .replace('\n', " "),
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
