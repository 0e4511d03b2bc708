//! The ROUTER socket: requests come from many peers, replies go to the one that asked.

use super::endpoint::{Endpoint, Listener, ReadHalf, WriteHalf};
use super::outbox::Outbox;
use super::zmtp::{self, Limits, Received};
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::BufReader;
use tokio::sync::mpsc;

/// How many messages are read ahead of whoever takes them.
const READ_AHEAD: usize = 64;
/// How long a peer gets to introduce itself.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);

/// What comes in: the sender's identity, then the frames of its message.
pub(crate) type Incoming = mpsc::Receiver<Vec<Bytes>>;

/// Sends to the peers of one socket; cheap to clone.
#[derive(Clone)]
pub(crate) struct Router {
    peers: Arc<Peers>,
}

#[derive(Default)]
struct Peers {
    /// Outboxes by identity, each with the number of its connection.
    by_identity: Mutex<HashMap<Bytes, (u64, Outbox)>>,
    connections: AtomicU64,
}

impl Peers {
    fn lock(&self) -> MutexGuard<'_, HashMap<Bytes, (u64, Outbox)>> {
        self.by_identity
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Router {
    /// Listens; a peer that does not read for as long as `patience` is dropped.
    pub(crate) async fn bind(
        endpoint: &Endpoint,
        patience: Duration,
    ) -> io::Result<(Router, Incoming)> {
        let listener = Listener::bind(endpoint).await?;
        let peers = Arc::<Peers>::default();
        let (queue, incoming) = mpsc::channel(READ_AHEAD);
        let accepting = Arc::clone(&peers);
        tokio::spawn(async move {
            loop {
                let (read, write) = listener.accept().await;
                let (peers, queue) = (Arc::clone(&accepting), queue.clone());
                tokio::spawn(async move {
                    if let Err(error) = serve(read, write, &peers, queue, patience).await {
                        tracing::debug!(%error, "a connection ended");
                    }
                });
            }
        });
        Ok((Router { peers }, incoming))
    }

    /// Sends a message whose first frame is the identity of the receiver;
    /// `false` if there is no such peer.
    pub(crate) fn send(&self, frames: &[Bytes]) -> bool {
        let Some((identity, frames)) = frames.split_first() else {
            return false;
        };
        let outbox = self
            .peers
            .lock()
            .get(identity)
            .map(|(_, outbox)| outbox.clone());
        outbox.is_some_and(|outbox| outbox.push(zmtp::encode(frames)))
    }

    /// Returns once everything sent so far has left the process.
    pub(crate) async fn flush(&self) {
        let outboxes: Vec<Outbox> = self
            .peers
            .lock()
            .values()
            .map(|(_, outbox)| outbox.clone())
            .collect();
        for outbox in outboxes {
            outbox.below(0).await;
        }
    }
}

/// One connection, from its greeting to its end.
async fn serve(
    read: ReadHalf,
    mut write: WriteHalf,
    peers: &Peers,
    queue: mpsc::Sender<Vec<Bytes>>,
    patience: Duration,
) -> io::Result<()> {
    let mut read = BufReader::new(read);
    let handshake = zmtp::shake_hands(
        &mut read,
        &mut write,
        "ROUTER",
        &["DEALER", "REQ", "ROUTER"],
    );
    let mut identity = tokio::time::timeout(HANDSHAKE, handshake).await??;
    if identity.is_empty() {
        // Identities that begin with a zero are the socket's own to give.
        identity = [&[0], uuid::Uuid::new_v4().as_bytes().as_slice()]
            .concat()
            .into();
    }
    let number = peers.connections.fetch_add(1, Ordering::Relaxed);
    let outbox = Outbox::start(write, patience);
    // A peer that comes back replaces what is left of its last connection.
    peers
        .lock()
        .insert(identity.clone(), (number, outbox.clone()));
    let outcome = tokio::select! {
        outcome = pass_on(&mut read, &identity, &outbox, &queue) => outcome,
        () = outbox.closed() => Ok(()),
    };
    outbox.close();
    let mut peers = peers.lock();
    if peers
        .get(&identity)
        .is_some_and(|(newest, _)| *newest == number)
    {
        peers.remove(&identity);
    }
    outcome
}

async fn pass_on(
    read: &mut BufReader<ReadHalf>,
    identity: &Bytes,
    outbox: &Outbox,
    queue: &mpsc::Sender<Vec<Bytes>>,
) -> io::Result<()> {
    loop {
        match zmtp::receive(read, Limits::REQUEST).await? {
            Received::Message(mut frames) => {
                frames.insert(0, identity.clone());
                if queue.send(frames).await.is_err() {
                    return Ok(());
                }
            }
            Received::Ping(context) => _ = outbox.push(zmtp::pong(&context)),
            Received::End => return Ok(()),
        }
    }
}
