#!/usr/bin/env python3
"""Where a sound comes from, by delays and coincidence: a network made by hand.

    python3 examples/coincidence/coincidence.py [--keep DIR]

Two ears hear the same clicks, one of them later. Each ear is a neuron; nine detectors hear both,
detector i the left ear after i and the right ear after 8 - i units of delay, so that both clicks
reach one of them at once (Jeffress 1948). One click makes a detector's membrane rise to a part of
its threshold; two at once make it fire. The class is the detector that fires most.

Without delays all detectors are alike and the class is a guess of one in nine: the program runs that
control too, and fails where the network with delays is not above 95 % on an ideal chip.
"""
import argparse
import os
import random
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

CLASSES, UNIT = 9, 5  # detectors, and ticks of a unit of delay
CLICKS, INTERVAL = 8, 60
DURATION = CLICKS * INTERVAL + 60


def network(path, with_delays):
    nodes = {
        "input": ("Input", {"shape": np.array([2])}),
        "hear": ("Linear", {"weight": 3 * np.eye(2, dtype=np.float32)}),
        "ears": files.cuba(2, tau_mem=3, tau_syn=5),
        "detectors": files.cuba(CLASSES, tau_mem=3, tau_syn=2),
        "output": ("Output", {"shape": np.array([CLASSES])}),
    }
    edges = [("input", "hear"), ("hear", "ears"), ("detectors", "output")]
    for i in range(CLASSES):
        weight = np.zeros((CLASSES, 2), np.float32)
        # R I jumps to 2.6 thresholds, which lifts the membrane to about 0.75 of one.
        weight[i] = 2.6
        delays = UNIT * np.array([i, CLASSES - 1 - i]) if with_delays else np.full(2, UNIT)
        nodes[f"delay{i}"] = ("Delay", {"delay": (delays * files.STEP).astype(np.float32)})
        nodes[f"to{i}"] = ("Linear", {"weight": weight})
        edges += [("ears", f"delay{i}"), (f"delay{i}", f"to{i}"), (f"to{i}", "detectors")]
    files.write_nir(path, nodes, edges)


def sounds(count, seed):
    """Clicks at two ears; the left one's later by -8 to 8 units, every second one, or earlier."""
    draw, samples, labels = random.Random(seed), [], []
    for number in range(count):
        label = number % CLASSES
        # Detector i hears the left ear i and the right ear 8 - i units later.
        lead = (CLASSES - 1 - 2 * label) * UNIT
        spikes = []
        for click in range(CLICKS):
            tick = 45 + click * INTERVAL + draw.uniform(-5, 5)
            spikes += [(tick + lead / 2 + draw.gauss(0, 0.3), 0),
                       (tick - lead / 2 + draw.gauss(0, 0.3), 1)]
        samples.append(spikes)
        labels.append(label)
    return samples, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="a folder for the network and its image")
    options = parser.parse_args()
    with files.folder() as scratch:
        at = options.keep or scratch
        os.makedirs(at, exist_ok=True)
        spikes = os.path.join(at, "sounds.h5")
        files.write_spikes(spikes, *sounds(180, seed=0))
        ideal = None
        for name, with_delays in [("delays", True), ("control without delays", False)]:
            stem = os.path.join(at, "coincidence" if with_delays else "control")
            network(stem + ".nir", with_delays)
            files.synapus("compile", stem + ".nir", "-o", stem + ".chip", "--dt", files.STEP,
                          "--duration", DURATION, "--refractory", 20)
            for device, chip in files.DEVICES:
                found = files.accuracy(stem + ".chip", spikes, *chip)
                if ideal is None:
                    ideal = found
                print(f"{name}, {device}: {100 * found:.1f} % of 180 sounds, chance"
                      f" {100 / CLASSES:.1f} %")
    sys.exit(0 if ideal > 0.95 else 1)


if __name__ == "__main__":
    main()
