"""Checks with the Python package nir that a file which Synapus wrote holds what its source holds.

    python tools/reference/nir_roundtrip.py ORIGINAL.nir WRITTEN.nir [ORIGINAL.nir WRITTEN.nir ...]

Reads WRITTEN with nir.read (with and without nir's type check) and compares every parameter with
those of ORIGINAL, read through h5py alone: shapes may have lost leading axes of length 1, single
values may have been repeated, v_reset may be absent where it is zero. Exits with 1 where a value
differs. Run with nir 1.0.8 and, for files without v_reset, with nir 1.0.4.
"""

import sys

import h5py
import nir
import numpy as np


def stored(group):
    """All values of a graph's nodes, by path."""
    values = {}
    for name, node in group["nodes"].items():
        if "nodes" in node:
            inner = stored(node)
            values.update({f"{name}/{key}": value for key, value in inner.items()})
        else:
            for key, value in node.items():
                if key not in ("type", "metadata"):
                    values[f"{name}/{key}"] = value[()]
    return values


def same(key, a, b):
    if isinstance(a, (bytes, str)) or isinstance(b, (bytes, str)):
        return nir.serialization.try_byte_to_str(a) == nir.serialization.try_byte_to_str(b)
    a, b = np.asarray(a), np.asarray(b)
    if key.endswith(("/shape", "/input_type")):
        a, b = (np.trim_zeros(np.atleast_1d(x) - 1, "f") + 1 for x in (a, b))
        return np.array_equal(a, b)
    return np.array_equal(np.broadcast_to(np.squeeze(a), np.squeeze(b).shape), np.squeeze(b))


def check(original, written):
    faults = []
    with h5py.File(original) as a, h5py.File(written) as b:
        old, new = stored(a["node"]), stored(b["node"])
    for key, value in old.items():
        if key not in new and key.endswith("/v_reset") and not np.any(value):
            continue
        if key not in new and isinstance(value, bytes):
            continue  # a comment: no parameter of NIR is text that may be left out
        if key not in new or not same(key, value, new[key]):
            faults.append(f"{key}: {value!r} became {new.get(key)!r}")
    try:
        graph = nir.read(written)
    except ValueError:
        # nir's type check knows neither groups nor kernels that are not square.
        graph = nir.read(written, type_check=False)
    for name, node in graph.nodes.items():
        for key, value in vars(node).items():
            path = f"{name}/{key}"
            if path in new and isinstance(value, np.ndarray) and not same(path, new[path], value):
                faults.append(f"{path}: nir reads {value!r} where {new[path]!r} was written")
    for fault in faults:
        print(f"{written}: {fault}", file=sys.stderr)
    return not faults


if __name__ == "__main__":
    pairs = list(zip(sys.argv[1::2], sys.argv[2::2]))
    sys.exit(0 if pairs and all([check(*pair) for pair in pairs]) else 1)
