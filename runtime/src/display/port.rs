//! The runtime's end of the port: what is shown leaves the runtime here.
//!
//! Nothing is held back and nothing is answered out of order: a call returns
//! once the host has dealt with it, so output printed later appears later.

use super::{Bundle, Rich, standard_streams};
use crate::Error;
use hx_port::{Bytes, CellEvent, FfiMessage, Host};
use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static HOST: OnceLock<Host> = OnceLock::new();
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static NEXT_DISPLAY: AtomicU64 = AtomicU64::new(1);

/// Called once by the program that loads the runtime into a notebook session.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_attach(host: Host) {
    if HOST.set(host).is_ok() {
        crate::cell::catch_panics();
        crate::comm::serve_on_this_thread();
    }
}

/// Writes out what the standard library still holds of the user's stdout, unless a thread
/// keeps that locked.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_flush() {
    standard_streams::flush();
}

/// Calls `act` while no other thread holds the locks of stdout and stderr; `false`, without
/// a call, if one keeps them.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_hold_still(act: extern "C" fn(*mut c_void), context: *mut c_void) -> bool {
    standard_streams::hold(|| act(context))
}

/// Raises or clears the wish to stop; only stores a flag, so a signal handler may call it.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_interrupt(on: bool) {
    INTERRUPTED.store(on, Ordering::Relaxed);
}

/// Whether the user asked to stop. Long loops of your own can look at it.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Whether a notebook is listening.
pub(crate) fn attached() -> bool {
    HOST.get().is_some()
}

/// Sends one message; returns once the host has dealt with it. Without a host, nothing happens.
pub(crate) fn send(message: &CellEvent) {
    send_with(message, &[]);
}

/// As [`send`], with binary data.
pub(crate) fn send_with(message: &CellEvent, buffers: &[&[u8]]) {
    if let Some(host) = HOST.get() {
        // What Rust's own buffer still holds was printed before this message.
        pynn_flush();
        let json = serde_json::to_vec(message).expect("port messages are plain data");
        let buffers: Vec<Bytes> = buffers.iter().map(|buffer| Bytes::lend(buffer)).collect();
        (host.send)(FfiMessage::lend(&json, &buffers));
    }
}

/// Shows a value at once, any number of times in a cell.
///
/// # Errors
/// None today; `Result` because showing may come to fail, and a forgotten `?` should not compile.
pub fn display<T: Rich + ?Sized>(value: &T) -> Result<(), Error> {
    show(value.bundle(), None, false);
    Ok(())
}

/// Shows a value that can be changed in place later.
///
/// # Errors
/// As [`display`].
pub fn display_id<T: Rich + ?Sized>(value: &T) -> Result<DisplayHandle, Error> {
    // Unique across restarts too: a front end keeps displays of an earlier session on the page.
    let id = format!(
        "hx-{:x}-{}",
        session_salt(),
        NEXT_DISPLAY.fetch_add(1, Ordering::Relaxed)
    );
    show(value.bundle(), Some(&id), false);
    Ok(DisplayHandle { id })
}

/// Empties the cell's output at once.
///
/// # Errors
/// As [`display`].
pub fn clear_output() -> Result<(), Error> {
    send(&CellEvent::ClearOutput { wait: false });
    Ok(())
}

/// Empties the cell's output when the next output comes, without a flicker.
///
/// # Errors
/// As [`display`].
pub fn clear_output_when_next() -> Result<(), Error> {
    send(&CellEvent::ClearOutput { wait: true });
    Ok(())
}

/// A display that can be changed in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayHandle {
    id: String,
}

impl DisplayHandle {
    /// Replaces what is shown.
    ///
    /// # Errors
    /// As [`display`].
    pub fn update<T: Rich + ?Sized>(&self, value: &T) -> Result<(), Error> {
        show(value.bundle(), Some(&self.id), true);
        Ok(())
    }
}

// Not generic, so that cells do not compile it again for every type they show.
fn show(bundle: Bundle, display_id: Option<&str>, update: bool) {
    if !attached() {
        println!("{}", bundle.plain_text());
        return;
    }
    let (data, metadata) = bundle.into_parts();
    let display_id = display_id.map(str::to_owned);
    send(&CellEvent::Display {
        data,
        metadata,
        display_id,
        update,
    });
}

/// A number that tells this session from others.
pub(crate) fn session_salt() -> u64 {
    static SALT: OnceLock<u64> = OnceLock::new();
    *SALT.get_or_init(|| {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_epoch.map_or(0, |elapsed| elapsed.as_nanos() as u64) ^ u64::from(std::process::id())
    })
}
