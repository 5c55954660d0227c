"""A client of the link protocol with nothing hidden: for tests that misbehave on purpose.

It is written from docs/protocol.md alone and shares no code with the Python package, so that it also
judges the page.
"""

import json
import struct
import time
import uuid

import numpy as np
import zmq

from payload import crc32c, pack, unpack

FRAME = 1 << 20


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, error):
        super().__init__(f"{error.get('type')}: {error.get('detail')}")
        self.code = error.get("type")
        self.error = error


class Silent(Exception):
    """No answer came in time, or none will come, for the server is gone."""


def fresh_id():
    return uuid.uuid4().hex


class Line:
    """One DEALER socket; `is_alive` tells whether there is a server to wait for."""

    def __init__(self, context, endpoint, keys=None, is_alive=lambda: True):
        self.is_alive = is_alive
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.maxmsgsize = -1
        self.socket.reconnect_ivl_max = 1000
        if keys:
            self.socket.curve_publickey, self.socket.curve_secretkey, self.socket.curve_serverkey = keys
        self.socket.connect(endpoint)

    def send(self, header, payload=None):
        frames = [b"SYN1", json.dumps(header).encode()] + ([payload] if payload is not None else [])
        self.socket.send_multipart(frames)

    def receive(self, timeout=10.0):
        end = time.monotonic() + timeout
        while not self.socket.poll(max(0, min(100, int((end - time.monotonic()) * 1000)))):
            if time.monotonic() >= end:
                raise Silent(f"no answer within {timeout} s")
            if not self.is_alive():
                raise Silent("the server is gone")
        frames = self.socket.recv_multipart()
        if frames[0] != b"SYN1":
            raise AssertionError(f"an answer begins with {frames[0]!r}")
        return json.loads(frames[1]), frames[2:]

    def close(self):
        self.socket.close(0)


