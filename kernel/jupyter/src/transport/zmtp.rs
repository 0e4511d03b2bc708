//! ZMTP 3.0: the bytes that ZeroMQ sockets exchange on one connection.
//!
//! Both sides send a greeting and a READY command with the type of their socket, then messages:
//! frames with a flag that says whether more follow. Everything a peer sends is bounded, and
//! counted while it comes ([`Load`]); memory is taken for bytes that came, not for announced ones.

use super::admission::{Load, Seat};
use bytes::{BufMut, Bytes, BytesMut};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;
const GREETING_LENGTH: usize = 64;
/// Number of bytes of a frame for which memory is taken before they came.
const TRUSTED: usize = 16 * 1024;

/// Largest part of a frame that is counted at once, in bytes.
const PIECE: usize = 1 << 20;

/// Largest size of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) bytes: u64,
    pub(crate) frames: usize,
}

impl Limits {
    /// Limits of requests: far above what a front end sends (a Jupyter server passes on 10 MB).
    pub(crate) const REQUEST: Limits = Limits {
        bytes: 128 << 20,
        frames: 16_384,
    };
    /// Limits of heartbeats, which carry a few bytes.
    pub(crate) const BEAT: Limits = Limits {
        bytes: 4096,
        frames: 16,
    };
    /// Limits of subscriptions and of the handshake.
    pub(crate) const SMALL: Limits = Limits {
        bytes: 4096,
        frames: 1,
    };
}

/// Message or command of a peer.
pub(crate) enum Received {
    /// Frames of a message, and their load until they are read.
    Message(Vec<Bytes>, Load),
    /// Request for a sign of life that carries these bytes.
    Ping(Bytes),
    /// End of the connection between two messages.
    End,
}

