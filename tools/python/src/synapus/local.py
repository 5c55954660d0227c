"""A server of one's own: `synapus serve` on a socket file that nobody else knows."""

from __future__ import annotations

import atexit
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path
from typing import Any

from .errors import LocalServerError

__all__ = ["LocalServer", "find_program"]

_LONGEST_LINE = 4096


def find_program(program: str | os.PathLike[str] | None = None) -> str:
    """The path of the program ``synapus``.

    It is ``program``, or ``$SYNAPUS_PROGRAM``, or ``synapus`` on the PATH, or the release build of the checkout that this
    package, or the current folder, lies in.
    """
    named = os.fspath(program) if program is not None else os.environ.get("SYNAPUS_PROGRAM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise LocalServerError(f"'{named}' is no program that can be started")
        return os.path.abspath(found)
    found = shutil.which("synapus")
    # A script of this package's own environment would start itself.
    if found is not None:
        return found
    for start in (Path(__file__).resolve(), Path.cwd().resolve() / "x"):
        for folder in start.parents:
            built = folder / ".build/release/synapus"
            if os.access(built, os.X_OK):
                return str(built)
    raise LocalServerError(
        "the program 'synapus' was not found; build it (swift build -c release), put it on the PATH, or set SYNAPUS_PROGRAM"
    )


class LocalServer:
    """`synapus serve` as a process of this one; ends with it, whatever that end is.

    A small process in between holds a pipe to this one and ends the server when it breaks.
    """

    def __init__(self, arguments: list[str], program: str | os.PathLike[str] | None = None, timeout: float = 30.0) -> None:
        """Starts the server, and waits until it says its endpoint.

        Args:
            arguments: flags of ``synapus serve`` besides ``--bind``.
            program: see :func:`find_program`.
            timeout: seconds that the start may take.
        """
        path = find_program(program)
        self.folder = tempfile.mkdtemp(prefix="synapus-")
        self._log = os.path.join(self.folder, "log")
        command = [path, "serve", "--bind", f"ipc://{self.folder}/ctl", *arguments]
        guard = [sys.executable, "-I", "-S", os.path.join(os.path.dirname(__file__), "_guard.py")]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([*guard, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self._finish = weakref.finalize(self, _end, self._process, self.folder)
        atexit.register(self._finish)
        try:
            self.endpoint = self._first_line(timeout)
        except BaseException:
            self.close()
            raise

    def _first_line(self, timeout: float) -> str:
        stream = self._process.stdout
        assert stream is not None
        deadline = time.monotonic() + timeout
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LocalServerError(f"the server did not say its endpoint within {timeout:g} s; {self._words()}")
                if selector.select(left):
                    piece = os.read(stream.fileno(), 1)
                    if not piece:
                        break
                    line += piece
        endpoint = line.decode("utf-8", "replace").strip()
        if not endpoint.startswith(("ipc://", "tcp://")):
            raise LocalServerError(f"the server ended before it could be reached: {self._words()}")
        return endpoint

    def _words(self) -> str:
        """The last that the server said of errors."""
        try:
            lines = Path(self._log).read_text("utf-8", "replace").splitlines()
        except OSError:
            return "it left no words"
        errors = [line for line in lines if "error" in line.lower()]
        return (errors or lines or ["it gave no reason"])[-1]

    @property
    def log(self) -> str:
        """What the server wrote to standard error so far."""
        return Path(self._log).read_text("utf-8", "replace")

    @property
    def process_id(self) -> int:
        """The process number of the guard that holds the server."""
        return self._process.pid

    def close(self) -> None:
        """Ends the server, waits for its end, and removes its folder."""
        atexit.unregister(self._finish)
        self._finish()

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(12)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


def flags(options: dict[str, Any]) -> list[str]:
    """Keywords as flags: ``chip_seed=3`` is ``--chip-seed 3``, True is a bare flag, None and False are left out."""
    arguments: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(flag)
        elif isinstance(value, (list, tuple)):
            arguments += [flag, ",".join(str(item) for item in value)]
        else:
            arguments += [flag, str(value)]
    return arguments
