"""Runs a server for as long as its owner lives. Started as a script by `local.py`; needs nothing but Python itself.

    python -I -S _guard.py PROGRAM ARGUMENTS...

Standard input is a pipe whose other end the owner holds: when it closes, by whatever end of the owner, the server gets
SIGTERM, and after some seconds SIGKILL. Standard output and standard error are the server's.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

SECONDS_TO_END = 8.0
PR_SET_PDEATHSIG = 1


IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def prepare_server() -> None:
    """In the server before it starts: signals as usual, and SIGKILL when this process dies of anything."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main() -> int:
    """Waits for the end of the owner or of the server, whichever comes first."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the owner decides.
    owner = os.getppid()
    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, preexec_fn=prepare_server, start_new_session=True)
    os.close(1)
    while server.poll() is None:
        readable, _, _ = select.select([0], [], [], 0.1)
        if (readable and not os.read(0, 4096)) or os.getppid() != owner:
            break
    if server.poll() is None:
        server.terminate()
    deadline = time.monotonic() + SECONDS_TO_END
    while server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    if server.poll() is None:
        server.kill()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
