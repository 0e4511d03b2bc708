//! The user's open files that a waiting copy of the process must not hold open.
//!
//! While any copy holds the end of a pipe, the other end waits; a listener keeps its port, a
//! locked file its lock. So a snapshot lets go of those and only keeps their numbers taken.
//! An executor that ends of its own accord hands its own to the successor. If it dies, they
//! are gone, and the user hears of it. All other files stay open in the snapshot.

use super::descriptors;
use crate::processes;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::libc;
use nix::sys::socket::sockopt::{AcceptConn, SockType as TypeOfSocket};
use nix::sys::socket::{SockType, getsockopt};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::path::PathBuf;

/// How many files are handed over at most.
const MOST: usize = 512;

/// What was open before the first cell, and what stands in for what is not any more.
pub(crate) struct OpenFiles {
    own: HashSet<RawFd>,
    /// A line whose other end is closed: it reads as ended, and nothing can be written.
    dead: OwnedFd,
}

/// A file, whatever its number.
type Identity = (u64, u64);

/// One that a snapshot has let go of.
struct File {
    number: RawFd,
    identity: Identity,
    flags: FdFlag,
    description: String,
}

/// A lock of the process, which copies of it do not have.
struct Lock {
    number: RawFd,
    kind: libc::c_int,
    from: i64,
    /// 0 for the end of the file, wherever that will be.
    length: i64,
}

/// Files that a snapshot has closed or never had.
#[derive(Default)]
pub(crate) struct LetGo {
    files: Vec<File>,
    locks: Vec<Lock>,
    /// Programs that were children of the executor.
    pub(crate) children: usize,
}

impl OpenFiles {
    /// Notes what is open before the first cell, `but` for lines that are replaced.
    pub(crate) fn note(but: &[RawFd]) -> io::Result<OpenFiles> {
        let (dead, _) = std::os::unix::net::UnixStream::pair()?;
        let mut own: HashSet<RawFd> = numbers().into_iter().collect();
        own.retain(|number| !but.contains(number));
        let dead = dead.into();
        Ok(OpenFiles { own, dead })
    }

    /// The user's files of the kinds that are let go of, and what they are.
    fn of_the_user(&self, but: &[RawFd]) -> Vec<File> {
        let numbers = numbers().into_iter();
        let of_the_user =
            numbers.filter(|number| !self.own.contains(number) && !but.contains(number));
        of_the_user.filter_map(look_at).take(MOST).collect()
    }

    /// Called in a copy: lets go of what keeps others waiting. `executor` is the process it
    /// is a copy of, `but` its own files.
    pub(crate) fn let_go(&self, executor: i32, snapshots: &[i32], but: &[RawFd]) -> LetGo {
        let files = self.of_the_user(but);
        for file in &files {
            self.replace_by_dead(file);
        }
        LetGo {
            files,
            locks: locks_of(executor),
            // Programs that nobody has waited for.
            children: processes::children(Pid::from_raw(executor))
                .iter()
                .filter(|child| !snapshots.contains(&child.as_raw()))
                .count(),
        }
    }

    fn replace_by_dead(&self, file: &File) {
        let flags = match file.flags.contains(FdFlag::FD_CLOEXEC) {
            true => OFlag::O_CLOEXEC.bits(),
            false => 0,
        };
        // SAFETY: the number stays open, which is all that its owner relies on.
        unsafe { libc::dup3(self.dead.as_raw_fd(), file.number, flags) };
    }

    /// Called in an executor that ends of its own accord: hands files over by `send`.
    pub(crate) fn hand_over(
        &self,
        but: &[RawFd],
        mut send: impl FnMut(&[RawFd], &[BorrowedFd<'_>]) -> io::Result<()>,
    ) {
        for files in self.of_the_user(but).chunks(descriptors::MOST) {
            let numbers: Vec<RawFd> = files.iter().map(|file| file.number).collect();
            // SAFETY: open a moment ago; if a thread has closed it since, sending fails.
            let borrow = |number: &RawFd| unsafe { BorrowedFd::borrow_raw(*number) };
            let files: Vec<BorrowedFd<'_>> = numbers.iter().map(borrow).collect();
            if send(&numbers, &files).is_err() {
                return;
            }
        }
    }
}

impl LetGo {
    /// Takes back what the executor has handed over, as far as it is what it was; what is
    /// missing then, in words.
    pub(crate) fn take_back(self, handed_over: Vec<(RawFd, OwnedFd)>) -> Vec<String> {
        let mut missing = Vec::new();
        for file in self.files {
            let returned = handed_over.iter().find(|(number, other)| {
                *number == file.number && identity(other.as_fd()) == Some(file.identity)
            });
            match returned {
                Some((_, other)) => put_back(&file, other),
                None => missing.push(file.description),
            }
        }
        for lock in self.locks {
            if !lock.set() {
                missing.push(format!("the lock on {}", path_of(lock.number)));
            }
        }
        missing
    }
}

fn put_back(file: &File, other: &OwnedFd) {
    // SAFETY: the number was kept taken for this very file.
    unsafe {
        libc::dup2(other.as_raw_fd(), file.number);
        libc::fcntl(file.number, libc::F_SETFD, file.flags.bits());
    }
}

impl Lock {
    fn set(&self) -> bool {
        let lock = libc::flock {
            l_type: self.kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: self.from,
            l_len: self.length,
            l_pid: 0,
        };
        // SAFETY: asking for a lock changes nothing in this process; a number that is not
        // open makes it fail.
        let file = unsafe { BorrowedFd::borrow_raw(self.number) };
        fcntl(file, FcntlArg::F_SETLK(&lock)).is_ok()
    }
}

/// The numbers of all open files.
fn numbers() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    let numbers = entries.flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let numbers: Vec<RawFd> = numbers.collect();
    // Without the one by which the directory was read.
    // SAFETY: asking for flags changes nothing.
    let is_open = |number: &RawFd| unsafe { libc::fcntl(*number, libc::F_GETFD) } >= 0;
    numbers.into_iter().filter(is_open).collect()
}

/// A file of those kinds that are let go of; `None` for others.
fn look_at(number: RawFd) -> Option<File> {
    // SAFETY: looking at what a number stands for changes nothing, even if it is closed.
    let file = unsafe { BorrowedFd::borrow_raw(number) };
    let stat = fstat(file).ok()?;
    let description = match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFIFO => "a pipe".to_owned(),
        SFlag::S_IFSOCK => describe_socket(file),
        SFlag::S_IFCHR if nix::unistd::isatty(file).unwrap_or(false) => "a terminal".to_owned(),
        SFlag::S_IFREG if is_locked(number) => format!("the lock on {}", path_of(number)),
        _ => return None,
    };
    let flags = fcntl(file, FcntlArg::F_GETFD).map_or(FdFlag::FD_CLOEXEC, |flags| {
        FdFlag::from_bits_truncate(flags)
    });
    Some(File {
        number,
        identity: (stat.st_dev, stat.st_ino),
        flags,
        description,
    })
}

