//! The port through which the runtime and its host exchange messages.
//!
//! The runtime (`pynn`) is a shared library with a Rust standard library of its own; the kernel's
//! worker that loads it is a program with another one. Only plain C passes between them: a few
//! functions, JSON text, and binary data beside it. This crate is compiled into both sides, so
//! that the shape of that text is written down once.
//!
//! The runtime without a host (a cargo program, a test) never sends anything.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ffi::c_void;

/// Prefix of the name of a module that holds a definition which was changed in the session.
///
/// A fingerprint of the definition follows. The host makes such modules, and names of types are
/// shown without them.
pub const REDEFINED: &str = "redefined_";

/// Data to show, in one or more formats: MIME type to data.
///
/// Text formats (SVG, HTML, …) are strings, binary ones (PNG) base64 strings, `application/json`
/// any JSON value.
pub type MimeBundle = Map<String, Value>;

/// Event of a cell while it runs, as the runtime sends it to its host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CellEvent {
    /// Data to show now.
    ///
    /// A second message with the same `display_id` and `update: true` replaces them in place.
    Display {
        /// The formats.
        data: MimeBundle,
        /// Per-format metadata, such as the logical size of a PNG.
        metadata: MimeBundle,
        /// Name under which the display can be updated.
        display_id: Option<String>,
        /// Set if this replaces earlier displays of the same name.
        update: bool,
    },
    /// The value of the cell's last expression.
    Value {
        /// The formats.
        data: MimeBundle,
        /// Per-format metadata.
        metadata: MimeBundle,
    },
    /// Request to empty the cell's output, at once or when the next output comes.
    ClearOutput {
        /// Set if the output stays until the next output comes.
        wait: bool,
    },
    /// End of the cell with an error value: through `?` or as its last expression.
    Failed {
        /// Cause of the end.
        failure: Failure,
        /// Set if the cell returned early, so that its new variables do not exist.
        early: bool,
    },
    /// Panic of the cell.
    Panicked(Failure),
    /// Loss of a variable, because its type was redefined.
    VariableLost {
        /// Name of the variable.
        name: String,
    },
    /// Question whose answer is the next line of stdin.
    Question {
        /// Text of the question.
        prompt: String,
        /// Set if the answer is hidden while it is typed.
        password: bool,
    },
    /// Begin or end of the time in which a stopped run stores what it recorded.
    ///
    /// This takes a while if it is much.
    Storing {
        /// Set at the begin, unset at the end.
        on: bool,
    },
    /// Message on a comm. Its binary data come beside the text.
    Comm(CommMessage),
}

/// Message on a comm: a channel between an object in a cell's process and one in the front end.
///
/// It is the same in both directions; binary data come beside the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommMessage {
    /// Name of the comm, unique in the session.
    pub id: String,
    /// Kind of the message.
    pub event: CommEvent,
    /// Data of the message, any JSON value.
    pub data: Value,
    /// Metadata of the message; widgets put their protocol's version there.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// Kind of a message on a comm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommEvent {
    /// Opening of the comm, for the receiver with the name `target` at the other end.
    Open {
        /// Name of the receiver.
        target: String,
    },
    /// Message on the open comm.
    Message,
    /// Closing of the comm.
    Close,
}

/// Failure of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Name of the error, such as `ParameterOutOfRange` or `Panic`.
    pub name: String,
    /// A sentence that says what was wrong and what to do.
    pub message: String,
    /// Place in the compiled source where it happened, if that is known.
    pub location: Option<Location>,
    /// Calls in compiled cells that led there, the innermost first.
    pub calls: Vec<Location>,
}

/// A place in compiled source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Source file as the compiler was given it.
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
    /// Address of the first byte; not null, even if there are none.
    pub start: *const u8,
    /// Number of bytes.
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

    /// Returns the bytes.
    ///
    /// # Safety
    /// The lender's slice is still alive.
    pub unsafe fn borrow<'a>(self) -> &'a [u8] {
        // SAFETY: made from a slice, which by this function's condition is alive.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Message as it passes a C function: text and the binary data beside it, valid during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FfiMessage {
    /// Message as JSON text.
    pub json: Bytes,
    /// Address of the first piece of binary data; not null, even if there are none.
    pub buffers: *const Bytes,
    /// Number of pieces of binary data.
    pub count: usize,
}

