//! The one small port through which the runtime speaks to whoever hosts it.
//!
//! The runtime (`pynn`) is a shared library with a Rust standard library of its
//! own; the kernel's worker that loads it is a program with another one. What
//! passes between them is therefore plain C: two functions and JSON text. This
//! crate is compiled into both sides, so that the shape of that text is written
//! down once.
//!
//! The runtime without a host (a cargo program, a test) never sends anything.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// What a host gives to the runtime it loads.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    /// Takes one [`FromCell`] as JSON text and returns when it has been dealt with,
    /// so that what a cell prints afterwards comes afterwards.
    pub send: extern "C" fn(json: *const u8, length: usize),
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

/// Signature of the symbols [`BEGIN_SYMBOL`] and [`END_SYMBOL`].
pub type CellBoundary = extern "C" fn();
/// Name of the function a host calls before a cell runs.
pub const BEGIN_SYMBOL: &str = "pynn_cell_begins";
/// Name of the function a host calls after a cell has run, however it ended.
pub const END_SYMBOL: &str = "pynn_cell_ends";
