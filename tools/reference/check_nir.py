"""Reads NIR files with the Python package nir and prints their nodes and edges.

By hand, to check that files we write are files that others read:
    python3 -m venv /tmp/nir && /tmp/nir/bin/pip install nir==1.0.8 h5py
    /tmp/nir/bin/python tools/reference/check_nir.py FILE.nir...
"""

import sys

import nir
import numpy as np

for path in sys.argv[1:]:
    graph = nir.read(path)
    print(path, "written by nir", nir.serialization.read_version(path))
    for name, node in sorted(graph.nodes.items()):
        values = {
            key: f"{value.dtype}{list(value.shape)} sum {value.sum(dtype=np.float64):.9g}"
            for key, value in sorted(vars(node).items())
            if isinstance(value, np.ndarray)
        }
        print(" ", name, type(node).__name__, values or node.input_type)
    for source, target in sorted(graph.edges):
        print(" ", source, "->", target)
