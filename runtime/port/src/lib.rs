//! The one small port through which the runtime speaks to whoever hosts it.
//!
//! The runtime (`pynn`) is a shared library with a Rust standard library of its
//! own; the kernel's worker that loads it is a program with another one. What
//! passes between them is therefore plain C: a few functions, JSON text, and
//! binary data beside it. This crate is compiled into both sides, so that the
//! shape of that text is written down once.
//!
//! The runtime without a host (a cargo program, a test) never sends anything.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ffi::c_void;

/// Begins the name of a module that holds a definition which was changed in the session: a
/// fingerprint of the definition follows. The host makes such modules, and names of types
/// are shown without them.
pub const REDEFINED: &str = "redefined_";

/// One thing to show, in as many formats as its author knows: MIME type to data.
/// Text formats (SVG, HTML, …) are strings, binary ones (PNG) base64 strings,
/// `application/json` any JSON value.
pub type MimeBundle = Map<String, Value>;

/// What a cell says while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FromCell {
    /// Show this now; a second message with the same `display_id` and
    /// `update: true` replaces it in place.
    Display {
        /// The formats.
        data: MimeBundle,
        /// Per-format metadata, such as the logical size of a PNG.
        metadata: MimeBundle,
        /// Name under which the display can be updated.
        display_id: Option<String>,
        /// Whether this replaces earlier displays of the same name.
        update: bool,
    },
    /// The value of the cell's last expression.
    Value {
        /// The formats.
        data: MimeBundle,
        /// Per-format metadata.
        metadata: MimeBundle,
    },
    /// Empty the cell's output, at once or when the next output comes.
    ClearOutput {
        /// Wait for the next output.
        wait: bool,
    },
    /// The cell ends with an error value: through `?` or as its last expression.
    Failed {
        /// What went wrong.
        failure: Failure,
        /// Whether the cell returned early, so that its new variables do not exist.
        early: bool,
    },
    /// The cell panicked.
    Panicked(Failure),
    /// A variable was lost because its type was redefined.
    VariableLost {
        /// The variable's name.
        name: String,
    },
    /// The next line read from stdin is the answer to a question.
    Question {
        /// What is asked.
        prompt: String,
        /// Whether the answer is hidden while it is typed.
        password: bool,
    },
    /// Whether a run that has stopped as it was asked to is storing what it recorded, which
    /// takes a while if it is much.
    Storing {
        /// Whether it has begun, or ended.
        on: bool,
    },
    /// Something said on a comm. Its binary data come beside the text.
    Comm(CommMessage),
}

/// A message on a comm: a channel between an object in a cell's process and one in the
/// front end. The same in both directions; binary data come beside the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommMessage {
    /// The comm's name, unique in the session.
    pub id: String,
    /// What happens to the comm.
    pub event: CommEvent,
    /// What is said, any JSON value.
    pub data: Value,
    /// Beside the data; widgets put their protocol's version there.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// What happens to a comm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommEvent {
    /// It is opened, for whoever answers to the name `target` at the other end.
    Open {
        /// Who is meant.
        target: String,
    },
    /// Something is said on it.
    Message,
    /// It is closed.
    Close,
}

/// Why a cell failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error's own name, such as `ParameterOutOfRange` or `Panic`.
    pub name: String,
    /// A sentence that says what was wrong and what to do.
    pub message: String,
    /// Where in the compiled source it happened, if that is known.
    pub location: Option<Location>,
    /// The calls that led there, the innermost first: those in compiled cells.
    pub calls: Vec<Location>,
}

/// A place in compiled source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The source file as the compiler was given it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// Bytes of the caller, valid during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    /// The first byte; not null, even if there are none.
    pub start: *const u8,
    /// How many.
    pub length: usize,
}

impl Bytes {
    /// Lends a slice for a call.
    pub fn lend(bytes: &[u8]) -> Bytes {
        Bytes {
            start: bytes.as_ptr(),
            length: bytes.len(),
        }
    }

