//! Comm messages of the front end, as the runtime's port encodes them.

use hx_jupyter::CommEvent;
use hx_port::CommMessage;
use serde_json::Map;

/// The message, and the binary data beside it.
pub(crate) fn message(event: CommEvent) -> (CommMessage, Vec<Vec<u8>>) {
    let (id, event, data, metadata, buffers) = match event {
        CommEvent::Open {
            id,
            target,
            data,
            metadata,
            buffers,
        } => {
            let open = hx_port::CommEvent::Open { target };
            (id, open, data, metadata, buffers)
        }
        CommEvent::Message {
            id,
            data,
            metadata,
            buffers,
        } => (id, hx_port::CommEvent::Message, data, metadata, buffers),
        CommEvent::Close { id, data } => {
            (id, hx_port::CommEvent::Close, data, Map::new(), Vec::new())
        }
    };
    let message = CommMessage {
        id,
        event,
        data,
        metadata,
    };
    (message, buffers)
}
