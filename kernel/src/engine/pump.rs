//! The pump: everything a cell says, from the worker's pipes to the front end.
//!
//! Pipes carry what is printed, a socket carries what is shown. The worker waits
//! after each message on the socket until it is dealt with, and before that the
//! pipes are emptied: so prints and displays appear in the order in which the
//! cell made them.

use super::pending::Pending;
use super::pipes::Pipes;
use crate::session::short_path;
use crate::toolchain::environment::Layout;
use hx_jupyter::{MimeBundle, Output};
use hx_port::{Failure, FromCell};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, Read, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, mpsc};

/// How much of the worker's messages is read at once.
const READ_SIZE: usize = 64 * 1024;

/// What is done with what a cell says.
pub(crate) enum Target {
    /// It goes to the front end, and so does what its threads say later.
    Show(Output),
    /// How it ended, and its value, are reported; nothing is shown.
    Report,
}

/// How a cell ended.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The error or panic that ended it.
    pub(crate) failure: Option<CellFailure>,
    /// Its value, if the target kept it.
    pub(crate) value: Option<MimeBundle>,
}

/// An error that left the cell, or a panic.
#[derive(Debug)]
pub(crate) enum CellFailure {
    Returned(Failure),
    Panicked(Failure),
}

enum Command {
    Begin(Target),
    End(mpsc::Sender<Report>),
}

/// Tells the pump where cells begin and end.
pub(crate) struct Pump {
    commands: mpsc::Sender<Command>,
    /// One byte wakes the pump up.
    wake: UnixStream,
    /// Process id of the worker, 0 before it is there.
    worker: Arc<AtomicI32>,
}

impl Pump {
    /// Makes the session's pipes and socket and starts pumping.
    pub(crate) fn start(session: &Path) -> io::Result<Pump> {
        let (_open, short) = short_path(session)?;
        let listener = UnixListener::bind(short.join(Layout::CONTROL))?;
        listener.set_nonblocking(true)?;
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let (commands, received) = mpsc::channel();
        let worker = Arc::new(AtomicI32::new(0));
        let mut state = State {
            pipes: Pipes::make(session)?,
            listener,
            control: None,
            woken,
            commands: received,
            worker: Arc::clone(&worker),
            output: None,
            shows: false,
            pending: Pending::default(),
            report: Report::default(),
        };
        std::thread::Builder::new()
            .name("pump".into())
            .spawn(move || state.run())?;
        Ok(Pump {
            commands,
            wake,
            worker,
        })
    }

    /// Output goes to `target` from now on.
    pub(crate) fn begin(&self, target: Target) {
        self.command(Command::Begin(target));
    }

    /// Waits until everything the cell said is published; tells how it ended.
    pub(crate) fn end(&self) -> Report {
        let (reply, report) = mpsc::channel();
        self.command(Command::End(reply));
        report.recv().unwrap_or_default()
    }

    /// The process in which cells run.
    pub(crate) fn worker(&self) -> Arc<AtomicI32> {
        Arc::clone(&self.worker)
    }

    fn command(&self, command: Command) {
        if self.commands.send(command).is_ok() {
            let _ = (&self.wake).write_all(&[0]);
        }
    }
}

/// The worker's end of the socket, and the frame that is on its way.
struct Control {
    socket: UnixStream,
    received: Vec<u8>,
}

