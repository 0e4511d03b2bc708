//! The files by which the executor is connected, which no cell may close. Whether they are
//! still there is more than whether their numbers are open: a cell that closes a file and
//! opens another one gets the same number again.

use nix::sys::stat::fstat;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

/// Files and what they were when they were noted.
pub(crate) struct FdGuard(Vec<(RawFd, Identity)>);

/// Device and inode, and of a device its kind.
type Identity = Option<(u64, u64, u64)>;

impl FdGuard {
    /// Notes what files are now.
    pub(crate) fn note(files: &[BorrowedFd<'_>]) -> FdGuard {
        let files = files.iter();
        FdGuard(
            files
                .map(|file| (file.as_raw_fd(), identity(*file)))
                .collect(),
        )
    }

    /// True if all are still what they were.
    pub(crate) fn are_there(&self) -> bool {
        self.0.iter().all(|(file, before)| {
            // SAFETY: asking what a descriptor stands for changes nothing, even if it is
            // closed.
            let file = unsafe { BorrowedFd::borrow_raw(*file) };
            before.is_some() && identity(file) == *before
        })
    }
}

fn identity(file: BorrowedFd<'_>) -> Identity {
    let stat = fstat(file).ok()?;
    Some((stat.st_dev, stat.st_ino, stat.st_rdev))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::{AsFd as _, OwnedFd};

    #[test]
    fn another_file_of_the_same_number_is_noticed() {
        let (mut file, _writer) = nix::unistd::pipe().unwrap();
        let (other, _other_writer) = nix::unistd::pipe().unwrap();
        let fd_guard = FdGuard::note(&[other.as_fd(), file.as_fd()]);
        assert!(fd_guard.are_there());
        point_elsewhere(&mut file, &other);
        assert!(!fd_guard.are_there());
    }

    fn point_elsewhere(file: &mut OwnedFd, other: &OwnedFd) {
        nix::unistd::dup2(other, file).unwrap();
    }
}
