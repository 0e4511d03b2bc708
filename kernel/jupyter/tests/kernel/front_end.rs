//! A dummy front end: sockets against a kernel served in this process.

use crate::parrot::{Parrot, ParrotControls};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use hx_jupyter::{ConnectionFile, ControlHandler, Options, ServeError, ShellHandler, serve};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use zeromq::util::PeerIdentity;
use zeromq::{DealerSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage};

pub const KEY: &str = "a key";
/// Limit that only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message as a front end sees it.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: String,
    pub message_type: String,
    /// Id (`msg_id`) of the request that caused it.
    pub parent: String,
    /// The header of that request, whole.
    pub parent_header: Value,
    pub metadata: Value,
    pub content: Value,
    pub buffers: Vec<Bytes>,
}

/// A message from a front end.
pub struct Letter {
    pub header: Value,
    pub parent: Value,
    pub metadata: Value,
    pub content: Value,
    pub buffers: Vec<Bytes>,
}

impl Letter {
    pub fn new(message_type: &str, content: Value) -> Letter {
        let id = uuid::Uuid::new_v4().to_string();
        Letter {
            header: json!({ "msg_id": id, "session": "test", "username": "test", "date": "",
                            "msg_type": message_type, "version": "5.3" }),
            parent: json!({}),
            metadata: json!({}),
            content,
            buffers: Vec::new(),
        }
    }

    pub fn frames(&self) -> Vec<Bytes> {
        let body = [&self.header, &self.parent, &self.metadata, &self.content];
        let mut frames = signed(&body.map(|part| Bytes::from(part.to_string())));
        frames.extend_from_slice(&self.buffers);
        frames
    }
}

/// Makes the frames of a message: delimiter and signature, then the four signed parts.
pub fn signed(body: &[Bytes; 4]) -> Vec<Bytes> {
    let mut digest = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    body.iter().for_each(|frame| digest.update(frame));
    let signature = hex::encode(digest.finalize().into_bytes());
    let mut frames = vec![Bytes::from_static(b"<IDS|MSG>"), Bytes::from(signature)];
    frames.extend_from_slice(body);
    frames
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Shell = 1,
    Stdin = 3,
    Control = 4,
}

/// Addresses of a kernel.
#[derive(Clone)]
pub struct Place {
    transport: &'static str,
    ip: String,
    directory: Arc<tempfile::TempDir>,
}

impl Place {
    pub fn ipc() -> Place {
        let directory = tempfile::tempdir().unwrap();
        Place {
            transport: "ipc",
            ip: directory.path().join("kernel").display().to_string(),
            directory: Arc::new(directory),
        }
    }

