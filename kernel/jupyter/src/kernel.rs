//! The kernel as a front end sees it: five sockets, and the parts that answer on them.

use crate::catch_panic::catch_panic;
use crate::connection::{Channel, ConnectionFile};
use crate::dispatcher::Dispatcher;
use crate::handlers::{ControlHandler, ShellHandler};
use crate::history::History;
use crate::input::Input;
use crate::iopub::{self, IoPub};
use crate::replies::Replies;
use crate::shell::{Services, Shell, decline};
use crate::transport::admission::Admission;
use crate::transport::endpoint::Endpoint;
use crate::transport::publisher::Publisher;
use crate::transport::router::{Incoming, Router};
use crate::transport::zmtp::Limits;
use crate::wire::{Message, Request, Wire};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Time for the language to end its cell and its children.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time for the last messages to leave the process.
///
/// They are gone within a millisecond; the rest is for peers that have stopped reading.
const LINGER: Duration = Duration::from_secs(2);
/// Time for the sockets to close.
const CLOSING: Duration = Duration::from_millis(200);

/// Options of a kernel.
#[derive(Debug, Clone)]
pub struct Options {
    /// File of the cells of all sessions; it and its directory are made if they are missing.
    ///
    /// Without one, and where it cannot be written, there is a history of this session only.
    pub history: Option<PathBuf>,
    /// Time after which a front end that has stopped reading is disconnected.
    ///
    /// Without a limit it could stop the kernel.
    pub patience: Duration,
    /// Stack of the language's thread in bytes.
    ///
    /// Deep recursion happens in parsers and type checkers, not only in cells.
    pub stack: usize,
    /// Largest number of connections, over all sockets together.
    ///
    /// A front end has five, and perhaps five for each of its views. Each is an open file of the
    /// process.
    pub connections: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            history: None,
            patience: Duration::from_secs(30),
            stack: 8 << 20,
            connections: 512,
        }
    }
}

/// Reason why a kernel cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A socket cannot be bound.
    #[error("cannot listen on {endpoint}: {source}; is another kernel using this connection file?")]
    Bind {
        /// Address of the socket.
        endpoint: String,
        /// Error of the system.
        source: std::io::Error,
    },
    /// No thread or event loop could be started.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
    /// The language panicked before it could answer anything.
    #[error("the language cannot start: {0}")]
    Language(String),
    /// The thread that owns the language has ended by itself.
    #[error("the language has ended by itself")]
    Fell,
}

/// Serves one session: returns when a front end, or `stop`, shuts the kernel down.
///
/// `start` makes the language in the thread that will own it, while requests that do not need it
/// are answered already.
///
/// # Errors
/// If the sockets cannot be bound, or the language cannot be made, or its thread ends early.
pub fn serve<L: ShellHandler>(
    connection: &ConnectionFile,
    options: Options,
    control_handler: Arc<dyn ControlHandler>,
    stop: watch::Receiver<bool>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(session(connection, options, control_handler, stop, start));
    runtime.shutdown_timeout(CLOSING);
    outcome
}

async fn session<L: ShellHandler>(
    connection: &ConnectionFile,
    options: Options,
    control_handler: Arc<dyn ControlHandler>,
    mut stop: watch::Receiver<bool>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), ServeError> {
    let wire = Arc::new(Wire::new(&connection.key));
    tracing::info!(session = wire.session(), "listening");
    let sockets = Sockets::bind(connection, &wire, &options).await?;
    let (routers, publisher) = (sockets.routers(), sockets.publisher.clone());
    let replies = |router: &Router| Replies {
        router: router.clone(),
        wire: Arc::clone(&wire),
    };
    let services = Services {
        iopub: IoPub::new(publisher, Arc::clone(&wire), Handle::current()),
        queue: Arc::default(),
        comms: Arc::default(),
        history: Arc::new(History::open(options.history.as_deref())),
        input: Arc::new(Input::new(replies(&sockets.stdin.0), Handle::current())),
        meanwhile: Arc::default(),
    };
    let (down, mut went_down) = watch::channel(false);
    services.iopub.send(&Message::orphan(
        "status",
        json!({ "execution_state": "starting" }),
    ));

    tokio::spawn(beat(sockets.heartbeat));
    let (input, stdin) = (Arc::clone(&services.input), sockets.stdin.1);
    tokio::spawn(listen(stdin, Arc::clone(&wire), move |reply| {
        input.take(&reply)
    }));
    for (router, incoming) in [sockets.shell, sockets.control] {
        let dispatcher = Dispatcher {
            control_handler: Arc::clone(&control_handler),
            services: services.clone(),
            replies: replies(&router),
            down: down.clone(),
        };
        let wire = Arc::clone(&wire);
        tokio::spawn(listen(incoming, wire, move |request| {
            dispatcher.take(request)
        }));
    }
    let mut language = own(services.clone(), options.stack, start)?;

    let early = tokio::select! {
        _ = went_down.wait_for(|down| *down) => None,
        _ = stop.wait_for(|stop| *stop) => None,
        ended = &mut language => Some(ended.unwrap_or(Err(ServeError::Fell))),
    };
    for pending in services.queue.close() {
        decline(&pending, &services.iopub);
    }
    services.input.end();
    let _ = catch_panic(|| control_handler.shut_down());
    if early.is_none() {
        let _ = tokio::time::timeout(PATIENCE, language).await;
    }
    let _ = tokio::time::timeout(PATIENCE, services.meanwhile.write()).await;
    let flushed = tokio::time::timeout(LINGER, async {
        for router in routers {
            router.flush().await;
        }
        services.iopub.flush().await;
    });
    if flushed.await.is_err() {
        tracing::warn!("a peer does not read the last messages");
    }
    early.unwrap_or(Ok(()))
}

