//! Link arguments, and what the binary must be built again for: it carries the
//! runtime's sources, to build them for the toolchain it finds.

fn main() {
    // The worker's own functions of libc and of the unwinder, see src/worker/streams.rs,
    // large_pages.rs, thread_stacks.rs and unwinding.rs:
    // shared objects only find them if the binary exports them.
    for symbol in [
        "read",
        "write",
        "writev",
        "malloc",
        "calloc",
        "realloc",
        "pthread_create",
        "_Unwind_RaiseException",
    ] {
        println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol={symbol}");
    }
    println!("cargo:rerun-if-changed=../runtime");
    println!("cargo:rerun-if-changed=../Cargo.toml");
    println!("cargo:rerun-if-changed=../Cargo.lock");
}
