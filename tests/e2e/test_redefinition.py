"""A name that gets another meaning: variables are read as what they are, or are gone.

A group of cells each; the last one's value is what Rust means by the whole.
"""

from typing import List

import pytest

from kernel_session import KernelSession

A = "struct A { x: u64 } let a = A { x: 5 };"


def run(kernel: KernelSession, cells: List[str]) -> str:
    """Runs all cells, of which none may fail; the value of the last one."""
    kernel.succeed(":clear")
    for cell in cells[:-1]:
        kernel.succeed(cell)
    return kernel.succeed(cells[-1]).value or ""


@pytest.mark.parametrize(
    "first, second",
    [
        (A, "struct A { x: f64 }"),
        (A, "struct A { x: String }"),
        (A, "struct A { x: Box<u64> }"),
        (A, "struct A { y: u64 }"),
        (A, "enum A { X }"),
        (A, "fn A() {}"),
        (A, "macro_rules! A { () => {} }"),
        (A, "const A: u8 = 1;"),
        (A, "mod A {}"),
        ("struct C { v: u64 } let a = vec![C { v: 1 }, C { v: 2 }];", "struct C { v: u8 }"),
        ("struct G<T> { t: T } let a = G { t: 5u8 };", "struct G<T, U> { t: T, u: U }"),
        ("struct G<T> { t: T } let a = G { t: 5u8 };", "struct G { t: u8 }"),
        ("enum E { X, Y(u8) } let a = E::Y(1);", "enum E { Y(u8), X }"),
        ("const N: usize = 2; struct B { x: [u8; N] } let a = B { x: [1; N] };", "const N: usize = 9;"),
        ("type T = u8; struct B(T); let a = Some(B(1));", "type T = String;"),
        ("struct I(u8); struct B { i: Option<I> } let a = B { i: None };", "struct I(String);"),
        ("mod m { pub struct B(pub u8); } let a = m::B(1);", "mod m { pub struct B(pub u64); }"),
        ("mod m { pub struct B(pub u8); } let a = m::B(1);", "mod m { struct B(pub u8); }"),
        (
            "trait T { fn f(&self) -> u8; } impl T for u8 { fn f(&self) -> u8 { *self } } "
            "let a: Box<dyn T> = Box::new(7u8);",
            "trait T { fn g(&self) -> u8 { 0 } fn f(&self) -> u8; }",
        ),
        ("struct B(u8); let a: fn(B) -> u8 = |b| b.0;", "struct B(String);"),
        ("let a = 5;", "const a: i32 = 6;"),
        ("let a = 5;", "static a: i32 = 6;"),
        ("let a = 5;", "struct a;"),
        ("let a = 5;", "type i32 = u8;"),
        ("let a = vec![1];", "struct Vec;"),
        ("let a = 5;", "mod c { pub const a: u8 = 1; } use c::a;"),
        ("let a = 5;", "use std::f64::consts::PI as a;"),
    ],
)
def test_a_variable_that_means_something_else_is_gone_and_said_to_be(
    kernel: KernelSession, first: str, second: str
) -> None:
    kernel.succeed(":clear")
    kernel.succeed("let other = 7;" if "i32" not in second else "let other = 7u8;")
    kernel.succeed(first)
    result = kernel.succeed(second)
    assert "`a` is gone" in result.stderr
    assert "`other` is gone" not in result.stderr
    assert "a " not in (kernel.succeed(":vars").value or "").replace("other", "")
    assert kernel.succeed("other + 1").value == "8"
    # And back: everything is as it was.
    kernel.succeed(":undo 2")
    assert "a " in kernel.succeed(":vars").value.replace("other", "")
    assert kernel.succeed("{ let _held = &a; other }").value == "7"


