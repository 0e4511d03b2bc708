//! Where things are: what was installed, and what this user's sessions leave.

use std::path::PathBuf;

/// Root of the installation this binary belongs to: `PREFIX` of `PREFIX/bin/hxkernel`.
pub(crate) fn prefix() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.parent()?.to_owned())
}

/// The runtimes built at installation, one for each toolchain.
pub(crate) fn installed_runtimes() -> Option<PathBuf> {
    Some(prefix()?.join("lib/hxkernel/runtime"))
}

/// The user's own cache: runtimes built later, and the sessions.
/// `HXKERNEL_CACHE` names another directory.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("HXKERNEL_CACHE")
        .filter(|named| !named.is_empty())
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            dirs::cache_dir()
                .unwrap_or_else(std::env::temp_dir)
                .join("hxkernel")
        })
}

/// The cells that ran in earlier sessions.
pub(crate) fn history() -> PathBuf {
    cache().join("history.jsonl")
}
