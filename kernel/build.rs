//! The binary carries the runtime's sources, to build them for the toolchain it
//! finds; when they change, so does the binary.

fn main() {
    println!("cargo:rerun-if-changed=../runtime");
    println!("cargo:rerun-if-changed=../Cargo.toml");
    println!("cargo:rerun-if-changed=../Cargo.lock");
}
