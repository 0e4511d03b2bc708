//! Peers that break every rule, and cost no other peer anything.

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

/// Opens a connection to a socket of the kernel, and sends these bytes.
fn connection(place: &Place, channel: u16, said: &[&[u8]]) -> UnixStream {
    let mut stream = UnixStream::connect(place.path(channel)).unwrap();
    stream.write_all(&said.concat()).unwrap();
    stream
}

/// Reads exactly until these bytes have come.
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

/// Makes the frames of a signed request, with some bytes in the place of one of its parts.
fn with_part(message_type: &str, part: usize, bytes: &[u8]) -> (String, Vec<Bytes>) {
    let mut letter = Letter::new(message_type, execute("echo x"));
    let id = letter.header["msg_id"].as_str().unwrap().to_owned();
    // The frames of no two requests are the same: that would be a replay.
    letter.metadata = json!({ "of": id });
    let mut body: Vec<Bytes> = letter.frames()[2..6].to_vec();
    let text = String::from_utf8_lossy(bytes).into_owned();
    // A part of the header's kind keeps what names the message.
    body[part] = match text.strip_prefix("HEADER") {
        Some(more) => {
            let fields = format!(r#""msg_id":"{id}","msg_type":"{message_type}""#);
            Bytes::from(format!("{{{fields}{more}}}"))
        }
        None => Bytes::copy_from_slice(bytes),
    };
    (id, signed(&body.try_into().unwrap()))
}

/// Any signed request gets an answer, and then the kernel is idle.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_is_answered_whatever_is_in_it() {
    const HEADER: usize = 0;
    const PARENT: usize = 1;
    const METADATA: usize = 2;
    const CONTENT: usize = 3;
    let mut front_end = FrontEnd::start().await;
    let deep = "[".repeat(200_000);
    let deep_object = r#"{"a":"#.repeat(100_000) + "1";
    let closed = format!("HEADER,\"x\":{}{}", "[".repeat(1000), "]".repeat(1000));
    let faulty: [(usize, &[u8]); 18] = [
        (CONTENT, b"["),
        (CONTENT, b"[\"echo x\"]"),
        (CONTENT, b"null"),
        (CONTENT, b"\"echo x\""),
        (CONTENT, b"7"),
        (CONTENT, b"{}{}"),
        (CONTENT, b"{\"code\": 1e999}"),
        (CONTENT, b"{\"code\": NaN}"),
        (CONTENT, b"{\"code\": [1]}"),
        (CONTENT, b"\0"),
        (CONTENT, b"\xef\xbb\xbf"),
        (CONTENT, b""),
        (CONTENT, deep.as_bytes()),
        (CONTENT, deep_object.as_bytes()),
        (METADATA, b"[]"),
        (METADATA, b"\xff"),
        (PARENT, b"7"),
        (PARENT, b"{\"a\": 1e999}"),
    ];
    for (part, bytes) in faulty {
        for (channel, message_type) in [
            (Channel::Shell, "execute_request"),
            (Channel::Shell, "complete_request"),
            (Channel::Control, "is_complete_request"),
        ] {
            let (id, frames) = with_part(message_type, part, bytes);
            front_end.send_frames(channel, frames).await;
            let said = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            let reply = front_end.receive(channel).await;
            assert_eq!(reply.parent, id, "{said}");
            assert_eq!(
                reply.message_type,
                message_type.replace("request", "reply"),
                "{said}"
            );
            assert_eq!(reply.content["status"], "error", "{said}");
            assert_eq!(reply.content["ename"], "MalformedRequest", "{said}");
            let published = front_end.published_for(&id).await;
            assert_eq!(published.len(), 2, "busy and idle: {said}");
        }
    }
    // The readable parts are used.
    let understood: [(usize, &[u8], &str); 8] = [
        (CONTENT, b"{\"code\": \"echo \\ud800x\"}", "\u{fffd}x"),
        (CONTENT, b"{\"code\": \"echo \xffx\"}", "\u{fffd}x"),
        (
            CONTENT,
            b"{\"code\": \"0\", \"code\": \"echo x\", \"y\": NaN}",
            "x",
        ),
        (METADATA, b"{\"a\": \"\\udc00\", \"b\": [Infinity]}", "x"),
        (PARENT, b"", "x"),
        (HEADER, b"HEADER,\"username\":\"\\ud800\"", "x"),
        (HEADER, b"HEADER,\"date\":1e999", "x"),
        (HEADER, closed.as_bytes(), "x"),
    ];
    for (part, bytes, printed) in understood {
        let (id, frames) = with_part("execute_request", part, bytes);
        front_end.send_frames(Channel::Shell, frames).await;
        let reply = front_end.reply().await;
        assert_eq!(
            (reply.parent.as_str(), &reply.content["status"]),
            (id.as_str(), &json!("ok"))
        );
        assert_eq!(
            front_end.published_for(&id).await[2].content["text"],
            printed
        );
    }
    // A request without a type gets no reply, but an idle.
    let nameless: [&[u8]; 7] = [
        b"{}",
        b"[\"execute_request\"]",
        b"{\"msg_id\":\"7\",\"msg_type\":{\"a\":1}}",
        b"{\"msg_id\":\"7\",\"msg_type\":null}",
        b"{\"msg_id\":\"7\",\"msg_type\":\"execute_reply\"}",
        b"\0",
        b"",
    ];
    for channel in [Channel::Shell, Channel::Control] {
        for header in nameless {
            let (_, frames) = with_part("execute_request", HEADER, header);
            front_end.send_frames(channel, frames).await;
            let id = if header.starts_with(b"{\"msg_id") {
                "7"
            } else {
                ""
            };
            let published = front_end.published_for(id).await;
            let states: Vec<_> = published
                .iter()
                .map(|one| &one.content["execution_state"])
                .collect();
            assert_eq!(states, ["busy", "idle"]);
        }
    }
    assert_eq!(front_end.run("echo on").await.0.content["status"], "ok");
    front_end.shut_down().await;
}

