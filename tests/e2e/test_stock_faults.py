"""What the stock kernel, evcxr_jupyter 0.22, gets wrong, one test for each fault.

Here all of them pass. With HX_STOCK=DIR, an installation of the stock kernel as
`tests/stock.sh` makes it, each test runs against that one and has to fail, so
that no row of the table in README.md is a mere claim. HX_PATIENCE=SECONDS says how
long to wait for what never comes.
"""

import contextlib
import json
import os
import queue
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple, Type

import nbformat
import psutil
import pytest
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from kernel_session import PATIENCE, KernelSession, wait_until_gone
from stranger import DELIMITER, Stranger

STOCK = os.environ.get("HX_STOCK")
KERNEL_NAME = "rust" if STOCK else "hxkernel"

# How a test may fail because of a fault. Whatever else happens is an error of the test.
FAULTS: Tuple[Type[BaseException], ...] = (
    AssertionError,
    TimeoutError,
    queue.Empty,
    pytest.fail.Exception,
)

pytestmark = pytest.mark.xfail(
    STOCK is not None, reason="a fault of the stock kernel", raises=FAULTS, strict=True
)

FLUSH = "std::io::Write::flush(&mut std::io::stdout()).unwrap();"


def sleep(milliseconds: int) -> str:
    return f"std::thread::sleep(std::time::Duration::from_millis({milliseconds}));"


def show(html: str) -> str:
    """Rust that shows a piece of HTML, in the words of the kernel under test."""
    if STOCK:
        lines = f"EVCXR_BEGIN_CONTENT text/html\\n{html}\\nEVCXR_END_CONTENT"
        return f'println!("{lines}");'
    return f'display(&Html("{html}"))?;'


# Kernels


@pytest.fixture(scope="session", autouse=True)
def stock_installation(
    environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if STOCK:
            directory = Path(STOCK).resolve() / "share" / "jupyter"
            patch.setenv("JUPYTER_PATH", str(directory))
            # Where it leaves what it leaves when it is killed.
            patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("stock")))
        yield


