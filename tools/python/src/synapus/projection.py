"""Where the weights of a projection lie on a chip, and how float weights become steps and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .protocol import AnyArray

__all__ = ["Block", "Projection", "WeightBlocks"]

_Indices = npt.NDArray[np.int64]
_MOST = 1 << 28
_MOST_PLACES = 1 << 26


def _none() -> _Indices:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class WeightBlocks:
    """Rectangles of weights for ``weights.write``, their numbers one rectangle after the other, pair by pair.

    Attributes:
        places: i32 [blocks, 5]: core, first row pair, pairs, first column, columns.
        values: i8 steps within the chip's largest weight, or f64 for chips that take exact weights.
    """

    places: npt.NDArray[np.int32]
    values: npt.NDArray[np.int8] | npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.places.ndim != 2 or self.places.shape[1] != 5:
            raise InputError("places are core, first pair, pairs, first column and columns of each block")
        if self.values.dtype not in (np.int8, np.float64) or self.values.ndim != 1:
            raise InputError("values are a list of i8 steps or of f64 numbers")
        needed = int((self.places[:, 2].astype(np.int64) * self.places[:, 4]).sum())
        if needed != len(self.values):
            raise InputError(f"the blocks hold {needed} weights, not {len(self.values)}")

    @staticmethod
    def arrays(parts: Sequence[WeightBlocks]) -> dict[str, AnyArray]:
        """Several of them as the wire has them; those of one kind keep their order."""
        rows, steps, exact = [], [np.zeros(0, np.int8)], [np.zeros(0, np.float64)]
        for part in parts:
            is_exact = part.values.dtype == np.float64
            kinds = np.full((len(part.places), 1), int(is_exact), np.int32)
            rows.append(np.concatenate([part.places.astype(np.int32), kinds], axis=1))
            (exact if is_exact else steps).append(part.values)  # type: ignore[arg-type]
        return {
            "blocks": np.concatenate(rows) if rows else np.zeros((0, 6), np.int32),
            "steps": np.concatenate(steps),
            "exact": np.concatenate(exact),
        }


@dataclass(frozen=True)
class Block:
    """A rectangle of synapses: pair ``first_pair + k`` belongs to line ``first_line + k``, or to ``lines[k]``."""

    core: int
    first_pair: int
    pairs: int
    first_column: int
    columns: int
    first_line: int
    first_target: int
    lines: _Indices = field(default_factory=_none)
    targets: _Indices = field(default_factory=_none)

    def all_lines(self) -> _Indices:
        """The projection's line of each pair."""
        return self.lines if len(self.lines) else self.first_line + np.arange(self.pairs)

    def all_targets(self) -> _Indices:
        """The receiver of each column."""
        return self.targets if len(self.targets) else self.first_target + np.arange(self.columns)


