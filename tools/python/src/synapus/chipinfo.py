"""Which chip it is, as the server's greeting says."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ProtocolError
from .protocol import Header

__all__ = ["ChipInfo"]


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
