"""What the servers for tests have in common: sockets, and a thread that serves them."""

from __future__ import annotations

import threading

import zmq


class ServerThread:
    """A thread that hands each message of its sockets to `handle`, until `stop`."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._sockets, self._commands = [], []
        self._ready, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def bound(self, kind, suffix=""):
        """A socket on the endpoint."""
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.bind(self.endpoint + suffix)
        self._sockets.append(socket)
        if kind == zmq.ROUTER:
            self._poller.register(socket, zmq.POLLIN)
        return socket

    def bind(self):
        """Opens the sockets; called in the thread."""
        self.bound(zmq.ROUTER)

    def handle(self, socket, peer, frames):
        """Takes a message."""
        raise NotImplementedError

    def turn(self):
        """What is due after each look at the sockets."""

    def do(self, function):
        """Runs something in the server's thread, and waits for it."""
        done = threading.Event()
        self._commands.append((function, done))
        assert done.wait(5)

    def stop(self):
        self._ended.set()
        self._thread.join(5)
        self._context.destroy(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _serve(self):
        self.bind()
        self._ready.set()
        while not self._ended.is_set():
            for socket, _ in self._poller.poll(5):
                peer, *frames = socket.recv_multipart()
                self.handle(socket, peer, frames)
            while self._commands:
                function, done = self._commands.pop(0)
                function()
                done.set()
            self.turn()
        for socket in self._sockets:
            socket.close(0)
