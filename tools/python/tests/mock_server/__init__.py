"""Servers for tests: one that keeps to docs/protocol.md and makes faults on command, and one that keeps to nothing."""

from .chip import CHIP_FILE, MockChip, Refusal
from .liar import HELLO, Liar
from .server import MockServer, decode_request

__all__ = ["CHIP_FILE", "HELLO", "Liar", "MockChip", "MockServer", "Refusal", "decode_request"]
