//! The environment of a session, and the way back out of it.
//!
//! evcxr and rust-analyzer find their tools through environment variables. A
//! session sets them, once and at its very start, to places inside its directory;
//! what only becomes known later (the toolchain, the runtime) appears there as
//! links. Cells, and whatever else is run for the user, get the old values back.
//!
//! Compilers get an environment that is clean by construction: a variable of the
//! user's that changes a build (`RUSTC_WRAPPER`, `RUSTFLAGS`, `CARGO_TARGET_DIR`, …) is
//! taken out of the session, since it would make every cell fail or mean another thing.
//! How to reach crates (`CARGO_HOME`, registries, proxies) stays the user's.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The stack of the thread that owns evcxr, and of the compiler, bytes: enough for the deepest
/// code that is accepted. Pages that nothing touches cost nothing.
pub(crate) const STACK: usize = 256 << 20;
/// Directory of the session.
pub(crate) const SESSION: &str = "HXKERNEL_SESSION";
/// The descriptor on which the worker introduces itself to the supervisor.
pub(crate) const INTRODUCTIONS: &str = "HXKERNEL_INTRODUCTIONS";
/// The shared standard library of the toolchain, for the worker.
pub(crate) const STANDARD_LIBRARY: &str = "HXKERNEL_STANDARD_LIBRARY";
/// Where evcxr wants the path of the compiled cell written.
pub(crate) const CELL_PATH_FILE: &str = "EVCXR_EXECUTION_SO_PATH";
/// Name of the stand-in for rustc where cargo calls it.
pub(crate) const RUSTC_WRAPPER: &str = "rustc-within-cargo";
/// The tools that this program stands for.
pub(crate) const STAND_INS: [&str; 3] = ["cargo", "rustup", RUSTC_WRAPPER];
/// Where tools are started that look for settings in the current directory and those
/// above it: nobody's settings lie there.
pub(crate) const NEUTRAL: &str = "/";

/// What comes before the name of a variable under which its value from before is kept.
const KEPT: &str = "HXKERNEL_REAL_";
/// The umask from before, octal.
const UMASK: &str = "HXKERNEL_REAL_UMASK";
/// The umask of a session: what it writes is for its user alone.
const CLOSED: u32 = 0o077;

/// Variables that have other values in a session.
const REPLACED: [&str; 7] = [
    // rust-analyzer's own, which it cannot remove when it is killed.
    "TMPDIR",
    "PATH",
    "CARGO_HOME",
    "RUSTC",
    "RUST_SRC_PATH",
    "RUST_MIN_STACK",
    // evcxr sets it for the worker.
    "RUST_BACKTRACE",
];
/// Variables that only a session has.
const ADDED: [&str; 6] = [
    SESSION,
    INTRODUCTIONS,
    STANDARD_LIBRARY,
    "EVCXR_TMPDIR",
    "EVCXR_CONFIG_DIR",
    "EVCXR_IS_RUNTIME",
];

/// Whether a variable changes what a compiler makes of a cell or of the runtime, or what
/// evcxr does. It is none of those that say where crates come from.
pub(crate) fn changes_a_build(name: &OsStr) -> bool {
    const ALLOWED: [&str; 7] = [
        "CARGO_HOME",
        "RUSTUP_",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
        "CARGO_CREDENTIAL_",
    ];
    const OTHERS: [&str; 5] = [
        // A make that has ended leaves the name of a job server nobody serves.
        "MAKEFLAGS",
        "MFLAGS",
        // Where gcc looks for its own parts.
        "GCC_EXEC_PREFIX",
        "COMPILER_PATH",
        "LD_RUN_PATH",
    ];
    let name = name.as_bytes();
    let starts = |start: &&str| name.starts_with(start.as_bytes());
    let is_of_rust = ["CARGO", "RUST", "EVCXR_"].iter().any(&starts);
    (is_of_rust && !ALLOWED.iter().any(starts))
        || OTHERS.iter().any(|other| name == other.as_bytes())
}

/// The variables of this process that are kept from compilers, if it is in no session.
pub(crate) fn kept_from_compilers() -> Vec<OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    let mut names: Vec<OsString> = names.filter(|name| changes_a_build(name)).collect();
    // It says what a panic prints and changes no build.
    names.retain(|name| name != "RUST_BACKTRACE");
    names.sort();
    names
}

