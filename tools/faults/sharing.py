"""Faults 11 and 17: many at once, and for long."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import zmq

from client import Batch, Client, Refused, Silent, digest
from server import Server


def sharing(report, folder, images):
    """11: 8 users x 4 sessions on one chip, random swaps."""
    seconds = 300 if report.is_long else 6
    users = [f"user{i}" for i in range(8)]
    server = Server(folder / "server", chip="loihi", keys=True)
    triple = server.make_keys({user: "runner" for user in users})
    image = images.learning()
    with server:
        # What each session's sequence of runs gives when it has the chip alone.
        alone = Client(server.endpoint, triple[users[0]], name="alone", timeout=30).open()
        alone.acquire()
        expected = []
        alone.load(image)
        for i in range(60):
            expected.append(digest(alone.run(Batch(i, 3, 200, 4))[0]))
        alone.close()
        differing, runs, waits, failures = [], [], [], []
        end = time.monotonic() + seconds

        def session(user, number):
            try:
                context = zmq.Context()
                client = Client(server.endpoint, triple[user], name=f"{user}/{number}",
                                context=context, timeout=60).open()
                client.acquire(ttl_ms=30_000, wait_ms=30_000)
                while time.monotonic() < end:
                    client.load(image)
                    for i in range(60):
                        if time.monotonic() > end:
                            break
                        start = time.monotonic()
                        got = digest(client.run(Batch(i, 3, 200, 4), timeout=60)[0])
                        waits.append(time.monotonic() - start)
                        runs.append(user)
                        if got != expected[i]:
                            differing.append((user, number, i))
                client.close()
                context.destroy(0)
            except Exception as error:  # Reported below: a thread has nobody to raise to.
                failures.append(f"{user}/{number}: {error!r}")
        threads = [threading.Thread(target=session, args=(user, n)) for user in users for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 120)
        watch = Client(server.endpoint, triple[users[0]])
        chip = watch.status()["chips"][0]
        shares = {entry["user"]: entry["chip_seconds"] for entry in chip["users"]
                  if entry["user"] in users}
        report.must("failures", failures[:3], not failures)
        report.note("runs", len(runs))
        report.must("results of another session", len(differing), not differing)
        total = sum(shares.values()) or 1
        worst = max(abs(share / total * len(users) - 1) for share in shares.values())
        report.must_if_long("worst share off 1/8", worst, worst <= 0.10)
        report.note("longest wait s", max(waits))
        floods = watch.metric("synapus_gateway_memory_floods_total")
        report.must("sockets closed for memory", floods, floods == 0)
        watch.close()


def soak(report, folder, images):
    """17: two training clients, a list of faults from a seed, clients stopped and continued."""
    seconds = 1800 if report.is_long else 8
    image_path = images.folder / "digits.chip"
    images.digits()
    with Server(folder / "server", arguments=["--session-idle", "10"]) as server:
        clients = [subprocess.Popen([sys.executable, __file__, server.endpoint, str(image_path), str(n),
                                     str(seconds)], stdout=subprocess.PIPE, text=True) for n in range(2)]
        chance = random.Random(17)
        watch = Client(server.endpoint, name="watch")
        samples, handles = [], []
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            # Swizzle-clog: stop a random subset one by one, continue in random order.
            stopped = chance.sample(clients, chance.randint(0, 2))
            for child in stopped:
                if child.poll() is None:
                    child.send_signal(signal.SIGSTOP)
                time.sleep(chance.random() * (2 if report.is_long else 0.3))
            for child in chance.sample(stopped, len(stopped)):
                if child.poll() is None:
                    child.send_signal(signal.SIGCONT)
                time.sleep(chance.random() * 0.2)
            if chance.random() < 0.3 and server.workers and report.is_long and len(samples) % 40 == 39:
                os.kill(server.workers[0], signal.SIGKILL)
            watch.status()
            samples.append((time.monotonic() - start, server.memory))
            handles.append(server.descriptors)
            time.sleep(0.2)
        totals = {"submitted": 0, "completed": 0, "failed": 0, "cancelled": 0, "lost": 0}
        for child in clients:
            output, _ = child.communicate(timeout=120)
            for word in output.split():
                name, _, value = word.partition("=")
                if name in totals:
                    totals[name] += int(value)
        ended = sum(value for name, value in totals.items() if name != "submitted")
        for name, value in totals.items():
            report.note(name, value)
        report.must("every run ended", ended, ended == totals["submitted"] and ended > 0)
        half = samples[len(samples) // 2:]
        slope = (half[-1][1] - half[0][1]) / max(1e-9, half[-1][0] - half[0][0]) * 60
        report.must_if_long("MiB a minute", slope, slope < 1)
        report.must_if_long("descriptors, spread", max(handles) - min(handles),
                            max(handles[len(handles) // 2:]) - min(handles[len(handles) // 2:]) <= 8)
        report.must("alive", server.is_alive(), server.is_alive())


def soaking(endpoint, image_path, number, seconds):
    """The child of fault 17: runs, cancels, loses its lease, comes back; counts how each run ended."""
    image = open(image_path, "rb").read()
    chance = random.Random(number)
    count = {"submitted": 0, "completed": 0, "failed": 0, "cancelled": 0, "lost": 0}
    end = time.monotonic() + seconds
    client = None
    while time.monotonic() < end:
        try:
            if client is None:
                client = Client(endpoint, name=f"soak{number}", timeout=20).open()
                client.acquire(ttl_ms=1000, wait_ms=10_000)
                client.load(image)
            header, entry, data = client.run_header(Batch(chance.randrange(99), 20, 50, 64))
            header["payload"] = [entry]
            count["submitted"] += 1
            client.run_line.send(header, data)
            if chance.random() < 0.2:
                client.ask({"type": "cancel", "session": client.token, "target": header["id"]})
            try:
                client.collect(header["id"], timeout=20)
                count["completed"] += 1
            except Refused as error:
                kind = {"cancelled": "cancelled", "lost": "lost"}.get(error.code, "failed")
                count[kind] += 1
                if kind == "failed":
                    raise
            except Silent:
                count["lost"] += 1
                raise
        except (Refused, Silent):
            if client:
                client.close()
            client = None
    if client:
        client.close()
    print(" ".join(f"{name}={value}" for name, value in count.items()), flush=True)


if __name__ == "__main__":
    soaking(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
