//! Redefined types, compiled by the real compiler and compared by `TypeId`.

use super::{compile, in_modules, without_modules};
use crate::definitions::{Definitions, Externals, Kind};
use std::path::Path;
use std::process::Command;

/// Compiles the items with a `main` that prints the `TypeId` of `what`, and runs it.
fn identity(directory: &Path, items: &str, what: &str) -> Result<String, String> {
    let source = directory.join("lib.rs");
    let program = directory.join("program");
    let main = format!(
        "#![allow(dead_code)]\n{items}\nstruct EvcxrUserCodeError {{}}\n\
         fn main() {{ println!(\"{{:?}}\", std::any::TypeId::of::<{what}>()); }}"
    );
    std::fs::write(&source, main).unwrap();
    let output = compile(
        &source,
        &directory.join("types.json"),
        &Externals::new(),
        &mut |further| {
            let mut rustc = Command::new("rustc");
            rustc.args(["--crate-name", "ctx", "--edition", "2024", "-Cdebuginfo=0"]);
            rustc.args(further).arg(&source).arg("-o").arg(&program);
            rustc.output()
        },
    );
    let output = output.unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let said = Command::new(&program).output().unwrap();
    Ok(String::from_utf8(said.stdout).unwrap())
}

#[test]
fn a_type_has_the_identity_of_its_definition() {
    let directory = tempfile::tempdir().unwrap();
    let of = |items: &str, what: &str| identity(directory.path(), items, what).unwrap();
    let others = "struct Other(Option<Box<Holder>>); struct Holder { a: A } trait Ask { fn ask(&self); } \
                  mod deep { pub(super) struct In(super::Other, pub(in super::deep) u8); }";
    let first = format!("struct A {{ x: u64 }} {others}");
    let second = format!("#[derive(Debug)]\nstruct A {{ x: f64, pub(self) y: u8 }} {others}");
    for (what, changes) in [
        ("A", true),
        ("Vec<A>", true),
        ("Holder", true),
        ("fn(Other) -> u8", true),
        ("deep::In", true),
        ("dyn Ask", false),
        ("u64", false),
    ] {
        let before = of(&first, what);
        let after = of(&second, what);
        assert_eq!(before != after, changes, "{what}");
        assert_eq!(
            before,
            of(&first, what),
            "the old definition is the old type: {what}"
        );
    }
    let asks_more = first.replace("fn ask(&self);", "fn ask(&self); fn more(&self);");
    assert_ne!(of(&first, "dyn Ask"), of(&asks_more, "dyn Ask"));
    assert_eq!(of(&first, "A"), of(&asks_more, "A"));
}

#[test]
fn types_of_macros_are_told_apart_by_the_whole_cell() {
    let directory = tempfile::tempdir().unwrap();
    let of = |items: &str| identity(directory.path(), items, "A").unwrap();
    let mk = "macro_rules! mk { ($n:ident, $t:ty) => { struct $n($t); } }";
    let before = of(&format!("{mk} mk!(A, u8);"));
    assert_eq!(before, of(&format!("{mk} mk!(A, u8); struct New;")));
    assert_ne!(before, of(&format!("{mk} mk!(A, u16);")));
}

#[test]
fn errors_are_those_of_the_text_as_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    identity(directory.path(), "struct A { x: u64 }", "A").unwrap();
    let wrong = identity(directory.path(), "struct A { x: Missing }", "A").unwrap_err();
    assert!(
        wrong.contains("Missing") && !wrong.contains("redefined_"),
        "{wrong}"
    );
    identity(directory.path(), "struct A { x: f64 }", "A").unwrap();
    let elsewhere = "struct A { x: f64 } fn f(a: A) -> u8 { a }";
    let wrong = identity(directory.path(), elsewhere, "A").unwrap_err();
    assert!(
        wrong.contains("expected `u8`") && !wrong.contains("redefined_"),
        "{wrong}"
    );
}

#[test]
fn lines_and_visibility_stay() {
    let source = "/// Text.\npub struct A<T>(T, pub u8, pub(super) u16);\n\ntrait B {\n    fn f(&self, a: super::C);\n}";
    let definitions = Definitions::of(source);
    let changed = definitions.iter().filter(|it| it.kind == Kind::Type);
    let changed = changed.map(|it| (it.range.clone(), 7)).collect();
    let module = "redefined_0000000000000007";
    let expected = format!(
        "mod {module} {{ #[allow(unused_imports)] use super::*; /// Text.\npub struct \
         A<T>(pub(super) T, pub u8, pub(in super::super) u16); }} pub use {module}::A;\n\n\
         mod {module} {{ #[allow(unused_imports)] use super::*; pub(super) trait B {{\n    \
         fn f(&self, a: super::super::C);\n}} }} use {module}::B;"
    );
    assert_eq!(in_modules(source, &changed), expected);
    assert_eq!(
        without_modules(&format!("ctx::{module}::A, redefined_type")),
        "ctx::A, redefined_type"
    );
}
