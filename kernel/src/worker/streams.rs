//! The user's stdin, stdout and stderr.
//!
//! Two pipes alone lose the order in which a program wrote to one and the other.
//! So this binary defines `write` and `writev` itself: the dynamic loader gives
//! the standard library and the runtime, which live in shared objects, these
//! instead of libc's. What goes to the user's stdout or stderr is framed onto one
//! pipe, in order; everything else is handed on to the system. Programs the user
//! starts, and code that calls the system directly, write to the two plain pipes,
//! which the kernel reads as well.
//!
//! In the same way `read` of the user's stdin asks the person at the notebook. Behind
//! it is `/dev/null`, which is what programs the user starts read.

use super::fork_safe_mutex::ForkSafeMutex;
use super::message::NoLine;
use super::port;
use crate::toolchain::environment::Layout;
use hx_port::CellBoundary;
use nix::errno::Errno;
use std::ffi::{c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::OnceLock;

/// A frame is written by one system call, which is atomic up to this size
/// (POSIX's PIPE_BUF on Linux), whatever other threads write.
const LARGEST_FRAME: usize = 4096;
/// A byte for the stream, two for the length of the text.
pub(crate) const HEADER: usize = 3;

/// The pipe for ordered output, and which files it stands for.
struct Ordered {
    pipe: OwnedFd,
    /// Inodes of the plain pipes behind stdout and stderr. A program may point
    /// its stdout elsewhere; then its output goes there.
    inodes: [u64; 2],
}

static ORDERED: OnceLock<Ordered> = OnceLock::new();

/// The user's stdin.
struct Input {
    /// The device behind it. A program may point its stdin elsewhere.
    device: u64,
    /// Writes out what the user has printed: the question is part of it.
    flush: CellBoundary,
}

static INPUT: OnceLock<Input> = OnceLock::new();
/// Unread rest of the last line.
static REST: ForkSafeMutex<Vec<u8>> = ForkSafeMutex::new();
/// The session's stdin, stdout and stderr, for the case that a cell closes its own.
static KEPT: OnceLock<[OwnedFd; 3]> = OnceLock::new();
/// Character a terminal sends at the end of input.
const END_OF_INPUT: &str = "\u{4}";

/// Points the process's standard streams at the session's. `flush` writes out what
/// the user's own standard library holds of stdout.
pub(crate) fn redirect(session: &Path, flush: CellBoundary) -> io::Result<()> {
    let open = |name| OpenOptions::new().write(true).open(session.join(name));
    let (stdout, stderr) = (open(Layout::STDOUT)?, open(Layout::STDERR)?);
    let inodes = [stdout.metadata()?.ino(), stderr.metadata()?.ino()];
    let nothing = File::open("/dev/null")?;
    let _ = INPUT.set(Input {
        device: nothing.metadata()?.rdev(),
        flush,
    });
    nix::unistd::dup2_stdin(&nothing)?;
    nix::unistd::dup2_stdout(&stdout)?;
    nix::unistd::dup2_stderr(&stderr)?;
    let _ = KEPT.set([nothing.into(), stdout.into(), stderr.into()]);
    renew();
    let _ = ORDERED.set(Ordered {
        pipe: open(Layout::OUTPUT)?.into(),
        inodes,
    });
    Ok(())
}

/// In a process that goes on as a copy of another: a line that was being read is lost.
pub(crate) fn renew() {
    REST.renew(Vec::new());
}

/// The files behind what a cell may close: what it prints goes there.
pub(crate) fn files<'a>() -> impl Iterator<Item = BorrowedFd<'a>> {
    let kept = KEPT.get().into_iter().flatten();
    let ordered = ORDERED.get().map(|ordered| &ordered.pipe);
    kept.chain(ordered).map(OwnedFd::as_fd)
}

/// Opens again what a cell has closed. What it has pointed elsewhere stays there.
pub(crate) fn mend() {
    let Some([stdin, stdout, stderr]) = KEPT.get() else {
        return;
    };
    // SAFETY: asking for a descriptor's flags changes nothing.
    let is_closed = |descriptor| unsafe { nix::libc::fcntl(descriptor, nix::libc::F_GETFD) } < 0;
    if is_closed(0) {
        let _ = nix::unistd::dup2_stdin(stdin);
    }
    if is_closed(1) {
        let _ = nix::unistd::dup2_stdout(stdout);
    }
    if is_closed(2) {
        let _ = nix::unistd::dup2_stderr(stderr);
    }
}

impl Ordered {
    /// True if a file descriptor is still the stream it was.
    fn stands_for(&self, descriptor: c_int) -> bool {
        // SAFETY: `stat` is plain data that `fstat` fills in.
        unsafe {
            let mut stat: nix::libc::stat = std::mem::zeroed();
            nix::libc::fstat(descriptor, &raw mut stat) == 0
                && stat.st_ino == self.inodes[descriptor as usize - 1]
        }
    }

    /// Writes some of the bytes; how many, or -1 with `errno` set.
    fn write(&self, descriptor: c_int, bytes: &[u8]) -> isize {
        let mut written = 0;
        for piece in bytes.chunks(LARGEST_FRAME - HEADER) {
            let mut frame = [0; LARGEST_FRAME];
            let length = (piece.len() as u16).to_le_bytes();
            frame[..HEADER].copy_from_slice(&[descriptor as u8, length[0], length[1]]);
            frame[HEADER..HEADER + piece.len()].copy_from_slice(piece);
            let size = HEADER + piece.len();
            // SAFETY: the buffer is live and of that size.
            let result =
                unsafe { system_write(self.pipe.as_raw_fd(), frame.as_ptr().cast(), size) };
            if result < 0 {
                return if written > 0 { written } else { result };
            }
            written += piece.len() as isize;
        }
        written
    }
}

/// The stream a descriptor stands for, if output to it is to be ordered.
fn ordered(descriptor: c_int) -> Option<&'static Ordered> {
    if descriptor != 1 && descriptor != 2 {
        return None;
    }
    ORDERED
        .get()
        .filter(|ordered| ordered.stands_for(descriptor))
}

