"""Birth and death of a kernel: early answers, and no trace afterwards.

Each test has a cache of its own, so that it sees its own sessions only.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, List

import psutil
import pytest

from kernel_session import PATIENCE, KernelSession, wait_until_gone

START_AND_WAIT = """
import sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="hxkernel")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready()
print(manager.provisioner.pid, flush=True)
time.sleep(3600)
"""


def sessions(cache: Path) -> List[str]:
    """What sessions have left in a cache."""
    return sorted(path.name for path in (cache / "sessions").iterdir())


def test_a_kernel_introduces_itself_before_it_can_run_a_cell(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    kernel = start_kernel(cache=tmp_path, wait_until_ready=False)
    cell = kernel.send("1 + 1")
    introduction = kernel.client.kernel_info()
    assert kernel.order_of_replies(cell, introduction) == [introduction, cell]
    # The first cell is number one.
    assert kernel.reply(cell)["status"] == "ok"
    assert kernel.reply(cell)["execution_count"] == 1
    assert kernel.succeed("2 + 2").reply["execution_count"] == 2


def test_a_kernel_that_is_shut_down_leaves_nothing(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    kernel = start_kernel(cache=tmp_path)
    kernel.succeed("1 + 1")
    shut_down(kernel)
    assert sessions(tmp_path) == []


def test_a_running_cell_does_not_keep_a_kernel_alive(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    kernel = start_kernel(cache=tmp_path)
    request = kernel.send('println!("started");\nloop {}')
    kernel.wait_for_output(request, "started")
    shut_down(kernel)
    assert sessions(tmp_path) == []


def shut_down(kernel: KernelSession) -> None:
    """Asks the kernel to end, and waits without helping."""
    processes = kernel.processes()
    assert len(processes) > 1, "a kernel runs cells in a process of its own"
    kernel.client.shutdown()
    reply = kernel.client.get_control_msg(timeout=PATIENCE)
    assert reply["header"]["msg_type"] == "shutdown_reply"
    assert reply["content"] == {"status": "ok", "restart": False}
    wait_until_gone(processes)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kernel_that_is_asked_by_a_signal_leaves_nothing(
    start_kernel: Callable[..., KernelSession], tmp_path: Path, number: signal.Signals
) -> None:
    kernel = start_kernel(cache=tmp_path)
    processes = kernel.processes()
    kernel.process.send_signal(number)
    wait_until_gone(processes)
    assert sessions(tmp_path) == []


def test_a_killed_kernel_takes_its_processes_along_and_the_next_one_sweeps(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    killed = start_kernel(cache=tmp_path)
    request = killed.send('println!("started");\nloop {}')
    killed.wait_for_output(request, "started")
    processes = killed.processes()
    killed.process.kill()
    wait_until_gone(processes)
    left_behind = sessions(tmp_path)
    assert left_behind != []
    next_one = start_kernel(cache=tmp_path)
    assert not set(left_behind) & set(sessions(tmp_path))
    # It sweeps the dead only.
    start_kernel(cache=tmp_path)
    assert next_one.succeed("1 + 1").value == "2"


def test_a_kernel_that_is_killed_young_leaves_no_temporary_files(
    start_kernel: Callable[..., KernelSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    kernel = start_kernel(cache=tmp_path / "cache", wait_until_ready=False)
    # As soon as rust-analyzer looks at the crate of the cells.
    while not list((tmp_path / "cache").glob("sessions/*/tmp/rust-analyzer*")):
        assert kernel.process.is_running()
    processes = kernel.processes()
    kernel.process.kill()
    wait_until_gone(processes)
    assert list(temporary.iterdir()) == []
    # Cells have the directory that the user has.
    again = start_kernel(cache=tmp_path / "cache")
    assert again.succeed('std::env::var("TMPDIR")').value == f'"{temporary}"'


def test_a_kernel_ends_with_its_front_end(tmp_path: Path) -> None:
    environment = dict(os.environ, HXKERNEL_CACHE=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as front_end:
        assert front_end.stdout is not None
        kernel = psutil.Process(int(front_end.stdout.readline()))
        front_end.kill()
    wait_until_gone([kernel])
    assert sessions(tmp_path) == []


def test_a_restart_forgets_everything(
    start_kernel: Callable[..., KernelSession],
) -> None:
    kernel = start_kernel()
    kernel.succeed("let before = 1;")
    processes = kernel.processes()
    kernel.manager.restart_kernel()
    wait_until_gone(processes)
    kernel.process = psutil.Process(kernel.manager.provisioner.pid)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    result = kernel.fail("before")
    assert "before" in result.reply["evalue"]
    assert result.reply["execution_count"] == 1


def test_a_missing_runtime_is_built_once(
    prefix: Path,
    start_kernel: Callable[..., KernelSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As after `rustup update`: the binary is there, a runtime for the compiler is not.
    program = tmp_path / "bin" / "hxkernel"
    program.parent.mkdir()
    shutil.copy2(prefix / "bin" / "hxkernel", program)
    directory = tmp_path / "share" / "jupyter" / "kernels" / "bare"
    directory.mkdir(parents=True)
    installed = prefix / "share" / "jupyter" / "kernels" / "hxkernel" / "kernel.json"
    specification = json.loads(installed.read_text())
    specification["argv"][0] = str(program)
    (directory / "kernel.json").write_text(json.dumps(specification))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))

    cache = tmp_path / "cache"
    kernel = start_kernel(kernel_name="bare", cache=cache)
    cell = "pynn::Population::new(3, pynn::cells::HXNeuron::new())?.len()"
    stopped = kernel.send(cell)
    wait_for_a_build(kernel, cache)
    kernel.interrupt()
    assert kernel.result(stopped).reply["ename"] == "Interrupted"
    assert unfinished_builds(cache) == []
    # What a kernel leaves that is killed while it builds is removed by the next.
    kernel.send(cell)
    wait_for_a_build(kernel, cache)
    left = unfinished_builds(cache)
    processes = kernel.processes()
    kernel.process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE)
    kernel = start_kernel(kernel_name="bare", cache=cache)
    first = kernel.client.execute(cell)
    # Building takes a minute, several on a machine that is busy.
    result = kernel.result(first, patience=10 * PATIENCE)
    assert result.status == "ok", result
    assert "Building it now" in result.stderr
    assert result.value == "3"
    assert unfinished_builds(cache) == []
    assert not any(path.exists() for path in left)
    again = start_kernel(kernel_name="bare", cache=cache)
    assert again.succeed('println!("no word of it");').stderr == ""


def wait_for_a_build(kernel: KernelSession, cache: Path) -> None:
    while not unfinished_builds(cache):
        assert kernel.process.is_running()
        time.sleep(0.01)


def unfinished_builds(cache: Path) -> List[Path]:
    return list((cache / "runtime").glob(".unfinished-*"))


def test_what_cells_started_ends_with_a_killed_kernel(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    kernel = start_kernel(cache=tmp_path)
    # A child, and a daemon: in a session of its own, its parent gone.
    child = 'std::process::Command::new("sleep").arg("3600").spawn()?.id()'
    started = [kernel.succeed(child).value]
    started += kernel.succeed("!setsid sh -c 'sleep 3600 & echo $!'").stdout.split()
    processes = [psutil.Process(int(process)) for process in started]
    kernel.process.kill()
    wait_until_gone([*processes, kernel.process])


def test_a_cache_inside_a_cargo_workspace_is_not_taken_for_a_part_of_it(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    (tmp_path / "Cargo.toml").write_text("[workspace]\nmembers = []\n")
    kernel = start_kernel(cache=tmp_path / "cache")
    kernel.succeed("let list = vec![1];")
    assert kernel.succeed("list").value == "[1]"