@pytest.mark.parametrize(
    "cells, value",
    [
        ([A, "#[derive(Debug)] struct A { x: u64 }", "a"], "A { x: 5 }"),
        ([A, "impl A { fn twice(&self) -> u64 { 2 * self.x } }", "a.twice()"], "10"),
        ([A, "impl std::ops::Not for A { type Output = u64; fn not(self) -> u64 { !0 } }", "a.x"], "5"),
        ([A, "struct B { a: A } enum C { A, B }", "a.x"], "5"),
        ([A, "struct A { x: f64 }", "let a = A { x: 1.5 };", "a.x"], "1.5"),
        ([A, "struct A { y: i8 } let a = A { y: -1 };", "a.y"], "-1"),
        ([A, "struct A { y: i8 } let a = A { y: -1 };", A, "a.x"], "5"),
        ([A, "fn a() -> u8 { 1 }", "a.x"], "5"),
        (["fn g() -> u8 { 1 }", "fn g() -> u8 { 2 }", ":undo", "g()"], "1"),
        (["use std::f64::consts::PI;", "const PI: u8 = 3;", ":undo", "PI > 3.1"], "true"),
    ],
)
def test_a_variable_that_means_the_same_stays(
    kernel: KernelSession, cells: List[str], value: str
) -> None:
    assert run(kernel, cells) == value


def test_what_is_hidden_behind_any_is_only_found_as_what_it_was(kernel: KernelSession) -> None:
    store = (
        "use std::any::Any; struct A { x: u64 } struct B(i32); "
        "let hidden: Vec<Box<dyn Any>> = vec![Box::new(B(5)), Box::new(A { x: 1 })];"
    )
    find = "(hidden[0].downcast_ref::<B>().map(|b| b.0), hidden[1].downcast_ref::<A>().is_some())"
    assert run(kernel, [store, "struct A { x: String }", find]) == "(Some(5), false)"
    assert run(kernel, [store, "struct A { x: u8 }", "struct A { x: u64 }", find]) == "(Some(5), true)"


@pytest.mark.parametrize(
    "end", ['panic!("x");', "std::process::abort();", 'let n: i32 = "text";', "let n = ;"]
)
def test_a_redefinition_that_fails_costs_no_variable(kernel: KernelSession, end: str) -> None:
    kernel.succeed(":clear")
    kernel.succeed(A)
    failed = kernel.fail(f"struct A {{ x: f64 }} let a = A {{ x: 1.5 }}; {end}")
    assert "gone" not in failed.stderr
    assert kernel.succeed("a.x").value == "5"


@pytest.mark.parametrize("cell", ["mod std {}", "mod pynn {}", "struct Ok;"])
def test_no_definition_is_accepted_that_later_cells_do_not_compile_with(
    kernel: KernelSession, cell: str
) -> None:
    kernel.succeed(":clear")
    kernel.succeed("let n = 1;")
    failed = kernel.fail(cell)
    assert failed.reply["ename"] == "DefinitionRefused"
    assert kernel.succeed("n + 1").value == "2"


def test_an_undone_function_is_not_found(kernel: KernelSession) -> None:
    kernel.succeed(":clear")
    kernel.succeed("fn gone() -> i32 { 1 }")
    kernel.succeed(":undo")
    failed = kernel.fail("gone()")
    assert "cannot find function `gone`" in failed.reply["evalue"]
    assert "configured out" not in failed.traceback
    kernel.succeed("fn gone() -> i32 { 2 }")
    assert kernel.succeed("gone()").value == "2"


def test_a_crate_that_changed_has_other_types(kernel: KernelSession, tmp_path: object) -> None:
    crate = tmp_path / "shapes"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text('[package]\nname = "shapes"\nversion = "0.1.0"\nedition = "2024"\n')
    source = crate / "src" / "lib.rs"
    source.write_text("pub struct Dot { pub x: u64 } pub fn dot() -> Dot { Dot { x: 7 } }")
    kernel.succeed(":clear")
    kernel.succeed(f":dep {crate}")
    kernel.succeed("let dot = shapes::dot(); struct Held(shapes::Dot); let held = Held(shapes::dot()); let n = 1;")
    assert kernel.succeed("(dot.x, held.0.x, n)").value == "(7, 7, 1)"
    source.write_text("pub struct Dot { pub x: f64 } pub fn dot() -> Dot { Dot { x: 1.5 } }")
    assert kernel.succeed("n + 1").value == "2"
    assert kernel.succeed(":vars").value.split() == ["n", "i32"]
    kernel.succeed("let dot = shapes::dot(); let held = Held(shapes::dot());")
    assert kernel.succeed("(dot.x, held.0.x, n)").value == "(1.5, 1.5, 1)"
