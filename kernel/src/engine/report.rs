//! How a cell ended, in words a person can act on.

pub(crate) mod cell_result;
pub(crate) mod crash_report;
pub(crate) mod diagnostics;
pub(crate) mod evcxr_messages;
mod source_map;
mod suggestions;
pub(crate) mod text_places;
