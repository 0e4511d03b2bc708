//! The standard library's sources as rust-analyzer is shown them.
//!
//! Half of those sources, 16 MB, declares the machine instructions of every
//! architecture (`core::arch`), and rust-analyzer reads all of it before it can
//! infer its first type. A session shows it a directory in which that part is
//! empty and the other directories are links: 100 MiB of memory and about a second less. What
//! is lost is completion and inference for `std::arch` items, which compile as ever.

use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Name of the directory beside the runtime with the standard library's sources.
pub(super) const LIBRARY: &str = "library";

/// The module with the machine instructions.
const INSTRUCTIONS: &str = "stdarch/crates/core_arch/src/mod.rs";
/// What is not linked: the above, and what tests the standard library itself.
const LEFT_OUT: [&str; 4] = ["stdarch", "coretests", "alloctests", "Cargo.toml"];

/// Makes the directory `shown` after the sources in `library`.
pub(crate) fn show(library: &Path, shown: &Path) -> io::Result<()> {
    let _ = std::fs::remove_dir_all(shown);
    std::fs::create_dir_all(shown)?;
    for entry in std::fs::read_dir(library)? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        // Cargo writes its lock file where it finds it, and this one is the toolchain's.
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), shown.join(name))?;
        } else {
            symlink(entry.path(), shown.join(name))?;
        }
    }
    let instructions = shown.join(INSTRUCTIONS);
    std::fs::create_dir_all(instructions.parent().unwrap_or(shown))?;
    std::fs::write(&instructions, "//! Left out by hxkernel.\n")?;
    let manifest = std::fs::read_to_string(library.join("Cargo.toml"))?;
    let mut manifest: toml::Table = manifest.parse().map_err(io::Error::other)?;
    if let Some(members) = manifest
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("members"))
        .and_then(toml::Value::as_array_mut)
    {
        members.retain(|member| {
            member
                .as_str()
                .is_some_and(|name| !LEFT_OUT.contains(&name))
        });
    }
    std::fs::write(shown.join("Cargo.toml"), manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there_but_the_instructions() {
        let directory = tempfile::tempdir().unwrap();
        let library = directory.path().join("library");
        for file in ["core/src/lib.rs", "coretests/lib.rs", INSTRUCTIONS] {
            let file = library.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "original").unwrap();
        }
        let manifest = "[workspace]\nmembers = [\"core\", \"coretests\"]\n";
        std::fs::write(library.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(library.join("Cargo.lock"), "original").unwrap();
        let shown = directory.path().join("shown");
        show(&library, &shown).unwrap();
        let read = |file: &str| std::fs::read_to_string(shown.join(file)).unwrap();
        assert_eq!(read("core/src/lib.rs"), "original");
        assert!(!read(INSTRUCTIONS).contains("original"));
        assert!(!read("Cargo.toml").contains("coretests"));
        std::fs::write(shown.join("Cargo.lock"), "changed").unwrap();
        let lock = std::fs::read_to_string(library.join("Cargo.lock")).unwrap();
        assert_eq!(lock, "original");
    }
}
