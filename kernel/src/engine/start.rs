//! A session of evcxr, made ready for cells.
//!
//! evcxr obeys an `evcxr.toml` of the current directory, which would let a folder that
//! somebody has downloaded configure the kernel. So the process is elsewhere while evcxr
//! starts. The worker starts in the notebook's directory, and the process is there again
//! before it runs anything: `:dep ./path` and lines for the shell mean that directory.

use crate::toolchain::Toolchain;
use crate::toolchain::environment::{self, Layout};
use evcxr::{CommandContext, EvalContext};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Runs before the first cell. The `?` is spent here: the first one of a session
/// costs evcxr another compilation.
pub(crate) const PRELUDE: &str =
    "use pynn::prelude::*;\nuse pynn::__print_at_once as print;\nOk::<(), pynn::Error>(())?;";

/// evcxr's settings for a session, in the place it looks for them. Cells are
/// compiled without optimisation: what is slow is in the runtime, and that is
/// built. `:opt 2` is there for loops of the user's own.
pub(crate) const EVCXR_CONFIGURATION: &str = "[evcxr]\nopt_level = \"0\"\n";

/// Puts toolchain and runtime where a session looks for them.
fn link_tools(layout: &Layout, toolchain: &Toolchain, runtime: &Path) -> std::io::Result<()> {
    environment::link(runtime, &layout.runtime())?;
    environment::link(&toolchain.cargo, &layout.cargo())?;
    environment::link(&toolchain.rustc, &layout.rustc())
}

/// Makes what a cell has removed of the session's directory anew. The rest evcxr makes for
/// every cell.
pub(crate) fn restore(
    layout: &Layout,
    toolchain: &Toolchain,
    runtime: &Path,
) -> std::io::Result<()> {
    let tools = [layout.runtime(), layout.cargo(), layout.rustc()];
    let stand_ins = environment::STAND_INS.map(|name| layout.stand_ins().join(name));
    let mut needed = tools.iter().chain(&stand_ins);
    let is_whole = needed.all(|link| link.is_symlink())
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
pub(crate) fn start_evcxr(
    layout: &Layout,
    toolchain: &Toolchain,
    runtime: &Path,
    introductions: &OwnedFd,
) -> Result<CommandContext, String> {
    let began = std::time::Instant::now();
    link_tools(layout, toolchain, runtime).map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let elsewhere = Elsewhere::enter(layout.directory())
        .map_err(|error| format!("the notebook's directory cannot be left: {error}"))?;
    let mut worker = Command::new(program);
    worker.arg("worker").current_dir(elsewhere.notebook());
    crate::worker::introduce(&mut worker, introductions);
    if let Some(library) = toolchain.standard_library() {
        worker.env(environment::STANDARD_LIBRARY, library);
    }
    let (context, outputs) =
        EvalContext::with_subprocess_command(worker).map_err(|error| error.to_string())?;
    drop(elsewhere);
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

/// Open for as long as the process lives: evcxr starts the worker again from there.
static NOTEBOOK: OnceLock<File> = OnceLock::new();

/// Keeps the process in another directory than the notebook's until it is dropped.
/// Nothing else in the process means the current directory meanwhile.
pub(crate) struct Elsewhere(&'static File);

impl Elsewhere {
    pub(crate) fn enter(directory: &Path) -> io::Result<Elsewhere> {
        let notebook = match NOTEBOOK.get() {
            Some(notebook) => notebook,
            None => {
                // A directory that may not be listed can still be returned to, and so can
                // one that was removed.
                let flags = nix::fcntl::OFlag::O_PATH | nix::fcntl::OFlag::O_DIRECTORY;
                let notebook = File::options()
                    .read(true)
                    .custom_flags(flags.bits())
                    .open(".")?;
                NOTEBOOK.get_or_init(|| notebook)
            }
        };
        std::env::set_current_dir(directory)?;
        Ok(Elsewhere(notebook))
    }

    /// A path to the notebook's directory that is good until a program is started, whatever
    /// becomes of the directory's name.
    fn notebook(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Err(error) = nix::unistd::fchdir(self.0) {
            tracing::error!(%error, "cannot return to the notebook's directory");
        }
    }
}