fn identity(file: BorrowedFd<'_>) -> Option<Identity> {
    fstat(file).ok().map(|stat| (stat.st_dev, stat.st_ino))
}

fn describe_socket(socket: BorrowedFd<'_>) -> String {
    // Any socket with an address of the Internet can be asked for it in this way.
    let copy = socket.try_clone_to_owned().map(std::net::TcpListener::from);
    let Ok(address) = copy.and_then(|copy| copy.local_addr()) else {
        return "a local socket".into();
    };
    let listens = getsockopt(&socket, AcceptConn).unwrap_or(false);
    match (getsockopt(&socket, TypeOfSocket), listens) {
        (_, true) => format!("the listener on {address}"),
        (Ok(SockType::Datagram), _) => format!("the UDP socket on {address}"),
        _ => format!("the connection from {address}"),
    }
}

/// True if a file has a lock that belongs to whoever holds it open.
fn is_locked(number: RawFd) -> bool {
    let lines = lines_of_locks("self", number);
    lines.iter().any(|line| !line.contains(" POSIX "))
}

/// The locks of a process.
fn locks_of(process: i32) -> Vec<Lock> {
    let of_file = |number: RawFd| {
        lines_of_locks(&process.to_string(), number)
            .into_iter()
            .filter_map(move |line| lock(number, &line))
    };
    let files = numbers().into_iter();
    // Only files have them, and looking for them takes longer.
    let files = files.filter(|number| {
        // SAFETY: as above.
        let file = unsafe { BorrowedFd::borrow_raw(*number) };
        let is_file = |mode| mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits();
        fstat(file).is_ok_and(|stat| is_file(stat.st_mode))
    });
    files.flat_map(of_file).collect()
}

fn lines_of_locks(process: &str, number: RawFd) -> Vec<String> {
    let path = format!("/proc/{process}/fdinfo/{number}");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| line.starts_with("lock:"));
    lines.map(str::to_owned).collect()
}

/// Reads `lock: 1: POSIX  ADVISORY  WRITE 4711 08:01:131 0 EOF`.
fn lock(number: RawFd, line: &str) -> Option<Lock> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["lock:", _, "POSIX", _, access, _, _, from, to] = words[..] else {
        return None;
    };
    let from: i64 = from.parse().ok()?;
    let length = match to {
        "EOF" => 0,
        to => to.parse::<i64>().ok()? - from + 1,
    };
    let kind = match access {
        "READ" => libc::F_RDLCK,
        _ => libc::F_WRLCK,
    };
    Some(Lock {
        number,
        kind,
        from,
        length,
    })
}

fn path_of(number: RawFd) -> String {
    let path = std::fs::read_link(format!("/proc/self/fd/{number}"));
    path.unwrap_or_else(|_| PathBuf::from("a file"))
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_read_as_the_system_writes_them() {
        let read = |line| lock(7, line).map(|lock| (lock.kind, lock.from, lock.length));
        let whole = "lock:\t1: POSIX  ADVISORY  WRITE 4711 08:01:131 0 EOF";
        assert_eq!(read(whole), Some((libc::F_WRLCK, 0, 0)));
        let part = "lock:\t2: POSIX  ADVISORY  READ 4711 08:01:131 10 19";
        assert_eq!(read(part), Some((libc::F_RDLCK, 10, 10)));
        assert_eq!(
            read("lock:\t1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF"),
            None
        );
    }

    #[test]
    fn kinds_of_files_are_told_apart() {
        let describe = |file: BorrowedFd<'_>| look_at(file.as_raw_fd()).map(|it| it.description);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let expected = format!("the listener on {address}");
        assert_eq!(describe(listener.as_fd()), Some(expected));
        let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(describe(ours.as_fd()).as_deref(), Some("a local socket"));
        let (read, _write) = nix::unistd::pipe().unwrap();
        assert_eq!(describe(read.as_fd()).as_deref(), Some("a pipe"));
        let file = tempfile::tempfile().unwrap();
        assert_eq!(describe(file.as_fd()), None);
        file.lock().unwrap();
        assert!(describe(file.as_fd()).is_some_and(|text| text.starts_with("the lock on")));
    }
}
