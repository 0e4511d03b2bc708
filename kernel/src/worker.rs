//! The worker: the process in which cells run.
//!
//! evcxr starts it and tells it on stdin which shared object to load and which
//! function to call; the answers go back on the stdout it was started with. The
//! user's own stdin, stdout and stderr are other files: what a cell prints can
//! be any bytes and never meets the protocol. What a cell shows, and how it
//! ends, goes through the port of the runtime to a socket of the kernel.

pub(crate) mod streams;

use crate::session::short_path;
use crate::toolchain::environment::{self, Layout};
use hx_port::{Attach, CellBoundary, FromCell, Host, Interrupt};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Where the runtime's messages and the answers to evcxr go. The runtime calls
/// back through a plain C function, which has nowhere else to look.
static LINES: OnceLock<Mutex<Lines>> = OnceLock::new();

struct Lines {
    /// To evcxr, line by line.
    protocol: File,
    /// To the kernel, frame by frame.
    control: UnixStream,
}

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
    streams::redirect(layout.directory())?;
    let runtime = Runtime::load(&layout.runtime())?;
    let _ = LINES.set(Mutex::new(Lines { protocol, control }));
    // SAFETY: no cell has run yet, so this is the only thread.
    unsafe { environment::leave() };
    (runtime.attach)(Host { send });
    listen_to_interrupts(runtime.interrupt)?;

    let mut cells = Vec::new();
    // evcxr's variable store: whatever the last cell returned.
    let mut store = std::ptr::null_mut();
    for line in BufReader::new(commands).lines() {
        let line = line?;
        let Some((path, function)) = line
            .strip_prefix("LOAD_AND_RUN ")
            .and_then(|rest| rest.rsplit_once(' '))
        else {
            return Err(io::Error::other(format!("unknown command {line:?}")));
        };
        // Never unloaded: variables hold pointers into the code of earlier cells.
        cells.push(runtime.run_cell(Path::new(path), function, &mut store)?);
        say("EVCXR_EXECUTION_COMPLETE");
    }
    Ok(())
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

/// The functions of the runtime that the worker calls.
struct Runtime {
    attach: Attach,
    interrupt: Interrupt,
    begin: CellBoundary,
    end: CellBoundary,
}

/// Signature of the function evcxr generates for a cell: it takes and returns the variable store.
type CellFunction = extern "C" fn(*mut c_void) -> *mut c_void;

impl Runtime {
    /// Loads the standard library and the runtime so that all cells share them.
    fn load(directory: &Path) -> io::Result<Runtime> {
        if let Some(standard) = std::env::var_os(environment::STANDARD_LIBRARY) {
            let _stays = load_for_all(Path::new(&standard))?.into_raw();
        }
        let library = load_for_all(&directory.join("libpynn.so"))?;
        // SAFETY: the symbols are exported by the runtime with the types `hx_port`
        // declares for both sides; runtime and kernel come from one source tree.
        let functions = unsafe {
            Runtime {
                attach: *library
                    .get::<Attach>(hx_port::ATTACH_SYMBOL.as_bytes())
                    .map_err(io::Error::other)?,
                interrupt: *library
                    .get::<Interrupt>(hx_port::INTERRUPT_SYMBOL.as_bytes())
                    .map_err(io::Error::other)?,
                begin: *library
                    .get::<CellBoundary>(hx_port::BEGIN_SYMBOL.as_bytes())
                    .map_err(io::Error::other)?,
                end: *library
                    .get::<CellBoundary>(hx_port::END_SYMBOL.as_bytes())
                    .map_err(io::Error::other)?,
            }
        };
        // Dropping a library unloads it.
        let _stays = library.into_raw();
        Ok(functions)
    }

    fn run_cell(
        &self,
        path: &Path,
        function: &str,
        store: &mut *mut c_void,
    ) -> io::Result<Library> {
        let library = load(path, RTLD_NOW)?;
        // SAFETY: evcxr generated the function with this signature, and the store
        // is what the cell before returned.
        let run = unsafe {
            *library
                .get::<CellFunction>(function.as_bytes())
                .map_err(io::Error::other)?
        };
        (self.interrupt)(false);
        (self.begin)();
        *store = run(*store);
        (self.end)();
        Ok(library)
    }
}

fn load_for_all(path: &Path) -> io::Result<Library> {
    load(path, RTLD_NOW | RTLD_GLOBAL)
}

fn load(path: &Path, flags: i32) -> io::Result<Library> {
    // SAFETY: loading runs the library's initialisers; these are Rust libraries
    // this installation built, or cells the user asked to run.
    unsafe { Library::open(Some(path), flags) }.map_err(|error| {
        // The loader's own sentence is the source of libloading's error.
        let said = std::error::Error::source(&error).map(ToString::to_string);
        io::Error::other(said.unwrap_or_else(|| error.to_string()))
    })
}

/// Called by the runtime: one message as JSON.
extern "C" fn send(json: *const u8, length: usize) {
    // SAFETY: the runtime passes a live UTF-8 buffer of this length.
    let json = unsafe { std::slice::from_raw_parts(json, length) };
    match serde_json::from_slice(json) {
        // The three things evcxr keeps books about.
        Ok(FromCell::Panicked(_)) => say("EVCXR_PANIC_NOTIFICATION"),
        Ok(FromCell::Failed { early: true, .. }) => say("EVCXR_ERROR_OCCURRED"),
        Ok(FromCell::VariableLost { name }) => say(&format!("EVCXR_VARIABLE_CHANGED_TYPE:{name}")),
        _ => {}
    }
    let mut lines = lines();
    let frame_length = u32::try_from(json.len()).expect("a message is smaller than 4 GiB");
    let mut acknowledged = [0];
    let exchanged = lines
        .control
        .write_all(&frame_length.to_le_bytes())
        .and_then(|()| lines.control.write_all(json))
        .and_then(|()| lines.control.read_exact(&mut acknowledged));
    if exchanged.is_err() {
        // The kernel is gone, and with it everybody who could be told.
        std::process::exit(1);
    }
}

/// One line to evcxr.
fn say(line: &str) {
    if writeln!(lines().protocol, "{line}").is_err() {
        std::process::exit(1);
    }
}

fn lines() -> std::sync::MutexGuard<'static, Lines> {
    LINES
        .get()
        .expect("set before the first cell")
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
