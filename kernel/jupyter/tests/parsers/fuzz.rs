//! Properties of the two parsers that face any bytes of a peer.
//!
//! The tests named after properties run with the others; the one that takes minutes runs on
//! request: `cargo test -p hx-jupyter --release fuzz -- --ignored`, for as many seconds as
//! `HX_FUZZ_SECONDS` says (600). Its counterpart in `tests/kernel/fuzz.rs` does the same to a
//! kernel at work. The file is a module of the crate, since the parsers are private.

use crate::transport::admission::Admission;
use crate::transport::zmtp::{Limits, Received, encode, receive, shake_hands};
use crate::wire::{Message, Wire, WireError};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::num::f64::NORMAL;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value};
use std::time::{Duration, Instant};

/// JSON of any shape.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

fn json_object() -> impl Strategy<Value = Map<String, Value>> {
    vec((any::<String>(), json_value()), 0..4).prop_map(Map::from_iter)
}

/// Frames that a peer might send, and others.
fn frame() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..64).prop_map(Bytes::from),
        4 => Just(Bytes::from_static(b"<IDS|MSG>")),
        2 => Just(Bytes::from_static(b"{}")),
        2 => "[0-9a-f]{0,64}".prop_map(Bytes::from),
        2 => json_value().prop_map(|value| Bytes::from(value.to_string())),
        2 => json_object().prop_map(|object| Bytes::from(Value::Object(object).to_string())),
        2 => Just(Bytes::from_static(br#"{"msg_type":"execute_request","msg_id":"1"}"#)),
        1 => any::<u8>().prop_map(|byte| Bytes::from(vec![byte; 100_000])),
        1 => (0_usize..100_000).prop_map(|depth| Bytes::from("[".repeat(depth))),
        1 => (0_usize..10_000).prop_map(|depth| Bytes::from(r#"{"a":"#.repeat(depth))),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    (
        any::<String>(),
        json_object(),
        json_object().prop_map(Value::Object),
        vec(vec(any::<u8>(), 0..40).prop_map(Bytes::from), 0..4),
    )
        .prop_map(|(message_type, metadata, content, buffers)| Message {
            metadata,
            buffers,
            ..Message::orphan(message_type, content)
        })
}

/// One change to a list of frames.
#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Double(usize),
    Swap(usize, usize),
    Insert(usize, Bytes),
    Flip(usize, usize, u8),
    Cut(usize, usize),
}

impl Change {
    fn apply(&self, frames: &mut Vec<Bytes>) {
        if frames.is_empty() {
            return;
        }
        let count = frames.len();
        match self {
            Change::Drop(at) => _ = frames.remove(at % count),
            Change::Double(at) => frames.insert(at % count, frames[at % count].clone()),
            Change::Swap(one, other) => frames.swap(one % count, other % count),
            Change::Insert(at, frame) => frames.insert(at % count, frame.clone()),
            Change::Flip(at, place, bits) => {
                let mut frame = frames[at % count].to_vec();
                if !frame.is_empty() {
                    let place = place % frame.len();
                    frame[place] ^= bits;
                }
                frames[at % count] = frame.into();
            }
            Change::Cut(at, length) => {
                let frame = &mut frames[at % count];
                frame.truncate(length % (frame.len() + 1));
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<usize>();
    prop_oneof![
        at().prop_map(Change::Drop),
        at().prop_map(Change::Double),
        (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        (at(), frame()).prop_map(|(at, frame)| Change::Insert(at, frame)),
        (at(), at(), 1..=255_u8).prop_map(|(at, place, bits)| Change::Flip(at, place, bits)),
        (at(), at()).prop_map(|(at, length)| Change::Cut(at, length)),
    ]
}

/// Checks that a message is read as it was written.
fn round_trip(message: &Message, identities: &[Bytes]) {
    for key in ["", "key"] {
        let wire = Wire::new(key);
        let mut frames = identities.to_vec();
        frames.extend(wire.write(message));
        let request = wire.read(&frames).unwrap();
        assert_eq!(request.fault, None);
        assert_eq!(request.identities, identities);
        assert_eq!(request.message_type, message.message_type);
        assert_eq!(request.metadata, message.metadata);
        assert_eq!(request.content, message.content);
        assert_eq!(request.buffers, message.buffers);
        assert_eq!(request.answers, None);
    }
}

/// Checks that a changed message is read only if its signed parts are unchanged.
fn changed(message: &Message, changes: &[Change]) {
    let wire = Wire::new("key");
    let genuine = wire.write(message);
    let mut frames = genuine.clone();
    changes.iter().for_each(|change| change.apply(&mut frames));
    if let Ok(request) = wire.read(&frames) {
        let start = request.identities.len();
        // Hexadecimal digits may be written in two ways.
        assert!(frames[start + 1].eq_ignore_ascii_case(&genuine[1]));
        assert_eq!(frames[start + 2..start + 6], genuine[2..6]);
        assert_eq!(wire.read(&frames).unwrap_err(), WireError::Replayed);
    }
    // The unsigned parts are not checked, but still read without a panic.
    let mut frames = genuine;
    changes.iter().for_each(|change| change.apply(&mut frames));
    let _ = Wire::new("").read(&frames);
}

/// Reads bytes as a connection until it ends; counts the messages.
fn connection(mut bytes: &[u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut count = 0;
        let seat = Admission::new(1).admit();
        let types: (&str, &[&str]) = ("ROUTER", &["DEALER"]);
        if shake_hands(&mut bytes, &mut Vec::new(), types, &seat)
            .await
            .is_ok()
        {
            while let Ok(Received::Message(..) | Received::Ping(_)) =
                receive(&mut bytes, Limits::REQUEST, &seat).await
            {
                count += 1;
            }
        }
        count
    })
}

/// Makes the bytes of a peer that follows the protocol.
fn said(messages: &[Vec<Bytes>]) -> Vec<u8> {
    let mut bytes = b"\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL".to_vec();
    bytes.resize(64, 0);
    bytes.extend_from_slice(b"\x04\x1c\x05READY\x0bSocket-Type\0\0\0\x06DEALER");
    for message in messages {
        bytes.extend_from_slice(&encode(message));
    }
    bytes
}

fn messages() -> impl Strategy<Value = Vec<Vec<Bytes>>> {
    vec(
        vec(vec(any::<u8>(), 0..300).prop_map(Bytes::from), 1..5),
        0..5,
    )
}

/// Bytes that were changed in places, and cut.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let places = vec((any::<usize>(), any::<u8>()), 0..6);
    (messages(), places, any::<usize>()).prop_map(|(messages, places, end)| {
        let mut bytes = said(&messages);
        for (place, byte) in places {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        if end % 3 == 0 {
            bytes.truncate(end / 3 % bytes.len());
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_of_any_kind_are_no_message_and_no_panic(frames in vec(frame(), 0..12)) {
        prop_assert!(Wire::new("key").read(&frames).is_err());
        let _ = Wire::new("").read(&frames);
    }

    #[test]
    fn a_message_of_any_content_survives(
        message in message(),
        identities in vec(vec(any::<u8>(), 0..8).prop_map(Bytes::from), 0..3),
    ) {
        round_trip(&message, &identities);
    }

    #[test]
    fn a_changed_message_is_refused(message in message(), changes in vec(change(), 1..4)) {
        changed(&message, &changes);
    }

    #[test]
    fn messages_of_any_size_survive_the_socket(messages in messages()) {
        prop_assert_eq!(connection(&said(&messages)), messages.len());
    }

    #[test]
    fn a_connection_that_breaks_the_rules_ends(bytes in damaged()) {
        connection(&bytes);
    }
}

/// Returns the time that a fuzzing test runs.
fn patience() -> Duration {
    let seconds = std::env::var("HX_FUZZ_SECONDS");
    Duration::from_secs(
        seconds
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(600),
    )
}

#[test]
#[ignore = "takes minutes"]
fn fuzz_the_parsers() {
    let began = Instant::now();
    let mut runner = TestRunner::new(ProptestConfig::default());
    let (cases, identities) = (
        (
            message(),
            vec(change(), 0..6),
            damaged(),
            vec(frame(), 0..12),
        ),
        [Bytes::from_static(b"peer")],
    );
    let mut rounds = 0_u64;
    while began.elapsed() < patience() {
        let (message, changes, bytes, frames) = cases.new_tree(&mut runner).unwrap().current();
        round_trip(&message, &identities);
        changed(&message, &changes);
        connection(&bytes);
        assert!(Wire::new("key").read(&frames).is_err());
        let _ = Wire::new("").read(&frames);
        rounds += 1;
    }
    println!("{rounds} rounds in {:?}", began.elapsed());
}
