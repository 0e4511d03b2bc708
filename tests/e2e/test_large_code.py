"""Code of odd shapes: deep, wide and long. One kernel sees all of it, stays the same
process and keeps its variables."""

from typing import Iterator

import pytest

from kernel_session import KernelSession

MEBIBYTE = 2**20
# Far beyond what any stack holds.
DEEP = 100_000
# What opens, what is in the middle, what closes.
SHAPES = {
    "parentheses": ("(", "1", ")"),
    "brackets": ("[", "1", "]"),
    "braces": ("{", "1", "}"),
    "open brackets": ("[{(", "", ""),
    "minus signs": ("-", "1", ""),
    "references": ("&", "1", ""),
    "closures": ("|a, b| ", "1", ""),
    "sums": ("1 + ", "1", ""),
    "choices": ("if a { b } else ", "{ c }", ""),
    "generics": ("let a: Vec<", "u8", ">"),
    "macros": ("vec![", "1", "]"),
    "modules": ("mod a {", "", "}"),
    # What does not parse is deeper than it looks.
    "separated": ("*;", "", ""),
    "wrong brackets": ("a::{,);", "", ""),
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelSession]:
    session = KernelSession()
    session.succeed('let kept = "kept";')
    yield session
    session.close()


@pytest.fixture(autouse=True)
def nothing_is_lost(kernel: KernelSession) -> Iterator[None]:
    yield
    assert kernel.process.is_running()
    assert kernel.succeed("kept").value == '"kept"'


def memory(kernel: KernelSession) -> int:
    return kernel.process.memory_info().rss


@pytest.mark.parametrize("shape", SHAPES)
def test_too_deep_code_is_refused_with_its_place(
    kernel: KernelSession, shape: str
) -> None:
    opening, middle, closing = SHAPES[shape]
    code = opening * DEEP + middle + closing * DEEP
    failed = kernel.fail(code)
    assert failed.reply["ename"] == "NestedTooDeeply"
    places = ["line 1, column", "this does not parse"]
    assert any(place in failed.reply["evalue"] for place in places)
    at = {"code": code, "cursor_pos": len(code)}
    assert kernel.ask("complete_request", **at)["matches"] == []
    assert kernel.ask("inspect_request", detail_level=0, **at)["found"] is False
    assert kernel.ask("is_complete_request", code=code)["status"] != "unknown"
    # Deep, but not too deep: what is asked about it is answered.
    code = opening * 1200 + middle
    at = {"code": code, "cursor_pos": len(code)}
    status = kernel.ask("is_complete_request", code=code)["status"]
    assert status in ("complete", "incomplete", "invalid")
    assert kernel.ask("inspect_request", detail_level=0, **at)["status"] == "ok"


def test_deep_code_is_compiled(kernel: KernelSession) -> None:
    deep = "(" * 1500 + "7" + ")" * 1500
    assert kernel.succeed(f"let deep = {deep}; deep").value == "7"
    blocks = "{" * 1500 + "}" * 1500
    kernel.succeed(f"fn of_blocks() {blocks}")
    assert kernel.succeed("of_blocks(); deep").value == "7"


def test_a_table_of_ten_thousand_rows(kernel: KernelSession) -> None:
    rows = ",\n".join(f"vec![{row}.5, -2.0, 3.0]" for row in range(10_000))
    kernel.succeed(f"let table = vec![{rows}];")
    sum_of_columns = "table.iter().map(|row| row.iter().sum::<f64>()).sum::<f64>()"
    expected = sum(row + 0.5 - 2.0 + 3.0 for row in range(10_000))
    shown = kernel.succeed(f"(table.len(), table[9999].clone(), {sum_of_columns})")
    assert shown.value == f"(10000, [9999.5, -2.0, 3.0], {expected:.1f})"
    ragged = "vec![1],vec![-2, 3],vec![4,]," * 100
    shown = kernel.succeed(f"let ragged: Vec<Vec<i8>> = vec![{ragged}]; &ragged[298..]")
    assert shown.value == "[[-2, 3], [4]]"


def test_forty_thousand_integers(kernel: KernelSession) -> None:
    numbers = ", ".join(map(str, range(40_000)))
    shown = kernel.succeed(f"let list = vec![{numbers}]; (list.len(), list[39_999])")
    assert shown.value == "(40000, 39999)"
    shown = kernel.succeed(f"let array = [{numbers}]; (array.len(), array[39_999])")
    assert shown.value == "(40000, 39999)"
    # In a function, which is compiled again with every cell.
    kernel.succeed(f"fn listed() -> Vec<u16> {{ vec![{numbers}] }}")
    assert kernel.succeed("listed()[39_999]").value == "39999"


