//! A language may panic; a kernel may not fall silent because of it.

use crate::types::Failure;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of the language; a panic becomes a failure for the front end to show.
///
/// What the code left half done is the language's own affair: it is asked again
/// when the next request comes.
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
