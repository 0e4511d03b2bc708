//! One session: its directory, its environment, and the way from a connection
//! file to a served kernel.

mod directory;

use crate::engine::{self, Engine};
use crate::toolchain::{Toolchain, stand_in::environment};
use hx_jupyter::ConnectionFile;
use std::os::unix::fs::symlink;
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
    let toolchain = Toolchain::find().map_err(|error| error.to_string());
    prepare_environment(directory.path(), toolchain.as_ref().ok())
        .map_err(|error| format!("cannot prepare the session: {error}"))?;
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    let (controls, make_engine) = engine::prepare(directory.path().to_owned(), toolchain)
        .map_err(|error| format!("cannot prepare the session: {error}"))?;
    watch_signals(Arc::clone(&stop), Arc::clone(&controls))
        .map_err(|error| format!("cannot listen to signals: {error}"))?;
    watch_parent(stop);
    let outcome = hx_jupyter::serve::<Engine>(&connection, controls, stopped, make_engine);
    outcome.map_err(|error| error.to_string())
}

/// Puts the stand-ins in front of the real tools, for evcxr and rust-analyzer,
/// which look for them in the environment.
fn prepare_environment(directory: &Path, toolchain: Option<&Toolchain>) -> std::io::Result<()> {
    // rust-analyzer looks in $CARGO_HOME/bin first, evcxr on the PATH.
    let cargo_home = directory.join("tools");
    let tools = cargo_home.join("bin");
    std::fs::create_dir_all(&tools)?;
    let program = std::env::current_exe()?;
    for name in ["cargo", "rustup"] {
        symlink(&program, tools.join(name))?;
    }
    let crate_directory = directory.join("crate");
    std::fs::create_dir_all(&crate_directory)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = [tools.clone()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    let searched = std::env::join_paths(searched).map_err(std::io::Error::other)?;
    let mut variables = vec![
        (environment::PATH, path.clone()),
        (
            environment::RUNTIME,
            directory.join(engine::RUNTIME_LINK).into_os_string(),
        ),
        ("PATH", searched),
        ("CARGO_HOME", cargo_home.into_os_string()),
        // evcxr's crate, and a configuration that is not the user's evcxr's.
        ("EVCXR_TMPDIR", crate_directory.into_os_string()),
        ("EVCXR_CONFIG_DIR", directory.as_os_str().to_owned()),
        (engine::SESSION_DIRECTORY, directory.as_os_str().to_owned()),
        (
            "RUST_SRC_PATH",
            directory
                .join(engine::RUNTIME_LINK)
                .join(crate::toolchain::runtime::LIBRARY)
                .into_os_string(),
        ),
    ];
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        variables.push((environment::CARGO_HOME, home));
    }
    if let Some(toolchain) = toolchain {
        variables.push((environment::CARGO, toolchain.cargo.clone().into_os_string()));
        variables.push((environment::RUSTC, toolchain.rustc.clone().into_os_string()));
        variables.push(("RUSTC", toolchain.rustc.clone().into_os_string()));
    }
    for (name, value) in variables {
        // SAFETY: this runs at the start of `main`, before any thread is started,
        // so nothing else reads or writes the environment.
        unsafe { std::env::set_var(name, value) };
    }
    Ok(())
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
    let parent = nix::unistd::getppid();
    // Only a front end sets this; a kernel started by hand may outlive its shell.
    if std::env::var_os("JPY_PARENT_PID").is_none() {
        return;
    }
    std::thread::spawn(move || {
        while nix::unistd::getppid() == parent {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        let _ = stop.send(true);
    });
}
