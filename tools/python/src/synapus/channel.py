"""One DEALER socket to a server, shared by threads and by the requests that wait on it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import zmq

from .checksum import Bytes
from .errors import Unreachable
from .keys import ClientKey
from .protocol import Message, decode

__all__ = ["Channel", "open_socket"]

log = logging.getLogger("synapus")

# How long a socket is listened to before other threads get their turn, in milliseconds.
_SLICE_MS = 50
# Answers on control are small; a larger one ends the connection. On run the server's own limit holds.
_LARGEST_ON_CONTROL = 2 << 20


@dataclass
class _Waiting:
    """A request under way, and the messages that came for it."""

    frames: list[Bytes]
    inbox: deque[Message] = field(default_factory=deque)


class Channel:
    """One DEALER socket, and the requests that wait for answers on it."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        key: ClientKey | None,
        largest: int = _LARGEST_ON_CONTROL,
    ) -> None:
        self.endpoint = endpoint
        self._socket = open_socket(context, zmq.DEALER, endpoint, key, largest)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._senders = 0

    def begin(self, request: str, frames: list[Bytes]) -> None:
        """Sends a request whose answers shall be kept."""
        self._waiting[request] = _Waiting(frames)
        self.send(frames)

    def resend(self, request: str) -> None:
        """Sends a request again, byte for byte."""
        self.send(self._waiting[request].frames)

    def end(self, request: str) -> None:
        """Forgets a request; what still comes for it is dropped."""
        self._waiting.pop(request, None)

    def send(self, frames: Sequence[Bytes]) -> None:
        """Sends frames, from any thread."""
        self._senders += 1
        with self._lock:
            self._senders -= 1
            try:
                # Copied: the thread that tells when a frame may be freed costs more than the copy.
                self._socket.send_multipart(list(frames), flags=zmq.DONTWAIT, copy=True)
            except zmq.Again:
                # The line is down and its queue full; what waits is sent again when it is back.
                log.debug("a message could not be queued for %s", self.endpoint)

    def receive(self, request: str, seconds: float) -> Message | None:
        """The next message for a request, or None when none came in that time."""
        deadline = time.monotonic() + seconds
        while True:
            waiting = self._waiting[request]
            if waiting.inbox:
                return waiting.inbox.popleft()
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._listen(request, min(left * 1000, _SLICE_MS))
            if self._senders:
                time.sleep(0.0005)

    def _listen(self, request: str, milliseconds: float) -> None:
        with self._lock:
            if self._waiting[request].inbox or not self._poller.poll(max(int(milliseconds), 1)):
                return
            frames = self._socket.recv_multipart(zmq.DONTWAIT, copy=False)
            self._take([frame.buffer for frame in frames])

    def _take(self, frames: Sequence[Bytes]) -> None:
        message = decode(frames)
        waiting = self._waiting.get(message.id)
        if waiting is not None:
            waiting.inbox.append(message)
        elif message.type == "error" and not message.id and message.error is not None:
            # The server could not read whose request it was.
            raise message.error

    def close(self) -> None:
        """Closes the socket; what was not sent yet is dropped."""
        with self._lock:
            self._socket.close(0)


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, endpoint: str, key: ClientKey | None,
    largest: int = _LARGEST_ON_CONTROL,
) -> zmq.Socket[bytes]:  # fmt: skip
    """A socket with this package's settings, connected."""
    socket = context.socket(kind)
    options = [
        (zmq.LINGER, 0), (zmq.SNDHWM, 1000), (zmq.RCVHWM, 1000), (zmq.MAXMSGSIZE, largest),
        (zmq.HEARTBEAT_IVL, 1000), (zmq.HEARTBEAT_TIMEOUT, 5000), (zmq.HEARTBEAT_TTL, 5000),
        (zmq.HANDSHAKE_IVL, 3000), (zmq.RECONNECT_IVL, 50), (zmq.RECONNECT_IVL_MAX, 1000), (zmq.IPV6, 1),
    ]  # fmt: skip
    for option, value in options:
        socket.setsockopt(option, value)
    if key is not None:
        socket.setsockopt(zmq.CURVE_SERVERKEY, key.server.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, key.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret.encode())
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close(0)
        raise Unreachable(f"'{endpoint}' is no endpoint: {error}; ipc:///PATH or tcp://HOST:PORT is") from None
    return socket
