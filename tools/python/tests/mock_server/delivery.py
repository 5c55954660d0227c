"""How results travel: parts in chunks, as credit allows; asked for again; cancelled."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from synapus.checksum import combine
from synapus.protocol import encode, pack

from .chip import Refusal


@dataclass
class Run:
    """A run whose chunks go out as credit allows."""

    peer: bytes
    session: str
    chunks: list
    answer: list
    credit: int
    sent: int = 0
    started: float = field(default_factory=time.monotonic)


class Delivery:
    """The runs that are under way, and those that ended, by request."""

    def __init__(self, server):
        self.server = server
        self.runs, self.finished = {}, {}

    def begin(self, message, peer, before, last, fields):
        """Puts an answer on its way: the parts before the last one, the last one, and what the answer says."""
        entry, data = pack(last)
        with_answer = len(data) <= self.server.frame_bytes
        if not with_answer:
            before = [*before, (last, {"samples": fields["samples"]})]
            fields = {key: value for key, value in fields.items() if key != "samples"}
        chunks, size, digest = self._chunks(message.id, before)
        if with_answer:
            size, digest = size + len(data), combine(digest, entry["crc32c"], len(data))
        header = {"type": "run.ok", "id": message.id, "chunks": len(chunks), "bytes": size, "digest": digest, **fields}
        answer = encode(header, [(entry, data)] if with_answer else [])
        session = message.header["session"]
        self.server.memory[(session, message.id)] = "running"
        self.runs[message.id] = Run(peer, session, chunks, answer, message.header.get("credit", 8))

    def _chunks(self, name, parts):
        """The chunks of parts, and the bytes and the checksum of all."""
        chunks, size, digest = [], 0, 0
        for number, (arrays, more) in enumerate(parts):
            part, joined = pack(arrays)
            size, digest = size + len(joined), combine(digest, part["crc32c"], len(joined))
            for offset in range(0, max(len(joined), 1), self.server.frame_bytes):
                piece = joined[offset : offset + self.server.frame_bytes]
                header = {"type": "run.chunk", "id": name, "seq": len(chunks), "part": number, "offset": offset}
                if offset + len(piece) == len(joined):
                    header["last"] = {**more, "arrays": part["arrays"]}
                chunks.append(encode(header, [pack({"chunk": np.frombuffer(piece, np.uint8)})]))
        return chunks, size, digest

    def flow(self):
        """Sends what credit allows, and the answers of what is complete."""
        for name, run in list(self.runs.items()):
            if time.monotonic() - run.started < self.server.run_seconds:
                continue
            while run.sent < len(run.chunks) and run.credit > 0:
                self._send(run, "run.chunk", run.chunks[run.sent])
                run.sent += 1
                run.credit -= 1
            if run.sent == len(run.chunks):
                self.finished[name] = self.runs.pop(name)
                self.end(name, run, run.answer)

    def end(self, name, run, answer):
        """Sends the last word on a run, and remembers it."""
        self.server.memory[(run.session, name)] = answer
        self._send(run, "run", answer)

    def _send(self, run, kind, frames):
        self.server.send(self.server.run_socket, run.peer, kind, frames)


def credit(server, message, _):
    run = server.delivery.runs.get(message.header["target"])
    if run is not None:
        run.credit = message.header["credit"] - (run.sent - message.header["received"])


def attach(server, message, peer):
    target = message.header["target"]
    key = (message.header["session"], target)
    if key not in server.memory:
        raise Refusal("unknown_request", "no such request")
    run = server.delivery.runs.get(target) or server.delivery.finished.get(target)
    if run is not None:
        run.peer, run.sent, run.credit = peer, message.header["received"], message.header["credit"]
        server.delivery.runs[target] = run
    answer = {"type": "request.attach.ok", "id": message.id, "target": target, "state": "running"}
    server.run_socket.send_multipart([peer, *encode(answer)])
    if run is None:
        server.run_socket.send_multipart([peer, *server.memory[key]])


def cancel(server, message, _):
    chosen = [name for name in server.delivery.runs if message.header.get("target") in (None, name)]
    error = {"type": "cancelled", "title": "", "detail": "cancelled", "retryable": False}
    for name in chosen:
        server.delivery.end(name, server.delivery.runs.pop(name), encode({"type": "error", "id": name, "error": error}))
    return {"cancelled": len(chosen)}, {}


REQUESTS = {"run.credit": credit, "request.attach": attach, "cancel": cancel}
