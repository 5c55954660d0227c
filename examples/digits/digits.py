#!/usr/bin/env python3
"""An ordinary 64-100-10 network with rectifiers on the chip: conversion, and what it loses.

    python3 examples/digits/digits.py [--data DIGITS.csv.gz] [--keep DIR]

Scores the network itself (numpy), then the converted one on an ideal chip and on chips with 20 %
mismatch, on the 599 digits of scikit-learn that were not trained on; and once more with thresholds
balanced without data.
"""
import argparse
import glob
import gzip
import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def installed():
    root = os.path.join(HERE, "..", "..")
    places = glob.glob(os.path.join(root, ".venv/lib/*/site-packages")) + [
        "/usr/lib/python3/dist-packages"]
    for place in places:
        path = os.path.join(place, "sklearn/datasets/data/digits.csv.gz")
        if os.path.exists(path):
            return path
    raise SystemExit("the digits are missing: install scikit-learn, or name digits.csv.gz with --data")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="scikit-learn's digits.csv.gz")
    parser.add_argument("--keep", metavar="DIR", help="a folder for the image")
    options = parser.parse_args()
    path = options.data or installed()
    with gzip.open(path) as file:
        table = np.loadtxt(file, delimiter=",")
    judged = np.arange(len(table)) % 3 == 2
    x, labels = table[:, :64] / 16, table[:, 64].astype(int)
    net = np.load(os.path.join(HERE, "digits-mlp.npz"))
    hidden = np.maximum(x[judged] @ net["0.weight"].T + net["0.bias"], 0)
    own = ((hidden @ net["2.weight"].T + net["2.bias"]).argmax(1) == labels[judged]).mean()
    print(f"the network itself: {100 * own:.1f} % of {judged.sum()} digits")
    with files.folder() as scratch:
        at = options.keep or scratch
        os.makedirs(at, exist_ok=True)
        samples = os.path.join(at, "balance.npz")
        np.savez(samples, samples=x[~judged])
        ideal = None
        for name, balance in [("balanced by data", ["--balance-data", samples]),
                              ("balanced by weights", [])]:
            image = os.path.join(at, f"digits-{len(balance)}.chip")
            files.synapus("compile", os.path.join(HERE, "digits-mlp.npz"), "-o", image, *balance)
            for device, chip in files.DEVICES:
                answer = files.synapus("evaluate", image, "--task", "digits", "--data", path, "--json",
                                       *chip)
                found = json.loads(answer)["accuracy"]
                ideal = found if ideal is None else ideal
                print(f"{name}, {device}: {100 * found:.1f} %")
    sys.exit(0 if ideal >= own - 0.015 else 1)


if __name__ == "__main__":
    main()
