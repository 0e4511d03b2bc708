//! Who hears what the front end says: the open comms, and the targets it may open.
//!
//! Handlers live on the thread cells run on, since that is where they are called;
//! so they may hold what cannot be sent to another thread. A handler is taken out
//! while it runs: it may open, close and change comms, its own as well.

use super::{Comm, Message};
use crate::Error;
use crate::cell;
use hx_port::{CommEvent, CommMessage, FfiMessage};
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a handler may return: nothing, or a result.
pub trait Outcome {
    /// The error as text, if it is one.
    fn outcome(self) -> Result<(), String>;
}

impl Outcome for () {
    fn outcome(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> Outcome for Result<(), E> {
    fn outcome(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

type Hearing = Box<dyn FnMut(&Message) -> Result<(), String>>;
type Closing = Box<dyn FnOnce(&Message) -> Result<(), String>>;
type Opening = Box<dyn FnMut(Comm, &Message) -> Result<(), String>>;

#[derive(Default)]
struct Handlers {
    hearing: HashMap<String, Hearing>,
    closing: HashMap<String, Closing>,
    opening: HashMap<String, Opening>,
}

thread_local! {
    static HANDLERS: RefCell<Handlers> = RefCell::default();
    /// Set on the thread cells run on.
    static IS_THE_CELLS_THREAD: OnceCell<()> = const { OnceCell::new() };
}

/// Open comms; asked from any thread.
static OPEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

fn open_comms() -> MutexGuard<'static, Option<HashSet<String>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Handlers are called on this thread.
pub(crate) fn serve_on_this_thread() {
    IS_THE_CELLS_THREAD.with(|mark| {
        let _ = mark.set(());
    });
}

pub(super) fn add(id: &str) {
    open_comms().get_or_insert_default().insert(id.to_owned());
}

pub(super) fn is_open(id: &str) -> bool {
    open_comms().as_ref().is_some_and(|open| open.contains(id))
}

/// Forgets a comm; `false` if it was not open.
pub(super) fn remove(id: &str) -> bool {
    let was_open = open_comms().as_mut().is_some_and(|open| open.remove(id));
    // What a handler owned may do anything when it is dropped.
    let forgotten = HANDLERS
        .with_borrow_mut(|handlers| (handlers.hearing.remove(id), handlers.closing.remove(id)));
    drop(forgotten);
    was_open
}

/// Changes the handlers. Without a notebook there is nobody to call them, on any thread.
fn change<T>(change: impl FnOnce(&mut Handlers) -> T) -> Result<T, Error> {
    let here = IS_THE_CELLS_THREAD.with(|mark| mark.get().is_some());
    if crate::display::attached() && !here {
        return Err(Error::NotFromAThread {
            what: "a handler of a comm",
        });
    }
    Ok(HANDLERS.with_borrow_mut(change))
}

pub(super) fn on_message(id: &str, handler: Hearing) -> Result<(), Error> {
    if !is_open(id) {
        return Err(Error::CommClosed);
    }
    let earlier = change(|handlers| handlers.hearing.insert(id.to_owned(), handler))?;
    drop(earlier);
    Ok(())
}

pub(super) fn on_close(id: &str, handler: Closing) -> Result<(), Error> {
    if !is_open(id) {
        return Err(Error::CommClosed);
    }
    let earlier = change(|handlers| handlers.closing.insert(id.to_owned(), handler))?;
    drop(earlier);
    Ok(())
}

pub(super) fn register(target: &str, handler: Opening) -> Result<(), Error> {
    let earlier = change(|handlers| handlers.opening.insert(target.to_owned(), handler))?;
    drop(earlier);
    Ok(())
}

/// Called by the host while no cell runs: the front end says something.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_deliver(message: FfiMessage) -> bool {
    // SAFETY: the host lends the message for this call.
    let (json, buffers) = unsafe { message.borrow() };
    let Ok(CommMessage {
        id,
        event,
        data,
        metadata,
    }) = serde_json::from_slice(json)
    else {
        return false;
    };
    let message = Message {
        data,
        metadata,
        buffers: buffers.into_iter().map(<[u8]>::to_vec).collect(),
    };
    match event {
        CommEvent::Open { target } => opened(&target, &id, &message),
        CommEvent::Message => heard(&id, &message),
        CommEvent::Close => closed(&id, &message),
    }
}

fn opened(target: &str, id: &str, message: &Message) -> bool {
    let handler = HANDLERS.with_borrow_mut(|handlers| handlers.opening.remove(target));
    let Some(mut handler) = handler else {
        return false;
    };
    add(id);
    let comm = Comm { id: Arc::from(id) };
    let fine = cell::report(|| handler(comm, message));
    HANDLERS.with_borrow_mut(|handlers| {
        handlers.opening.entry(target.to_owned()).or_insert(handler);
    });
    if !fine {
        remove(id);
    }
    fine
}

fn heard(id: &str, message: &Message) -> bool {
    let handler = HANDLERS.with_borrow_mut(|handlers| handlers.hearing.remove(id));
    let Some(mut handler) = handler else {
        return false;
    };
    cell::report(|| handler(message));
    if is_open(id) {
        // Unless it has put another one in its place.
        HANDLERS.with_borrow_mut(|handlers| {
            handlers.hearing.entry(id.to_owned()).or_insert(handler);
        });
    }
    true
}

fn closed(id: &str, message: &Message) -> bool {
    let handler = HANDLERS.with_borrow_mut(|handlers| handlers.closing.remove(id));
    remove(id);
    if let Some(handler) = handler {
        cell::report(|| handler(message));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    fn deliver(id: &str, event: CommEvent, data: serde_json::Value) -> bool {
        let message = CommMessage {
            id: id.into(),
            event,
            data,
            metadata: serde_json::Map::new(),
        };
        let json = serde_json::to_vec(&message).unwrap();
        pynn_deliver(FfiMessage::lend(&json, &[]))
    }

    #[test]
    fn a_handler_hears_its_comm_until_it_is_closed() {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let comm = Comm::open("t", &()).unwrap();
        let sink = Rc::clone(&heard);
        comm.on_message(move |message| sink.borrow_mut().push(message.number("")))
            .unwrap();
        let sink = Rc::clone(&heard);
        comm.on_close(move |_| sink.borrow_mut().push(None))
            .unwrap();
        assert!(deliver(comm.id(), CommEvent::Message, 1.into()));
        assert!(!deliver("another", CommEvent::Message, 2.into()));
        assert!(deliver(comm.id(), CommEvent::Close, 3.into()));
        assert!(!deliver(comm.id(), CommEvent::Message, 4.into()));
        assert_eq!(*heard.borrow(), [Some(1.0), None]);
        assert_eq!(comm.send(&5), Err(Error::CommClosed));
    }

    #[test]
    fn a_handler_may_replace_itself_and_may_panic() {
        let comm = Comm::open("t", &()).unwrap();
        let (own, heard) = (comm.clone(), Rc::new(RefCell::new(Vec::new())));
        let sink = Rc::clone(&heard);
        comm.on_message(move |_| {
            let sink = Rc::clone(&sink);
            own.on_message(move |message| {
                sink.borrow_mut().push(message.number(""));
                assert_eq!(message.number(""), Some(2.0));
            })
        })
        .unwrap();
        for data in [1, 2, 3, 4] {
            assert!(deliver(comm.id(), CommEvent::Message, data.into()));
        }
        assert_eq!(*heard.borrow(), [Some(2.0), Some(3.0), Some(4.0)]);
    }

    #[test]
    fn only_registered_targets_open() {
        let open = |target: &str| CommEvent::Open {
            target: target.into(),
        };
        let comms = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&comms);
        register_for_test(move |comm| sink.borrow_mut().push(comm));
        assert!(deliver("a", open("known"), 1.into()));
        assert!(!deliver("b", open("unknown"), 1.into()));
        assert!(comms.borrow()[0].is_open());
        assert_eq!(comms.borrow()[0].id(), "a");
        assert_eq!(comms.borrow().len(), 1);
    }

    fn register_for_test(mut take: impl FnMut(Comm) + 'static) {
        super::super::register_target("known", move |comm, _| take(comm)).unwrap();
    }
}
