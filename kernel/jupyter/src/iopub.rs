//! The broadcast socket: everything a front end shows comes this way, in order.
//!
//! Writers queue; one task owns the socket. The queue is short and writers wait
//! when it is full, so a front end that reads slowly slows the cell down instead
//! of filling the kernel's memory.

use crate::wire::{Message, ParentHeader, Wire};
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use zeromq::{SocketRecv, SocketSend, XPubSocket, ZmqMessage};

const QUEUE_LENGTH: usize = 256;

enum Post {
    Publish(Message),
    Flush(oneshot::Sender<()>),
}

/// A place to publish; cheap to clone.
#[derive(Clone)]
pub(crate) struct IoPub {
    queue: mpsc::Sender<Post>,
}

impl IoPub {
    /// Starts the task that owns the socket.
    pub(crate) fn start(socket: XPubSocket, wire: Arc<Wire>) -> IoPub {
        let (queue, posts) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(publish(socket, wire, posts));
        IoPub { queue }
    }

    pub(crate) async fn send(&self, message: Message) {
        let _ = self.queue.send(Post::Publish(message)).await;
    }

    /// As [`IoPub::send`], from a thread that may wait.
    pub(crate) fn send_blocking(&self, message: Message) {
        let _ = self.queue.blocking_send(Post::Publish(message));
    }

    pub(crate) async fn status(&self, state: &str, parent: &ParentHeader) {
        self.send(status(state, parent)).await;
    }

    /// Returns once everything sent before is on its way.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.queue.send(Post::Flush(done)).await.is_ok() {
            let _ = flushed.await;
        }
    }
}

pub(crate) fn status(state: &str, parent: &ParentHeader) -> Message {
    Message::new("status", parent, json!({ "execution_state": state }))
}

async fn publish(mut socket: XPubSocket, wire: Arc<Wire>, mut posts: mpsc::Receiver<Post>) {
    let starting = Message {
        message_type: "status",
        parent: None,
        metadata: json!({}),
        content: json!({ "execution_state": "starting" }),
    };
    put(&mut socket, &wire, "status", &starting).await;
    loop {
        tokio::select! {
            post = posts.recv() => match post {
                Some(Post::Publish(message)) => put(&mut socket, &wire, message.message_type, &message).await,
                Some(Post::Flush(done)) => { let _ = done.send(()); }
                None => return,
            },
            // An XPUB socket hears about subscriptions; JEP 65 wants them welcomed,
            // so that a front end knows from when on it misses nothing.
            event = socket.recv() => match event {
                Ok(frames) => welcome(&mut socket, &wire, frames).await,
                Err(error) => tracing::debug!(%error, "a subscriber went away"),
            },
        }
    }
}

async fn welcome(socket: &mut XPubSocket, wire: &Wire, frames: ZmqMessage) {
    let Some(frame) = frames.get(0) else { return };
    if let [1, topic @ ..] = frame.as_ref() {
        let topic = String::from_utf8_lossy(topic).into_owned();
        let welcome = Message {
            message_type: "iopub_welcome",
            parent: None,
            metadata: json!({}),
            content: json!({ "subscription": topic }),
        };
        put(socket, wire, &topic, &welcome).await;
    }
}

async fn put(socket: &mut XPubSocket, wire: &Wire, topic: &str, message: &Message) {
    let mut frames = vec![Bytes::from(topic.to_owned())];
    frames.extend(wire.write(message));
    let Ok(frames) = ZmqMessage::try_from(frames) else {
        return;
    };
    if let Err(error) = socket.send(frames).await {
        tracing::warn!(%error, message_type = message.message_type, "could not publish");
    }
}
