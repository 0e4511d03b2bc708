//! The runtime as the worker sees it: a shared library and the functions it exports.

use crate::toolchain::environment;
use hx_port::{Attach, Bytes, CellBoundary, Deliver, FfiMessage, HoldStill, Interrupt, Variables};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use std::collections::HashSet;
use std::ffi::c_void;
use std::io;
use std::path::Path;

/// The functions of the runtime that the worker calls.
pub(crate) struct Runtime {
    pub(crate) attach: Attach,
    pub(crate) interrupt: Interrupt,
    pub(crate) flush: CellBoundary,
    pub(crate) threads_are_gone: CellBoundary,
    pub(crate) unwinds: CellBoundary,
    begin: CellBoundary,
    end: CellBoundary,
    deliver: Deliver,
    hold_still: HoldStill,
    variables: Variables,
}

/// Signature of the function evcxr generates for a cell: it takes and returns the variable store.
type CellFunction = extern "C" fn(*mut c_void) -> *mut c_void;

impl Runtime {
    /// Loads the standard library and the runtime so that all cells share them.
    pub(crate) fn load(directory: &Path) -> io::Result<Runtime> {
        if let Some(standard) = std::env::var_os(environment::STANDARD_LIBRARY) {
            let _stays = load_for_all(Path::new(&standard))?.into_raw();
        }
        let library = load_for_all(&directory.join("libpynn.so"))?;
        // SAFETY: the symbols are exported by the runtime with the types `hx_port`
        // declares for both sides; runtime and kernel come from one source tree.
        let functions = unsafe {
            Runtime {
                attach: *symbol::<Attach>(&library, hx_port::ATTACH_SYMBOL)?,
                interrupt: *symbol::<Interrupt>(&library, hx_port::INTERRUPT_SYMBOL)?,
                flush: *symbol::<CellBoundary>(&library, hx_port::FLUSH_SYMBOL)?,
                threads_are_gone: *symbol::<CellBoundary>(
                    &library,
                    hx_port::THREADS_ARE_GONE_SYMBOL,
                )?,
                unwinds: *symbol::<CellBoundary>(&library, hx_port::UNWINDS_SYMBOL)?,
                begin: *symbol::<CellBoundary>(&library, hx_port::BEGIN_SYMBOL)?,
                end: *symbol::<CellBoundary>(&library, hx_port::END_SYMBOL)?,
                deliver: *symbol::<Deliver>(&library, hx_port::DELIVER_SYMBOL)?,
                hold_still: *symbol::<HoldStill>(&library, hx_port::HOLD_STILL_SYMBOL)?,
                variables: *symbol::<Variables>(&library, hx_port::VARIABLES_SYMBOL)?,
            }
        };
        // Dropping a library unloads it.
        let _stays = library.into_raw();
        Ok(functions)
    }

    /// Runs a compiled cell: takes and returns evcxr's variable store. The library
    /// must stay loaded as long as variables live.
    pub(crate) fn run_cell(
        &self,
        path: &Path,
        function: &str,
        store: *mut c_void,
    ) -> io::Result<(*mut c_void, Library)> {
        // For all: later cells use its statics.
        let library = load_for_all(path)?;
        // SAFETY: evcxr generated the function with this signature, and the store
        // is what the cell before returned.
        let run = unsafe { *symbol::<CellFunction>(&library, function)? };
        (self.interrupt)(false);
        (self.begin)();
        let store = run(store);
        (self.end)();
        Ok((store, library))
    }

    /// Hands in a message of the front end; `false` if nobody answers to it.
    pub(crate) fn deliver(&self, json: &[u8], buffers: &[Vec<u8>]) -> bool {
        let buffers: Vec<Bytes> = buffers.iter().map(|buffer| Bytes::lend(buffer)).collect();
        (self.interrupt)(false);
        (self.begin)();
        let taken = (self.deliver)(FfiMessage::lend(json, &buffers));
        (self.end)();
        taken
    }

    /// Calls `act` while no thread holds the locks of stdout and stderr; `false` if one keeps
    /// them.
    pub(crate) fn hold_still(&self, act: &mut dyn FnMut()) -> bool {
        extern "C" fn call(context: *mut c_void) {
            // SAFETY: the pointer below, during the call below.
            let act = unsafe { &mut *context.cast::<&mut dyn FnMut()>() };
            act();
        }
        let mut act = act;
        (self.hold_still)(call, (&raw mut act).cast())
    }

    /// The names of the variables in a store.
    pub(crate) fn variables(&self, store: *const c_void) -> HashSet<String> {
        extern "C" fn visit(context: *mut c_void, name: Bytes) {
            // SAFETY: the pointer below, during the call below; the name is lent for this call.
            let (names, name) = unsafe { (&mut *context.cast::<HashSet<String>>(), name.borrow()) };
            names.insert(String::from_utf8_lossy(name).into_owned());
        }
        let mut names = HashSet::new();
        (self.variables)(store, visit, (&raw mut names).cast());
        names
    }
}

/// # Safety
/// The symbol is of type `T`.
unsafe fn symbol<T>(library: &Library, name: &str) -> io::Result<libloading::os::unix::Symbol<T>> {
    // SAFETY: by this function's own condition.
    unsafe { library.get::<T>(name.as_bytes()) }.map_err(io::Error::other)
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
