"""Somebody else on a kernel's sockets, who sends whatever they like."""

from typing import List

import zmq

from kernel_session import KernelSession

DELIMITER = b"<IDS|MSG>"


class Stranger:
    """A second client on a kernel's shell or control socket that sends whatever it likes."""

    def __init__(self, kernel: KernelSession, port_name: str):
        connection = kernel.manager.get_connection_info()
        self._kernel = kernel
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.connect(f"tcp://{connection['ip']}:{connection[port_name]}")

    def signed(self, message_type: str, content: dict) -> List[bytes]:
        """The frames of a message as they should be."""
        session = self._kernel.client.session
        message = session.msg(message_type, content)
        frames = session.serialize(message)
        return frames[frames.index(DELIMITER) :]

    def send(self, frames: List[bytes]) -> None:
        self._socket.send_multipart(frames)

    def hears(self, milliseconds: int = 0) -> bool:
        return bool(self._socket.poll(milliseconds))

    def receive(self) -> List[bytes]:
        assert self._socket.poll(60_000), "no reply"
        return self._socket.recv_multipart()

    def close(self) -> None:
        self._context.destroy(linger=0)
