"""Prints the spike files of Tests/DatasetsTests/SpikeFileTests.swift as base64 of gzip.

By hand: pip install h5py; python tools/reference/make_spike_files.py
"""

import base64
import gzip
import io

import h5py
import numpy as np

TIMES = [[0.0, 0.25, 0.5], [], [1.0]]
UNITS = [[3, 0, 3], [], [699]]


def lists(group, name, rows, dtype):
    data = group.create_dataset(name, (len(rows),), h5py.vlen_dtype(dtype), chunks=(2,))
    for row, values in enumerate(rows):
        data[row] = np.array(values, dtype)


def show(name, times, units, labels):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        spikes = file.create_group("spikes")
        lists(spikes, "times", times, np.float16)
        lists(spikes, "units", units, np.int32)
        if labels is not None:
            file["labels"] = np.array(labels, np.uint16)
        file["extra/keys"] = np.zeros(3, "S4")
    text = base64.b64encode(gzip.compress(buffer.getvalue(), 9, mtime=0)).decode()
    print(f'  static let {name} = """')
    for start in range(0, len(text), 90):
        print("    " + text[start : start + 90] + "\\")
    print('\n    """')


show("good", TIMES, UNITS, [2, 0, 1])
show("withoutLabels", TIMES, UNITS, None)
show("largeLabel", TIMES, UNITS, [2, 0, 256])
show("fewerUnits", TIMES, [[3, 0], [], [699]], [2, 0, 1])
show("negativeTime", [[0.0, -0.25, 0.5], [], [1.0]], UNITS, [2, 0, 1])
