//! Large blocks of memory in large pages.
//!
//! A snapshot copies the table of pages: for gigabytes in pages of 4 KiB that takes a
//! tenth of a second, in pages of 2 MiB a millisecond. Many systems give large pages
//! only to who asks, and glibc's own way to ask (the tunable `glibc.malloc.hugetlb`)
//! works on some starts and not on others, as of 2.36. So this binary defines the
//! functions by which large blocks are made, hands them on to glibc, and asks. The
//! dynamic loader gives cells and the runtime these instead of glibc's.

use nix::libc::{MADV_HUGEPAGE, madvise};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

/// Smaller blocks are not worth the call.
const LARGE: usize = 8 << 20;
/// Blocks are advised on from the next boundary of small pages on.
const PAGE: usize = 4096;

static ENABLED: AtomicBool = AtomicBool::new(false);

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
}

/// Asks for large pages from now on, in this process and its copies.
pub(crate) fn ask_for_them() {
    ENABLED.store(true, Ordering::Relaxed);
}

#[inline]
fn advise(block: *mut c_void, size: usize) {
    if size >= LARGE && ENABLED.load(Ordering::Relaxed) && !block.is_null() {
        let start = (block as usize).next_multiple_of(PAGE);
        let length = (block as usize + size - start) / PAGE * PAGE;
        // SAFETY: the pages lie within the block; the advice changes nothing of what is
        // in them, and a system that does not take it says so, which does not matter.
        unsafe {
            madvise(start as *mut c_void, length, MADV_HUGEPAGE);
        }
    }
}

/// Takes the place of libc's `malloc` for the whole process.
///
/// # Safety
/// As `malloc(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: by this function's own condition.
    let block = unsafe { __libc_malloc(size) };
    advise(block, size);
    block
}

/// Takes the place of libc's `calloc` for the whole process.
///
/// # Safety
/// As `calloc(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: by this function's own condition.
    let block = unsafe { __libc_calloc(count, size) };
    // Without a block, the product may be too large to be one.
    advise(block, count.wrapping_mul(size));
    block
}

/// Takes the place of libc's `realloc` for the whole process.
///
/// # Safety
/// As `realloc(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: by this function's own condition.
    let block = unsafe { __libc_realloc(block, size) };
    advise(block, size);
    block
}
