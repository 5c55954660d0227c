"""A server of protocol version 2 for tests: one thread, one chip, and faults on command.

It does what docs/protocol.md says of sessions, leases, exactly-once requests, uploads, chunks and credit, for a chip that
answers by rule: each input spike comes back one tick later, and ADC codes count up.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import zmq

from synapus.checksum import combine, crc32c
from synapus.protocol import Message, decode, encode, pack, unpack

CYCLES_PER_TICK = 64
CHIP_FILE = """format: synapus-chip/1
name: mock-1
summary: "A chip that is not there."
geometry:
  mesh_columns: 1
  mesh_rows: 1
  circuits_per_core: 256
  synapse_rows_per_core: 512
  circuits_per_block: 128
time:
  clock_hertz: 250000000.0
  cycles_per_tick: 64
  acceleration: 1000.0
synapse:
  weight_bits: 4
  effective_steps_per_weight: 12
neuron:
  potential_volts: { law: linear, at_zero: 0.0, at_full: 1.6, highest_code: 1022 }
  membrane_time_seconds: { law: exponential, at_zero: 6e-05, at_full: 5e-07, highest_code: 1022 }
  synaptic_time_seconds: { law: exponential, at_zero: 3e-05, at_full: 3e-07, highest_code: 1022 }
  gain_volts_per_weight: { law: exponential, at_zero: 0.0001, at_full: 0.064, highest_code: 1022 }
readout:
  bits: 8
  zero_volts: 0.15
  lsb_volts: 0.003515625
  sample_every_ticks: 7
