//! Lines that are commands: which there are, and what this kernel's own do.

pub(crate) mod kernel_commands;
pub(crate) mod line_commands;
