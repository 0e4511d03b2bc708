"""What a teacher allows holds for whatever a cell may set going: handlers of comms, shell
lines, processes and threads, while cells run and between.

The kernel of this file may use 300 MB, and a cell of it two seconds.
"""

import time
import uuid
from typing import Iterator, List

import psutil
import pytest

from kernel_session import PATIENCE, KernelSession, Output
from test_comms import say

GROW = "let mut all = Vec::new(); while true { all.push(vec![1u8; 1 << 20]); }"
# A program that holds 400 MB and then waits. It is told apart by its last argument.
HOLD = (
    "import time; held = b'x' * 400_000_000; time.sleep(3600)",
    "hxkernel-test-of-limits",
)


@pytest.fixture(scope="module")
def limited() -> Iterator[KernelSession]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HXKERNEL_MEMORY_LIMIT", "300MB")
        patch.setenv("HXKERNEL_CELL_TIMEOUT", "2")
        session = KernelSession()
    session.succeed("let list = vec![1, 2, 3];")
    yield session
    session.close()


@pytest.fixture(autouse=True)
def nothing_is_lost(limited: KernelSession) -> Iterator[None]:
    yield
    assert limited.succeed("list").value == "[1, 2, 3]"


def spawn(code: str, mark: str) -> str:
    """Rust that starts Python in the background."""
    return (
        'let _ = std::process::Command::new("python3")'
        f'.args(["-c", "{code}", "{mark}"]).spawn()?;'
    )


def marked(kernel: KernelSession, mark: str) -> List[psutil.Process]:
    """The processes below the kernel with this argument."""
    found = []
    for process in kernel.processes():
        try:
            if mark in process.cmdline():
                found.append(process)
        except psutil.NoSuchProcess:
            pass
    return found


def wait_until_none_is_marked(kernel: KernelSession, mark: str) -> None:
    """A process that has ended and that nobody waits for has no arguments any more."""
    deadline = time.monotonic() + PATIENCE
    while left := marked(kernel, mark):
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def told_between_cells(kernel: KernelSession, request: str) -> str:
    """What is said on stderr after a cell."""

    def stderr() -> str:
        texts = [
            output.content["text"]
            for output in kernel.outputs(request)
            if output.kind == "stream" and output.content["name"] == "stderr"
        ]
        return "".join(texts)

    kernel.wait_until(lambda: "Between two cells" in stderr())
    return stderr()


def handled(kernel: KernelSession, name: str) -> str:
    """What a handler that does not end well leaves on stderr."""
    outputs: List[Output] = say(kernel, "comm_open", uuid.uuid4().hex, {}, name)
    return "".join(it.content["text"] for it in outputs if it.kind == "stream")


def test_in_handlers_of_comms(limited: KernelSession) -> None:
    limited.succeed(
        'pynn::comm::register_target("grow", |_, _| { ' + GROW + " })?;\n"
        'pynn::comm::register_target("spin", |_, _| { while true {} })?;'
    )
    grown = handled(limited, "grow")
    assert "In the handler of a comm" in grown
    assert "HXKERNEL_MEMORY_LIMIT is 300MB" in grown
    assert "HXKERNEL_CELL_TIMEOUT is 2" in handled(limited, "spin")


def test_in_shell_lines(limited: KernelSession) -> None:
    late = limited.fail("!sleep 3600")
    assert late.reply["ename"] == "TimeLimit"
    assert "HXKERNEL_CELL_TIMEOUT is 2" in late.reply["evalue"]
    code, mark = HOLD
    large = limited.fail(f'!python3 -c "{code}" {mark}')
    assert large.reply["ename"] == "MemoryLimit"
    assert "In a shell line" in large.reply["evalue"]
    wait_until_none_is_marked(limited, mark)


def test_in_processes_that_a_cell_starts_and_waits_for(limited: KernelSession) -> None:
    code, mark = HOLD
    waits = spawn(code, mark) + "\nstd::thread::park();"
    large = limited.fail(waits)
    assert large.reply["ename"] == "MemoryLimit"
    assert "those it started" in large.reply["evalue"]
    wait_until_none_is_marked(limited, mark)


def test_in_processes_that_outlive_their_cell(limited: KernelSession) -> None:
    idle, mark = "import time; time.sleep(3600)", "hxkernel-test-of-time"
    request = limited.send(spawn(idle, mark))
    assert limited.result(request).status == "ok"
    told = told_between_cells(limited, request)
    assert "HXKERNEL_CELL_TIMEOUT is 2" in told
    wait_until_none_is_marked(limited, mark)
    code, mark = HOLD
    request = limited.send(spawn(code, mark))
    assert limited.result(request).status == "ok"
    told_between_cells(limited, request)
    wait_until_none_is_marked(limited, mark)


def test_in_threads_that_outlive_their_cell(limited: KernelSession) -> None:
    request = limited.send("std::thread::spawn(|| loop {});")
    assert limited.result(request).status == "ok"
    told = told_between_cells(limited, request)
    assert "background threads computed for longer than a cell may" in told
    assert "HXKERNEL_CELL_TIMEOUT is 2" in told
    request = limited.send("std::thread::spawn(|| { " + GROW + " });")
    result = limited.result(request)
    # It may be as fast as its cell.
    if result.status == "ok":
        assert "HXKERNEL_MEMORY_LIMIT" in told_between_cells(limited, request)
    else:
        assert result.reply["ename"] == "MemoryLimit"


def test_what_keeps_within_them_is_left_alone(limited: KernelSession) -> None:
    assert limited.succeed("!echo hello").stdout == "hello\n"
    status = 'std::process::Command::new("true").status()?.success()'
    assert limited.succeed(status).value == "true"
    quiet = "std::thread::spawn(|| std::thread::park()); let held = vec![1u8; 100 << 20];"
    limited.succeed(quiet)
    assert limited.succeed("held.len()").value == str(100 << 20)
    limited.succeed(":undo 2")