@pytest.fixture(autouse=True)
def row_of_the_table(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """What `stock_table.py` calls this test."""
    [title] = request.node.get_closest_marker("row").args
    record_property("row", title)


class Kernels:
    """Starts the kernel under test and ends what it has started, whatever its state."""

    def __init__(self) -> None:
        self._sessions: List[KernelSession] = []

    def start(self, **options: Any) -> KernelSession:
        session = KernelSession(KERNEL_NAME, **options)
        self._sessions.append(session)
        return session

    def usable(self) -> KernelSession:
        """A kernel that runs cells; the same one again until it is closed."""
        if not self._sessions:
            try:
                self.start().succeed("let warm_up = 1;")
            except Exception as failure:  # would count as the fault a test is about
                pytest.exit(f"the kernel cannot be used at all: {failure!r}", 3)
        return self._sessions[0]

    def close(self) -> None:
        while self._sessions:
            session = self._sessions.pop()
            if STOCK:
                # It leaves processes behind, and here that is no news.
                with contextlib.suppress(psutil.NoSuchProcess):
                    for process in reversed(session.processes()):
                        process.kill()
            session.close()


@pytest.fixture
def kernels() -> Iterator[Kernels]:
    kernels = Kernels()
    yield kernels
    kernels.close()


@pytest.fixture(scope="module")
def shared_kernels() -> Iterator[Kernels]:
    kernels = Kernels()
    yield kernels
    kernels.close()


@pytest.fixture
def kernel(
    shared_kernels: Kernels, request: pytest.FixtureRequest
) -> Iterator[KernelSession]:
    """A kernel that no test has failed with: most faults leave one that is good for nothing."""
    failures = request.session.testsfailed
    yield shared_kernels.usable()
    if STOCK or request.session.testsfailed > failures:
        shared_kernels.close()


@contextlib.contextmanager
def running_cell(kernel: KernelSession, directory: Path) -> Iterator[str]:
    """A cell that runs as long as the block does."""
    gate = directory / "gate"
    code = f"""
        println!("started");
        while !std::path::Path::new({json.dumps(str(gate))}).exists() {{ {sleep(10)} }}
    """
    request = kernel.send(code)
    kernel.wait_for_output(request, "started")
    yield request
    gate.touch()
    assert kernel.result(request).status == "ok"


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that no message tells."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)


def make_crate(directory: Path, name: str, **files: str) -> str:
    """Writes a crate and gives back the line that makes a session depend on it."""
    crate = directory / name
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (crate / "src" / "lib.rs").write_text(files["lib"])
    if "build" in files:
        (crate / "build.rs").write_text(files["build"])
    return f":dep {name} = {{ path = {json.dumps(str(crate))} }}"


# What a cell prints


@pytest.mark.row("`print!` without a newline appears, and its cell ends")
def test_text_without_a_newline(kernel: KernelSession) -> None:
    assert kernel.succeed(f'print!("no newline"); {FLUSH}').stdout == "no newline"


@pytest.mark.row("a progress line (`\\r`) moves while the cell runs")
def test_a_progress_line(kernel: KernelSession) -> None:
    code = f'print!("10 %\\r"); {FLUSH} {sleep(3000)} println!("100 %");'
    request = kernel.send(code)

    def heard() -> str:
        return "".join(
            output.content.get("text", "") for output in kernel.outputs(request)
        )

    kernel.wait_until(lambda: "10 %" in heard())
    assert heard() == "10 %\r"
    assert kernel.result(request).stdout == "10 %\r100 %\n"


@pytest.mark.row("bytes on stdout that are no UTF-8 harm nothing")
def test_no_text_on_stdout(kernel: KernelSession) -> None:
    kernel.succeed(
        'std::io::Write::write_all(&mut std::io::stdout(), b"a\\xffb\\n").unwrap();'
    )
    assert kernel.succeed('println!("next");').stdout == "next\n"


@pytest.mark.row("bytes on stderr that are no UTF-8 harm nothing")
def test_no_text_on_stderr(kernel: KernelSession) -> None:
    kernel.succeed(
        'std::io::Write::write_all(&mut std::io::stderr(), b"a\\xffb\\n").unwrap();'
    )
    # What comes of the end of the cell tells that the word before had its time.
    result = kernel.succeed(f'eprintln!("next"); {sleep(500)} println!("end");')
    assert (result.stdout, result.stderr) == ("end\n", "next\n")


@pytest.mark.row("text that looks like the engine's own protocol is text")
def test_text_like_a_marker(kernel: KernelSession) -> None:
    text = "one\nEVCXR_EXECUTION_COMPLETE\ntwo\n"
    assert kernel.succeed(f"print!({json.dumps(text)});").stdout == text


@pytest.mark.row("stdout and stderr appear in the order they were written")
def test_order_of_the_streams(kernel: KernelSession) -> None:
    result = kernel.succeed(
        'for i in 0..50 { println!("{i} out"); eprintln!("{i} err"); }'
    )
    text = "".join(o.content["text"] for o in result.outputs if o.kind == "stream")
    assert text == "".join(f"{i} out\n{i} err\n" for i in range(50))


@pytest.mark.row("what a background thread prints appears when it is printed")
def test_output_of_a_thread(kernel: KernelSession) -> None:
    request = kernel.send(
        f'std::thread::spawn(|| {{ {sleep(500)} println!("from a thread"); }});'
    )
    kernel.wait_for_output(request, "from a thread")


@pytest.mark.row("10,000 prints are fewer than 1,000 messages")
def test_many_prints(kernel: KernelSession) -> None:
    result = kernel.succeed('for i in 0..10_000 { println!("line {i}"); }')
    assert result.stdout == "".join(f"line {i}\n" for i in range(10_000))
    assert result.kinds().count("stream") < 1_000


@pytest.mark.row("50 MB of output are fewer than 5,000 messages")
def test_a_flood(kernel: KernelSession) -> None:
    request = kernel.send(
        'let line = "x".repeat(99); for _ in 0..500_000 { println!("{line}"); }'
    )
    kernel.wait_until(
        lambda: kernel.is_done(request) or len(kernel.outputs(request)) > 5_000
    )
    assert kernel.is_done(request)
    assert len(kernel.result(request).stdout) == 50_000_000


@pytest.mark.row("`stdin().read_line` asks the front end")
def test_input(kernel: KernelSession) -> None:
    request = kernel.send("""
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        println!("read {line:?}");
    """)
    question = kernel.client.get_stdin_msg(timeout=PATIENCE)
    assert question["header"]["msg_type"] == "input_request"
    kernel.client.input("42")
    assert kernel.result(request).stdout == 'read "42\\n"\n'


# What a cell shows


@pytest.mark.row("every display of a cell is shown")
def test_every_display(kernel: KernelSession) -> None:
    result = kernel.succeed("".join(show(text) for text in "abc"))
    shown = [output.content["data"]["text/html"] for output in result.displays]
    assert shown == ["a", "b", "c"]


@pytest.mark.row("a display and the cell's value are two outputs")
def test_display_and_value(kernel: KernelSession) -> None:
    result = kernel.succeed(show("a") + " 1 + 1")
    assert [output.kind for output in result.displays] == [
        "display_data",
        "execute_result",
    ]


@pytest.mark.row("a display can be changed in place")
def test_a_display_is_changed(kernel: KernelSession) -> None:
    result = kernel.run('display_id(&Html("0 %"))?.update(&Html("100 %"))?;')
    kinds = [output.kind for output in result.displays]
    assert kinds == ["display_data", "update_display_data"]


@pytest.mark.row("output can be cleared")
def test_output_is_cleared(kernel: KernelSession) -> None:
    assert "clear_output" in kernel.run('println!("a"); clear_output()?;').kinds()


@pytest.mark.row("a cell can talk to the front end (comms, widgets)")
def test_comms(kernel: KernelSession) -> None:
    kernel.run("""
        pynn::comm::register_target("greeter", |comm, _| comm.send(&"hello"))?;
    """)
    content = {"comm_id": "1", "target_name": "greeter", "data": {}}
    kinds = [o.kind for o in kernel.outputs_of_message("comm_open", content)]
    assert kinds == ["comm_msg"]


# What fails


@pytest.mark.row("a panic is an error")
def test_a_panic(kernel: KernelSession) -> None:
    assert kernel.run('panic!("on purpose");').status == "error"


@pytest.mark.row("an `Err` through `?` is an error")
def test_an_err(kernel: KernelSession) -> None:
    assert kernel.run('let number: i32 = "many".parse()?;').status == "error"


@pytest.mark.row("`nbconvert --execute` stops at a panic")
def test_a_notebook_with_a_panic(environment: None) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell('panic!("on purpose");')]
    )
    client = NotebookClient(notebook, timeout=int(PATIENCE), kernel_name=KERNEL_NAME)
    with pytest.raises(CellExecutionError):
        client.execute()


