"""The weights that were written on a session's image: those on the chip, and those on their way."""

from __future__ import annotations

from collections.abc import Iterable

from .projection import WeightBlocks
from .protocol import AnyArray

__all__ = ["WeightLedger"]


class WeightLedger:
    """Keeps the last weights of each list of rectangles, to be written, or to be written anew.

    Weights wait for the request that takes them along; what is on the chip is kept for the day when the chip loses it.
    """

    def __init__(self) -> None:
        self._waiting: dict[bytes, WeightBlocks] = {}
        self._on_chip: dict[bytes, WeightBlocks] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether there are weights that the chip has not got yet."""
        return bool(self._waiting)

    def add(self, parts: Iterable[WeightBlocks]) -> None:
        """Weights to be written; of those for the same rectangles the last ones count."""
        _overwrite(self._waiting, parts)

    def waiting(self) -> dict[str, AnyArray]:
        """What waits, as the wire has it; nothing where nothing does."""
        return WeightBlocks.arrays(list(self._waiting.values())) if self._waiting else {}

    def arrived(self) -> None:
        """Notes that what waited is on the chip."""
        _overwrite(self._on_chip, self._waiting.values())
        self._waiting = {}

    def on_chip(self) -> dict[str, AnyArray]:
        """All that was written since the image was loaded, as the wire has it; nothing where nothing was."""
        return WeightBlocks.arrays(list(self._on_chip.values())) if self._on_chip else {}

    def drop(self) -> None:
        """Forgets what waits."""
        self._waiting = {}

    def forget(self) -> None:
        """Forgets everything: the image is another."""
        self._waiting, self._on_chip = {}, {}


def _overwrite(kept: dict[bytes, WeightBlocks], parts: Iterable[WeightBlocks]) -> None:
    for part in parts:
        key = part.places.tobytes()
        kept.pop(key, None)
        kept[key] = part
