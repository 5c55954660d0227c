"""What the examples share: NIR files by h5py alone, input spikes, runs, recordings.

`nir.write` of the package nir writes the same files; h5py keeps the examples free of it.
"""
import json
import os
import shutil
import subprocess
import tempfile

import h5py
import numpy as np

TICK = 256e-9  # hardware seconds of a tick of synapus-1
STEP = 256e-6  # the same in biological time, which the time constants in the NIR files are in


def write_nir(path, nodes, edges):
    """Nodes: {name: (type, {parameter: value})}; edges: pairs of names."""
    with h5py.File(path, "w") as file:
        file["version"] = "1.0.8"
        file["node/type"] = "NIRGraph"
        group = file.create_group("node/nodes")
        for name, (kind, values) in nodes.items():
            node = group.create_group(name)
            node["type"] = kind
            for key, value in values.items():
                value = np.asarray(value)
                packed = {"compression": "gzip"} if value.size > 64 else {}
                node.create_dataset(key, data=value, **packed)
        pairs = [[a.encode(), b.encode()] for a, b in edges]
        file.create_dataset("node/edges", data=pairs, dtype=h5py.string_dtype())


def cuba(count, tau_mem, tau_syn, threshold=1.0):
    """Parameters of current-based neurons, times in ticks: a weight is the jump of R I in thresholds.

    Without a threshold they only integrate."""
    def every(value):
        return np.full(count, value, np.float32)

    values = dict(tau_mem=every(tau_mem * STEP), tau_syn=every(tau_syn * STEP), r=every(1),
                  v_leak=every(0), w_in=every(tau_syn))
    if threshold is None:
        return "CubaLI", values
    return "CubaLIF", dict(values, v_threshold=every(threshold))


def write_spikes(path, samples, labels):
    """Samples: lists of (tick, channel); ticks may have fractions."""
    with h5py.File(path, "w") as file:
        count = len(samples)
        times = file.create_dataset("spikes/times", (count,), dtype=h5py.vlen_dtype(np.float64))
        units = file.create_dataset("spikes/units", (count,), dtype=h5py.vlen_dtype(np.int64))
        for i, spikes in enumerate(samples):
            spikes = sorted(spikes)
            times[i] = np.array([t * TICK for t, _ in spikes])
            units[i] = np.array([u for _, u in spikes], np.int64)
        file["labels"] = np.array(labels, np.int64)


def read_spikes(path):
    """{population: [sample][(tick, neuron)]} of a recording; ticks have fractions."""
    with h5py.File(path) as file:
        names = [n.decode() if isinstance(n, bytes) else n for n in file["populations/name"][()]]
        first, count = file["populations/first_unit"][()], file["populations/count"][()]
        result = {}
        for name, start, size in zip(names, first, count):
            samples = []
            for times, units in zip(file["spikes/times"][()], file["spikes/units"][()]):
                mine = (units >= start) & (units < start + size)
                samples.append([(t / TICK, int(u - start))
                                for t, u in zip(times[mine], units[mine])])
            result[name] = samples
        return result


def binary():
    """The program: $SYNAPUS, the one that was built here, or the one on the path."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    built = os.path.join(here, ".build", "release", "synapus")
    found = os.environ.get("SYNAPUS") or (built if os.path.exists(built) else None)
    found = found or shutil.which("synapus")
    if not found:
        raise SystemExit("there is no synapus; build it with 'swift build -c release', or name it in"
                         " $SYNAPUS")
    return found


def synapus(*arguments):
    """Runs the program; what it has to say on standard error is shown only where it fails."""
    done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"synapus {' '.join(map(str, arguments))}:\n{done.stderr}")
    return done.stdout


def accuracy(image, spikes, *chip):
    """The share of samples whose class the image's own readout finds."""
    answer = synapus("evaluate", image, "--task", spikes, "--all", "--json", *chip)
    return json.loads(answer)["accuracy"]


DEVICES = [("ideal", ["--ideal"])] + [
    (f"mismatch 20 %, chip {seed}", ["--mismatch", "0.2", "--chip-seed", str(seed)])
    for seed in range(3)
]


def folder():
    """A folder for files that are not kept."""
    return tempfile.TemporaryDirectory(prefix="synapus-example-")