@pytest.mark.row("an error reply has `ename`, `evalue` and `traceback`")
def test_fields_of_an_error(kernel: KernelSession) -> None:
    reply = kernel.fail('let number: i32 = "many";').reply
    assert {"ename", "evalue", "traceback"} <= set(reply)


@pytest.mark.row("several mistakes in a cell are one failure")
def test_several_mistakes(kernel: KernelSession) -> None:
    result = kernel.fail("let a = nowhere;\nlet b = nothing;")
    assert result.kinds().count("error") == 1


@pytest.mark.row("cells queued behind an error do not run")
def test_cells_behind_an_error(kernel: KernelSession) -> None:
    first = kernel.send(f"{sleep(1000)} let number: i32 = None.unwrap();")
    # That one panics; this one fails on the stock kernel, too.
    second = kernel.send("nowhere")
    third = kernel.send('println!("not to be seen");')
    for request in [first, second, third]:
        kernel.result(request)
    assert kernel.result(third).status == "aborted"


# What is counted and kept


@pytest.mark.row("the first cell is number 1")
def test_the_first_cell(kernels: Kernels) -> None:
    assert kernels.start().succeed("let a = 1;").reply["execution_count"] == 1


@pytest.mark.row("a silent cell publishes nothing")
def test_a_silent_cell(kernel: KernelSession) -> None:
    assert kernel.succeed("let quiet = 2; quiet", silent=True).outputs == []


@pytest.mark.row("user expressions are evaluated")
def test_user_expressions(kernel: KernelSession) -> None:
    reply = kernel.succeed("let a = 2;", user_expressions={"twice": "a + a"}).reply
    twice = reply.get("user_expressions", {}).get("twice", {})
    assert twice.get("data", {}).get("text/plain") == "4"


@pytest.mark.row("cells share the state of a crate of `:dep` (`static`)")
def test_statics_of_a_dependency(kernel: KernelSession, tmp_path: Path) -> None:
    depend = make_crate(
        tmp_path,
        "counting",
        lib="""
            use std::sync::atomic::{AtomicUsize, Ordering};
            static CALLS: AtomicUsize = AtomicUsize::new(0);
            pub fn count() -> usize { CALLS.fetch_add(1, Ordering::SeqCst) }
        """,
    )
    kernel.succeed(depend)
    counts = [kernel.succeed("counting::count()").value for _ in range(3)]
    assert counts == ["0", "1", "2"]


