//! Registering the kernel with Jupyter, and taking it away again.

use crate::toolchain::{Toolchain, runtime};
use crate::{paths, permissions};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Name of the kernel's directory, which is also its name for front ends.
pub(crate) const KERNEL_NAME: &str = "hxkernel";
const DISPLAY_NAME: &str = "Rust (PyNN, HXNeuron)";
const LOGOS: [(&str, &[u8]); 3] = [
    (
        "logo-32x32.png",
        include_bytes!("../../assets/logo-32x32.png"),
    ),
    (
        "logo-64x64.png",
        include_bytes!("../../assets/logo-64x64.png"),
    ),
    ("logo-svg.svg", include_bytes!("../../assets/logo.svg")),
];

/// Which Jupyter the kernel is registered with.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Place {
    /// An installation prefix: the kernel goes to PREFIX/share/jupyter.
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
    /// This user's Jupyter (the default).
    #[arg(long)]
    user: bool,
    /// The active Python environment (virtualenv, conda).
    #[arg(long)]
    sys_prefix: bool,
}

impl Place {
    /// Jupyter's data directory there.
    fn data_directory(&self) -> Result<PathBuf, String> {
        if let Some(prefix) = &self.prefix {
            return Ok(prefix.join("share/jupyter"));
        }
        if self.sys_prefix {
            return Ok(python_prefix()?.join("share/jupyter"));
        }
        Ok(user_data_directory())
    }

    fn kernel_directory(&self) -> Result<PathBuf, String> {
        Ok(self.data_directory()?.join("kernels").join(KERNEL_NAME))
    }
}

/// Where Jupyter keeps what belongs to the user.
pub(crate) fn user_data_directory() -> PathBuf {
    std::env::var_os("JUPYTER_DATA_DIR")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            dirs::data_dir()
                .unwrap_or_else(|| PathBuf::from(".local/share"))
                .join("jupyter")
        })
}

fn python_prefix() -> Result<PathBuf, String> {
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(prefix) = std::env::var_os(variable) {
            return Ok(PathBuf::from(prefix));
        }
    }
    let python = Command::new("python3")
        .args(["-c", "import sys; print(sys.prefix)"])
        .output();
    match python {
        Ok(output) if output.status.success() => Ok(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        )),
        _ => Err(
            "no Python environment is active and python3 cannot be asked for its prefix; \
                  activate an environment or use --prefix DIR"
                .into(),
        ),
    }
}

/// Builds the runtime if there is none for the toolchain, and registers the kernel.
///
/// # Errors
/// A sentence with what to do.
pub(crate) fn install(place: &Place) -> Result<(), String> {
    let toolchain = Toolchain::find().map_err(|error| error.to_string())?;
    if !toolchain.has_sources() {
        return Err(
            "the standard library's sources are missing, without which types cannot be \
                    inferred: run `rustup component add rust-src` and install again"
                .into(),
        );
    }
    let directory = match runtime::find(&toolchain) {
        Some(directory) => directory,
        None => {
            println!(
                "building the runtime for {} (about a minute)",
                toolchain.version_line()
            );
            runtime::build(&toolchain, &runtime_root()?, &|| false)
                .map_err(|error| error.to_string())?
        }
    };
    println!("runtime: {}", directory.display());
    let kernel = place.kernel_directory()?;
    register(&kernel).map_err(|error| format!("cannot write {}: {error}", kernel.display()))?;
    println!("kernel:  {}", kernel.display());
    Ok(())
}

/// Beside the binary if that is an installation one may write to, else the user's cache.
fn runtime_root() -> Result<PathBuf, String> {
    let beside = paths::installed_runtimes()
        .filter(|_| paths::prefix().is_some_and(|prefix| prefix.join("bin/hxkernel").is_file()))
        .filter(|path| std::fs::create_dir_all(path).is_ok());
    beside.map_or_else(
        || {
            let root = paths::cache().join("runtime");
            permissions::make_root(&paths::cache())
                .and_then(|()| permissions::make_closed(&root))
                .map_err(|error| format!("cannot keep the runtime in the cache: {error}"))?;
            Ok(root)
        },
        Ok,
    )
}

fn register(kernel: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(kernel)?;
    let specification = json!({
        "argv": [std::env::current_exe()?, "run", "--connection-file", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "rust",
        "interrupt_mode": "message",
        "kernel_protocol_version": "5.5",
        "metadata": { "debugger": false },
    });
    std::fs::write(kernel.join("kernel.json"), format!("{specification:#}\n"))?;
    for (name, bytes) in LOGOS {
        std::fs::write(kernel.join(name), bytes)?;
    }
    Ok(())
}

/// Takes away what [`install`] and sessions left: the registration, the
/// runtimes, this user's cache.
///
/// # Errors
/// If something cannot be removed.
pub(crate) fn uninstall(place: &Place) -> Result<(), String> {
    let mut removed = vec![place.kernel_directory()?, paths::cache()];
    removed.extend(paths::installed_runtimes().and_then(|path| path.parent().map(Path::to_owned)));
    for path in removed {
        match std::fs::remove_dir_all(&path) {
            Ok(()) => println!("removed {}", path.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("cannot remove {}: {error}", path.display())),
        }
    }
    Ok(())
}