impl FfiMessage {
    /// Lends a message for a call.
    pub fn lend(json: &[u8], buffers: &[Bytes]) -> FfiMessage {
        FfiMessage {
            json: Bytes::lend(json),
            buffers: buffers.as_ptr(),
            count: buffers.len(),
        }
    }

    /// Returns the text and the binary data.
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

/// Functions that a host gives to the runtime it loads.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Takes one [`CellEvent`], and returns when it is dealt with.
    ///
    /// So the cell's later output comes later.
    pub send: extern "C" fn(message: FfiMessage),
}

/// Signature of the symbol [`ATTACH_SYMBOL`] which a runtime exports.
pub type Attach = extern "C" fn(host: Host);
/// Name of the function a host calls once after loading the runtime.
pub const ATTACH_SYMBOL: &str = "pynn_attach";

/// Signature of the symbol [`INTERRUPT_SYMBOL`] which a runtime exports.
pub type Interrupt = extern "C" fn(on: bool);
/// Name of the function that raises (`true`) or clears (`false`) the request to stop.
///
/// It is async-signal-safe. Long-running calls of the runtime look at the request.
pub const INTERRUPT_SYMBOL: &str = "pynn_interrupt";

/// Signature of the symbols [`BEGIN_SYMBOL`], [`END_SYMBOL`] and [`FLUSH_SYMBOL`].
pub type CellBoundary = extern "C" fn();
/// Name of the function a host calls before a cell runs.
pub const BEGIN_SYMBOL: &str = "pynn_cell_begins";
/// Name of the function a host calls after a cell has run, however it ended.
pub const END_SYMBOL: &str = "pynn_cell_ends";
/// Name of the function that writes out the rest of the user's stdout in the standard library.
pub const FLUSH_SYMBOL: &str = "pynn_flush";

/// Name of the function, a [`CellBoundary`], that a host calls before a thread unwinds.
///
/// With a panic hook of the user's own nothing else records the place.
pub const UNWINDS_SYMBOL: &str = "pynn_unwinds";

/// Signature of the symbol [`DELIVER_SYMBOL`] which a runtime exports.
pub type Deliver = extern "C" fn(message: FfiMessage) -> bool;
/// Name of the function a host calls, while no cell runs, with a [`CommMessage`].
///
/// `false` means that there is no receiver for the target of a comm that was opened.
pub const DELIVER_SYMBOL: &str = "pynn_deliver";

/// Signature of the symbol [`HOLD_STILL_SYMBOL`] which a runtime exports.
pub type HoldStill =
    extern "C" fn(act: extern "C" fn(context: *mut c_void), context: *mut c_void) -> bool;
/// Name of the function that calls `act` while the user's threads hold no locks of stdout and
/// stderr.
///
/// A copy of the process made by `act` can use these. `false` means that a thread keeps them, and
/// `act` was not called.
pub const HOLD_STILL_SYMBOL: &str = "pynn_hold_still";

/// Name of the runtime's own threads, which are not counted as the user's.
pub const OWN_THREAD: &str = "pynn-lock";

/// Name of the function, a [`CellBoundary`], that a copy of the process calls as it replaces it.
///
/// The threads the user had started do not exist in the copy.
pub const THREADS_ARE_GONE_SYMBOL: &str = "pynn_threads_are_gone";

/// Signature of the symbol [`VARIABLES_SYMBOL`] which a runtime exports.
pub type Variables = extern "C" fn(
    store: *const c_void,
    visit: extern "C" fn(context: *mut c_void, name: Bytes),
    context: *mut c_void,
);
/// Name of the function that visits the name of every variable in a store, which may be null.
pub const VARIABLES_SYMBOL: &str = "pynn_variables";
