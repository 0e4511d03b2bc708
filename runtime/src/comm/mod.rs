//! Comms: channels between an object of a cell and one in the front end, on which
//! both say things at any time. Widgets are made of them.
//!
//! What the front end says reaches its handler while no cell runs, one message after
//! the other, on the thread on which cells run. A handler that panics or fails is
//! told on stderr and stays; without a notebook nobody ever says anything.

mod message;
mod registry;
pub(crate) use registry::serve_on_this_thread;

pub use message::Message;
pub use registry::Outcome;
/// Any JSON, and the macro that makes it: `json!({ "value": 3 })`.
pub use serde_json::{Value, json};

use crate::Error;
use crate::display::send_with;
use hx_port::{CellEvent, CommEvent, CommMessage};
use serde_json::Map;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// One end of a channel to the front end. Clones are the same comm.
///
/// ```
/// use std::collections::HashMap;
/// # fn main() -> Result<(), pynn::Error> {
/// let comm = pynn::comm::Comm::open("my_extension", &HashMap::from([("value", 1)]))?;
/// comm.on_message(|message| println!("it says {:?}", message.number("/value")))?;
/// comm.send(&pynn::comm::json!({ "value": 2, "label": "two" }))?;
/// comm.close()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comm {
    id: Arc<str>,
}

impl Comm {
    /// Opens a comm to whoever answers to the name `target` in the front end, and
    /// says `data` with it (anything with a JSON form: a number, a text, a map, …).
    ///
    /// # Errors
    /// [`Error::NoJsonForm`].
    pub fn open(target: &str, data: &impl serde::Serialize) -> Result<Comm, Error> {
        Comm::open_with(target, data, &(), &[])
    }

    /// As [`open`](Comm::open), with metadata (a map, or `()` for none) and binary data.
    ///
    /// # Errors
    /// [`Error::NoJsonForm`].
    pub fn open_with(
        target: &str,
        data: &impl serde::Serialize,
        metadata: &impl serde::Serialize,
        buffers: &[&[u8]],
    ) -> Result<Comm, Error> {
        let (data, metadata) = (json(data)?, object(metadata)?);
        Ok(open(target, data, metadata, buffers))
    }

    /// The comm's name, unique in the session.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Says something.
    ///
    /// # Errors
    /// [`Error::NoJsonForm`], or [`Error::CommClosed`].
    pub fn send(&self, data: &impl serde::Serialize) -> Result<(), Error> {
        self.send_with(data, &(), &[])
    }

    /// Says something with metadata (a map, or `()` for none) and binary data.
    ///
    /// # Errors
    /// As [`send`](Comm::send).
    pub fn send_with(
        &self,
        data: &impl serde::Serialize,
        metadata: &impl serde::Serialize,
        buffers: &[&[u8]],
    ) -> Result<(), Error> {
        let (data, metadata) = (json(data)?, object(metadata)?);
        say(self, data, metadata, buffers)
    }

    /// Calls `handler` with everything the front end says from now on, in place of an
    /// earlier handler. A handler may return a `Result`.
    ///
    /// # Errors
    /// [`Error::CommClosed`]; [`Error::NotFromAThread`] outside the thread cells run on.
    pub fn on_message<R: Outcome>(
        &self,
        mut handler: impl FnMut(&Message) -> R + 'static,
    ) -> Result<(), Error> {
        registry::on_message(
            &self.id,
            Box::new(move |message| handler(message).outcome()),
        )
    }

    /// Calls `handler` once, when the front end closes the comm.
    ///
    /// # Errors
    /// As [`on_message`](Comm::on_message).
    pub fn on_close<R: Outcome>(
        &self,
        handler: impl FnOnce(&Message) -> R + 'static,
    ) -> Result<(), Error> {
        registry::on_close(
            &self.id,
            Box::new(move |message| handler(message).outcome()),
        )
    }

    /// Closes the comm; nothing happens if it is closed already.
    ///
    /// # Errors
    /// None today; `Result` as with everything that talks to the front end.
    pub fn close(&self) -> Result<(), Error> {
        if registry::remove(&self.id) {
            transmit(
                &self.id,
                CommEvent::Close,
                Value::Object(Map::new()),
                Map::new(),
                &[],
            );
        }
        Ok(())
    }

    /// Whether neither end has closed it.
    pub fn is_open(&self) -> bool {
        registry::is_open(&self.id)
    }
}

/// Calls `handler` when the front end opens a comm for `target`, with the comm and
/// what was said; in place of an earlier handler of that name. Comms for names
/// nobody registered are closed again.
///
/// ```
/// # fn main() -> Result<(), pynn::Error> {
/// pynn::comm::register_target("echo", |comm, opened| {
///     comm.send(&opened.json())?;
///     let answerer = comm.clone();
///     comm.on_message(move |message| answerer.send(&message.json()))
/// })?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::NotFromAThread`] outside the thread cells run on.
pub fn register_target<R: Outcome>(
    target: &str,
    mut handler: impl FnMut(Comm, &Message) -> R + 'static,
) -> Result<(), Error> {
    registry::register(
        target,
        Box::new(move |comm, message| handler(comm, message).outcome()),
    )
}

/// Opens a comm.
pub(crate) fn open(
    target: &str,
    data: Value,
    metadata: Map<String, Value>,
    buffers: &[&[u8]],
) -> Comm {
    // Unique across restarts too: a front end may still hold comms of an earlier session.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let id: Arc<str> = format!("hx{:016x}-{number}", crate::display::session_salt()).into();
    registry::add(&id);
    let event = CommEvent::Open {
        target: target.to_owned(),
    };
    transmit(&id, event, data, metadata, buffers);
    Comm { id }
}

/// Says something on a comm.
pub(crate) fn say(
    comm: &Comm,
    data: Value,
    metadata: Map<String, Value>,
    buffers: &[&[u8]],
) -> Result<(), Error> {
    if !comm.is_open() {
        return Err(Error::CommClosed);
    }
    transmit(&comm.id, CommEvent::Message, data, metadata, buffers);
    Ok(())
}

fn transmit(
    id: &str,
    event: CommEvent,
    data: Value,
    metadata: Map<String, Value>,
    buffers: &[&[u8]],
) {
    let message = CommMessage {
        id: id.to_owned(),
        event,
        data,
        metadata,
    };
    send_with(&CellEvent::Comm(message), buffers);
}

fn json(data: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(data).map_err(|error| Error::NoJsonForm {
        reason: error.to_string(),
    })
}

fn object(metadata: &impl serde::Serialize) -> Result<Map<String, Value>, Error> {
    match json(metadata)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        other => Err(Error::NoJsonForm {
            reason: format!("metadata is a map of names to values, not {other}"),
        }),
    }
}
