"""Servers of one's own: found, started, ended for sure. A script plays the program."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time

import pytest

import synapus
from synapus import LocalServer, LocalServerError, find_program
from synapus.local import flags

SERVE = """\
#!{python}
import os, sys, time
assert sys.argv[1:3] == ["serve", "--bind"]
open(os.environ["PID_FILE"], "w").write(str(os.getpid()))
if "--fail" in sys.argv:
    print("error: there is no chip 'x'", file=sys.stderr)
    sys.exit(1)
if "--quiet" not in sys.argv:
    print(sys.argv[3], flush=True)
time.sleep(60)
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    path = tmp_path / "synapus"
    path.write_text(SERVE.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PID_FILE", str(tmp_path / "pid"))
    return path


def ends_within(path, seconds=10.0):
    number = int(path.read_text())
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(number, 0)
            if open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_start_and_end(stand_in, tmp_path):
    with LocalServer(["--threads", "1"], stand_in) as server:
        assert server.endpoint == f"ipc://{server.folder}/ctl"
        assert stat.S_IMODE(os.stat(server.folder).st_mode) == 0o700
    assert ends_within(tmp_path / "pid") and not os.path.exists(server.folder)


def test_failure_tells_the_reason(stand_in):
    with pytest.raises(LocalServerError, match="no chip 'x'"):
        LocalServer(["--fail"], stand_in)
    with pytest.raises(LocalServerError, match="within 0.5 s"):
        LocalServer(["--quiet"], stand_in, timeout=0.5)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
def test_server_ends_with_its_owner(stand_in, tmp_path, end):
    """By exit, by a signal, and by one that cannot be caught."""
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(synapus.__file__))!r})
        from synapus import LocalServer
        server = LocalServer([], {str(stand_in)!r})
        print("up", flush=True)
        import time
        time.sleep({0 if end is None else 60})
    """)
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"up\n"
    if end is not None:
        owner.send_signal(end)
    owner.wait(20)
    assert ends_within(tmp_path / "pid"), "the server must not outlive its owner"
    owner.stdout.close()


def test_server_ends_with_its_guard(stand_in, tmp_path):
    server = LocalServer([], stand_in)
    os.kill(server.process_id, signal.SIGKILL)
    assert ends_within(tmp_path / "pid")
    server.close()


def test_where_the_program_is_looked_for(stand_in, monkeypatch, tmp_path):
    monkeypatch.setenv("SYNAPUS_PROGRAM", str(stand_in))
    assert find_program() == str(stand_in)
    monkeypatch.setenv("SYNAPUS_PROGRAM", str(tmp_path / "none"))
    with pytest.raises(LocalServerError, match="no program"):
        find_program()
    monkeypatch.delenv("SYNAPUS_PROGRAM")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program() == str(stand_in)


def test_keywords_become_flags():
    assert flags({"chip_seed": 7, "ideal": True, "mismatch": None, "effects": ["noise", "adc"], "verbose": False}) == [
        "--chip-seed", "7", "--ideal", "--effects", "noise,adc",
    ]  # fmt: skip