# What a front end asks


@pytest.mark.row(
    "kernel_info names the language as the kernelspec does, a version and a lexer"
)
def test_kernel_info(kernel: KernelSession) -> None:
    language: Dict[str, Any] = kernel.ask("kernel_info_request")["language_info"]
    assert language["name"] == kernel.manager.kernel_spec.language
    assert language["version"]
    assert language.get("pygments_lexer") == "rust"


@pytest.mark.row("kernel_info is answered while a cell runs")
def test_kernel_info_meanwhile(kernel: KernelSession, tmp_path: Path) -> None:
    with running_cell(kernel, tmp_path):
        assert kernel.ask("kernel_info_request")["status"] == "ok"


@pytest.mark.row("completion is answered while a cell runs")
def test_completion_meanwhile(kernel: KernelSession, tmp_path: Path) -> None:
    kernel.succeed("let membrane = 1.5;")
    with running_cell(kernel, tmp_path):
        reply = kernel.ask("complete_request", code="membr", cursor_pos=5)
        assert "membrane" in reply["matches"]


@pytest.mark.row("inspection is answered while a cell runs")
def test_inspection_meanwhile(kernel: KernelSession, tmp_path: Path) -> None:
    kernel.succeed("let membrane: f64 = 1.5;")
    with running_cell(kernel, tmp_path):
        assert "f64" in inspect(kernel, "membrane", cursor=8)


@pytest.mark.row("inspection works in the middle of a word")
def test_inspection_in_a_word(kernel: KernelSession) -> None:
    assert "String" in inspect(kernel, "String::new()", cursor=3)


def inspect(kernel: KernelSession, code: str, cursor: int) -> str:
    reply = kernel.ask("inspect_request", code=code, cursor_pos=cursor, detail_level=0)
    assert reply["found"], reply
    return reply["data"]["text/plain"]


@pytest.mark.row("is_complete knows a cell that is not finished")
def test_incomplete_code(kernel: KernelSession) -> None:
    assert kernel.ask("is_complete_request", code="fn f() {")["status"] == "incomplete"


@pytest.mark.row("is_complete knows a cell that cannot be finished")
def test_invalid_code(kernel: KernelSession) -> None:
    assert kernel.ask("is_complete_request", code="fn }")["status"] == "invalid"


@pytest.mark.row("there is a history")
def test_history(kernels: Kernels) -> None:
    # The youngest session's cells are the last ones.
    kernel = kernels.start()
    kernel.succeed("let remembered = 1;")
    reply = kernel.ask(
        "history_request", output=False, raw=True, hist_access_type="tail", n=1
    )
    assert [entry[2] for entry in reply["history"]] == ["let remembered = 1;"]


@pytest.mark.row("comm_info is answered")
def test_comm_info(kernels: Kernels) -> None:
    # Other tests have opened comms with theirs.
    kernel = kernels.start()
    assert kernel.ask("comm_info_request")["comms"] == {}


@pytest.mark.row("requests on the control channel are busy and idle")
def test_states_of_control(kernel: KernelSession) -> None:
    message = kernel.client.session.msg("kernel_info_request", {})
    kernel.client.control_channel.send(message)
    reply = kernel.client.get_control_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message["header"]["msg_id"]
    kernel.wait_until(lambda: kernel.is_done(message["header"]["msg_id"]))


@pytest.mark.row("a subscriber is welcomed (JEP 65)")
def test_welcome(kernel: KernelSession) -> None:
    connection = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.connect(f"tcp://{connection['ip']}:{connection['iopub_port']}")
        socket.subscribe(b"")
        assert socket.poll(5_000), "no message"
        assert b'"iopub_welcome"' in b"".join(socket.recv_multipart())


# Who sends it


@pytest.mark.row("a forged message does not end the session")
def test_a_forged_message(kernel: KernelSession) -> None:
    stranger = Stranger(kernel, "shell_port")
    frames = stranger.signed("execute_request", {"code": "1", "silent": False})
    stranger.send([frames[0], b"0" * 64, *frames[2:]])
    # Something comes back now, and only now.
    stranger.send(stranger.signed("kernel_info_request", {}))
    heard = stranger.hears(milliseconds=int(1000 * PATIENCE))
    stranger.close()
    assert heard
    assert kernel.succeed("1 + 1").value == "2"


