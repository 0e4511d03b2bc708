//! Packets that carry open files from process to process: what was handed over once does
//! not depend on a path, a user or a limit when it is needed.

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

/// How many files a packet can carry.
pub(crate) const MOST: usize = 16;

/// Two ends of a line for packets.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SockFlag::SOCK_CLOEXEC;
    Ok(socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        flags,
    )?)
}

/// Sends a packet with files, of which the receiver gets copies.
pub(crate) fn send(to: impl AsFd, packet: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let files: Vec<RawFd> = files.iter().map(|file| file.as_raw_fd()).collect();
    let rights = [ControlMessage::ScmRights(&files)];
    let control = if files.is_empty() { &[] } else { &rights[..] };
    loop {
        let to = to.as_fd().as_raw_fd();
        let flags = MsgFlags::MSG_NOSIGNAL;
        match sendmsg::<()>(to, &[IoSlice::new(packet)], control, flags, None) {
            Err(Errno::EINTR) => {}
            outcome => return Ok(outcome.map(drop)?),
        }
    }
}

/// Receives a packet: its length, 0 if the other end is closed, and the files in it.
///
/// # Errors
/// Also if there was no room in this process for all of the files.
pub(crate) fn receive(
    from: impl AsFd,
    packet: &mut [u8],
    flags: MsgFlags,
) -> io::Result<(usize, Vec<OwnedFd>)> {
    let flags = flags | MsgFlags::MSG_CMSG_CLOEXEC;
    let mut space = nix::cmsg_space!([RawFd; MOST]);
    loop {
        let from = from.as_fd().as_raw_fd();
        let mut parts = [IoSliceMut::new(packet)];
        let received = match recvmsg::<()>(from, &mut parts, Some(&mut space), flags) {
            Err(Errno::EINTR) => continue,
            outcome => outcome?,
        };
        let mut files = Vec::new();
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(numbers) = message {
                // SAFETY: the system has just opened them for this process.
                files.extend(
                    numbers
                        .into_iter()
                        .map(|number| unsafe { OwnedFd::from_raw_fd(number) }),
                );
            }
        }
        if received.flags.contains(MsgFlags::MSG_CTRUNC) {
            return Err(Errno::EMFILE.into());
        }
        return Ok((received.bytes, files));
    }
}

/// Sends files of which the receiver is to know the numbers they have here.
pub(crate) fn send_numbered(
    to: impl AsFd,
    tag: u8,
    numbers: &[RawFd],
    files: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut packet = vec![tag];
    packet.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    send(to, &packet, files)
}

/// The files of such a packet, which is given without its tag.
pub(crate) fn numbered(packet: &[u8], files: Vec<OwnedFd>) -> Vec<(RawFd, OwnedFd)> {
    let numbers = packet
        .as_chunks()
        .0
        .iter()
        .copied()
        .map(RawFd::from_le_bytes);
    numbers.zip(files).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read as _, Write as _};

    #[test]
    fn files_arrive_and_an_end_is_told_from_a_packet() {
        let (ours, theirs) = pair().unwrap();
        let (read, write) = nix::unistd::pipe().unwrap();
        send(&ours, b"pipe", &[read.as_fd(), write.as_fd()]).unwrap();
        drop((read, write, ours));
        let mut packet = [0; 16];
        let (length, files) = receive(&theirs, &mut packet, MsgFlags::empty()).unwrap();
        assert_eq!(&packet[..length], b"pipe");
        let [read, write] = <[OwnedFd; 2]>::try_from(files).unwrap();
        File::from(write).write_all(b"through").unwrap();
        let mut text = String::new();
        File::from(read).read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        let (length, files) = receive(&theirs, &mut packet, MsgFlags::empty()).unwrap();
        assert!((length, files.len()) == (0, 0));
    }
}
