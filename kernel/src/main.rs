//! HXKernel: a Jupyter kernel for the Rust dialect of PyNN.
//!
//! One binary in many roles: the command a person types, the kernel a front end
//! starts, the worker in which cells run, and the stand-ins for cargo and rustup
//! that evcxr calls.

mod commands;
mod definitions;
mod engine;
mod places;
mod private;
mod session;
mod toolchain;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = toolchain::stand_in::run_if_called_so() {
        return code;
    }
    commands::run()
}