    /// Makes a loopback address of its own, so that ports are free.
    pub fn tcp() -> Place {
        let [a, b, c, ..] = *uuid::Uuid::new_v4().as_bytes();
        Place {
            transport: "tcp",
            ip: format!("127.{}.{b}.{}", 1 + a % 254, 1 + c % 254),
            directory: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    fn port(&self, channel: u16) -> u16 {
        40_000 + channel
    }

    fn endpoint(&self, channel: u16) -> String {
        match self.transport {
            "tcp" => format!("tcp://{}:{}", self.ip, self.port(channel)),
            _ => format!("ipc://{}", self.path(channel).display()),
        }
    }

    /// The socket of a channel (1 shell, 2 iopub, 3 stdin, 4 control, 5 heartbeat).
    pub fn path(&self, channel: u16) -> PathBuf {
        format!("{}-{}", self.ip, self.port(channel)).into()
    }

    /// Writes the connection file.
    pub fn connection_file(&self) -> PathBuf {
        let [shell, iopub, stdin, control, heartbeat] = [1, 2, 3, 4, 5].map(|one| self.port(one));
        let content = json!({
            "transport": self.transport, "ip": self.ip, "key": KEY,
            "signature_scheme": "hmac-sha256", "shell_port": shell, "iopub_port": iopub,
            "stdin_port": stdin, "control_port": control, "hb_port": heartbeat,
        });
        let file = self.directory.path().join("connection.json");
        std::fs::write(&file, content.to_string()).unwrap();
        file
    }
}

type Outcome = Result<(), ServeError>;

/// Serves a language in a thread.
pub fn serve_in_thread<L: ShellHandler>(
    place: &Place,
    options: Options,
    control_handler: Arc<dyn ControlHandler>,
    start: impl FnOnce() -> L + Send + 'static,
) -> (std::thread::JoinHandle<Outcome>, watch::Sender<bool>) {
    let connection = ConnectionFile::read(&place.connection_file()).unwrap();
    let (stop, stopped) = watch::channel(false);
    let kernel =
        std::thread::spawn(move || serve(&connection, options, control_handler, stopped, start));
    (kernel, stop)
}

/// A message, and what it is to a front end.
pub enum Anything {
    Reply(Received),
    Question(Received),
    Published(Received),
}

pub struct FrontEnd {
    shell: DealerSocket,
    control: DealerSocket,
    stdin: DealerSocket,
    iopub: SubSocket,
    pub place: Place,
    /// Thread of the kernel, if this front end started it.
    kernel: Option<(std::thread::JoinHandle<Outcome>, watch::Sender<bool>)>,
}

impl FrontEnd {
    /// Serves a parrot and connects to it.
    pub async fn start() -> FrontEnd {
        FrontEnd::start_with(Place::ipc(), Options::default()).await
    }

    pub async fn start_with(place: Place, options: Options) -> FrontEnd {
        let parrot = Parrot::default();
        let control_handler = Arc::new(ParrotControls(parrot.asked.clone()));
        let kernel = serve_in_thread(&place, options, control_handler, move || parrot);
        let mut front_end = FrontEnd::connect(place).await;
        front_end.kernel = Some(kernel);
        front_end
    }

    /// Connects another front end of the same kernel.
    pub async fn another(&self) -> FrontEnd {
        FrontEnd::connect(self.place.clone()).await
    }

    pub async fn connect(place: Place) -> FrontEnd {
        let mut front_end = FrontEnd::connect_without_stdin(place).await;
        front_end.connect_stdin().await;
        front_end
    }

    pub async fn connect_stdin(&mut self) {
        connect(&mut self.stdin, &self.place.endpoint(3)).await;
    }

    pub async fn connect_without_stdin(place: Place) -> FrontEnd {
        let mut iopub = SubSocket::new();
        connect(&mut iopub, &place.endpoint(2)).await;
        iopub.subscribe("").await.unwrap();
        // One identity for all sockets, as front ends have it, so that questions find it.
        let identity = uuid::Uuid::new_v4().to_string();
        let dealer = || {
            let mut options = SocketOptions::default();
            options.peer_identity(identity.parse::<PeerIdentity>().unwrap());
            DealerSocket::with_options(options)
        };
        let mut front_end = FrontEnd {
            shell: dealer(),
            control: dealer(),
            stdin: dealer(),
            iopub,
            place,
            kernel: None,
        };
        // From here on no published message is missed.
        while front_end.published().await.message_type != "iopub_welcome" {}
        connect(&mut front_end.shell, &front_end.place.endpoint(1)).await;
        connect(&mut front_end.control, &front_end.place.endpoint(4)).await;
        front_end
    }

    fn socket(&mut self, channel: Channel) -> &mut DealerSocket {
        match channel {
            Channel::Shell => &mut self.shell,
            Channel::Stdin => &mut self.stdin,
            Channel::Control => &mut self.control,
        }
    }

    /// Sends a message; returns its id.
    pub async fn send(&mut self, channel: Channel, letter: &Letter) -> String {
        self.send_frames(channel, letter.frames()).await;
        letter.header["msg_id"].as_str().unwrap().to_owned()
    }

    /// Sends frames that need not be a message.
    pub async fn send_frames(&mut self, channel: Channel, frames: Vec<Bytes>) {
        let frames = ZmqMessage::try_from(frames).unwrap();
        self.socket(channel).send(frames).await.unwrap();
    }

    /// Sends a request on the shell channel; returns its id.
    pub async fn request(&mut self, message_type: &str, content: Value) -> String {
        self.send(Channel::Shell, &Letter::new(message_type, content))
            .await
    }

    pub async fn request_on_control(&mut self, message_type: &str, content: Value) -> String {
        self.send(Channel::Control, &Letter::new(message_type, content))
            .await
    }

    /// Returns the next message on a channel.
    pub async fn receive(&mut self, channel: Channel) -> Received {
        read(self.socket(channel)).await
    }

    pub async fn reply(&mut self) -> Received {
        self.receive(Channel::Shell).await
    }

    pub async fn reply_on_control(&mut self) -> Received {
        self.receive(Channel::Control).await
    }

    pub async fn published(&mut self) -> Received {
        read(&mut self.iopub).await
    }

    /// Returns the next message on any channel; `None` if nothing comes in this time.
    pub async fn anything(&mut self, time: Duration) -> Option<Anything> {
        tokio::select! {
            frames = self.shell.recv() => Some(Anything::Reply(received(frames.unwrap()))),
            frames = self.control.recv() => Some(Anything::Reply(received(frames.unwrap()))),
            frames = self.stdin.recv() => Some(Anything::Question(received(frames.unwrap()))),
            frames = self.iopub.recv() => Some(Anything::Published(received(frames.unwrap()))),
            () = tokio::time::sleep(time) => None,
        }
    }

    /// Returns the next published message of this type.
    pub async fn published_of_type(&mut self, message_type: &str) -> Received {
        loop {
            let message = self.published().await;
            if message.message_type == message_type {
                return message;
            }
        }
    }

    /// Returns all published messages of a request, from its `busy` to its `idle`.
    pub async fn published_for(&mut self, id: &str) -> Vec<Received> {
        let mut all = Vec::new();
        loop {
            let message = self.published().await;
            if message.parent != id {
                continue;
            }
            let idle = message.content["execution_state"] == "idle";
            all.push(message);
            if idle {
                return all;
            }
        }
    }

    /// Runs a cell; returns its reply and all its published messages.
    pub async fn run(&mut self, code: &str) -> (Received, Vec<Received>) {
        let id = self.request("execute_request", execute(code)).await;
        let published = self.published_for(&id).await;
        (self.reply().await, published)
    }

    /// Starts a cell that waits until it is interrupted; returns its id.
    pub async fn keep_busy(&mut self) -> String {
        let id = self.request("execute_request", execute("wait")).await;
        self.published_of_type("stream").await;
        id
    }

    /// Waits until all earlier messages on the shell channel have been read.
    ///
    /// Requests on one channel are read in order, and this one is answered at once.
    pub async fn everything_is_read(&mut self) {
        let id = self
            .request("is_complete_request", json!({ "code": "x" }))
            .await;
        assert_eq!(self.reply().await.parent, id);
    }

    pub async fn interrupt(&mut self) {
        self.request_on_control("interrupt_request", json!({}))
            .await;
        assert_eq!(self.reply_on_control().await.content["status"], "ok");
    }

    /// Shuts the kernel down and waits until it is gone.
    pub async fn shut_down(mut self) {
        self.request_on_control("shutdown_request", json!({ "restart": false }))
            .await;
        let reply = self.reply_on_control().await;
        assert_eq!(reply.message_type, "shutdown_reply");
        self.join();
    }

    /// Waits until the kernel is gone.
    pub fn join(mut self) {
        let (kernel, _stop) = self.kernel.take().expect("this one started the kernel");
        kernel.join().unwrap().unwrap();
    }

    /// Asks the kernel to end, as a signal does.
    pub fn stop(&self) {
        let (_, stop) = self.kernel.as_ref().expect("this one started the kernel");
        stop.send(true).unwrap();
    }
}

/// Makes the content of an `execute_request`.
pub fn execute(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {},
            "allow_stdin": false, "stop_on_error": true })
}

