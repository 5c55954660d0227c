"""What a fault test measures and must hold."""

import time


class Broken(Exception):
    """A figure that does not hold, or a state that must not be."""


class Report:
    """Figures of one test; `must` also judges."""

    def __init__(self, is_long):
        self.is_long = is_long
        self.figures = {}

    def note(self, name, value):
        self.figures[name] = round(value, 3) if isinstance(value, float) else value

    def must(self, name, value, condition, what=""):
        """A count, a state or a digest: judged in both forms."""
        self.note(name, value)
        if not condition:
            raise Broken(f"{name} = {value} {what}".strip())

    def must_if_long(self, name, value, condition, what=""):
        """A time, a rate or a size: judged by the long form alone."""
        self.note(name, value)
        if self.is_long and not condition:
            raise Broken(f"{name} = {value} {what}".strip())


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


class Stopwatch:
    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.start
