"""A chip at a server, as its user sees it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import zmq

from .channel import open_socket
from .chipfile import ChipFacts
from .chipinfo import ChipInfo
from .connection import Connection
from .errors import InputError, NoImage, ProtocolError, SynapusError
from .experiment import Experiment, GradedEvents, RegisterProbe
from .image import Image
from .progress import Progress, follow
from .projection import Projection, WeightBlocks
from .protocol import AnyArray, Header, Message, decode
from .recording import Layout, Recording
from .run import RunStream
from .seat import Seat, Terms
from .session import Lease, Session
from .spikes import Spikes

__all__ = ["Chip", "WrittenWeights"]

log = logging.getLogger("synapus")


@dataclass(frozen=True)
class WrittenWeights:
    """What became of float weights."""

    #: Steps that had to be clipped, by projection.
    clipped: dict[str, int]
    _values: dict[str, tuple[Projection, WeightBlocks]]

    @cached_property
    def effective(self) -> dict[str, npt.NDArray[np.float64]]:
        """The weights that the chip computes with, by projection: [sender, receiver], copies added up."""
        return {name: projection.dense(blocks.values) for name, (projection, blocks) in self._values.items()}


class Chip:
    """A chip that is held by a session; :func:`synapus.connect` and :func:`synapus.local` make it.

    Use it in one thread at a time; :meth:`cancel` and :meth:`status` may come from any.
    """

    def __init__(
        self, connection: Connection, session: Session, entry: Header, terms: Terms, owner: Callable[[], None] | None = None
    ) -> None:
        """Takes a connection and an open session; ``owner`` is called when all is closed."""
        self.info = ChipInfo.read(entry)
        self._connection, self._owner = connection, owner
        self._seat = Seat(connection, session, self.info.chip, terms)
        self._facts: ChipFacts | None = None
        self._next_number = 0
        self._is_closed = False

    # What it is

    @property
    def facts(self) -> ChipFacts:
        """Numbers of the chip file; asked for once."""
        if self._facts is None:
            answer = self._connection.ask({"type": "chip.info", "chip": self.info.chip})
            text = answer.array("chip_file", "u8").tobytes().decode("utf-8", "replace")
            self._facts = ChipFacts.read(text)
        return self._facts

    @property
    def endpoint(self) -> str:
        """The server's control endpoint."""
        return self._connection.endpoint

    @property
    def features(self) -> tuple[str, ...]:
        """What the server offers besides: ``compile``, ``calibrate``."""
        return self._connection.greeting.features

    @property
    def lease(self) -> Lease | None:
        """The right to use the chip, as last granted."""
        return self._seat.lease

    @property
    def session(self) -> str:
        """The session's token, a secret: ``connect(session=...)`` goes on with it elsewhere."""
        return self._seat.session.token

    @property
    def image(self) -> Image | None:
        """The image that was loaded last."""
        return self._seat.image

    def __repr__(self) -> str:
        return f"<Chip {self.info.chip} ({self.info.name}, {self.info.kind}) at {self.endpoint}>"

    # Images

    def compile(self, network: str | os.PathLike[str] | bytes, **options: Any) -> Image:
        """Compiles a network for this chip, by the server.

        Args:
            network: the path of a NIR file, or its bytes.
            options: the long options of ``synapus compile`` with underscores, as ``dt=1e-4, copies={"fc1": 5}``.

        Returns:
            The image, with the compiler's report as :attr:`Image.report`.
        """
        data = network if isinstance(network, bytes) else Path(network).read_bytes()
        fields = {"options": _texts(options)}
        answer = self._seat.answer("compile", fields, {"network": np.frombuffer(data, np.uint8)}, uses_chip=False)
        return Image(_octets(answer, "image"), json.loads(_octets(answer, "report")))

    def load(self, image: Image | str | os.PathLike[str] | bytes, *, checkpoint_every: int | None = None) -> Image:
        """Puts an image on the chip; what was there before in this session goes.

        Args:
            image: an image, the path of a ``.chip`` file, or its bytes.
            checkpoint_every: runs between two checkpoints, 0 for none; by default 1 for images that learn, else 0.
        """
        if isinstance(image, (bytes, bytearray)):
            image = Image(image)
        elif not isinstance(image, Image):
            image = Image.read(image)
        self._seat.load(image, checkpoint_every)
        return image

    def read_image(self) -> Image:
        """The loaded image with the weights that are on the chip now."""
        return Image(_octets(self._seat.answer("image.read", {}, {}), "image"))

    def adopt_image(self) -> Image | None:
        """Takes over the image that the session has on the chip already, where it has one."""
        try:
            image = self.read_image()
        except NoImage:
            return None
        self._seat.holds(image)
        return image

    def commit(self) -> int:
        """Makes what is on the chip now durable: it outlives the server. Gives the checkpoint's number."""
        return int(self._seat.answer("image.commit", {}, {}).header.get("checkpoint", 0))

    def weights(self, projection: str) -> npt.NDArray[np.float64]:
        """The weights that are on the chip now, [sender, receiver], copies added up, in the network's own unit."""
        return self.read_image().weights(projection, self.facts)

    # Weights

    def write(self, blocks: WeightBlocks | Sequence[WeightBlocks]) -> None:
        """Overwrites rectangles of weights, all or none. They are volatile until :meth:`commit`.

        They go to the chip together with the next run, or before anything else that uses the chip: where the chip does not
        take them, that call raises :class:`WeightsRefused`, and they are forgotten.
        """
        parts = [blocks] if isinstance(blocks, WeightBlocks) else blocks
        # The caller may go on to change their arrays.
        self._seat.write([replace(part, places=part.places.copy(), values=part.values.copy()) for part in parts])

    def write_weights(self, weights: Mapping[str, npt.ArrayLike], *, exact: bool = False) -> WrittenWeights:
        """Writes float weights of whole projections of the loaded image, rounded as the compiler rounds; see :meth:`write`.

        Args:
            weights: by projection, [sender, receiver], in the network's own unit.
            exact: as real numbers, for chips that take them.
        """
        image = self._loaded()
        written = WrittenWeights({}, {})
        for name, values in weights.items():
            projection = image.projection(name)
            if exact:
                blocks, clipped = projection.exact(values), 0
            elif not self.facts.weights_are_linear:
                raise InputError(
                    f"on chip {self.info.name} charge does not go with the stored weight; give blocks of steps to write()"
                )
            else:
                blocks, clipped = projection.quantise(values, self.facts.largest_weight)
            written.clipped[name] = clipped
            written._values[name] = (projection, blocks)
        self._seat.write([blocks for _, blocks in written._values.values()])
        return written

    # Runs

    def experiment(
        self, inputs: Spikes, duration: int | None = None, *, adc: Sequence[str] = (), adc_every: int | None = None,
        record_spikes: bool = True, sample_numbers: npt.ArrayLike | None = None,
        traces: Sequence[tuple[int, int]] = (), fast_adc: tuple[int, int] | None = None,
        sensed_cores: Sequence[int] = (), probed_cores: Sequence[int] = (), graded: GradedEvents | None = None,
        registers: Sequence[RegisterProbe] = (), draws: Mapping[str, npt.ArrayLike] | None = None,
    ) -> Experiment:  # fmt: skip
        """An experiment on the loaded image; what is left out comes from the image and the chip.

        Args:
            inputs: spikes on the image's input channels.
            duration: ticks of a sample.
            adc: populations that the column ADC reads, every ``adc_every`` ticks (by default as fast as the chip can).
            sample_numbers: with the chip's trial seed they fix the trial noise; by default each sample gets a new one.
            traces: (core, column) of circuits whose membrane is traced.
        """
        if duration is None:
            duration = self._loaded().duration_ticks
        if sample_numbers is None:
            sample_numbers = np.arange(self._next_number, self._next_number + len(inputs), dtype=np.uint64)
            self._next_number += len(inputs)
        return Experiment(
            inputs=inputs, duration_ticks=duration, sample_numbers=sample_numbers, record_spikes=record_spikes,
            adc_populations=tuple(adc), adc_every=self.facts.adc_every if adc_every is None else adc_every,
            traced_circuits=tuple(traces), fast_adc=fast_adc, sensed_cores=tuple(sensed_cores),
            probed_cores=tuple(probed_cores), graded=graded, registers=tuple(registers), draws=draws,
        )  # fmt: skip

    def run(
        self, inputs: Spikes | Experiment, duration: int | None = None, *, progress: bool | Progress | None = None,
        **recorded: Any,
    ) -> Recording:  # fmt: skip
        """Runs one mini-batch and gives its recording; arguments are those of :meth:`experiment`.

        Ctrl-C cancels the run on the chip, which is then as it was before, and leaves the session usable.

        Args:
            inputs: spikes, or a whole experiment.
            progress: True for a display, or a function that is told samples done and in all.
        """
        experiment = inputs if isinstance(inputs, Experiment) else self.experiment(inputs, duration, **recorded)

        def once() -> Recording:
            return self._seat.with_weights(lambda weights: self._run_once(experiment, progress, weights))

        return self._seat.again(once, restores=True)

    def stream(
        self, inputs: Spikes | Experiment, duration: int | None = None, *, credit: int = 8, **recorded: Any
    ) -> RunStream:
        """Begins a run whose recording is iterated over in parts, as the chip makes them.

        Args:
            inputs: spikes, or a whole experiment; other arguments are those of :meth:`experiment`.
            credit: chunks of up to 1 MiB that may be under way; the chip pauses while nobody takes them.
        """
        experiment = inputs if isinstance(inputs, Experiment) else self.experiment(inputs, duration, **recorded)

        def begin() -> RunStream:
            self._seat.settle()
            return self._begin_run(experiment, credit, {})

        return self._seat.again(begin, restores=True)

    def _run_once(
        self, experiment: Experiment, progress: bool | Progress | None, weights: Mapping[str, AnyArray]
    ) -> Recording:
        tell = follow(progress)
        stream = self._begin_run(experiment, 8, weights)
        parts: list[Recording] = []
        for part in stream:
            parts.append(part)
            tell(stream.samples_done, len(experiment.inputs))
        if stream.sums is None or not parts:
            raise ProtocolError("the run has an answer without a recording")
        return Recording.joined(parts).with_sums(stream.sums)

    def _begin_run(self, experiment: Experiment, credit: int, weights: Mapping[str, AnyArray]) -> RunStream:
        credit = max(1, min(credit, self._connection.limits.credit))
        fields = {**experiment.fields(), "credit": credit, "narrow": True}
        exchange = self._seat.exchange("run", fields, {**experiment.arrays(), **weights})
        exchange.credit = credit
        layout, samples = self._layout(experiment), len(experiment.inputs)
        return RunStream(self._connection, exchange, layout, samples, done=self._seat.acks.append)

    def _layout(self, experiment: Experiment) -> Layout:
        populations = self.image.populations.values() if self.image is not None else ()
        return Layout(
            populations={population.name: (population.first_unit, population.count) for population in populations},
            adc_populations=tuple(experiment.adc_populations),
            duration_ticks=experiment.duration_ticks,
            adc_every=experiment.adc_every,
            cycles_per_tick=self.facts.cycles_per_tick,
            seconds_per_cycle=self.facts.seconds_per_cycle,
            acceleration=self.facts.acceleration,
        )

    # Others

    def calibrate(self, **options: Any) -> dict[str, Any]:
        """Calibrates the chip, where the server offers it and this user may; gives the table."""
        answer = self._seat.answer("calibrate", {"options": _texts(options)}, {})
        table: dict[str, Any] = json.loads(_octets(answer, "table"))
        return table

    def status(self) -> dict[str, Any]:
        """What the server does: phase, chips with holders and queues, totals (docs/protocol.md)."""
        header = self._connection.ask({"type": "status"}).header
        return {key: value for key, value in header.items() if key not in ("type", "id")}

    def cancel(self) -> int:
        """Ends all requests of this session that run or wait, from any thread; gives their number."""
        return int(self._seat.session.ask({"type": "cancel"}).get("cancelled", 0))

    def events(self, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """What the server publishes, one dictionary each (``type``, ``sequence`` ...), until ``timeout`` seconds of silence.

        Events may be lost; a gap in ``sequence`` shows it.
        """
        connection = self._connection
        socket = open_socket(connection.context, zmq.SUB, connection.greeting.events_endpoint, connection.key)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        try:
            while socket.poll(None if timeout is None else int(timeout * 1000)):
                yield decode(socket.recv_multipart()).header
        finally:
            socket.close(0)

    def close(self) -> None:
        """Ends the session, the connection, and a server of one's own."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._seat.session.close()
        except SynapusError as error:
            log.debug("closing a session: %s", error)
        finally:
            self._connection.close()
            if self._owner is not None:
                self._owner()

    def __enter__(self) -> Chip:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _loaded(self) -> Image:
        if self.image is None:
            raise InputError("no image was loaded; load() one first")
        return self.image


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    """Options as texts under the names of the program's long options."""
    texts: dict[str, str] = {}
    for name, value in options.items():
        if value is None or value is False:
            continue
        if value is True:
            text = "true"
        elif isinstance(value, Mapping):
            text = ",".join(f"{key}={item}" for key, item in value.items())
        elif isinstance(value, (list, tuple)):
            text = ",".join(str(item) for item in value)
        else:
            text = str(value)
        texts[name.replace("_", "-")] = text
    return texts


def _octets(answer: Message, name: str) -> bytes:
    return answer.array(name, "u8").tobytes()