impl Control {
    /// Reads what is there; `false` when the worker is gone.
    fn read(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return false,
                Ok(length) => self.received.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// The next whole frame.
    fn frame(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.received.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let frame = rest.get(..length)?.to_vec();
        self.received.drain(..4 + length);
        Some(frame)
    }
}

struct State {
    pipes: Pipes,
    listener: UnixListener,
    control: Option<Control>,
    woken: UnixStream,
    commands: mpsc::Receiver<Command>,
    worker: Arc<AtomicI32>,
    /// Where text goes; it stays when code runs that only reports.
    output: Option<Output>,
    /// Whether what the code that runs shows is shown.
    shows: bool,
    pending: Pending,
    report: Report,
}

impl State {
    fn run(&mut self) {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            self.wait();
            self.pipes
                .read(|stream, text| self.pending.push(stream, text));
            if self
                .pending
                .patience()
                .is_some_and(|patience| patience.is_zero())
            {
                self.pending.publish(self.output.as_ref());
            }
            self.accept();
            self.take_messages(&mut buffer);
            if !self.take_commands() {
                return;
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self) {
        let mut waited = self.pipes.descriptors().to_vec();
        waited.extend([self.listener.as_fd(), self.woken.as_fd()]);
        waited.extend(self.control.as_ref().map(|control| control.socket.as_fd()));
        let mut waited: Vec<PollFd<'_>> = waited
            .into_iter()
            .map(|one| PollFd::new(one, PollFlags::POLLIN))
            .collect();
        let timeout = match self.pending.patience() {
            None => PollTimeout::NONE,
            // A rounded-down millisecond would spin.
            Some(patience) => PollTimeout::from(patience.as_millis() as u16 + 1),
        };
        let _ = poll(&mut waited, timeout);
    }

    /// A new worker connects: the first one, or the one after a death.
    fn accept(&mut self) {
        while let Ok((socket, _)) = self.listener.accept() {
            if socket.set_nonblocking(true).is_err() {
                continue;
            }
            let peer =
                nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::PeerCredentials);
            self.worker
                .store(peer.map_or(0, |peer| peer.pid()), Ordering::Release);
            self.control = Some(Control {
                socket,
                received: Vec::new(),
            });
        }
    }

    fn take_messages(&mut self, buffer: &mut [u8]) {
        let Some(mut control) = self.control.take() else {
            return;
        };
        let alive = control.read(buffer);
        while let Some(frame) = control.frame() {
            // What was printed before this message comes before it.
            self.drain();
            match serde_json::from_slice(&frame) {
                Ok(message) => self.take(message),
                Err(error) => tracing::error!(%error, "a message from the worker that is none"),
            }
            let _ = control.socket.write_all(&[1]);
        }
        if alive {
            self.control = Some(control);
        }
    }

    fn take(&mut self, message: FromCell) {
        match message {
            FromCell::Failed { failure, .. } => {
                self.report.failure = Some(CellFailure::Returned(failure));
            }
            FromCell::Panicked(failure) => {
                self.report.failure = Some(CellFailure::Panicked(failure));
            }
            FromCell::Value { data, .. } if !self.shows => self.report.value = Some(data),
            _ if !self.shows => {}
            shown => self.show(shown),
        }
    }

    fn show(&self, message: FromCell) {
        let Some(output) = &self.output else { return };
        match message {
            FromCell::Display {
                data,
                metadata,
                display_id,
                update,
            } => output.display(data, metadata, display_id.as_deref(), update),
            FromCell::Value { data, metadata } => output.value(data, metadata),
            FromCell::ClearOutput { wait } => output.clear(wait),
            // Said to evcxr, and on stderr by the runtime.
            FromCell::VariableLost { .. } => {}
            FromCell::Failed { .. } | FromCell::Panicked(_) => unreachable!("taken before"),
        }
    }

    /// Returns `false` when nobody commands any more.
    fn take_commands(&mut self) -> bool {
        let mut bytes = [0; 64];
        while matches!(self.woken.read(&mut bytes), Ok(length) if length > 0) {}
        loop {
            match self.commands.try_recv() {
                Ok(Command::Begin(target)) => {
                    // What came in between belongs to the cell that started it.
                    self.drain();
                    self.report = Report::default();
                    self.shows = matches!(target, Target::Show(_));
                    if let Target::Show(output) = target {
                        self.output = Some(output);
                    }
                }
                Ok(Command::End(reply)) => {
                    self.drain();
                    self.pipes
                        .end_text(|stream, text| self.pending.push(stream, text));
                    self.pending.publish(self.output.as_ref());
                    let _ = reply.send(std::mem::take(&mut self.report));
                }
                Err(mpsc::TryRecvError::Empty) => return true,
                Err(mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Publishes everything that was printed so far.
    fn drain(&mut self) {
        while self
            .pipes
            .read(|stream, text| self.pending.push(stream, text))
        {
            if self.pending.is_large() {
                self.pending.publish(self.output.as_ref());
            }
        }
        self.pending.publish(self.output.as_ref());
    }
}
