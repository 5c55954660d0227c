"""A server of protocol version 2: one thread, one chip, and faults on command.

It does what docs/protocol.md says of sessions, leases, exactly-once requests, uploads, chunks and credit.
"""

from __future__ import annotations

import uuid
from collections import Counter

import zmq

from synapus import protocol
from synapus.protocol import Message, decode, encode, pack

from . import delivery, sessions, work
from .chip import CHIP_FILE, MockChip, Refusal
from .thread import ServerThread

# What each request does: a function of server, message and peer to the answer's fields and arrays; None: answered later.
REQUESTS = {**sessions.REQUESTS, **work.REQUESTS, **delivery.REQUESTS}
WITHOUT_SESSION = ("hello", "chip.info", "session.open", "status", "ping", "bye")
WITH_LEASE = ("run", "image.load", "weights.write", "image.read")
NOT_REMEMBERED = ("ping", "hello", "status", "request.attach", "chip.info")


class MockServer(ServerThread):
    """Serves until `stop`; the attributes under "Faults", `restart` and `end_leases` make trouble."""

    def __init__(self, folder, chip=None, frame_bytes=1 << 20, chip_file=CHIP_FILE, entry=None, features=()):
        self.frame_bytes, self.chip, self.chip_file = frame_bytes, chip or MockChip(), chip_file
        self.entry, self.features = entry or {}, list(features)
        self.server_session = uuid.uuid4().hex
        # By session; answers by session and request; bytes by session and name of an upload.
        self.sessions, self.images, self.memory, self.uploads = {}, {}, {}, {}
        self.delivery = delivery.Delivery(self)
        self.epoch, self.checkpoint, self.runs_since = 0, 1, 0
        # What came: how often, and each header.
        self.seen, self.headers = Counter(), []
        # Faults: how many answers and requests of a type are swallowed, refusals by type, seconds that a run takes.
        self.dropped_answers, self.dropped_requests = Counter(), Counter()
        self.refusals, self.run_seconds, self.is_silent = {}, 0.0, False
        # Who holds the chip, and after how many requests for a lease it is free.
        self.lease_holder, self.grants_after = None, 0
        super().__init__(f"ipc://{folder}/ctl")

    def bind(self):
        self._control, self.run_socket = self.bound(zmq.ROUTER), self.bound(zmq.ROUTER, ".run")
        self._events = self.bound(zmq.XPUB, ".evt")

    def turn(self):
        self.delivery.flow()

    # Trouble

    def restart(self, keep_sessions=True):
        """Another life of the server: leases, runs and volatile weights are gone."""

        def act():
            self.server_session = uuid.uuid4().hex
            self.delivery.runs, self.memory, self.uploads = {}, {}, {}
            self.images = {key: "restored" for key in self.images} if keep_sessions else {}
            self.chip.weights = []
            if not keep_sessions:
                self.sessions = {}
            for session in self.sessions.values():
                session["epoch"] = None

        self.do(act)

    def end_leases(self):
        """Ends all leases; images stay."""
        self.do(lambda: [session.update(epoch=None) for session in self.sessions.values()])

    def publish(self, header):
        self.do(lambda: self._events.send_multipart(encode(header)))

    # Requests

    def handle(self, socket, peer, frames):
        if self.is_silent:
            return
        message = decode_request(frames)
        self.seen[message.type] += 1
        self.headers.append(message.header)
        if self.dropped_requests[message.type] > 0:
            self.dropped_requests[message.type] -= 1
            return
        key = (message.header.get("session"), message.id)
        if self.memory.get(key) == "running":
            self.delivery.runs[message.id].peer = peer
            return
        answer = self.memory.get(key) or self._answer(message, peer)
        if answer is not None:
            if message.type not in NOT_REMEMBERED:
                self.memory[key] = answer
            self.send(socket, peer, message.type, answer)

    def send(self, socket, peer, kind, frames):
        """Sends an answer to a request of some kind, unless it is to be swallowed."""
        if self.dropped_answers[kind] > 0:
            self.dropped_answers[kind] -= 1
            return
        socket.send_multipart([peer, *frames])

    def _answer(self, message, peer):
        """The frames of an answer; None where it comes later, or never."""
        try:
            self._admit(message)
            result = REQUESTS[message.type](self, message, peer)
        except Refusal as refusal:
            return encode({"type": "error", "id": message.id, "error": {**refusal.body, "request_id": message.id}})
        if result is None:
            return None
        fields, arrays = result
        return encode({"type": message.type + ".ok", "id": message.id, **fields}, [pack(arrays)] if arrays else [])

    def _admit(self, message):
        if self.refusals.get(message.type):
            raise self.refusals[message.type].pop(0)
        if message.type not in REQUESTS:
            raise Refusal("unknown_type", f"there is no request type '{message.type}'", field="type")
        if message.type in WITHOUT_SESSION:
            return
        session = self.sessions.get(message.header.get("session"))
        if session is None:
            raise Refusal("no_session", "there is no such session")
        if "epoch" in message.header or message.type in WITH_LEASE:
            if session["epoch"] is None:
                raise Refusal("no_lease", "the session has no lease")
            if session["epoch"] != message.header.get("epoch"):
                raise Refusal("stale_epoch", "that lease has ended")


def decode_request(frames) -> Message:
    """As `decode`, for messages whose parts may be uploads."""
    header = protocol.read_header(frames[1])
    own = [part for part in header.get("payload", []) if "upload" not in part]
    described = protocol.header_bytes({**header, "payload": own}) if "payload" in header else frames[1]
    message = decode([frames[0], described, *frames[2:]])
    message.header["payload"] = header.get("payload", [])
    return message
