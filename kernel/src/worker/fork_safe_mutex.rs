//! Locks for a process whose other threads may vanish with a lock in hand: a snapshot
//! wakes up with one thread only, whatever the others were doing when it was taken.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock around a value, both of which can be replaced. Replaced ones are leaked:
/// nobody can know who still waits for them.
pub(crate) struct ForkSafeMutex<T: 'static>(AtomicPtr<Mutex<T>>);

impl<T: 'static> ForkSafeMutex<T> {
    pub(crate) const fn new() -> ForkSafeMutex<T> {
        ForkSafeMutex(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Puts a new lock with a new value in place.
    pub(crate) fn renew(&self, value: T) {
        let lock = Box::into_raw(Box::new(Mutex::new(value)));
        self.0.store(lock, Ordering::Release);
    }

    /// Locks; `None` before the first value.
    pub(crate) fn lock(&self) -> Option<MutexGuard<'static, T>> {
        let lock = self.0.load(Ordering::Acquire);
        // SAFETY: null, or a box that is never freed.
        let lock = unsafe { lock.as_ref() }?;
        Some(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
