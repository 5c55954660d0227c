#!/usr/bin/env python3
"""The journal under faults of the disk, at every call that it makes.

    journal_steps.py --program .build/release/synapus     a server that is killed and started again
    journal_steps.py --tests .build/release/...xctest     the journal alone, in a process of its own

For every n the n-th write, fsync, ftruncate, unlink or rename of the journal fails (once, or from
then on), finds the disk full, or is the last thing that its process does; then everything that was
acknowledged must be there, bit-equal, and of the rest at most what was under way, whole. `power`
also loses what was not synced, by sectors. `--short` looks at fewer n. Needs cc; with --program
also pyzmq. Exit status 1 and a line for each fault where that does not hold.
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ["kill", "tear", "power", "fail", "fail-from", "full-from", "readonly-from"]
MOST_STEPS = 2000


def build_library(folder):
    """Compiles the library that makes the faults."""
    library = os.path.join(folder, "journal_faults.so")
    source = os.path.join(HERE, "journal_faults.c")
    compiler = os.environ.get("CC") or shutil.which("cc") or "clang"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def environment(library, fault, log, seed):
    return dict(
        os.environ, LD_PRELOAD=library, SYNAPUS_JOURNAL_FAULT=fault,
        SYNAPUS_JOURNAL_FAULT_LOG=log, SYNAPUS_JOURNAL_FAULT_SEED=str(seed))


def steps(short):
    """The numbers n to look at: all, or every seventh after the first ones."""
    n = 1
    while n < MOST_STEPS:
        yield n
        n += 7 if short and n > 10 else 1


# --- The journal alone -------------------------------------------------------------------------

def run_probe(tests, order, extra):
    test = {"write": "writes", "verify": "verifies"}[order[0]]
    command = [tests, "--testing-library", "swift-testing", "--filter", f"JournalProbe/{test}"]
    environ = dict(extra or os.environ, SYNAPUS_JOURNAL_PROBE=":".join(order))
    return subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)


def journal_alone(tests, library, folder, kinds, short):
    """Runs the probe of Tests/LinkTests/Journal at each step, then looks at what is left."""
    bad = 0
    for kind in kinds:
        parent = os.path.join(folder, kind)
        count = 0
        for n in steps(short):
            place = os.path.join(parent, f"{kind}-{n:04}")
            os.makedirs(place)
            log = os.path.join(place, "fault")
            run_probe(tests, ("write", place), environment(library, f"{kind}:{n}", log, n))
            if not os.path.exists(log):
                if not os.path.exists(os.path.join(place, "acks")):
                    sys.exit(f"the probe did not run: {tests}")
                break
            count += 1
        result = run_probe(tests, ("verify", parent), None)
        text = result.stdout.decode(errors="replace")
        if result.returncode != 0 or "1 test" not in text:
            bad += 1
            lines = [line for line in text.splitlines() if kind + "-" in line]
            print("\n".join(lines or text.splitlines()[-20:]))
        print(f"journal, {kind}: {count} steps, {'right' if result.returncode == 0 else 'WRONG'}")
        shutil.rmtree(parent)
    return bad


# --- A server ----------------------------------------------------------------------------------

CRC_TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
    CRC_TABLE.append(i)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def part(arrays):
    """A payload frame of (name, dtype, shape, bytes), and its entry in the header."""
    frame = b"".join(data + bytes(-len(data) % 8) for _, _, _, data in arrays)
    described = [{"name": n, "dtype": d, "shape": s} for n, d, s, _ in arrays]
    return frame, {"bytes": len(frame), "crc32c": crc32c(frame), "arrays": described}


class Refused(Exception):
    """The server answered with an error."""


class Gone(Exception):
    """The server does not answer any more."""


class Client:
    """The protocol as docs/protocol.md says, with raw sockets."""

    def __init__(self, endpoint, alive):
        import zmq
        self.zmq, self.alive, self.number = zmq, alive, 0
        self.context = zmq.Context()
        self.control = self.socket(endpoint)
        hello = self.ask(self.control, {"type": "hello", "versions": [2, 2]})[0]
        self.server = hello["server_session"]
        self.chip = hello["chips"][0]["chip"]
        self.run = self.socket(hello["endpoints"]["run"])

    def socket(self, endpoint):
        socket = self.context.socket(self.zmq.DEALER)
        socket.setsockopt(self.zmq.LINGER, 0)
        socket.connect(endpoint)
        return socket

    def ask(self, socket, header, arrays=None):
        self.number += 1
        header = dict(header, id=f"{os.getpid()}-{time.monotonic_ns()}-{self.number}")
        frames = [b"SYN1"]
        if arrays:
            frame, entry = part(arrays)
            header["payload"] = [entry]
            frames += [json.dumps(header).encode(), frame]
        else:
            frames.append(json.dumps(header).encode())
        socket.send_multipart(frames)
        for _ in range(300):
            if socket.poll(100):
                answer = socket.recv_multipart()
                body = json.loads(answer[1])
                if body["id"] != header["id"]:
                    continue
                if body["type"] == "error":
                    raise Refused(body["error"]["type"])
                return body, answer[2:]
            if not self.alive():
                raise Gone()
        raise Gone()

    def close(self):
        self.context.destroy(linger=0)


class Server:
    """A server on a socket file of its own, below the faults or not."""

    def __init__(self, program, folder, environ):
        self.endpoint = f"ipc://{folder}/s"
        self.log = folder + "/log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--ideal", "-v", "--bind", self.endpoint, "--state",
                 folder + "/state"], env=environ, stdout=subprocess.PIPE, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)
        self.line = self.process.stdout.readline()

    def alive(self):
        return self.process.poll() is None

    def end(self):
        """Ends it gracefully, then not; workers end with their gateway."""
        for sent, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            if self.alive():
                self.process.send_signal(sent)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        self.process.stdout.close()
        return self.process.returncode


def weights(seed):
    """A block of 4 by 3 weights on core 0, another one for each seed."""
    values = bytes((seed * 7 + i * 3) % 15 for i in range(12))
    return [
        ("blocks", "i32", [1, 6], struct.pack("<6i", 0, 0, 4, 0, 3, 0)),
        ("steps", "i8", [12], values), ("exact", "f64", [0], b"")]


def work(client, images, book):
    """Loads, writes, commits; the book holds what is acknowledged, and what is under way."""
    book["begun"] = "session"
    book["session"] = client.ask(
        client.control, {"type": "session.open", "client": "journal steps"})[0]["session"]
    ours = {"session": book["session"], "chip": client.chip}
    ours["epoch"] = client.ask(client.control, dict(ours, type="lease.acquire"))[0]["epoch"]

    def load(image):
        book["begun"] = ("load", image)
        arrays = [("image", "u8", [len(images[image])], images[image])]
        try:
            client.ask(client.run, dict(ours, type="image.load", checkpoint_every=0), arrays)
            book.update(image=image, checkpoint=0, bytes=images[image], begun=None, refused=[])
        except Refused:
            book.update(begun=None, refused=book.get("refused", []) + [images[image]])

    def commit(seed):
        if "image" not in book:
            return
        client.ask(client.run, dict(ours, type="weights.write"), weights(seed))
        now = read(client, ours)
        book["begun"] = ("commit", now)
        try:
            answer = client.ask(client.run, dict(ours, type="image.commit"))[0]
            book.update(
                checkpoint=answer["checkpoint"], bytes=now, begun=None, refused=[])
        except Refused:
            book.update(begun=None, refused=book.get("refused", []) + [now])

    for round in range(2):
        load(0)
        commit(1 + round)
        commit(3 + round)
        load(1)
        commit(5 + round)


def read(client, ours):
    answer, frames = client.ask(client.run, dict(ours, type="image.read"))
    return frames[0][:answer["payload"][0]["arrays"][0]["shape"][0]]


def check(client, images, book):
    """What is wrong with the server after the restart; None when nothing is."""
    if "session" not in book:
        return None
    ours = {"session": book["session"], "chip": client.chip}
    resumed = client.ask(client.control, dict(ours, type="session.resume"))[0]
    held = {image["chip"]: image for image in resumed["images"]}.get(client.chip)
    if held is None:
        return "the image is lost" if "image" in book else None
    ours["epoch"] = client.ask(client.control, dict(ours, type="lease.acquire"))[0]["epoch"]
    now = read(client, ours)
    allowed = [book["bytes"]] if "bytes" in book else []
    # A commit that failed may be found whole as long as no other one came after it.
    allowed += book.get("refused", [])
    if book.get("begun"):
        kind, what = book["begun"]
        allowed.append(images[what] if kind == "load" else what)
    if now not in allowed:
        return "the image is another than was acknowledged"
    names = [hashlib.sha256(image).hexdigest() for image in images]
    if held["image"] not in names:
        return "the image has another hash"
    return None


def one_step(program, library, images, place, fault, seed):
    """Runs a server into its fault and starts it again: (did the fault come, what is wrong)."""
    os.makedirs(place)
    log = os.path.join(place, "fault")
    book = {}
    server = Server(program, place, environment(library, fault, log, seed))
    try:
        if server.line:
            client = Client(server.endpoint, server.alive)
            try:
                work(client, images, book)
            finally:
                client.close()
    except (Gone, Refused):
        pass
    finally:
        server.end()
    came = os.path.exists(log)
    wrong = None if came or book.get("checkpoint") else "nothing was acknowledged without a fault"
    begin = time.monotonic()
    server = Server(program, place, dict(os.environ))
    try:
        if not server.line:
            wrong = "the server does not start again"
        else:
            client = Client(server.endpoint, server.alive)
            seconds = time.monotonic() - begin
            try:
                wrong = wrong or check(client, images, book)
            finally:
                client.close()
            if wrong is None and seconds > 20:
                wrong = f"it took {seconds:.1f} s to start again"
    except (Gone, Refused) as error:
        wrong = f"after the restart: {type(error).__name__} {error}"
    finally:
        begin = time.monotonic()
        code = server.end()
        if code != 0 and wrong is None:
            with open(server.log) as log:
                wrong = (f"the server ended with {code} after {time.monotonic() - begin:.1f} s; its "
                         f"log: {log.read()[-1500:]}")
    return came, wrong


def server_steps(program, library, folder, kinds, short, images):
    bad = 0
    for kind in kinds:
        count = 0
        for n in steps(short):
            place = os.path.join(folder, f"{kind[0]}{n}")
            came, wrong = one_step(program, library, images, place, f"{kind}:{n}", n)
            if wrong:
                bad += 1
                print(f"{kind}:{n}: {wrong}")
            shutil.rmtree(place, ignore_errors=True)
            if not came:
                break
            count += 1
        print(f"server, {kind}: {count} steps, {bad} wrong so far", flush=True)
    return bad


def compile_images(program, folder):
    """Two images that differ."""
    fixtures = os.path.join(HERE, "..", "..", "Tests", "NIRTests", "Fixtures")
    images = []
    for name in ("norse_affine_lif_li", "spyx_cubalif_lif"):
        path = os.path.join(folder, f"{name}.chip")
        subprocess.run(
            [program, "compile", os.path.join(fixtures, name + ".nir"), "-o", path], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(path, "rb") as file:
            images.append(file.read())
    return images


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="the program synapus")
    parser.add_argument("--tests", help="the program of the package's tests")
    parser.add_argument("--image", action="append", help="images to load (two); compiled else")
    parser.add_argument("--short", action="store_true", help="fewer steps")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of: " + ", ".join(KINDS))
    options = parser.parse_args()
    if not options.program and not options.tests:
        parser.error("give --program or --tests")
    kinds = options.kinds.split(",")
    bad = 0
    with tempfile.TemporaryDirectory(prefix="synapus-steps-") as folder:
        library = build_library(folder)
        if options.tests:
            bad += journal_alone(options.tests, library, folder, kinds, options.short)
        if options.program:
            images = [open(path, "rb").read() for path in options.image or []]
            images = images or compile_images(options.program, folder)
            bad += server_steps(
                options.program, library, folder, kinds, options.short, (images * 2)[:2])
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
