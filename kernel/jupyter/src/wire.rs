//! The wire format: from frames to a message and back.
//!
//! Frames are `identities…, <IDS|MSG>, signature, header, parent header, metadata, content,
//! buffers…`; all but the buffers are signed. A request's header is kept byte for byte and becomes
//! the parent header of everything it causes, so unknown fields come back unchanged. A signed
//! message with an error in it is a request with a fault: its sender waits for a reply.

use crate::json::{self as lenient, Essentials};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

const DELIMITER: &[u8] = b"<IDS|MSG>";
/// Version of the messaging protocol of this kernel.
pub(crate) const PROTOCOL_VERSION: &str = "5.5";
/// Number of signatures that are kept to recognise a replayed message.
const REMEMBERED_SIGNATURES: usize = 65_536;

/// Header of the message that caused others, unchanged.
pub(crate) type ParentHeader = Arc<Bytes>;

/// A message from a front end.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Routing prefix; a reply goes back with the same one.
    pub(crate) identities: Vec<Bytes>,
    /// Type of the message; empty if the header has none.
    pub(crate) message_type: String,
    pub(crate) header: ParentHeader,
    /// Reason why the request cannot be carried out, if there is one.
    pub(crate) fault: Option<String>,
    /// `msg_id` of the message this one answers, if it answers one.
    pub(crate) answers: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) content: Value,
    /// Binary data beside the content; not signed.
    pub(crate) buffers: Vec<Bytes>,
}

/// A message to a front end.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) message_type: Cow<'static, str>,
    pub(crate) parent: Option<ParentHeader>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) content: Value,
    pub(crate) buffers: Vec<Bytes>,
}

impl Message {
    /// Makes a message that is caused by another one.
    pub(crate) fn new(
        message_type: impl Into<Cow<'static, str>>,
        parent: &ParentHeader,
        content: Value,
    ) -> Message {
        Message {
            parent: Some(Arc::clone(parent)),
            ..Message::orphan(message_type, content)
        }
    }

    /// Makes a message without a cause.
    pub(crate) fn orphan(message_type: impl Into<Cow<'static, str>>, content: Value) -> Message {
        Message {
            id: uuid::Uuid::new_v4().to_string(),
            message_type: message_type.into(),
            parent: None,
            metadata: Map::new(),
            content,
            buffers: Vec::new(),
        }
    }
}

/// Reason why frames are not a message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    #[error("no <IDS|MSG> delimiter among {0} frames")]
    NoDelimiter(usize),
    #[error("{0} frames after the delimiter, at least 5 are needed")]
    TooFewFrames(usize),
    #[error("the signature does not fit the message")]
    Forged,
    #[error("a message that came before")]
    Replayed,
}

/// Signer and reader of the messages of one session.
pub(crate) struct Wire {
    key: Vec<u8>,
    session: String,
    seen: Mutex<Seen>,
}