/// Reads until the kernel closes the connection.
fn wait_until_closed(stream: &UnixStream) {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut stream = stream;
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

fn is_open(mut stream: &UnixStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    loop {
        match stream.read(&mut [0; 1024]) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_in_crowds_push_each_other_out_and_nobody_who_works() {
    let options = Options {
        connections: 40,
        ..Options::default()
    };
    let mut front_end = FrontEnd::start_with(Place::ipc(), options).await;
    assert_eq!(front_end.run("echo first").await.0.content["status"], "ok");
    let (greeting, dealer, sub) = (greeting(), ready("DEALER"), ready("SUB"));
    let silent: [&[u8]; 0] = [];
    let mut strangers = Vec::new();
    for round in 0..120 {
        for channel in [1, 2, 4, 5] {
            let ready = if channel == 2 { &sub } else { &dealer };
            let subscribed: [&[u8]; 3] = [&greeting, ready, &[0, 1, 1]];
            let said: &[&[u8]] = match round % 3 {
                0 => &silent,
                1 => &subscribed[..2],
                _ if channel == 2 => &subscribed,
                _ => &subscribed[..2],
            };
            // One that is pushed out at once cannot be written to.
            let mut stream = UnixStream::connect(front_end.place.path(channel)).unwrap();
            let _ = stream.write_all(&said.concat());
            strangers.push(stream);
        }
        // The kernel must have taken them in.
        if round % 10 == 9 {
            front_end.everything_is_read().await;
        }
    }
    wait_until_closed(&strangers[0]);
    let (reply, published) = front_end.run("echo second").await;
    assert_eq!(reply.content["execution_count"], 2);
    assert_eq!(published[2].content["text"], "second");
    // There is room for another front end, and it works beside the first one.
    let mut another = front_end.another().await;
    assert_eq!(
        another.run("echo third").await.1[2].content["text"],
        "third"
    );
    assert_eq!(front_end.run("echo fourth").await.0.content["status"], "ok");
    // Until those that are left have been seen to be closed, they may count as open.
    while strangers.iter().filter(|one| is_open(one)).count() > 40 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    front_end.shut_down().await;
}

/// Unfinished and unread messages of all peers together are bounded.
#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_is_bounded_together() {
    let mut front_end = FrontEnd::start().await;
    assert_eq!(front_end.run("echo first").await.0.content["status"], "ok");
    let (greeting, dealer) = (greeting(), ready("DEALER"));
    let announced = 100_u64 << 20;
    let head = [&[2][..], &announced.to_be_bytes()].concat();
    let mut strangers: Vec<UnixStream> = (0..10)
        .map(|_| connection(&front_end.place, 1, &[&greeting, &dealer, &head]))
        .collect();
    // Each of them could send this much; together they cannot.
    let piece = vec![b'x'; 1 << 20];
    let (mut taken, mut refused) = (0, 0);
    for stream in &mut strangers {
        stream
            .set_write_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        for _ in 0..40 {
            match stream.write_all(&piece) {
                Ok(()) => taken += 1,
                Err(_) => {
                    refused += 1;
                    break;
                }
            }
        }
    }
    let left = strangers.iter().filter(|one| is_open(one)).count();
    assert!(
        left <= 2,
        "{left} are left, of which each has sent 40 MB of {taken}"
    );
    assert!(refused <= 1, "whoever has sent most goes, not who sends");
    let (reply, published) = front_end.run("echo second").await;
    assert_eq!(reply.content["execution_count"], 2);
    assert_eq!(published[2].content["text"], "second");
    // A front end sends large messages from its first one on.
    let mut another = front_end.another().await;
    let large = json!({ "code": "y".repeat(20 << 20) });
    let id = another.request("is_complete_request", large).await;
    let reply = another.reply().await;
    assert_eq!(
        (reply.parent, &reply.content["status"]),
        (id, &json!("complete"))
    );
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
        // These send too little to be refused, or too much to be read; then they go.
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
    // A subscriber that reads gets everything.
    let text = |one: &crate::front_end::Received| one.content["text"].as_str().map_or(0, str::len);
    let received: usize = published.iter().map(text).sum();
    assert_eq!(received, megabytes << 20);
    // A subscriber that did not was dropped, and got no more than was on its way.
    let mut rest = Vec::new();
    let _ = (&stalled).read_to_end(&mut rest);
    assert!(rest.len() < 8 << 20, "{} bytes", rest.len());
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_comes_through_while_a_subscriber_is_stalled() {
    // No subscriber is dropped here: the kernel waits for the stalled one all along.
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
