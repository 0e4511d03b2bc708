"""What a person reads when a cell fails: a name, a sentence, and a place in
their own code, never in the code the kernel wraps around it.
"""

from typing import Iterator

import pytest

from kernel_session import KernelSession
from reading import plain_traceback

@pytest.fixture(autouse=True)
def empty_chip(kernel: KernelSession) -> Iterator[None]:
    yield
    kernel.succeed("pynn::end()?;")


def test_the_reply_and_the_broadcast_tell_the_same(kernel: KernelSession) -> None:
    result = kernel.fail("pynn::run(-1)?;")
    [error] = [output.content for output in result.outputs if output.kind == "error"]
    for field in ["ename", "evalue", "traceback"]:
        assert result.reply[field] == error[field]
        assert error[field]
    assert result.kinds() == ["execute_input", "error"]


@pytest.mark.parametrize(
    "cell", ["let made = {}?;", "{}?", "{}"], ids=["statement", "last with ?", "last"]
)
@pytest.mark.parametrize(
    "call, name, words",
    [
        ("pynn::run(-1)", "DurationInvalid", ["-1 ms", "positive"]),
        (
            "pynn::Population::new(0, pynn::cells::HXNeuron::new())",
            "EmptyPopulation",
            ["population"],
        ),
        (
            "pynn::Population::new(1, pynn::cells::HXNeuron::new().leak_v_leak(5000))",
            "ParameterOutOfRange",
            ["leak_v_leak", "5000"],
        ),
        (
            'pynn::cells::HXNeuron::from_params([("leak_v_lek", 400)])',
            "UnknownParameter",
            ["leak_v_lek", "leak_v_leak"],
        ),
    ],
)
def test_an_error_of_the_dialect_is_named_after_its_variant(
    kernel: KernelSession, cell: str, call: str, name: str, words: list
) -> None:
    result = kernel.fail(cell.format(call))
    assert result.reply["ename"] == name
    for word in words:
        assert word in result.reply["evalue"]
    traceback = plain_traceback(result)
    assert name in traceback and result.reply["evalue"] in traceback


def test_other_errors_are_named_after_their_type(kernel: KernelSession) -> None:
    result = kernel.fail('let number: i32 = "many".parse()?;')
    assert result.reply["ename"] == "ParseIntError"
    assert result.reply["evalue"] == "invalid digit found in string"


def test_a_panic_names_the_cell_and_the_line(kernel: KernelSession) -> None:
    code = 'let values = vec![1, 2];\n\n// too far\nprintln!("{}", values[7]);'
    result = kernel.fail(code)
    assert result.reply["ename"] == "Panic"
    assert (
        result.reply["evalue"] == "index out of bounds: the len is 2 but the index is 7"
    )
    traceback = plain_traceback(result)
    assert f"In [{result.reply['execution_count']}]:4:" in traceback
    assert 'println!("{}", values[7]);' in traceback


def test_a_panic_in_a_function_names_the_cell_of_the_function(
    kernel: KernelSession,
) -> None:
    definition = kernel.succeed(
        'fn give_up() {\n    let reason = 7;\n    panic!("no {reason}");\n}'
    )
    result = kernel.fail("// elsewhere\ngive_up();")
    assert result.reply["evalue"] == "no 7"
    traceback = plain_traceback(result)
    assert f"In [{definition.reply['execution_count']}]:3:" in traceback
    assert 'panic!("no {reason}");' in traceback


def test_a_compile_error_names_the_cell_and_the_line(kernel: KernelSession) -> None:
    result = kernel.fail('let good = 1;\nlet count: i32 = "one";')
    assert result.reply["ename"] == "CompilationError"
    assert result.reply["evalue"] == "mismatched types"
    traceback = plain_traceback(result)
    assert f"In [{result.reply['execution_count']}]:2:18" in traceback
    assert 'let count: i32 = "one";' in traceback
    assert "expected `i32`, found `&str`" in traceback


def test_all_compile_errors_of_a_cell_are_one_failure(kernel: KernelSession) -> None:
    result = kernel.fail("let a = nowhere;\nlet b = nothing;")
    assert result.kinds().count("error") == 1
    traceback = plain_traceback(result)
    assert "nowhere" in traceback and "nothing" in traceback


