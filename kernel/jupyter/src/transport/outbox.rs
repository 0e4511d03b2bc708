//! What waits to be written to one peer, and the task that writes it.
//!
//! Putting something in never waits: whoever must not outrun the peer waits until
//! the outbox is [`Outbox::below`] a limit. The bytes in it are counted until the
//! system has taken them, so an outbox that is empty means that everything is on
//! its way, even if the process ends now.

use super::endpoint::WriteHalf;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{mpsc, watch};

/// A peer that does not take this much while we are patient does not read.
pub(crate) const PIECE: usize = 64 * 1024;
/// More than this is not kept for a peer that is behind.
const CAPACITY: usize = 64 << 20;

#[derive(Debug, Clone, Copy, Default)]
struct Load {
    /// Put in and not yet taken by the system.
    bytes: usize,
    /// The connection has ended or shall end.
    closed: bool,
}

/// Cheap to clone. When the last one is dropped, what is in it is still written.
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

    /// Whether there is little in it; a peer that is gone holds nobody up.
    pub(crate) fn is_below(&self, limit: usize) -> bool {
        let load = self.load.borrow();
        load.closed || load.bytes <= limit
    }

    /// Waits until there is little in it.
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

    /// Returns when the connection has ended.
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
