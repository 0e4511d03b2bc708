"""Statics: one place in memory for each, whichever cell looks at it."""

import pytest

from kernel_session import KernelSession

CELL = "std::cell::RefCell<Vec<u8>>"

# A cell that defines, one that changes, one that looks, and what it sees.
STATICS = {
    "mutex": (
        "static A: std::sync::Mutex<i32> = std::sync::Mutex::new(0);",
        "*A.lock().unwrap() = 5;",
        "*A.lock().unwrap()",
        ("0", "5"),
    ),
    "once": (
        "static B: std::sync::OnceLock<String> = std::sync::OnceLock::new();",
        'B.set("b".into()).unwrap();',
        "B.get().cloned()",
        ("None", 'Some("b")'),
    ),
    "mutable": (
        "static mut C: [i32; 2] = [1, 2];",
        "unsafe { C[1] = 40 };",
        "unsafe { C[0] + C[1] }",
        ("3", "41"),
    ),
    "atomic": (
        "mod counters { pub static D: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0); }",
        "counters::D.fetch_add(2, std::sync::atomic::Ordering::SeqCst);",
        "counters::D.load(std::sync::atomic::Ordering::SeqCst)",
        ("0", "2"),
    ),
    "in_a_function": (
        "fn e(more: u32) -> u32 { static E: std::sync::Mutex<u32> = std::sync::Mutex::new(7); "
        "*E.lock().unwrap() += more; *E.lock().unwrap() }",
        "e(3);",
        "e(0)",
        ("7", "10"),
    ),
    "in_a_method": (
        "struct F; impl F { fn f(&self, more: u32) -> u32 { static F: std::sync::Mutex<u32> = "
        "std::sync::Mutex::new(7); *F.lock().unwrap() += more; *F.lock().unwrap() } }",
        "F.f(3);",
        "F.f(0)",
        ("7", "10"),
    ),
    "lazy": (
        "static G: std::sync::LazyLock<std::sync::Mutex<Vec<u8>>> = "
        "std::sync::LazyLock::new(|| std::sync::Mutex::new(vec![1]));",
        "G.lock().unwrap().push(2);",
        "G.lock().unwrap().clone()",
        ("[1]", "[1, 2]"),
    ),
    "of_a_thread": (
        f"fn h(more: &[u8]) -> Vec<u8> {{ thread_local! {{ static H: {CELL} = const "
        "{ std::cell::RefCell::new(vec![]) } } H.with_borrow_mut(|it| { it.extend(more); it.clone() }) }",
        "h(&[4]);",
        "h(&[])",
        ("[]", "[4]"),
    ),
}


@pytest.mark.parametrize("name", STATICS)
def test_a_static_keeps_its_value_from_cell_to_cell(kernel: KernelSession, name: str):
    define, change, look, (first, then) = STATICS[name]
    kernel.succeed(define)
    assert kernel.succeed(look).value == first
    kernel.succeed(change)
    assert kernel.succeed(look).value == then
    # After a panic, a crash and an interrupt.
    kernel.fail("panic!()")
    assert kernel.succeed(look).value == then
    kernel.fail("std::process::abort()")
    assert kernel.succeed(look).value == then
    # Undone like a variable.
    kernel.succeed(":undo 4")
    assert kernel.succeed(look).value == first
    # What is run again begins again.
    kernel.succeed(change)
    kernel.succeed(define)
    assert kernel.succeed(look).value == first
    kernel.succeed(":undo 2")
    assert kernel.succeed(look).value == then


def test_a_static_that_was_edited_is_another_one(kernel: KernelSession):
    kernel.succeed("struct X(u8); static I: std::sync::Mutex<Option<X>> = std::sync::Mutex::new(None);")
    kernel.succeed("*I.lock().unwrap() = Some(X(3));")
    kernel.succeed("struct X(u64);")
    assert kernel.succeed("I.lock().unwrap().is_none()").value == "true"
    failure = kernel.fail("static I: std::sync::Mutex<i32> = std::sync::Mutex::new('x');")
    assert ":1:57" in failure.traceback
    assert kernel.succeed("I.lock().unwrap().is_none()").value == "true"


def test_a_dependency_has_one_copy_of_its_statics(kernel: KernelSession):
    kernel.succeed(
        ":dep log = '0.4'\n"
        "struct Shown; impl log::Log for Shown { fn enabled(&self, _: &log::Metadata) -> bool { true }"
        ' fn log(&self, record: &log::Record) { println!("logged: {}", record.args()); } fn flush(&self) {} }\n'
        "static LOGGER: Shown = Shown;\n"
        "log::set_logger(&LOGGER).unwrap(); log::set_max_level(log::LevelFilter::Info);"
    )
    assert kernel.succeed('log::info!("a");').stdout == "logged: a\n"
    kernel.fail("std::process::abort()")
    # A further dependency does not take the first one's place.
    result = kernel.succeed(':dep itoa = "1"\nlog::info!("b"); itoa::Buffer::new().format(12).to_owned()')
    assert (result.stdout, result.value) == ("logged: b\n", '"12"')


def test_a_dependency_that_is_built_anew_costs_its_variables_until_undone(
    kernel: KernelSession,
) -> None:
    kernel.succeed(':dep either = { version = "1", default-features = false }')
    kernel.succeed(
        "let side: either::Either<i32, String> = either::Either::Left(3); let kept = 5;"
    )
    # It needs `either` with another feature.
    result = kernel.succeed(':dep itertools = "0.14"')
    assert "The variable `side` is gone: a crate of its type" in result.stderr
    failure = kernel.fail("side.is_left()")
    assert "built anew for the `:dep`" in failure.reply["evalue"]
    assert kernel.succeed("kept").value == "5"
    kernel.succeed(":undo 2")
    assert kernel.succeed("side.is_left()").value == "true"
    kernel.fail("itertools::Itertools::max_set(0..3)")
