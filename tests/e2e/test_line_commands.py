"""Lines that start with `:`: what they do, and that none ends the kernel."""

from typing import Iterator

import pytest

from kernel_session import KernelSession


@pytest.fixture(autouse=True)
def setting(kernel: KernelSession) -> Iterator[None]:
    kernel.succeed("fn kept() -> i32 { 7 }\nlet number = 1;")
    yield


def test_help_lists_what_works(kernel: KernelSession) -> None:
    text = kernel.succeed(":help").value
    assert text
    for command in [":vars", ":dep", ":clear", ":restart"]:
        assert f"\n{command} " in text
    for command in [":quit", ":toolchain", ":sccache", ":internal_debug"]:
        assert command not in text


@pytest.mark.parametrize(
    "command",
    [
        ":quit",
        ":env A=b",
        ":toolchain nightly",
        ":preserve_vars_on_panic 0",
        ":opt 9",
        ":nonsense",
    ],
)
def test_a_command_that_would_do_harm_is_refused(
    kernel: KernelSession, command: str
) -> None:
    result = kernel.fail(f"{command}\nlet never = 1;")
    assert result.reply["ename"] in ["CommandRefused", "UnknownCommand"]
    expressions = {"side": command}
    reply = kernel.run("1", user_expressions=expressions).reply
    assert reply["user_expressions"]["side"]["status"] == "error"
    assert kernel.succeed("number").value == "1"
    assert "never" not in (kernel.succeed(":vars").value or "")


def test_restart_forgets_variables_and_nothing_else(kernel: KernelSession) -> None:
    assert "number" in (kernel.succeed(":vars").value or "")
    kernel.succeed(":restart")
    assert kernel.succeed(":vars").value == "there are no variables"
    assert kernel.succeed("let again = kept(); again").value == "7"


def test_clear_makes_a_session_as_new(kernel: KernelSession) -> None:
    kernel.succeed(":clear\nlet fresh = 2;")
    assert kernel.succeed(":vars").value == "fresh  i32"
    kernel.fail("kept()")
    kernel.succeed("plt::figure(); pynn::end()?;")
