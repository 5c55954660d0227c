"""Faults 1, 3, 4, 5, 13: peers that mean harm, or are broken."""

import random
import socket
import threading
import time

import zmq

import rawzmtp
from check import percentile
from client import Batch, Client, Line, Silent, digest
from server import ROOT, Server

GOLDEN = ROOT / "docs/protocol/golden"


def golden_messages():
    """Every golden message as (name, frames)."""
    messages = []
    for path in sorted(GOLDEN.glob("*.syn")):
        data, frames = path.read_bytes(), []
        while data:
            size = int.from_bytes(data[:4], "little")
            frames.append(data[4:4 + size])
            data = data[4 + size:]
        messages.append((path.stem, frames))
    return messages


def mutate(frames, chance):
    """A message with one to four things wrong."""
    frames = [bytearray(frame) for frame in frames]
    for _ in range(chance.randint(1, 4)):
        which = chance.randrange(len(frames)) if frames else 0
        kind = chance.randrange(9)
        if not frames or kind == 0:
            frames.insert(which, bytearray(chance.randbytes(chance.randrange(40))))
        elif kind == 1:
            del frames[which]
        elif kind == 2 and frames[which]:
            frames[which][chance.randrange(len(frames[which]))] ^= 1 << chance.randrange(8)
        elif kind == 3:
            del frames[which][chance.randrange(len(frames[which]) + 1):]
        elif kind == 4:
            at = chance.randrange(len(frames[which]) + 1)
            frames[which][at:at] = chance.choice(
                [b"9" * 30, b"-1", b"1e999", b"NaN", b"[" * 40, b'{"a":' * 40, b"\xff\xfe", b'"', b"\0"])
        elif kind == 5:
            text = bytes(frames[which])
            for old, new in [(b"1", b"9223372036854775808"), (b":", b"::"), (b"i64", b"f64"),
                             (b'"run"', b'"hello"'), (b"[", b"[2147483648,")]:
                if old in text and chance.random() < 0.5:
                    text = text.replace(old, new, 1)
            frames[which] = bytearray(text)
        elif kind == 6:
            frames += [bytearray(b"x")] * chance.randrange(12)
        elif kind == 7:
            frames[which] *= chance.randrange(1, 4)
        else:
            chance.shuffle(frames)
    return [bytes(frame) for frame in frames]


def fuzz_each_socket(report, folder, images):
    """1: a good client after each of 10,000 fuzzed messages on each socket."""
    rounds = 10_000 if report.is_long else 300
    # Everybody is an admin here, and a server that is told to stop does.
    messages = [message for message in golden_messages() if "server.stop" not in message[0]
                and b"server.stop" not in message[1][1]]
    with Server(folder / "server") as server:
        good = Client(server.endpoint, name="good").open()
        endpoints = [server.endpoint, good.about["endpoints"]["run"], good.about["endpoints"]["events"]]
        bad = [Line(good.context, endpoint) for endpoint in endpoints[:2]]
        events = good.context.socket(zmq.SUB)
        events.linger = 0
        events.connect(endpoints[2])
        for _ in range(200):
            good.ping()
        before, answered = server.memory, 0
        for seed in range(rounds):
            chance = random.Random(seed)
            for line in bad:
                frames = mutate(chance.choice(messages)[1], chance) or [b""]
                try:
                    line.socket.send_multipart(frames, zmq.DONTWAIT)
                except zmq.Again:
                    pass
                while line.socket.poll(0):
                    line.socket.recv_multipart()
            events.subscribe(chance.randbytes(chance.randrange(8)))
            if seed % 10 == 9:
                events.unsubscribe(b"")
            good.ping()
            answered += 1
            if seed % 500 == 0:
                good.status()
        report.must("good answers", answered, answered == rounds, f"of {rounds}")
        report.must("alive", server.is_alive(), server.is_alive())
        report.must_if_long("growth MiB", server.memory - before, server.memory - before <= 16)
        events.close(0)
        for line in bad:
            line.close()
        good.close()


def every_prefix(report, folder, images):
    """3: every prefix of every golden message, as frames and as raw ZMTP, at both sockets."""
    step = 1 if report.is_long else 7
    frames_sent = bytes_sent = hangs = 0
    messages = golden_messages()
    with Server(folder / "server") as server:
        good = Client(server.endpoint, name="good").open()
        for endpoint in (server.endpoint, good.about["endpoints"]["run"]):
            line = Line(good.context, endpoint)
            for _, frames in messages:
                for cut in range(0, sum(map(len, frames)), step):
                    frames_sent += 1
                    hangs += not answered(line, prefix(frames, cut))
                good.ping()
            greeting = rawzmtp.greeting()
            for cut in range(0, len(greeting), step):
                bytes_sent += 1
                hangs += not hung_up(rawzmtp.plain(endpoint, timeout=1), greeting[:cut])
            for _, frames in messages[::1 if report.is_long else 5]:
                wire = b"".join(rawzmtp.frame(f, i + 1 < len(frames)) for i, f in enumerate(frames))
                for cut in range(0, len(wire), step):
                    bytes_sent += 1
                    hangs += not hung_up(rawzmtp.peer(endpoint, timeout=1), wire[:cut])
                good.ping()
            line.close()
        report.note("prefixes as frames", frames_sent)
        report.note("prefixes as bytes", bytes_sent)
        report.must("hangs above 1 s", hangs, hangs == 0)
        report.must("alive", server.is_alive(), server.is_alive())
        good.close()


def prefix(frames, count):
    """The first bytes of a message: whole frames, and the beginning of one."""
    cut = []
    for frame in frames:
        cut.append(frame[:count])
        count -= len(frame)
        if count <= 0:
            break
    return cut


