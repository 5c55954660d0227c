#!/usr/bin/env python3
"""Yin-Yang with the chip in the loop and PyTorch's optimiser; the loop is the last thirty lines.

    python3 examples/yin-yang-in-the-loop/yin_yang_torch.py [--connect ENDPOINT] [--epochs 2] [--chip-seed 0]

Needs torch besides what yin_yang.py needs, whose data and coding it shares.
"""

import argparse

import torch
from yin_yang import HERE, spikes, synapus, yin_yang

from synapus.torch import ChipNetwork


def accuracy(net, inputs, labels):
    with torch.no_grad():
        found = [
            net(inputs.select(part)).potentials["readout"].amax(1).argmax(1) for part in torch.arange(len(labels)).split(250)
        ]
    return float((torch.cat(found) == labels).float().mean())


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--connect", help="a server that runs already; by default one is started")
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--chip-seed", type=int, default=0)
options = parser.parse_args()
local = {"chip_seed": options.chip_seed, "mismatch": 0.2}

with synapus.connect(options.connect) if options.connect else synapus.local("synapus-1", **local) as chip:
    chip.load(chip.compile(HERE / "yin-yang.nir", dt=256e-6, duration=84, copies={"hidden.weight": 5}, max_clip=1))
    (train, labels), (test, test_labels) = (
        (spikes(points, chip.facts.cycles_per_tick), torch.from_numpy(classes))
        for points, classes in (yin_yang(5000, 42), yin_yang(1000, 41))
    )
    torch.manual_seed(0)
    net = ChipNetwork(chip)
    optimiser = torch.optim.Adam(
        [
            {"params": [net.weight("hidden.weight")], "lr": 20e-3},
            {"params": [net.weight("readout.weight")], "lr": 4e-3},
        ]
    )
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.8)
    course = [accuracy(net, test, test_labels)]
    print(f"deployed as it is: {course[0]:.1%}", flush=True)
    for epoch in range(options.epochs):
        for chosen in torch.randperm(len(labels)).split(50):
            answer = net(train.select(chosen))  # forward on the chip
            scores = 10 * answer.potentials["readout"].amax(1)
            loss = torch.nn.functional.cross_entropy(scores, labels[chosen]) + 4e-4 * (scores**2).mean()
            optimiser.zero_grad()
            loss.backward()  # backward by the surrogate
            optimiser.step()
            net.clamp()
        schedule.step()
        course.append(accuracy(net, test, test_labels))
        print(f"epoch {epoch + 1}: {course[-1]:.1%}", flush=True)
if options.epochs >= 2:
    assert course[-1] >= 0.9, f"training in the loop reached {course[-1]:.1%}; 90 % is what this example claims"
