//! The sockets: ZeroMQ's protocol, as far as the kernel's side of Jupyter goes.
//!
//! Our own, since a kernel is held to promises that the crate `zeromq` 0.7 cannot
//! keep. A guard in front of its sockets can mend that a peer which announces a huge frame
//! aborts the process, that XPUB waits for a front end that stops reading, and that
//! nobody hears when a reply has left. It cannot mend that every subscriber gets, and keeps, a copy of
//! what is published: `docs/transport.md` has the measurements. What a kernel needs of ZeroMQ is
//! small: it listens and never connects, on ROUTER and XPUB sockets, without encryption.
//!
//! - `admission.rs` says who may be connected, `endpoint.rs` listens, `zmtp.rs` knows the bytes, `outbox.rs` writes to one
//!   peer, `router.rs` and `publisher.rs` are the two kinds of sockets.
//!
//! **Who reads slowly.** Every peer has an outbox of its own. A cell waits while
//! the outbox of a subscriber is full, so output never fills the memory; a peer
//! that takes less than a piece of [`outbox::PIECE`] in the given patience is
//! dropped, with a line in the log, and everybody else goes on. Its connection is
//! closed, never resumed: half a message may have been written to it.
//! Outboxes share the bytes of what is published, so a crowd of subscribers costs
//! little more than one.

pub(crate) mod admission;
pub(crate) mod endpoint;
mod outbox;
pub(crate) mod publisher;
pub(crate) mod router;
pub(crate) mod zmtp;
