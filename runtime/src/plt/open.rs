//! The figures that are open: those that nobody has shown yet.

use super::state::Shared;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All of them, the current one last.
static OPEN: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

/// Locks them.
pub(super) fn open() -> MutexGuard<'static, Vec<Shared>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets a figure that has been shown on its own.
pub(super) fn forget(figure: &Shared) {
    open().retain(|other| !other.is(figure));
}
