//! Admission of peers, over all sockets of a kernel together.
//!
//! Anybody who reaches the sockets can connect, and a peer proves that it has the key only by its
//! first signed message. Until then it is a stranger. All strangers together may hold a bounded
//! number of connections, each of which is a file descriptor that a compiler may need, and a
//! bounded number of bytes of unfinished messages. Each socket has its share of the connections,
//! so that a crowd at one does not affect the others.
//!
//! When there are too many, one peer is disconnected: first one without a handshake, then one
//! without a message, of these the one that has been silent for longest; then one that only
//! listens, of these the one that came last, so that a crowd pushes itself out. Front ends connect
//! again by themselves. A front end has one name on all its sockets, so that those on which it has
//! sent nothing yet count as listening.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Largest number of bytes in unread messages of all strangers together.
const STRANGERS_BYTES: usize = 64 << 20;
/// Cost of a frame in bytes beside its content.
const FRAME: usize = 64;

/// Standing of a peer, from the first to be disconnected to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// A peer before its handshake.
    New,
    /// A peer that has sent nothing valid.
    Silent,
    /// A peer that has subscribed, or sent a heartbeat, for which no key is needed.
    Listening,
    /// A peer that has the key.
    Trusted,
}

/// Number of sockets that share the connections.
const SOCKETS: usize = 5;

/// Admission of the peers of one socket; cheap to clone.
#[derive(Clone)]
pub(crate) struct Admission {
    state: Arc<Mutex<State>>,
    socket: usize,
    /// Number of connections of each socket.
    connections: usize,
    /// Largest number of unread bytes from strangers at all sockets.
    bytes: usize,
}

#[derive(Default)]
struct State {
    /// Peers in the order in which they came.
    seats: BTreeMap<u64, Occupant>,
    next: u64,
    /// Number of messages so far, as a clock for the time of silence.
    now: u64,
    /// Bytes from strangers in unread messages.
    bytes: usize,
}

struct Occupant {
    socket: usize,
    standing: Standing,
    last_heard: u64,
    /// Name from the peer's handshake.
    name: Bytes,
    bytes: usize,
    dismissed: Arc<Notify>,
}

impl Admission {
    /// Makes an admission of this many peers at a time, over all sockets.
    pub(crate) fn new(connections: usize) -> Admission {
        Admission::with_limits((connections / SOCKETS).max(1), STRANGERS_BYTES)
    }

    /// Makes an admission for another socket, with a share of its own.
    pub(crate) fn at(&self, socket: usize) -> Admission {
        Admission {
            socket,
            ..self.clone()
        }
    }

    fn with_limits(connections: usize, bytes: usize) -> Admission {
        Admission {
            state: Arc::default(),
            socket: 0,
            connections,
            bytes,
        }
    }

