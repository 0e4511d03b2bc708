//! What the session needs of the process in which cells run, and a cell can take away:
//! limits of the system, its user, its root directory, room for open files.
//!
//! A snapshot from before the cell still has all of it. One from after it would not, so it
//! is seen to before that is taken.

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use nix::sys::stat::stat;
use nix::unistd::{getegid, geteuid};

/// Limits without which no cell could be loaded or no snapshot taken.
const LIMITS: [(Resource, &str); 6] = [
    (Resource::RLIMIT_NOFILE, "open files (RLIMIT_NOFILE)"),
    (Resource::RLIMIT_NPROC, "processes (RLIMIT_NPROC)"),
    (Resource::RLIMIT_AS, "addresses (RLIMIT_AS)"),
    (Resource::RLIMIT_DATA, "memory (RLIMIT_DATA)"),
    (Resource::RLIMIT_STACK, "the stack (RLIMIT_STACK)"),
    (Resource::RLIMIT_CPU, "processor time (RLIMIT_CPU)"),
];
/// How many more files must be possible to open, at least.
const FREE: rlim_t = 16;

/// State before a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessAttributes {
    /// Soft and hard ones.
    limits: [Option<(rlim_t, rlim_t)>; LIMITS.len()],
    identity: (u32, u32),
    /// Device and inode of the root directory.
    root: Option<(u64, u64)>,
}

impl ProcessAttributes {
    /// Notes what there is now.
    pub(crate) fn note() -> ProcessAttributes {
        ProcessAttributes {
            limits: LIMITS.map(|(resource, _)| getrlimit(resource).ok()),
            identity: (geteuid().as_raw(), getegid().as_raw()),
            root: stat("/").ok().map(|root| (root.st_dev, root.st_ino)),
        }
    }

    /// Sets limits back that were lowered since; the names of those.
    ///
    /// # Errors
    /// Attributes that cannot be restored, as the second half of a sentence.
    pub(crate) fn restore(&self) -> Result<Vec<&'static str>, String> {
        let now = ProcessAttributes::note();
        if now.identity != self.identity {
            return Err("changed the user or group of its process".into());
        }
        if now.root != self.root {
            return Err("changed the root directory of its process".into());
        }
        let mut restored = Vec::new();
        for (index, (resource, name)) in LIMITS.into_iter().enumerate() {
            let (Some((soft, hard)), Some((soft_now, hard_now))) =
                (self.limits[index], now.limits[index])
            else {
                continue;
            };
            if soft_now >= soft {
                continue;
            }
            // Who may raise the hard limit gets all of it back.
            if setrlimit(resource, soft, hard.max(hard_now)).is_err()
                && setrlimit(resource, soft, hard_now).is_err()
            {
                return Err(format!("lowered the limit of {name} for good"));
            }
            restored.push(name);
        }
        if !has_room() {
            return Err("left so many files open that there is no room for another one".into());
        }
        Ok(restored)
    }
}

/// True if there is room for some more open files.
fn has_room() -> bool {
    let Ok((most, _)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return true;
    };
    // The lowest free number.
    let Ok(free) = fcntl(std::io::stdout(), FcntlArg::F_DUPFD_CLOEXEC(0)) else {
        // A closed stdout is opened again; only a full table is meant here.
        return nix::errno::Errno::last() != nix::errno::Errno::EMFILE;
    };
    let _ = nix::unistd::close(free);
    rlim_t::try_from(free).is_ok_and(|free| free + FREE <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_lowered_is_set_back_and_named() {
        let before = ProcessAttributes::note();
        assert_eq!(before.restore(), Ok(Vec::new()));
        let (soft, hard) = getrlimit(Resource::RLIMIT_CPU).unwrap();
        setrlimit(Resource::RLIMIT_CPU, soft.min(1 << 30) - 1, hard).unwrap();
        assert_eq!(before.restore(), Ok(vec!["processor time (RLIMIT_CPU)"]));
        assert_eq!(ProcessAttributes::note(), before);
    }
}
