//! A second stack for every thread that a cell starts, on which [`super::crash`] can note
//! that the first one is full.
//!
//! Rust gives its threads one where it has started the program, but cells are loaded into a
//! program that has a Rust of its own. So this binary defines `pthread_create`, by which
//! every thread comes about, as it defines `write` (see [`super::streams`]).

use nix::libc;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Enough for a signal's frame with the widest registers, and for the handler.
const SIZE: usize = 64 * 1024;

static ARE_GIVEN: AtomicBool = AtomicBool::new(false);

/// Gives every thread that is started from now on a second stack.
pub(crate) fn give() {
    ARE_GIVEN.store(true, Ordering::Release);
}

type Start = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
type Create = unsafe extern "C" fn(
    *mut libc::pthread_t,
    *const libc::pthread_attr_t,
    Start,
    *mut c_void,
) -> c_int;

/// The second stack of this thread, until this is dropped.
struct SecondStack(*mut c_void);

impl SecondStack {
    fn new() -> Option<SecondStack> {
        // SAFETY: fresh memory, which becomes this thread's second stack and is given back
        // only when it is that no more.
        unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let memory = libc::mmap(std::ptr::null_mut(), SIZE, protection, kind, -1, 0);
            if memory == libc::MAP_FAILED {
                return None;
            }
            let stack = libc::stack_t {
                ss_sp: memory,
                ss_flags: 0,
                ss_size: SIZE,
            };
            libc::sigaltstack(&raw const stack, std::ptr::null_mut());
            Some(SecondStack(memory))
        }
    }
}

impl Drop for SecondStack {
    fn drop(&mut self) {
        // SAFETY: as above; a handler that runs on it never returns to here.
        unsafe {
            let none = libc::stack_t {
                ss_sp: std::ptr::null_mut(),
                ss_flags: libc::SS_DISABLE,
                ss_size: SIZE,
            };
            libc::sigaltstack(&raw const none, std::ptr::null_mut());
            libc::munmap(self.0, SIZE);
        }
    }
}

/// Entry point and argument of a thread.
struct Work {
    start: Start,
    argument: *mut c_void,
}

/// # Safety
/// `work` is a box of [`Work`] that is this thread's.
unsafe extern "C-unwind" fn begin(work: *mut c_void) -> *mut c_void {
    // SAFETY: by this function's own condition.
    let work = unsafe { Box::from_raw(work.cast::<Work>()) };
    let Work { start, argument } = *work;
    let _stack = SecondStack::new();
    // SAFETY: by the condition of `pthread_create`.
    unsafe { start(argument) }
}

/// Takes the place of libc's `pthread_create` for the whole process.
///
/// # Safety
/// As `pthread_create(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    static SYSTEM: OnceLock<Option<Create>> = OnceLock::new();
    let system = SYSTEM.get_or_init(|| {
        // SAFETY: the name ends in a null byte; the next definition after this binary's is
        // libc's, which has this signature.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr());
            std::mem::transmute::<*mut c_void, Option<Create>>(found)
        }
    });
    let Some(create) = system else {
        return libc::ENOSYS;
    };
    if !ARE_GIVEN.load(Ordering::Acquire) {
        // SAFETY: by this function's own condition.
        return unsafe { create(thread, attributes, start, argument) };
    }
    let work = Box::into_raw(Box::new(Work { start, argument }));
    // SAFETY: by this function's own condition; the box is the new thread's.
    let outcome = unsafe { create(thread, attributes, begin, work.cast()) };
    if outcome != 0 {
        // SAFETY: there is no thread that has it.
        drop(unsafe { Box::from_raw(work) });
    }
    outcome
}