/// Exchanges greetings; returns the identity the peer asks for (empty: none).
///
/// # Errors
/// If the connection ends, or the peer's greeting or socket does not fit.
pub(crate) async fn shake_hands(
    read: &mut (impl AsyncRead + Unpin),
    write: &mut (impl AsyncWrite + Unpin),
    (socket_type, peer_types): (&str, &[&str]),
    seat: &Seat,
) -> io::Result<Bytes> {
    let mut greeting = [0; GREETING_LENGTH];
    greeting[..12].copy_from_slice(&[0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
    greeting[12..16].copy_from_slice(b"NULL");
    write.write_all(&greeting).await?;
    let mut theirs = [0; GREETING_LENGTH];
    read.read_exact(&mut theirs).await?;
    if theirs[0] != 0xff || theirs[9] & 1 == 0 || theirs[10] < 3 {
        return Err(invalid("not a greeting of ZMTP 3"));
    }
    if theirs[12..32] != greeting[12..32] {
        return Err(invalid("the peer wants to be authenticated or encrypted"));
    }
    write.write_all(&ready(socket_type)).await?;
    let (flags, body) = frame(read, Limits::SMALL.bytes, &mut Load::new(seat)).await?;
    let Some(mut rest) = body.strip_prefix(b"\x05READY") else {
        return Err(invalid("no READY"));
    };
    if flags & COMMAND == 0 {
        return Err(invalid("no READY"));
    }
    let (mut fits, mut identity) = (false, Bytes::new());
    while !rest.is_empty() {
        let (name, value);
        (name, value, rest) = property(rest).ok_or(invalid("half a property"))?;
        match name.to_ascii_lowercase().as_slice() {
            b"socket-type" => fits = peer_types.iter().any(|one| one.as_bytes() == value),
            b"identity" => identity = Bytes::copy_from_slice(value),
            _ => {}
        }
    }
    if !fits {
        return Err(invalid("a socket of a type that does not fit"));
    }
    if identity.len() > 255 {
        return Err(invalid("an identity longer than 255 bytes"));
    }
    seat.introduce(&identity);
    Ok(identity)
}

/// Reads until there is a message, a ping or the end of the connection.
pub(crate) async fn receive(
    read: &mut (impl AsyncRead + Unpin),
    limits: Limits,
    seat: &Seat,
) -> io::Result<Received> {
    let mut load = Load::new(seat);
    let mut frames = Vec::new();
    let mut room = limits.bytes;
    loop {
        let (flags, body) = match frame(read, room, &mut load).await {
            Ok(frame) => frame,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && frames.is_empty() => {
                return Ok(Received::End);
            }
            Err(error) => return Err(error),
        };
        if flags & COMMAND != 0 {
            if !frames.is_empty() {
                return Err(invalid("a command inside a message"));
            }
            // The time to live in two bytes, then the bytes to return. A version 3.0 peer need not
            // act on other commands.
            if let Some([_, _, context @ ..]) = body.strip_prefix(b"\x04PING") {
                return Ok(Received::Ping(Bytes::copy_from_slice(context)));
            }
            continue;
        }
        room -= body.len() as u64;
        frames.push(body);
        if flags & MORE == 0 {
            return Ok(Received::Message(frames, load));
        }
        if frames.len() >= limits.frames {
            return Err(invalid("a message of too many frames"));
        }
    }
}

/// Encodes a message.
pub(crate) fn encode<'a>(frames: impl IntoIterator<Item = &'a Bytes>) -> Bytes {
    let frames: Vec<&Bytes> = frames.into_iter().collect();
    let length = frames.iter().map(|frame| frame.len() + 9).sum();
    let mut bytes = BytesMut::with_capacity(length);
    for (index, frame) in frames.iter().enumerate() {
        let more = if index + 1 < frames.len() { MORE } else { 0 };
        put_frame(&mut bytes, more, frame);
    }
    bytes.freeze()
}

/// Encodes the answer to a PING.
pub(crate) fn pong(context: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    put_frame(&mut bytes, COMMAND, &[b"\x04PONG", context].concat());
    bytes.freeze()
}

fn ready(socket_type: &str) -> Bytes {
    let mut body = BytesMut::new();
    body.put_slice(b"\x05READY");
    for (name, value) in [("Socket-Type", socket_type), ("Identity", "")] {
        body.put_u8(name.len() as u8);
        body.put_slice(name.as_bytes());
        body.put_u32(value.len() as u32);
        body.put_slice(value.as_bytes());
    }
    let mut bytes = BytesMut::new();
    put_frame(&mut bytes, COMMAND, &body);
    bytes.freeze()
}

fn put_frame(bytes: &mut BytesMut, flags: u8, body: &[u8]) {
    match u8::try_from(body.len()) {
        Ok(length) => bytes.put_slice(&[flags, length]),
        Err(_) => {
            bytes.put_u8(flags | LONG);
            bytes.put_u64(body.len() as u64);
        }
    }
    bytes.put_slice(body);
}

/// Reads one frame: its flags and its content.
async fn frame(
    read: &mut (impl AsyncRead + Unpin),
    room: u64,
    load: &mut Load,
) -> io::Result<(u8, Bytes)> {
    let flags = read.read_u8().await?;
    if flags & !(MORE | LONG | COMMAND) != 0 {
        return Err(invalid("a frame with unknown flags"));
    }
    // Half a frame is no orderly end: only the first byte may be missing.
    let body = async {
        let length = if flags & LONG != 0 {
            read.read_u64().await?
        } else {
            u64::from(read.read_u8().await?)
        };
        if length > room {
            return Err(invalid("a message that is too large"));
        }
        load.frame()?;
        let mut body = Vec::with_capacity(TRUSTED.min(length as usize));
        while (body.len() as u64) < length {
            // As much again as has come, so that a large frame is not copied often.
            let piece = body.len().clamp(TRUSTED, PIECE) as u64;
            let piece = piece.min(length - body.len() as u64);
            load.add(piece as usize)?;
            let came = (&mut *read).take(piece).read_to_end(&mut body).await?;
            if (came as u64) < piece {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Bytes::from(body))
    };
    match body.await {
        Ok(body) => Ok((flags, body)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(invalid("half a frame")),
        Err(error) => Err(error),
    }
}

/// Returns name and value of the first property, and the rest.
fn property(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((name, value, rest))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
