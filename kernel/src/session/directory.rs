//! The directory of a session: evcxr's crate, compiled cells, sockets.
//!
//! It lives in the user's cache, where nobody else can look into it, and is removed at
//! exit. A session that was killed cannot do that; its lock is free then, and the next
//! start sweeps it.

use crate::{paths, permissions};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A directory that lives as long as this value.
pub(crate) struct SessionDirectory {
    path: PathBuf,
    _lock: Flock<File>,
}

impl SessionDirectory {
    /// Makes a directory for this process and sweeps those of dead ones.
    pub(crate) fn create() -> std::io::Result<SessionDirectory> {
        let cache = paths::cache();
        permissions::make_root(&cache)?;
        let sessions = cache.join("sessions");
        permissions::make_closed(&sessions)?;
        // The lock file lies beside the directory, so that it exists and is
        // locked before there is a directory to sweep.
        let started = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_millis());
        let name = format!("{}-{started}", std::process::id());
        let lock_file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(sessions.join(format!("{name}.lock")))?;
        let lock = Flock::lock(lock_file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, error)| std::io::Error::from(error))?;
        sweep(&sessions, &name);
        let path = sessions.join(name);
        permissions::make_closed(&path)?;
        Ok(SessionDirectory { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SessionDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
        let _ = std::fs::remove_file(self.path.with_extension("lock"));
    }
}

/// Removes the sessions whose lock nobody holds.
fn sweep(sessions: &Path, own: &str) {
    let Ok(entries) = std::fs::read_dir(sessions) else {
        return;
    };
    for lock_path in entries.flatten().map(|entry| entry.path()) {
        let is_lock = lock_path
            .extension()
            .is_some_and(|extension| extension == "lock");
        if !is_lock || lock_path.file_stem().is_some_and(|stem| stem == own) {
            continue;
        }
        if let Ok(file) = File::open(&lock_path)
            && let Ok(_free) = Flock::lock(file, FlockArg::LockExclusiveNonblock)
        {
            let _ = std::fs::remove_dir_all(lock_path.with_extension(""));
            let _ = std::fs::remove_file(&lock_path);
        }
    }
}
