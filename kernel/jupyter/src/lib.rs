//! The Jupyter side of a kernel, apart from its language.
//!
//! Everything a front end can see happens here: sockets, signatures, the order
//! of messages, busy and idle, execution counts, the fate of queued cells. What
//! a cell *is* this crate does not know: it hands text to a [`Language`] and
//! publishes what comes back through [`Output`].

mod connection;
mod decode;
mod iopub;
mod kernel;
mod language;
mod output;
mod requests;
mod shell;
mod wire;

pub use connection::{ConnectionFile, ConnectionFileError};
pub use decode::TextDecoder;
pub use kernel::{ServeError, serve};
pub use language::{
    Cell, Completeness, Completion, Completions, Controls, Description, Failure, Language,
    MimeBundle,
};
pub use output::{Output, Stream};
