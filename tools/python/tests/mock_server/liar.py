"""A server of ill will."""

from __future__ import annotations

import json

import zmq

from .thread import ServerThread

HELLO = {
    "version": 2, "build": "x", "server_session": "s", "user": "local", "role": "admin",
    "endpoints": {"run": "ipc:///tmp/none", "events": "ipc:///tmp/none"}, "limits": {"frame_bytes": 1048576},
    "features": [], "chips": [{"chip": "0"}],
}  # fmt: skip


class Liar(ServerThread):
    """Answers every request on its socket with the frames that it is told to."""

    def __init__(self, folder):
        self.frames = lambda request: []
        super().__init__(f"ipc://{folder}/liar")

    def handle(self, socket, peer, frames):
        try:
            socket.send_multipart([peer, *self.frames(json.loads(frames[1]))])
        except zmq.ZMQError:
            pass
