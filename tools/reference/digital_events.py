"""Runs the digital workloads of `synapus bench` again in plain numpy, and counts synaptic events.

    synapus bench W1 --chip loihi --steps 1000 --arrays w1.npz
    python3 tools/reference/digital_events.py w1.npz ...

Each file holds the network's arrays, the inputs, and what the chip counted and recorded. This
program shares no code with the chip: it takes the published equations (lava-nc 0.10.0) in 64-bit
integers, dense weights, no event lists. It ends with 1 where spikes or counts differ.
"""

import sys

import numpy as np

HALF = 1 << 23


def toward_zero(x, keep):
    """x * keep / 4096, towards zero."""
    return np.sign(x) * ((np.abs(x) * keep) >> 12)


def dense_weights(a, core):
    """The weights of a core, axons x neurons."""
    first, last = a["axon_start"][core : core + 2]
    begin, end = a["synapse_start"][core : core + 2]
    rows = int(last - first)
    starts = np.append(a["starts"][first:last], end - begin)
    neurons = int(a["neuron_start"][core + 1] - a["neuron_start"][core])
    weights = np.zeros((rows, neurons), np.int64)
    axon = np.repeat(np.arange(rows), np.diff(starts))
    weights[axon, a["columns"][begin:end]] = a["weights"][begin:end]
    return weights


def route_matrix(a, core, rows, sources):
    """How many events each source sends to each axon of a core: lists of (source, axon)."""
    source = np.repeat(np.arange(sources), np.diff(a["target_start"]))
    here = a["target_core"] == core
    return source[here], a["target_axon"][here], rows


def replay(a):
    """Spikes (step, neuron), synaptic events and events at axons of a run."""
    steps, cores = int(a["steps"][0]), len(a["neuron_start"]) - 1
    count = int(a["neuron_start"][-1])
    sources = len(a["target_start"]) - 1
    weights = [dense_weights(a, c) for c in range(cores)]
    present = [(w != 0).sum(axis=1) for w in weights]
    routes = [route_matrix(a, c, len(weights[c]), sources) for c in range(cores)]
    u, v = a["u0"].copy(), a["v0"].copy()
    keep_u, keep_v = 4096 - (a["du"] + 1), 4096 - a["dv"]
    waiting = np.zeros(count, np.int64)
    inputs = np.zeros((steps, sources), np.int64)
    np.add.at(inputs, (a["input_steps"], count + a["input_channels"]), 1)
    spikes, synaptic, events = [], 0, 0
    for step in range(steps):
        u = toward_zero(u, keep_u) + 64 * waiting
        u = np.where(u > HALF, u - 2 * HALF, np.where(u <= -HALF, u + 2 * HALF, u))
        v = np.clip(toward_zero(v, keep_v) + u + a["bias"], -HALF + 1, HALF - 1)
        fired = v > 64 * a["vth"]
        v[fired] = 0
        spikes += [(step, neuron) for neuron in np.flatnonzero(fired)]
        active = inputs[step].copy()
        active[:count] += fired
        for core, (source, axon, rows) in enumerate(routes):
            at_axon = np.bincount(axon, weights=active[source], minlength=rows).astype(np.int64)
            begin, end = a["neuron_start"][core : core + 2]
            waiting[begin:end] = at_axon @ weights[core]
            synaptic += int(at_axon @ present[core])
            events += int(at_axon.sum())
    return np.array(spikes, np.int64).reshape(-1, 2), synaptic, events


def main(paths):
    differs = not paths
    if differs:
        print(__doc__)
    for path in paths:
        with np.load(path) as file:
            a = dict(file)
        spikes, synaptic, events = replay(a)
        recorded = np.stack([a["spike_steps"], a["spike_neurons"]], axis=1)
        checks = {
            "spikes": (len(spikes), len(recorded)),
            "synaptic events": (synaptic, int(a["synaptic_events"][0])),
            "events at axons": (events, int(a["axon_events"][0])),
        }
        for name, (here, chip) in checks.items():
            differs |= here != chip
            print(f"{path}: {name}: {here} here, {chip} on the chip")
        same = np.array_equal(spikes, recorded)
        differs |= not same
        print(f"{path}: every spike at the same step and neuron: {'yes' if same else 'NO'}")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
