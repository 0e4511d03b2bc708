//! The prebuilt runtime: a directory with `libpynn.so` and what the compiler
//! needs to compile against it, one for each toolchain.
//!
//! Rust has no stable binary interface, so a runtime fits exactly one compiler.
//! The binary carries the runtime's sources; whoever finds no runtime for the
//! toolchain at hand (the installer, or a kernel started after `rustup update`)
//! builds one.

use super::{Toolchain, environment, std_sources, workspace_metadata};
use crate::{paths, permissions};
use include_dir::{Dir, include_dir};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

static SOURCES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../runtime");
const WORKSPACE: &str = include_str!("../../../Cargo.toml");
const LOCK_FILE: &str = include_str!("../../../Cargo.lock");

/// The text of one of the runtime's files, such as `src/lib.rs`.
pub(crate) fn source(path: &str) -> Option<&'static str> {
    SOURCES.get_file(path)?.contents_utf8()
}

/// Why there is no runtime for a toolchain.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    #[error("cannot write the runtime to {path}: {source}")]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    #[error("the runtime does not build with {toolchain}; cargo said:\n{said}")]
    Build {
        /// Which compiler.
        toolchain: String,
        /// The end of cargo's output.
        said: String,
    },
    #[error("the build of the runtime was interrupted; the next cell begins it again")]
    Interrupted,
}

/// Begins the names of directories in which runtimes are built.
const UNFINISHED: &str = ".unfinished-";
/// How often another kernel that builds the same runtime is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The runtime for `toolchain`, if one was built: in the installation or in the user's cache.
pub(crate) fn find(toolchain: &Toolchain) -> Option<PathBuf> {
    let name = directory_name(toolchain);
    let cached = paths::cache().join("runtime");
    // Its code runs with this user's rights.
    let cached = Some(cached).filter(|place| permissions::is_trustworthy(place));
    let places = paths::installed_runtimes().into_iter().chain(cached);
    places
        .map(|place| place.join(&name))
        .find(|path| is_complete(path))
}

/// Finds the runtime, or builds one into the user's cache and says so with `say`. A build
/// that `stop` ends, which is asked now and then, is an error; whoever makes it say so ends
/// the compilers.
pub(crate) fn find_or_build(
    toolchain: &Toolchain,
    say: impl FnOnce(&str),
    stop: &dyn Fn() -> bool,
) -> Result<PathBuf, RuntimeError> {
    sweep(&paths::cache().join("runtime"));
    if let Some(found) = find(toolchain) {
        return Ok(found);
    }
    say(&format!(
        "There is no runtime for {} yet (was Rust updated?). Building it now, once; this takes about a minute.\n",
        toolchain.version_line()
    ));
    let root = paths::cache().join("runtime");
    let written = |source| RuntimeError::Write {
        path: root.clone(),
        source,
    };
    permissions::make_closed(&root).map_err(written)?;
    build(toolchain, &root, stop)
}

/// Builds the runtime below `root`, unless it is there; gives back its directory.
pub(crate) fn build(
    toolchain: &Toolchain,
    root: &Path,
    stop: &dyn Fn() -> bool,
) -> Result<PathBuf, RuntimeError> {
    sweep(root);
    let directory = root.join(directory_name(toolchain));
    let written = |path: &Path| {
        let path = path.to_owned();
        move |source| RuntimeError::Write { path, source }
    };
    std::fs::create_dir_all(root).map_err(written(root))?;
    // Two kernels started at once build it once.
    let lock = root.join(format!("{}.lock", directory_name(toolchain)));
    let _lock = wait_for(&lock, stop)?.map_err(written(&lock))?;
    if is_complete(&directory) {
        return Ok(directory);
    }
    let _ = std::fs::remove_dir_all(&directory);
    let scratch = tempfile::Builder::new()
        .prefix(&format!("{UNFINISHED}{}-", directory_name(toolchain)))
        .tempdir_in(root)
        .map_err(written(root))?;
    let sources = scratch.path().join("sources");
    write_workspace(&sources, Dependencies::All).map_err(written(&sources))?;
    let artifacts = run_cargo(toolchain, &sources, stop)?;
    install(&artifacts, &directory).map_err(written(&directory))?;
    save_metadata(toolchain, &directory)?;
    let _ = std::fs::remove_file(&lock);
    Ok(directory)
}

