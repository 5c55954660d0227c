"""A run under way: its recording comes in parts as the chip makes them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .errors import Cancelled, ProtocolError, SynapusError
from .protocol import AnyArray, Header, Message
from .recording import Layout, Recording
from .transfer import Parts, grant

if TYPE_CHECKING:
    from .connection import Connection
    from .exchange import Exchange

__all__ = ["RunStream"]

log = logging.getLogger("synapus")

# How long the answer to a cancelled run is waited for, in seconds; the server needs 0.1.
_SECONDS_TO_CANCEL = 5.0


class RunStream:
    """Iterates over the parts of a run's recording, each as soon as it is here.

    A part holds consecutive samples; :attr:`sums` has counts, energy and times after the last. The chip pauses, and others
    use it, while parts are not taken. Leaving the loop early, also by Ctrl-C, cancels the run.
    """

    def __init__(
        self, connection: Connection, exchange: Exchange, layout: Layout, samples: int, done: Callable[[str], None]
    ) -> None:
        self._done = done
        self._connection, self._exchange, self._layout = connection, exchange, layout
        self._parts = Parts(connection.limits.result_bytes)
        self._total, self._next_sample = samples, 0
        self._is_over = False
        #: The header of the answer, after the last part.
        self.sums: Header | None = None

    @property
    def id(self) -> str:
        """The run's name at the server."""
        return self._exchange.id

    @property
    def samples_done(self) -> int:
        """Samples that have come."""
        return self._next_sample

    def __iter__(self) -> Iterator[Recording]:
        try:
            while not self._is_over:
                part = self._take(self._exchange.next())
                if part is not None:
                    yield part
        except (GeneratorExit, KeyboardInterrupt):
            self.cancel()
            raise
        finally:
            self._end()

    def result(self) -> Recording:
        """The whole recording, with its sums."""
        parts = list(self)
        if self.sums is None:
            raise ProtocolError("the run was ended before its recording was whole")
        if not parts:
            raise ProtocolError("the run has an answer without a recording")
        return Recording.joined(parts).with_sums(self.sums)

    def cancel(self) -> None:
        """Ends the run on the chip, which is left as it was before the run."""
        if self._is_over or self._connection.is_closed:
            return
        self._is_over = True
        session = self._exchange.session
        try:
            self._connection.ask({"type": "cancel", "session": session, "target": self.id}, timeout=_SECONDS_TO_CANCEL)
            deadline = time.monotonic() + _SECONDS_TO_CANCEL
            while not self._exchange.is_answer(self._exchange.next(max(deadline - time.monotonic(), 0.1))):
                pass
        except Cancelled:
            pass
        except (SynapusError, TimeoutError) as error:
            log.warning("cancelling a run: %s", error)
        finally:
            self._end()

    def _take(self, message: Message) -> Recording | None:
        if message.type == "run.chunk":
            done = self._parts.take(message)
            self._exchange.received = self._parts.chunks
            grant(self._connection, self._exchange, self._parts)
            return self._part(done[0], done[1]) if done else None
        if not self._exchange.is_answer(message):
            return None
        if not self._parts.finish(message):
            # Chunks were lost with a connection.
            self._exchange.attach()
            return None
        self._is_over = True
        part = self._part(message.arrays, message.header) if message.arrays else None
        if self._next_sample != self._total:
            raise ProtocolError(f"the recording ends after {self._next_sample} of {self._total} samples")
        self.sums = message.header
        self._done(self.id)
        return part

    def _part(self, arrays: dict[str, AnyArray], header: Header) -> Recording:
        samples = header.get("samples")
        if not isinstance(samples, list) or len(samples) != 2 or not all(isinstance(n, int) for n in samples):
            raise ProtocolError("a part of a recording does not say its samples")
        first, count = samples
        if first != self._next_sample or not 0 <= count <= self._total - first:
            raise ProtocolError(f"a part of a recording holds samples {first} to {first + count - 1}, not the next ones")
        self._next_sample += count
        return Recording.of_arrays(arrays, self._layout, first, count)

    def _end(self) -> None:
        self._exchange.end()
