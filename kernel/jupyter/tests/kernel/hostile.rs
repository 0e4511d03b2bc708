//! Peers that break every rule: none of them costs anybody else anything.

use crate::front_end::{Channel, FrontEnd, Letter, Place, execute, signed};
use bytes::Bytes;
use hx_jupyter::Options;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

const GREETING: &[u8] = b"\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL";

fn greeting() -> Vec<u8> {
    let mut greeting = GREETING.to_vec();
    greeting.resize(64, 0);
    greeting
}

fn ready(socket_type: &str) -> Vec<u8> {
    let mut body = b"\x05READY\x0bSocket-Type\0\0\0".to_vec();
    body.push(socket_type.len() as u8);
    body.extend_from_slice(socket_type.as_bytes());
    let mut frame = vec![4, body.len() as u8];
    frame.extend(body);
    frame
}

/// A connection to a socket of the kernel, with bytes already said.
fn connection(place: &Place, channel: u16, said: &[&[u8]]) -> UnixStream {
    let mut stream = UnixStream::connect(place.path(channel)).unwrap();
    stream.write_all(&said.concat()).unwrap();
    stream
}

/// Reads, and no more than that, until these bytes have come.
fn listen_until(mut stream: &UnixStream, expected: &[u8]) {
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(expected) {
        stream.read_exact(&mut byte).unwrap();
        heard.push(byte[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_dropped_and_nothing_else_happens() {
    let mut front_end = FrontEnd::start().await;
    let genuine = Letter::new("execute_request", execute("echo once")).frames();
    let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
    let header = |text: &'static str| signed(&[bytes(text), bytes("{}"), bytes("{}"), bytes("{}")]);
    let content = |text: &str| {
        let frame = Bytes::from(text.to_owned());
        signed(&[
            bytes(r#"{"msg_type":"execute_request"}"#),
            bytes("{}"),
            bytes("{}"),
            frame,
        ])
    };
    let mut forged = genuine.clone();
    forged[5] = Bytes::from(execute("echo forged").to_string());
    let mut no_hex = genuine.clone();
    no_hex[1] = bytes("not hex");
    let short = genuine[..5].to_vec();
    for frames in [
        vec![bytes("<IDS|MSG>")],
        vec![bytes("nothing at all")],
        vec![bytes("<IDS|MSG>"); 6],
        vec![Bytes::new(); 300],
        vec![Bytes::from(vec![0xff; 3 << 20]); 7],
        forged,
        no_hex,
        short,
        header("{}"),
        header("[\"execute_request\"]"),
        header(r#"{"msg_type":{"a":1}}"#),
        header(r#"{"msg_type":null}"#),
        header("\u{0}"),
        content("{"),
        content(&"[".repeat(200_000)),
        content(&(r#"{"a":"#.repeat(100_000) + "1")),
    ] {
        for channel in [Channel::Stdin, Channel::Control, Channel::Shell] {
            front_end.send_frames(channel, frames.clone()).await;
        }
    }
    // The second one is a replay.
    for _ in 0..2 {
        front_end.send_frames(Channel::Shell, genuine.clone()).await;
    }
    assert_eq!(front_end.reply().await.content["execution_count"], 1);
    let (reply, published) = front_end.run("echo genuine").await;
    assert_eq!(reply.content["execution_count"], 2);
    assert_eq!(published[2].content["text"], "genuine");
    front_end.shut_down().await;
}

/// A frame of 64 TiB, announced by anybody who can connect, aborted the process
/// when the sockets were those of `zeromq` 0.7.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_zeromq_costs_its_connection_only() {
    let mut front_end = FrontEnd::start().await;
    let (greeting, dealer, sub) = (greeting(), ready("DEALER"), ready("SUB"));
    let huge = [&[2][..], &(1_u64 << 46).to_be_bytes()].concat();
    let largest = [&[2][..], &u64::MAX.to_be_bytes()].concat();
    let frames_without_end = [1, 0].repeat(100_000);
    for channel in [1, 2, 3, 4, 5] {
        let ready = if channel == 2 { &sub } else { &dealer };
        let wrong = if channel == 2 { &dealer } else { &sub };
        let sayings: [&[&[u8]]; 12] = [
            &[b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[b'x'; 100]],
            &[&[0xff; 64]],
            &[&greeting, &huge],
            &[&greeting, &largest],
            &[&greeting, ready, &huge],
            &[&greeting, ready, &largest],
            &[&greeting, ready, &[0xf8, 0]],
            &[&greeting, ready, &[1, 0, 4, 1, b'x']],
            &[&greeting, &[4, 8], b"\x05READY\xffx"],
            &[&greeting, &[4, 12], b"\x05READY\x01x\xff\xff\xff\xff"],
            &[&greeting, &[0, 3, 1, 2, 3]],
            &[&greeting, wrong],
        ];
        for said in sayings {
            let mut stream = connection(&front_end.place, channel, said);
            stream
                .set_read_timeout(Some(Duration::from_secs(60)))
                .unwrap();
            let mut heard = Vec::new();
            // The kernel closes the connection; with a reset, if it left something unread.
            if let Err(error) = stream.read_to_end(&mut heard) {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            }
        }
        // These say too little to be refused, or too much to be read; then they go.
        connection(&front_end.place, channel, &[]);
        connection(&front_end.place, channel, &[&greeting[..11]]);
        connection(
            &front_end.place,
            channel,
            &[&greeting, ready, &[0, 200, b'x']],
        );
        let mut stream = connection(&front_end.place, channel, &[&greeting, ready]);
        let _ = stream.write_all(&frames_without_end);
    }
    assert_eq!(front_end.run("echo on").await.0.content["status"], "ok");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered() {
    let front_end = FrontEnd::start().await;
    for (channel, kind) in [(1, "DEALER"), (2, "SUB")] {
        let ping = b"\x04\x0a\x04PING\x00\x01abc";
        let said: [&[u8]; 3] = [&greeting(), &ready(kind), ping];
        let stream = connection(&front_end.place, channel, &said);
        listen_until(&stream, b"\x04\x08\x04PONGabc");
    }
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_stops_reading_stops_nobody_for_ever() {
    let options = Options {
        patience: Duration::from_millis(300),
        ..Options::default()
    };
    let mut front_end = FrontEnd::start_with(Place::ipc(), options).await;
    let said: [&[u8]; 3] = [&greeting(), &ready("SUB"), &[0, 1, 1]];
    let stalled = connection(&front_end.place, 2, &said);
    // It is subscribed once it has been welcomed.
    listen_until(&stalled, b"iopub_welcome");
    let megabytes = 16;
    let (reply, published) = front_end.run(&format!("flood {megabytes}")).await;
    assert_eq!(reply.content["status"], "ok");
    // Who reads gets everything.
    let text = |one: &crate::front_end::Received| one.content["text"].as_str().map_or(0, str::len);
    let received: usize = published.iter().map(text).sum();
    assert_eq!(received, megabytes << 20);
    // Who did not was dropped, and got no more than was on its way.
    let mut rest = Vec::new();
    let _ = (&stalled).read_to_end(&mut rest);
    assert!(rest.len() < 8 << 20, "{} bytes", rest.len());
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_comes_through_while_a_subscriber_is_stalled() {
    // Nobody is dropped here: the kernel waits for the stalled one all along.
    let mut front_end = FrontEnd::start().await;
    let said: [&[u8]; 3] = [&greeting(), &ready("SUB"), &[0, 1, 1]];
    let stalled = connection(&front_end.place, 2, &said);
    let cell = front_end
        .request("execute_request", execute("flood 16"))
        .await;
    front_end.published_of_type("stream").await;
    front_end.interrupt().await;
    front_end
        .request_on_control("kernel_info_request", json!({}))
        .await;
    assert_eq!(front_end.reply_on_control().await.content["status"], "ok");
    drop(stalled);
    front_end.published_for(&cell).await;
    assert_eq!(front_end.reply().await.content["status"], "ok");
    front_end.shut_down().await;
}
