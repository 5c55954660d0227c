#!/usr/bin/env python3
"""Remembering a cue by feedback: a recurrent network made by hand.

    python3 examples/memory/memory.py [--keep DIR]

Eight groups of 16 neurons excite themselves and inhibit each other. A cue, a few spikes into one of
them, makes the group fire on after the cue is gone, ten to thirty time constants long, until a
question comes: spikes that alone cannot make the eight answering neurons fire, but together with an
active group can. The class is the answering neuron that fires most.

Without the feedback nothing is left of the cue at the time of the question, and the class is a guess
of one in eight: the program runs that control too, and fails where the network with feedback is not
above 95 % on an ideal chip.
"""
import argparse
import os
import random
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

GROUPS, SIZE, TAU = 8, 16, 10
CUE, DURATION = 10, 420
QUESTION = 360


def network(path, with_feedback):
    count = GROUPS * SIZE
    group = np.repeat(np.arange(GROUPS), SIZE)
    same = group[:, None] == group[None, :]
    feedback = np.where(same, 0.2, -0.2).astype(np.float32)
    cue = np.zeros((count, GROUPS + 1), np.float32)
    cue[np.arange(count), group] = 1.2
    question = np.zeros((GROUPS, GROUPS + 1), np.float32)
    question[:, GROUPS] = 0.5
    answer = np.zeros((GROUPS, count), np.float32)
    answer[group, np.arange(count)] = 0.04
    nodes = {
        "input": ("Input", {"shape": np.array([GROUPS + 1])}),
        "cue": ("Linear", {"weight": cue}),
        "memory": files.cuba(count, TAU, TAU),
        "question": ("Linear", {"weight": question}),
        "recall": ("Linear", {"weight": answer}),
        "answer": files.cuba(GROUPS, TAU, TAU),
        "output": ("Output", {"shape": np.array([GROUPS])}),
    }
    edges = [("input", "cue"), ("cue", "memory"), ("input", "question"), ("question", "answer"),
             ("memory", "recall"), ("recall", "answer"), ("answer", "output")]
    if with_feedback:
        nodes["feedback"] = ("Linear", {"weight": feedback})
        edges += [("memory", "feedback"), ("feedback", "memory")]
    files.write_nir(path, nodes, edges)


def samples(count, seed):
    """A cue of a few spikes at some time in the first part, the question at the end."""
    draw, spikes, labels = random.Random(seed), [], []
    for number in range(count):
        label = number % GROUPS
        start = draw.uniform(5, 250)
        cue = [(start + draw.uniform(0, CUE), label) for _ in range(8)]
        question = [(QUESTION + 4 * i + draw.uniform(0, 1), GROUPS) for i in range(12)]
        spikes.append(cue + question)
        labels.append(label)
    return spikes, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="a folder for the network and its image")
    options = parser.parse_args()
    with files.folder() as scratch:
        at = options.keep or scratch
        os.makedirs(at, exist_ok=True)
        spikes = os.path.join(at, "cues.h5")
        files.write_spikes(spikes, *samples(160, seed=0))
        ideal = None
        for name, with_feedback in [("feedback", True), ("control without feedback", False)]:
            stem = os.path.join(at, "memory" if with_feedback else "control")
            network(stem + ".nir", with_feedback)
            files.synapus("compile", stem + ".nir", "-o", stem + ".chip", "--dt", files.STEP,
                          "--duration", DURATION, "--refractory", 5)
            for device, chip in files.DEVICES:
                found = files.accuracy(stem + ".chip", spikes, *chip)
                if ideal is None:
                    ideal = found
                print(f"{name}, {device}: {100 * found:.1f} % of 160 cues, chance"
                      f" {100 / GROUPS:.1f} %")
    sys.exit(0 if ideal > 0.95 else 1)


if __name__ == "__main__":
    main()
