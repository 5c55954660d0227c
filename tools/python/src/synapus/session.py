"""Sessions and leases: what a client owns on a server, kept over lost connections and restarts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from .connection import Connection
from .errors import ProtocolError, SynapusError
from .protocol import Header

__all__ = ["ChipInUse", "Lease", "Session"]

# The longest that one question for a lease waits for its answer, in milliseconds.
_WAIT_MS = 1000
# Bytes of what others read.
_LONGEST_NAME = 256


class ChipInUse(SynapusError, TimeoutError):
    """The chip was not granted in time; :attr:`held_by` and :attr:`position` tell who has it and how many come first."""

    def __init__(self, chip: str, held_by: str, position: int | None) -> None:
        place = "" if position is None else f"; place {position} in the queue"
        super().__init__(f"chip {chip} is in use by {held_by or 'others'}{place}")
        self.held_by, self.position = held_by, position


@dataclass(frozen=True)
class Lease:
    """The right to use a chip; work under an older epoch is refused."""

    chip: str
    #: ``shared`` or ``exclusive``.
    mode: str
    epoch: int


class Session:
    """A client's name for what it owns on a server."""

    def __init__(self, connection: Connection, token: str) -> None:
        self.connection = connection
        #: A secret: whoever of the same user has it can go on with this session.
        self.token = token
        connection.heartbeat.token = token
        connection.heartbeat.session_is_gone = False

    @classmethod
    def open(cls, connection: Connection, client: str) -> Session:
        """Opens one; ``client`` is what others read while the chip is held."""
        name = client.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
        answer = connection.ask({"type": "session.open", "client": name})
        return cls(connection, answer.text("session"))

    def ask(self, header: Header, *, timeout: float | None = None) -> Header:
        """A request on control in this session's name."""
        return self.connection.ask({**header, "session": self.token}, timeout=timeout).header

    def resume(self) -> Header:
        """Where the session's images and leases stand on the server."""
        answer = self.ask({"type": "session.resume"})
        images = answer.get("images", [])
        if not isinstance(images, list) or not all(isinstance(image, dict) for image in images):
            raise ProtocolError("session.resume.ok has no list of images")
        return {"images": images, "leases": answer.get("leases", [])}

    def acquire(self, chip: str, mode: str, *, ttl: float, note: str, wait: float | None) -> Lease:
        """The right to use a chip.

        Args:
            chip: its name at the server.
            mode: ``shared`` or ``exclusive``.
            ttl: seconds that it outlives the session's last sign of life.
            note: what others read of the reason.
            wait: seconds to wait for it; None: as long as it takes.

        Raises:
            ChipInUse: when it was not granted in time; the place in the queue is given up.
        """
        started = time.monotonic()
        while True:
            left = None if wait is None else max(wait - (time.monotonic() - started), 0)
            wait_ms = _WAIT_MS if left is None else min(int(left * 1000), _WAIT_MS)
            answer = self.ask({"type": "lease.acquire", "chip": chip, "mode": mode, "ttl_ms": int(ttl * 1000),
                               "note": note, "wait_ms": wait_ms})  # fmt: skip
            epoch: Any = answer.get("epoch")
            if answer.get("state") == "granted" and isinstance(epoch, int):
                return Lease(chip, mode, epoch)
            if left is not None and left <= 0:
                self.release(chip)
                position = answer.get("position")
                held_by = answer.get("held_by")
                raise ChipInUse(
                    chip, held_by if isinstance(held_by, str) else "", position if isinstance(position, int) else None
                )

    def release(self, chip: str) -> None:
        """Gives a lease, or a place in the queue, back."""
        self.ask({"type": "lease.release", "chip": chip})

    def close(self, timeout: float = 2.0) -> None:
        """Ends the session: its requests are cancelled, its images forgotten."""
        self.connection.heartbeat.token = None
        self.ask({"type": "session.close"}, timeout=timeout)
