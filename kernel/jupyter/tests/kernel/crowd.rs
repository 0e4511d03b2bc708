//! Costs of many peers at once: memory and files of a kernel in a process of its own.

use crate::front_end::{FrontEnd, Place, execute};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// Number of peers that the kernel admits at one socket, but for a few.
const CROWD: usize = 90;
/// Length in bytes of a cell, which the kernel repeats to all subscribers.
const CODE: usize = 8 << 20;

/// A kernel in a process of its own, and its only front end.
struct Kernel {
    place: Place,
    process: Child,
    front_end: FrontEnd,
}

impl Kernel {
    async fn start() -> Kernel {
        let place = Place::ipc();
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lifecycle::serve_and_exit", "--ignored"])
            .env("HX_TEST_CONNECTION", place.connection_file())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let front_end = FrontEnd::connect(place.clone()).await;
        Kernel {
            place,
            process,
            front_end,
        }
    }

    /// Connects a peer and waits until it is subscribed.
    fn subscriber(&self) -> UnixStream {
        let mut stream = subscribe(&self.place.path(2));
        let (mut heard, mut byte) = (Vec::new(), [0]);
        while !heard.ends_with(b"iopub_welcome") {
            stream.read_exact(&mut byte).unwrap();
            heard.push(byte[0]);
        }
        stream
    }

    fn crowd(&self) -> Vec<UnixStream> {
        (0..CROWD).map(|_| self.subscriber()).collect()
    }

    /// Returns the largest memory the kernel ever had, in bytes.
    fn peak_memory(&self) -> usize {
        memory(self.process.id(), "VmHWM:")
    }

    fn assert_grown_little(&self, before: usize) {
        let grown = self.peak_memory() - before;
        assert!(
            grown < 8 * CODE,
            "{grown} bytes more for {CROWD} subscribers to {CODE} bytes"
        );
    }

    fn open_files(&self) -> usize {
        let directory = format!("/proc/{}/fd", self.process.id());
        std::fs::read_dir(directory).unwrap().count()
    }
}

/// Subscribes to everything, for which no key is needed.
fn subscribe(path: &Path) -> UnixStream {
    let mut greeting = b"\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL".to_vec();
    greeting.resize(64, 0);
    let ready = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB";
    let mut stream = UnixStream::connect(path).unwrap();
    stream
        .write_all(&[&greeting, &ready[..], &[0, 1, 1]].concat())
        .unwrap();
    stream
}

/// Reads until the connection ends.
fn read_on(mut stream: UnixStream) -> JoinHandle<()> {
    std::thread::spawn(move || _ = std::io::copy(&mut stream, &mut std::io::sink()))
}

/// Reads a field of the system's report on a process's memory, in bytes.
fn memory(process: u32, what: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().unwrap() << 10
}

/// Ends the process also when a test fails.
impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Peers leave files for a compiler.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_one_open_file() {
    let mut kernel = Kernel::start().await;
    kernel.front_end.run("echo first").await;
    let files = kernel.open_files();
    let crowd = kernel.crowd();
    assert_eq!(kernel.open_files() - files, CROWD);
    drop(crowd);
}

/// Many subscribers cost little: what is published is kept once, however many wait for it.
///
/// None of them needs a key.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_does_not_read_shares_what_it_waits_for() {
    let mut kernel = Kernel::start().await;
    let code = format!("echo {}", "x".repeat(CODE));
    kernel.front_end.run(&code).await;
    let before = kernel.peak_memory();

    let crowd = kernel.crowd();
    let content = execute(&code);
    let id = kernel.front_end.request("execute_request", content).await;
    kernel.front_end.published_of_type("execute_input").await;
    // A later message has passed all the others once it has come here.
    let content = serde_json::json!({});
    let later = kernel
        .front_end
        .request_on_control("kernel_info_request", content)
        .await;
    kernel.front_end.published_for(&later).await;
    kernel.assert_grown_little(before);
    drop(crowd);
    kernel.front_end.published_for(&id).await;
    assert_eq!(kernel.front_end.reply().await.content["status"], "ok");
}

/// Memory of a large output is free again when it has been read.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_reads_costs_nothing_afterwards() {
    let mut kernel = Kernel::start().await;
    let code = format!("echo {}", "x".repeat(CODE));
    kernel.front_end.run(&code).await;
    let before = kernel.peak_memory();

    let readers: Vec<_> = kernel.crowd().into_iter().map(read_on).collect();
    kernel.front_end.run(&code).await;
    kernel.assert_grown_little(before);
    drop(kernel);
    for reader in readers {
        reader.join().unwrap();
    }
}

/// Measures the same of the socket of `zeromq`, with nothing of ours before or behind it.
///
/// `docs/transport.md` says what follows if this passes with another version.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fails with zeromq 0.7"]
async fn a_crowd_that_reads_costs_zeromq_nothing_afterwards() {
    use zeromq::{Socket as _, SocketRecv as _, SocketSend as _, XPubSocket, ZmqMessage};
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let mut socket = XPubSocket::new();
    socket.bind_listener(listener).await.unwrap();
    let readers = (0..CROWD).map(|_| read_on(subscribe(&path)));
    let _readers: Vec<_> = readers.collect();
    for _ in 0..CROWD {
        assert_eq!(socket.recv().await.unwrap().into_vec(), [[1].as_slice()]);
    }
    let before = memory(std::process::id(), "VmRSS:");
    // Returns when everybody's copy has been written; the second one is a small one.
    for length in [CODE, 1] {
        let message = ZmqMessage::from(vec![b'x'; length]);
        socket.send(message).await.unwrap();
    }
    let grown = memory(std::process::id(), "VmRSS:").saturating_sub(before);
    assert!(
        grown < 8 * CODE,
        "{grown} bytes more for {CROWD} subscribers to {CODE} bytes"
    );
}
