//! The text of a cell before evcxr sees it: what it is, what is wrong with it, and what
//! rust-analyzer is better not shown.

pub(crate) mod bindings;
pub(crate) mod cell_text;
pub(crate) mod completeness;
pub(crate) mod invisible_characters;
pub(crate) mod item_macros;
pub(crate) mod leading_lines;
pub(crate) mod long_expressions;
pub(crate) mod nesting;
mod repeated_statements;
pub(crate) mod thinning;
mod tokens;