@pytest.mark.row("truncated frames do not end the session")
def test_truncated_frames(kernel: KernelSession) -> None:
    stranger = Stranger(kernel, "shell_port")
    good = stranger.signed("execute_request", {"code": "1", "silent": False})
    for frames in [[b"garbage"], [DELIMITER], good[:3]]:
        stranger.send(frames)
    stranger.send(stranger.signed("kernel_info_request", {}))
    heard = stranger.hears(milliseconds=int(1000 * PATIENCE))
    stranger.close()
    assert heard
    assert kernel.succeed("1 + 1").value == "2"


@pytest.mark.row("the `ipc` transport works")
def test_ipc(kernels: Kernels) -> None:
    # The path of such a socket must be short, which pytest's own directories are not.
    with tempfile.TemporaryDirectory() as directory:
        kernel = kernels.start(
            wait_until_ready=False, transport="ipc", ip=str(Path(directory) / "k")
        )
        assert kernel.succeed("1 + 1").value == "2"
        kernels.close()


# The stop button


@pytest.mark.row("an interrupt of `loop {}` keeps the variables")
def test_an_interrupt_keeps_variables(kernel: KernelSession) -> None:
    kernel.succeed('let kept = "kept";')
    request = kernel.send('println!("started");\nloop {}')
    kernel.wait_for_output(request, "started")
    kernel.interrupt()
    assert kernel.result(request).status == "error"
    assert kernel.succeed("kept").value == '"kept"'


@pytest.mark.row("an interrupt while nothing runs does nothing")
def test_an_interrupt_of_nothing(kernel: KernelSession) -> None:
    kernel.succeed('let kept = "kept";')
    kernel.interrupt()
    assert kernel.succeed("kept").value == '"kept"'


@pytest.mark.row("an interrupt stops a build")
def test_an_interrupt_of_a_build(kernel: KernelSession, tmp_path: Path) -> None:
    started = tmp_path / "started"
    depend = make_crate(
        tmp_path,
        "slow",
        lib="",
        build=f"""fn main() {{
            std::fs::write({json.dumps(str(started))}, "").unwrap();
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }}""",
    )
    request = kernel.send(depend)
    until(started.exists)
    kernel.interrupt()
    assert kernel.result(request).status == "error"
    # The crate that could not be built is not in the way of the next cell.
    assert kernel.succeed("1 + 1").value == "2"


# The end of a session


@pytest.mark.row("a shutdown ends a running cell, too")
def test_a_shutdown_while_a_cell_runs(kernels: Kernels) -> None:
    kernel = kernels.start()
    request = kernel.send('println!("started");\nloop {}')
    kernel.wait_for_output(request, "started")
    processes = kernel.processes()
    kernel.client.shutdown()
    reply = kernel.client.get_control_msg(timeout=PATIENCE)
    assert reply["header"]["msg_type"] == "shutdown_reply"
    wait_until_gone(processes)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> List[Path]:
    """The only places where a kernel of this test leaves temporary files."""
    temporary, sessions = tmp_path / "tmp", tmp_path / "cache" / "sessions"
    temporary.mkdir()
    sessions.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("HXKERNEL_CACHE", str(tmp_path / "cache"))
    return [temporary, sessions]


def left_behind(places: List[Path]) -> List[Path]:
    return [path for place in places for path in place.iterdir()]


@pytest.mark.row("a SIGTERM leaves no files behind")
def test_files_after_sigterm(kernels: Kernels, places: List[Path]) -> None:
    kernel = kernels.start()
    kernel.succeed("let a = 1;")
    processes = kernel.processes()
    kernel.process.terminate()
    wait_until_gone(processes)
    assert left_behind(places) == []


@pytest.mark.row("what a killed session leaves behind, the next one removes")
def test_files_after_sigkill(kernels: Kernels, places: List[Path]) -> None:
    killed = kernels.start()
    killed.succeed("let a = 1;")
    processes = killed.processes()
    killed.process.kill()
    wait_until_gone(processes)
    following = kernels.start()
    following.succeed("let a = 1;")
    processes = following.processes()
    following.client.shutdown()
    wait_until_gone(processes)
    assert left_behind(places) == []
