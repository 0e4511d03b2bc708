//! What a session needs of the machine around it.
//!
//! Each check gives one sentence if something is missing: what is wrong and how to mend it.
//! `hxkernel doctor` makes all of them. A kernel makes those that take no time before it
//! starts anything, and the others when a session cannot start or a cell cannot be
//! compiled, so that a user is told of the cause and not of what came of it.

pub(crate) mod cache;
mod compiling;
pub(crate) mod limits;
pub(crate) mod outcome;

use crate::toolchain::{Toolchain, ToolchainError};
use outcome::Outcome;

/// A check of the machine, and one of a toolchain.
type MachineCheck = fn() -> Outcome;
type ToolchainCheck = fn(&Toolchain) -> Outcome;

/// The checks of everything but the toolchain, each with what it is about.
const MACHINE: [(&str, MachineCheck); 7] = [
    ("open files", limits::open_files),
    ("address space", limits::address_space),
    ("size of files", limits::size_of_files),
    ("processes", limits::processes),
    ("session directory", cache::is_usable),
    ("programs there", cache::is_executable),
    ("free space", cache::has_room),
];

/// Those that a toolchain must pass.
const COMPILING: [(&str, ToolchainCheck); 4] = [
    ("Rust", compiling::is_as_it_was),
    ("standard library sources", compiling::has_sources),
    ("shared standard library", compiling::has_shared_library),
    ("a cell on trial", compiling::compiles),
];

/// Makes every check that needs no toolchain.
pub(crate) fn of_the_machine() -> impl Iterator<Item = (&'static str, Outcome)> {
    MACHINE.into_iter().map(|(what, check)| (what, check()))
}

/// Makes every check of a toolchain.
pub(crate) fn of_the_toolchain(
    toolchain: &Toolchain,
) -> impl Iterator<Item = (&'static str, Outcome)> {
    let checks = COMPILING.into_iter();
    checks.map(|(what, check)| (what, check(toolchain)))
}

/// What would end the kernel or keep it from making a session, if there is such a thing.
pub(crate) fn obstacle() -> Option<String> {
    of_the_machine().find_map(|(_, outcome)| outcome.err())
}

/// Looks for the cause of a failure that does not lie in a cell.
pub(crate) fn cause(toolchain: &Result<Toolchain, String>) -> Option<String> {
    obstacle().or_else(|| match toolchain {
        Err(error) => Some(error.clone()),
        Ok(toolchain) => of_the_toolchain(toolchain).find_map(|(_, outcome)| outcome.err()),
    })
}

/// The toolchain, or the sentence that there is none.
pub(crate) fn toolchain() -> Result<Toolchain, String> {
    Toolchain::find().map_err(|error| match (&error, chosen_toolchain()) {
        (ToolchainError::Broken { reason, .. }, Some(chosen)) => format!(
            "RUSTUP_TOOLCHAIN is '{chosen}', which cannot be used ({reason}): unset it, or run `rustup toolchain install {chosen}`"
        ),
        _ => error.to_string(),
    })
}

fn chosen_toolchain() -> Option<String> {
    let chosen = std::env::var_os("RUSTUP_TOOLCHAIN")?;
    Some(chosen.to_string_lossy().into_owned())
}
