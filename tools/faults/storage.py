"""Fault 14 (and 9, which journal_steps.py drives): a disk that is full, read-only, or damaged."""

import os
import pathlib
import random
import shutil
import subprocess
import sys

from client import Client, Refused, Silent
from server import ROOT, Server, program

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
    """14: disk full, read-only journal, bit flips on each page."""
    image = images.digits()
    library = shim(folder)
    full = Server(folder / "full")
    codes = []
    with full:
        client = Client(full.endpoint, timeout=30).open()
        client.acquire()
        client.load(image)
        before = client.read_image()[1]
        client.close(politely=False)
    full.start(environment={"LD_PRELOAD": str(library), "SYNAPUS_JOURNAL_FAULT": "full-from:12",
                            "SYNAPUS_JOURNAL_FOLDER": str(full.folder / "state")})
    for _ in range(4):
        client = Client(full.endpoint, timeout=30)
        try:
            client.open()
            client.acquire()
            client.load(image)
            codes.append("ok")
        except Refused as error:
            codes.append(error.code)
        client.close(politely=False)
    full.stop()
    report.must("full disk says", sorted(set(codes)), set(codes) <= {"ok", "storage_failed"}
                and "storage_failed" in codes)
    journal = full.folder / "state/journal.sqlite"
    pages = journal.stat().st_size // 4096
    clean = journal.read_bytes()
    chance = random.Random(14)
    refused = served = wrong = 0
    chosen = range(pages) if report.is_long else sorted(chance.sample(range(pages), min(6, pages)))
    for page in chosen:
        damaged = bytearray(clean)
        for _ in range(3):
            damaged[page * 4096 + chance.randrange(4096)] ^= 1 << chance.randrange(8)
        for side in journal.parent.glob("journal.sqlite-*"):
            side.unlink()
        journal.write_bytes(damaged)
        process = Server(full.folder)
        try:
            process.start()
        except AssertionError:
            refused += 1
            continue
        try:
            resumed = Client(process.endpoint, timeout=10)
            resumed.hello()
            resumed.token = client.token or "0"
            resumed.connect_run()
            resumed.chip = resumed.about["chips"][0]["chip"]
            try:
                resumed.ask({"type": "session.resume", "session": resumed.token})
                resumed.acquire()
                wrong += resumed.read_image()[1] != before
                served += 1
            except (Refused, Silent):
                refused += 1
            resumed.close(politely=False)
        finally:
            process.stop()
    report.note("damaged pages refused", refused)
    report.note("served all the same", served)
    report.must("wrong images", wrong, wrong == 0)
