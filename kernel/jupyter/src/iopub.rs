//! The broadcast channel: everything a front end shows comes this way, in order.
//!
//! A cell's output waits for its readers, so that a front end that reads slowly slows the cell
//! down instead of filling the memory. Immediate replies do not wait: an interrupt must arrive
//! while a cell writes without end.

use crate::transport::publisher::Publisher;
use crate::wire::{Message, ParentHeader, Wire};
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Sender of published messages; cheap to clone.
#[derive(Clone)]
pub(crate) struct IoPub {
    publisher: Publisher,
    wire: Arc<Wire>,
    runtime: Handle,
}

impl IoPub {
    pub(crate) fn new(publisher: Publisher, wire: Arc<Wire>, runtime: Handle) -> IoPub {
        IoPub {
            publisher,
            wire,
            runtime,
        }
    }

    /// Publishes and does not wait.
    pub(crate) fn send(&self, message: &Message) {
        self.publisher
            .publish(&frames(&self.wire, &message.message_type, message));
    }

    /// Publishes and waits until all subscribers keep up, if this thread may wait.
    pub(crate) fn send_and_wait(&self, message: &Message) {
        self.send(message);
        if !self.publisher.has_room() && Handle::try_current().is_err() {
            self.runtime.block_on(self.publisher.room());
        }
    }

    /// Publishes that the kernel is `busy` with a request, or `idle` again.
    pub(crate) fn status(&self, state: &str, parent: &ParentHeader) {
        let content = json!({ "execution_state": state });
        self.send(&Message::new("status", parent, content));
    }

    /// Waits until everything sent before has left the process.
    pub(crate) async fn flush(&self) {
        self.publisher.flush().await;
    }
}

/// Makes the message that tells a subscriber from when on it misses nothing (JEP 65).
pub(crate) fn welcome(wire: &Wire, topic: &[u8]) -> Vec<Bytes> {
    let topic = String::from_utf8_lossy(topic);
    let message = Message::orphan("iopub_welcome", json!({ "subscription": topic }));
    frames(wire, &topic, &message)
}

fn frames(wire: &Wire, topic: &str, message: &Message) -> Vec<Bytes> {
    let mut frames = vec![Bytes::from(topic.to_owned())];
    frames.extend(wire.write(message));
    frames
}