/// Makes the same for a front end that can ask its user.
pub fn execute_with_input(code: &str) -> Value {
    let mut content = execute(code);
    content["allow_stdin"] = json!(true);
    content
}

pub fn types(messages: &[Received]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.message_type.as_str())
        .collect()
}

async fn connect(socket: &mut impl Socket, endpoint: &str) {
    // The kernel binds its sockets in a thread of its own.
    let attempt = async {
        while socket.connect(endpoint).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, attempt)
        .await
        .expect("the kernel listens");
}

async fn read(socket: &mut impl SocketRecv) -> Received {
    let frames = tokio::time::timeout(PATIENCE, socket.recv())
        .await
        .expect("a message")
        .unwrap();
    received(frames)
}

fn received(frames: ZmqMessage) -> Received {
    let frames = frames.into_vec();
    let delimiter = frames
        .iter()
        .position(|frame| frame.as_ref() == b"<IDS|MSG>")
        .unwrap();
    let body = [2, 3, 4, 5].map(|index| frames[delimiter + index].clone());
    assert_eq!(
        signed(&body)[1],
        frames[delimiter + 1],
        "the kernel signs what it says"
    );
    let [header, parent_header, metadata, content] =
        body.map(|part| serde_json::from_slice::<Value>(&part).expect("frames are JSON"));
    assert_eq!(header["version"], "5.5");
    Received {
        id: header["msg_id"].as_str().unwrap().to_owned(),
        message_type: header["msg_type"].as_str().unwrap().to_owned(),
        parent: parent_header["msg_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        parent_header,
        metadata,
        content,
        buffers: frames[delimiter + 6..].to_vec(),
    }
}
