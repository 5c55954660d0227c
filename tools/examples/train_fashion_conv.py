#!/usr/bin/env python3
"""Trains a small convolutional spiking network on Fashion-MNIST and writes it as a NIR file.

Needs torch, numpy and h5py in an environment of your own, and Debian's dataset-fashion-mnist:

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch==2.13.0+cpu numpy h5py
    /tmp/venv/bin/python tools/examples/train_fashion_conv.py examples/fashion-conv/fashion-conv.nir

Pictures are padded to 32 x 32, averaged to 16 x 16 and coded as `synapus evaluate --task
fashion-mnist` codes them: one spike a pixel above 0.2, at (0.15 + 1.85 (1 - p)) tau, tau = 20 ticks.

    conv1  8 x 5 x 5, stride 2    16 x 16 -> 8 x 8 x 8
    conv2 16 x 3 x 3, stride 2     8 x 8 x 8 -> 4 x 4 x 16
    fc    256 -> 10, which only integrates

There is no pooling between spiking layers: a pooled neuron hears four times as many others, and
rows of synapses are what a core is short of; strides do the same work. Neurons are current-based LIF
with both time constants at 20 ticks, reset to zero and one tick of refractory time. An event of a
tick acts in the next one, as on the chip. Training may start with a model of spike counts, which is quick,
and goes on with the neurons themselves. The gradient is a surrogate's, through time; weights are
rounded to 31 steps a layer on the way forward from the second epoch on. All epochs but the last two
take steps of two ticks, which halves the work.
"""
import argparse
import gzip
import math
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F

FOLDER = "/usr/share/datasets/fashion-mnist"
TAU = 20.0


def pictures(folder, part, count):
    """The first pictures of a part as [n, 16, 16] in 0...1, and their labels."""
    with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    padded = np.pad(pixels.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2))).astype(np.float32) / 255
    return padded.reshape(-1, 16, 2, 16, 2).mean((2, 4)), labels.astype(np.int64)


