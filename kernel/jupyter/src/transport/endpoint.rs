//! Addresses of sockets: a TCP port, or a socket in the file system.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// An address to listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Tcp { host: String, port: u16 },
    Ipc(PathBuf),
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Endpoint::Tcp { host, port } => write!(formatter, "tcp://{host}:{port}"),
            Endpoint::Ipc(path) => write!(formatter, "ipc://{}", path.display()),
        }
    }
}

/// The two directions of one connection.
pub(crate) type ReadHalf = Box<dyn AsyncRead + Send + Unpin>;
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

pub(crate) enum Listener {
    Tcp(TcpListener),
    Ipc(UnixListener, PathBuf),
}

impl Listener {
    pub(crate) async fn bind(endpoint: &Endpoint) -> io::Result<Listener> {
        match endpoint {
            Endpoint::Tcp { host, port } => {
                let host = match host.as_str() {
                    "" | "*" => "0.0.0.0",
                    host => host,
                };
                Ok(Listener::Tcp(TcpListener::bind((host, *port)).await?))
            }
            Endpoint::Ipc(path) => Ok(Listener::Ipc(bind_path(path)?, path.clone())),
        }
    }

    /// Accepts the next connection.
    ///
    /// The causes of a failure (no more file descriptors, a peer that went at once) pass, so this
    /// does not give up.
    pub(crate) async fn accept(&self) -> (ReadHalf, WriteHalf) {
        loop {
            let accepted = match self {
                Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| {
                    // A reply must not wait for more bytes to share a packet with.
                    let _ = stream.set_nodelay(true);
                    let (read, write) = stream.into_split();
                    (Box::new(read) as ReadHalf, Box::new(write) as WriteHalf)
                }),
                Listener::Ipc(listener, _) => listener.accept().await.map(|(stream, _)| {
                    let (read, write) = stream.into_split();
                    (Box::new(read) as ReadHalf, Box::new(write) as WriteHalf)
                }),
            };
            match accepted {
                Ok(halves) => return halves,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Ipc(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Binds a socket in the file system; a socket at which no process listens is replaced.
///
/// A killed kernel leaves its sockets behind, and the one started in its place gets the same
/// paths.
fn bind_path(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match std::os::unix::net::UnixStream::connect(path) {
                Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path)?;
                    UnixListener::bind(path)
                }
                _ => Err(error),
            }
        }
        bound => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_left_behind_is_replaced_and_one_in_use_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::Ipc(directory.path().join("socket"));
        // A listener of the standard library leaves its file behind.
        drop(std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap());
        let listener = Listener::bind(&endpoint).await.unwrap();
        assert!(Listener::bind(&endpoint).await.is_err());
        drop(listener);
        assert!(!directory.path().join("socket").exists());
    }
}
