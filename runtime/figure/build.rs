//! Takes the one face that figures are set in out of the `dejavu` crate, so that
//! the library embeds that face and none of the nineteen others.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let directory = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let target = Path::new(&directory).join("DejaVuSans.ttf");
    std::fs::write(target, dejavu::sans::regular()).expect("OUT_DIR can be written to");
}