    /// Admits a peer, and dismisses another one if there is no room.
    pub(crate) fn admit(&self) -> Seat {
        let mut state = self.lock();
        if state.at(self.socket).count() >= self.connections
            && let Some(number) = state.least_wanted(self.socket)
        {
            tracing::debug!(
                socket = self.socket,
                "too many connections; the least useful one is closed"
            );
            state.dismiss(number);
        }
        state.now += 1;
        let (number, now) = (state.next, state.now);
        state.next += 1;
        let dismissed = Arc::new(Notify::new());
        let occupant = Occupant {
            socket: self.socket,
            standing: Standing::New,
            last_heard: now,
            name: Bytes::new(),
            bytes: 0,
            dismissed: Arc::clone(&dismissed),
        };
        state.seats.insert(number, occupant);
        Seat(Arc::new(Place {
            admission: self.clone(),
            number,
            dismissed,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns the peers at one socket.
    fn at(&self, socket: usize) -> impl Iterator<Item = (u64, &Occupant)> {
        let seats = self.seats.iter().map(|(number, one)| (*number, one));
        seats.filter(move |(_, one)| one.socket == socket)
    }

    fn least_wanted(&self, socket: usize) -> Option<u64> {
        let rank = |number: u64, one: &Occupant| match one.standing {
            // The youngest first.
            Standing::Listening => (one.standing, u64::MAX - number),
            _ => (one.standing, one.last_heard),
        };
        self.at(socket)
            .min_by_key(|(number, one)| rank(*number, one))
            .map(|(number, _)| number)
    }

    fn dismiss(&mut self, number: u64) {
        if let Some(occupant) = self.seats.remove(&number) {
            self.bytes -= occupant.bytes;
            occupant.dismissed.notify_one();
        }
    }

    /// Returns the stranger with the most unread bytes.
    fn largest(&self) -> Option<u64> {
        let seats = self.seats.iter();
        seats
            .max_by_key(|(_, one)| one.bytes)
            .map(|(number, _)| *number)
    }
}

/// Right of one connection to exist, for as long as a clone of it lives.
#[derive(Clone)]
pub(crate) struct Seat(Arc<Place>);

struct Place {
    admission: Admission,
    number: u64,
    dismissed: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.lock().dismiss(self.number);
    }
}

impl Seat {
    /// Waits until the connection has to go. For one waiter.
    pub(crate) async fn dismissed(&self) {
        self.0.dismissed.notified().await;
    }

    /// Records the peer's handshake, with its name unless that is empty.
    pub(crate) fn introduce(&self, name: &Bytes) {
        let mut state = self.0.admission.lock();
        let is_known = |one: &Occupant| one.standing == Standing::Trusted && one.name == name;
        let is_known = !name.is_empty() && state.seats.values().any(is_known);
        if let Some(occupant) = state.seats.get_mut(&self.0.number) {
            occupant.name = name.clone();
        }
        drop(state);
        self.raise(match is_known {
            true => Standing::Listening,
            false => Standing::Silent,
        });
    }

    /// Records that the peer listens, or sends heartbeats.
    pub(crate) fn listen(&self) {
        self.raise(Standing::Listening);
    }

    /// Records that the peer has signed a message with the key.
    pub(crate) fn trust(&self) {
        self.raise(Standing::Trusted);
    }

    fn raise(&self, standing: Standing) {
        let mut state = self.0.admission.lock();
        state.now += 1;
        let now = state.now;
        let Some(occupant) = state.seats.get_mut(&self.0.number) else {
            return;
        };
        let is_news = occupant.standing < standing;
        occupant.standing = occupant.standing.max(standing);
        occupant.last_heard = now;
        if standing == Standing::Trusted && is_news {
            let name = occupant.name.clone();
            let bytes = std::mem::take(&mut occupant.bytes);
            state.bytes -= bytes;
            state.seats.values_mut().for_each(|one| {
                if one.standing == Standing::Silent && !name.is_empty() && one.name == name {
                    one.standing = Standing::Listening;
                }
            });
        }
    }
}

/// Bytes of one message between the peer and the reader of the message.
pub(crate) struct Load {
    seat: Seat,
    bytes: usize,
}

impl Load {
    pub(crate) fn new(seat: &Seat) -> Load {
        Load {
            seat: seat.clone(),
            bytes: 0,
        }
    }

    /// Returns the seat of the sender.
    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Counts a frame that begins.
    pub(super) fn frame(&mut self) -> io::Result<()> {
        self.add(FRAME)
    }

    /// Counts bytes that are about to be kept.
    ///
    /// # Errors
    /// If the connection has to go.
    pub(super) fn add(&mut self, bytes: usize) -> io::Result<()> {
        let admission = &self.seat.0.admission;
        let number = self.seat.0.number;
        let mut state = admission.lock();
        match state.seats.get_mut(&number) {
            None => {
                return Err(io::Error::other(
                    "the connection was closed for another one",
                ));
            }
            Some(occupant) if occupant.standing == Standing::Trusted => return Ok(()),
            Some(occupant) => occupant.bytes += bytes,
        }
        self.bytes += bytes;
        state.bytes += bytes;
        while state.bytes > admission.bytes
            && let Some(largest) = state.largest()
        {
            tracing::warn!("strangers have sent too much; the largest message is dropped");
            state.dismiss(largest);
            if largest == number {
                return Err(io::Error::other("strangers have sent too much together"));
            }
        }
        Ok(())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let mut state = self.seat.0.admission.lock();
        let Some(occupant) = state.seats.get_mut(&self.seat.0.number) else {
            return;
        };
        // A peer that was trusted meanwhile has nothing counted any more.
        let bytes = self.bytes.min(occupant.bytes);
        occupant.bytes -= bytes;
        state.bytes -= bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn is_dismissed(seat: &Seat) -> bool {
        tokio::time::timeout(Duration::ZERO, seat.dismissed())
            .await
            .is_ok()
    }

    async fn dismissed(seats: &[Seat]) -> Vec<usize> {
        let mut dismissed = Vec::new();
        for (index, seat) in seats.iter().enumerate() {
            if is_dismissed(seat).await {
                dismissed.push(index);
            }
        }
        dismissed
    }

    #[tokio::test]
    async fn whoever_is_least_useful_makes_room() {
        let admission = Admission::with_limits(5, 100);
        let seats: Vec<Seat> = (0..5).map(|_| admission.admit()).collect();
        let [trusted, early, late, silent, new] = [0, 1, 2, 3, 4];
        seats[trusted].trust();
        seats[early].listen();
        seats[late].listen();
        seats[silent].introduce(&Bytes::new());
        let mut newcomers = Vec::new();
        for gone in [new, silent, late, early] {
            let newcomer = admission.admit();
            newcomer.trust();
            newcomers.push(newcomer);
            assert_eq!(dismissed(&seats).await, [gone]);
        }
        assert!(!is_dismissed(&seats[trusted]).await);
    }

    #[tokio::test]
    async fn of_the_silent_ones_the_longest_silent_goes_first() {
        let admission = Admission::with_limits(3, 100);
        let seats: Vec<Seat> = (0..3).map(|_| admission.admit()).collect();
        for index in [1, 0, 2] {
            seats[index].introduce(&Bytes::new());
        }
        let _one = admission.admit();
        assert_eq!(dismissed(&seats).await, [1]);
        drop(seats);
        let _two_more = [admission.admit(), admission.admit()];
        assert_eq!(admission.lock().seats.len(), 3, "a seat left is free again");
    }

    #[tokio::test]
    async fn a_crowd_at_one_socket_is_no_matter_at_the_others() {
        let admission = Admission::with_limits(2, 100);
        let elsewhere = admission.at(1);
        let quiet = [elsewhere.admit(), elsewhere.admit()];
        let crowd: Vec<Seat> = (0..10).map(|_| admission.admit()).collect();
        assert_eq!(dismissed(&crowd).await, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(dismissed(&quiet).await.is_empty());
    }

    #[tokio::test]
    async fn a_front_end_is_known_by_its_name_on_every_socket() {
        let admission = Admission::with_limits(4, 100);
        let seats: Vec<Seat> = (0..4).map(|_| admission.admit()).collect();
        let name = Bytes::from_static(b"front end");
        seats[0].introduce(&name);
        seats[1].introduce(&name);
        seats[1].trust();
        seats[2].introduce(&name);
        seats[3].introduce(&Bytes::from_static(b"another"));
        let _newcomer = admission.admit();
        assert_eq!(dismissed(&seats).await, [3]);
    }

    #[tokio::test]
    async fn who_hoards_most_goes_and_the_trusted_are_not_counted() {
        let admission = Admission::with_limits(9, 100);
        let seats: Vec<Seat> = (0..3).map(|_| admission.admit()).collect();
        let mut loads: Vec<Load> = seats.iter().map(Load::new).collect();
        seats[0].trust();
        loads[0].add(1_000_000).unwrap();
        loads[1].add(60).unwrap();
        loads[2].add(40).unwrap();
        loads[2].add(1).unwrap();
        assert_eq!(dismissed(&seats).await, [1]);
        assert!(loads[1].add(1).is_err());
        assert!(loads[2].add(60).is_err(), "alone it is too much as well");
        loads.clear();
        assert_eq!(admission.lock().bytes, 0);
    }

    #[test]
    fn bytes_are_free_again_once_they_were_looked_at_or_the_peer_is_trusted() {
        let admission = Admission::with_limits(9, 100);
        let seat = admission.admit();
        for _ in 0..10 {
            Load::new(&seat).add(90).unwrap();
        }
        let mut load = Load::new(&seat);
        load.add(90).unwrap();
        seat.trust();
        assert_eq!(admission.lock().bytes, 0);
        drop(load);
        assert_eq!(admission.lock().bytes, 0);
    }
}
