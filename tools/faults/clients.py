"""Faults 6, 7, 8, 10, 12, 16: clients that are slow, killed, stopped, deaf, or change their mind."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import zmq

from check import percentile
from client import Batch, Client, Line, Refused, Silent, digest, fresh_id
from server import Server, share


def prepared(server, image, name="client", ttl_ms=10_000, keys=None):
    client = Client(server.endpoint, keys, name=name, timeout=30).open()
    client.acquire(ttl_ms=ttl_ms)
    client.load(image)
    return client


class MemoryWatch:
    """How much the gateway and its workers grow: the peak of each, and of all together, in MiB."""

    def __init__(self, server):
        self.pids = {"gateway": server.pid}
        self.pids |= {f"worker {i}": pid for i, pid in enumerate(server.workers, 1)}
        self.before = self.look()
        self.peak = dict(self.before)

    def look(self):
        each = {name: share(pid) for name, pid in self.pids.items()}
        return each | {"all": sum(each.values())}

    def note(self):
        for name, size in self.look().items():
            self.peak[name] = max(self.peak[name], size)

    def growth(self, name="all"):
        return self.peak[name] - self.before[name]


def slow_reader(report, folder, images):
    """6: millions of spikes to a client that reads a chunk a second for ten seconds, then fast."""
    seconds, samples = (10, 80) if report.is_long else (2, 8)
    with Server(folder / "server", chip="loihi") as server:
        client = prepared(server, images.loud(), ttl_ms=30_000)
        client.run(Batch(4, 1, 250, 4))
        batch = Batch(3, samples, 250, 4, rate=0.05)
        upload = sum(array.nbytes for array in batch.arrays.values())
        memory, over, waits = MemoryWatch(server), threading.Event(), []

        def second_client():
            other = Client(server.endpoint, name="other", context=zmq.Context())
            while not over.wait(0.02):
                start = time.monotonic()
                other.ping()
                waits.append(time.monotonic() - start)
                memory.note()
            other.close()
        thread = threading.Thread(target=second_client)
        thread.start()
        start, slowly = time.monotonic(), []

        def dawdle(_):
            if time.monotonic() - start < seconds:
                slowly.append(1)
                time.sleep(1)
            client.control.send({"type": "ping", "id": fresh_id(), "session": client.token})
        parts, last = client.run(batch, timeout=180, credit=2, on_chunk=dawdle)
        over.set()
        thread.join()
        quiet_parts, _ = client.run(batch, timeout=120)
        spikes = sum(len(arrays["cycles"]) for _, arrays in parts)
        report.must("spikes", spikes, spikes >= 1_000_000)
        report.note("MiB up", upload / 2**20)
        report.note("MiB down", last["bytes"] / 2**20)
        report.must("chunks read slowly", len(slowly), len(slowly) >= seconds - 1)
        report.must("digest equal", digest(parts) == digest(quiet_parts),
                    digest(parts) == digest(quiet_parts))
        for name in memory.pids:
            report.note(f"{name} grew MiB", memory.growth(name))
        report.must_if_long("all grew MiB", memory.growth(), memory.growth() <= 32)
        report.must_if_long("other's p99 ms", percentile(waits, 0.99) * 1000,
                            percentile(waits, 0.99) < 0.25)
        client.close()


STEPS = ["hello", "open", "acquire", "load", "sent run", "first chunk", "result", "read", "commit",
         "release", "close"]


def doomed(endpoint, image_path, step, seed):
    """The child of fault 7: goes through the protocol and kills itself at a step."""
    def at(name):
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)
    chance = random.Random(seed)
    client = Client(endpoint, name="doomed")
    client.hello()
    at("hello")
    client.open()
    at("open")
    client.acquire(ttl_ms=1000, mode=chance.choice(["shared", "exclusive"]))
    at("acquire")
    client.load(open(image_path, "rb").read())
    at("load")
    batch = Batch(seed, 20, 200, 4)
    if step in ("sent run", "first chunk"):
        header, entry, data = client.run_header(Batch(seed, 400, 2000, 4))
        client.run_line.send(header, client.attach(header, entry, data))
        if step == "first chunk":
            client.run_line.receive(30)
        time.sleep(chance.random() * 0.05)
        at(step)
    client.run(batch)
    at("result")
    client.read_image()
    at("read")
    client.commit()
    at("commit")
    client.ask({"type": "lease.release", "session": client.token, "chip": client.chip})
    at("release")
    client.close()
    at("close")


def killed_clients(report, folder, images):
    """7: a client killed at each step of the protocol."""
    seeds = 20 if report.is_long else 1
    image = images.learning()
    arguments = ["--session-idle", "3"]
    slowest, differing, children = 0.0, 0, 0
    with Server(folder / "server", chip="loihi", arguments=arguments) as server:
        first = prepared(server, image, "reference")
        reference = (first.read_image()[1], digest(first.run(Batch(9, 5, 200, 4))[0]))
        first.close()
        wait_for_sessions(server, 0)
        handles = server.descriptors
        for seed in range(seeds):
            for step in STEPS:
                child = subprocess.run(
                    [sys.executable, __file__, server.endpoint, str(images.folder / "learning.chip"),
                     step, str(seed)], capture_output=True, timeout=60)
                assert child.returncode in (-9, 0), child.stderr.decode()[-400:]
                children += 1
                start = time.monotonic()
                client = Client(server.endpoint, name="next", timeout=30).open()
                client.acquire(mode="exclusive", wait_ms=10_000)
                slowest = max(slowest, time.monotonic() - start)
                client.load(image)
                now = (client.read_image()[1], digest(client.run(Batch(9, 5, 200, 4))[0]))
                differing += now != reference
                client.close()
        left = wait_for_sessions(server, 0, seconds=10)
        report.must("clients killed", children, children == seeds * len(STEPS))
        report.must("next sessions that differ", differing, differing == 0)
        report.must("leaked sessions", left, left == 0)
        time.sleep(0.5)
        report.must("leaked descriptors", server.descriptors - handles, server.descriptors <= handles + 2)
        report.must_if_long("chip free after s", slowest, slowest <= 2.0, "(lease of 1 s + 1 s)")


def wait_for_sessions(server, count, seconds=10):
    client = Client(server.endpoint, name="watch")
    end = time.monotonic() + seconds
    while True:
        sessions = client.status()["sessions"]
        if sessions <= count or time.monotonic() > end:
            client.close()
            return sessions
        time.sleep(0.1)


def stopped_client(report, folder, images):
    """8: a client stopped for twice its lease goes on writing."""
    image = images.learning()
    tries = 20 if report.is_long else 3
    stale = applied = 0
    with Server(folder / "server", chip="loihi") as server:
        for i in range(tries):
            client = prepared(server, image, ttl_ms=500)
            before = client.read_image()[1]
            time.sleep(1.1)
            for _ in range(3):
                try:
                    client.run(Batch(i, 3, 200, 4))
                    applied += 1
                except Refused as error:
                    stale += error.code == "stale_epoch"
            client.acquire()
            applied += client.read_image()[1] != before
            client.close()
        report.must("writes refused as stale", stale, stale == 3 * tries)
        report.must("writes applied", applied, applied == 0)


def await_on_any(lines, id, timeout=30):
    """Waits for a run's answer on whichever connection it comes: that which asked last."""
    poller = zmq.Poller()
    for line in lines:
        poller.register(line.socket, zmq.POLLIN)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for socket, _ in poller.poll(1000):
            header = json.loads(socket.recv_multipart()[1])
            if header["id"] == id and header["type"] == "run.ok":
                return 1
            if header["type"] == "error":
                raise Refused(header["error"])
    raise Silent(f"no answer within {timeout} s")


