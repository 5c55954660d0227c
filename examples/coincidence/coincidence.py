#!/usr/bin/env python3
"""Where a sound comes from, by delays and coincidence: a network made by hand.

    python3 examples/coincidence/coincidence.py [--keep DIR]

Two ears hear the same clicks, one of them later. Each ear is four neurons; nine groups of eight
detectors hear both, group i the left ear after i and the right ear after 8 - i units of delay, so that
both clicks reach one group at once (Jeffress 1948). One click makes a detector's membrane rise to a
part of its threshold; two at once make it fire. A neuron a class adds up its group's spikes.

Without delays all detectors are alike and the class is a guess of one in nine: the program runs that
control too, and fails where the network with delays is not above 95 % on an ideal and on
a calibrated chip.
"""
import argparse
import os
import random
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

CLASSES, UNIT = 9, 5  # directions, and ticks of a unit of delay
GROUP, EARS = 8, 4    # detectors of a direction, and neurons of an ear
CLICKS, INTERVAL = 5, 100
DURATION = CLICKS * INTERVAL + 60


def network(path, with_delays):
    count, ears = CLASSES * GROUP, 2 * EARS
    side = np.arange(ears) // EARS
    hear = np.zeros((ears, 2), np.float32)
    hear[np.arange(ears), side] = 5
    group = np.arange(count) // GROUP
    adds = (group[None, :] == np.arange(CLASSES)[:, None]) * np.float32(0.5)
    nodes = {
        "input": ("Input", {"shape": np.array([2])}),
        "hear": ("Linear", {"weight": hear}),
        "ears": files.cuba(ears, tau_mem=3, tau_syn=5),
        "detectors": files.cuba(count, tau_mem=3, tau_syn=2),
        "add": ("Linear", {"weight": adds}),
        "class": files.cuba(CLASSES, tau_mem=200, tau_syn=10, threshold=None),
        "output": ("Output", {"shape": np.array([CLASSES])}),
    }
    edges = [("input", "hear"), ("hear", "ears"), ("detectors", "add"), ("add", "class"),
             ("class", "output")]
    for i in range(CLASSES):
        weight = np.zeros((count, ears), np.float32)
        # All neurons of an ear make R I jump to 2.2 thresholds, which lifts the membrane to about
        # 0.65 of one.
        weight[group == i] = 2.2 / EARS
        delays = UNIT * np.where(side == 0, i, CLASSES - 1 - i) if with_delays else side * 0 + UNIT
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
        found = {}
        for name, with_delays in [("delays", True), ("control without delays", False)]:
            stem = os.path.join(at, "coincidence" if with_delays else "control")
            network(stem + ".nir", with_delays)
            files.synapus("compile", stem + ".nir", "-o", stem + ".chip", "--dt", files.STEP,
                          "--duration", DURATION, "--refractory", 20)
            for device, chip in files.DEVICES:
                share = files.accuracy(stem + ".chip", spikes, *chip)
                found[name, device] = share
                print(f"{name}, {device}: {100 * share:.1f} % of 180 sounds, chance"
                      f" {100 / CLASSES:.1f} %")
    goals = [found["delays", files.DEVICES[0][0]], found["delays", files.DEVICES[-1][0]]]
    sys.exit(0 if min(goals) > 0.95 else 1)


if __name__ == "__main__":
    main()
