//! The environment of a session, and the way back out of it.
//!
//! evcxr and rust-analyzer find their tools through environment variables. A
//! session sets them, once and at its very start, to places inside its directory;
//! what only becomes known later (the toolchain, the runtime) appears there as
//! links. Whatever is run for the user, or for real, gets the old values back.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Directory of the session.
pub(crate) const SESSION: &str = "HXKERNEL_SESSION";
/// The shared standard library of the toolchain, for the worker.
pub(crate) const STANDARD_LIBRARY: &str = "HXKERNEL_STANDARD_LIBRARY";
/// Where evcxr wants the path of the compiled cell written.
pub(crate) const CELL_PATH_FILE: &str = "EVCXR_EXECUTION_SO_PATH";

/// Variables with other values than before; under the second name, what was before.
const REPLACED: [(&str, &str); 7] = [
    // rust-analyzer's own, which it cannot remove when it is killed.
    ("TMPDIR", "HXKERNEL_REAL_TMPDIR"),
    ("PATH", "HXKERNEL_REAL_PATH"),
    ("CARGO_HOME", "HXKERNEL_REAL_CARGO_HOME"),
    ("RUSTC", "HXKERNEL_REAL_RUSTC"),
    ("RUST_SRC_PATH", "HXKERNEL_REAL_RUST_SRC_PATH"),
    ("RUST_MIN_STACK", "HXKERNEL_REAL_RUST_MIN_STACK"),
    // evcxr sets it for the worker.
    ("RUST_BACKTRACE", "HXKERNEL_REAL_RUST_BACKTRACE"),
];
/// Variables that only a session has.
const ADDED: [&str; 5] = [
    SESSION,
    STANDARD_LIBRARY,
    "EVCXR_TMPDIR",
    "EVCXR_CONFIG_DIR",
    "EVCXR_IS_RUNTIME",
];

/// What lies where inside the directory of a session.
#[derive(Debug, Clone)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    /// The socket on which the worker says what cells show.
    pub(crate) const CONTROL: &str = "control";
    /// The socket on which it is handed what the front end says on comms.
    pub(crate) const DELIVERIES: &str = "deliveries";
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
    fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// The crate evcxr writes cells into.
    pub(crate) fn cells(&self) -> PathBuf {
        self.0.join("crate")
    }

    /// What stands for `$CARGO_HOME`: rust-analyzer looks into its `bin` first.
    fn cargo_home(&self) -> PathBuf {
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

    /// Link to the runtime, once there is one.
    pub(crate) fn runtime(&self) -> PathBuf {
        self.0.join("runtime")
    }
}

/// Makes this process one of the session: the stand-ins come first.
///
/// # Safety
/// No other thread may run yet.
pub(crate) unsafe fn enter(layout: &Layout) -> std::io::Result<()> {
    let stand_ins = layout.stand_ins();
    std::fs::create_dir_all(&stand_ins)?;
    std::fs::create_dir_all(layout.cells())?;
    std::fs::create_dir_all(layout.temporary())?;
    let program = std::env::current_exe()?;
    for name in ["cargo", "rustup"] {
        symlink(&program, stand_ins.join(name))?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::iter::once(stand_ins).chain(std::env::split_paths(&path));
    let searched = std::env::join_paths(searched).map_err(std::io::Error::other)?;
    let sources = layout.runtime().join(super::runtime::LIBRARY);
    let values: [(&str, OsString); 9] = [
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
    ];
    for (name, kept) in REPLACED {
        if let Some(value) = std::env::var_os(name) {
            // SAFETY: by this function's own condition.
            unsafe { std::env::set_var(kept, value) };
        }
    }
    for (name, value) in values {
        // SAFETY: as above.
        unsafe { std::env::set_var(name, value) };
    }
    Ok(())
}

/// The environment from before the session: names, and values or nothing.
fn before() -> Vec<(&'static str, Option<OsString>)> {
    if std::env::var_os(SESSION).is_none() {
        return Vec::new();
    }
    let replaced = REPLACED
        .into_iter()
        .map(|(name, kept)| (name, std::env::var_os(kept)));
    let kept = REPLACED.into_iter().map(|(_, kept)| (kept, None));
    let added = ADDED.into_iter().map(|name| (name, None));
    replaced.chain(kept).chain(added).collect()
}

/// A command that runs as if there were no session.
pub(crate) fn outside(program: impl Into<PathBuf>) -> Command {
    let mut command = Command::new(program.into());
    for (name, value) in before() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Gives this process the environment from before the session.
///
/// # Safety
/// No other thread may run.
pub(crate) unsafe fn leave() {
    for (name, value) in before() {
        match value {
            // SAFETY: by this function's own condition, here and below.
            Some(value) => unsafe { std::env::set_var(name, value) },
            None => unsafe { std::env::remove_var(name) },
        }
    }
}
