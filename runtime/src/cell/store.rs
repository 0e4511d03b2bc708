//! The variables of a session, between cells.
//!
//! evcxr would compile a store like this into every cell. It is compiled once,
//! here, and only the conversions to and from a variable's own type are left for
//! a cell to compile. The names are those evcxr's generated code calls.

use hx_port::Bytes;
use std::any::Any;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often the threads of this process were lost, see [`pynn_threads_are_gone`].
static THREADS_LOST: AtomicU32 = AtomicU32::new(0);

/// Variables by name.
#[derive(Default)]
pub struct VariableStore {
    variables: HashMap<String, Box<dyn Any>>,
}

/// Makes the store of a session; it lives as long as the process.
pub fn create_variable_store() -> *mut VariableStore {
    Box::into_raw(Box::default())
}

impl VariableStore {
    /// Keeps a variable.
    #[inline]
    pub fn put_variable<T: 'static>(&mut self, name: &str, value: T) {
        self.put(name, Box::new(value));
    }

    /// Whether a variable still has the type it is asked for: a struct defined
    /// anew is another type, even if it looks the same.
    #[inline]
    pub fn check_variable<T: 'static>(&mut self, name: &str) -> bool {
        self.check(name, |value| value.is::<T>())
    }

    /// Takes a variable out.
    ///
    /// # Panics
    /// If it is not there or has another type, which the checks before rule out.
    #[inline]
    pub fn take_variable<T: 'static>(&mut self, name: &str) -> T {
        match self.take(name).downcast() {
            Ok(value) => *value,
            Err(_) => wrong_type(name),
        }
    }

    /// Shares what is kept under a name, making it if it is not there. evcxr keeps
    /// the executor of asynchronous code so; it lives on threads, so that one made
    /// before the threads were lost is never touched again. Nor is one of another build of
    /// its crate, as there is after a `:dep` that changes the crate's features.
    pub fn lazy_arc<T: 'static, F: FnOnce() -> T>(&mut self, name: &str, create: F) -> Arc<T> {
        let name = shared_name(name);
        let kept = self.variables.get(&name).map(Box::as_ref);
        if let Some(shared) = kept.and_then(|kept| kept.downcast_ref::<Arc<T>>()) {
            return Arc::clone(shared);
        }
        let shared = Arc::new(create());
        let other = self.variables.insert(name, Box::new(Arc::clone(&shared)));
        // Dropping it would wait for tasks that may wait for ever.
        std::mem::forget(other);
        shared
    }

    fn put(&mut self, name: &str, value: Box<dyn Any>) {
        self.variables.insert(name.to_owned(), value);
    }

    fn check(&self, name: &str, fits: fn(&dyn Any) -> bool) -> bool {
        let lost = self
            .variables
            .get(name)
            .is_some_and(|value| !fits(value.as_ref()));
        if lost {
            super::variable_lost(name);
        }
        !lost
    }

    fn take(&mut self, name: &str) -> Box<dyn Any> {
        match self.variables.remove(name) {
            Some(value) => value,
            None => panic!("the variable {name} is missing"),
        }
    }
}

fn shared_name(name: &str) -> String {
    match THREADS_LOST.load(Ordering::Relaxed) {
        0 => name.to_owned(),
        times => format!("{name} {times}"),
    }
}

/// This process goes on in place of one that died, as a copy of it with one thread.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_threads_are_gone() {
    crate::simulator::forget_lost_run();
    THREADS_LOST.fetch_add(1, Ordering::Relaxed);
    crate::display::standard_streams::forget_threads();
}

/// Visits the name of every variable in a store, which may be null.
#[unsafe(no_mangle)]
pub extern "C" fn pynn_variables(
    store: *const c_void,
    visit: extern "C" fn(*mut c_void, Bytes),
    context: *mut c_void,
) {
    // SAFETY: null, or what a cell returned: the store that `create_variable_store` made.
    if let Some(store) = unsafe { store.cast::<VariableStore>().as_ref() } {
        for name in store.variables.keys() {
            visit(context, Bytes::lend(name.as_bytes()));
        }
    }
}

#[cold]
fn wrong_type(name: &str) -> ! {
    panic!("the variable {name} has another type than it had")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_back_as_they_went_in() {
        let mut store = VariableStore::default();
        store.put_variable("a", vec![1, 2]);
        assert!(store.check_variable::<Vec<i32>>("a"));
        assert!(!store.check_variable::<Vec<u8>>("a"));
        assert!(store.check_variable::<u8>("unknown"));
        assert_eq!(store.take_variable::<Vec<i32>>("a"), [1, 2]);
        let first = store.lazy_arc("shared", || 7);
        assert_eq!(*store.lazy_arc("shared", || 8), 7);
        assert_eq!(Arc::strong_count(&first), 2);
        assert_eq!(
            *store.lazy_arc("shared", || "of another type"),
            "of another type"
        );
    }
}
