//! The kernel as a front end sees it: five sockets, and who answers on which.

use crate::connection::{Channel, ConnectionFile};
use crate::iopub::IoPub;
use crate::language::{Completeness, Controls, Description, Language};
use crate::requests::{IsComplete, Shutdown};
use crate::shell::{Queue, Replies, Shell, malformed};
use crate::wire::{Message, PROTOCOL_VERSION, Request, Wire};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use zeromq::{RouterRecvHalf, RouterSocket, Socket, SocketRecv, SocketSend, XPubSocket};

/// How long the last replies get to leave the process. `zeromq` queues what is
/// sent on a ROUTER socket and does not say when it is gone.
const LINGER: Duration = Duration::from_millis(200);
/// How long a language gets to end its cell and its children.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a kernel cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A socket cannot be bound.
    #[error("cannot listen on {endpoint}: {source}; is another kernel using this connection file?")]
    Bind {
        /// The address.
        endpoint: String,
        /// Why.
        source: zeromq::ZmqError,
    },
    /// No thread or event loop to be had.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
}

/// Serves one session: returns when a front end, or `stop`, shuts the kernel down.
///
/// `start` makes the language in the thread that will own it, while requests
/// that do not need it are answered already.
///
/// # Errors
/// If the sockets cannot be bound.
pub fn serve<L: Language>(
    connection: &ConnectionFile,
    controls: Arc<dyn Controls>,
    stop: watch::Receiver<bool>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(session(connection, controls, stop, start));
    runtime.shutdown_background();
    outcome
}

