"""Key files for CURVE: certificates as ``synapus keys`` and ``zmq.auth`` write them, in ZPL (RFC 4)."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import KeyFileError

__all__ = ["ClientKey"]

_LARGEST = 16_384
_Z85 = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_ENTRY = re.compile(r"    ([\w.\-]{1,64})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))\s*(?:#.*)?")


@dataclass(frozen=True, repr=False)
class ClientKey:
    """A client's own key pair and the server's public key, in Z85 (40 characters each)."""

    #: The name that the file gives its owner; the server knows it by the key.
    name: str
    public: str
    secret: str
    server: str

    def __repr__(self) -> str:
        return f"ClientKey({self.name!r}, public={self.public!r})"

    @classmethod
    def read(cls, path: str | os.PathLike[str], server_key: str | None = None) -> ClientKey:
        """Reads a user's secret file, as ``synapus keys new`` writes it.

        The server's key is ``server_key`` (Z85, or the path of ``server.key``), or in the file itself, or in ``server.key``
        beside it. A file that others can read is refused.
        """
        place = Path(path)
        entries = _entries(place, secret=True)
        public, secret = _key(entries, "public-key", place), _key(entries, "secret-key", place)
        if server_key is not None and _Z85.fullmatch(server_key):
            server = server_key
        elif server_key is not None:
            server = _key(_entries(Path(server_key), secret=False), "public-key", Path(server_key))
        elif "server-key" in entries:
            server = _key(entries, "server-key", place)
        else:
            beside = place.parent / "server.key"
            if not beside.exists():
                raise KeyFileError(f"{place} holds no 'server-key', and there is no {beside}; give server_key")
            server = _key(_entries(beside, secret=False), "public-key", beside)
        return cls(entries.get("name", ""), public, secret, server)


def _entries(path: Path, *, secret: bool) -> dict[str, str]:
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise KeyFileError(f"{path} is no file")
            if secret and mode & 0o077:
                raise KeyFileError(f"{path} can be used by others (mode {mode & 0o777:o}); chmod 600 it")
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    if len(text) > _LARGEST:
        raise KeyFileError(f"{path} is larger than a key file ({_LARGEST} bytes)")
    entries: dict[str, str] = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#") or not line.startswith(" "):
            continue
        match = _ENTRY.fullmatch(line)
        if match is None or match[1] in entries:
            raise KeyFileError(f"line {number} of {path} is no entry of a key file")
        entries[match[1]] = next(value for value in match.groups()[1:] if value is not None)
    return entries


def _key(entries: dict[str, str], name: str, path: Path) -> str:
    key = entries.get(name)
    if key is None:
        raise KeyFileError(f"{path} holds no '{name}'")
    if not _Z85.fullmatch(key):
        raise KeyFileError(f"the '{name}' of {path} is not 40 characters of Z85")
    return key
