//! The kernel's ends of the two sockets to the worker.
//!
//! A worker that dies is replaced by another one, which connects anew.

use crate::session::short_path;
use crate::toolchain::environment::Layout;
use crate::worker::message::{Answer, Frame, Origin, write_frame};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::collections::VecDeque;
use std::io::{self, Read as _, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// How much is read at once.
const READ_SIZE: usize = 64 * 1024;

pub(super) struct Control {
    listener: UnixListener,
    deliveries_listener: UnixListener,
    /// What the worker says, and how it is answered.
    socket: Option<UnixStream>,
    /// Which connection that is: they are counted.
    connection: u64,
    /// The beginning of a frame whose end has not come yet.
    received: Vec<u8>,
    /// What was said on connections that are no more.
    earlier: VecDeque<(u64, Frame)>,
    /// What the worker is handed.
    deliveries: Option<UnixStream>,
    /// Process id of the worker, 0 before it is there.
    worker: Arc<AtomicI32>,
    buffer: Vec<u8>,
}

impl Control {
    /// Makes the session's sockets.
    pub(super) fn make(session: &Path) -> io::Result<Control> {
        let (_open, short) = short_path(session)?;
        let listen = |name| {
            let listener = UnixListener::bind(short.join(name))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>(listener)
        };
        Ok(Control {
            listener: listen(Layout::CONTROL)?,
            deliveries_listener: listen(Layout::DELIVERIES)?,
            socket: None,
            connection: 0,
            received: Vec::new(),
            earlier: VecDeque::new(),
            deliveries: None,
            worker: Arc::default(),
            buffer: vec![0; READ_SIZE],
        })
    }

    /// The process in which cells run.
    pub(super) fn worker(&self) -> Arc<AtomicI32> {
        Arc::clone(&self.worker)
    }

    /// What to wait for.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let listeners = [self.listener.as_fd(), self.deliveries_listener.as_fd()];
        let socket = self.socket.as_ref().map(|socket| socket.as_fd());
        listeners.into_iter().chain(socket)
    }

    /// Takes connections: of the first worker, or of the one after a death.
    pub(super) fn accept(&mut self) {
        while let Ok((socket, _)) = self.listener.accept() {
            if socket.set_nonblocking(true).is_err() {
                continue;
            }
            let peer =
                nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::PeerCredentials);
            self.worker
                .store(peer.map_or(0, |peer| peer.pid()), Ordering::Release);
            // What the one before has said whole is true; what it has begun will not end.
            self.read();
            while let Some(frame) = Frame::take(&mut self.received) {
                self.earlier.push_back((self.connection, frame));
            }
            self.received.clear();
            self.socket = Some(socket);
            self.connection += 1;
        }
        while let Ok((socket, _)) = self.deliveries_listener.accept() {
            if socket.set_nonblocking(true).is_ok() {
                self.deliveries = Some(socket);
            }
        }
    }

    /// Reads what the worker has said; `false` when it is gone.
    pub(super) fn read(&mut self) -> bool {
        let Some(socket) = &mut self.socket else {
            return true;
        };
        let gone = loop {
            match socket.read(&mut self.buffer) {
                Ok(0) => break true,
                Ok(length) => self.received.extend_from_slice(&self.buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break true,
            }
        };
        if gone {
            self.socket = None;
            self.deliveries = None;
        }
        !gone
    }

    /// The next thing the worker said, and on which connection.
    pub(super) fn frame(&mut self) -> Option<(u64, Frame)> {
        let earlier = self.earlier.pop_front();
        earlier.or_else(|| Some((self.connection, Frame::take(&mut self.received)?)))
    }

    /// Answers what the worker said last on a connection, if that is still there.
    pub(super) fn answer(&self, connection: u64, answer: &Answer) {
        if let Some(socket) = &self.socket
            && connection == self.connection
            && let Err(error) = answer.write(self.patient(socket))
        {
            tracing::warn!(%error, "the worker does not hear the answer");
        }
    }

    /// Hands something to the worker; `false` if it is not there.
    pub(super) fn deliver(&self, origin: Origin, json: &[u8], buffers: &[&[u8]]) -> bool {
        let Some(socket) = &self.deliveries else {
            return false;
        };
        write_frame(self.patient(socket), origin, json, buffers).is_ok()
    }

    fn patient<'a>(&'a self, socket: &'a UnixStream) -> Patient<'a> {
        Patient {
            socket,
            listener: &self.listener,
        }
    }
}

/// Waits where a socket that never blocks is full. Not for the dead, though: their
/// snapshots keep the socket open, but one of them connects.
struct Patient<'a> {
    socket: &'a UnixStream,
    listener: &'a UnixListener,
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut waited = [
                        PollFd::new(self.socket.as_fd(), PollFlags::POLLOUT),
                        PollFd::new(self.listener.as_fd(), PollFlags::POLLIN),
                    ];
                    let _ = poll(&mut waited, PollTimeout::NONE);
                    let [_, another] = waited.map(|one| one.any().unwrap_or(true));
                    if another {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
