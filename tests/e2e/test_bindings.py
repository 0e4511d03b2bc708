"""Variables whose types only the compiler knows, and those that nothing can keep."""

import pytest

from kernel_session import KernelSession
from reading import plain_traceback

# A cell, its value, a variable of it that is kept with its value, one that is not kept, and
# what would keep that.
CELLS = {
    "closure": (
        "let offset = 10; let f = |x: i32| x + offset; f(5)",
        "15",
        ("offset", "10"),
        ("f", "`let f: Box<dyn Fn(i32) -> …> = Box::new(|x: i32| x + offset);`"),
    ),
    "changing_closure": (
        "let mut n = 0; let mut h = || { n += 1; n }; h(); h(); n += 10; n",
        "12",
        ("n", "12"),
        ("h", "Box<dyn Fn() -> …>"),
    ),
    "iterator": (
        "let double = vec![1, 2]; let lazy = double.iter().map(|x| x * 2); lazy.sum::<i32>()",
        "6",
        ("double", "[1, 2]"),
        ("lazy", ".collect::<Vec<_>>()"),
    ),
    "borrow": (
        "let all = vec![1, 2, 3]; let rest = &all[1..]; rest.len()",
        "2",
        ("all", "[1, 2, 3]"),
        ("rest", ".to_vec()"),
    ),
    "leaked": (
        "let leaked: &'static mut Vec<i32> = Box::leak(Box::new(vec![1])); let part: &[i32] = &leaked[..]; part.len()",
        "1",
        ("leaked", "[1]"),
        ("part", ".to_vec()"),
    ),
    "opaque": (
        "fn make() -> impl Fn() -> u8 { || 3 }\nlet made = make(); let three = made(); three",
        "3",
        ("three", "3"),
        ("made", "Box<dyn Fn() -> u8>"),
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_what_cannot_be_kept_serves_its_cell(kernel: KernelSession, name: str) -> None:
    cell, value, (kept, its_value), (ended, advice) = CELLS[name]
    for _ in range(2):
        result = kernel.succeed(cell)
        assert result.value == value
        assert f"`{ended}` ends with this cell" in result.stderr and advice in result.stderr
        assert f"`{kept}`" not in result.stderr
        assert kernel.succeed(kept).value == its_value
        failure = kernel.fail(f"let used = {ended};")
        number = result.reply["execution_count"]
        assert f"`{ended}` ended with In [{number}]" in failure.reply["evalue"]


def test_what_ends_takes_the_place_of_what_was_kept(kernel: KernelSession) -> None:
    kernel.succeed("let place = 7;")
    kernel.succeed("let by = 1; let place = |x: i32| x + by; place(1)")
    kernel.fail("place")
    kernel.succeed(":undo")
    assert kernel.succeed("place").value == "7"
    kernel.fail("let by = 1; let place = |x: i32| x + by; panic!()")
    assert kernel.succeed("place").value == "7"


@pytest.mark.parametrize(
    "cell, look, value",
    [
        ("let k = |x: i32| x + 1;", "k(2)", "3"),
        ("let (pair, other) = (1, |x: &str| x.len());", 'pair + other("abc") as i32', "4"),
        ("fn twice(x: i32) -> i32 { x * 2 }\nlet g = twice;", "g(4)", "8"),
        (
            "fn read() -> Result<i32, Box<dyn std::error::Error>> { Ok(\"1\".parse()?) }\nlet r = read();",
            "r.unwrap()",
            "1",
        ),
        ("let boxed: Box<dyn Fn(i32) -> i32> = Box::new(|x| x + 1);", "boxed(1)", "2"),
        ("let later; later = vec![|x: u8| x; 0].len();", "later", "0"),
    ],
)
def test_what_the_compiler_can_name_is_kept(
    kernel: KernelSession, cell: str, look: str, value: str
) -> None:
    for _ in range(2):
        assert kernel.succeed(cell).stderr == ""
        assert kernel.succeed(look).value == value


def test_errors_in_such_cells_are_told_where_they_are(kernel: KernelSession) -> None:
    failure = kernel.fail("let x = 1;\nlet c = |y| {\n    y + x\n};\nc(2); nowhere()")
    assert ":5:7" in plain_traceback(failure)
    failure = kernel.fail("let x = 1;\nlet c = |y: i32| {\n    y + \"x\".len() + x\n};")
    assert ":3:" in plain_traceback(failure)
    failure = kernel.fail("let mut a = vec![1]; let first = &a[0]; a.push(2); *first")
    assert failure.reply["evalue"].startswith("cannot borrow `a` as mutable")


def test_what_was_moved_is_said_to_be(kernel: KernelSession) -> None:
    kernel.succeed("let list = vec![1, 2];")
    moving = kernel.succeed("for one in list {}")
    for use in ["list.len()", "list = vec![3];"]:
        failure = kernel.fail(use)
        number = moving.reply["execution_count"]
        assert failure.reply["evalue"] == f"`list` was moved in In [{number}]"
        assert "`&list` or `list.clone()`" in plain_traceback(failure)
    kernel.succeed(":undo")
    assert kernel.succeed("list").value == "[1, 2]"
