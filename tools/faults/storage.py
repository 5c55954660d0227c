"""Fault 14 (and 9, which journal_steps.py drives): a disk that is full, read-only, or damaged."""

import pathlib
import random
import shutil
import subprocess
import sys

from client import Client, Refused
from server import Server, program

HERE = pathlib.Path(__file__).resolve().parent


def shim(folder):
    """The library that makes writes of the state folder fail, built once."""
    library = pathlib.Path(folder) / "journal_faults.so"
    if not library.exists():
        subprocess.run([shutil.which("cc") or "clang", "-shared", "-fPIC", "-O1", "-o",
                        str(library),
                        str(HERE / "journal_faults.c"), "-ldl"], check=True)
    return library


def journal_steps(report, folder, images):
    """9: the server killed, and the disk failing, at the n-th write or fsync for every n."""
    command = [sys.executable, str(HERE / "journal_steps.py"), "--program", program()]
    command += [] if report.is_long else ["--short", "--kinds", "kill"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=1500)
    for line in result.stdout.splitlines():
        name, _, value = line.partition(": ")
        if value and len(line) < 100:
            report.note(name, value)
    report.must("steps that failed", result.returncode, result.returncode == 0, result.stderr[-400:])


def bad_disks(report, folder, images):
    """14: a disk that is full, a journal that may not be written, bits flipped on each page."""
    image = images.digits()
    server = Server(folder / "server")
    journal = server.folder / "state/journal.sqlite"
    with server:
        client = Client(server.endpoint, timeout=30).open()
        client.acquire()
        client.load(image)
        before, token = client.read_image()[1], client.token
        client.close(politely=False)
    clean = journal.read_bytes()
    library = shim(folder)
    for kind in ("full", "readonly"):
        server.start(environment={"LD_PRELOAD": str(library), "SYNAPUS_JOURNAL_FAULT": f"{kind}-from:12",
                                  "SYNAPUS_JOURNAL_FOLDER": str(server.folder / "state")})
        codes = [load_of_another(server, image) for _ in range(4)]
        server.stop()
        report.must(f"{kind} disk says", sorted(set(codes)), set(codes) <= {"ok", "storage_failed"}
                    and "storage_failed" in codes)
        with server:
            again = image_of(server, token)
        report.must(f"image after {kind} disk", again == before, again == before)
    damaged_pages(report, server, clean, before, token)


def load_of_another(server, image):
    """What a new client hears that loads an image."""
    client = Client(server.endpoint, timeout=30)
    try:
        client.open()
        client.acquire()
        client.load(image)
        return "ok"
    except Refused as error:
        return error.code
    finally:
        client.close(politely=False)


def image_of(server, token):
    """The image that a session resumes with, or the code of the refusal."""
    client = Client(server.endpoint, timeout=10)
    try:
        client.chip = client.hello()["chips"][0]["chip"]
        client.token = token
        client.connect_run()
        client.ask({"type": "session.resume", "session": token})
        client.acquire()
        return client.read_image()[1]
    except Refused as error:
        return error.code
    finally:
        client.close(politely=False)


def damaged_pages(report, server, clean, before, token):
    """A server on a journal of which one or three bits of a page were flipped, page by page."""
    journal = server.folder / "state/journal.sqlite"
    chance = random.Random(14)
    pages = len(clean) // 4096
    rounds, chosen = (8, range(pages)) if report.is_long else (1, sorted(chance.sample(range(pages), 6)))
    count = {"refused": 0, "served": 0, "wrong": 0, "unnamed": 0}
    for page in chosen:
        for turn in range(rounds):
            damaged = bytearray(clean)
            for _ in range(3 if turn == 0 else 1):
                damaged[page * 4096 + chance.randrange(4096)] ^= 1 << chance.randrange(8)
            for side in journal.parent.glob("journal.sqlite-*"):
                side.unlink()
            journal.write_bytes(damaged)
            try:
                server.start()
            except AssertionError:
                count["refused"] += 1
                said = server.log.read_text()
                count["unnamed"] += server.process.wait(10) != 1 or "the journal is damaged" not in said
                continue
            got = image_of(server, token)
            count["served"] += 1
            count["wrong"] += got != before and got != "storage_failed"
            server.stop()
    report.note("pages", len(chosen))
    report.note("damaged files refused", count["refused"])
    report.note("served all the same", count["served"])
    report.must("wrong images", count["wrong"], count["wrong"] == 0)
    report.must("refused without a reason", count["unnamed"], count["unnamed"] == 0)