/// What lies where inside the directory of a session.
#[derive(Debug, Clone)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    /// The user's stdout and stderr together, framed, in the order written.
    pub(crate) const OUTPUT: &str = "output";
    /// The user's stdout and stderr as programs they start see them.
    pub(crate) const STDOUT: &str = "stdout";
    pub(crate) const STDERR: &str = "stderr";

    pub(crate) fn new(session: impl Into<PathBuf>) -> Layout {
        Layout(session.into())
    }

    /// The layout of the session this process belongs to.
    pub(crate) fn of_this_session() -> std::io::Result<Layout> {
        std::env::var_os(SESSION).map(Layout::new).ok_or_else(|| {
            std::io::Error::other(format!(
                "{SESSION} is not set: this program only works inside a session of hxkernel"
            ))
        })
    }

    /// The session's directory itself.
    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    /// Temporary files of the kernel itself.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// The crate evcxr writes cells into.
    pub(crate) fn cells(&self) -> PathBuf {
        self.0.join("crate")
    }

    /// What stands for `$CARGO_HOME`: rust-analyzer looks into its `bin` first.
    pub(crate) fn cargo_home(&self) -> PathBuf {
        self.0.join("tools")
    }

    /// The stand-ins for cargo and rustup.
    pub(crate) fn stand_ins(&self) -> PathBuf {
        self.cargo_home().join("bin")
    }

    /// Link to the real cargo, once it is known.
    pub(crate) fn cargo(&self) -> PathBuf {
        self.0.join("cargo")
    }

    /// Link to the real compiler, once it is known.
    pub(crate) fn rustc(&self) -> PathBuf {
        self.0.join("rustc")
    }

    /// Is there while evcxr's books are corrected by a cell that will not run.
    pub(crate) fn bookkeeping(&self) -> PathBuf {
        self.0.join("bookkeeping")
    }

    /// The definitions of the session's types so far.
    pub(crate) fn types(&self) -> PathBuf {
        self.0.join("types.json")
    }

    /// How often the cells that define statics were run.
    pub(crate) fn statics(&self) -> PathBuf {
        self.0.join("statics.json")
    }

    /// Names of crates that were undone.
    pub(crate) fn withdrawn(&self) -> PathBuf {
        self.0.join("withdrawn.json")
    }

    /// Libraries of the crates that cells depend on.
    pub(crate) fn dependencies(&self) -> PathBuf {
        self.0.join("dependencies")
    }

    /// Link to the runtime, once there is one.
    pub(crate) fn runtime(&self) -> PathBuf {
        self.0.join("runtime")
    }
}

/// Makes the directories of a session and what stands for the tools in it.
pub(crate) fn lay_out(layout: &Layout) -> std::io::Result<()> {
    let mut closed = std::fs::DirBuilder::new();
    closed.recursive(true).mode(0o700);
    // evcxr and the compiler make the two in the crate once and for all.
    let crate_of_cells = layout.cells();
    for directory in [
        layout.stand_ins(),
        crate_of_cells.join("src"),
        crate_of_cells.join("target"),
        layout.temporary(),
    ] {
        closed.create(directory)?;
    }
    let program = std::env::current_exe()?;
    for name in STAND_INS {
        link(&program, &layout.stand_ins().join(name))?;
    }
    Ok(())
}

/// Makes a link, in place of one that is there.
pub(crate) fn link(to: &Path, path: &Path) -> std::io::Result<()> {
    let _ = std::fs::remove_file(path);
    symlink(to, path)
}

/// Makes this process one of the session: the stand-ins come first.
///
/// # Safety
/// No other thread may run yet.
pub(crate) unsafe fn enter(layout: &Layout) -> std::io::Result<()> {
    let before = nix::sys::stat::umask(mode(CLOSED));
    lay_out(layout)?;
    let searched = std::iter::once(layout.stand_ins()).chain(search_path());
    let searched = std::env::join_paths(searched).map_err(std::io::Error::other)?;
    let sources = layout.runtime().join(super::std_sources::LIBRARY);
    let values: [(&str, OsString); 10] = [
        ("TMPDIR", layout.temporary().into()),
        ("PATH", searched),
        ("CARGO_HOME", layout.cargo_home().into()),
        ("RUSTC", layout.rustc().into()),
        ("RUST_SRC_PATH", sources.into()),
        // rust-analyzer drops its trees, by recursion, in threads of its own.
        ("RUST_MIN_STACK", (16 << 20).to_string().into()),
        (SESSION, layout.directory().into()),
        ("EVCXR_TMPDIR", layout.cells().into()),
        // A configuration that is not the one of the user's evcxr.
        ("EVCXR_CONFIG_DIR", layout.directory().into()),
        (UMASK, format!("{:o}", before.bits()).into()),
    ];
    let from_before: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, value)| {
            changes_a_build(name)
                || REPLACED.iter().any(|one| name == one)
                || (name == "LD_PRELOAD" && names_missing_files(value))
        })
        .collect();
    for (name, value) in from_before {
        // SAFETY: by this function's own condition, here and below.
        unsafe { std::env::set_var(kept(&name), value) };
        unsafe { std::env::remove_var(name) };
    }
    for (name, value) in values {
        // SAFETY: as above.
        unsafe { std::env::set_var(name, value) };
    }
    Ok(())
}

