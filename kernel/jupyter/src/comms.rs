//! Comms: channels between an object in the language and one in the front end.
//!
//! Either side opens one. [`Comms`] lists those that are open, so that `comm_info_request` is
//! answered even while a cell runs; [`event`] makes a [`CommEvent`] of a front end's message.

use crate::requests::{CommMessage, CommOpen};
use crate::types::CommEvent;
use crate::wire::Request;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The open comms: id to target name.
#[derive(Default)]
pub(crate) struct Comms {
    open: Mutex<BTreeMap<String, String>>,
}

impl Comms {
    pub(crate) fn open(&self, id: &str, target: &str) {
        self.lock().insert(id.to_owned(), target.to_owned());
    }

    pub(crate) fn is_open(&self, id: &str) -> bool {
        self.lock().contains_key(id)
    }

    /// Closes a comm; tells whether it was open.
    pub(crate) fn close(&self, id: &str) -> bool {
        self.lock().remove(id).is_some()
    }

    /// Makes the content of a `comm_info_reply`: all comms, or those with one target.
    pub(crate) fn info(&self, target: Option<&str>) -> Value {
        let comms: Map<String, Value> = self
            .lock()
            .iter()
            .filter(|(_, name)| target.is_none_or(|target| target == *name))
            .map(|(id, name)| (id.clone(), json!({ "target_name": name })))
            .collect();
        json!({ "status": "ok", "comms": comms })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a front end's comm message.
pub(crate) fn event(request: Request) -> Result<CommEvent, serde_json::Error> {
    let buffers = request.buffers.into_iter().map(Vec::from).collect();
    let metadata = request.metadata;
    if request.message_type == "comm_open" {
        let open: CommOpen = serde_json::from_value(request.content)?;
        return Ok(CommEvent::Open {
            id: open.comm_id,
            target: open.target_name,
            data: open.data,
            metadata,
            buffers,
        });
    }
    let CommMessage { comm_id: id, data } = serde_json::from_value(request.content)?;
    Ok(match request.message_type.as_str() {
        "comm_close" => CommEvent::Close { id, data },
        _ => CommEvent::Message {
            id,
            data,
            metadata,
            buffers,
        },
    })
}
