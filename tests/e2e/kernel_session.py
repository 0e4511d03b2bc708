"""One kernel of the installation under test, and a front end connected to it.

The front end is jupyter_client's, as in every notebook server. What it hears is
sorted by the request that caused it, so that a test can send several requests at
once and look at each one's answers in the order they came.
"""

import contextlib
import os
import queue
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import psutil
from jupyter_client.manager import KernelManager

# Nothing here is supposed to take long, s. This only ends a test that hangs, which is
# what most tests do with a kernel that has the faults they are about.
PATIENCE = float(os.environ.get("HX_PATIENCE", "120"))

DISPLAYS = ("display_data", "execute_result", "update_display_data")


class Output(NamedTuple):
    """One message that a cell caused on the broadcast socket."""

    kind: str
    content: Dict[str, Any]
    metadata: Dict[str, Any] = {}
    buffers: List[bytes] = []


class CellResult(NamedTuple):
    """Everything that came of one cell."""

    reply: Dict[str, Any]
    outputs: List[Output]

    @property
    def status(self) -> str:
        return self.reply["status"]

    @property
    def stdout(self) -> str:
        return self._stream("stdout")

    @property
    def stderr(self) -> str:
        return self._stream("stderr")

    @property
    def displays(self) -> List[Output]:
        return [output for output in self.outputs if output.kind in DISPLAYS]

    @property
    def value(self) -> Optional[str]:
        """The plain text of the cell's value."""
        for output in self.outputs:
            if output.kind == "execute_result":
                return output.content["data"]["text/plain"]
        return None

    @property
    def traceback(self) -> str:
        return "\n".join(self.reply["traceback"])

    def kinds(self) -> List[str]:
        return [output.kind for output in self.outputs]

    def _stream(self, name: str) -> str:
        texts = [
            output.content["text"]
            for output in self.outputs
            if output.kind == "stream" and output.content["name"] == name
        ]
        return "".join(texts)


class KernelSession:
    """Starts a kernel; `close` ends it and everything below it.

    What the kernel itself prints goes to `own_stdout`.
    """

    def __init__(
        self,
        kernel_name: str = "hxkernel",
        cache: Optional[Path] = None,
        wait_until_ready: bool = True,
        own_stdout: Optional[int] = None,
        **manager_options: Any,
    ):
        self.manager = KernelManager(kernel_name=kernel_name, **manager_options)
        environment = dict(os.environ)
        if cache is not None:
            environment["HXKERNEL_CACHE"] = str(cache)
        self.manager.start_kernel(env=environment, stdout=own_stdout)
        self.process = psutil.Process(self.manager.provisioner.pid)
        self.client = self.manager.client()
        self.client.start_channels()
        self._replies: Dict[str, Dict[str, Any]] = {}
        self._reply_order: List[str] = []
        self._outputs: Dict[str, List[Output]] = {}
        self._states: Dict[str, str] = {}
        if wait_until_ready:
            self.client.wait_for_ready(timeout=PATIENCE)

    # Cells

    def run(self, code: str, **options: Any) -> CellResult:
        """Runs a cell; it may fail."""
        return self.result(self.send(code, **options))

    def succeed(self, code: str, **options: Any) -> CellResult:
        """Runs a cell that has to work."""
        result = self.run(code, **options)
        assert result.status == "ok", result
        return result

    def fail(self, code: str, **options: Any) -> CellResult:
        """Runs a cell that has to fail."""
        result = self.run(code, **options)
        assert result.status == "error", result
        return result

    def send(self, code: str, **options: Any) -> str:
        """Asks for a cell to be run; gives back the name of the request."""
        return self.client.execute(code, **options)

    def result(self, request: str, patience: float = PATIENCE) -> CellResult:
        """Waits until a cell is done."""
        self.wait_until(lambda: self.is_done(request), patience)
        return CellResult(self.reply(request), self.outputs(request))

    def is_done(self, request: str) -> bool:
        """Whether everything that comes of a request has been heard."""
        return self._states.get(request) == "idle"

    def outputs(self, request: str) -> List[Output]:
        """What has been heard of a request so far."""
        return self._outputs.get(request, [])

    # Single messages

    def reply(self, request: str) -> Dict[str, Any]:
        """Waits for the reply to a request on the shell socket."""
        while request not in self._replies:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            parent = message["parent_header"]["msg_id"]
            self._replies[parent] = message["content"]
            self._reply_order.append(parent)
        return self._replies[request]

    def is_answered(self, request: str) -> bool:
        """Whether a reply has come before the latest one that was waited for."""
        return request in self._replies

    def order_of_replies(self, *requests: str) -> List[str]:
        """The requests in the order in which they were answered."""
        for request in requests:
            self.reply(request)
        return [request for request in self._reply_order if request in requests]

    def ask(self, message_type: str, **content: Any) -> Dict[str, Any]:
        """Any request on the shell socket, and the content of its reply."""
        message = self.client.session.msg(message_type, content)
        self.client.shell_channel.send(message)
        return self.reply(message["header"]["msg_id"])

    def question(self) -> Dict[str, Any]:
        """Waits until a cell asks something."""
        return self.client.get_stdin_msg(timeout=PATIENCE)["content"]

    def outputs_of_message(
        self,
        message_type: str,
        content: Dict[str, Any],
        buffers: Optional[List[bytes]] = None,
    ) -> List[Output]:
        """Sends what has no reply, such as a comm's messages; everything it caused."""
        message = self.client.session.msg(message_type, content)
        request = message["header"]["msg_id"]
        self.client.session.send(
            self.client.shell_channel.socket, message, buffers=buffers
        )
        self.wait_until(lambda: self._states.get(request) == "idle")
        return self._outputs.get(request, [])

    def wait_for_output(self, request: str, text: str) -> None:
        """Waits until a running cell has printed a text."""
        self.wait_until(lambda: text in self.printed(request))

    def printed(self, request: str) -> str:
        """What a cell has printed so far."""
        return CellResult({}, self._outputs.get(request, [])).stdout

    def wait_until(
        self, condition: Callable[[], bool], patience: float = PATIENCE
    ) -> None:
        """Listens to the broadcast socket until a condition holds."""
        deadline = time.monotonic() + patience
        while not condition():
            left = deadline - time.monotonic()
            try:
                message = self.client.get_iopub_msg(timeout=max(left, 0.001))
            except queue.Empty:
                heard = str(self._outputs)
                raise TimeoutError(f"heard only …{heard[-2000:]}") from None
            parent = message["parent_header"].get("msg_id", "")
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "status":
                self._states[parent] = content["execution_state"]
            else:
                buffers = [bytes(buffer) for buffer in message["buffers"]]
                output = Output(kind, content, message["metadata"], buffers)
                self._outputs.setdefault(parent, []).append(output)

    # Processes

    def interrupt(self) -> None:
        """Stops what runs now: what is sent afterwards is not meant, though the manager,
        who does not wait for the reply, might stop that instead."""
        message = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(message)
        reply = self.client.get_control_msg(timeout=PATIENCE)
        assert reply["header"]["msg_type"] == "interrupt_reply", reply

    def processes(self) -> List[psutil.Process]:
        """The kernel and everything it has started."""
        return [self.process, *self.process.children(recursive=True)]

    def close(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes = self.processes()
            self.manager.shutdown_kernel(now=True)
            wait_until_gone(processes)
        self.client.stop_channels()
        self.manager.cleanup_resources()


def wait_until_gone(processes: List[psutil.Process]) -> None:
    """Waits for processes to end; nothing that survives the wait is forgiven."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert not alive, [process.cmdline() for process in alive]
