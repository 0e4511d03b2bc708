"""The wire: requests of the messaging protocol, and frames that are none.

Whoever can reach the ports of a kernel can send it anything. Only signed
messages count, and nothing that is sent ends the session.
"""

import json
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import pytest
import zmq

from kernel_session import KernelSession
from stranger import DELIMITER, Stranger


@pytest.fixture(params=["shell_port", "control_port"])
def stranger(
    kernel: KernelSession, request: pytest.FixtureRequest
) -> Iterator[Stranger]:
    stranger = Stranger(kernel, request.param)
    yield stranger
    stranger.close()


def test_frames_that_are_no_message_do_no_harm(
    kernel: KernelSession, stranger: Stranger
) -> None:
    good = stranger.signed("execute_request", {"code": "forged", "silent": False})
    # frames: delimiter, signature, header, parent, metadata, content
    for frames in [
        [b""],
        [b"garbage"],
        [DELIMITER],
        [DELIMITER] * 7,
        [b"\xff\xfe", DELIMITER, b"\x00"],
        good[:4],
        [*good[:1], b"not hexadecimal", *good[2:]],
        [*good[:1], b"", *good[2:]],
        [*good[:1], b"0" * 64, *good[2:]],
        [*good[:5], json.dumps({"code": "changed"}).encode()],
        [*good[1:]],
    ]:
        stranger.send(frames)
    # The connection itself has survived, and only now something comes back.
    stranger.send(stranger.signed("kernel_info_request", {}))
    assert b"kernel_info_reply" in b"".join(stranger.receive())
    assert kernel.succeed("1 + 1").value == "2"
    assert not stranger.hears()


def test_a_signed_message_with_unusable_content_is_answered_with_an_error(
    kernel: KernelSession,
) -> None:
    assert kernel.ask("execute_request", code=["not", "text"])["status"] == "error"
    assert kernel.ask("complete_request", cursor_pos=-1)["status"] == "error"
    assert kernel.succeed("1 + 1").value == "2"


def test_a_request_nobody_knows_does_no_harm(kernel: KernelSession) -> None:
    message = kernel.client.session.msg("make_coffee_request", {"sugar": 2})
    kernel.client.shell_channel.send(message)
    assert kernel.succeed("1 + 1").value == "2"


def test_a_replayed_message_does_not_run_again(kernel: KernelSession) -> None:
    stranger = Stranger(kernel, "shell_port")
    count = kernel.succeed("let mut runs = 0;").reply["execution_count"]
    frames = stranger.signed("execute_request", {"code": "runs += 1;", "silent": False})
    stranger.send(frames)
    stranger.send(frames)
    assert b"execute_reply" in b"".join(stranger.receive())
    result = kernel.succeed("runs")
    assert result.value == "1"
    assert result.reply["execution_count"] == count + 2
    stranger.close()


def test_silent_cells_show_and_count_nothing(kernel: KernelSession) -> None:
    before = kernel.succeed("1").reply["execution_count"]
    assert kernel.succeed("let quiet = 2; quiet", silent=True).outputs == []
    assert kernel.succeed("quiet", store_history=False).value == "2"
    assert kernel.succeed("quiet").reply["execution_count"] == before + 1


def test_a_request_on_the_control_socket_is_answered_while_a_cell_runs(
    kernel: KernelSession,
) -> None:
    request = kernel.send('println!("started");\nloop {}')
    kernel.wait_for_output(request, "started")
    stranger = Stranger(kernel, "control_port")
    stranger.send(stranger.signed("kernel_info_request", {}))
    assert b"kernel_info_reply" in b"".join(stranger.receive())
    stranger.close()
    kernel.interrupt()
    assert kernel.result(request).status == "error"


def test_the_heart_beats(kernel: KernelSession) -> None:
    connection = kernel.manager.get_connection_info()
    context = zmq.Context()
    socket = context.socket(zmq.REQ)
    socket.connect(f"tcp://{connection['ip']}:{connection['hb_port']}")
    for beat in [b"", b"beat", b"\xff" * 1000]:
        socket.send(beat)
        assert socket.poll(60_000)
        assert socket.recv() == beat
    context.destroy(linger=0)


def test_sockets_can_be_files(start_kernel: Callable[..., KernelSession]) -> None:
    # The path of such a socket must be short, which pytest's own directories are not.
    with tempfile.TemporaryDirectory() as directory:
        kernel = start_kernel(transport="ipc", ip=str(Path(directory) / "k"))
        assert kernel.succeed("1 + 1").value == "2"
        request = kernel.send('println!("started");\nloop {}')
        kernel.wait_for_output(request, "started")
        kernel.interrupt()
        assert kernel.result(request).status == "error"
        kernel.close()
