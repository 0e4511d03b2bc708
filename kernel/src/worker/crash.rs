//! What a process notes while it dies of a bad memory access: whether its stack was
//! full, which from outside looks like any other.

use super::shared_state::SharedState;
use nix::libc;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

static SHARED: OnceLock<&'static SharedState> = OnceLock::new();

/// How far below the stack pointer an access to the stack can lie: the compiler
/// touches every page of a large frame in turn.
const REACH: usize = 64 * 1024;

/// Notes into this shared state from now on.
pub(crate) fn note_in(shared: &'static SharedState) {
    let _ = SHARED.set(shared);
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the handler only stores to an atomic and resets itself, which is
        // async-signal-safe; it runs on the alternative stack that Rust's own start-up
        // code gave the main thread, since a full stack has no room for it.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = note as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn note(signal: i32, information: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the system passes both pointers to handlers of this kind.
    let (address, stack) = unsafe { ((*information).si_addr() as usize, stack_pointer(context)) };
    if let (Some(shared), Some(stack)) = (SHARED.get(), stack)
        && (stack.saturating_sub(REACH)..stack.saturating_add(REACH)).contains(&address)
        // And not a process that a cell has forked.
        && shared.executor.load(Ordering::Acquire) == nix::unistd::getpid().as_raw()
    {
        shared.stack_is_full.store(true, Ordering::Release);
    }
    // SAFETY: resetting to the default is always allowed. The access is tried again on
    // return, and then ends the process.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
    }
}

/// The stack pointer at the time of the signal.
///
/// # Safety
/// `context` is what the system passed to a handler.
unsafe fn stack_pointer(context: *mut libc::c_void) -> Option<usize> {
    let context = context.cast::<libc::ucontext_t>();
    #[cfg(target_arch = "x86_64")]
    // SAFETY: by this function's own condition.
    let pointer = unsafe { (*context).uc_mcontext.gregs[libc::REG_RSP as usize] as usize };
    #[cfg(target_arch = "aarch64")]
    // SAFETY: by this function's own condition.
    let pointer = unsafe { (*context).uc_mcontext.sp as usize };
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return {
        let _ = context;
        None
    };
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Some(pointer)
}
