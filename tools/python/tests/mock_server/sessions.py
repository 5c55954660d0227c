"""Who is there, and whose turn it is: greetings, sessions, leases."""

from __future__ import annotations

import uuid

import numpy as np

from .chip import Refusal


def entry(server):
    """What is said of the chip."""
    return {
        "chip": "0", "name": "mock-1", "hash": "00", "kind": "emulated", "chip_seed": "7", "trial_seed": "1",
        "mismatch": 0.2, "effects": ["noise"], "takes_exact_weights": False, "state": "idle", **server.entry,
    }  # fmt: skip


def hello(server, message, _):
    if message.header["versions"][0] > 2:
        raise Refusal("not_supported_version", "this server speaks version 2")
    return {
        "version": 2, "build": "mock", "server_session": server.server_session, "user": "local", "role": "admin",
        "endpoints": {"run": server.endpoint + ".run", "events": server.endpoint + ".evt"},
        "limits": {"frame_bytes": server.frame_bytes, "upload_bytes": 1 << 26, "credit": 64, "result_bytes": 1 << 26},
        "features": server.features, "chips": [entry(server)],
    }, {}  # fmt: skip


def chip_info(server, *_):
    return entry(server), {"chip_file": np.frombuffer(server.chip_file.encode(), np.uint8)}


def status(server, *_):
    return {"phase": "serving", "server_session": server.server_session, "chips": [], "totals": {}}, {}


def ping(server, message, _):
    token = message.header.get("session")
    if token is not None and token not in server.sessions:
        raise Refusal("no_session", "there is no such session")
    return {"server_session": server.server_session, "leases": []}, {}


def open_session(server, message, _):
    token = uuid.uuid4().hex
    server.sessions[token] = {"client": message.header["client"], "epoch": None}
    return {"session": token}, {}


def resume(server, message, _):
    state = server.images.get(message.header["session"])
    image = {"chip": "0", "image": "00", "state": state, "checkpoint": 1, "runs_since": 0}
    return {"server_session": server.server_session, "images": [image] if state else [], "leases": []}, {}


def close(server, message, _):
    server.sessions.pop(message.header["session"], None)
    return {}, {}


def acquire(server, message, _):
    if server.lease_holder is not None:
        return queued(server), {}
    session = server.sessions[message.header["session"]]
    if session["epoch"] is None:
        server.epoch += 1
        session["epoch"] = server.epoch
    return {"chip": "0", "state": "granted", "epoch": session["epoch"], "mode": message.header["mode"]}, {}


def queued(server):
    """Another one has the chip, for some more requests where that was said."""
    answer = {"chip": "0", "state": "queued", "position": 1, "held_by": server.lease_holder}
    if server.grants_after > 0:
        server.grants_after -= 1
        if server.grants_after == 0:
            server.lease_holder = None
    return answer


def release(server, message, _):
    server.sessions[message.header["session"]]["epoch"] = None
    return {}, {}


REQUESTS = {
    "hello": hello, "chip.info": chip_info, "status": status, "ping": ping, "session.open": open_session,
    "session.resume": resume, "session.close": close, "lease.acquire": acquire, "lease.release": release,
}  # fmt: skip
