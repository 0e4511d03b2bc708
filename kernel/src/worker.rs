//! The worker: the processes in which cells run.
//!
//! evcxr starts one and tells it on stdin which shared object to load and which
//! function to call; the answers go back on the stdout it was started with. That one is
//! the [`supervisor`]; cells run in its child, the [`executor`], of which there is
//! always a [`snapshot`] to go on from. The user's own stdin, stdout and stderr are other
//! files: what a cell prints can be any bytes and never meets the protocol. What a cell
//! shows, and how it ends, goes through the port of the runtime to a socket of the kernel.

mod belongings;
mod crash;
mod executor;
mod large_pages;
pub(crate) mod ledger;
pub(crate) mod limits;
mod link;
pub(crate) mod message;
mod offspring;
mod port;
mod renewable;
mod runtime;
mod shell;
mod snapshot;
pub(crate) mod streams;
mod supervisor;
mod thread_stacks;
mod unwinding;

use crate::toolchain::environment::{self, Layout};
use executor::Executor;
use hx_port::{Host, Interrupt};
use limits::Limits;
use runtime::Runtime;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use supervisor::Inheritance;

/// How many cells can be undone, at most.
pub(crate) const UNDO: usize = snapshot::UNDO;

/// Runs until evcxr closes the protocol's stdin.
///
/// # Errors
/// If the session's files or the runtime are not there. The stderr the worker
/// was started with hears of it, since by then the usual one is the user's.
pub(crate) fn run() -> io::Result<()> {
    let mut stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let outcome = serve();
    if let Err(error) = &outcome {
        let _ = writeln!(stderr, "the worker cannot go on: {error}");
    }
    outcome
}

fn serve() -> io::Result<()> {
    let commands = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let answers = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    // The kernel has told whoever set them if they make no sense.
    let limits = Limits::of_the_environment().unwrap_or_default();
    match supervisor::run(commands, answers, limits)? {
        Some(inheritance) => execute(inheritance, limits),
        None => Ok(()),
    }
}

/// The life of the executor.
fn execute(inheritance: Inheritance, limits: Limits) -> io::Result<()> {
    let Inheritance {
        ledger,
        link,
        snapshots,
    } = inheritance;
    snapshot::become_executor(ledger)?;
    large_pages::ask_for_them();
    limits.restrict_this_process()?;
    let layout = Layout::of_this_session()?;
    let runtime = Runtime::load(&layout.runtime())?;
    streams::redirect(layout.directory(), runtime.flush)?;
    port::open(link, ledger);
    // SAFETY: no cell has run yet, so this is the only thread.
    unsafe { environment::leave() };
    (runtime.attach)(Host { send: port::send });
    unwinding::tell(runtime.unwinds);
    thread_stacks::give();
    listen_to_interrupts(runtime.interrupt)?;
    let session = layout.directory().to_owned();
    Executor::connect(ledger, snapshots, session, limits, runtime)?.work()
}

/// SIGINT only raises two flags, which long calls of the runtime and reads of stdin look at.
fn listen_to_interrupts(interrupt: Interrupt) -> io::Result<()> {
    // SAFETY: the handler calls two functions that store to an atomic each, which is
    // async-signal-safe.
    unsafe {
        signal_hook::low_level::register(signal_hook::consts::SIGINT, move || {
            interrupt(true);
            port::interrupt(true);
        })
    }?;
    Ok(())
}
