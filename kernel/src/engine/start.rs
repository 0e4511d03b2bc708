//! A session of evcxr, made ready for cells.

use crate::toolchain::Toolchain;
use crate::toolchain::environment::{self, Layout};
use evcxr::{CommandContext, EvalContext};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

/// Runs before the first cell. The `?` is spent here: the first one of a session
/// costs evcxr another compilation.
pub(super) const PRELUDE: &str =
    "use pynn::prelude::*;\nuse pynn::__print_at_once as print;\nOk::<(), pynn::Error>(())?;";

/// evcxr's settings for a session, in the place it looks for them. Cells are
/// compiled without optimisation: what is slow is in the runtime, and that is
/// built. `:opt 2` is there for loops of the user's own.
pub(super) const EVCXR_CONFIGURATION: &str = "[evcxr]\nopt_level = \"0\"\n";

/// Puts toolchain and runtime where a session looks for them.
fn link_tools(layout: &Layout, toolchain: &Toolchain, runtime: &Path) -> std::io::Result<()> {
    environment::link(runtime, &layout.runtime())?;
    environment::link(&toolchain.cargo, &layout.cargo())?;
    environment::link(&toolchain.rustc, &layout.rustc())
}

/// Makes what a cell has removed of the session's directory anew. The rest evcxr makes for
/// every cell.
pub(super) fn restore(
    layout: &Layout,
    toolchain: &Toolchain,
    runtime: &Path,
) -> std::io::Result<()> {
    let needed = [
        layout.stand_ins().join("cargo"),
        layout.stand_ins().join("rustup"),
        layout.runtime(),
        layout.cargo(),
        layout.rustc(),
    ];
    let is_whole = needed.iter().all(|link| link.is_symlink())
        && layout.cells().is_dir()
        && layout.temporary().is_dir();
    if !is_whole {
        tracing::warn!("a cell has removed the session's directory, which is made anew");
        environment::lay_out(layout)?;
        link_tools(layout, toolchain, runtime)?;
        std::fs::write(layout.directory().join("evcxr.toml"), EVCXR_CONFIGURATION)?;
    }
    Ok(())
}

/// Starts evcxr with this kernel's worker and runs what comes before the first cell.
pub(super) fn start_evcxr(
    layout: &Layout,
    toolchain: &Toolchain,
    runtime: &Path,
    introductions: &OwnedFd,
) -> Result<CommandContext, String> {
    let began = std::time::Instant::now();
    link_tools(layout, toolchain, runtime).map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut worker = Command::new(program);
    worker.arg("worker");
    crate::worker::introduce(&mut worker, introductions);
    if let Some(library) = toolchain.standard_library() {
        worker.env(environment::STANDARD_LIBRARY, library);
    }
    let (context, outputs) =
        EvalContext::with_subprocess_command(worker).map_err(|error| error.to_string())?;
    tracing::info!(elapsed = ?began.elapsed(), "evcxr has started");
    // evcxr waits until somebody has read these; with this worker they carry only trouble.
    for (name, lines) in [("stdout", outputs.stdout), ("stderr", outputs.stderr)] {
        std::thread::spawn(move || {
            for line in lines {
                tracing::warn!(stream = name, line, "from the worker");
            }
        });
    }
    let mut context = CommandContext::with_eval_context(context);
    context
        .execute(PRELUDE)
        .map_err(|error| format!("the prelude does not run: {error}"))?;
    tracing::info!(elapsed = ?began.elapsed(), "ready for cells");
    Ok(context)
}
