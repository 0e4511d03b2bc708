//! Replies, and requests together with the way back to their senders.

use crate::transport::router::Router;
use crate::wire::{Message, Request, Wire};
use bytes::Bytes;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// Sender on one ROUTER socket; cheap to clone.
#[derive(Clone)]
pub(crate) struct Replies {
    pub(crate) router: Router,
    pub(crate) wire: Arc<Wire>,
}

impl Replies {
    /// Sends a message to the peer with these identities; `false` if there is none.
    pub(crate) fn send(&self, identities: &[Bytes], message: &Message) -> bool {
        let mut frames = identities.to_vec();
        frames.extend(self.wire.write(message));
        self.router.send(&frames)
    }
}

/// A request whose sender waits for a reply.
pub(crate) struct PendingRequest {
    pub(crate) request: Request,
    pub(crate) replies: Replies,
}

impl PendingRequest {
    pub(crate) fn reply(&self, message_type: impl Into<Cow<'static, str>>, content: Value) {
        let message = Message::new(message_type, &self.request.header, content);
        if !self.replies.send(&self.request.identities, &message) {
            tracing::warn!("a reply that nobody waits for any more");
        }
    }
}