/// Whether each program that is started would complain that it cannot load something,
/// which would then be among what a compiler says.
fn names_missing_files(preloaded: &OsStr) -> bool {
    let files = preloaded.as_bytes().split(|byte| b": ".contains(byte));
    let mut files = files.map(|file| Path::new(OsStr::from_bytes(file)));
    files.any(|file| file.is_absolute() && !file.exists())
}

/// The name under which the value from before is kept.
fn kept(name: &OsStr) -> OsString {
    [OsStr::new(KEPT), name].join(OsStr::new(""))
}

/// Where programs are looked for. An entry that is relative to the current directory
/// would let whoever made the notebook's folder choose the compiler.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let name = match is_in_session() {
        true => kept(OsStr::new("PATH")),
        false => "PATH".into(),
    };
    let path = std::env::var_os(name).unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .collect()
}

fn is_in_session() -> bool {
    std::env::var_os(SESSION).is_some()
}

/// The environment from before the session: names, and values or nothing.
fn before() -> Vec<(OsString, Option<OsString>)> {
    if !is_in_session() {
        return Vec::new();
    }
    let mut before: Vec<(OsString, Option<OsString>)> = Vec::new();
    let of_session = REPLACED.iter().chain(&ADDED);
    before.extend(of_session.map(|name| (name.into(), None)));
    for (name, value) in std::env::vars_os() {
        if let Some(real) = name.as_bytes().strip_prefix(KEPT.as_bytes()) {
            before.push((name.clone(), None));
            if name != UMASK {
                before.push((OsStr::from_bytes(real).to_owned(), Some(value)));
            }
        }
    }
    before
}

fn mode(bits: u32) -> nix::sys::stat::Mode {
    nix::sys::stat::Mode::from_bits_truncate(bits)
}

/// A command that runs a compiler, or what looks for one: what the user has set for
/// builds of their own is not there, nor what is found in the current directory.
pub(crate) fn compiler(program: impl Into<PathBuf>) -> Command {
    let mut command = Command::new(program.into());
    if is_in_session() {
        // The session was entered without those; what is there now is evcxr's word, or
        // rust-analyzer's.
        for name in std::env::vars_os().map(|(name, _)| name) {
            if name.as_bytes().starts_with(KEPT.as_bytes()) {
                command.env_remove(name);
            }
        }
        match std::env::var_os(kept(OsStr::new("CARGO_HOME"))) {
            Some(home) => command.env("CARGO_HOME", home),
            None => command.env_remove("CARGO_HOME"),
        };
    } else {
        for name in kept_from_compilers() {
            command.env_remove(name);
        }
        // rustup would add one to what it says.
        command.env_remove("RUST_BACKTRACE");
    }
    if let Ok(path) = std::env::join_paths(search_path()) {
        command.env("PATH", path);
    }
    command
}

/// Lets a command write with the umask from before the session: what cargo puts into its
/// home is there for others too, if the user wants that.
pub(crate) fn with_former_umask(command: &mut Command) -> &mut Command {
    let Some(umask) = former_umask() else {
        return command;
    };
    // SAFETY: `umask` may be called between fork and exec, and cannot fail.
    unsafe {
        command.pre_exec(move || {
            nix::sys::stat::umask(umask);
            Ok(())
        })
    }
}

fn former_umask() -> Option<nix::sys::stat::Mode> {
    let octal = std::env::var(UMASK).ok()?;
    u32::from_str_radix(&octal, 8).ok().map(mode)
}

/// Gives this process the environment from before the session.
///
/// # Safety
/// No other thread may run.
pub(crate) unsafe fn leave() {
    let umask = former_umask();
    for (name, value) in before() {
        match value {
            // SAFETY: by this function's own condition, here and below.
            Some(value) => unsafe { std::env::set_var(name, value) },
            None => unsafe { std::env::remove_var(name) },
        }
    }
    if let Some(umask) = umask {
        nix::sys::stat::umask(umask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_a_build_is_told_from_what_says_where_crates_come_from() {
        for name in [
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_BUILD_RUSTC_WRAPPER",
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "CARGO_PROFILE_DEV_PANIC",
            "CARGO_TARGET_DIR",
            "CARGO",
            "RUSTDOC",
            "RUST_MIN_STACK",
            "RUSTC_BOOTSTRAP",
            "EVCXR_TMPDIR",
            "MAKEFLAGS",
        ] {
            assert!(changes_a_build(OsStr::new(name)), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_HTTP_PROXY",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MINE_INDEX",
            "CARGO_SOURCE_CRATES_IO_REPLACE_WITH",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
            "https_proxy",
            "PATH",
            "LANG",
        ] {
            assert!(!changes_a_build(OsStr::new(name)), "{name}");
        }
    }
}