class Client:
    """A session with control and run lines; every call is one request."""

    def __init__(self, endpoint, keys=None, name="faults", context=None, timeout=10.0,
                 is_alive=lambda: True):
        self.context = context or zmq.Context.instance()
        self.keys, self.name, self.timeout, self.is_alive = keys, name, timeout, is_alive
        self.control = self.line(endpoint)
        self.about = self.token = self.epoch = self.run_line = self.chip = None

    def line(self, endpoint):
        return Line(self.context, endpoint, self.keys, self.is_alive)

    def hello(self):
        self.about, _ = self.ask({"type": "hello", "versions": [2, 2]})
        return self.about

    def open(self):
        if self.about is None:
            self.hello()
        self.token = self.ask({"type": "session.open", "client": self.name})[0]["session"]
        self.connect_run()
        return self

    def resume(self, token):
        """Goes on with a session; what the server says of it."""
        self.hello()
        self.token, self.chip = token, self.about["chips"][0]["chip"]
        self.connect_run()
        return self.ask({"type": "session.resume", "session": token})[0]

    def connect_run(self):
        if self.run_line:
            self.run_line.close()
        self.run_line = self.line(self.about["endpoints"]["run"])

    def acquire(self, mode="shared", ttl_ms=10_000, wait_ms=10_000, chip=None):
        self.chip = chip or self.about["chips"][0]["chip"]
        answer, _ = self.ask({"type": "lease.acquire", "session": self.token, "chip": self.chip,
                              "mode": mode, "ttl_ms": ttl_ms, "wait_ms": wait_ms},
                             timeout=self.timeout + wait_ms / 1000)
        self.epoch = answer.get("epoch")
        return answer

    def header(self, type, **fields):
        return {"type": type, "id": fresh_id(), "session": self.token, "chip": self.chip,
                "epoch": self.epoch, **fields}

    def ask(self, header, payload=None, line=None, timeout=None):
        """Sends a request and awaits its answer; late answers to others are passed over."""
        line = line or self.control
        header.setdefault("id", fresh_id())
        line.send(header, payload)
        return self.await_answer(header["id"], line, timeout)

    def await_answer(self, id, line=None, timeout=None):
        end = time.monotonic() + (timeout or self.timeout)
        while True:
            answer, payload = (line or self.control).receive(max(0.001, end - time.monotonic()))
            if answer["id"] != id:
                continue
            if answer["type"] == "error":
                raise Refused(answer["error"])
            return answer, payload

    def ping(self):
        header = {"type": "ping"}
        if self.token:
            header["session"] = self.token
        return self.ask(header)[0]

    def status(self):
        return self.ask({"type": "status"})[0]

    def metric(self, name):
        """A number of the metrics page."""
        answer, payload = self.ask({"type": "metrics"})
        text = unpack(answer["payload"][0]["arrays"], payload[0])["text"].tobytes().decode()
        return float(next(line.split()[1] for line in text.splitlines() if line.split()[0] == name))

    # Work

    def load(self, image, **fields):
        entry, data = pack({"image": np.frombuffer(image, np.uint8)})
        header = self.header("image.load", **fields)
        return self.send_work(header, entry, data)[0]

    def upload(self, data):
        name = fresh_id()[:16]
        for offset in range(0, len(data), FRAME):
            piece = data[offset:offset + FRAME]
            entry, padded = pack({"data": np.frombuffer(piece, np.uint8)})
            self.ask({"type": "put", "session": self.token, "upload": name, "offset": offset,
                      "total": len(data), "payload": [entry]}, padded, self.run_line)
        return name

    def attach(self, header, entry, data):
        """Names a payload in a header; answers with what travels as a frame, None where it was uploaded."""
        if len(data) <= FRAME:
            header["payload"] = [entry]
            return data
        header["payload"] = [{**entry, "upload": self.upload(data)}]
        return None

    def send_work(self, header, entry, data, timeout=None):
        return self.ask(header, self.attach(header, entry, data), self.run_line, timeout or 60)

    def read_image(self):
        answer, payload = self.ask(self.header("image.read"), None, self.run_line, 60)
        return answer, unpack(answer["payload"][0]["arrays"], payload[0])["image"].tobytes()

    def commit(self):
        return self.ask(self.header("image.commit"), None, self.run_line, 60)[0]

    def run_header(self, batch, **fields):
        entry, data = pack(batch.arrays)
        header = self.header("run", duration_ticks=batch.ticks, record_spikes=True, adc_populations=[],
                             adc_every=7, **fields)
        return header, entry, data

    def run(self, batch, timeout=60, credit=8, on_chunk=None, **fields):
        """Runs a batch to its end; the parts as (samples, arrays), and the last header."""
        header, entry, data = self.run_header(batch, credit=credit, **fields)
        self.run_line.send(header, self.attach(header, entry, data))
        return self.collect(header["id"], timeout, credit, on_chunk)

    def collect(self, id, timeout=60, credit=8, on_chunk=None):
        end = time.monotonic() + timeout
        parts, pieces, received, expected = [], [], [], 0
        while True:
            answer, payload = self.run_line.receive(max(0.001, end - time.monotonic()))
            if answer["id"] != id or answer["type"] == "run.accepted":
                continue
            if answer["type"] == "error":
                raise Refused(answer["error"])
            if answer["type"] == "run.ok":
                break
            assert answer["type"] == "run.chunk", answer
            assert answer["seq"] == expected, f"chunk {answer['seq']} after {expected - 1}"
            entry = answer["payload"][0]
            assert crc32c(payload[0]) == entry["crc32c"]
            expected += 1
            pieces.append(payload[0])
            received.append(payload[0])
            if "last" in answer:
                parts.append((answer["last"]["samples"],
                              unpack(answer["last"]["arrays"], b"".join(pieces))))
                pieces = []
            if on_chunk:
                on_chunk(answer)
            self.run_line.send({"type": "run.credit", "id": fresh_id(), "session": self.token,
                                "target": id, "received": expected, "credit": credit})
        if payload:
            parts.append((answer["samples"], unpack(answer["payload"][0]["arrays"], payload[0])))
            received.append(payload[0])
        assert not pieces, "a part was not completed"
        data = b"".join(received)
        assert answer["chunks"] == expected and answer["bytes"] == len(data), answer
        assert answer["digest"] == crc32c(data), "the digest is wrong"
        return parts, answer

    def close(self, politely=True):
        if politely and self.token:
            try:
                self.ask({"type": "session.close", "session": self.token}, timeout=2)
            except (Refused, Silent):
                pass
        self.control.close()
        if self.run_line:
            self.run_line.close()


class Batch:
    """Input spikes of some samples, drawn from a seed."""

    def __init__(self, seed, samples, ticks, inputs, rate=0.1, cycles_per_tick=1):
        random = np.random.default_rng(seed)
        offsets, cycles, units = [0], [], []
        for _ in range(samples):
            spikes = random.random((ticks, inputs)) < rate
            when, which = np.nonzero(spikes)
            cycles.append(when * cycles_per_tick)
            units.append(which)
            offsets.append(offsets[-1] + len(when))
        self.ticks, self.samples = ticks, samples
        self.arrays = {
            "sample_numbers": np.arange(samples, dtype=np.uint64) + np.uint64(seed * 1000),
            "offsets": np.array(offsets, np.int64),
            "cycles": np.concatenate(cycles or [[]]).astype(np.uint32),
            "units": np.concatenate(units or [[]]).astype(np.uint32),
            "traced_circuits": np.zeros((0, 2), np.int32),
        }


def digest(parts):
    """One number for what a run gave, whatever its slicing: CRC-32C over arrays by sample."""
    spikes = []
    for (first, count), arrays in parts:
        for i in range(count):
            a, b = arrays["offsets"][i], arrays["offsets"][i + 1]
            spikes.append(struct.pack("<q", first + i) + arrays["cycles"][a:b].tobytes()
                          + arrays["units"][a:b].tobytes())
    return crc32c(b"".join(spikes))
