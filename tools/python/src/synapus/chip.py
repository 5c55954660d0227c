"""A chip at a server, as its user sees it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import zmq

from .chipfile import ChipFacts
from .connection import Connection, Exchange, open_socket
from .errors import (
    ChipFailed, InputError, Lost, NoImage, NoLease, NoSession, ProtocolError, ServerRestarted, StaleEpoch, SynapusError,
)  # fmt: skip
from .experiment import Experiment, GradedEvents, RegisterProbe
from .image import Image
from .progress import Progress, follow
from .projection import WeightBlocks
from .protocol import AnyArray, Header, Message, decode
from .recording import Layout, Recording
from .run import RunStream
from .session import Lease, Session
from .spikes import Spikes
from .transfer import payload

__all__ = ["Chip", "ChipInfo", "WrittenWeights"]

log = logging.getLogger("synapus")

_Result = TypeVar("_Result")
# How often work is tried again after the server or its worker was started again.
_TRIES = 3


@dataclass(frozen=True)
class ChipInfo:
    """Which chip it is: the entry of ``hello``."""

    #: The chip's name at the server, and that of its chip file with its hash.
    chip: str
    name: str
    hash: str
    #: ``emulated``, ``ideal`` or what a server calls it.
    kind: str
    chip_seed: int
    trial_seed: int
    #: A uniform relative mismatch; None: the chip file's own spreads.
    mismatch: float | None
    effects: tuple[str, ...]
    takes_exact_weights: bool

    @classmethod
    def read(cls, entry: Header) -> ChipInfo:
        """Reads an entry."""
        try:
            mismatch = entry.get("mismatch")
            return cls(
                chip=str(entry["chip"]), name=str(entry["name"]), hash=str(entry["hash"]), kind=str(entry["kind"]),
                chip_seed=int(entry["chip_seed"]), trial_seed=int(entry["trial_seed"]),
                mismatch=None if mismatch is None else float(mismatch),
                effects=tuple(str(effect) for effect in entry["effects"]),
                takes_exact_weights=entry["takes_exact_weights"] is True,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"the entry of a chip in hello.ok is not understood: {error!r}") from None


@dataclass(frozen=True)
class WrittenWeights:
    """What became of float weights."""

    #: The weights that the chip computes with, by projection: [sender, receiver], copies added up.
    effective: dict[str, npt.NDArray[np.float64]]
    #: Steps that had to be clipped, by projection.
    clipped: dict[str, int]


class Chip:
    """A chip that is held by a session; :func:`synapus.connect` and :func:`synapus.local` make it.

    Use it in one thread at a time; :meth:`cancel` and :meth:`status` may come from any.
    """

    def __init__(
        self, connection: Connection, session: Session, entry: Header, *, lease_mode: str | None, ttl: float, note: str,
        wait: float | None, deadline: float, on_restart: str, client: str, owner: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._connection, self._session = connection, session
        self._ttl, self._note, self._wait, self._client = ttl, note, wait, client
        self._deadline_ms, self._on_restart = int(deadline * 1000), on_restart
        self._owner = owner
        self._is_closed = False
        self._acks: list[str] = []
        self._next_number = 0
        self._image: Image | None = None
        self._checkpoint_every: int | None = None
        self._writes: dict[bytes, WeightBlocks] = {}
        self._progress: tuple[int, int] | None = None
        self.info = ChipInfo.read(entry)
        self._facts: ChipFacts | None = None
        self._lease: Lease | None = None
        self._lease_mode = lease_mode
        if lease_mode is not None:
            self._acquire(wait)

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
        return self._lease

    @property
    def session(self) -> str:
        """The session's token, a secret: ``connect(session=...)`` goes on with it elsewhere."""
        return self._session.token

    @property
    def image(self) -> Image | None:
        """The image that was loaded last."""
        return self._image

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
        answer = self._answer("compile", fields, {"network": np.frombuffer(data, np.uint8)}, uses_chip=False)
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
        self._load(image, checkpoint_every)
        self._image, self._checkpoint_every = image, checkpoint_every
        self._writes, self._progress = {}, None
        return image

    def _load(self, image: Image, checkpoint_every: int | None) -> None:
        fields = {} if checkpoint_every is None else {"checkpoint_every": checkpoint_every}
        # After a restart the image is loaded anyway: nothing needs to be there for it.
        self._answer("image.load", fields, {"image": np.frombuffer(image.data, np.uint8)}, restores=False)

    def read_image(self) -> Image:
        """The loaded image with the weights that are on the chip now."""
        return Image(_octets(self._answer("image.read", {}, {}), "image"))

    def adopt_image(self) -> Image | None:
        """Takes over the image that the session has on the chip already, where it has one."""
        try:
            self._image = self.read_image()
        except NoImage:
            return None
        self._writes, self._progress = {}, None
        return self._image

    def commit(self) -> int:
        """Makes what is on the chip now durable: it outlives the server. Gives the checkpoint's number."""
        return int(self._answer("image.commit", {}, {}).header.get("checkpoint", 0))

    def weights(self, projection: str) -> npt.NDArray[np.float64]:
        """The weights that are on the chip now, [sender, receiver], copies added up, in the network's own unit."""
        return self.read_image().weights(projection, self.facts)

    # Weights

    def write(self, blocks: WeightBlocks | Sequence[WeightBlocks]) -> None:
        """Overwrites rectangles of weights, all or none. They are volatile until :meth:`commit`."""
        parts = [blocks] if isinstance(blocks, WeightBlocks) else list(blocks)
        self._answer("weights.write", {}, WeightBlocks.arrays(parts))
        for part in parts:
            key = part.places.tobytes()
            self._writes.pop(key, None)
            self._writes[key] = part

    def write_weights(self, weights: Mapping[str, npt.ArrayLike], *, exact: bool = False) -> WrittenWeights:
        """Writes float weights of whole projections of the loaded image, rounded as the compiler rounds.

        Args:
            weights: by projection, [sender, receiver], in the network's own unit.
            exact: as real numbers, for chips that take them.
        """
        image = self._loaded()
        parts: list[WeightBlocks] = []
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
            parts.append(blocks)
            written.effective[name] = projection.dense(blocks.values)
            written.clipped[name] = clipped
        self.write(parts)
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
        return self._again(lambda: self._run_once(experiment, progress), restores=True)

    def stream(
        self, inputs: Spikes | Experiment, duration: int | None = None, *, credit: int = 8, **recorded: Any
    ) -> RunStream:
        """Begins a run whose recording is iterated over in parts, as the chip makes them.

        Args:
            inputs: spikes, or a whole experiment; other arguments are those of :meth:`experiment`.
            credit: chunks of up to 1 MiB that may be under way; the chip pauses while nobody takes them.
        """
        experiment = inputs if isinstance(inputs, Experiment) else self.experiment(inputs, duration, **recorded)
        return self._again(lambda: self._begin_run(experiment, credit), restores=True)

    def _run_once(self, experiment: Experiment, progress: bool | Progress | None) -> Recording:
        tell = follow(progress)
        stream = self._begin_run(experiment, 8)
        parts: list[Recording] = []
        for part in stream:
            parts.append(part)
            tell(stream.samples_done, len(experiment.inputs))
        if stream.sums is None or not parts:
            raise ProtocolError("the run has an answer without a recording")
        recording = Recording.joined(parts).with_sums(stream.sums)
        self._check_continuity(recording)
        return recording

    def _begin_run(self, experiment: Experiment, credit: int) -> RunStream:
        credit = max(1, min(credit, self._connection.limits.credit))
        exchange = self._exchange("run", {**experiment.fields(), "credit": credit}, experiment.arrays())
        exchange.credit = credit
        layout, samples = self._layout(experiment), len(experiment.inputs)
        return RunStream(self._connection, exchange, layout, samples, done=self._acks.append)

    def _layout(self, experiment: Experiment) -> Layout:
        populations = self._image.populations.values() if self._image is not None else ()
        return Layout(
            populations={population.name: (population.first_unit, population.count) for population in populations},
            adc_populations=tuple(experiment.adc_populations),
            duration_ticks=experiment.duration_ticks,
            adc_every=experiment.adc_every,
            cycles_per_tick=self.facts.cycles_per_tick,
            seconds_per_cycle=self.facts.seconds_per_cycle,
            acceleration=self.facts.acceleration,
        )

    def _check_continuity(self, recording: Recording) -> None:
        """Runs since the checkpoint only grow, unless the chip's worker was started again behind our back."""
        if recording.checkpoint is None or recording.runs_since is None:
            return
        before, self._progress = self._progress, (recording.checkpoint, recording.runs_since)
        if before is not None and before[0] == recording.checkpoint and recording.runs_since <= before[1]:
            raise Lost("the chip's worker was started again before this run", code="lost")

    # Others

    def calibrate(self, **options: Any) -> dict[str, Any]:
        """Calibrates the chip, where the server offers it and this user may; gives the table."""
        answer = self._answer("calibrate", {"options": _texts(options)}, {})
        table: dict[str, Any] = json.loads(_octets(answer, "table"))
        return table

    def status(self) -> dict[str, Any]:
        """What the server does: phase, chips with holders and queues, totals (docs/protocol.md)."""
        header = self._connection.ask({"type": "status"}).header
        return {key: value for key, value in header.items() if key not in ("type", "id")}

    def cancel(self) -> int:
        """Ends all requests of this session that run or wait, from any thread; gives their number."""
        return int(self._session.ask({"type": "cancel"}).get("cancelled", 0))

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
            self._session.close()
        except SynapusError as error:
            log.debug("closing a session: %s", error)
        finally:
            self._connection.close()
            if self._owner is not None:
                self._owner()

    def __enter__(self) -> Chip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Work

    def _answer(
        self, kind: str, fields: Header, arrays: Mapping[str, AnyArray], *, uses_chip: bool = True, restores: bool = True
    ) -> Message:
        return self._again(lambda: self._exchange(kind, fields, arrays, uses_chip).answer(), restores)

    def _exchange(self, kind: str, fields: Header, arrays: Mapping[str, AnyArray], uses_chip: bool = True) -> Exchange:
        header: Header = {"type": kind, "session": self._session.token, "chip": self.info.chip}
        if uses_chip:
            if self._lease is None:
                self._acquire(self._wait)
            assert self._lease is not None
            header["epoch"] = self._lease.epoch
        header["deadline_ms"] = self._deadline_ms
        if self._acks:
            header["acks"], self._acks = self._acks[-64:], []
        return self._connection.exchange({**header, **fields}, payload(self._connection, self._session.token, arrays))

    def _again(self, work: Callable[[], _Result], restores: bool) -> _Result:
        """Does work; where the server says that lease, session or state are gone, gets them back and does it again."""
        for _ in range(_TRIES - 1):
            try:
                return work()
            except (NoLease, StaleEpoch, NoSession, Lost, ChipFailed) as error:
                log.info("%s; looking how things stand", error)
                self._recover(error, restores)
            except NoImage as error:
                if self._image is None:
                    raise
                self._recover(error, restores)
        return work()

    def _recover(self, error: SynapusError, restores: bool) -> None:
        image: Header | None = None
        images: list[Header] = []
        try:
            images = self._session.resume()["images"]
            image = next((image for image in images if image.get("chip") == self.info.chip), None)
        except NoSession:
            self._session = Session.open(self._connection, self._client)
        self._acquire(self._wait)
        is_kept = image is not None and image.get("state") == "kept" and not isinstance(error, (Lost, ChipFailed))
        if is_kept or self._image is None or not restores:
            return
        self._progress = None
        if self._on_restart != "rewrite" or self._image.learns:
            self._writes = {}
            raise ServerRestarted(f"the chip is not as it was left ({error})", images) from error
        log.warning("the server or its worker was started again; image and weights are written anew")
        self._load(self._image, self._checkpoint_every)
        if self._writes:
            arrays = WeightBlocks.arrays(list(self._writes.values()))
            self._exchange("weights.write", {}, arrays).answer()

    def _acquire(self, wait: float | None) -> None:
        self._lease = self._session.acquire(
            self.info.chip, self._lease_mode or "shared", ttl=self._ttl, note=self._note, wait=wait
        )

    def _loaded(self) -> Image:
        if self._image is None:
            raise InputError("no image was loaded; load() one first")
        return self._image


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
