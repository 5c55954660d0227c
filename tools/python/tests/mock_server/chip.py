"""A chip that is not there: it answers by rule."""

from __future__ import annotations

import numpy as np

CYCLES_PER_TICK = 64
CHIP_FILE = """format: synapus-chip/1
name: mock-1
summary: "A chip that is not there."
geometry:
  mesh_columns: 1
  mesh_rows: 1
  circuits_per_core: 256
  synapse_rows_per_core: 512
  circuits_per_block: 128
time:
  clock_hertz: 250000000.0
  cycles_per_tick: 64
  acceleration: 1000.0
synapse:
  weight_bits: 4
  effective_steps_per_weight: 12
neuron:
  potential_volts: { law: linear, at_zero: 0.0, at_full: 1.6, highest_code: 1022 }
  membrane_time_seconds: { law: exponential, at_zero: 6e-05, at_full: 5e-07, highest_code: 1022 }
  synaptic_time_seconds: { law: exponential, at_zero: 3e-05, at_full: 3e-07, highest_code: 1022 }
  gain_volts_per_weight: { law: exponential, at_zero: 0.0001, at_full: 0.064, highest_code: 1022 }
readout:
  bits: 8
  zero_volts: 0.15
  lsb_volts: 0.003515625
  sample_every_ticks: 7
"""


class Refusal(Exception):
    """An error to answer with."""

    def __init__(self, code, detail, **more):
        super().__init__(detail)
        self.body = {"type": code, "title": code, "detail": detail, "retryable": False, **more}


class MockChip:
    """Echoes inputs one tick later; counts what it was told."""

    def __init__(self):
        self.image, self.weights, self.runs = None, [], 0

    def load(self, image):
        self.image, self.weights = image, []

    def read(self):
        return self.image

    def write(self, arrays):
        self.weights.append({name: array.copy() for name, array in arrays.items()})

    def run(self, header, arrays):
        """Parts as (first sample, samples, arrays), and the sums."""
        self.runs += 1
        samples = len(arrays["sample_numbers"])
        columns = 3 * len(header["adc_populations"])
        times = header["duration_ticks"] // header["adc_every"]
        parts = []
        size = max(1, -(-samples // 4))
        for first in range(0, samples, size):
            count = min(size, samples - first)
            start, end = arrays["offsets"][first], arrays["offsets"][first + count]
            codes = np.arange(count * times * columns, dtype=np.uint64) + int(arrays["sample_numbers"][first])
            parts.append((first, count, {
                "offsets": (arrays["offsets"][first:first + count + 1] - start).astype(np.int64),
                "cycles": arrays["cycles"][start:end].astype(np.uint32) + np.uint32(CYCLES_PER_TICK),
                "units": arrays["units"][start:end].astype(np.uint32),
                "adc": codes.astype(np.uint8).reshape(count, times, columns),
                "traces": np.zeros((count, 0, 0)),
            }))  # fmt: skip
        counters = {"ticks": samples * header["duration_ticks"], "spikes": len(arrays["cycles"])}
        return parts, {"hardware_seconds": 0.5, "counters": counters, "energy_joules": {"neurons": 1.0, "network": 0.5}}

    def compile(self, network, options):
        raise Refusal("not_available", "this chip compiles nothing")