    /// The bytes.
    ///
    /// # Safety
    /// The lender's slice is still alive.
    pub unsafe fn borrow<'a>(self) -> &'a [u8] {
        // SAFETY: made from a slice, which by this function's condition is alive.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Text and the binary data beside it, valid during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Parcel {
    /// A message as JSON text.
    pub json: Bytes,
    /// The binary data.
    pub buffers: *const Bytes,
    /// How many there are.
    pub count: usize,
}

impl Parcel {
    /// Lends a message for a call.
    pub fn lend(json: &[u8], buffers: &[Bytes]) -> Parcel {
        Parcel {
            json: Bytes::lend(json),
            buffers: buffers.as_ptr(),
            count: buffers.len(),
        }
    }

    /// The text and the binary data.
    ///
    /// # Safety
    /// The lender's slices are still alive.
    pub unsafe fn borrow<'a>(self) -> (&'a [u8], Vec<&'a [u8]>) {
        // SAFETY: made from slices, which by this function's condition are alive.
        unsafe {
            let buffers = std::slice::from_raw_parts(self.buffers, self.count);
            let buffers = buffers.iter().map(|buffer| buffer.borrow()).collect();
            (self.json.borrow(), buffers)
        }
    }
}

/// What a host gives to the runtime it loads.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Takes one [`FromCell`] and returns when it has been dealt with, so that
    /// what a cell prints afterwards comes afterwards.
    pub send: extern "C" fn(message: Parcel),
}

/// Signature of the symbol [`ATTACH_SYMBOL`] which a runtime exports.
pub type Attach = extern "C" fn(host: Host);
/// Name of the function a host calls once after loading the runtime.
pub const ATTACH_SYMBOL: &str = "pynn_attach";

/// Signature of the symbol [`INTERRUPT_SYMBOL`] which a runtime exports.
pub type Interrupt = extern "C" fn(on: bool);
/// Name of the function that raises (`true`) or clears (`false`) the wish to
/// stop; async-signal-safe. Long-running calls of the runtime look at it.
pub const INTERRUPT_SYMBOL: &str = "pynn_interrupt";

/// Signature of the symbols [`BEGIN_SYMBOL`], [`END_SYMBOL`] and [`FLUSH_SYMBOL`].
pub type CellBoundary = extern "C" fn();
/// Name of the function a host calls before a cell runs.
pub const BEGIN_SYMBOL: &str = "pynn_cell_begins";
/// Name of the function a host calls after a cell has run, however it ended.
pub const END_SYMBOL: &str = "pynn_cell_ends";
/// Name of the function that writes out what the standard library still holds of
/// the user's stdout.
pub const FLUSH_SYMBOL: &str = "pynn_flush";

/// Name of the function, a [`CellBoundary`], that a host calls when a thread is about to
/// unwind: with a panic hook of the user's own nothing else knows the place.
pub const UNWINDS_SYMBOL: &str = "pynn_unwinds";

/// Signature of the symbol [`DELIVER_SYMBOL`] which a runtime exports.
pub type Deliver = extern "C" fn(message: Parcel) -> bool;
/// Name of the function a host calls, while no cell runs, with a [`CommMessage`] of the
/// front end. `false`: nobody answers to the target of a comm that was opened.
pub const DELIVER_SYMBOL: &str = "pynn_deliver";

/// Signature of the symbol [`HOLD_STILL_SYMBOL`] which a runtime exports.
pub type HoldStill =
    extern "C" fn(act: extern "C" fn(context: *mut c_void), context: *mut c_void) -> bool;
/// Name of the function that calls `act` while no thread of the user's holds the locks of
/// stdout and stderr, so that a copy of the process made by `act` can use them. `false`,
/// without a call: a thread keeps them.
pub const HOLD_STILL_SYMBOL: &str = "pynn_hold_still";

/// What threads of the runtime's own are called, which are none of the user's.
pub const OWN_THREAD: &str = "pynn-lock";

/// Name of the function, a [`CellBoundary`], that a copy of the process calls when it goes
/// on in the original's place: the threads the user had started are gone.
pub const THREADS_ARE_GONE_SYMBOL: &str = "pynn_threads_are_gone";

/// Signature of the symbol [`VARIABLES_SYMBOL`] which a runtime exports.
pub type Variables = extern "C" fn(
    store: *const c_void,
    visit: extern "C" fn(context: *mut c_void, name: Bytes),
    context: *mut c_void,
);
/// Name of the function that visits the name of every variable in a store, which may be null.
pub const VARIABLES_SYMBOL: &str = "pynn_variables";