def dropped_replies(report, folder, images):
    """10: replies dropped and requests sent again, one to five times, with learning steps."""
    count = 10_000 if report.is_long else 300
    image = images.learning()
    with Server(folder / "server", chip="loihi") as server:
        plain = prepared(server, image, "plain")
        for i in range(count):
            plain.run(Batch(i % 50, 1, 20, 4))
        expected = plain.read_image()[1]
        plain.close()
        base = Client(server.endpoint).status()["totals"]["runs"]
        client = prepared(server, image, "resending", ttl_ms=30_000)
        chance = random.Random(1)
        lines = [Line(client.context, client.about["endpoints"]["run"]) for _ in range(3)]
        resent = answered = 0
        for i in range(count):
            header, entry, data = client.run_header(Batch(i % 50, 1, 20, 4))
            header["payload"] = [entry]
            for _ in range(chance.randint(1, 5)):
                chance.choice(lines).send(header, data)
                resent += 1
            client.run_line.send(header, data)
            answered += await_on_any([client.run_line, *lines], header["id"])
            if i % 100 == 0:
                client.ping()
        runs = client.status()["totals"]["runs"] - base
        report.note("sent again", resent)
        report.must("answered", answered, answered == count)
        report.must("applied", runs, runs == count, f"of {count}")
        same = client.read_image()[1] == expected
        report.must("weights as without faults", same, same)
        client.close()


