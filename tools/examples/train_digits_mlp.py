#!/usr/bin/env python3
"""Trains a 64-100-10 network with rectifiers on scikit-learn's digits and writes it as .npz and NIR.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch==2.13.0+cpu numpy h5py
    /tmp/venv/bin/python tools/examples/train_digits_mlp.py DIGITS.csv.gz examples/digits

Every third picture is kept to judge by, as `synapus evaluate --task digits` keeps it.
"""
import gzip
import os
import sys

import h5py
import numpy as np
import torch
from torch import nn

data = np.loadtxt(gzip.open(sys.argv[1]), delimiter=",")
folder = sys.argv[2]
pixels = torch.tensor(data[:, :64] / 16, dtype=torch.float32)
labels = torch.tensor(data[:, 64].astype(int))
judged = torch.arange(len(labels)) % 3 == 2

torch.set_num_threads(1)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10), nn.Softmax(dim=1))
adam = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-4)
x, y = pixels[~judged], labels[~judged]
for epoch in range(60):
    for group in adam.param_groups:
        group["lr"] = 1e-2 * 0.95 ** epoch
    for chosen in torch.randperm(len(y)).split(50):
        loss = nn.functional.cross_entropy(net[:3](x[chosen]), y[chosen])
        adam.zero_grad()
        loss.backward()
        adam.step()
right = (net(pixels[judged]).argmax(1) == labels[judged]).float().mean()
print(f"{100 * right:.2f} % of {judged.sum()} pictures")

# The .npz: the kinds of the layers, and their parameters under the names of the state_dict.
arrays = {"layers": np.array([type(layer).__name__ for layer in net])}
arrays |= {key: value.numpy() for key, value in net.state_dict().items()}
np.savez(os.path.join(folder, "digits-mlp.npz"), **arrays)

# The same as NIR: Affine, Affine; the rectifier is implied between them.
with h5py.File(os.path.join(folder, "digits-mlp.nir"), "w") as file:
    file["version"] = "1.0.8"
    file["node/type"] = "NIRGraph"
    nodes = file.create_group("node/nodes")
    for name, kind, values in [
        ("input", "Input", {"shape": np.array([64])}),
        ("fc1", "Affine", {"weight": arrays["0.weight"], "bias": arrays["0.bias"]}),
        ("fc2", "Affine", {"weight": arrays["2.weight"], "bias": arrays["2.bias"]}),
        ("output", "Output", {"shape": np.array([10])}),
    ]:
        group = nodes.create_group(name)
        group["type"] = kind
        for key, value in values.items():
            group[key] = value
    chain = [b"input", b"fc1", b"fc2", b"output"]
    file.create_dataset(
        "node/edges", data=list(zip(chain, chain[1:])), dtype=h5py.string_dtype())