/// The lock by which a runtime is built once, when nobody else has it; a failure to have
/// one at all is within.
fn wait_for(lock: &Path, stop: &dyn Fn() -> bool) -> Result<io::Result<Flock<File>>, RuntimeError> {
    loop {
        match try_lock(lock) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return Ok(outcome),
        }
        if stop() {
            return Err(RuntimeError::Interrupted);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

fn try_lock(lock: &Path) -> io::Result<Flock<File>> {
    let file = File::create(lock)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| error.into())
}

/// Removes what builds left that were killed: their locks are free.
fn sweep(root: &Path) {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str());
        let unfinished = name.and_then(|name| name.strip_prefix(UNFINISHED));
        let Some((runtime, _)) = unfinished.and_then(|rest| rest.rsplit_once('-')) else {
            continue;
        };
        let lock = root.join(format!("{runtime}.lock"));
        if let Ok(_lock) = try_lock(&lock) {
            tracing::info!(?path, "removes what is left of a build");
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// One directory for each toolchain and version of the sources.
fn directory_name(toolchain: &Toolchain) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    hash_directory(&SOURCES, &mut hasher);
    LOCK_FILE.hash(&mut hasher);
    toolchain.sysroot.hash(&mut hasher);
    format!("{}-{:016x}", toolchain.fingerprint(), hasher.finish())
}

fn hash_directory(directory: &Dir<'_>, hasher: &mut impl std::hash::Hasher) {
    for file in directory.files() {
        file.path().hash(hasher);
        file.contents().hash(hasher);
    }
    for inner in directory.dirs() {
        hash_directory(inner, hasher);
    }
}

/// The metadata is written last.
fn is_complete(directory: &Path) -> bool {
    directory.join(workspace_metadata::FILE).is_file()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dependencies {
    /// As they are, to build.
    All,
    /// Only those inside the runtime, for rust-analyzer: what a cell can name is
    /// made of the runtime's own types, and the rest would cost it seconds.
    Own,
}

/// Writes the runtime's sources as a workspace of their own.
fn write_workspace(root: &Path, dependencies: Dependencies) -> io::Result<()> {
    let runtime = root.join("runtime");
    std::fs::create_dir_all(&runtime)?;
    SOURCES.extract(&runtime)?;
    let mut workspace: toml::Table = WORKSPACE.parse().map_err(io::Error::other)?;
    if let Some(table) = workspace
        .get_mut("workspace")
        .and_then(toml::Value::as_table_mut)
    {
        for key in ["members", "default-members"] {
            if let Some(members) = table.get_mut(key).and_then(toml::Value::as_array_mut) {
                members
                    .retain(|member| member.as_str().is_some_and(|it| it.starts_with("runtime")));
            }
        }
    }
    std::fs::write(root.join("Cargo.toml"), workspace.to_string())?;
    match dependencies {
        Dependencies::All => std::fs::write(root.join("Cargo.lock"), LOCK_FILE),
        Dependencies::Own => keep_own_dependencies(&runtime),
    }
}

/// Strips every manifest below `directory` of what comes from outside.
fn keep_own_dependencies(directory: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            keep_own_dependencies(&path)?;
        } else if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            let mut manifest: toml::Table = std::fs::read_to_string(&path)?
                .parse()
                .map_err(io::Error::other)?;
            for key in [
                "dev-dependencies",
                "build-dependencies",
                "bench",
                "features",
            ] {
                manifest.remove(key);
            }
            if let Some(table) = manifest
                .get_mut("dependencies")
                .and_then(toml::Value::as_table_mut)
            {
                table.retain(|name, _| name.starts_with("hx-"));
            }
            std::fs::write(&path, manifest.to_string())?;
        }
    }
    Ok(())
}