def cancels(report, folder, images):
    """12: cancel at random times."""
    count = 1000 if report.is_long else 40
    with Server(folder / "server") as server:
        client = prepared(server, images.digits(), ttl_ms=30_000)
        long, short = Batch(1, 4000, 100, 64, rate=0.001), Batch(2, 3, 20, 64)
        reference = digest(client.run(short)[0])
        waits, usable, late = [], 0, 0
        header, entry, data = client.run_header(long)
        chance = random.Random(2)
        for i in range(count):
            header = {**header, "id": fresh_id()}
            client.run_line.send(header, client.attach(header, entry, data))
            time.sleep(chance.random() * 0.06)
            start = time.monotonic()
            client.ask({"type": "cancel", "session": client.token, "target": header["id"]})
            try:
                client.collect(header["id"], timeout=10)
                late += 1
            except Refused as error:
                assert error.code == "cancelled", error
                waits.append(time.monotonic() - start)
            usable += digest(client.run(short)[0]) == reference
        report.note("cancelled", len(waits))
        report.note("had ended before", late)
        report.must("usable afterwards", usable, usable == count)
        report.must_if_long("p99 ms", percentile(waits, 0.99) * 1000, percentile(waits, 0.99) <= 0.1)
        client.close()


def terminated_in_mid_run(report, folder, images):
    """16: SIGTERM in the middle of a run; what is resumed gives the same digest."""
    image = images.learning()
    server = Server(folder / "server", chip="loihi")
    first, second = Batch(1, 50, 200, 4), Batch(2, 3000, 1000, 4, rate=0.01)
    with server:
        client = prepared(server, image, "undisturbed", ttl_ms=30_000)
        client.run(first)
        expected = (digest(client.run(second, timeout=120)[0]), client.read_image()[1])
        client.close()
        client = prepared(server, image, "disturbed", ttl_ms=30_000)
        client.run(first)
        header, entry, data = client.run_header(second)
        client.run_line.send(header, client.attach(header, entry, data))
        time.sleep(0.2)
        code, seconds = server.terminate()
        try:
            client.collect(header["id"], timeout=2)
            outcome = "done"
        except Refused as error:
            outcome = error.code
        except Silent:
            outcome = "silent"
        report.must("exit code", code, code == 0)
        report.must_if_long("seconds to exit", seconds, seconds <= 5)
        report.must("the run's end", outcome, outcome in ("cancelled", "shutting_down"))
    with server:
        client.connect_run()
        resumed, _ = client.ask({"type": "session.resume", "session": client.token})
        report.note("resumed", resumed["images"])
        client.acquire(ttl_ms=30_000)
        again = (digest(client.run(second, timeout=120)[0]), client.read_image()[1])
        report.must("digest as undisturbed", again == expected, again == expected)
        client.close()


if __name__ == "__main__":
    doomed(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
