//! One session: its directory, its environment, and the way from a connection
//! file to a served kernel.

mod directory;

use crate::engine;
use crate::surroundings;
use crate::toolchain::environment::{self, Layout};
use hx_jupyter::{ConnectionFile, Controls, Language};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) use directory::{SessionDirectory, short_path};

/// Runs a kernel until a front end shuts it down.
///
/// # Errors
/// A sentence for the person who started it.
pub(crate) fn run(connection_file: &Path) -> Result<(), String> {
    let connection = ConnectionFile::read(connection_file).map_err(|error| error.to_string())?;
    surroundings::raise_open_files();
    if let Some(sentence) = surroundings::obstacle() {
        return explain(&connection, sentence);
    }
    let directory = match SessionDirectory::create() {
        Ok(directory) => directory,
        Err(error) => {
            let sentence = format!("no directory can be made for the session: {error}");
            return explain(&connection, sentence);
        }
    };
    let layout = Layout::new(directory.path());
    // SAFETY: `main` has come straight here; threads that were started have ended.
    let entered = unsafe { environment::enter(&layout) };
    let prepared = entered.and_then(|()| engine::prepare(layout));
    match prepared {
        Ok((controls, start)) => serve(&connection, history(), controls, start),
        Err(error) => {
            let sentence = format!("the session cannot be prepared: {error}");
            explain(&connection, sentence)
        }
    }
}

/// Serves a kernel that only says why there is no session.
fn explain(connection: &ConnectionFile, sentence: String) -> Result<(), String> {
    tracing::error!(sentence, "no session");
    let (controls, start) = engine::unusable::prepare(sentence.clone());
    // Without threads not even that can be done.
    serve(connection, None, controls, start).map_err(|error| format!("{sentence} ({error})"))
}

fn serve<L: Language>(
    connection: &ConnectionFile,
    history: Option<PathBuf>,
    controls: Arc<dyn Controls>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), String> {
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    watch_signals(Arc::clone(&stop), Arc::clone(&controls))
        .map_err(|error| format!("cannot listen to signals: {error}"))?;
    watch_parent(stop).map_err(|error| format!("cannot watch the front end: {error}"))?;
    let options = hx_jupyter::Options {
        history,
        connections: surroundings::connections(),
        ..hx_jupyter::Options::default()
    };
    let outcome = hx_jupyter::serve(connection, options, controls, stopped, start);
    outcome.map_err(|error| error.to_string())
}

/// The file in which cells are remembered, if nobody else can read or replace it.
fn history() -> Option<PathBuf> {
    let history = crate::places::history();
    match crate::private::close_file(&history) {
        Ok(()) => Some(history),
        Err(error) => {
            tracing::warn!(%error, "cells are not remembered");
            None
        }
    }
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
fn watch_parent(stop: Arc<watch::Sender<bool>>) -> std::io::Result<()> {
    // Only a front end sets this; a kernel started by hand may outlive its shell.
    let named = std::env::var("JPY_PARENT_PID")
        .ok()
        .and_then(|text| text.parse().ok());
    let Some(front_end) = named.map(Pid::from_raw) else {
        return Ok(());
    };
    // Not `getppid` alone: the front end may be gone before this is read.
    let is_alive = move || {
        let exists = nix::sys::signal::kill(front_end, None) != Err(nix::errno::Errno::ESRCH);
        let adopted = nix::unistd::getppid() == Pid::from_raw(1) && front_end != Pid::from_raw(1);
        exists && !adopted
    };
    let watch = move || {
        while is_alive() {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        let _ = stop.send(true);
    };
    std::thread::Builder::new().spawn(watch).map(|_| ())
}