async fn session<L: Language>(
    connection: &ConnectionFile,
    controls: Arc<dyn Controls>,
    mut stop: watch::Receiver<bool>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), ServeError> {
    let wire = Arc::new(Wire::new(&connection.key));
    tracing::info!(session = wire.session(), "listening");
    let mut publisher = XPubSocket::new();
    bind(&mut publisher, connection, Channel::IoPub).await?;
    let mut heartbeat = RouterSocket::new();
    bind(&mut heartbeat, connection, Channel::Heartbeat).await?;
    let (stdin_replies, stdin) = router(connection, Channel::Stdin).await?;
    let (control_replies, control) = router(connection, Channel::Control).await?;
    let (shell_replies, shell) = router(connection, Channel::Shell).await?;
    // Nothing asks for input yet; the socket is there because front ends connect to it.
    let _stdin = (stdin_replies, stdin);

    let iopub = IoPub::start(publisher, Arc::clone(&wire));
    let queue = Arc::new(Queue::default());
    let (down, mut went_down) = watch::channel(false);
    let replies = |socket| Replies {
        socket,
        wire: Arc::clone(&wire),
        runtime: tokio::runtime::Handle::current(),
    };
    let answers = |socket| Answers {
        controls: Arc::clone(&controls),
        iopub: iopub.clone(),
        replies: replies(socket),
        queue: Arc::clone(&queue),
        down: down.clone(),
    };

    tokio::spawn(beat(heartbeat));
    tokio::spawn(listen(
        shell,
        Arc::clone(&wire),
        answers(shell_replies.clone()),
    ));
    tokio::spawn(listen(control, Arc::clone(&wire), answers(control_replies)));

    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let owner = {
        let (queue, iopub, replies) = (Arc::clone(&queue), iopub.clone(), replies(shell_replies));
        // Deep recursion happens in parsers and type checkers, not only in cells.
        std::thread::Builder::new()
            .name("language".into())
            .stack_size(64 << 20)
            .spawn(move || {
                Shell {
                    language: start(),
                    queue,
                    iopub,
                    replies,
                    number: 0,
                }
                .run();
                let _ = ended.send(());
            })?
    };

    tokio::select! {
        _ = went_down.wait_for(|down| *down) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    queue.close();
    controls.shut_down();
    let _ = tokio::time::timeout(PATIENCE, has_ended).await;
    iopub.flush().await;
    tokio::time::sleep(LINGER).await;
    if owner.is_finished() {
        let _ = owner.join();
    }
    Ok(())
}

async fn bind(
    socket: &mut impl Socket,
    connection: &ConnectionFile,
    channel: Channel,
) -> Result<(), ServeError> {
    let endpoint = connection.endpoint(channel);
    match socket.bind(&endpoint).await {
        Ok(_) => Ok(()),
        Err(source) => Err(ServeError::Bind { endpoint, source }),
    }
}

async fn router(
    connection: &ConnectionFile,
    channel: Channel,
) -> Result<(zeromq::RouterSendHalf, RouterRecvHalf), ServeError> {
    let mut socket = RouterSocket::new();
    bind(&mut socket, connection, channel).await?;
    Ok(socket.split())
}

/// Echoes heartbeats; a ROUTER echoes to any number of peers at once.
async fn beat(mut socket: RouterSocket) {
    loop {
        if let Ok(frames) = socket.recv().await {
            let _ = socket.send(frames).await;
        }
    }
}

/// Reads one socket for ever. A frame that is no message is dropped with a line
/// in the log: it must not cost the session.
async fn listen(mut socket: RouterRecvHalf, wire: Arc<Wire>, mut answers: Answers) {
    loop {
        match socket.recv().await {
            Ok(frames) => match wire.read(frames.into_vec()) {
                Ok(request) => answers.take(request).await,
                Err(error) => tracing::warn!(%error, "dropped a message"),
            },
            Err(error) => {
                tracing::warn!(%error, "nothing to read");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// Answers what needs no language at once and queues the rest.
struct Answers {
    controls: Arc<dyn Controls>,
    iopub: IoPub,
    replies: Replies,
    queue: Arc<Queue>,
    down: watch::Sender<bool>,
}

impl Answers {
    async fn take(&mut self, request: Request) {
        tracing::debug!(message_type = request.message_type, "request");
        match request.message_type.as_str() {
            "execute_request" | "complete_request" | "inspect_request" => self.queue.push(request),
            _ => {
                self.iopub.status("busy", &request.header).await;
                self.answer(&request).await;
                self.iopub.status("idle", &request.header).await;
                if request.message_type == "shutdown_request" {
                    self.iopub.flush().await;
                    let _ = self.down.send(true);
                }
            }
        }
    }

    async fn answer(&mut self, request: &Request) {
        let (reply, content) = match request.message_type.as_str() {
            "kernel_info_request" => ("kernel_info_reply", kernel_info(&self.controls.describe())),
            "is_complete_request" => ("is_complete_reply", self.is_complete(&request.content)),
            "comm_info_request" => ("comm_info_reply", json!({ "status": "ok", "comms": {} })),
            "history_request" => ("history_reply", json!({ "status": "ok", "history": [] })),
            "interrupt_request" => {
                self.controls.interrupt();
                ("interrupt_reply", json!({ "status": "ok" }))
            }
            "shutdown_request" => ("shutdown_reply", shutdown(&request.content)),
            // A front end that opens a comm nobody listens to is told so.
            "comm_open" => {
                let content = json!({ "comm_id": request.content["comm_id"], "data": {} });
                self.iopub
                    .send(Message::new("comm_close", &request.header, content))
                    .await;
                return;
            }
            "comm_msg" | "comm_close" => return,
            other => {
                tracing::warn!(message_type = other, "a request nobody answers");
                return;
            }
        };
        self.replies
            .send(request, Message::new(reply, &request.header, content))
            .await;
    }

    fn is_complete(&self, content: &Value) -> Value {
        match serde_json::from_value::<IsComplete>(content.clone()) {
            Ok(request) => match self.controls.is_complete(&request.code) {
                Completeness::Complete => json!({ "status": "complete" }),
                Completeness::Incomplete { indent } => {
                    json!({ "status": "incomplete", "indent": indent })
                }
                Completeness::Invalid => json!({ "status": "invalid" }),
            },
            Err(error) => malformed("is_complete_request", &error),
        }
    }
}

fn shutdown(content: &Value) -> Value {
    let restart = serde_json::from_value::<Shutdown>(content.clone()).is_ok_and(|it| it.restart);
    json!({ "status": "ok", "restart": restart })
}

fn kernel_info(description: &Description) -> Value {
    let links: Vec<Value> = description
        .help_links
        .iter()
        .map(|(text, url)| json!({ "text": text, "url": url }))
        .collect();
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": description.implementation,
        "implementation_version": description.implementation_version,
        "language_info": description.language_info,
        "banner": description.banner,
        "help_links": links,
        "debugger": false,
        "supported_features": ["iopub_welcome"],
    })
}
