//! The command line.

mod doctor;
mod install;

use clap::{Parser, Subcommand};
use install::Place;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "hxkernel",
    version,
    about = "A Jupyter kernel for Rust with PyNN and an emulated BrainScaleS-2 chip"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the runtime for this toolchain and register the kernel with Jupyter.
    Install(Place),
    /// Remove the kernel from Jupyter, its runtimes and this user's cache.
    Uninstall(Place),
    /// Say what is missing on this machine and how to get it.
    Doctor,
    /// Serve a notebook session (front ends call this).
    Run {
        /// The connection file the front end wrote.
        #[arg(short = 'f', long)]
        connection_file: PathBuf,
        /// Arguments meant for others: `jupyter run FILE` appends its own to the kernel's.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _ignored: Vec<OsString>,
    },
    /// The process in which cells run (the kernel calls this).
    #[command(hide = true)]
    Worker,
}

pub(crate) fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Install(place) => install::install(&place),
        Command::Uninstall(place) => install::uninstall(&place),
        Command::Doctor => return doctor::examine(),
        Command::Run {
            connection_file, ..
        } => {
            start_log();
            crate::session::run(&connection_file)
        }
        // The worker has told the stderr it was started with.
        Command::Worker => match crate::worker::run() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hxkernel: {message}");
            ExitCode::FAILURE
        }
    }
}

/// `HXKERNEL_LOG` is a level such as `debug`, for this kernel's own crates, or a
/// whole filter such as `hxkernel=trace`; the log goes to stderr.
fn start_log() {
    let asked = std::env::var("HXKERNEL_LOG").unwrap_or_else(|_| "warn".into());
    let filter = match asked.parse::<tracing::Level>() {
        // rust-analyzer logs too, a thousand lines for every cell.
        Ok(level) => format!("off,hxkernel={level},hx_jupyter={level}"),
        Err(_) => asked,
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .finish();
    tracing::subscriber::set_global_default(crate::engine::analysis_limits::Places(log))
        .expect("nothing has been logged yet");
}
