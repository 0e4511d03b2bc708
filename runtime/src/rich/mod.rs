//! How the things of the dialect show themselves in a notebook.

mod drawing_area;
mod matrix;
mod picture;
mod recording;
mod table;
mod tables;
mod traces;
mod usage;

pub(crate) use table::{escaped, html_table, plain_table};