def spikes(features, ticks, step):
    """[time, sample, 1, 16, 16]: one spike a bright pixel; a step has so many ticks."""
    time = np.rint((0.15 + 1.85 * (1 - features)) * TAU / step).astype(int)
    x = np.zeros((ticks // step,) + features.shape, np.float32)
    sample, row, column = np.nonzero(features > 0.2)
    x[time[sample, row, column], sample, row, column] = 1
    return torch.from_numpy(x)[:, :, None]


class Neurons(torch.autograd.Function):
    """Drive [time, ...] to spikes: I = b I + x of the tick before, v = a v + (1 - a) I, reset to 0."""

    @staticmethod
    def forward(ctx, drive, slope, decay):
        ticks = drive.shape[0]
        current, v = torch.zeros_like(drive[0]), torch.zeros_like(drive[0])
        spikes, volts, free = (torch.empty_like(drive) for _ in range(3))
        resting = torch.zeros_like(drive[0])
        for t in range(ticks):
            current.mul_(decay)
            if t > 0:
                current.add_(drive[t - 1])
            free[t] = 1 - resting
            v.mul_(decay).add_(current, alpha=1 - decay).mul_(free[t])
            volts[t] = v
            resting = (v >= 1).to(v.dtype)
            spikes[t] = resting
            v = v * (1 - resting)
        ctx.save_for_backward(spikes, volts, free)
        ctx.slope, ctx.decay = slope, decay
        return spikes

    @staticmethod
    def backward(ctx, grad):
        spikes, volts, free = ctx.saved_tensors
        decay = ctx.decay
        surrogate = 1 / (1 + ctx.slope * (volts - 1).abs()) ** 2 * grad
        v, current = torch.zeros_like(grad[0]), torch.zeros_like(grad[0])
        drive = torch.zeros_like(grad)
        for t in range(grad.shape[0] - 1, -1, -1):
            v = (surrogate[t] + decay * v * (1 - spikes[t])) * free[t]
            current = (1 - decay) * v + decay * current
            if t > 0:
                drive[t - 1] = current
        return drive, None, None


def integrate(drive, decay):
    """The membrane of neurons that do not fire, at its highest."""
    current, v = torch.zeros_like(drive[0]), torch.zeros_like(drive[0])
    trace = []
    for t in range(1, drive.shape[0]):
        current = decay * current + drive[t - 1]
        v = decay * v + (1 - decay) * current
        trace.append(v)
    return torch.stack(trace).amax(0)


class Network(torch.nn.Module):
    SHAPES = {"conv1": (8, 1, 5, 5), "conv2": (16, 8, 3, 3), "fc": (10, 256)}
    # The start of the weights: their mean and spread.
    START = {"conv1": (0.25, 0.35), "conv2": (0.07, 0.2), "fc": (0, 0.05)}
    PADDING = {"conv1": 2, "conv2": 1}

    def __init__(self, slope):
        super().__init__()
        self.slope, self.rounded, self.step = slope, False, 1
        for name, shape in self.SHAPES.items():
            mean, spread = self.START[name]
            start = torch.nn.Parameter(mean + spread * torch.randn(shape))
            self.register_parameter(name, start)
        self.bound = {"conv1": 1.5, "conv2": 0.9, "fc": 0.6}
        self.clamp()

    def clamp(self):
        with torch.no_grad():
            for name, p in self.named_parameters():
                p.clamp_(-self.bound[name], self.bound[name])

    def weight(self, name):
        w = getattr(self, name)
        if not self.rounded:
            return w
        step = w.detach().abs().max() / 15
        return w + ((w / step).round() * step - w).detach()

    def forward(self, x):
        ticks, samples = x.shape[:2]
        counts, decay = [], math.exp(-self.step / TAU)
        for name in self.SHAPES:
            w = self.weight(name)
            if w.dim() == 4:
                y = F.conv2d(x.flatten(0, 1), w, stride=2, padding=self.PADDING[name])
                y = y.unflatten(0, (ticks, samples))
            else:
                y = F.linear(x.flatten(2), w)
            if name == "fc":
                return integrate(y, decay), counts
            x = Neurons.apply(y, self.slope, decay)
            counts.append(x.sum(0).flatten(1))

    def counted(self, features):
        """Scores by a model of spike counts: a neuron fires once for each threshold of charge."""
        x = (features[:, None] > 0.2).float()
        for name in self.SHAPES:
            w = self.weight(name)
            if w.dim() == 2:
                return 0.3 * F.linear(x.flatten(1), w)
            x = F.conv2d(x, w, stride=2, padding=self.PADDING[name])
            x = (x - 0.4).clamp(0, 8) + 0.02 * x


def accuracy(network, features, labels, ticks):
    right, rates = 0, []
    with torch.no_grad():
        for first in range(0, len(labels), 200):
            score, counts = network(spikes(features[first:first + 200], ticks, network.step))
            right += (score.argmax(1).numpy() == labels[first:first + 200]).sum()
            rates.append([c.mean().item() for c in counts])
    return right / len(labels), np.mean(rates, 0).round(2)


def write_nir(path, network, tick):
    """Conv2d, CubaLIF, Conv2d, CubaLIF, Flatten, Linear, CubaLIF, Linear, CubaLI."""
    shapes = {"conv1": (8, 8, 8), "conv2": (16, 4, 4), "fc": (10,)}
    chain = ["input"]
    with h5py.File(path, "w") as file:
        file["version"] = "1.0.8"
        nodes = file.create_group("node/nodes")
        file["node/type"] = "NIRGraph"

        def node(name, kind, **values):
            group = nodes.create_group(name)
            group["type"] = kind
            for key, value in values.items():
                value = np.asarray(value)
                if value.size > 1 and value.dtype == np.float32:
                    group.create_dataset(key, data=value, compression="gzip")
                else:
                    group[key] = value
            if name != "input":
                chain.append(name)

        node("input", "Input", shape=np.array([1, 16, 16]))
        for name, shape in shapes.items():
            w = network.weight(name).detach().numpy().astype(np.float32)
            if w.ndim == 4:
                pad, side = network.PADDING[name], 16 if name == "conv1" else 8
                node(name, "Conv2d", weight=w, bias=np.zeros(len(w), np.float32),
                     stride=np.array([2, 2]), padding=np.array([pad, pad]),
                     dilation=np.array([1, 1]), groups=1, input_shape=np.array([side, side]))
            else:
                node("flatten", "Flatten", start_dim=0, end_dim=2,
                     input_type=np.array([16, 4, 4]))
                node(name, "Linear", weight=w)

            def all_(value):
                return np.full(shape, value, np.float32)

            values = dict(tau_syn=all_(TAU * tick), tau_mem=all_(TAU * tick), r=all_(1),
                          v_leak=all_(0), w_in=all_(TAU))
            if name == "fc":
                node("readout", "CubaLI", **values)
            else:
                node(name + ".lif", "CubaLIF", v_threshold=all_(1), **values)
        node("output", "Output", shape=np.array([10]))
        edges = [[a.encode(), b.encode()] for a, b in zip(chain, chain[1:])]
        file.create_dataset("node/edges", data=edges, dtype=h5py.string_dtype())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--data", default=FOLDER)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--start", help="a file of an earlier run, to go on from")
    parser.add_argument("--first-epochs", type=int, default=0,
                        help="epochs of the model of spike counts")
    parser.add_argument("--ticks", type=int, default=77)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--slope", type=float, default=3)
    parser.add_argument("--seconds", type=float, default=1e9, help="no epoch starts after these")
    parser.add_argument("--tick", type=float, default=256e-6, help="biological seconds of a tick")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    order = np.random.default_rng(0)
    features, labels = pictures(options.data, "train", 60_000)
    judge = pictures(options.data, "t10k", 10_000)
    network = Network(options.slope)
    if options.start:
        with h5py.File(options.start) as file, torch.no_grad():
            for name, p in network.named_parameters():
                p.copy_(torch.from_numpy(file[f"node/nodes/{name}/weight"][()]))
    adam = torch.optim.Adam(network.parameters(), lr=options.rate)
    start = time.time()
    for epoch in range(options.first_epochs):
        for group in adam.param_groups:
            group["lr"] = options.rate * 0.7 ** epoch
        losses = []
        for chosen in np.array_split(order.permutation(len(labels)), len(labels) // 100):
            score = network.counted(torch.from_numpy(features[chosen]))
            loss = F.cross_entropy(10 * score, torch.from_numpy(labels[chosen]))
            adam.zero_grad()
            loss.backward()
            adam.step()
            network.clamp()
            losses.append(loss.item())
        print(f"counts, epoch {epoch}: loss {np.mean(losses):.3f}, {time.time() - start:.0f} s",
              flush=True)
    for epoch in range(options.epochs):
        if time.time() - start > options.seconds:
            break
        network.rounded = epoch > 0 or options.start is not None
        network.step = 2 if epoch < options.epochs - 2 else 1
        for group in adam.param_groups:
            group["lr"] = options.rate * 0.8 ** epoch
        losses = []
        some = order.permutation(len(labels))[:options.samples]
        for number, chosen in enumerate(np.array_split(some, len(some) // options.batch)):
            score, counts = network(spikes(features[chosen], options.ticks, network.step))
            loss = F.cross_entropy(10 * score, torch.from_numpy(labels[chosen]))
            loss = loss + 1e-3 * sum((c ** 2).mean() for c in counts)
            adam.zero_grad()
            loss.backward()
            adam.step()
            network.clamp()
            losses.append(loss.item())
            if number % 50 == 0:
                print(f"epoch {epoch} batch {number}: loss {np.mean(losses[-50:]):.3f},"
                      f" {time.time() - start:.0f} s", flush=True)
        found, rates = accuracy(network, judge[0][:2000], judge[1][:2000], options.ticks)
        print(f"epoch {epoch}: {100 * found:.2f} % of 2,000, spikes a neuron {rates},"
              f" {time.time() - start:.0f} s", flush=True)
        write_nir(options.output, network, options.tick)
    network.step = 1
    found, rates = accuracy(network, *judge, options.ticks)
    print(f"{100 * found:.2f} % of 10,000 with weights of 31 steps, spikes a neuron {rates}")


if __name__ == "__main__":
    main()