"""


class Refusal(Exception):
    """An error to answer with."""

    def __init__(self, code, detail, **more):
        super().__init__(detail)
        self.body = {"type": code, "title": code, "detail": detail, "retryable": False, **more}


class MockChip:
    """Echoes inputs one tick later; counts what it was told."""

    def __init__(self):
        self.image, self.weights, self.runs = None, [], 0

    def load(self, image):
        self.image, self.weights = image, []

    def read(self):
        return self.image

    def write(self, arrays):
        self.weights.append({name: array.copy() for name, array in arrays.items()})

    def run(self, header, arrays):
        """Parts as (first sample, samples, arrays), and the sums."""
        self.runs += 1
        samples = len(arrays["sample_numbers"])
        columns = 3 * len(header["adc_populations"])
        times = header["duration_ticks"] // header["adc_every"]
        parts = []
        size = max(1, -(-samples // 4))
        for first in range(0, samples, size):
            count = min(size, samples - first)
            start, end = arrays["offsets"][first], arrays["offsets"][first + count]
            codes = np.arange(count * times * columns, dtype=np.uint64) + int(arrays["sample_numbers"][first])
            parts.append((first, count, {
                "offsets": (arrays["offsets"][first:first + count + 1] - start).astype(np.int64),
                "cycles": arrays["cycles"][start:end].astype(np.uint32) + np.uint32(CYCLES_PER_TICK),
                "units": arrays["units"][start:end].astype(np.uint32),
                "adc": codes.astype(np.uint8).reshape(count, times, columns),
                "traces": np.zeros((count, 0, 0)),
            }))  # fmt: skip
        counters = {"ticks": samples * header["duration_ticks"], "spikes": len(arrays["cycles"])}
        return parts, {"hardware_seconds": 0.5, "counters": counters, "energy_joules": {"neurons": 1.0, "network": 0.5}}

    def compile(self, network, options):
        raise Refusal("not_available", "this chip compiles nothing")


@dataclass
class Run:
    """A run whose chunks go out as credit allows."""

    peer: bytes
    session: str
    chunks: list
    answer: tuple
    sent: int = 0
    credit: int = 8
    started: float = field(default_factory=time.monotonic)


class MockServer:
    """Serves until `stop`; `drop`, `delay_runs`, `restart` and `forget_lease` make trouble."""

    def __init__(self, folder, chip=None, frame_bytes=1 << 20, chip_file=CHIP_FILE, entry=None, features=()):
        self.endpoint = f"ipc://{folder}/ctl"
        self.frame_bytes, self.chip, self.chip_file = frame_bytes, chip or MockChip(), chip_file
        self.entry = entry or {}
        self.features = list(features)
        self.server_session = uuid.uuid4().hex
        self.sessions, self.memory, self.uploads, self.runs, self.images = {}, {}, {}, {}, {}
        self.epoch = 0
        self.seen, self.headers = Counter(), []
        # Faults: answers to be swallowed by type, requests to be swallowed, seconds that a run takes.
        self.dropped_answers, self.dropped_requests = Counter(), Counter()
        self.refusals, self.run_seconds, self.lease_holder = {}, 0.0, None
        self.grants_after = 0
        self.is_silent = False
        self.checkpoint, self.runs_since = 1, 0
        self._context = zmq.Context()
        self._ended = threading.Event()
        self._ready = threading.Event()
        self._commands = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self):
        self._ended.set()
        self._thread.join(5)
        self._context.destroy(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def do(self, function):
        """Runs something in the server's thread, and waits for it."""
        done = threading.Event()
        self._commands.append((function, done))
        assert done.wait(5)

    def restart(self, keep_sessions=True):
        """Another life of the server: leases, runs and volatile weights are gone."""

        def act():
            self.server_session = uuid.uuid4().hex
            self.runs, self.memory, self.uploads = {}, {}, {}
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

    # The loop

    def _serve(self):
        self._control, self._run = self._context.socket(zmq.ROUTER), self._context.socket(zmq.ROUTER)
        self._events = self._context.socket(zmq.XPUB)
        for socket, suffix in ((self._control, ""), (self._run, ".run"), (self._events, ".evt")):
            socket.setsockopt(zmq.LINGER, 0)
            socket.bind(self.endpoint + suffix)
        self._ready.set()
        poller = zmq.Poller()
        poller.register(self._control, zmq.POLLIN)
        poller.register(self._run, zmq.POLLIN)
        while not self._ended.is_set():
            for socket, _ in poller.poll(5):
                peer, *frames = socket.recv_multipart()
                if not self.is_silent:
                    self._handle(socket, peer, frames)
            while self._commands:
                function, done = self._commands.pop(0)
                function()
                done.set()
            for name in list(self.runs):
                self._flow(name)
        for socket in (self._control, self._run, self._events):
            socket.close(0)

    def publish(self, header):
        self.do(lambda: self._events.send_multipart(encode(header)))

    def _handle(self, socket, peer, frames):
        message = decode_request(frames)
        self.seen[message.type] += 1
        self.headers.append(message.header)
        if self.dropped_requests[message.type] > 0:
            self.dropped_requests[message.type] -= 1
            return
        memory = self.memory.get((message.header.get("session"), message.id))
        if memory is not None:
            if memory == "running":
                self.runs[message.id].peer = peer
            else:
                self._send(socket, peer, message.type, memory)
            return
        try:
            answer = self._answer(message, peer, frames)
        except Refusal as refusal:
            answer = encode({"type": "error", "id": message.id, "error": {**refusal.body, "request_id": message.id}})
        if answer is not None:
            if message.type not in ("ping", "hello", "status", "request.attach", "chip.info"):
                self.memory[(message.header.get("session"), message.id)] = answer
            self._send(socket, peer, message.type, answer)

    def _send(self, socket, peer, kind, frames):
        if self.dropped_answers[kind] > 0:
            self.dropped_answers[kind] -= 1
            return
        socket.send_multipart([peer, *frames])

    # Requests

    def _answer(self, message, peer, frames):
        if message.type in self.refusals:
            refusals = self.refusals[message.type]
            if refusals:
                raise refusals.pop(0)
        name = "_do_" + message.type.replace(".", "_")
        action = getattr(self, name, None)
        if action is None:
            raise Refusal("unknown_type", f"there is no request type '{message.type}'", field="type")
        if message.type not in ("hello", "chip.info", "session.open", "status", "ping", "bye"):
            session = self.sessions.get(message.header.get("session"))
            if session is None:
                raise Refusal("no_session", "there is no such session")
            if "epoch" in message.header or message.type in ("run", "image.load", "weights.write", "image.read"):
                if session["epoch"] is None:
                    raise Refusal("no_lease", "the session has no lease")
                if session["epoch"] != message.header.get("epoch"):
                    raise Refusal("stale_epoch", "that lease has ended")
        result = action(message, peer, frames)
        if result is None:
            return None
        fields, arrays = result
        return encode({"type": message.type + ".ok", "id": message.id, **fields}, [pack(arrays)] if arrays else [])

    def _do_hello(self, message, *_):
        if message.header["versions"][0] > 2:
            raise Refusal("not_supported_version", "this server speaks version 2")
        return {
            "version": 2, "build": "mock", "server_session": self.server_session, "user": "local", "role": "admin",
            "endpoints": {"run": self.endpoint + ".run", "events": self.endpoint + ".evt"},
            "limits": {"frame_bytes": self.frame_bytes, "upload_bytes": 1 << 26, "credit": 64, "result_bytes": 1 << 26},
            "features": self.features, "chips": [self._entry()],
        }, {}  # fmt: skip

    def _entry(self):
        return {
            "chip": "0", "name": "mock-1", "hash": "00", "kind": "emulated", "chip_seed": "7", "trial_seed": "1",
            "mismatch": 0.2, "effects": ["noise"], "takes_exact_weights": False, "state": "idle", **self.entry,
        }  # fmt: skip

    def _do_chip_info(self, *_):
        return self._entry(), {"chip_file": np.frombuffer(self.chip_file.encode(), np.uint8)}

    def _do_session_open(self, message, *_):
        token = uuid.uuid4().hex
        self.sessions[token] = {"client": message.header["client"], "epoch": None}
        return {"session": token}, {}

    def _do_session_resume(self, message, *_):
        token = message.header["session"]
        state = self.images.get(token)
        images = [] if state is None else [
            {"chip": "0", "image": "00", "state": state, "checkpoint": 1, "runs_since": 0}
        ]  # fmt: skip
        return {"server_session": self.server_session, "images": images, "leases": []}, {}

    def _do_session_close(self, message, *_):
        self.sessions.pop(message.header["session"], None)
        return {}, {}

    def _do_ping(self, message, *_):
        token = message.header.get("session")
        if token is not None and token not in self.sessions:
            raise Refusal("no_session", "there is no such session")
        return {"server_session": self.server_session, "leases": []}, {}

    def _do_lease_acquire(self, message, *_):
        if self.lease_holder is not None:
            if self.grants_after <= 0:
                return {"chip": "0", "state": "queued", "position": 1, "held_by": self.lease_holder}, {}
            self.grants_after -= 1
            if self.grants_after == 0:
                self.lease_holder = None
            return {"chip": "0", "state": "queued", "position": 1, "held_by": "bob"}, {}
        session = self.sessions[message.header["session"]]
        if session["epoch"] is None:
            self.epoch += 1
            session["epoch"] = self.epoch
        return {"chip": "0", "state": "granted", "epoch": session["epoch"], "mode": message.header["mode"]}, {}

    def _do_lease_release(self, message, *_):
        self.sessions[message.header["session"]]["epoch"] = None
        return {}, {}

    def _do_status(self, *_):
        return {"phase": "serving", "server_session": self.server_session, "chips": [], "totals": {}}, {}

    def _do_cancel(self, message, *_):
        ended = 0
        for name, run in list(self.runs.items()):
            if message.header.get("target") in (None, name):
                del self.runs[name]
                error = {"type": "cancelled", "title": "", "detail": "cancelled", "retryable": False}
                self.memory[(run.session, name)] = encode({"type": "error", "id": name, "error": error})
                self._run.send_multipart([run.peer, *self.memory[(run.session, name)]])
                ended += 1
        return {"cancelled": ended}, {}

    def _do_put(self, message, *_):
        key = (message.header["session"], message.header["upload"])
        data = self.uploads.setdefault(key, bytearray())
        if message.header["offset"] != len(data):
            raise Refusal("bad_header", "pieces must follow one another", field="offset")
        data += message.arrays["data"].tobytes()
        return {"received": len(data)}, {}

    def _arrays(self, message):
        arrays = dict(message.arrays)
        for part in message.header.get("payload", []):
            if "upload" in part:
                data = self.uploads.pop((message.header["session"], part["upload"]), b"")
                if len(data) != part["bytes"] or crc32c(data) != part["crc32c"]:
                    raise Refusal("bad_payload", "the upload is not what was described", field="crc32c")
                arrays |= unpack(bytes(data), part["arrays"])
        return arrays

    def _do_image_load(self, message, *_):
        self.chip.load(self._arrays(message)["image"].tobytes())
        self.images[message.header["session"]] = "kept"
        self.runs_since = 0
        return {"image": "00", "durable": True}, {}

    def _do_image_commit(self, *_):
        self.checkpoint += 1
        return {"checkpoint": self.checkpoint, "durable": True}, {}

    def _do_weights_write(self, message, *_):
        self._need_image(message)
        self.chip.write(self._arrays(message))
        return {"volatile": True}, {}

    def _need_image(self, message):
        if message.header["session"] not in self.images:
            raise Refusal("no_image", "no image was loaded")

    def _do_image_read(self, message, peer, *_):
        self._need_image(message)
        return {}, {"image": np.frombuffer(self.chip.read(), np.uint8)}

    def _do_compile(self, message, peer, *_):
        image, report = self.chip.compile(self._arrays(message)["network"].tobytes(), message.header["options"])
        return {}, {"image": np.frombuffer(image, np.uint8), "report": np.frombuffer(report, np.uint8)}

    def _do_run(self, message, peer, *_):
        self._need_image(message)
        arrays = self._arrays(message)
        if "blocks" in arrays:
            self.chip.write({name: arrays[name] for name in ("blocks", "steps", "exact")})
        parts, sums = self.chip.run(message.header, arrays)
        self.runs_since += 1
        *first, (start, count, last) = parts
        sums |= {"samples": [start, count], "checkpoint": self.checkpoint, "runs_since": self.runs_since}
        before = [(arrays, {"samples": [start, count]}) for start, count, arrays in first]
        return self._deliver(message, peer, before, last, sums, message.header.get("credit", 8))

    def _deliver(self, message, peer, before, last, fields, credit):
        """Puts an answer's parts on their way, chunk by chunk."""
        chunks, size, digest = [], 0, 0
        entry, data = pack(last)
        own = len(data) <= self.frame_bytes
        parts = before + ([] if own else [(last, {"samples": fields["samples"]} if "samples" in fields else {})])
        for number, (arrays, more) in enumerate(parts):
            part, joined = pack(arrays)
            size, digest = size + len(joined), combine(digest, part["crc32c"], len(joined))
            for offset in range(0, max(len(joined), 1), self.frame_bytes):
                piece = joined[offset : offset + self.frame_bytes]
                header = {"type": "run.chunk", "id": message.id, "seq": len(chunks), "part": number, "offset": offset}
                if offset + len(piece) == len(joined):
                    header["last"] = {**more, "arrays": part["arrays"]}
                chunks.append(encode(header, [pack({"chunk": np.frombuffer(piece, np.uint8)})]))
        if own:
            size, digest = size + len(data), combine(digest, entry["crc32c"], len(data))
        else:
            fields = {key: value for key, value in fields.items() if key != "samples"}
        header = {
            "type": message.type + ".ok",
            "id": message.id,
            "chunks": len(chunks),
            "bytes": size,
            "digest": digest,
            **fields,
        }
        answer = encode(header, [(entry, data)] if own else [])
        self.memory[(message.header["session"], message.id)] = "running"
        self.runs[message.id] = Run(peer, message.header["session"], chunks, (message.type, answer), credit=credit)
        return None

    def _flow(self, name):
        """Sends what a run's credit allows, and its answer at the end."""
        run = self.runs[name]
        if time.monotonic() - run.started < self.run_seconds:
            return
        while run.sent < len(run.chunks) and run.credit > 0:
            self._send(self._run, run.peer, "run.chunk", run.chunks[run.sent])
            run.sent += 1
            run.credit -= 1
        if run.sent == len(run.chunks):
            self.memory[(run.session, name)] = run.answer[1]
            self.finished = getattr(self, "finished", {})
            self.finished[name] = run
            del self.runs[name]
            self._send(self._run, run.peer, run.answer[0], run.answer[1])

    def _do_run_credit(self, message, *_):
        run = self.runs.get(message.header["target"])
        if run is not None:
            run.credit = message.header["credit"] - (run.sent - message.header["received"])
        return None

    def _do_request_attach(self, message, peer, *_):
        target = message.header["target"]
        if (message.header["session"], target) not in self.memory:
            raise Refusal("unknown_request", "no such request")
        run = self.runs.get(target) or getattr(self, "finished", {}).get(target)
        if run is not None:
            run.peer, run.sent, run.credit = peer, message.header["received"], message.header["credit"]
            self.runs[target] = run
        answer = {"type": "request.attach.ok", "id": message.id, "target": target, "state": "running"}
        self._run.send_multipart([peer, *encode(answer)])
        if run is None:
            self._run.send_multipart([peer, *self.memory[(message.header["session"], target)]])
        return None


def decode_request(frames) -> Message:
    """As `decode`, for messages whose parts may be uploads."""
    message = None
    from synapus import protocol

    header = protocol.read_header(frames[1])
    own = [part for part in header.get("payload", []) if "upload" not in part]
    described = protocol.header_bytes({**header, "payload": own}) if "payload" in header else frames[1]
    message = decode([frames[0], described, *frames[2:]])
    message.header["payload"] = header.get("payload", [])
    return message
