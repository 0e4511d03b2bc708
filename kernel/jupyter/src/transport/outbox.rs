//! Queue of bytes for one peer, and the task that writes them.
//!
//! Putting something in never waits: a sender that must not outrun the peer waits until the outbox
//! is [`Outbox::below`] a limit. The bytes in it are counted until the system has taken them, so
//! that everything in an empty outbox is on its way, even if the process ends now.

use super::endpoint::WriteHalf;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{mpsc, watch};

/// Number of bytes that a peer has to take in the patience, or else counts as stopped.
pub(crate) const PIECE: usize = 64 * 1024;
/// Largest number of bytes that are kept for a peer that is behind.
const CAPACITY: usize = 64 << 20;

#[derive(Debug, Clone, Copy, Default)]
struct Load {
    /// Bytes that were put in and not yet taken by the system.
    bytes: usize,
    /// Set if the connection has ended or shall end.
    closed: bool,
}

/// Outbox of one peer; cheap to clone. The rest in it is written even after the last is dropped.
#[derive(Clone)]
pub(crate) struct Outbox {
    queue: mpsc::UnboundedSender<Bytes>,
    load: Arc<watch::Sender<Load>>,
}

impl Outbox {
    /// Starts the task that writes.
    pub(crate) fn start(stream: WriteHalf, patience: Duration) -> Outbox {
        let (queue, waiting) = mpsc::unbounded_channel();
        let load = Arc::new(watch::Sender::new(Load::default()));
        tokio::spawn(write(stream, waiting, Arc::clone(&load), patience));
        Outbox { queue, load }
    }

    /// Puts a message in; `false` if the peer is gone.
    pub(crate) fn push(&self, message: Bytes) -> bool {
        let mut closed = false;
        self.load.send_if_modified(|load| {
            if !load.closed && load.bytes > 0 && load.bytes + message.len() > CAPACITY {
                tracing::warn!("a peer is too far behind; it is disconnected");
                load.closed = true;
            }
            closed = load.closed;
            load.bytes += message.len();
            closed
        });
        !closed && self.queue.send(message).is_ok()
    }

    /// Tells whether at most `limit` bytes wait; a peer that is gone has none.
    pub(crate) fn is_below(&self, limit: usize) -> bool {
        let load = self.load.borrow();
        load.closed || load.bytes <= limit
    }

    /// Waits until at most `limit` bytes wait, or the peer is gone.
    pub(crate) async fn below(&self, limit: usize) {
        let mut load = self.load.subscribe();
        let _ = load
            .wait_for(|load| load.closed || load.bytes <= limit)
            .await;
    }

    /// Ends the connection.
    pub(crate) fn close(&self) {
        self.load.send_modify(|load| load.closed = true);
    }

    /// Waits until the connection has ended.
    pub(crate) async fn closed(&self) {
        let mut load = self.load.subscribe();
        let _ = load.wait_for(|load| load.closed).await;
    }
}

async fn write(
    mut stream: WriteHalf,
    mut queue: mpsc::UnboundedReceiver<Bytes>,
    load: Arc<watch::Sender<Load>>,
    patience: Duration,
) {
    let mut end = load.subscribe();
    let write = async {
        while let Some(message) = queue.recv().await {
            for piece in message.chunks(PIECE) {
                match tokio::time::timeout(patience, stream.write_all(piece)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "a peer went away");
                        return;
                    }
                    Err(_) => {
                        tracing::warn!(?patience, "a peer has stopped reading; it is disconnected");
                        return;
                    }
                }
            }
            load.send_modify(|load| load.bytes = load.bytes.saturating_sub(message.len()));
        }
    };
    tokio::select! {
        () = write => {}
        _ = end.wait_for(|load| load.closed) => {}
    }
    load.send_replace(Load {
        bytes: 0,
        closed: true,
    });
}
