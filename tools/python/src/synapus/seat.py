"""A session's place at one chip: its lease and image, got back when the server or the line lost them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .connection import Connection
from .errors import (
    BadHeader, BadPayload, ChipFailed, ChipRefused, Lost, NoImage, NoLease, NoSession, ServerRestarted, StaleEpoch,
    SynapusError, TooLarge, WeightsRefused,
)  # fmt: skip
from .exchange import Exchange
from .image import Image
from .ledger import WeightLedger
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
# What a server answers where the request itself is at fault.
_REFUSALS = (BadHeader, BadPayload, ChipRefused, TooLarge)


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
    """Does work on a chip, with what it takes to do it again: the image, and the weights that were written on it."""

    def __init__(self, connection: Connection, session: Session, chip: str, terms: Terms) -> None:
        self.connection, self.session, self.chip, self.terms = connection, session, chip, terms
        self.lease: Lease | None = None
        #: What was loaded last, and how often it is checkpointed.
        self.image: Image | None = None
        self.checkpoint_every: int | None = None
        #: Finished runs that are not acknowledged yet.
        self.acks: list[str] = []
        self.weights = WeightLedger()
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
        self.weights.forget()

    # Weights

    def write(self, parts: list[WeightBlocks]) -> None:
        """Keeps weights for the next request that uses the chip; without an image they are refused at once."""
        self.weights.add(parts)
        if self.image is None:
            try:
                self.again(self.settle, restores=True)
            finally:
                self.weights.drop()

    def settle(self) -> None:
        """Sends the weights that wait, by themselves.

        Raises:
            WeightsRefused: and forgets them.
        """
        if not self.weights.is_waiting:
            return
        try:
            self.exchange("weights.write", {}, self.weights.waiting()).answer()
        except _REFUSALS as error:
            self.weights.drop()
            raise WeightsRefused.because(error) from error
        self.weights.arrived()

    def with_weights(self, work: Callable[[Mapping[str, AnyArray]], _Result]) -> _Result:
        """Work whose request takes the weights along that wait; it is given their arrays."""
        try:
            result = work(self.weights.waiting())
        except _REFUSALS:
            # It may be the weights that were refused: alone they are, or are not.
            self.settle()
            raise
        self.weights.arrived()
        return result

    # Work

    def answer(self, kind: str, fields: Header, arrays: Mapping[str, AnyArray], *, uses_chip: bool = True) -> Message:
        """A request on run with one answer, behind the weights that wait; see :meth:`again`."""

        def work() -> Message:
            if uses_chip:
                self.settle()
            return self.exchange(kind, fields, arrays, uses_chip).answer()

        return self.again(work, restores=True)

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
            self.session.resume()
        except NoSession:
            self.session = Session.open(self.connection, self.terms.client)
            self.acquire()
        else:
            self.acquire()
            # Until the lease was granted more may have been lost.
            images = self.session.resume()["images"]
        standing = next((image for image in images if image.get("chip") == self.chip), {})
        is_kept = standing.get("state") == "kept" and not isinstance(error, (Lost, ChipFailed))
        if is_kept or self.image is None or not restores:
            return
        if not self.terms.rewrites or self.image.learns:
            self.weights.forget()
            raise ServerRestarted(f"the chip is not as it was left ({error})", images) from error
        log.warning("the server or its worker was started again; image and weights are written anew")
        self._put(self.image, self.checkpoint_every)
        if written := self.weights.on_chip():
            self.exchange("weights.write", {}, written).answer()

    def load(self, image: Image, checkpoint_every: int | None) -> None:
        """Puts an image on the chip, in place of what is there."""
        try:
            self.again(self.settle, restores=False)
        except NoImage:
            self.weights.drop()  # They were for an image that is gone, and is replaced.
        self._put(image, checkpoint_every)
        self.holds(image, checkpoint_every)

    def _put(self, image: Image, checkpoint_every: int | None) -> None:
        fields = {} if checkpoint_every is None else {"checkpoint_every": checkpoint_every}
        self.again(lambda: self.exchange("image.load", fields, {"image": image.octets}).answer(), restores=False)
