//! The XPUB socket: a message goes to all subscribers of its topic.
//!
//! The welcome and every publication take the same lock: from the welcome on, a subscriber misses
//! nothing.

use super::admission::{Admission, Seat};
use super::endpoint::{Endpoint, Listener, ReadHalf, WriteHalf};
use super::outbox::{Outbox, PIECE};
use super::router::HANDSHAKE;
use super::zmtp::{self, Limits, Received};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::BufReader;

/// Number of bytes behind which a subscriber makes writers wait.
const ROOM: usize = 1 << 20;
/// Largest number of topics of a subscriber; front ends subscribe to everything, once.
const MAX_TOPICS: usize = 64;
/// Largest length of all topics of a subscriber together, in bytes.
const MAX_TOPIC_BYTES: usize = 4096;

/// Maker of the message that welcomes a subscriber to a topic; its first frame is the topic.
type Welcome = dyn Fn(&[u8]) -> Vec<Bytes> + Send + Sync;

/// Publisher on one socket; cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher {
    subscribers: Arc<Subscribers>,
}

#[derive(Default)]
struct Subscribers(Mutex<BTreeMap<u64, Subscriber>>);

struct Subscriber {
    topics: Vec<Bytes>,
    outbox: Outbox,
}

impl Subscriber {
    fn has_room_for(&self, topic: &[u8]) -> bool {
        let bytes: usize = self.topics.iter().map(Bytes::len).sum();
        self.topics.len() < MAX_TOPICS && bytes + topic.len() <= MAX_TOPIC_BYTES
    }
}

impl Subscribers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Subscriber>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outboxes(&self) -> Vec<Outbox> {
        self.lock().values().map(|one| one.outbox.clone()).collect()
    }
}

impl Publisher {
    /// Listens; a subscriber that does not read for as long as `patience` is dropped.
    pub(crate) async fn bind(
        endpoint: &Endpoint,
        patience: Duration,
        admission: &Admission,
        welcome: impl Fn(&[u8]) -> Vec<Bytes> + Send + Sync + 'static,
    ) -> io::Result<Publisher> {
        let listener = Listener::bind(endpoint).await?;
        let subscribers = Arc::<Subscribers>::default();
        let accepting = Arc::clone(&subscribers);
        let welcome: Arc<Welcome> = Arc::new(welcome);
        let admission = admission.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let halves = listener.accept().await;
                let (subscribers, welcome) = (Arc::clone(&accepting), Arc::clone(&welcome));
                let seat = admission.admit();
                tokio::spawn(async move {
                    let served = serve(halves, &subscribers, number, &*welcome, patience, &seat);
                    tokio::select! {
                        outcome = served => if let Err(error) = outcome {
                            tracing::debug!(%error, "a subscriber's connection ended");
                        },
                        () = seat.dismissed() => {}
                    }
                });
            }
        });
        Ok(Publisher { subscribers })
    }

    /// Sends a message, whose first frame is its topic, to its subscribers. Does not wait.
    pub(crate) fn publish(&self, frames: &[Bytes]) {
        let Some(topic) = frames.first() else { return };
        let message = zmtp::encode(frames);
        for subscriber in self.subscribers.lock().values() {
            if subscriber.topics.iter().any(|one| topic.starts_with(one)) {
                subscriber.outbox.push(message.clone());
            }
        }
    }

    /// Tells whether every subscriber keeps up.
    pub(crate) fn has_room(&self) -> bool {
        self.subscribers
            .lock()
            .values()
            .all(|one| one.outbox.is_below(ROOM))
    }

    /// Waits until every subscriber keeps up, or is dropped because it does not.
    pub(crate) async fn room(&self) {
        for outbox in self.subscribers.outboxes() {
            outbox.below(ROOM).await;
        }
    }

    /// Waits until everything published so far has left the process.
    pub(crate) async fn flush(&self) {
        for outbox in self.subscribers.outboxes() {
            outbox.below(0).await;
        }
    }
}

/// Serves one connection, from its greeting to its end.
async fn serve(
    (read, mut write): (ReadHalf, WriteHalf),
    subscribers: &Subscribers,
    number: u64,
    welcome: &Welcome,
    patience: Duration,
    seat: &Seat,
) -> io::Result<()> {
    let mut read = BufReader::new(read);
    let types: (&str, &[&str]) = ("XPUB", &["SUB", "XSUB"]);
    let handshake = zmtp::shake_hands(&mut read, &mut write, types, seat);
    tokio::time::timeout(HANDSHAKE, handshake).await??;
    let outbox = Outbox::start(write, patience);
    let subscriber = Subscriber {
        topics: Vec::new(),
        outbox: outbox.clone(),
    };
    subscribers.lock().insert(number, subscriber);
    let _leaving = Leaving {
        subscribers,
        number,
        outbox: &outbox,
    };
    tokio::select! {
        outcome = follow(&mut read, subscribers, number, welcome, seat, &outbox) => outcome,
        () = outbox.closed() => Ok(()),
    }
}

/// Guard that removes a subscriber, however its connection ends.
struct Leaving<'a> {
    subscribers: &'a Subscribers,
    number: u64,
    outbox: &'a Outbox,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.outbox.close();
        self.subscribers.lock().remove(&self.number);
    }
}

/// Reads the subscriptions of one subscriber.
async fn follow(
    read: &mut BufReader<ReadHalf>,
    subscribers: &Subscribers,
    number: u64,
    welcome: &Welcome,
    seat: &Seat,
    outbox: &Outbox,
) -> io::Result<()> {
    loop {
        // A peer that does not take its welcomes gets no more of them.
        outbox.below(PIECE).await;
        let received = zmtp::receive(read, Limits::SMALL, seat).await?;
        let mut subscribers = subscribers.lock();
        let Some(subscriber) = subscribers.get_mut(&number) else {
            return Ok(());
        };
        match received {
            Received::Message(frames, _) => match frames[0].as_ref() {
                [1, topic @ ..] if subscriber.has_room_for(topic) => {
                    seat.listen();
                    subscriber.topics.push(frames[0].slice(1..));
                    subscriber.outbox.push(zmtp::encode(&welcome(topic)));
                }
                [0, topic @ ..] => {
                    if let Some(at) = subscriber.topics.iter().position(|one| one == topic) {
                        subscriber.topics.remove(at);
                    }
                }
                _ => {}
            },
            Received::Ping(context) => _ = subscriber.outbox.push(zmtp::pong(&context)),
            Received::End => return Ok(()),
        }
    }
}
