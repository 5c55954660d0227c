"""What is done with the chip: uploads, images, weights, compilations, runs."""

from __future__ import annotations

import numpy as np

from synapus.checksum import crc32c
from synapus.protocol import unpack

from .chip import Refusal


def put(server, message, _):
    data = server.uploads.setdefault((message.header["session"], message.header["upload"]), bytearray())
    if message.header["offset"] != len(data):
        raise Refusal("bad_header", "pieces must follow one another", field="offset")
    data += message.arrays["data"].tobytes()
    return {"received": len(data)}, {}


def arrays_of(server, message):
    """The arrays of a request, those that were uploaded too."""
    arrays = dict(message.arrays)
    for part in message.header.get("payload", []):
        if "upload" in part:
            data = server.uploads.pop((message.header["session"], part["upload"]), b"")
            if len(data) != part["bytes"] or crc32c(data) != part["crc32c"]:
                raise Refusal("bad_payload", "the upload is not what was described", field="crc32c")
            arrays |= unpack(bytes(data), part["arrays"])
    return arrays


def need_image(server, message):
    if message.header["session"] not in server.images:
        raise Refusal("no_image", "no image was loaded")


def load(server, message, _):
    server.chip.load(arrays_of(server, message)["image"].tobytes())
    server.images[message.header["session"]] = "kept"
    server.runs_since = 0
    return {"image": "00", "durable": True}, {}


def commit(server, *_):
    server.checkpoint += 1
    return {"checkpoint": server.checkpoint, "durable": True}, {}


def read(server, message, _):
    need_image(server, message)
    return {}, {"image": np.frombuffer(server.chip.read(), np.uint8)}


def write(server, message, _):
    need_image(server, message)
    server.chip.write(arrays_of(server, message))
    return {"volatile": True}, {}


def compile_network(server, message, _):
    network = arrays_of(server, message)["network"].tobytes()
    image, report = server.chip.compile(network, message.header["options"])
    return {}, {"image": np.frombuffer(image, np.uint8), "report": np.frombuffer(report, np.uint8)}


def run(server, message, peer):
    need_image(server, message)
    arrays = arrays_of(server, message)
    if "blocks" in arrays:
        server.chip.write({name: arrays[name] for name in ("blocks", "steps", "exact")})
    parts, sums = server.chip.run(message.header, arrays)
    server.runs_since += 1
    *first, (start, count, last) = parts
    sums |= {"samples": [start, count], "checkpoint": server.checkpoint, "runs_since": server.runs_since}
    before = [(arrays, {"samples": [start, count]}) for start, count, arrays in first]
    server.delivery.begin(message, peer, before, last, sums)


REQUESTS = {
    "put": put, "image.load": load, "image.commit": commit, "image.read": read, "weights.write": write,
    "compile": compile_network, "run": run,
}  # fmt: skip
