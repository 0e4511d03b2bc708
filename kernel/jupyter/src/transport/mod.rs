//! The sockets: ZeroMQ's protocol, as far as the kernel's side of Jupyter goes.
//!
//! This is our own implementation, since the crate `zeromq` 0.7 cannot keep what a kernel
//! promises. A guard in front of its sockets could handle a peer that announces a huge frame and
//! so aborts the process, an XPUB that waits for a front end that has stopped reading, and the
//! missing report that a reply has left. It could not change that every subscriber keeps a copy of
//! what is published: `docs/transport.md` has the measurements. A kernel needs little of ZeroMQ:
//! it listens and never connects, on ROUTER and XPUB sockets, without encryption.
//!
//! - `admission.rs` decides which peers may be connected, `endpoint.rs` listens, `zmtp.rs` reads
//!   and writes the bytes, `outbox.rs` writes to one peer, `router.rs` and `publisher.rs` are the
//!   two kinds of sockets.
//!
//! **Slow readers.** Every peer has an outbox of its own. A cell waits while the outbox of a
//! subscriber is full, so output never fills the memory; a peer that takes less than a piece of
//! [`outbox::PIECE`] bytes in the given patience is dropped, with a line in the log, and all
//! others go on. Its connection is closed, never resumed: half a message may have been written to
//! it. Outboxes share the bytes of what is published, so a crowd of subscribers costs little more
//! than one.

pub(crate) mod admission;
pub(crate) mod endpoint;
mod outbox;
pub(crate) mod publisher;
pub(crate) mod router;
pub(crate) mod zmtp;
