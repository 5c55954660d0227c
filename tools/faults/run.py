"""The fault tests of the control server; `tools/fault-tests` calls this.

Short form: counts, states and digests, for CI. Long form (--long): times, rates and sizes too.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

import clients
import hostile
import learning
import sharing
import storage
from check import Broken, Report
from server import ROOT, Images, folder


def by_command(*command):
    """A fault test that another program does."""
    def run(report, *_):
        words = [word if isinstance(word, str) else word(report) for word in command]
        result = subprocess.run([word for word in words if word], cwd=ROOT, capture_output=True, text=True)
        tail = [line for line in result.stdout.splitlines() if line.strip()][-1:]
        report.note("says", tail[0].strip()[:100] if tail else "")
        report.must("exit code", result.returncode, result.returncode == 0,
                    (result.stdout + result.stderr)[-600:])
    return run


def swift_tests(filter):
    return by_command("swift", "test", "-c", "release", "--skip-build", "--disable-xctest", "--filter", filter)


# Number, name, test, the most seconds of the long and of the short form (0: only in the long one,
# for CI has it elsewhere).
TESTS = [
    (1, "fuzzed messages", hostile.fuzz_each_socket, 600, 30),
    (2, "libFuzzer, 5 min a parser", by_command("tools/fuzz/run", "--seconds", "300"), 2400, 0),
    (3, "every prefix", hostile.every_prefix, 900, 30),
    (4, "crowd beside training", hostile.crowd_beside_training, 300, 60),
    (5, "endless multipart", hostile.endless_multipart, 180, 60),
    (6, "slow reader", clients.slow_reader, 300, 60),
    (7, "killed clients", clients.killed_clients, 1800, 120),
    (8, "stopped client", clients.stopped_client, 120, 30),
    (9, "journal, every write", storage.journal_steps, 1500, 120),
    (10, "replies dropped", clients.dropped_replies, 900, 60),
    (11, "8 users x 4 sessions", sharing.sharing, 500, 60),
    (12, "cancels", clients.cancels, 600, 60),
    (13, "1,000 sessions", hostile.many_sessions, 60, 30),
    (14, "bad disks", storage.bad_disks, 900, 60),
    (15, "ZAP handler", swift_tests("ZAP"), 120, 0),
    (16, "SIGTERM in mid-run", clients.terminated_in_mid_run, 120, 60),
    (17, "soak", sharing.soak, 2100, 60),
    (18, "simulation", swift_tests("Simulation"), 600, 0),
    (19, "learning over crashes", learning.over_faults, 120, 60),
]


class TooLong(Exception):
    pass


def bounded(test, seconds):
    """Runs a test on this thread, with an alarm."""
    def ring(*_):
        raise TooLong(f"took longer than {seconds} s")
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        test()
    finally:
        signal.alarm(0)


def perform(number, name, test, limit, is_long):
    report, start, outcome = Report(is_long), time.monotonic(), "ok"
    try:
        with folder() as path:
            images = Images(path)
            bounded(lambda: test(report, path, images), limit)
    except (Broken, TooLong) as error:
        outcome = str(error)
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
        if os.environ.get("SYNAPUS_TRACE"):
            raise
    return {"test": number, "name": name, "seconds": round(time.monotonic() - start, 1),
            "outcome": outcome, **report.figures}


def main():
    parser = argparse.ArgumentParser(prog="tools/fault-tests", description=__doc__.split("\n")[0])
    parser.add_argument("--long", action="store_true", help="the full counts; times and sizes judged")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="these tests")
    parser.add_argument("--skip", type=int, nargs="+", metavar="N", default=[], help="not these tests")
    parser.add_argument("--json", action="store_true", help="one line of JSON a test")
    arguments = parser.parse_args()
    done = failed = 0
    for number, name, test, long_limit, short_limit in TESTS:
        if arguments.only and number not in arguments.only or number in arguments.skip:
            continue
        limit = long_limit if arguments.long else short_limit
        if not limit and not arguments.only:
            continue
        print(f"{number:3} {name} ...", file=sys.stderr, flush=True)
        result = perform(number, name, test, limit or long_limit, arguments.long)
        done += 1
        failed += result["outcome"] != "ok"
        if arguments.json:
            print(json.dumps(result), flush=True)
        else:
            figures = ", ".join(f"{key} {value}" for key, value in result.items()
                                if key not in ("test", "name", "seconds", "outcome"))
            print(f"{number:3} {name:24} {result['seconds']:7.1f} s  {result['outcome']}\n"
                  f"      {figures}", flush=True)
    print(f"{done - failed} fault tests passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
