//! The line between the supervisor, which speaks to evcxr, and the executor.
//!
//! Packets: each arrives whole or not at all, in order, also those of an executor
//! that died since.

use super::descriptors;
use super::shared_state::Limit;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};

/// The longest packet: a command names a file and a function.
const LONGEST: usize = 16 * 1024;

/// Messages from an executor to the supervisor.
#[derive(Debug)]
pub(crate) enum FromExecutor {
    /// It has begun with the command it was given, or with what the kernel has handed in.
    Begun,
    /// It is done with what the kernel has handed in.
    Over,
    /// A line for evcxr.
    Line(String),
    /// It is done with the command.
    Complete,
    /// It was a snapshot and has taken over.
    Recovered,
    /// Files of the user's, and their numbers, for whoever takes its place.
    Files(Vec<(RawFd, OwnedFd)>),
    /// By this the snapshot that is about to wait in a slot can be woken.
    Door(usize, OwnedFd),
}

/// A line for the executor that is no command of evcxr's: processes that cells had started
/// were ended by a limit.
const MEMORY_OF_OFFSPRING: &str = "OFFSPRING_ENDED memory";
const TIME_OF_OFFSPRING: &str = "OFFSPRING_ENDED time";

/// The line that says so.
pub(crate) fn offspring_ended(limit: Limit) -> &'static str {
    match limit {
        Limit::Memory => MEMORY_OF_OFFSPRING,
        Limit::Time | Limit::None => TIME_OF_OFFSPRING,
    }
}

/// The limit, if that is what a line says.
pub(crate) fn limit_of_offspring(line: &str) -> Option<Limit> {
    match line {
        MEMORY_OF_OFFSPRING => Some(Limit::Memory),
        TIME_OF_OFFSPRING => Some(Limit::Time),
        _ => None,
    }
}

/// One end.
pub(crate) struct Link(OwnedFd);

impl Link {
    /// Both ends: the supervisor's, which does not wait, and the executor's.
    pub(crate) fn pair() -> io::Result<(Link, Link)> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        Ok((Link(ours), Link(theirs)))
    }

    fn send(&self, packet: &[u8]) -> io::Result<()> {
        loop {
            match send(self.0.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL) {
                Err(Errno::EINTR) => {}
                outcome => return Ok(outcome.map(drop)?),
            }
        }
    }

    fn receive(&self, flags: MsgFlags) -> io::Result<Option<String>> {
        let mut packet = vec![0; LONGEST];
        loop {
            match recv(self.0.as_raw_fd(), &mut packet, flags) {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(None),
                // The other end is gone, with everything that could have been said.
                Ok(0) => return Ok(None),
                Err(error) => return Err(error.into()),
                Ok(length) => {
                    return Ok(Some(
                        String::from_utf8_lossy(&packet[..length]).into_owned(),
                    ));
                }
            }
        }
    }

    /// Gives the executor a command.
    pub(crate) fn command(&self, line: &str) -> io::Result<()> {
        self.send(line.as_bytes())
    }

    /// The command that waits, if one does.
    pub(crate) fn next_command(&self) -> io::Result<Option<String>> {
        self.receive(MsgFlags::MSG_DONTWAIT)
    }

    /// Tells the supervisor something.
    pub(crate) fn tell(&self, message: &FromExecutor) -> io::Result<()> {
        match message {
            FromExecutor::Begun => self.send(b"B"),
            FromExecutor::Over => self.send(b"O"),
            FromExecutor::Line(line) => self.send(format!("L{line}").as_bytes()),
            FromExecutor::Complete => self.send(b"C"),
            FromExecutor::Recovered => self.send(b"R"),
            FromExecutor::Files(files) => {
                let (numbers, files): (Vec<_>, Vec<_>) = files
                    .iter()
                    .map(|(number, file)| (*number, file.as_fd()))
                    .unzip();
                self.hand_over(&numbers, &files)
            }
            FromExecutor::Door(slot, door) => {
                let packet = [b'D', u8::try_from(*slot).expect("there are few slots")];
                descriptors::send(&self.0, &packet, &[door.as_fd()])
            }
        }
    }

    /// What the executor has told, if there is more.
    pub(crate) fn next_told(&self) -> io::Result<Option<FromExecutor>> {
        loop {
            let mut packet = vec![0; LONGEST];
            let (length, mut files) =
                match descriptors::receive(&self.0, &mut packet, MsgFlags::MSG_DONTWAIT) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                    // A cell has cut the line, which its executor will notice.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                        return Ok(None);
                    }
                    outcome => outcome?,
                };
            return Ok(Some(match (&packet[..length], files.pop()) {
                ([], _) => return Ok(None),
                (b"B", _) => FromExecutor::Begun,
                (b"O", _) => FromExecutor::Over,
                ([b'L', line @ ..], _) => {
                    FromExecutor::Line(String::from_utf8_lossy(line).into_owned())
                }
                (b"C", _) => FromExecutor::Complete,
                (b"R", _) => FromExecutor::Recovered,
                ([b'F', numbers @ ..], Some(last)) => {
                    files.push(last);
                    FromExecutor::Files(descriptors::numbered(numbers, files))
                }
                ([b'D', slot], Some(door)) => FromExecutor::Door(usize::from(*slot), door),
                // A cell has written to a file that is not its own.
                _ => continue,
            }));
        }
    }

    /// Hands files of the user's over to whoever takes this executor's place.
    pub(crate) fn hand_over(&self, numbers: &[RawFd], files: &[BorrowedFd<'_>]) -> io::Result<()> {
        descriptors::send_numbered(&self.0, b'F', numbers, files)
    }
}

impl From<OwnedFd> for Link {
    fn from(file: OwnedFd) -> Link {
        Link(file)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
