//! HXKernel: a Jupyter kernel for the Rust dialect of PyNN.
//!
//! One binary in many roles: the command a person types, the kernel a front end
//! starts, the worker in which cells run, and the stand-ins for cargo and rustup
//! that evcxr calls.

mod commands;
mod definitions;
mod engine;
mod paths;
mod permissions;
mod processes;
mod session;
mod system_checks;
mod toolchain;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    undo_inherited_signals();
    if let Some(code) = toolchain::rustc_shim::run_if_called_so() {
        return code;
    }
    commands::run()
}

/// Undoes what a process takes over from the one that started it and does not expect:
/// children whose end is not reported, and signals that never come.
fn undo_inherited_signals() {
    use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, pthread_sigmask, signal};
    // SAFETY: no handler of this process is replaced, since there is none yet.
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}