impl Wire {
    pub(crate) fn new(key: &str) -> Wire {
        Wire {
            key: key.as_bytes().to_vec(),
            session: uuid::Uuid::new_v4().to_string(),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Reads one message that has a valid signature. An error in its parts becomes its fault.
    pub(crate) fn read(&self, frames: &[Bytes]) -> Result<Request, WireError> {
        let delimiter = frames
            .iter()
            .position(|frame| frame.as_ref() == DELIMITER)
            .ok_or(WireError::NoDelimiter(frames.len()))?;
        let [signature, header, parent, metadata, content, buffers @ ..] = &frames[delimiter + 1..]
        else {
            return Err(WireError::TooFewFrames(frames.len() - delimiter - 1));
        };
        self.check(signature, [header, parent, metadata, content])?;
        let mut fault = None;
        let mut read = |name: &str, frame: &Bytes| {
            lenient::object(frame).unwrap_or_else(|error| {
                fault.get_or_insert(format!("its {name} is not readable: {error}"));
                json!({})
            })
        };
        let (parent, metadata) = (read("parent header", parent), read("metadata", metadata));
        let content = read("content", content);
        let (header, message_type) = read_header(header);
        if message_type.is_none() {
            fault = Some("its header names no msg_type".to_owned());
        }
        Ok(Request {
            identities: frames[..delimiter].to_vec(),
            message_type: message_type.unwrap_or_default(),
            header: Arc::new(header),
            fault,
            answers: parent["msg_id"].as_str().map(str::to_owned),
            metadata: match metadata {
                Value::Object(metadata) => metadata,
                _ => Map::new(),
            },
            content,
            buffers: buffers.to_vec(),
        })
    }

    /// Makes the frames of one message, without a routing prefix.
    pub(crate) fn write(&self, message: &Message) -> Vec<Bytes> {
        let header = json!({
            "msg_id": message.id,
            "session": self.session,
            "username": "kernel",
            "date": jiff::Timestamp::now().to_string(),
            "msg_type": message.message_type,
            "version": PROTOCOL_VERSION,
        });
        let header = Bytes::from(header.to_string());
        let parent = match &message.parent {
            Some(parent) => Bytes::clone(parent),
            None => Bytes::from_static(b"{}"),
        };
        let metadata = match serde_json::to_vec(&message.metadata) {
            Ok(metadata) => Bytes::from(metadata),
            Err(_) => Bytes::from_static(b"{}"),
        };
        let content = Bytes::from(message.content.to_string());
        let signature = self.sign([&header, &parent, &metadata, &content]);
        let mut frames = vec![
            Bytes::from_static(DELIMITER),
            Bytes::from(signature),
            header,
            parent,
            metadata,
            content,
        ];
        frames.extend(message.buffers.iter().cloned());
        frames
    }

    fn check(&self, signature: &Bytes, frames: [&Bytes; 4]) -> Result<(), WireError> {
        if self.key.is_empty() {
            return Ok(());
        }
        let given = hex::decode(signature).map_err(|_| WireError::Forged)?;
        // `verify_slice` takes the same time wherever the first difference is.
        self.digest(frames)
            .verify_slice(&given)
            .map_err(|_| WireError::Forged)?;
        if self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(given)
        {
            Ok(())
        } else {
            Err(WireError::Replayed)
        }
    }

    fn sign(&self, frames: [&Bytes; 4]) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        hex::encode(self.digest(frames).finalize().into_bytes())
    }

    fn digest(&self, frames: [&Bytes; 4]) -> Hmac<Sha256> {
        let mut digest =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        for frame in frames {
            digest.update(frame);
        }
        digest
    }
}

/// Reads a header: its bytes as they can be sent back, and the type of its message.
///
/// A header that is not JSON is sent back repaired, or with the fields that a reply needs.
fn read_header(frame: &Bytes) -> (Bytes, Option<String>) {
    let message_type = |header: &Value| header["msg_type"].as_str().map(str::to_owned);
    match serde_json::from_slice::<Value>(frame) {
        Ok(header) if header.is_object() => return (frame.clone(), message_type(&header)),
        _ => {}
    }
    if let Ok(header) = lenient::object(frame) {
        return (Bytes::from(header.to_string()), message_type(&header));
    }
    let Essentials {
        message_type,
        message_id,
    } = Essentials::of(frame);
    let fields = [("msg_type", &message_type), ("msg_id", &message_id)];
    let known = fields.map(|(name, value)| Some((name.to_owned(), value.clone()?.into())));
    let header: Map<String, Value> = known.into_iter().flatten().collect();
    (Bytes::from(Value::Object(header).to_string()), message_type)
}

/// Signatures of the latest messages; the oldest are removed first.
#[derive(Default)]
struct Seen {
    known: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Seen {
    /// Adds a signature; tells whether it is new.
    fn insert(&mut self, signature: Vec<u8>) -> bool {
        if !self.known.insert(signature.clone()) {
            return false;
        }
        self.order.push_back(signature);
        if self.order.len() > REMEMBERED_SIGNATURES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(wire: &Wire) -> Vec<Bytes> {
        let message = Message::orphan("execute_request", json!({ "code": "1" }));
        let mut frames = vec![Bytes::from_static(b"peer")];
        frames.extend(wire.write(&message));
        frames
    }

    #[test]
    fn a_message_survives_the_wire_once() {
        let wire = Wire::new("key");
        let frames = frames(&wire);
        let request = wire.read(&frames).unwrap();
        assert_eq!(request.message_type, "execute_request");
        assert_eq!(request.identities, [Bytes::from_static(b"peer")]);
        assert_eq!(request.content["code"], "1");
        assert_eq!(wire.read(&frames).unwrap_err(), WireError::Replayed);
    }

    #[test]
    fn any_changed_or_missing_frame_is_refused() {
        let good = frames(&Wire::new("key"));
        for index in 2..good.len() {
            let mut changed = good.clone();
            changed[index] = Bytes::from_static(b"{\"a\":1}");
            assert_eq!(
                Wire::new("key").read(&changed).unwrap_err(),
                WireError::Forged,
                "frame {index}"
            );
            let short = good[..index].to_vec();
            assert!(Wire::new("key").read(&short).is_err(), "{index} frames");
        }
        assert_eq!(
            Wire::new("other").read(&good).unwrap_err(),
            WireError::Forged
        );
        assert_eq!(
            Wire::new("key").read(&[]).unwrap_err(),
            WireError::NoDelimiter(0)
        );
    }
}
