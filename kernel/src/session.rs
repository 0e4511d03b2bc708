//! One session: its directory, its environment, and the way from a connection
//! file to a served kernel.

mod directory;

use crate::engine::{self, Engine};
use crate::toolchain::environment::{self, Layout};
use hx_jupyter::ConnectionFile;
use nix::unistd::Pid;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) use directory::{SessionDirectory, short_path};

/// Runs a kernel until a front end shuts it down.
///
/// # Errors
/// A sentence for the person who started it.
pub(crate) fn run(connection_file: &Path) -> Result<(), String> {
    let connection = ConnectionFile::read(connection_file).map_err(|error| error.to_string())?;
    let directory = SessionDirectory::create()
        .map_err(|error| format!("cannot make a directory for the session: {error}"))?;
    let layout = Layout::new(directory.path());
    // SAFETY: `main` has come straight here; no thread was started yet.
    unsafe { environment::enter(&layout) }
        .map_err(|error| format!("cannot prepare the session: {error}"))?;
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    let (controls, make_engine) =
        engine::prepare(layout).map_err(|error| format!("cannot prepare the session: {error}"))?;
    watch_signals(Arc::clone(&stop), Arc::clone(&controls))
        .map_err(|error| format!("cannot listen to signals: {error}"))?;
    watch_parent(stop);
    let history = crate::places::history();
    let history = match crate::private::close_file(&history) {
        Ok(()) => Some(history),
        Err(error) => {
            tracing::warn!(%error, "cells are not remembered");
            None
        }
    };
    let options = hx_jupyter::Options {
        stack: engine::STACK,
        history,
        ..hx_jupyter::Options::default()
    };
    let outcome = hx_jupyter::serve::<Engine>(&connection, options, controls, stopped, make_engine);
    outcome.map_err(|error| error.to_string())
}

/// SIGINT interrupts the cell, SIGTERM and SIGHUP end the session.
fn watch_signals(
    stop: Arc<watch::Sender<bool>>,
    controls: Arc<dyn hx_jupyter::Controls>,
) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal == SIGINT {
                    controls.interrupt();
                } else {
                    let _ = stop.send(true);
                }
            }
        })?;
    Ok(())
}

/// A kernel whose front end died without a word ends too.
fn watch_parent(stop: Arc<watch::Sender<bool>>) {
    // Only a front end sets this; a kernel started by hand may outlive its shell.
    let named = std::env::var("JPY_PARENT_PID")
        .ok()
        .and_then(|text| text.parse().ok());
    let Some(front_end) = named.map(Pid::from_raw) else {
        return;
    };
    // Not `getppid` alone: the front end may be gone before this is read.
    let is_alive = move || {
        let exists = nix::sys::signal::kill(front_end, None) != Err(nix::errno::Errno::ESRCH);
        let adopted = nix::unistd::getppid() == Pid::from_raw(1) && front_end != Pid::from_raw(1);
        exists && !adopted
    };
    std::thread::spawn(move || {
        while is_alive() {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        let _ = stop.send(true);
    });
}
