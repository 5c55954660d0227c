"""How one gets a chip: :func:`connect` to a server, or :func:`local` with a server of one's own."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from .chip import Chip
from .connection import Connection, Greeting
from .errors import InputError, NoChip
from .keys import ClientKey
from .local import LocalServer, flags
from .protocol import Header
from .seat import Terms
from .session import Session

__all__ = ["connect", "default_endpoint", "greet", "local"]

_Path = str | os.PathLike[str]


def default_endpoint() -> str:
    """``$SYNAPUS_ENDPOINT``, or the socket file on which `synapus serve` of this user listens by default."""
    named = os.environ.get("SYNAPUS_ENDPOINT")
    if named:
        return named
    folder = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"
    return f"ipc://{folder}/synapus-{os.getuid()}.sock"


def greet(endpoint: str | None = None, key: _Path | ClientKey | None = None, *, timeout: float = 5.0) -> Greeting:
    """What a server says of itself and its chips, without a session."""
    connection = Connection(endpoint or default_endpoint(), _key(key, None), timeout=timeout)
    try:
        return connection.greeting
    finally:
        connection.close()


def connect(
    endpoint: str | None = None, key: _Path | ClientKey | None = None, chip: str | None = None, lease: str | None = "shared",
    *, client: str | None = None, note: str = "", wait: float | None = None, server_key: str | None = None,
    ttl: float = 10.0, timeout: float = 5.0, patience: float | None = 60.0, deadline: float = 600.0,
    session: str | None = None, on_restart: str = "rewrite",
) -> Chip:  # fmt: skip
    """Connects to a chip behind a server.

    Args:
        endpoint: ``ipc:///PATH`` or ``tcp://HOST:PORT``; by default :func:`default_endpoint`.
        key: a user's secret key file, for servers with keys.
        chip: its name at the server; may be left out where there is one.
        lease: ``shared`` (users take turns), ``exclusive``, or None: not before it is needed.
        client, note: what others read while the chip is held.
        wait: seconds to wait for the lease; None: as long as it takes.
        server_key: the server's public key, where the key file does not say it.
        ttl: seconds that the lease outlives the last sign of life, 0.5 to 30.
        timeout: seconds to wait for the server's greeting.
        patience: seconds without any answer after which calls raise :class:`Unreachable`; None: never.
        deadline: seconds that a request may wait for its turn.
        session: the token of a session to go on with, as :attr:`Chip.session` gave it.
        on_restart: when server or worker were started again and weights are gone: ``rewrite`` loads image and weights
            anew and goes on, where the image does not learn; ``raise`` raises :class:`ServerRestarted`.

    Raises:
        Unreachable: when no server answers.
        NoChip: when there is no such chip, or several and none was named.
        ChipInUse: when the lease was not granted in time.
    """
    _check(lease, on_restart, deadline)
    terms = Terms(client or _own_name(), note, lease, ttl, wait, deadline, on_restart == "rewrite")
    line = Connection(endpoint or default_endpoint(), _key(key, server_key), timeout=timeout, patience=patience)
    return _open(line, chip, session, terms, None)


def local(
    chip: str | None = None, *, program: _Path | None = None, timeout: float = 30.0, deadline: float = 600.0,
    on_restart: str = "rewrite", **options: Any,
) -> Chip:  # fmt: skip
    """Starts a server of one's own with one chip, and connects to it; it ends with the chip's `with`, or this process.

    Args:
        chip: a built-in name or a chip file, as for ``synapus serve --chip``.
        program: the program ``synapus``; by default ``$SYNAPUS_PROGRAM``, the PATH, or the checkout's release build.
        timeout: seconds that the start may take.
        options: flags of ``synapus serve`` with underscores, as ``chip_seed=7, mismatch=0.2, ideal=True``.

    Raises:
        LocalServerError: when the program is not found, or ends at once; its words are in the message.
    """
    _check("shared", on_restart, deadline)
    terms = Terms(_own_name(), wait=30.0, deadline=deadline, rewrites=on_restart == "rewrite")
    # Nothing of a server of one's own needs to outlive it.
    server = LocalServer(flags({"chip": chip, "state": "none", **options}), program, timeout)
    try:
        return _open(Connection(server.endpoint, timeout=timeout), None, None, terms, server.close)
    except BaseException:
        server.close()
        raise


def _check(lease: str | None, on_restart: str, deadline: float) -> None:
    if lease not in ("shared", "exclusive", None):
        raise InputError(f"a lease is 'shared', 'exclusive' or None, not {lease!r}")
    if on_restart not in ("rewrite", "raise"):
        raise InputError(f"on_restart is 'rewrite' or 'raise', not {on_restart!r}")
    if not 0.001 <= deadline <= 3600:
        raise InputError(f"a request can wait 0.001 to 3600 s, not {deadline}")


def _open(
    connection: Connection, chip: str | None, token: str | None, terms: Terms, owner: Callable[[], None] | None
) -> Chip:
    """A chip over a connection, which is closed where that fails."""
    opened: Session | None = None
    try:
        entry = _entry(connection.greeting, chip)
        if token is None:
            opened = Session.open(connection, terms.client)
            return Chip(connection, opened, entry, terms, owner)
        session = Session(connection, token)
        session.resume()
        found = Chip(connection, session, entry, terms, owner)
        if terms.lease is not None:
            found.adopt_image()
        return found
    except BaseException:
        try:
            if opened is not None:
                opened.close()
        finally:
            connection.close()
        raise


def _entry(greeting: Greeting, chip: str | None) -> Header:
    names = [str(entry.get("chip")) for entry in greeting.chips]
    if chip is None:
        if len(names) == 1:
            return greeting.chips[0]
        raise NoChip(f"the server has {len(names)} chips for {greeting.user or 'this user'}; name one: {', '.join(names)}")
    if chip not in names:
        raise NoChip(f"the server has no chip '{chip}'; it has {', '.join(names) or 'none'}")
    return greeting.chips[names.index(chip)]


def _key(key: _Path | ClientKey | None, server_key: str | None) -> ClientKey | None:
    if key is None or isinstance(key, ClientKey):
        return key
    return ClientKey.read(key, server_key)


def _own_name() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{os.path.basename(sys.argv[0]) or 'python'}, {user}@{socket.gethostname()}, process {os.getpid()}"
