//! The pipes from the worker's standard streams, and their text.
//!
//! Three of them: one with both streams framed in the order they were written
//! (see [`crate::worker::streams`]), and the two plain ones behind it.

use crate::engine::output::throttle::Throttle;
use crate::toolchain::environment::Layout;
use crate::worker::streams::HEADER;
use hx_jupyter::{Stream, TextDecoder};
use nix::sys::stat::Mode;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// How much is read at once.
const READ_SIZE: usize = 64 * 1024;
/// A larger pipe than the usual 64 KiB lets a cell that prints much run on
/// while its text is published.
const PIPE_SIZE: i32 = 1024 * 1024;
/// After so many reads everything has come that was in the pipes before the first one.
pub(crate) const ALL: usize = PIPE_SIZE as usize / READ_SIZE + 1;

/// Everything the worker prints.
pub(crate) struct Pipes {
    ordered: Pipe,
    plain: [(Stream, Pipe); 2],
    /// The beginning of a frame whose end has not come yet.
    received: Vec<u8>,
    /// One for each stream, on the ordered pipe and on its plain one.
    decoders: [[TextDecoder; 2]; 2],
    buffer: Vec<u8>,
}

struct Pipe {
    file: File,
    /// Keeps the pipe open while no worker is there.
    _writer: File,
}

impl Pipes {
    /// Makes the session's pipes.
    pub(crate) fn make(session: &Path) -> io::Result<Pipes> {
        Ok(Pipes {
            ordered: Pipe::make(session, Layout::OUTPUT)?,
            plain: [
                (Stream::Stdout, Pipe::make(session, Layout::STDOUT)?),
                (Stream::Stderr, Pipe::make(session, Layout::STDERR)?),
            ],
            received: Vec::new(),
            decoders: Default::default(),
            buffer: vec![0; READ_SIZE],
        })
    }

    /// File descriptors to poll.
    pub(crate) fn descriptors(&self, throttle: &Throttle) -> impl Iterator<Item = BorrowedFd<'_>> {
        let ordered = throttle.lets_worker_through().then_some(&self.ordered);
        let [(_, stdout), (_, stderr)] = &self.plain;
        let plain = throttle.lets_programs_through().then_some([stdout, stderr]);
        let pipes = ordered.into_iter().chain(plain.into_iter().flatten());
        pipes.map(|pipe| pipe.file.as_fd())
    }

    /// The cell has ended: half a character that is left is none of the next cell's.
    pub(crate) fn end_text(&mut self, mut take: impl FnMut(Stream, String)) {
        for decoders in &mut self.decoders {
            for stream in [Stream::Stdout, Stream::Stderr] {
                let rest = decoders[index(stream)].finish();
                if !rest.is_empty() {
                    take(stream, rest);
                }
            }
        }
    }

    /// Reads a bounded amount of what is there and may be read; `false` when nothing is.
    pub(crate) fn read(
        &mut self,
        throttle: &mut Throttle,
        mut take: impl FnMut(Stream, String),
    ) -> bool {
        let (mut of_worker, mut of_programs) = (0, 0);
        if throttle.lets_worker_through()
            && let Some(length) = self.ordered.read(&mut self.buffer)
        {
            of_worker = length;
            self.received.extend_from_slice(&self.buffer[..length]);
            let mut frames = self.received.as_slice();
            while let Some((stream, text, rest)) = frame(frames) {
                take(stream, self.decoders[0][index(stream)].push(text));
                frames = rest;
            }
            let complete = self.received.len() - frames.len();
            self.received.drain(..complete);
        }
        for (stream, pipe) in &mut self.plain {
            if throttle.lets_programs_through()
                && let Some(length) = pipe.read(&mut self.buffer)
            {
                of_programs += length;
                take(
                    *stream,
                    self.decoders[1][index(*stream)].push(&self.buffer[..length]),
                );
            }
        }
        throttle.take(of_worker, of_programs);
        of_worker + of_programs > 0
    }
}

impl Pipe {
    fn make(session: &Path, name: &str) -> io::Result<Pipe> {
        let path = session.join(name);
        nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        let non_blocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(non_blocking)
            .open(&path)?;
        let writer = OpenOptions::new().write(true).open(&path)?;
        let _ = nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETPIPE_SZ(PIPE_SIZE));
        Ok(Pipe {
            file,
            _writer: writer,
        })
    }

    fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.file.read(buffer).ok().filter(|length| *length > 0)
    }
}

/// The first whole frame: its stream, its bytes, and what follows.
fn frame(bytes: &[u8]) -> Option<(Stream, &[u8], &[u8])> {
    let ([descriptor, low, high], rest) = bytes.split_first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let (text, rest) = rest.split_at_checked(length)?;
    let stream = if *descriptor == 2 {
        Stream::Stderr
    } else {
        Stream::Stdout
    };
    Some((stream, text, rest))
}

fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}
