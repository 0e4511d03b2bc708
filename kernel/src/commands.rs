//! The command line.

use clap::{Parser, Subcommand};
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
    /// Serve a notebook session (front ends call this).
    Run {
        /// The connection file the front end wrote.
        #[arg(short = 'f', long)]
        connection_file: PathBuf,
    },
    /// The process in which cells run (the kernel calls this).
    #[command(hide = true)]
    Worker,
}

pub(crate) fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run { connection_file } => {
            start_log();
            crate::session::run(&connection_file)
        }
        Command::Worker => crate::worker::run().map_err(|error| format!("worker: {error}")),
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
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
}