def test_code_that_is_no_rust_is_a_compile_error(kernel: KernelSession) -> None:
    result = kernel.fail("plt.plot(x y)")
    assert result.reply["ename"] == "CompilationError"
    assert "plt.plot(x y)" in plain_traceback(result)


@pytest.mark.parametrize(
    "forgetful", ["pynn::run(0.1);", "plt::figure();\nplt::show();"]
)
def test_a_forgotten_question_mark_does_not_compile(
    kernel: KernelSession, forgetful: str
) -> None:
    result = kernel.fail(forgetful)
    assert result.reply["ename"] == "CompilationError"
    traceback = plain_traceback(result)
    assert "put `?` after it" in traceback
    assert forgetful.splitlines()[-1] in traceback


def test_an_error_is_drawn_where_it_left_the_cell(kernel: KernelSession) -> None:
    result = kernel.fail('let before = 1;\nlet number: i32 = "x".parse()?;')
    traceback = plain_traceback(result)
    assert f"In [{result.reply['execution_count']}]:2:" in traceback
    assert 'let number: i32 = "x".parse()?;' in traceback
    assert "What the cell did until then stays" in traceback


def test_a_missing_import_in_the_last_expression_is_named(
    kernel: KernelSession,
) -> None:
    traceback = plain_traceback(kernel.fail("1;\nDuration::from_millis(3)"))
    assert "cannot find type `Duration`" in traceback
    assert "use std::time::Duration;" in traceback
    assert ":2:1" in traceback


def test_the_crate_of_the_cells_is_not_named(kernel: KernelSession) -> None:
    result = kernel.succeed("struct Plain;\nvec![Plain]")
    assert result.value and "Vec<Plain>" in result.value and "ctx" not in result.value


def test_a_failing_cell_costs_no_variable(kernel: KernelSession) -> None:
    kernel.succeed("let kept = vec![1, 2, 3];")
    kernel.fail("pynn::run(-1)?;")
    kernel.fail('panic!("{}", kept.len());')
    kernel.fail("kept.nowhere();")
    assert kernel.succeed("kept").value == "[1, 2, 3]"


def test_cells_queued_behind_an_error_do_not_run(kernel: KernelSession) -> None:
    # The first cell holds the others back until they are all in the queue.
    cells = ["std::thread::sleep(std::time::Duration::from_secs(2)); pynn::run(-1)?;"]
    cells += ['println!("not to be seen");'] * 2
    first, *behind = [kernel.send(code) for code in cells]
    assert kernel.result(first).status == "error"
    for request in behind:
        result = kernel.result(request)
        assert result.status == "aborted"
        assert result.outputs == []
    assert kernel.succeed('println!("again");').stdout == "again\n"


def test_cells_queued_behind_an_error_run_if_the_front_end_says_so(
    kernel: KernelSession,
) -> None:
    failing = "std::thread::sleep(std::time::Duration::from_secs(1)); pynn::run(-1)?;"
    first = kernel.send(failing, stop_on_error=False)
    second = kernel.send('println!("on it goes");')
    assert kernel.result(first).status == "error"
    assert kernel.result(second).stdout == "on it goes\n"


def test_a_panic_hook_of_ones_own_runs_and_takes_nothing_away(
    kernel: KernelSession,
) -> None:
    hook = 'std::panic::set_hook(Box::new(|_| println!("mine")));'
    same_cell = kernel.fail(f"{hook}\nlet zero = 0;\npanic!(\"no {{zero}}\");")
    assert same_cell.stdout == "mine\n"
    assert same_cell.reply["evalue"].startswith("no 0")
    assert "line 3" in same_cell.traceback or ":3" in same_cell.traceback
    # That cell had no effect, and so its hook is gone; this one stays.
    kernel.succeed(hook)
    kernel.succeed("fn fails() {\n    let list: Vec<u8> = Vec::new();\n    list[7];\n}")
    later = kernel.fail("fails();")
    assert later.stdout == "mine\n"
    assert "index is 7" in later.reply["evalue"]
    assert "list[7]" in later.traceback and "fails()" in later.traceback
    carried = kernel.fail("std::panic::panic_any(5u8);")
    assert "a payload that is not text" in carried.reply["evalue"]
    caught = "std::panic::catch_unwind(|| panic!(\"inner\")).is_err()"
    assert kernel.succeed(caught).value == "true"
    kernel.succeed("let _ = std::panic::take_hook();")
    kernel.succeed(":restart")


