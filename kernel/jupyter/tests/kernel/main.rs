//! The protocol, held against a dummy front end and a dummy language.
//!
//! The front end's sockets are those of the `zeromq` crate, so that what the kernel
//! says on the wire is understood by somebody else's code.

mod cells;
mod comms;
mod crowd;
mod front_end;
mod fuzz;
mod history;
mod hostile;
mod input;
mod lifecycle;
mod meanwhile;
mod parrot;
