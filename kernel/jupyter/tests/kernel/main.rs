//! Tests of the protocol, with a dummy front end and a dummy language.
//!
//! The front end's sockets are those of the `zeromq` crate, so that other code than ours reads
//! what the kernel writes.

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
