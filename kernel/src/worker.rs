//! The worker: the process in which cells run.
//!
//! evcxr starts it and tells it on stdin which shared object to load and which
//! function to call; the answers go back on the stdout it was started with. The
//! user's own stdin, stdout and stderr are other files: what a cell prints can
//! be any bytes and never meets the protocol. What a cell shows, and how it
//! ends, goes through the port of the runtime to a socket of the kernel.

pub(crate) mod message;
mod port;
mod runtime;
pub(crate) mod streams;

use crate::session::short_path;
use crate::toolchain::environment::{self, Layout};
use hx_port::{Host, Interrupt};
use message::{Frame, FromWorker};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use runtime::Runtime;
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// How much is read at once.
const READ_SIZE: usize = 64 * 1024;

/// Runs until evcxr closes the protocol's stdin.
///
/// # Errors
/// If the session's files or the runtime are not there. The stderr the worker
/// was started with hears of it, since by then the usual one is the user's.
pub(crate) fn run() -> io::Result<()> {
    let mut stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let outcome = serve();
    if let Err(error) = &outcome {
        let _ = writeln!(stderr, "the worker cannot go on: {error}");
    }
    outcome
}

fn serve() -> io::Result<()> {
    // When the kernel is killed, nobody is left to tell.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    let commands = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let protocol = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let layout = Layout::of_this_session()?;
    let (_open, short) = short_path(layout.directory())?;
    let control = UnixStream::connect(short.join(Layout::CONTROL))?;
    let deliveries = UnixStream::connect(short.join(Layout::DELIVERIES))?;
    let runtime = Runtime::load(&layout.runtime())?;
    streams::redirect(layout.directory(), runtime.flush)?;
    port::open(protocol, control);
    // SAFETY: no cell has run yet, so this is the only thread.
    unsafe { environment::leave() };
    (runtime.attach)(Host { send: port::send });
    listen_to_interrupts(runtime.interrupt)?;
    let mut worker = Worker {
        runtime,
        store: std::ptr::null_mut(),
        cells: Vec::new(),
    };
    worker.work(commands, deliveries)
}

/// SIGINT only raises a flag, which long calls of the runtime look at.
fn listen_to_interrupts(interrupt: Interrupt) -> io::Result<()> {
    // SAFETY: the handler calls one function of the runtime that stores to an
    // atomic, which is async-signal-safe.
    unsafe {
        signal_hook::low_level::register(signal_hook::consts::SIGINT, move || interrupt(true))
    }?;
    Ok(())
}

struct Worker {
    runtime: Runtime,
    /// evcxr's variable store: whatever the last cell returned.
    store: *mut c_void,
    /// Never unloaded: variables hold pointers into the code of earlier cells.
    cells: Vec<libloading::os::unix::Library>,
}

impl Worker {
    /// Does what evcxr commands and the kernel delivers, one after the other.
    fn work(&mut self, mut commands: File, mut deliveries: UnixStream) -> io::Result<()> {
        let (mut commanded, mut delivered) = (Vec::new(), Vec::new());
        loop {
            let mut waited = [
                PollFd::new(commands.as_fd(), PollFlags::POLLIN),
                PollFd::new(deliveries.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut waited, PollTimeout::NONE) {
                Err(nix::errno::Errno::EINTR) => continue,
                result => result?,
            };
            let [has_command, has_delivery] = waited.map(|one| one.any().unwrap_or(true));
            if has_delivery && read_some(&mut deliveries, &mut delivered)? {
                while let Some(frame) = Frame::take(&mut delivered) {
                    let taken = self.runtime.deliver(&frame.json, &frame.buffers);
                    port::tell(&FromWorker::Delivered { taken });
                }
            }
            if has_command {
                if !read_some(&mut commands, &mut commanded)? {
                    return Ok(());
                }
                while let Some(end) = commanded.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = commanded.drain(..=end).collect();
                    self.obey(String::from_utf8_lossy(&line[..end]).as_ref())?;
                }
            }
        }
    }

    /// Does what a line of evcxr says.
    fn obey(&mut self, line: &str) -> io::Result<()> {
        let Some((path, function)) = line
            .strip_prefix("LOAD_AND_RUN ")
            .and_then(|rest| rest.rsplit_once(' '))
        else {
            return Err(io::Error::other(format!("unknown command {line:?}")));
        };
        let (store, library) = self
            .runtime
            .run_cell(Path::new(path), function, self.store)?;
        self.store = store;
        self.cells.push(library);
        port::say("EVCXR_EXECUTION_COMPLETE");
        Ok(())
    }
}

/// Reads what is there; `false` when there will never be anything any more.
fn read_some(from: &mut impl Read, received: &mut Vec<u8>) -> io::Result<bool> {
    let before = received.len();
    received.resize(before + READ_SIZE, 0);
    let outcome = loop {
        match from.read(&mut received[before..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => break outcome,
        }
    };
    received.truncate(before + outcome.as_ref().copied().unwrap_or(0));
    outcome.map(|length| length > 0)
}
