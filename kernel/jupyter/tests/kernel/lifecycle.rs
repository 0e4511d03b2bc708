//! End of a kernel: with every message delivered, and nothing left behind.

use crate::front_end::{Channel, FrontEnd, Letter, Place, execute, serve_in_thread};
use crate::parrot::{Parrot, ParrotControls};
use hx_jupyter::{ConnectionFile, Options, ServeError, serve};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Variable that names the connection file to the process started below.
const CONNECTION: &str = "HX_TEST_CONNECTION";

/// A kernel in a process of its own, which ends as soon as it may.
#[test]
#[ignore = "a process of the next test"]
fn serve_and_exit() {
    let Some(file) = std::env::var_os(CONNECTION) else {
        return;
    };
    let connection = ConnectionFile::read(Path::new(&file)).unwrap();
    let parrot = Parrot::default();
    let control_handler = Arc::new(ParrotControls(parrot.asked.clone()));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    serve(
        &connection,
        Options::default(),
        control_handler,
        stopped,
        || parrot,
    )
    .unwrap();
    std::process::exit(0);
}

/// Checks that the last messages arrive although the process ends at once.
///
/// Sockets that only queue their messages lose some of these: there is no time left between the
/// last message and the end of the process.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_messages_arrive_every_time() {
    for round in 0..50 {
        let place = [Place::ipc, Place::tcp][round % 2]();
        let mut process = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lifecycle::serve_and_exit", "--ignored"])
            .env(CONNECTION, place.connection_file())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut front_end = FrontEnd::connect(place).await;
        let channel = [Channel::Shell, Channel::Control][round / 2 % 2];
        let restart = json!({ "restart": round % 3 == 0 });
        let letter = Letter::new("shutdown_request", restart.clone());
        let id = front_end.send(channel, &letter).await;
        let reply = front_end.receive(channel).await;
        assert_eq!(reply.message_type, "shutdown_reply");
        assert_eq!(reply.content["restart"], restart["restart"]);
        assert_eq!(front_end.published_for(&id).await.len(), 2, "busy and idle");
        assert!(process.wait().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_and_what_waits_is_answered_before_the_end() {
    let mut front_end = FrontEnd::start().await;
    let running = front_end.keep_busy().await;
    let waiting = front_end
        .request("execute_request", execute("echo a"))
        .await;
    let complete = json!({ "code": "later", "cursor_pos": 0 });
    let question = front_end.request("inspect_request", complete).await;
    front_end.everything_is_read().await;
    front_end.stop();
    let mut replies = Vec::new();
    for _ in 0..3 {
        replies.push(front_end.reply().await);
    }
    for (id, expected) in [
        (running, "error"),
        (waiting, "aborted"),
        (question, "error"),
    ] {
        let reply = replies.iter().find(|one| one.parent == id).unwrap();
        assert_eq!(reply.content["status"], expected);
    }
    front_end.join();
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_in_the_file_system_are_removed() {
    let front_end = FrontEnd::start().await;
    let place = front_end.place.clone();
    assert!(place.path(1).exists());
    front_end.shut_down().await;
    for channel in 1..=5 {
        assert!(!place.path(channel).exists(), "socket {channel}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_kernel_cannot_take_the_first_ones_sockets() {
    for place in [Place::ipc(), Place::tcp()] {
        let front_end = FrontEnd::start_with(place.clone(), Options::default()).await;
        let parrot = Parrot::default();
        let control_handler = Arc::new(ParrotControls(parrot.asked.clone()));
        let (second, _stop) =
            serve_in_thread(&place, Options::default(), control_handler, move || parrot);
        let outcome = second.join().unwrap();
        assert!(
            matches!(outcome, Err(ServeError::Bind { .. })),
            "{outcome:?}"
        );
        front_end.shut_down().await;
    }
}

#[test]
fn a_language_that_cannot_start_ends_the_kernel() {
    let control_handler = Arc::new(ParrotControls(Arc::default()));
    let start = || -> Parrot { panic!("no such language") };
    let place = Place::ipc();
    let (kernel, _stop) = serve_in_thread(&place, Options::default(), control_handler, start);
    let outcome = kernel.join().unwrap();
    let Err(ServeError::Language(message)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(message.contains("no such language"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hearts_beat() {
    use zeromq::{ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};
    let front_end = FrontEnd::start().await;
    let mut heart = ReqSocket::new();
    let endpoint = format!("ipc://{}", front_end.place.path(5).display());
    heart.connect(&endpoint).await.unwrap();
    for beat in ["ping", "pong"] {
        heart.send(ZmqMessage::from(beat)).await.unwrap();
        assert_eq!(heart.recv().await.unwrap().into_vec(), [beat.as_bytes()]);
    }
    front_end.shut_down().await;
}
