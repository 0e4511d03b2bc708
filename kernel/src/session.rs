//! One session: its directory, its environment, and the way from a connection
//! file to a served kernel.

mod directory;

use crate::engine::{self, Handles};
use crate::processes::Stat;
use crate::system_checks;
use crate::toolchain::environment::{self, Layout};
use directory::SessionDirectory;
use hx_jupyter::{ConnectionFile, ControlHandler, ShellHandler};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use tokio::sync::watch;

/// What helps where the disk of the cache lacks something, such as named pipes.
const CURE: &str = "make room, or set HXKERNEL_CACHE to a directory on another disk";

/// Runs a kernel until a front end shuts it down.
///
/// # Errors
/// A sentence for the person who started it.
pub(crate) fn run(connection_file: &Path) -> Result<(), String> {
    let connection = ConnectionFile::read(connection_file).map_err(|error| error.to_string())?;
    system_checks::limits::raise_open_files();
    if let Some(sentence) = system_checks::obstacle() {
        return explain(&connection, sentence);
    }
    let directory = match SessionDirectory::create() {
        Ok(directory) => directory,
        Err(error) => {
            let sentence = format!("no directory can be made for the session: {error}; {CURE}");
            return explain(&connection, sentence);
        }
    };
    let layout = Layout::new(directory.path());
    // SAFETY: `main` has come straight here; threads that were started have ended.
    let entered = unsafe { environment::enter(&layout) };
    let prepared = entered.and_then(|()| engine::prepare(layout));
    match prepared {
        Ok((Handles { controls, worker }, start)) => {
            serve(&connection, history(), controls, worker, start)
        }
        Err(error) => {
            let sentence = format!("the session's files cannot be made: {error}; {CURE}");
            explain(&connection, sentence)
        }
    }
}

/// Serves a kernel that only says why there is no session.
fn explain(connection: &ConnectionFile, sentence: String) -> Result<(), String> {
    tracing::error!(sentence, "no session");
    let (controls, start) = engine::failed_session::prepare(sentence.clone());
    // Without threads not even that can be done.
    let nobody = Arc::default();
    serve(connection, None, controls, nobody, start)
        .map_err(|error| format!("{sentence} ({error})"))
}

fn serve<L: ShellHandler>(
    connection: &ConnectionFile,
    history: Option<PathBuf>,
    controls: Arc<dyn ControlHandler>,
    worker: Arc<AtomicI32>,
    start: impl FnOnce() -> L + Send + 'static,
) -> Result<(), String> {
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    watch_signals(Arc::clone(&stop), Arc::clone(&controls), worker)
        .map_err(|error| format!("cannot listen to signals: {error}"))?;
    watch_parent(stop).map_err(|error| format!("cannot watch the front end: {error}"))?;
    let options = hx_jupyter::Options {
        history,
        stack: environment::STACK,
        connections: system_checks::limits::connections(),
        ..hx_jupyter::Options::default()
    };
    let outcome = hx_jupyter::serve(connection, options, controls, stopped, start);
    outcome.map_err(|error| error.to_string())
}

/// The file in which cells are remembered, if nobody else can read or replace it.
fn history() -> Option<PathBuf> {
    let history = crate::paths::history();
    match crate::permissions::close_file(&history) {
        Ok(()) => Some(history),
        Err(error) => {
            tracing::warn!(%error, "cells are not remembered");
            None
        }
    }
}

/// SIGINT interrupts the cell, SIGTERM and SIGHUP end the session, unless a cell has sent
/// them: to a process of its own that it does not know well, or to everybody it can reach.
fn watch_signals(
    stop: Arc<watch::Sender<bool>>,
    controls: Arc<dyn hx_jupyter::ControlHandler>,
    worker: Arc<AtomicI32>,
) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGHUP, SIGTERM] {
        // Registered before the one below, so that it runs before.
        note_sender(signal)?;
    }
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal == SIGINT {
                    controls.interrupt();
                } else if is_of_a_cell(SENDER.load(Ordering::Acquire), &worker) {
                    tracing::warn!(signal, "a cell has told the kernel to end, which does not");
                } else {
                    let _ = stop.send(true);
                }
            }
        })?;
    Ok(())
}

/// Who sent the last signal to end, 0 for the system itself.
static SENDER: AtomicI32 = AtomicI32::new(0);

fn note_sender(signal: i32) -> std::io::Result<()> {
    let note = |information: &nix::libc::siginfo_t| {
        // SAFETY: both signals come from a process, or the field is 0.
        SENDER.store(unsafe { information.si_pid() }, Ordering::Release);
    };
    // SAFETY: the handler stores to an atomic, which is async-signal-safe.
    unsafe { signal_hook_registry::register_sigaction(signal, note) }?;
    Ok(())
}

/// True if a process is one of those in which cells run, or was started by one. Those whose
/// parent was killed descend from elsewhere, but share a session with the worker.
fn is_of_a_cell(process: i32, worker: &AtomicI32) -> bool {
    let session = |process| {
        let known = (process > 0).then(|| Pid::from_raw(process));
        known.and_then(|process| nix::unistd::getsid(Some(process)).ok())
    };
    let of_worker = session(worker.load(Ordering::Acquire));
    descends_from_here(process) || of_worker.is_some() && session(process) == of_worker
}

/// True if a process is one of this process's descendants.
fn descends_from_here(process: i32) -> bool {
    let own = std::process::id().cast_signed();
    let ancestors = std::iter::successors(Some(process), |process| parent(*process));
    // Ids may be given anew meanwhile: no chain is followed forever.
    ancestors.skip(1).take(64).any(|ancestor| ancestor == own)
}

fn parent(process: i32) -> Option<i32> {
    let stat = Stat::of(Pid::from_raw(process))?;
    (stat.parent > 0).then_some(stat.parent)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grandchild_is_a_descendant_and_the_parent_is_none() {
        use std::io::{BufRead as _, BufReader};
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & echo $!; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let grandchild: i32 = line.trim().parse().unwrap();
        assert!(descends_from_here(grandchild));
        assert!(!descends_from_here(nix::unistd::getppid().as_raw()));
        assert!(!descends_from_here(0));
        nix::sys::signal::kill(Pid::from_raw(grandchild), nix::sys::signal::Signal::SIGKILL)
            .unwrap();
        child.wait().unwrap();
    }
}
