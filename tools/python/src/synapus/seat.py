"""A session's place at one chip: its lease and image, got back when the server or the line lost them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .connection import Connection
from .errors import ChipFailed, Lost, NoImage, NoLease, NoSession, ServerRestarted, StaleEpoch, SynapusError
from .exchange import Exchange
from .image import Image
from .projection import WeightBlocks
from .protocol import AnyArray, Header, Message
from .session import Lease, Session
from .transfer import payload

__all__ = ["Seat", "Terms"]

log = logging.getLogger("synapus")

_Result = TypeVar("_Result")
# How often work is tried again after the server or its worker was started again.
_TRIES = 3
# Ids of finished runs that one request acknowledges.
_MOST_ACKS = 64


@dataclass(frozen=True)
class Terms:
    """How a chip is to be held."""

    #: What others read while it is.
    client: str
    note: str = ""
    #: ``shared``, ``exclusive``, or None: shared, and not before it is needed.
    lease: str | None = "shared"
    #: Seconds that the lease outlives the last sign of life, and to wait for it (None: as long as it takes).
    ttl: float = 10.0
    wait: float | None = None
    #: Seconds that a request may wait for its turn.
    deadline: float = 600.0
    #: Whether image and weights are written anew when they are gone.
    rewrites: bool = True


class Seat:
    """Does work on a chip, with what it takes to do it again: the image, and the last weights of each rectangle."""

    def __init__(self, connection: Connection, session: Session, chip: str, terms: Terms) -> None:
        self.connection, self.session, self.chip, self.terms = connection, session, chip, terms
        self.lease: Lease | None = None
        #: What was loaded last, and how often it is checkpointed.
        self.image: Image | None = None
        self.checkpoint_every: int | None = None
        #: Finished runs that are not acknowledged yet.
        self.acks: list[str] = []
        self._writes: dict[bytes, WeightBlocks] = {}
        if terms.lease is not None:
            self.acquire()

    def acquire(self) -> Lease:
        """Gets the right to use the chip."""
        terms = self.terms
        self.lease = self.session.acquire(
            self.chip, terms.lease or "shared", ttl=terms.ttl, note=terms.note, wait=terms.wait
        )
        return self.lease

    # What is there

    def holds(self, image: Image, checkpoint_every: int | None = None) -> None:
        """Notes that an image is on the chip, with its own weights."""
        self.image, self.checkpoint_every = image, checkpoint_every
        self._writes = {}

    def wrote(self, parts: list[WeightBlocks]) -> None:
        """Notes weights that are on the chip now; of those for the same rectangles the last ones count."""
        for part in parts:
            key = part.places.tobytes()
            self._writes.pop(key, None)
            self._writes[key] = part

    # Work

    def answer(
        self, kind: str, fields: Header, arrays: Mapping[str, AnyArray], *, uses_chip: bool = True, restores: bool = True
    ) -> Message:
        """A request on run with one answer; see :meth:`again`."""
        return self.again(lambda: self.exchange(kind, fields, arrays, uses_chip).answer(), restores)

    def exchange(self, kind: str, fields: Header, arrays: Mapping[str, AnyArray], uses_chip: bool = True) -> Exchange:
        """Begins a request on run, in this session's name and under its lease."""
        header: Header = {"type": kind, "session": self.session.token, "chip": self.chip}
        if uses_chip:
            header["epoch"] = (self.lease or self.acquire()).epoch
        header["deadline_ms"] = int(self.terms.deadline * 1000)
        if self.acks:
            header["acks"], self.acks[:] = self.acks[-_MOST_ACKS:], []
        return self.connection.exchange({**header, **fields}, payload(self.connection, self.session.token, arrays))

    def again(self, work: Callable[[], _Result], restores: bool) -> _Result:
        """Does work; where the server says that lease, session or state are gone, gets them back and does it again.

        Args:
            work: what is done, each time under a fresh id.
            restores: whether image and weights are needed for it.
        """
        for _ in range(_TRIES - 1):
            try:
                return work()
            except (NoLease, StaleEpoch, NoSession, Lost, ChipFailed) as error:
                log.info("%s; looking how things stand", error)
                self._recover(error, restores)
            except NoImage as error:
                if self.image is None:
                    raise
                self._recover(error, restores)
        return work()

    def _recover(self, error: SynapusError, restores: bool) -> None:
        images: list[Header] = []
        try:
            images = self.session.resume()["images"]
        except NoSession:
            self.session = Session.open(self.connection, self.terms.client)
        self.acquire()
        standing = next((image for image in images if image.get("chip") == self.chip), {})
        is_kept = standing.get("state") == "kept" and not isinstance(error, (Lost, ChipFailed))
        if is_kept or self.image is None or not restores:
            return
        if not self.terms.rewrites or self.image.learns:
            self._writes = {}
            raise ServerRestarted(f"the chip is not as it was left ({error})", images) from error
        log.warning("the server or its worker was started again; image and weights are written anew")
        self.load(self.image, self.checkpoint_every)
        if self._writes:
            self.exchange("weights.write", {}, WeightBlocks.arrays(list(self._writes.values()))).answer()

    def load(self, image: Image, checkpoint_every: int | None) -> None:
        """Puts an image on the chip; nothing needs to be there for it."""
        fields = {} if checkpoint_every is None else {"checkpoint_every": checkpoint_every}
        self.answer("image.load", fields, {"image": image.octets}, restores=False)
