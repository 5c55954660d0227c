"""Sockets to a server: requests that are done exactly once, whatever happens to the line.

A request is sent, and sent again byte for byte, until its answer is there. What takes long (the run socket) is asked for by
``request.attach``, which does not send the payload again. A thread of its own pings the server; when the server comes back
after a silence, or as another one, everything that waits asks again at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import zmq

from .channel import Channel
from .checksum import Bytes
from .errors import ProtocolError, Unreachable
from .exchange import Exchange
from .heartbeat import Heartbeat
from .keys import ClientKey
from .protocol import VERSIONS, Header, Limits, Message, encode, fresh_id

__all__ = ["Connection", "Greeting"]


@dataclass(frozen=True)
class Greeting:
    """What a server says of itself: the answer to ``hello``."""

    version: int
    build: str
    server_session: str
    user: str
    role: str
    run_endpoint: str
    events_endpoint: str
    limits: Limits
    features: tuple[str, ...]
    #: The chips that this user may use, as the server describes them.
    chips: tuple[Header, ...]

    @classmethod
    def read(cls, message: Message) -> Greeting:
        """Reads the answer."""
        endpoints = message.header.get("endpoints")
        chips, features = message.header.get("chips", []), message.header.get("features", [])
        if not isinstance(endpoints, dict) or not isinstance(chips, list) or not isinstance(features, list):
            raise ProtocolError("hello.ok has no endpoints, or no lists of chips and features")
        run, events = endpoints.get("run"), endpoints.get("events")
        if not isinstance(run, str) or not isinstance(events, str):
            raise ProtocolError("hello.ok does not name its endpoints")
        return cls(
            version=message.whole("version"),
            build=message.text("build"),
            server_session=message.text("server_session"),
            user=str(message.header.get("user", "")),
            role=str(message.header.get("role", "")),
            run_endpoint=run,
            events_endpoint=events,
            limits=Limits.read(message.header.get("limits")),
            features=tuple(str(feature) for feature in features),
            chips=tuple(chip for chip in chips if isinstance(chip, dict)),
        )


class Connection:
    """The line to one server: its greeting, two channels and a heartbeat."""

    #: Seconds after which a request on control is sent again.
    RESEND_AFTER = 1.0
    #: Seconds without a word about a request on run after which it is asked for.
    ATTACH_AFTER = 5.0

    def __init__(
        self, endpoint: str, key: ClientKey | None = None, *, timeout: float = 5.0, patience: float | None = 60.0
    ) -> None:
        """Greets the server at its control endpoint.

        Args:
            endpoint: ``ipc:///PATH`` or ``tcp://HOST:PORT``.
            key: for servers with keys.
            timeout: seconds that the first answer may take.
            patience: seconds without any answer after which requests give up with :class:`Unreachable`; None: never.
        """
        self.endpoint, self.key, self.patience = endpoint, key, patience
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.is_closed = False
        try:
            self.control = Channel(self.context, endpoint, key)
            self.greeting = self._greet(timeout)
            largest = self.limits.result_bytes + (1 << 20)
            self.run = Channel(self.context, self.greeting.run_endpoint, key, largest)
            self.heartbeat = Heartbeat(self)
        except BaseException:
            self.context.destroy(0)
            raise

    @property
    def limits(self) -> Limits:
        """What the server accepts."""
        return self.greeting.limits

    def _greet(self, timeout: float) -> Greeting:
        try:
            answer = self.ask({"type": "hello", "versions": list(VERSIONS)}, timeout=timeout)
        except Unreachable:
            hint = "is it started (synapus serve)?" if self.key is None else "is the key right?"
            raise Unreachable(f"no server answers at {self.endpoint} within {timeout:g} s; {hint}", timeout) from None
        return Greeting.read(answer)

    # Control

    def ask(self, header: Mapping[str, Any], *, timeout: float | None = None) -> Message:
        """A request on control, which is sent again until it is answered.

        Raises:
            ServerError: what the server answered.
            Unreachable: after ``timeout``, or the connection's patience, without an answer.
        """
        request = fresh_id()
        limit = self.patience if timeout is None else timeout
        started = time.monotonic()
        pause = self.RESEND_AFTER
        self.control.begin(request, encode({**header, "id": request}))
        try:
            while True:
                spent = time.monotonic() - started
                if limit is not None and spent >= limit:
                    raise Unreachable(f"no answer to '{header['type']}' from {self.endpoint} in {spent:.1f} s", spent)
                left = pause if limit is None else min(pause, limit - spent)
                answer = self.control.receive(request, left)
                if answer is not None:
                    if answer.error is not None:
                        raise answer.error
                    return answer
                pause = min(2 * pause, 8.0)
                self.control.resend(request)
        finally:
            self.control.end(request)

    def tell(self, header: Mapping[str, Any]) -> None:
        """A message on run that has no answer."""
        self.run.send(encode({**header, "id": fresh_id()}))

    def exchange(self, header: Mapping[str, Any], payload: Sequence[tuple[Header, Bytes]] = ()) -> Exchange:
        """Begins a request on run."""
        return Exchange(self, header, payload)

    def close(self) -> None:
        """Closes everything at once; the server keeps what it was asked until its sessions end."""
        if self.is_closed:
            return
        self.is_closed = True
        self.heartbeat.stop()
        self.control.close()
        self.run.close()
        self.context.destroy(0)
