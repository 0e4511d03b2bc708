//! Catches panics of the language, so that every request is answered all the same.

use crate::types::Failure;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of the language; a panic becomes a failure for the front end to show.
///
/// The language is called again for the next request, and has to cope with what it left half done.
pub(crate) fn catch_panic<T>(code: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Failure {
            name: "KernelPanicked".into(),
            message: format!("a fault of the kernel, not of the cell: {message}"),
            traceback: vec![format!(
                "KernelPanicked: a fault of the kernel, not of the cell: {message}"
            )],
        }
    })
}
