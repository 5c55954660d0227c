"""Signs of life: pings from a thread and a socket of their own."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import zmq

from .channel import Channel
from .errors import NoSession, ProtocolError, ServerError
from .protocol import Header, Message, encode, fresh_id

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["Heartbeat"]

log = logging.getLogger("synapus")


class Heartbeat:
    """Pings the server once a second, from a thread and a socket of its own."""

    PERIOD = 1.0
    #: Seconds without an answer after which the server counts as not reachable.
    MISSED = 3.0

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended = threading.Event()
        self._last = time.monotonic()
        self._silent = False
        #: Grows when the server is back after a silence, or is another one.
        self.generation = 0
        #: The life of the server that answered last, and what it said of the leases.
        self.server_session = connection.greeting.server_session
        self.leases: list[Header] = []
        #: Whether the server does not know the session any more.
        self.session_is_gone = False
        self.token: str | None = None
        self._thread = threading.Thread(target=self._run, name="synapus heartbeat", daemon=True)
        self._thread.start()

    @property
    def silence(self) -> float:
        """Seconds since the server answered last."""
        return time.monotonic() - self._last

    def stop(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        connection = self._connection
        channel = Channel(connection.context, connection.endpoint, connection.key)
        try:
            while not self._ended.is_set():
                self._ping(channel)
        except zmq.ZMQError:
            pass  # The context has ended, and with it the connection.
        finally:
            channel.close()

    def _ping(self, channel: Channel) -> None:
        request = fresh_id()
        header: Header = {"type": "ping", "id": request}
        if self.token is not None:
            header["session"] = self.token
        started = time.monotonic()
        channel.begin(request, encode(header))
        try:
            while (left := started + self.PERIOD - time.monotonic()) > 0 and not self._ended.is_set():
                answer = channel.receive(request, min(left, 0.2))
                if answer is not None:
                    self._answered(answer, header.get("session"))
        except (ProtocolError, ServerError) as error:
            log.debug("a ping was answered by %s", error)
            self._ended.wait(self.PERIOD)
        finally:
            channel.end(request)
        if not self._silent and self.silence > self.MISSED:
            self._silent = True
            log.warning("no answer from %s for %.0f s; trying on", channel.endpoint, self.silence)

    def _answered(self, answer: Message, token: str | None) -> None:
        self._last = time.monotonic()
        if answer.type == "error":
            self.session_is_gone = self.session_is_gone or (
                isinstance(answer.error, NoSession) and token is not None and token == self.token
            )
            return
        name = answer.header.get("server_session")
        is_another = isinstance(name, str) and name != self.server_session
        if isinstance(name, str):
            self.server_session = name
        leases = answer.header.get("leases")
        self.leases = leases if isinstance(leases, list) else []
        if is_another or self._silent:
            log.info("%s answers again%s", self._connection.endpoint, ", as a new server" if is_another else "")
            self._silent = False
            self.generation += 1
