"""Reads recordings with h5py and numpy alone, and prints what they hold.

By hand, to check that files we write are files that others read:
    python3 -m venv /tmp/rec && /tmp/rec/bin/pip install h5py numpy
    /tmp/rec/bin/python tools/reference/check_recording.py FILE.h5|FILE.npz...
"""

import sys

import h5py
import numpy as np


def show(name, item):
    kind = "group" if isinstance(item, h5py.Group) else f"{item.dtype} {item.shape}"
    print(" ", name, kind, dict(item.attrs))
    if isinstance(item, h5py.Dataset) and item.size <= 8:
        print("   ", item[()].tolist())


for path in sys.argv[1:]:
    print(path)
    if path.endswith(".npz"):
        for name, array in np.load(path).items():
            print(" ", name, array.dtype, array.shape, array.ravel()[:8].tolist())
    else:
        with h5py.File(path) as file:
            print(" ", dict(file.attrs))
            file.visititems(show)