/// Starts the thread that owns the language; the receiver gets its outcome when it has ended.
fn own<L: ShellHandler>(
    services: Services,
    stack: usize,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<tokio::sync::oneshot::Receiver<Result<(), ServeError>>, std::io::Error> {
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("language".into())
        .stack_size(stack)
        .spawn(move || {
            let outcome = match catch_panic(start) {
                Ok(language) => {
                    let mut shell = Shell {
                        language,
                        services,
                        number: 0,
                    };
                    shell.run();
                    // The children of the language end here, before the end is reported.
                    drop(shell);
                    Ok(())
                }
                Err(failure) => Err(ServeError::Language(failure.message)),
            };
            let _ = ended.send(outcome);
        })?;
    Ok(has_ended)
}

/// The five sockets of a kernel.
struct Sockets {
    publisher: Publisher,
    heartbeat: (Router, Incoming),
    stdin: (Router, Incoming),
    control: (Router, Incoming),
    shell: (Router, Incoming),
}

impl Sockets {
    async fn bind(
        connection: &ConnectionFile,
        wire: &Arc<Wire>,
        options: &Options,
    ) -> Result<Sockets, ServeError> {
        let patience = options.patience;
        let admission = Admission::new(options.connections);
        let failed = |endpoint: Endpoint| {
            move |source| ServeError::Bind {
                endpoint: endpoint.to_string(),
                source,
            }
        };
        let router = async |channel: Channel, limits| {
            let endpoint = connection.endpoint(channel);
            let bound = Router::bind(
                &endpoint,
                (patience, limits),
                &admission.at(channel as usize),
            )
            .await;
            bound.map_err(failed(endpoint))
        };
        let endpoint = connection.endpoint(Channel::IoPub);
        let welcoming = Arc::clone(wire);
        let welcome = move |topic: &[u8]| iopub::welcome(&welcoming, topic);
        let publisher = Publisher::bind(
            &endpoint,
            patience,
            &admission.at(Channel::IoPub as usize),
            welcome,
        )
        .await;
        Ok(Sockets {
            publisher: publisher.map_err(failed(endpoint))?,
            heartbeat: router(Channel::Heartbeat, Limits::BEAT).await?,
            stdin: router(Channel::Stdin, Limits::REQUEST).await?,
            control: router(Channel::Control, Limits::REQUEST).await?,
            shell: router(Channel::Shell, Limits::REQUEST).await?,
        })
    }

    fn routers(&self) -> [Router; 3] {
        [&self.stdin, &self.control, &self.shell].map(|(router, _)| router.clone())
    }
}

/// Echoes heartbeats.
async fn beat((router, mut incoming): (Router, Incoming)) {
    while let Some(beat) = incoming.recv().await {
        beat.is_a_beat();
        router.send(&beat.frames);
    }
}

/// Reads one socket until it is closed.
///
/// Frames that are not a valid message are dropped with a line in the log: they must not cost the
/// session.
async fn listen(mut incoming: Incoming, wire: Arc<Wire>, take: impl Fn(Request)) {
    while let Some(arrival) = incoming.recv().await {
        match wire.read(&arrival.frames) {
            Ok(request) => {
                arrival.trust_sender();
                take(request);
            }
            Err(error) => tracing::warn!(%error, "dropped a message"),
        }
    }
}