@dataclass(frozen=True)
class Projection:
    """Synapses from a population, or from the input channels (source None), onto a population.

    Float weights are [sender, receiver] in the network's own unit. A weight w over n copies becomes, in copy r,
    ``clip(rint(w / (n weight_per_step) + (r + 1/2) / n - 1/2))``: fixed offsets make n copies n times finer than one.
    """

    name: str
    source: str | None
    target: str
    senders: int
    receivers: int
    #: Row pairs of each sender; ``sender_copies`` says otherwise for single ones.
    copies: int
    #: What one step of stored weight means in the network's own unit.
    weight_per_step: float
    blocks: tuple[Block, ...]
    sender_copies: _Indices = field(default_factory=_none)
    #: Factors on ``weight_per_step``, one a receiver; empty: all 1.
    receiver_scales: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if (
            max(self.senders, 1) * max(self.receivers, 1) > _MOST
            or not 1 <= self.copies <= 65_536
            or not self.weight_per_step > 0
        ):
            raise InputError(f"projection '{self.name}' has impossible sizes")
        if len(self.sender_copies) not in (0, self.senders) or np.any(self.sender_copies < 1):
            raise InputError(f"projection '{self.name}' has copies for other senders")
        if len(self.receiver_scales) not in (0, self.receivers) or np.any(self.receiver_scales <= 0):
            raise InputError(f"projection '{self.name}' has scales for other receivers")
        if sum(block.pairs * block.columns for block in self.blocks) > _MOST_PLACES:
            raise InputError(f"projection '{self.name}' has more than {_MOST_PLACES} places of weights")
        lines = int(self.sender_copies.sum()) if len(self.sender_copies) else self.senders * self.copies
        for block in self.blocks:
            if len(block.lines) not in (0, block.pairs) or len(block.targets) not in (0, block.columns):
                raise InputError(f"a block of projection '{self.name}' has lines or receivers for other pairs or columns")
            if block.pairs == 0 or block.columns == 0:
                continue
            if block.all_lines().max() >= lines or block.all_targets().max() >= self.receivers:
                raise InputError(f"a block of projection '{self.name}' has a line or a receiver that there is not")

    @property
    def shape(self) -> tuple[int, int]:
        """(senders, receivers)."""
        return self.senders, self.receivers

    def largest(self, largest_step: int, copies: int | None = None) -> float:
        """The largest weight that all copies together can hold, with the chip's largest step."""
        return largest_step * self.weight_per_step * (self.copies if copies is None else copies)

    def quantise(self, weights: npt.ArrayLike, largest_step: int) -> tuple[WeightBlocks, int]:
        """The blocks of steps for float weights, and how many steps had to be clipped."""
        plan = self._plan
        raw = plan.unrounded(self._flat(weights))
        limit = largest_step + 0.5
        clipped = 0
        # A comparison with a weight that is no number fails.
        if len(raw) and not (-limit < raw.min() and raw.max() < limit):
            clipped = int(np.count_nonzero(~(np.abs(raw) < limit)))
            raw = np.clip(np.nan_to_num(raw, nan=-largest_step), -largest_step, largest_step)
        return WeightBlocks(plan.places, np.rint(raw, out=raw).astype(np.int8)), clipped

    def exact(self, weights: npt.ArrayLike) -> WeightBlocks:
        """The blocks of real numbers of steps, for chips that take exact weights."""
        plan = self._plan
        return WeightBlocks(plan.places, self._flat(weights).astype(np.float64)[plan.index] * plan.scale)

    def dense(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The float weights that the values of blocks stand for, [sender, receiver], copies added up."""
        plan = self._plan
        numbers = np.asarray(values, np.float64)
        if numbers.shape != plan.index.shape:
            raise InputError(f"projection '{self.name}' has {len(plan.index)} places, not {numbers.shape}")
        sums = np.bincount(plan.index, numbers, self.senders * self.receivers).reshape(self.shape)
        scales = self.receiver_scales if len(self.receiver_scales) else np.ones(self.receivers)
        return np.asarray(sums * self.weight_per_step * scales, np.float64)

    def _flat(self, weights: npt.ArrayLike) -> npt.NDArray[np.floating]:
        array = np.asarray(weights)
        if array.shape != self.shape:
            raise InputError(
                f"projection '{self.name}' needs weights [{self.senders}, {self.receivers}], not {list(array.shape)}"
            )
        if array.dtype not in (np.float32, np.float64):
            array = array.astype(np.float64)
        return array.ravel()

    @cached_property
    def _plan(self) -> _Plan:
        """For each place of all blocks: which weight it is of, and how it is rounded."""
        copies = self.sender_copies if len(self.sender_copies) else np.full(self.senders, self.copies)
        first_line = np.concatenate([[0], np.cumsum(copies)])
        index, scale, offset = [], [], []
        for block in self.blocks:
            lines, targets = block.all_lines(), block.all_targets()
            sender = np.searchsorted(first_line, lines, "right") - 1
            share = 1 / copies[sender]
            shift = (0.5 * share - 0.5) + (lines - first_line[sender]) * share
            steps = share / self.weight_per_step
            scales = 1 / self.receiver_scales[targets] if len(self.receiver_scales) else np.ones(len(targets))
            index.append((sender[:, None] * self.receivers + targets[None, :]).ravel())
            scale.append((steps[:, None] * scales[None, :]).ravel())
            offset.append(np.repeat(shift, len(targets)))
        places = [(block.core, block.first_pair, block.pairs, block.first_column, block.columns) for block in self.blocks]
        return _Plan(
            np.array(places, np.int32).reshape(-1, 5),
            np.concatenate(index) if index else _none(),
            np.concatenate(scale) if scale else np.zeros(0),
            np.concatenate(offset) if offset else np.zeros(0),
        )


@dataclass(frozen=True)
class _Plan:
    places: npt.NDArray[np.int32]
    index: _Indices
    scale: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]

    def unrounded(self, flat: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Steps before they are rounded, in the weights' own precision, as the compiler has them."""
        is_in_order, one_scale, is_shifted = self._shape
        picked = flat if is_in_order and len(flat) == len(self.index) else flat[self.index]
        raw = picked * (flat.dtype.type(self.scale[0]) if one_scale else self.scale.astype(flat.dtype, copy=False))
        return raw + self.offset.astype(flat.dtype, copy=False) if is_shifted else raw

    @cached_property
    def _shape(self) -> tuple[bool, bool, bool]:
        """Whether places and weights are in the same order, all scales are one, and some copy has an offset."""
        return (
            np.array_equal(self.index, np.arange(len(self.index))),
            len(self.scale) > 0 and bool(np.all(self.scale == self.scale[0])),
            bool(np.any(self.offset)),
        )