def test_an_error_in_a_table_is_drawn_in_its_row(kernel: KernelSession) -> None:
    rows = ["vec![1.0, -2.0],"] * 2000
    rows[1234] = "vec![1.0, 'x'],"
    failed = kernel.fail("let wrong = vec![\n" + "\n".join(rows) + "\n];")
    assert "mismatched types" in failed.reply["evalue"]
    assert ":1236:11" in failed.traceback, failed.traceback


def test_thousands_of_statements(kernel: KernelSession) -> None:
    pushes = "\n".join(f"pushed.push({row}.5); named.insert({row}, 'c');" for row in range(2000))
    maps = "let mut pushed = Vec::new(); let mut named = std::collections::BTreeMap::new();"
    shown = kernel.succeed(f"{maps}\n{pushes}\n(pushed.len(), pushed[1999], named[&1999])")
    assert shown.value == "(2000, 1999.5, 'c')"
    # In a block, and at the end of a cell.
    quarters = pushes.replace(".5)", ".25)")
    kernel.succeed(f"let mut pushed = Vec::new();\n{{\n{quarters}\n}}")
    assert kernel.succeed("pushed[1999]").value == "1999.25"
    wrong = pushes.replace("push(1234.5)", "push('x')")
    failed = kernel.fail(f"let mut pushed = Vec::new();\n{wrong}")
    assert "mismatched types" in failed.reply["evalue"]
    assert ":1236:13" in failed.traceback, failed.traceback


def test_a_long_sum(kernel: KernelSession) -> None:
    terms = " + ".join(f"{term}.5" for term in range(400))
    assert kernel.succeed(f"let sum = {terms}; sum").value == "80000.0"
    choices = ".map(|x| x + 1).and_then(|x| if x > 0 { Some(x) } else { None })" * 25
    assert kernel.succeed(f"let chosen = Some(1){choices};\nchosen").value == "Some(26)"


def test_a_long_chain(kernel: KernelSession) -> None:
    chain = "(0..10)" + ".map(|x| x + 1)" * 60
    kernel.succeed("1 + 1")
    before = memory(kernel)
    assert kernel.succeed(f"let sum = {chain}.sum::<i32>(); sum").value == "645"
    shown = kernel.succeed(f"let all: Vec<i32> = {chain}.collect();\nall[9]")
    assert shown.value == "69"
    assert memory(kernel) < before + 300 * MEBIBYTE
    assert kernel.succeed(f"let lazy = {chain}; lazy.sum::<i32>()").value == "645"
    assert memory(kernel) < before + 300 * MEBIBYTE


def test_what_is_large_and_of_many_kinds(kernel: KernelSession) -> None:
    functions = "".join(f"fn f{number}() -> u16 {{ {number} }}\n" for number in range(400))
    calls = ", ".join(f"Some(f{number}())" for number in range(400))
    shown = kernel.succeed(f"{functions}let many = vec![{calls}]; many[399]")
    assert shown.value == "Some(399)"
    choice = "".join(f"if kept.len() == {length} {{ {length} }} else " for length in range(500))
    assert kernel.succeed(f"let chosen = {choice} {{ 0 }}; chosen").value == "4"
    terms = " + ".join(["kept.len()"] * 1000)
    assert kernel.succeed(f"let sum = {terms}; sum").value == "4000"


def test_type_inference_stops_when_asked(kernel: KernelSession) -> None:
    chain = "(0..10)" + ".map(|x| x + 1)" * 60
    before = memory(kernel)
    computed = kernel.process.cpu_times().user
    # In a block it is shown to rust-analyzer, which takes minutes and then gives up.
    request = kernel.send(f"let new = 1;\nif new > 0 {{ {chain}.sum::<i32>(); }}")
    # Compilers are processes of their own: this is inference.
    while kernel.process.cpu_times().user < computed + 1:
        assert not kernel.is_done(request)
    kernel.interrupt()
    result = kernel.result(request)
    assert result.reply["evalue"] == "interrupted before the cell ran"
    assert kernel.process.cpu_times().user < computed + 20, "it went on to its end"
    assert memory(kernel) < before + 300 * MEBIBYTE
    assert kernel.succeed("let after = vec![1.5]; after").value == "[1.5]"


def test_the_button_is_heard_before_inference_begins(kernel: KernelSession) -> None:
    # As many kinds of terms as rows: the cell is checked first, then inferred, for long.
    rows = ", ".join(f"vec![{row}.5, 2.5{' + 1.5' * (row % 90)}]" for row in range(1000))
    request = kernel.send(f"let rows = {{ let rows = vec![{rows}]; rows.len() }};")
    kernel.wait_until(lambda: kernel.outputs(request))
    kernel.interrupt()
    result = kernel.result(request)
    assert result.reply["evalue"] == "interrupted before the cell ran"
    assert "killed" not in kernel.succeed("kept").stderr
