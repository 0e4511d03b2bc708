//! A dummy front end: five sockets against a kernel served in this process.

use bytes::Bytes;
use hmac::{Hmac, Mac};
use hx_jupyter::{ConnectionFile, Controls, Language, serve};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use zeromq::{DealerSocket, Socket, SocketRecv, SocketSend, SubSocket, ZmqMessage};

const KEY: &str = "a key";
/// Only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message as a front end sees it.
#[derive(Debug, Clone)]
pub struct Received {
    pub message_type: String,
    /// `msg_id` of the request that caused it.
    pub parent: String,
    pub content: Value,
}

pub struct FrontEnd {
    shell: DealerSocket,
    control: DealerSocket,
    iopub: SubSocket,
    _directory: tempfile::TempDir,
    kernel: std::thread::JoinHandle<()>,
}

impl FrontEnd {
    /// Serves a language over ipc sockets and connects to it.
    pub async fn start<L: Language + Send + 'static>(
        controls: Arc<dyn Controls>,
        language: L,
    ) -> FrontEnd {
        let directory = tempfile::tempdir().unwrap();
        let ip = directory.path().join("kernel");
        let connection = json!({
            "transport": "ipc", "ip": ip, "key": KEY, "signature_scheme": "hmac-sha256",
            "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5,
        });
        let file = directory.path().join("connection.json");
        std::fs::write(&file, connection.to_string()).unwrap();
        let connection = ConnectionFile::read(&file).unwrap();
        let kernel = std::thread::spawn(move || {
            let (_stop, stopped) = tokio::sync::watch::channel(false);
            serve(&connection, controls, stopped, move || language).unwrap();
        });
        let endpoint = |port: u16| format!("ipc://{}-{port}", ip.display());
        let mut iopub = SubSocket::new();
        connect(&mut iopub, &endpoint(2)).await;
        iopub.subscribe("").await.unwrap();
        let mut front_end = FrontEnd {
            shell: DealerSocket::new(),
            control: DealerSocket::new(),
            iopub,
            _directory: directory,
            kernel,
        };
        // From here on nothing that is published is missed.
        while front_end.published().await.message_type != "iopub_welcome" {}
        connect(&mut front_end.shell, &endpoint(1)).await;
        connect(&mut front_end.control, &endpoint(4)).await;
        front_end
    }

    /// Sends a request on the shell socket; gives back its id.
    pub async fn request(&mut self, message_type: &str, content: Value) -> String {
        let (id, frames) = message(message_type, &content);
        self.shell.send(frames).await.unwrap();
        id
    }

    /// Sends a request on the control socket; gives back its id.
    pub async fn request_on_control(&mut self, message_type: &str, content: Value) -> String {
        let (id, frames) = message(message_type, &content);
        self.control.send(frames).await.unwrap();
        id
    }

    /// Sends frames that need not be a message.
    pub async fn send_frames(&mut self, frames: &[&[u8]]) {
        let frames: Vec<Bytes> = frames
            .iter()
            .map(|frame| Bytes::copy_from_slice(frame))
            .collect();
        self.shell
            .send(ZmqMessage::try_from(frames).unwrap())
            .await
            .unwrap();
    }

    pub async fn reply(&mut self) -> Received {
        read(&mut self.shell).await
    }

    pub async fn reply_on_control(&mut self) -> Received {
        read(&mut self.control).await
    }

    pub async fn published(&mut self) -> Received {
        read(&mut self.iopub).await
    }

    /// Everything published for a request, from its `busy` to its `idle`.
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

    /// Runs a cell: its reply and everything that was published for it.
    pub async fn run(&mut self, code: &str) -> (Received, Vec<Received>) {
        let id = self.request("execute_request", execute(code)).await;
        let published = self.published_for(&id).await;
        (self.reply().await, published)
    }

    /// Shuts the kernel down and waits until it is gone.
    pub async fn shut_down(mut self) {
        self.request_on_control("shutdown_request", json!({ "restart": false }))
            .await;
        let reply = self.reply_on_control().await;
        assert_eq!(reply.message_type, "shutdown_reply");
        self.kernel.join().unwrap();
    }
}

/// The content of an `execute_request`.
pub fn execute(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {},
            "allow_stdin": false, "stop_on_error": true })
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

fn message(message_type: &str, content: &Value) -> (String, ZmqMessage) {
    let id = uuid::Uuid::new_v4().to_string();
    let header = json!({ "msg_id": id, "session": "test", "username": "test", "date": "",
                         "msg_type": message_type, "version": "5.3" });
    let body = [
        header.to_string(),
        "{}".into(),
        "{}".into(),
        content.to_string(),
    ];
    let mut digest = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    body.iter()
        .for_each(|frame| digest.update(frame.as_bytes()));
    let signature = hex::encode(digest.finalize().into_bytes());
    let frames = ["<IDS|MSG>".to_owned(), signature].into_iter().chain(body);
    let frames: Vec<Bytes> = frames.map(Bytes::from).collect();
    (id, ZmqMessage::try_from(frames).unwrap())
}

async fn read(socket: &mut impl SocketRecv) -> Received {
    let frames = tokio::time::timeout(PATIENCE, socket.recv())
        .await
        .expect("a message")
        .unwrap();
    let frames = frames.into_vec();
    let delimiter = frames
        .iter()
        .position(|frame| frame.as_ref() == b"<IDS|MSG>")
        .unwrap();
    let json = |index: usize| -> Value {
        serde_json::from_slice(&frames[delimiter + index]).expect("frames are JSON")
    };
    Received {
        message_type: json(2)["msg_type"].as_str().unwrap().to_owned(),
        parent: json(3)["msg_id"].as_str().unwrap_or_default().to_owned(),
        content: json(5),
    }
}
