//! Random requests to a kernel at work, from a front end that has the key but breaks the protocol.
//!
//! `cargo test -p hx-jupyter --release fuzz -- --ignored` runs this for as many seconds as
//! `HX_FUZZ_SECONDS` says (600); the other tests run a second of it.

use crate::front_end::{Anything, Channel, FrontEnd, Letter, Received, signed};
use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Time without a message after which a cell is taken to wait for something.
const SILENCE: Duration = Duration::from_millis(200);
/// Number of messages that are sent at once, when most of those before are answered.
const BURST: usize = 40;

const TYPES: [&str; 20] = [
    "execute_request",
    "complete_request",
    "inspect_request",
    "is_complete_request",
    "history_request",
    "kernel_info_request",
    "comm_info_request",
    "comm_open",
    "comm_msg",
    "comm_close",
    "interrupt_request",
    "input_reply",
    "debug_request",
    "usage_request",
    "create_subshell_request",
    "execute_reply",
    "_request",
    "",
    "stream",
    "🦜_request",
];

/// Fields that some request has, and sensible values of them.
fn sense() -> impl Strategy<Value = (&'static str, Value)> {
    let texts = |texts: &[&'static str]| prop::sample::select(texts.to_vec()).prop_map(Value::from);
    let numbers = || (-3_i64..6).prop_map(Value::from);
    let flags = || any::<bool>().prop_map(Value::from);
    let code = texts(&[
        "echo 🦜",
        "fail",
        "panic",
        "open a b",
        "open c d",
        "say a b",
        "close a",
        "flood 1",
        "ask ?",
        "leave ?",
        "late",
        "now e",
        "x\\",
        "",
    ]);
    let name = prop::sample::select(vec![
        "silent",
        "store_history",
        "allow_stdin",
        "stop_on_error",
        "unique",
        "output",
        "raw",
        "restart",
    ]);
    let count = prop::sample::select(vec!["cursor_pos", "session", "start", "stop", "n"]);
    prop_oneof![
        6 => code.prop_map(|value| ("code", value)),
        3 => (name, flags()),
        3 => (count, numbers()),
        1 => Just(("user_expressions", json!({ "x": "1" }))),
        2 => texts(&["tail", "range", "search"]).prop_map(|value| ("hist_access_type", value)),
        1 => texts(&["*", "echo ?", "?*"]).prop_map(|value| ("pattern", value)),
        3 => texts(&["a", "c", "🦜"]).prop_map(|value| ("comm_id", value)),
        2 => texts(&["parrot", "nobody"]).prop_map(|value| ("target_name", value)),
        1 => Just(("data", json!({ "x": [1.5] }))),
        1 => texts(&["Polly", "panic"]).prop_map(|value| ("data", value)),
        2 => texts(&["Polly"]).prop_map(|value| ("value", value)),
    ]
}

fn nonsense() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!({})),
        Just(json!([[[]]])),
    ]
}

fn content() -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((sense(), prop::option::weighted(0.1, nonsense())), 1..12);
    let object = fields.prop_map(|fields| {
        let field = |((name, sense), nonsense): ((&str, Value), Option<Value>)| {
            (name.to_owned(), nonsense.unwrap_or(sense))
        };
        Value::Object(fields.into_iter().map(field).collect())
    });
    prop_oneof![20 => object, 1 => nonsense()]
}

/// Makes a message with a valid signature and any content.
///
/// With it comes the id under which an answer must come, if one must.
fn letter() -> impl Strategy<Value = (Vec<Bytes>, Option<String>)> {
    let message_type = prop_oneof![
        30 => prop::sample::select(TYPES.to_vec()).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<String>().prop_map(Value::from),
    ];
    let buffers = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..3);
    (message_type, content(), any::<u8>(), buffers).prop_map(
        |(message_type, content, odd, buffers)| {
            let mut letter = Letter::new("", content);
            letter.header["msg_type"] = message_type;
            let is_request = letter.header["msg_type"]
                .as_str()
                .is_some_and(|name| name.ends_with("_request"));
            let answered = is_request && odd != 0;
            let id = letter.header["msg_id"].as_str().unwrap().to_owned();
            let mut body = [
                &letter.header,
                &letter.parent,
                &letter.metadata,
                &letter.content,
            ]
            .map(|part| Bytes::from(part.to_string()));
            match odd {
                0 => body[0] = Bytes::from_static(b"[]"),
                1 => body[1] = Bytes::from_static(b"{\"msg_id\":{}}"),
                2 => body[2] = Bytes::from_static(b"7"),
                3 => body[3] = Bytes::from_static(b"\xff"),
                4 => body[1] = Bytes::new(),
                _ => {}
            }
            let mut frames = signed(&body);
            frames.extend(buffers.into_iter().map(Bytes::from));
            (frames, answered.then_some(id))
        },
    )
}

/// Returns the state in a message that is one of the two that end a request.
fn state(message: &Received) -> Option<&str> {
    (message.message_type == "status").then(|| message.content["execution_state"].as_str())?
}

async fn attack(patience: Duration) -> u64 {
    let began = Instant::now();
    let mut runner = TestRunner::new(ProptestConfig::default());
    let channels = [
        Channel::Shell,
        Channel::Shell,
        Channel::Control,
        Channel::Stdin,
    ];
    let letters = (letter(), prop::sample::select(channels.to_vec()));
    let mut front_end = FrontEnd::start().await;
    let (mut sent, mut silences) = (0, 0);
    // Requests without a reply, and those that are busy.
    let (mut unanswered, mut busy) = (HashSet::new(), HashSet::new());
    while began.elapsed() < patience || !unanswered.is_empty() || !busy.is_empty() {
        if unanswered.len() < BURST && began.elapsed() < patience {
            for _ in 0..BURST {
                let ((frames, id), channel) = letters.new_tree(&mut runner).unwrap().current();
                if channel != Channel::Stdin {
                    unanswered.extend(id);
                }
                front_end.send_frames(channel, frames).await;
                sent += 1;
            }
        }
        match front_end.anything(SILENCE).await {
            Some(Anything::Reply(reply)) => assert!(unanswered.remove(&reply.parent), "one reply"),
            Some(Anything::Question(question)) => {
                let mut letter = Letter::new("input_reply", json!({ "value": "Polly" }));
                letter.parent = json!({ "msg_id": question.id });
                front_end.send(Channel::Stdin, &letter).await;
            }
            // A request without an id causes messages without a parent.
            Some(Anything::Published(message)) if message.parent.is_empty() => {}
            Some(Anything::Published(message)) => match state(&message) {
                Some("busy") => assert!(busy.insert(message.parent), "busy once"),
                Some("idle") => assert!(busy.remove(&message.parent), "idle once, after busy"),
                _ => {}
            },
            // A cell waits for input, or the kernel does not answer any more.
            None => {
                silences += 1;
                assert!(silences < 100, "{unanswered:?} wait, {busy:?} are busy");
                let interrupt = Letter::new("interrupt_request", json!({}));
                unanswered.insert(front_end.send(Channel::Control, &interrupt).await);
                continue;
            }
        }
        silences = 0;
    }
    let (reply, _) = front_end.run("echo alive").await;
    assert_eq!(reply.content["status"], "ok");
    front_end.shut_down().await;
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_survives_nonsense_that_is_signed() {
    attack(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn fuzz_a_kernel_at_work() {
    let seconds = std::env::var("HX_FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(600);
    let count = attack(Duration::from_secs(seconds)).await;
    println!("{count} messages in {seconds} s");
}
