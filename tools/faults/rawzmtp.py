"""A ZMTP 3.0 peer by hand, NULL mechanism, for what libzmq would never send."""

import socket
import struct


def _greeting():
    return b"\xff" + b"\0" * 8 + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + b"\0" * 31


def _ready():
    name, value = b"Socket-Type", b"DEALER"
    body = b"\x05READY" + bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
    return b"\x04" + bytes([len(body)]) + body


def greeting():
    """All that a peer says before its first message."""
    return _greeting() + _ready()


def frame(data, more=False):
    """One frame as bytes of the wire."""
    if len(data) < 256:
        return bytes([1 if more else 0, len(data)]) + data
    return bytes([3 if more else 2]) + struct.pack(">Q", len(data)) + data


def address(endpoint):
    if endpoint.startswith("ipc://"):
        return socket.AF_UNIX, endpoint[6:]
    host, port = endpoint[6:].rsplit(":", 1)
    return socket.AF_INET, (host, int(port))


def plain(endpoint, timeout=5):
    """A bare connection."""
    family, where = address(endpoint)
    peer = socket.socket(family, socket.SOCK_STREAM)
    peer.settimeout(timeout)
    peer.connect(where)
    return peer


def peer(endpoint, timeout=5):
    """A connection that has shaken hands."""
    connection = plain(endpoint, timeout)
    connection.sendall(_greeting())
    _read(connection, 64)
    connection.sendall(_ready())
    flags, size = _read(connection, 2)
    _read(connection, size if not flags & 2 else struct.unpack(">Q", bytes([size]) + _read(connection, 7))[0])
    return connection


def _read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("the server hung up")
        data += piece
    return data
