//! Completion and inspection: from rust-analyzer while no cell runs, and from what is known
//! without it at any time.

pub(crate) mod completion;
pub(crate) mod cursor;
mod documentation;
pub(crate) mod inspection;
pub(crate) mod symbols;
