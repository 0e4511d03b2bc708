//! Everything a cell says, from the worker's pipes and sockets to the front end.

pub(crate) mod comm_messages;
mod evcxr_markers;
mod output_buffer;
mod pipes;
pub(crate) mod pump;
mod throttle;
mod worker_connection;
