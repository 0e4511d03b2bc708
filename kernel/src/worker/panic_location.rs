//! Location of a panic, for the case that the user has set a panic hook.
//!
//! The runtime's hook notes message and place of a panic. A hook of the user's takes its
//! place; the message then still comes with the payload, but the place is gone once the
//! stack is unwound. So this binary defines the function by which every panic of the
//! process begins to unwind, as it defines `write` (see [`super::streams`]).

use hx_port::CellBoundary;
use nix::libc;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

static NOTE: OnceLock<CellBoundary> = OnceLock::new();

/// Calls `note` from now on whenever a thread is about to unwind.
pub(crate) fn tell(note: CellBoundary) {
    let _ = NOTE.set(note);
}

/// The unwinder's own function of this name.
type Raise = unsafe extern "C-unwind" fn(exception: *mut c_void) -> c_int;

/// Takes the place of the unwinder's function for the whole process.
///
/// # Safety
/// As the Itanium ABI for exception handling says: `exception` is one that nobody has raised.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _Unwind_RaiseException(exception: *mut c_void) -> c_int {
    static SYSTEM: OnceLock<Option<Raise>> = OnceLock::new();
    if let Some(note) = NOTE.get() {
        note();
    }
    let system = SYSTEM.get_or_init(|| {
        // SAFETY: the name ends in a null byte; the next definition after this binary's is
        // the unwinder's, which has this signature.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, c"_Unwind_RaiseException".as_ptr());
            std::mem::transmute::<*mut c_void, Option<Raise>>(found)
        }
    });
    match system {
        // SAFETY: by this function's own condition.
        Some(raise) => unsafe { raise(exception) },
        // What the unwinder says when it cannot begin; the caller then aborts.
        None => 3,
    }
}
