//! The ROUTER socket: requests come from many peers, each reply goes to the peer that asked.

use super::admission::{Admission, Load, Seat};
use super::endpoint::{Endpoint, Listener, ReadHalf, WriteHalf};
use super::outbox::{Outbox, PIECE};
use super::zmtp::{self, Limits, Received};
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::BufReader;
use tokio::sync::mpsc;

/// Number of messages that are read before they are taken.
const READ_AHEAD: usize = 64;
/// Time for a peer's handshake.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);

/// Channel of the messages that arrive.
pub(crate) type Incoming = mpsc::Receiver<Arrival>;

/// A message that is not read yet.
pub(crate) struct Arrival {
    /// The sender's identity, then the frames of its message.
    pub(crate) frames: Vec<Bytes>,
    load: Load,
}

impl Arrival {
    /// Trusts the sender: the message has a valid signature.
    pub(crate) fn trust_sender(&self) {
        self.load.seat().trust();
    }

    /// Records that the sender only sends heartbeats.
    pub(crate) fn is_a_beat(&self) {
        self.load.seat().listen();
    }
}

/// Sender to the peers of one socket; cheap to clone.
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
        (patience, limits): (Duration, Limits),
        admission: &Admission,
    ) -> io::Result<(Router, Incoming)> {
        let listener = Listener::bind(endpoint).await?;
        let peers = Arc::<Peers>::default();
        let (queue, incoming) = mpsc::channel(READ_AHEAD);
        let accepting = Arc::clone(&peers);
        let admission = admission.clone();
        tokio::spawn(async move {
            loop {
                let halves = listener.accept().await;
                let (peers, queue) = (Arc::clone(&accepting), queue.clone());
                let seat = admission.admit();
                tokio::spawn(async move {
                    let served = serve(halves, &peers, queue, (patience, limits), &seat);
                    tokio::select! {
                        outcome = served => if let Err(error) = outcome {
                            tracing::debug!(%error, "a connection ended");
                        },
                        () = seat.dismissed() => {}
                    }
                });
            }
        });
        Ok((Router { peers }, incoming))
    }

    /// Sends a message whose first frame is the identity of the receiver; `false` if it is gone.
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

    /// Waits until everything sent so far has left the process.
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

/// Serves one connection, from its greeting to its end.
async fn serve(
    (read, mut write): (ReadHalf, WriteHalf),
    peers: &Peers,
    queue: mpsc::Sender<Arrival>,
    (patience, limits): (Duration, Limits),
    seat: &Seat,
) -> io::Result<()> {
    let mut read = BufReader::new(read);
    let types: (&str, &[&str]) = ("ROUTER", &["DEALER", "REQ", "ROUTER"]);
    let handshake = zmtp::shake_hands(&mut read, &mut write, types, seat);
    let mut identity = tokio::time::timeout(HANDSHAKE, handshake).await??;
    if identity.is_empty() {
        // Identities that begin with a zero are reserved for the socket.
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
    let _leaving = Leaving {
        peers,
        identity: &identity,
        number,
        outbox: &outbox,
    };
    tokio::select! {
        outcome = pass_on(&mut read, &identity, &outbox, &queue, limits, seat) => outcome,
        () = outbox.closed() => Ok(()),
    }
}

/// Guard that removes a peer, however its connection ends.
struct Leaving<'a> {
    peers: &'a Peers,
    identity: &'a Bytes,
    number: u64,
    outbox: &'a Outbox,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.outbox.close();
        let mut peers = self.peers.lock();
        let newest = peers.get(self.identity).map(|(newest, _)| *newest);
        if newest == Some(self.number) {
            peers.remove(self.identity);
        }
    }
}

async fn pass_on(
    read: &mut BufReader<ReadHalf>,
    identity: &Bytes,
    outbox: &Outbox,
    queue: &mpsc::Sender<Arrival>,
    limits: Limits,
    seat: &Seat,
) -> io::Result<()> {
    loop {
        // A peer that does not take its answers gets no more of them.
        outbox.below(PIECE).await;
        match zmtp::receive(read, limits, seat).await? {
            Received::Message(mut frames, load) => {
                frames.insert(0, identity.clone());
                if queue.send(Arrival { frames, load }).await.is_err() {
                    return Ok(());
                }
            }
            Received::Ping(context) => _ = outbox.push(zmtp::pong(&context)),
            Received::End => return Ok(()),
        }
    }
}
