#!/usr/bin/env python3
"""A convolutional spiking network over several cores: ideal, quantised, deployed.

    python3 examples/fashion-conv/fashion_conv.py [--data FOLDER] [--samples 10000] [--keep DIR]

The network was trained by tools/examples/train_fashion_conv.py. It is simulated in numpy as it was
trained, with its own weights and one step a tick; then compiled with 4-bit weights and run on a chip
without imperfections and on chips with 20 % mismatch and all others, on Fashion-MNIST's test pictures.
"""
import argparse
import gzip
import json
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TAU, DURATION = 20.0, 77


def pictures(folder, count):
    with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
        pixels = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(os.path.join(folder, "t10k-labels-idx1-ubyte.gz")) as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    padded = np.pad(pixels.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2))) / 255
    return padded.reshape(-1, 16, 2, 16, 2).mean((2, 4)), labels


def matrix(kernel, side, stride, padding):
    """A convolution as a matrix [out, in]."""
    out, channels, size, _ = kernel.shape
    places = (side + 2 * padding - size) // stride + 1
    full = np.zeros((out, places, places, channels, side, side), np.float32)
    for row in range(places):
        for column in range(places):
            for y in range(size):
                for x in range(size):
                    r, c = row * stride - padding + y, column * stride - padding + x
                    if 0 <= r < side and 0 <= c < side:
                        full[:, row, column, :, r, c] = kernel[:, :, y, x]
    return full.reshape(out * places * places, -1)


def simulated(path, features, labels):
    """The share that the network itself gets right, one step a tick."""
    with h5py.File(path) as file:
        nodes = file["node/nodes"]
        weights = [matrix(nodes["conv1/weight"][()], 16, 2, 2),
                   matrix(nodes["conv2/weight"][()], 8, 2, 1), nodes["fc/weight"][()]]
    decay, right = np.float32(np.exp(-1 / TAU)), 0
    for first in range(0, len(labels), 500):
        x = features[first:first + 500].reshape(-1, 256)
        tick = np.where(x > 0.2, np.rint((0.15 + 1.85 * (1 - x)) * TAU), -1).astype(int)
        current = [np.zeros((len(x), len(w)), np.float32) for w in weights]
        volts = [c.copy() for c in current]
        rest = [c > 0 for c in current]
        before = [(tick == -2).astype(np.float32)] + [c.copy() for c in current[:2]]
        best = np.full((len(x), 10), -np.inf, np.float32)
        for t in range(DURATION):
            now = [(tick == t).astype(np.float32)]
            for i, w in enumerate(weights):
                current[i] = decay * current[i] + before[i] @ w.T
                volts[i] = (decay * volts[i] + (1 - decay) * current[i]) * ~rest[i]
                if i < 2:
                    rest[i] = volts[i] >= 1
                    volts[i] = volts[i] * ~rest[i]
                    now.append(rest[i].astype(np.float32))
            best, before = np.maximum(best, volts[2]), now
        right += (best.argmax(1) == labels[first:first + 500]).sum()
    return right / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--samples", type=int, default=10_000, help="pictures that numpy simulates")
    parser.add_argument("--network", default=os.path.join(HERE, "fashion-conv.nir"))
    parser.add_argument("--keep", metavar="DIR", help="a folder for the image")
    options = parser.parse_args()
    own = simulated(options.network, *pictures(options.data, options.samples))
    print(f"the network itself, {options.samples} pictures: {100 * own:.1f} %")
    with files.folder() as scratch:
        at = options.keep or scratch
        os.makedirs(at, exist_ok=True)
        image, report = os.path.join(at, "fashion-conv.chip"), os.path.join(at, "report.json")
        files.synapus("compile", options.network, "-o", image, "--dt", files.STEP, "--duration",
                      DURATION, "--report", report)
        with open(report) as file:
            print(f"4-bit weights, {json.load(file)['cores_used']} cores")
        ideal = None
        # The emulator without imperfections is the ideal chip's circuit, and many times faster.
        for device, chip in [("no imperfections", ["--effects", "none"])] + files.DEVICES[1:]:
            answer = files.synapus("evaluate", image, "--task", "fashion-mnist", "--data",
                                   options.data, "--json", *chip)
            found = json.loads(answer)
            ideal = found["accuracy"] if ideal is None else ideal
            print(f"{device}, {found['samples']} pictures: {100 * found['accuracy']:.1f} %")
    sys.exit(0 if ideal >= own - 0.03 else 1)


if __name__ == "__main__":
    main()
