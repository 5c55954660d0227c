"""What the tests share: a mock server, and where the real program is."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from mock_server import MockServer  # noqa: E402
from small import small_image  # noqa: E402

import synapus  # noqa: E402


@pytest.fixture
def server(tmp_path):
    with MockServer(tmp_path) as server:
        yield server


@pytest.fixture
def quick(monkeypatch):
    """Short times for resending, so that tests need not wait."""
    from synapus.connection import Connection
    from synapus.heartbeat import Heartbeat

    monkeypatch.setattr(Connection, "RESEND_AFTER", 0.1)
    monkeypatch.setattr(Connection, "ATTACH_AFTER", 0.15)
    monkeypatch.setattr(Heartbeat, "PERIOD", 0.1)
    monkeypatch.setattr(Heartbeat, "MISSED", 0.3)


@pytest.fixture
def chip(server, quick):
    """A chip of the mock server, with the small image."""
    with synapus.connect(server.endpoint, client="tests") as chip:
        chip.load(small_image())
        yield chip


@pytest.fixture(scope="session")
def program():
    """The program `synapus`, where there is one to test against."""
    path = os.environ.get("SYNAPUS_PROGRAM")
    if not path:
        pytest.skip("SYNAPUS_PROGRAM is not set: tests against the real server are left out")
    return path
