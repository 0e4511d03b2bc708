//! Messages between kernel and worker on their two sockets.
//!
//! On the control socket the worker speaks, one frame at a time, and waits for the
//! answer to each. On the deliveries socket the kernel hands in what came from the
//! front end while no cell runs; the worker says on the control socket when it is
//! done. A frame is text and the binary data beside it.

use super::shared_state::Limit;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Sender or receiver of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Origin {
    /// The runtime: its JSON is a [`hx_port::CellEvent`], or for it a [`hx_port::CommMessage`].
    Runtime = 0,
    /// The worker itself: its JSON is a [`FromWorker`], or for it a [`ToWorker`].
    Worker = 1,
}

/// Messages of the worker itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// The user's code reads from stdin. The answer is a line, or why there is none.
    Input {
        /// Prompt shown to the user.
        prompt: String,
        /// True if the answer is hidden while it is typed.
        password: bool,
    },
    /// The last delivered message has been handled.
    Delivered {
        /// True if a handler is registered for it.
        taken: bool,
    },
    /// The process in which cells ran has ended; this is its snapshot, and goes on.
    Recovered(Recovery),
    /// The code that has just ended was stopped by a limit.
    TimeIsOver,
    /// Something the user should know of the cell that has just ended: a sentence.
    Notice(String),
    /// Processes that cells had started were ended by a limit.
    OffspringEnded(Limit),
    /// How a line for the shell has ended.
    ShellLine(ShellEnding),
}

/// Record of the process that a snapshot replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    pub(crate) ending: Ending,
    /// Work that was lost.
    pub(crate) during: During,
    /// How many threads of the user's are gone.
    pub(crate) threads: usize,
    /// How many programs are not this process's children.
    pub(crate) children: usize,
    /// Open files of the user's that are closed, and locks that are lost.
    pub(crate) closed: Vec<String>,
}

/// How a process in which cells run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// By a signal of this name.
    Signal(String),
    StackOverflow,
    /// With this exit code.
    Exit(i32),
    /// With its parent, which was killed.
    ParentKilled,
    /// More memory than allowed.
    MemoryLimit,
    /// More time than allowed.
    TimeLimit,
    /// By itself, so that the cell has no effect.
    RolledBack,
    /// By itself, to go on from an earlier snapshot.
    Undone,
    /// By itself, cut off since files were closed that are not the cell's.
    Disconnected,
}

/// Activity of a process at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum During {
    Nothing,
    Cell,
    Delivery,
    ShellLine,
}

/// How a line for the shell ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ShellEnding {
    /// With this exit code; 0 is good.
    Exit(i32),
    /// By a signal of this name.
    Signal(String),
    /// It did not begin, for this reason.
    NotStarted(String),
}

/// Messages of the kernel to the worker itself, beside those of the front end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// What comes next is this cell: it can be undone by this number.
    Cell(u32),
    /// Go back to before this cell.
    Undo(u32),
    /// A line for the shell.
    Shell(String),
    /// End the processes that cells have started.
    EndOffspring,
    /// The next command only changes evcxr's books: it is not run.
    SkipNext {
        /// Variables evcxr believes in that do not exist.
        lost: Vec<String>,
    },
    /// The command that was to be skipped did not come: the next one is run.
    SkipNothing,
}

/// How the kernel answers a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It has been dealt with.
    Done,
    /// The line that was asked for, without its end.
    Line(String),
    /// There will be no line.
    NoLine(NoLine),
}

/// Why a line that was asked for will not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NoLine {
    /// The front end cannot ask its user.
    NotSupported,
    /// The user interrupts the cell.
    Interrupted,
    /// The front end does not answer, or there is none.
    Unreachable,
}

/// Text and the binary data beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) origin: Origin,
    pub(crate) json: Vec<u8>,
    pub(crate) buffers: Vec<Vec<u8>>,
}

/// A byte for the origin, four for the length of the text, four for the number of buffers.
const HEADER: usize = 9;

/// Writes a frame without copying what it consists of.
pub(crate) fn write_frame(
    mut to: impl Write,
    origin: Origin,
    json: &[u8],
    buffers: &[&[u8]],
) -> io::Result<()> {
    let mut header = vec![origin as u8];
    header.extend(length(json.len())?);
    header.extend(length(buffers.len())?);
    for buffer in buffers {
        header.extend(length(buffer.len())?);
    }
    to.write_all(&header)?;
    to.write_all(json)?;
    buffers.iter().try_for_each(|buffer| to.write_all(buffer))
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    let length = u32::try_from(length)
        .map_err(|_| io::Error::other("a message of 4 GiB or more cannot be sent"))?;
    Ok(length.to_le_bytes())
}

impl Frame {
    /// Takes the first frame out of what was received, if it is all there.
    pub(crate) fn take(received: &mut Vec<u8>) -> Option<Frame> {
        let number = |at: usize| -> Option<usize> {
            let bytes = received.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes) as usize)
        };
        let origin = match *received.first()? {
            0 => Origin::Runtime,
            _ => Origin::Worker,
        };
        let (json_length, count) = (number(1)?, number(5)?);
        let lengths: Vec<usize> = (0..count)
            .map(|index| number(HEADER + 4 * index))
            .collect::<Option<_>>()?;
        let begin = HEADER + 4 * count;
        let end = begin + json_length + lengths.iter().sum::<usize>();
        let mut rest = received.get(begin..end)?;
        let mut cut = |length: usize| {
            let (part, after) = rest.split_at(length);
            rest = after;
            part.to_vec()
        };
        let frame = Frame {
            origin,
            json: cut(json_length),
            buffers: lengths.into_iter().map(&mut cut).collect(),
        };
        received.drain(..end);
        Some(frame)
    }
}

impl Answer {
    /// Sends the answer.
    pub(crate) fn write(&self, mut to: impl Write) -> io::Result<()> {
        let json = serde_json::to_vec(self)?;
        to.write_all(&[&length(json.len())?[..], &json].concat())
    }

    /// Waits for an answer.
    pub(crate) fn read(mut from: impl Read) -> io::Result<Answer> {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let mut json = vec![0; u32::from_le_bytes(length) as usize];
        from.read_exact(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut() {
        let mut wire = Vec::new();
        write_frame(&mut wire, Origin::Runtime, b"{}", &[b"abc", b""]).unwrap();
        write_frame(&mut wire, Origin::Worker, b"", &[]).unwrap();
        let mut received = Vec::new();
        let mut frames = Vec::new();
        for byte in wire {
            received.push(byte);
            frames.extend(Frame::take(&mut received));
        }
        assert!(received.is_empty());
        assert_eq!(
            frames,
            [
                Frame {
                    origin: Origin::Runtime,
                    json: b"{}".to_vec(),
                    buffers: vec![b"abc".to_vec(), vec![]],
                },
                Frame {
                    origin: Origin::Worker,
                    json: vec![],
                    buffers: vec![],
                },
            ]
        );
    }
}
