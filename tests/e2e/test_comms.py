"""Comms: a cell and the front end talk while no cell runs."""

import os
import signal
import time
import uuid
from typing import Any, List, Optional

from kernel_session import KernelSession, Output

ECHO = """
pynn::comm::register_target("echo", |comm, opened| {
    comm.send(&opened.number("/start"))?;
    let answerer = comm.clone();
    let mut heard = 0;
    comm.on_message(move |message| {
        heard += 1;
        assert!(message.flag("/panic") != Some(true), "as you wish");
        answerer.send_with(&heard, &(), &[&message.buffers().concat()])
    })?;
    comm.on_close(|_| println!("closed"))
})?;
"""


def say(
    kernel: KernelSession,
    kind: str,
    comm: str,
    data: Any,
    target: Optional[str] = None,
    buffers: Optional[List[bytes]] = None,
) -> List[Output]:
    """Says something on a comm; gives back everything that comes of it."""
    content = {"comm_id": comm, "data": data}
    if target is not None:
        content["target_name"] = target
    return kernel.outputs_of_message(kind, content, buffers)


def test_both_ends_talk_with_binary_data_while_no_cell_runs(
    kernel: KernelSession,
) -> None:
    kernel.succeed(ECHO)
    comm = uuid.uuid4().hex
    [answer] = say(kernel, "comm_open", comm, {"start": 7}, "echo")
    assert (answer.kind, answer.content["data"]) == ("comm_msg", 7.0)
    large = bytes(range(256)) * 4096
    for number in (1, 2):
        [answer] = say(kernel, "comm_msg", comm, {}, buffers=[b"", large])
        assert answer.content == {"comm_id": comm, "data": number}
        assert answer.buffers == [large]
    info = kernel.ask("comm_info_request", target_name="echo")
    assert info["comms"] == {comm: {"target_name": "echo"}}
    [printed] = say(kernel, "comm_close", comm, {})
    assert printed.content == {"name": "stdout", "text": "closed\n"}
    assert say(kernel, "comm_msg", comm, {}) == []


def test_a_handler_that_dies_is_told_and_takes_nothing_along(
    kernel: KernelSession,
) -> None:
    kernel.succeed("let mut kept = vec![1];")
    kernel.succeed(
        'pynn::comm::register_target("fatal", |_comm, opened| {'
        '    println!("dies"); if opened.number("/n") == Some(1.0) { std::process::abort() } })?;'
    )
    outputs = say(kernel, "comm_open", uuid.uuid4().hex, {"n": 1}, "fatal")
    texts = [output.content.get("text", "") for output in outputs]
    assert texts[0] == "dies\n"
    assert "In the handler of a comm the process aborted" in texts[1]
    assert kernel.succeed("kept").value == "[1]"


def test_what_is_said_to_the_dead_holds_nobody_up(kernel: KernelSession) -> None:
    kernel.succeed(ECHO)
    comm = uuid.uuid4().hex
    say(kernel, "comm_open", comm, {"start": 7}, "echo")
    executor = int(str(kernel.succeed("std::process::id()").value))
    os.kill(executor, signal.SIGSTOP)
    # More than fits into a socket that nobody reads.
    content = {"comm_id": comm, "data": {}}
    message = kernel.client.session.msg("comm_msg", content)
    kernel.client.session.send(
        kernel.client.shell_channel.socket, message, buffers=[bytes(8 << 20)]
    )
    time.sleep(0.5)
    os.kill(executor, signal.SIGKILL)
    assert kernel.succeed("1").value == "1"
    # It was not heard, and the handler is there for the next one.
    [answer] = say(kernel, "comm_msg", comm, {})
    assert answer.content["data"] == 1


def test_a_cell_opens_says_and_closes(kernel: KernelSession) -> None:
    cell = kernel.succeed(
        'let comm = pynn::comm::Comm::open_with("widget", &"hello", '
        '&std::collections::HashMap::from([("version", "2.1")]), &[b"abc", b""])?; '
        "comm.send(&[1.5, 2.0])?; comm.close()?; comm.is_open()"
    )
    _input, opened, said, closed, _value = cell.outputs
    comm = opened.content["comm_id"]
    assert opened.kind == "comm_open"
    assert opened.content["target_name"] == "widget"
    assert opened.content["data"] == "hello"
    assert opened.metadata == {"version": "2.1"}
    assert opened.buffers == [b"abc", b""]
    assert (said.kind, said.content["data"]) == ("comm_msg", [1.5, 2.0])
    assert (closed.kind, closed.content["comm_id"]) == ("comm_close", comm)
    assert cell.value == "false"
    assert kernel.fail("comm.send(&1)?").reply["ename"] == "CommClosed"


def test_targets_nobody_registered_are_closed(kernel: KernelSession) -> None:
    comm = uuid.uuid4().hex
    [closed] = say(kernel, "comm_open", comm, {}, "jupyter.nobody")
    assert (closed.kind, closed.content["comm_id"]) == ("comm_close", comm)


def test_a_handler_that_panics_is_told_and_stays(kernel: KernelSession) -> None:
    kernel.succeed(ECHO)
    comm = uuid.uuid4().hex
    say(kernel, "comm_open", comm, {"start": 1}, "echo")
    [told] = say(kernel, "comm_msg", comm, {"panic": True})
    assert told.content["name"] == "stderr"
    assert "as you wish" in told.content["text"]
    [answer] = say(kernel, "comm_msg", comm, {})
    assert answer.content["data"] == 2


def test_a_handler_changes_a_display_and_uses_the_chip(kernel: KernelSession) -> None:
    kernel.succeed(
        "let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;"
        'pop.record("spikes")?; let shown = display_id(&"before")?;'
        'pynn::comm::register_target("slider", move |comm, _| {'
        "    let (pop, shown) = (pop.clone(), shown.clone());"
        "    comm.on_message(move |message| -> Result<(), pynn::Error> {"
        '        pop.set("leak_v_leak", message.number("/value").unwrap_or(0.0))?;'
        "        pynn::run(0.1)?; pynn::reset()?;"
        '        shown.update(&format!("{:?}", pop.get("leak_v_leak")?))'
        "    })"
        "})?;"
    )
    comm = uuid.uuid4().hex
    say(kernel, "comm_open", comm, {}, "slider")
    outputs = say(kernel, "comm_msg", comm, {"value": 512})
    assert [output.kind for output in outputs] == ["update_display_data"]
    assert "512" in outputs[0].content["data"]["text/plain"]
