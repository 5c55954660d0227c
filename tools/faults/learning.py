"""Fault 19: an image that learns, over the end of its worker and of its server.

Checkpoints come by runs; whatever is killed, and when, the client is told what is gone, and goes on
with the weights of the checkpoint, bit by bit.
"""

import os
import signal
import time

from client import Batch, Refused, digest
from clients import prepared
from server import Server

# Runs between two checkpoints.
EVERY = 3
LONG = (2, 3000, 1000, 4, 0.01)


def outcome(client, batch):
    """What a run gave, and the weights after it."""
    parts, last = client.run(batch)
    return {"digest": digest(parts), "image": client.read_image()[1], "runs_since": last["runs_since"]}


def settled(client, checkpoint):
    """Waits until a checkpoint is on disk; where the image stands then."""
    end = time.monotonic() + 10
    while True:
        answer, _ = client.ask({"type": "session.resume", "session": client.token})
        image = answer["images"][0]
        if image["checkpoint"] >= checkpoint:
            return image
        assert time.monotonic() < end, f"checkpoint {checkpoint} did not come: {image}"
        time.sleep(0.02)


def kill_worker(server, client):
    # The compiler is a worker too, and nobody misses it.
    former = server.workers
    for worker in former:
        os.kill(worker, signal.SIGKILL)
    end = time.monotonic() + 10
    while set(former) & set(server.workers) or client.status()["chips"][0]["state"] == "starting":
        assert time.monotonic() < end, "no worker was started again"
        time.sleep(0.01)


def kill_server(server, client):
    server.kill()
    server.start()
    client.connect_run()


def told(client, next_run, begun):
    """What the client is told when it goes on: of the run that was under way, or of the next one."""
    try:
        client.collect(begun, timeout=3) if begun else client.run(next_run)
        return "nothing"
    except Refused as error:
        return error.code


def over_one_fault(report, name, server, image, fault, runs_after, in_mid_run):
    """A checkpoint, some runs after it, the fault, and the same runs again."""
    batches = [Batch(seed, 3, 200, 4) for seed in range(EVERY + 4)]
    client = prepared(server, image, name, ttl_ms=30_000)
    client.load(image, checkpoint_every=EVERY)
    truth = []
    for number in range(EVERY + runs_after):
        truth.append(outcome(client, batches[number]))
        if number + 1 == EVERY:
            settled(client, 1)
    distinct = len({run["image"] for run in truth})
    report.must(f"{name}: weights that differ", distinct, distinct == len(truth))
    begun = None
    if in_mid_run:
        header, entry, data = client.run_header(Batch(*LONG))
        client.run_line.send(header, client.attach(header, entry, data))
        begun = header["id"]
        time.sleep(0.2)
    fault(server, client)
    is_lost = runs_after > 0 or fault is kill_server
    if not is_lost and not begun:
        report.must(f"{name}: weights are the checkpoint's", True,
                    client.read_image()[1] == truth[EVERY - 1]["image"])
    # A run that was under way at the server's end is asked for again, under its dead lease.
    word = told(client, batches[EVERY], begun if fault is kill_worker else None)
    expected = "chip_failed" if begun and fault is kill_worker else "stale_epoch" if is_lost else "nothing"
    report.must(f"{name}: told", word, word == expected)
    if word == "nothing":
        return client.close()
    stands = settled(client, 1)
    standing = [stands["state"], stands["checkpoint"], stands["runs_since"]]
    report.must(f"{name}: stands", standing, standing == ["restored", 1, 0])
    client.acquire()
    report.must(f"{name}: weights are the checkpoint's", True,
                client.read_image()[1] == truth[EVERY - 1]["image"])
    again = [outcome(client, batches[EVERY + i]) for i in range(2)]
    time.sleep(0.2)
    early = settled(client, 1)["checkpoint"]
    again += [outcome(client, batches[EVERY + i]) for i in (2, 3)]
    same = sum(run["digest"] == old["digest"] and run["image"] == old["image"]
               for run, old in zip(again, truth[EVERY:]))
    report.must(f"{name}: runs that are the same again", same, same == runs_after)
    # The next checkpoint comes as often as was asked for when the image was loaded.
    report.must(f"{name}: checkpoints", early, early == 1)
    since = [run["runs_since"] for run in again]
    report.must(f"{name}: runs since", since, since[:EVERY] == [1, 2, 3])
    settled(client, 2)
    client.close()


def over_faults(report, folder, images):
    """19: learning goes on over a worker that is killed, and over a server that is."""
    image = images.learning()
    number = 0
    for name, fault in (("worker", kill_worker), ("server", kill_server)):
        for runs_after, in_mid_run in ((2, False), (1, True), (0, True), (0, False)):
            number += 1
            place = f"{name}, {runs_after} after{', in mid-run' if in_mid_run else ''}"
            with Server(folder / str(number), chip="loihi") as server:
                over_one_fault(report, place, server, image, fault, runs_after, in_mid_run)
