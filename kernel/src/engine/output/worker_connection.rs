//! The kernel's ends of the two sockets to the worker.
//!
//! A worker that dies is replaced by another one, whose sockets the supervisor makes.

use crate::worker::message::{Answer, Frame, Origin, write_frame};
use crate::worker::snapshot::Lines;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::collections::VecDeque;
use std::io::{self, Read as _, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;

/// How much is read at once.
const READ_SIZE: usize = 64 * 1024;

pub(crate) struct Control {
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
    buffer: Vec<u8>,
}

impl Control {
    pub(crate) fn new() -> Control {
        Control {
            socket: None,
            connection: 0,
            received: Vec::new(),
            earlier: VecDeque::new(),
            deliveries: None,
            buffer: vec![0; READ_SIZE],
        }
    }

    /// File descriptors to poll.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.socket.iter().map(UnixStream::as_fd)
    }

    /// Takes the lines to the first worker, or to the one after a death.
    pub(crate) fn connect(&mut self, lines: Lines) -> io::Result<()> {
        lines.control.set_nonblocking(true)?;
        lines.deliveries.set_nonblocking(true)?;
        // What the one before has said whole is true; what it has begun will not end.
        self.read();
        while let Some(frame) = Frame::take(&mut self.received) {
            self.earlier.push_back((self.connection, frame));
        }
        self.received.clear();
        (self.socket, self.deliveries) = (Some(lines.control), Some(lines.deliveries));
        self.connection += 1;
        Ok(())
    }

    /// Reads what the worker has said.
    pub(crate) fn read(&mut self) {
        let Some(socket) = &mut self.socket else {
            return;
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
    }

    /// The next thing the worker said, and on which connection.
    pub(crate) fn frame(&mut self) -> Option<(u64, Frame)> {
        let earlier = self.earlier.pop_front();
        earlier.or_else(|| Some((self.connection, Frame::take(&mut self.received)?)))
    }

    /// Answers what the worker said last on a connection, if that is still there.
    pub(crate) fn answer(&self, connection: u64, answer: &Answer) {
        if let Some(socket) = &self.socket
            && connection == self.connection
            && let Err(error) = answer.write(Patient(socket))
        {
            tracing::warn!(%error, "the worker does not hear the answer");
        }
    }

    /// Hands something to the worker; `false` if it is not there.
    pub(crate) fn deliver(&self, origin: Origin, json: &[u8], buffers: &[&[u8]]) -> bool {
        let Some(socket) = &self.deliveries else {
            return false;
        };
        write_frame(Patient(socket), origin, json, buffers).is_ok()
    }
}

/// Waits where a socket that never blocks is full. Not for the dead: the supervisor
/// shuts their sockets down.
struct Patient<'a>(&'a UnixStream);

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&mut &*self.0).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut waited = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
                    let _ = poll(&mut waited, PollTimeout::NONE);
                }
                outcome => return outcome,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
