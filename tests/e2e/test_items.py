"""Items that a cell defines again, and those that macros define."""

from kernel_session import KernelSession
from reading import plain_traceback


def test_a_method_replaces_the_earlier_one_of_its_name(kernel: KernelSession) -> None:
    kernel.succeed("struct Cat { lives: u8 }\nimpl Cat { fn new() -> Cat { Cat { lives: 9 } } }")
    kernel.succeed("let cat = Cat::new();")
    for answer in ["1", "2"]:
        kernel.succeed(f"impl Cat {{ fn a(&self) -> i32 {{ {answer} }} }}")
        assert kernel.succeed("cat.a()").value == answer
    kernel.succeed("impl Cat { fn b(&self) -> i32 { 3 } }")
    failure = kernel.fail("// again\nimpl Cat {\n    fn b(&self) -> i32 { nowhere }\n}")
    assert ":3:26" in plain_traceback(failure)
    assert kernel.succeed("(cat.a(), cat.b(), cat.lives)").value == "(2, 3, 9)"
    # What stands behind its type in one cell, too.
    kernel.succeed("impl Cat { fn new() -> Cat { Cat { lives: 7 } } }")
    assert kernel.succeed("Cat::new().lives + cat.lives").value == "16"
    kernel.succeed(":undo 2")
    assert kernel.succeed("Cat::new().lives").value == "9"


def test_an_implementation_replaces_the_earlier_one(kernel: KernelSession) -> None:
    kernel.succeed("use std::fmt;\nstruct Dog;")
    shown = (
        "impl fmt::Display for Dog {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result"
        ' { write!(f, "NAME") }\n}'
    )
    for name in ["rex", "bello"]:
        for _ in range(2):
            kernel.succeed(shown.replace("NAME", name))
        assert kernel.succeed("Dog.to_string()").value == f'"{name}"'
    kernel.fail("std::process::abort()")
    assert kernel.succeed("Dog.to_string()").value == '"bello"'


def test_a_macro_defines_items(kernel: KernelSession) -> None:
    kernel.succeed("macro_rules! mk { ($n:ident, $v:expr) => { fn $n() -> i32 { $v } } }")
    kernel.succeed("mk!(one, 1);\nmk!(two, 2);")
    assert kernel.succeed("one() + two()").value == "3"
    # The call again, and the macro.
    kernel.succeed("mk!(one, 10);")
    assert kernel.succeed("let number = one(); number").value == "10"
    kernel.succeed("macro_rules! mk { ($n:ident, $v:expr) => { fn $n() -> i32 { 2 * $v } } }")
    assert kernel.succeed("one() + two() + number").value == "34"
    kernel.succeed("mk!(three, 3);")
    kernel.succeed(":undo")
    kernel.fail("three()")
    assert "no rules expected" in kernel.fail("mk!(1 + 1);").reply["evalue"]


def test_a_macro_may_be_used_before_its_definition_is_read(kernel: KernelSession) -> None:
    for number in range(5):
        kernel.succeed(f"macro_rules! m{number} {{ () => {{ {number} }} }}")
        kernel.succeed(f"fn f{number}() -> i32 {{ m{number}!() }}")
    calls = " + ".join(f"f{number}()" for number in range(5))
    assert kernel.succeed(calls).value == "10"


def test_a_macro_that_defines_nothing_is_run(kernel: KernelSession) -> None:
    kernel.succeed('macro_rules! say { ($e:expr) => { println!("said {}", $e); } }')
    for _ in range(2):
        assert kernel.succeed("say!(3);").stdout == "said 3\n"
    assert kernel.succeed("say! { 4 }").stdout == "said 4\n"


def test_macros_of_dependencies(kernel: KernelSession) -> None:
    kernel.succeed(
        ":dep lazy_static\nlazy_static::lazy_static! { static ref LIST: std::sync::Mutex<Vec<i32>> "
        "= std::sync::Mutex::new(vec![1]); }"
    )
    kernel.succeed("LIST.lock().unwrap().push(2);")
    assert kernel.succeed("LIST.lock().unwrap().clone()").value == "[1, 2]"
    kernel.succeed(":dep paste\npaste::paste! { fn [<make _three>]() -> i32 { 3 } }")
    kernel.succeed("let made = paste::paste! { [<make _ three>]() };")
    assert kernel.succeed("made").value == "3"


def test_a_thread_local_of_a_cell(kernel: KernelSession) -> None:
    define = "thread_local! { static SEEN: std::cell::Cell<u8> = const { std::cell::Cell::new(1) } }"
    kernel.succeed(define)
    kernel.succeed("SEEN.set(5);")
    assert kernel.succeed("SEEN.get()").value == "5"
    kernel.succeed(define)
    assert kernel.succeed("SEEN.get()").value == "1"
    kernel.succeed(":undo 2")
    assert kernel.succeed("SEEN.get()").value == "5"
