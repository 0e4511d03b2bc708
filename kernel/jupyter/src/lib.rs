//! The Jupyter side of a kernel, apart from its language.
//!
//! This crate does everything a front end can see: sockets, signatures, the order of messages,
//! busy and idle, execution counts, the fate of queued cells, input, comms, history. It does not
//! interpret cells: it hands their text to a [`ShellHandler`] and publishes the results through
//! [`Output`].

mod catch_panic;
mod comms;
mod connection;
mod contents;
mod decode;
mod dispatcher;
#[cfg(test)]
#[path = "../tests/parsers/fuzz.rs"]
mod fuzz;
mod handlers;
mod history;
mod input;
mod iopub;
mod json;
mod kernel;
mod output;
mod queue;
mod replies;
mod requests;
mod shell;
mod transport;
mod types;
mod wire;

pub use connection::{ConnectionFile, ConnectionFileError};
pub use decode::TextDecoder;
pub use handlers::{ControlHandler, ShellHandler};
pub use input::{Answer, InputRefused};
pub use kernel::{Options, ServeError, serve};
pub use output::Output;
pub use types::{
    Cell, CommEvent, Completeness, Completion, Completions, Description, Failure, MimeBundle,
    Stream,
};