impl Input {
    fn stands_for_stdin(&self) -> bool {
        // SAFETY: `stat` is plain data that `fstat` fills in.
        unsafe {
            let mut stat: nix::libc::stat = std::mem::zeroed();
            nix::libc::fstat(0, &raw mut stat) == 0 && stat.st_rdev == self.device
        }
    }

    /// Reads a line, or of one as much as there is room for.
    fn read(&self, buffer: &mut [u8]) -> isize {
        let Some(mut rest) = REST.lock() else {
            return 0;
        };
        if rest.is_empty() {
            (self.flush)();
            match port::ask() {
                Ok(line) if line == END_OF_INPUT => return 0,
                Ok(line) => rest.extend(line.bytes().chain([b'\n'])),
                Err(reason) => {
                    errno(reason).set();
                    return -1;
                }
            }
        }
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        rest.drain(..length);
        length as isize
    }
}

/// The nearest the system's own errors come to why there is no line.
fn errno(reason: NoLine) -> Errno {
    match reason {
        NoLine::NotSupported => Errno::EOPNOTSUPP,
        NoLine::Interrupted => Errno::ECANCELED,
        NoLine::Unreachable => Errno::ENOTCONN,
    }
}

/// Takes the place of libc's `read` for the whole process.
///
/// # Safety
/// As `read(2)`: `buffer` points to `count` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(descriptor: c_int, buffer: *mut c_void, count: usize) -> isize {
    let input = (descriptor == 0).then(|| INPUT.get()).flatten();
    match input.filter(|input| input.stands_for_stdin()) {
        Some(input) if count > 0 && !buffer.is_null() => {
            // SAFETY: by this function's own condition.
            let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), count) };
            input.read(bytes)
        }
        // SAFETY: by this function's own condition.
        _ => unsafe { nix::libc::syscall(nix::libc::SYS_read, descriptor, buffer, count) as isize },
    }
}

/// libc's `write`, without going through the symbol defined below.
///
/// # Safety
/// As `write(2)`: `buffer` points to `count` readable bytes.
unsafe fn system_write(descriptor: c_int, buffer: *const c_void, count: usize) -> isize {
    // SAFETY: by this function's own condition.
    unsafe { nix::libc::syscall(nix::libc::SYS_write, descriptor, buffer, count) as isize }
}

/// Takes the place of libc's `write` for the whole process.
///
/// # Safety
/// As `write(2)`: `buffer` points to `count` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, buffer: *const c_void, count: usize) -> isize {
    match ordered(descriptor) {
        Some(ordered) if count > 0 && !buffer.is_null() => {
            // SAFETY: by this function's own condition.
            let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), count) };
            ordered.write(descriptor, bytes)
        }
        // SAFETY: by this function's own condition.
        _ => unsafe { system_write(descriptor, buffer, count) },
    }
}

/// Takes the place of libc's `writev` for the whole process.
///
/// # Safety
/// As `writev(2)`: `pieces` points to `count` valid pieces.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(
    descriptor: c_int,
    pieces: *const nix::libc::iovec,
    count: c_int,
) -> isize {
    let Some(ordered) = ordered(descriptor) else {
        // SAFETY: by this function's own condition.
        return unsafe {
            nix::libc::syscall(nix::libc::SYS_writev, descriptor, pieces, count) as isize
        };
    };
    let mut written = 0;
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: by this function's own condition.
        let piece = unsafe { &*pieces.add(index) };
        if piece.iov_len == 0 {
            continue;
        }
        // SAFETY: as above.
        let bytes =
            unsafe { std::slice::from_raw_parts(piece.iov_base.cast::<u8>(), piece.iov_len) };
        let result = ordered.write(descriptor, bytes);
        if result < 0 {
            return if written > 0 { written } else { result };
        }
        written += result;
        if result as usize != bytes.len() {
            break;
        }
    }
    written
}