/// Builds; gives back the artifacts cargo reports.
fn run_cargo(
    toolchain: &Toolchain,
    sources: &Path,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<PathBuf>, RuntimeError> {
    let build = |offline: bool| {
        let mut cargo = environment::compiler(&toolchain.cargo);
        cargo
            .args([
                "build",
                "--release",
                "--package",
                "pynn",
                "--lib",
                "--message-format=json",
            ])
            .args(["--target", toolchain.host()])
            .args(offline.then_some("--offline"))
            .arg("--manifest-path")
            .arg(sources.join("Cargo.toml"))
            .current_dir(environment::NEUTRAL)
            // What the user's own settings say of these does not fit the runtime.
            .env("RUSTC", &toolchain.rustc)
            .env("RUSTC_WRAPPER", "")
            .env("RUSTC_WORKSPACE_WRAPPER", "")
            .env("CARGO_TARGET_DIR", sources.join("target"))
            .env("CARGO_ENCODED_RUSTFLAGS", "-Cprefer-dynamic")
            .env("CARGO_PROFILE_RELEASE_PANIC", "unwind")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("TMPDIR", sources)
            // An interrupt ends all of it.
            .process_group(0);
        environment::with_former_umask(&mut cargo).output()
    };
    let failed = |said: String| RuntimeError::Build {
        toolchain: toolchain.version_line().to_owned(),
        said,
    };
    // Without the network first: after a toolchain update all crates are there.
    let mut output = build(true).map_err(|error| failed(error.to_string()))?;
    if !output.status.success() && !stop() {
        output = build(false).map_err(|error| failed(error.to_string()))?;
    }
    if stop() {
        return Err(RuntimeError::Interrupted);
    }
    if !output.status.success() {
        return Err(failed(last_lines(
            &String::from_utf8_lossy(&output.stderr),
            20,
        )));
    }
    let mut artifacts = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        if message["reason"] == "compiler-artifact" {
            let files = message["filenames"].as_array().into_iter().flatten();
            artifacts.extend(files.filter_map(|file| file.as_str()).map(PathBuf::from));
        }
    }
    Ok(artifacts)
}

/// Copies what the compiler needs: the shared library, the metadata of the crates
/// it is made of, and the procedural macros those were made with (which rustc
/// wants to see although no cell calls them).
fn install(artifacts: &[PathBuf], directory: &Path) -> io::Result<()> {
    let dependencies = directory.join("deps");
    std::fs::create_dir_all(&dependencies)?;
    for artifact in artifacts {
        let Some(name) = artifact.file_name() else {
            continue;
        };
        if name == "libpynn.so" {
            std::fs::copy(artifact, directory.join(name))?;
        } else if artifact
            .extension()
            .is_some_and(|it| it == "rmeta" || it == "so")
        {
            std::fs::copy(artifact, dependencies.join(name))?;
        }
    }
    Ok(())
}

/// Writes the sources for rust-analyzer and, last, their metadata.
fn save_metadata(toolchain: &Toolchain, directory: &Path) -> Result<(), RuntimeError> {
    let analysis = directory.join("analysis");
    let written = |path: &Path| {
        let path = path.to_owned();
        move |source| RuntimeError::Write { path, source }
    };
    write_workspace(&analysis, Dependencies::Own).map_err(written(&analysis))?;
    let output = environment::compiler(&toolchain.cargo)
        .args(["metadata", "--format-version", "1", "--offline"])
        .arg("--manifest-path")
        .arg(analysis.join("Cargo.toml"))
        .current_dir(environment::NEUTRAL)
        .env("RUSTC", &toolchain.rustc)
        .output()
        .map_err(written(&analysis))?;
    if !output.status.success() {
        return Err(RuntimeError::Build {
            toolchain: toolchain.version_line().to_owned(),
            said: last_lines(&String::from_utf8_lossy(&output.stderr), 20),
        });
    }
    if toolchain.has_sources() {
        let shown = directory.join(std_sources::LIBRARY);
        std_sources::show(&toolchain.sources(), &shown).map_err(written(&shown))?;
    }
    let file = directory.join(workspace_metadata::FILE);
    std::fs::write(&file, output.stdout).map_err(written(&file))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_build_left_is_removed_and_what_one_builds_is_not() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join(".unfinished-rustc-1-00ff-AbC");
        let built = root.path().join(".unfinished-rustc-2-00ff-AbC");
        let complete = root.path().join("rustc-1-00ff");
        for directory in [&left, &built, &complete] {
            std::fs::create_dir_all(directory.join("sources")).unwrap();
        }
        let lock = root.path().join("rustc-2-00ff.lock");
        let builder = try_lock(&lock).unwrap();
        assert!(matches!(
            wait_for(&lock, &|| true),
            Err(RuntimeError::Interrupted)
        ));
        sweep(root.path());
        assert_eq!(
            [&left, &built, &complete].map(|it| it.exists()),
            [false, true, true]
        );
        drop(builder);
        sweep(root.path());
        assert_eq!([&built, &complete].map(|it| it.exists()), [false, true]);
    }
}
