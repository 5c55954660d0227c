"""How far a run is: tqdm where it is installed, a line now and then where it is not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Progress", "follow"]

#: Told how many samples are done, and of how many.
Progress = Callable[[int, int], None]


def follow(progress: bool | Progress | None, words: str = "samples") -> Progress:
    """What to call with each step: nothing, the caller's own function, or a display on standard error."""
    if progress is None or progress is False:
        return lambda done, total: None
    if progress is not True:
        return progress
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Lines(words)
    return _Bar(tqdm, words)


class _Bar:
    def __init__(self, kind: Any, words: str) -> None:
        self._kind, self._words = kind, words
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._kind(total=total, unit=f" {self._words}", leave=False)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()
            self._bar = None


class _Lines:
    """A line each five seconds, for logs and for terminals without tqdm."""

    SECONDS = 5.0

    def __init__(self, words: str) -> None:
        self._words = words
        self._started = self._said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said < self.SECONDS or done == 0:
            return
        self._said = now
        left = (now - self._started) * (total - done) / done
        print(f"{done}/{total} {self._words}, {left:.0f} s left", file=sys.stderr)
