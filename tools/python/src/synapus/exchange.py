"""One request on the run socket, done once whatever happens to the line."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .checksum import Bytes
from .errors import Lost, NoSession, NotPermitted, UnknownRequest, Unreachable
from .protocol import Header, Message, encode, fresh_id

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["Exchange"]

log = logging.getLogger("synapus")


class Exchange:
    """One request on run, from its sending to its last message."""

    def __init__(self, connection: Connection, header: Mapping[str, Any], payload: Sequence[tuple[Header, Bytes]]) -> None:
        self.id = fresh_id()
        self.session = header.get("session")
        self._connection = connection
        self._type = header["type"]
        self._attach: str | None = None
        self._heard = time.monotonic()
        self._generation = connection.heartbeat.generation
        #: Chunks that have come, and that can be taken, for ``request.attach``.
        self.received, self.credit = 0, 8
        connection.run.begin(self.id, encode({**header, "id": self.id}, payload))

    def is_answer(self, message: Message) -> bool:
        """Whether a message is the last for the request."""
        return message.type == f"{self._type}.ok"

    def answer(self) -> Message:
        """The answer; messages before it are passed over. The request is forgotten after it.

        Raises:
            ServerError: where the answer is an error.
            Unreachable: when the server does not answer pings any more.
        """
        try:
            while True:
                message = self.next()
                if self.is_answer(message):
                    return message
        finally:
            self.end()

    def next(self, seconds: float | None = None) -> Message:
        """The next message; asks for it where it is late. With ``seconds``, raises TimeoutError after them."""
        channel, heartbeat = self._connection.run, self._connection.heartbeat
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            message = channel.receive(self.id, 0.1)
            if message is not None:
                self._heard = time.monotonic()
                if message.error is not None:
                    raise message.error
                return message
            self._hear_attach()
            self._check_server()
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"no message for '{self._type}' in {seconds} s")
            late = time.monotonic() - self._heard > self._connection.ATTACH_AFTER
            if late or heartbeat.generation != self._generation:
                self.attach()

    def attach(self) -> None:
        """Asks for what comes next, without sending the payload again."""
        self._generation = self._connection.heartbeat.generation
        self._heard = time.monotonic()
        self._end_attach()
        self._attach = fresh_id()
        header = {"type": "request.attach", "id": self._attach, "session": self.session, "target": self.id,
                  "received": self.received, "credit": self.credit}  # fmt: skip
        self._connection.run.begin(self._attach, encode(header))

    def _hear_attach(self) -> None:
        if self._attach is None:
            return
        answer = self._connection.run.receive(self._attach, 0)
        if answer is None:
            return
        self._end_attach()
        self._heard = time.monotonic()
        if isinstance(answer.error, UnknownRequest):
            log.info("'%s' is sent again: the server does not know it", self._type)
            self._connection.run.resend(self.id)
        elif isinstance(answer.error, (Lost, NoSession, NotPermitted)):
            raise answer.error

    def _check_server(self) -> None:
        patience, silence = self._connection.patience, self._connection.heartbeat.silence
        if patience is not None and silence > patience:
            raise Unreachable(
                f"{self._connection.endpoint} has not answered for {silence:.0f} s; '{self._type}' may or may not be done",
                silence,
            )

    def _end_attach(self) -> None:
        if self._attach is not None:
            self._connection.run.end(self._attach)
            self._attach = None

    def end(self) -> None:
        """Forgets the request."""
        self._end_attach()
        self._connection.run.end(self.id)
