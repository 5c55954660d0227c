"""The program under test, as a process: started, watched, killed, started again."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = os.sysconf("SC_PAGE_SIZE")


def program():
    return os.environ.get("SYNAPUS_PROGRAM") or str(ROOT / ".build/release/synapus")


def resident(pid):
    """Resident memory of a process in MiB; 0 when it is gone."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0


def share(pid):
    """Memory of a process in MiB, where pages of several processes count in parts; 0 when it is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Server:
    """`synapus serve` in a folder of its own."""

    def __init__(self, folder, chip="synapus-1", transport="ipc", keys=False, arguments=(),
                 environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True, parents=True)
        self.chip, self.transport = chip, transport
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.keys = self.folder / "keys" if keys else None
        self.process = self.endpoint = None
        self.starts = 0

    def make_keys(self, users):
        """Key files for users by role; the CURVE triples that they connect with."""
        run = lambda *words: subprocess.run([program(), "keys", *words], check=True,
                                            capture_output=True, text=True)
        run("new", "server", "--dir", str(self.keys))
        triples = {}
        for name, role in users.items():
            run("new", name, "--dir", str(self.keys), "--role", role, "--out",
                str(self.folder / f"{name}.key_secret"))
            triples[name] = self.triple(name)
        return triples

    def triple(self, name):
        text = {}
        for file in [self.folder / f"{name}.key_secret"]:
            for line in file.read_text().splitlines():
                if "=" in line:
                    key, value = line.split("=", 1)
                    text[key.strip()] = value.strip().strip('"')
        server = text.get("server-key")
        if not server:
            for line in (self.keys / "server.key").read_text().splitlines():
                if line.strip().startswith("public-key"):
                    server = line.split("=", 1)[1].strip().strip('"')
        return text["public-key"].encode(), text["secret-key"].encode(), server.encode()

    def start(self, wait=20, expect=None, environment=None):
        """Starts it and waits for its endpoint; with `expect`, waits for that exit code instead."""
        self.starts += 1
        bind = f"ipc://{self.folder}/s" if self.transport == "ipc" else (
            self.endpoint or "tcp://127.0.0.1:0")
        command = [program(), "serve", "--chip", self.chip, "--bind", bind, "--state",
                   str(self.folder / "state"), "-v", *self.arguments]
        if self.keys:
            command += ["--keys", str(self.keys)]
        self.log = self.folder / f"log-{self.starts}.jsonl"
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=open(self.log, "w"), text=True,
            env={**os.environ, **self.environment, **(environment or {})})
        if expect is not None:
            code = self.process.wait(wait)
            assert code == expect, f"it ended with {code}, not {expect}: {self.log.read_text()[-400:]}"
            return self
        self.started = time.monotonic()
        line = self.read_line(wait)
        if not line:
            raise AssertionError(f"the server did not start: {self.log.read_text()[-600:]}")
        self.endpoint = line
        return self

    def read_line(self, wait):
        import select
        ready, _, _ = select.select([self.process.stdout], [], [], wait)
        return self.process.stdout.readline().strip() if ready else ""

    @property
    def pid(self):
        return self.process.pid

    @property
    def memory(self):
        return resident(self.pid)

    @property
    def descriptors(self):
        return descriptors(self.pid)

    @property
    def workers(self):
        return children(self.pid)

    def kill(self):
        workers = self.workers
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + 3
        while any(os.path.exists(f"/proc/{pid}") for pid in workers) and time.monotonic() < end:
            time.sleep(0.01)

    def terminate(self, wait=10):
        """SIGTERM; the exit code and how long it took."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(wait)
        return code, time.monotonic() - start

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        if self.is_alive():
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="synapus-faults-") as path:
        yield pathlib.Path(path)


class Images:
    """Chip images made once by the compiler."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def _compile(self, source, name, *arguments):
        path = self.folder / name
        if not path.exists():
            subprocess.run([program(), "compile", str(source), "-o", str(path), *arguments],
                           check=True, capture_output=True)
        return path.read_bytes()

    def digits(self):
        """64-100-10 on synapus-1: nothing learns."""
        return self._compile(ROOT / "examples/digits/digits-mlp.nir", "digits.chip")

    def loud(self):
        """4-1000 on loihi, all neurons driven by their bias: 0.6 million spikes in 1,000 steps."""
        thresholds = [50 + i * 37 % 250 for i in range(1000)]
        synapses = [[i, i % 4, 20 + i % 60] for i in range(1000)]
        source = self.folder / "loud.regs.yaml"
        source.write_text(
            "format: synapus-registers/1\nname: loud\nsteps: 250\ninputs: 4\npopulations:\n"
            "  - name: loud\n    neurons: 1000\n    bias_mantissa: 100\n    bias_exponent: 6\n"
            f"    threshold: {thresholds}\n"
            "projections:\n  - name: in\n    from: input\n    to: loud\n    weight_exponent: 6\n"
            f"    synapses: {synapses}\n")
        return self._compile(source, "loud.chip", "--chip", "loihi")

    def learning(self):
        """4-3-2 on loihi with a rule on its last projection."""
        return self._compile(ROOT / "examples/two-layers.regs.yaml", "learning.chip",
                             "--chip", "loihi")