def answered(line, frames):
    """Whether a message is answered within a second."""
    line.socket.send_multipart(frames)
    has_answer = bool(line.socket.poll(1000))
    while line.socket.poll(0):
        line.socket.recv_multipart()
    return has_answer


def hung_up(peer, data):
    """Whether the server hangs up, within a second, on a peer that sends this and then no more."""
    try:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(4096):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        peer.close()


def crowd_beside_training(report, folder, images):
    """4: silent connections and wrong keys beside a training loop."""
    silent, wrong, batches = (2000, 1000, 1000) if report.is_long else (200, 50, 50)
    image = images.digits()
    server = Server(folder / "server", transport="tcp", keys=True)
    triple = server.make_keys({"alice": "runner", "bob": "runner"})
    with server:
        def loop(name):
            client = Client(server.endpoint, triple["alice"], name=name).open()
            client.acquire()
            client.load(image)
            results = [digest(client.run(Batch(i, 10, 20, 64))[0]) for i in range(batches)]
            client.close()
            return results
        quiet = loop("quiet")
        pings, over = [], threading.Event()

        def ping():
            client = Client(server.endpoint, triple["bob"], name="ping", context=zmq.Context())
            while not over.is_set():
                start = time.monotonic()
                client.ping()
                pings.append(time.monotonic() - start)
                time.sleep(0.01)
            client.close()

        def crowd():
            context = zmq.Context()
            peers, lines = [], []
            for i in range(max(silent, wrong)):
                if i < silent:
                    try:
                        peers.append(rawzmtp.plain(server.endpoint))
                    except OSError:
                        pass
                if i < wrong:
                    public, secret = zmq.curve_keypair()
                    line = Line(context, server.endpoint, (public, secret, triple["alice"][2]))
                    line.send({"type": "ping", "id": "x"})
                    lines.append(line)
                    if len(lines) > 100:
                        lines.pop(0).close()
                if over.is_set():
                    break
            over.wait()
            for peer in peers:
                peer.close()
            for line in lines:
                line.close()
            context.destroy(0)
        threads = [threading.Thread(target=ping), threading.Thread(target=crowd)]
        for thread in threads:
            thread.start()
        try:
            busy = loop("busy")
        finally:
            over.set()
            for thread in threads:
                thread.join(30)
        report.must("results", len(busy), len(busy) == batches, f"of {batches}")
        report.must("digests equal", busy == quiet, busy == quiet)
        report.must_if_long("ping p99 ms", percentile(pings, 0.99) * 1000,
                            percentile(pings, 0.99) < 0.25)


def endless_multipart(report, folder, images):
    """5: a message that never ends, as bulk and as empty frames."""
    megabytes, empties = (500, 2_000_000) if report.is_long else (200, 200_000)
    image = images.digits()
    with Server(folder / "server", transport="tcp") as server:
        client = Client(server.endpoint, name="worker", timeout=30).open()
        client.acquire(ttl_ms=30_000)
        client.load(image)
        batch = Batch(1, 200, 100, 64)
        quiet = digest(client.run(batch)[0])
        before, peak, over = server.memory, [0.0], threading.Event()

        def watch():
            while not over.wait(0.01):
                peak[0] = max(peak[0], server.memory)
        threading.Thread(target=watch, daemon=True).start()
        for name, data, count in [("bulk", b"\0" * (512 << 10), megabytes * 2), ("empty", b"", empties)]:
            results = []
            job = threading.Thread(target=lambda: results.append(run_through(client, batch)))
            job.start()
            wire = rawzmtp.frame(data, more=True)
            wire = wire * (1 if data else 4096)
            cut = False
            try:
                peer = rawzmtp.peer(client.about["endpoints"]["run"])
                for _ in range(count // (1 if data else 4096)):
                    peer.sendall(wire)
            except OSError:
                cut = True
            job.join(60)
            report.note(f"{name}: peer cut off", cut)
            report.must(f"{name}: result unchanged", results == [quiet], results == [quiet])
            peer.close()
        over.set()
        report.must_if_long("growth MiB", peak[0] - before, peak[0] - before < 256)
        report.must("alive", server.is_alive(), server.is_alive())
        client.close()


def run_through(client, batch):
    """Runs a batch; asks again, byte for byte, when the answer does not come."""
    header, entry, data = client.run_header(batch)
    header["payload"] = [entry]
    for _ in range(20):
        client.run_line.send(header, data)
        try:
            return digest(client.collect(header["id"], timeout=3)[0])
        except Silent:
            continue
    raise Silent("no result after 20 tries")


def many_sessions(report, folder, images):
    """13: 1,000 sessions opened as fast as possible by one user."""
    count = 1000
    server = Server(folder / "server", keys=True)
    triple = server.make_keys({"alice": "runner", "bob": "runner"})
    with server:
        alice = Client(server.endpoint, triple["alice"])
        alice.hello()
        for i in range(count):
            alice.control.send({"type": "session.open", "id": f"s{i}", "client": "greedy"})
        opened = refused = other = 0
        for _ in range(count):
            answer, _ = alice.control.receive(10)
            if answer["type"] == "session.open.ok":
                opened += 1
            elif answer["error"]["type"] == "too_many_sessions":
                refused += 1
            else:
                other += 1
        report.must("opened", opened, opened == 4)
        report.must("too_many_sessions", refused, refused == count - 4)
        bob = Client(server.endpoint, triple["bob"]).open()
        bob.acquire()
        bob.load(images.digits())
        report.must("others work", True, bool(bob.run(Batch(1, 2, 10, 64))[0]))
        bob.close()
        alice.close(politely=False)