def test_characters_nobody_sees_are_named_or_do_no_harm(kernel: KernelSession) -> None:
    kernel.succeed("\ufefflet marked = 1;\rlet lines = 2;\r\nlet ends = 3;")
    assert kernel.succeed("\ufeffmarked + lines + ends").value == "6"
    assert "0." in kernel.succeed("\ufeff:version").displays[0].content["data"]["text/plain"]
    assert kernel.succeed("marked\x0c\t+ 1").value == "2"
    text = '"a\u00a0b\u200b".chars().count() // \u00a0'
    assert kernel.succeed(text).value == "4"
    for code, place in [
        ("let x\u00a0= 1;", "a no-break space (U+00A0) in line 1, column 6"),
        ("1 +\n\u200b 2", "a zero-width space (U+200B) in line 2, column 1"),
        ("1 +\0 2", "a null byte (U+0000) in line 1, column 4"),
    ]:
        failed = kernel.fail(code)
        assert failed.reply["ename"] == "InvisibleCharacter"
        assert place in failed.reply["evalue"], failed


def test_numbers_in_errors_are_short(kernel: KernelSession) -> None:
    for code, words in [
        ("pynn::run(1e300)?;", "a run of 1e300 ms is too long"),
        ("pynn::run(-0.1f32)?;", "cannot run for -0.1 ms"),
        ("pynn::run(f64::NAN)?;", "cannot run for NaN ms"),
        (
            "pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([-1e200]))?;",
            "-1e200",
        ),
    ]:
        evalue = kernel.fail(code).reply["evalue"]
        assert words in evalue and len(evalue) < 200, evalue


@pytest.mark.parametrize(
    "cell, message, place, help",
    [
        ("let a = 5", "lacks its `;`", ":1:10", ""),
        ("let n = 1;\nvec![(n, 2", "bracket `(` is not closed", ":2:6", ""),
        ('let s = "abc', "string has no end", ":1:9", ""),
        ("let x =", "ends in the middle", ":1:8", ""),
        ("fn broken( { }", "bracket `(` is not closed", ":1:10", ""),
        ("fn one(a: i32) -> i32 { a }\none(1, 2)", "takes 1 argument", ":2:1", "`one(1)`"),
        ("1;\ni32::MAX + 1", "overflow", ":2:1", ""),
        ("use rand::Rng;", "unresolved import `rand`", ":1:5", "`:dep rand`"),
        ("use std::collections::{HashSet, Nope};", "Nope", ":1:33", ""),
        ("1.0 / 2", "cannot divide", ":1:5", "write `2.0`"),
        ("3 * 2.5", "cannot multiply", ":1:3", "write `3.0`"),
        ("let v = vec![1]; v.push(2);", "cannot borrow `v`", ":1:18", "`let mut v = vec![1];`"),
        ("pynn::Population::new(1)", "takes 2 arguments", ":1:1", "`(1, /* cell */)`"),
    ],
)
def test_a_message_says_where_and_what_to_write(
    kernel: KernelSession, cell: str, message: str, place: str, help: str
) -> None:
    failure = kernel.fail(cell)
    text = plain_traceback(failure)
    number = failure.reply["execution_count"]
    assert message in failure.reply["evalue"]
    assert f"In [{number}]{place}" in text and help in text
    assert "f128" not in text and "``" not in text


def test_an_import_that_holds_no_longer_is_shown_where_it_stands(kernel: KernelSession) -> None:
    imports = kernel.succeed("mod zoo { pub fn lion() {} }\nuse zoo::lion as king;")
    number = imports.reply["execution_count"]
    assert f"In [{number}]:2:5" in plain_traceback(kernel.fail("mod zoo { pub fn bear() {} }"))


def test_a_figure_that_cannot_be_drawn_fails_its_cell(kernel: KernelSession) -> None:
    failure = kernel.fail('let held = 3; plt::plot(&[1.0], &[1.0]).color("nocolour");')
    assert 'no colour "nocolour"' in failure.reply["evalue"]
    assert kernel.succeed("held").value == "3"
