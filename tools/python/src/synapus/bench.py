"""Measures the loop of write and run over a connection: ``python -m synapus.bench --connect ENDPOINT --image NET.chip``.

Prints one JSON object: seconds of a mini-batch and its parts, samples a second, round trips a second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import Any

import numpy as np

from .checksum import backend
from .chip import Chip
from .client import connect
from .errors import SynapusError
from .experiment import Experiment
from .spikes import Spikes

__all__ = ["main", "measure"]


def measure(
    chip: Chip, *, batch: int = 50, batches: int = 40, warm_up: int = 10, spikes_per_channel: int = 1, seed: int = 0
) -> dict[str, Any]:
    """Writes all weights and runs a mini-batch, again and again, on the chip's loaded image.

    Each input channel gets ``spikes_per_channel`` spikes a sample at random times; all spikes are recorded, and the ADC
    reads all populations as fast as it can. Weights travel with the run, so that only the sum of both says much. The first
    ``warm_up`` batches are not counted.
    """
    image = chip.image
    if image is None:
        raise SynapusError("load an image first")
    random = np.random.default_rng(seed)
    weights = {name: image.weights(name, chip.facts) for name in image.projections}
    experiment = _experiment(chip, batch, spikes_per_channel, random)
    started = time.perf_counter()
    pings = 0
    while time.perf_counter() - started < 0.5:
        chip.status()
        pings += 1
    pings_per_s = pings / (time.perf_counter() - started)
    write, run = [], []
    for _ in range(warm_up + batches):
        first = time.perf_counter()
        chip.write_weights(weights)
        second = time.perf_counter()
        recording = chip.run(experiment)
        third = time.perf_counter()
        write.append(second - first)
        run.append(third - second)
    write, run = write[warm_up:], run[warm_up:]
    both = [a + b for a, b in zip(write, run)]
    return {
        "schema": "synapus-python-bench/1",
        "batch": batch,
        "batches": batches,
        "seconds_per_batch": statistics.mean(both),
        "seconds_per_batch_median": statistics.median(both),
        "seconds_per_batch_least": min(both),
        "write_seconds": statistics.mean(write),
        "run_seconds": statistics.mean(run),
        "samples_per_s": batch / statistics.mean(both),
        "control_round_trips_per_s": pings_per_s,
        "recorded_bytes": recording.adc.nbytes + 8 * recording.spikes.count,
        "spikes": recording.spikes.count,
        "checksum": backend(),
    }


def _experiment(chip: Chip, batch: int, spikes_per_channel: int, random: np.random.Generator) -> Experiment:
    image = chip.image
    assert image is not None
    count = image.input_count * spikes_per_channel
    cycles = image.duration_ticks * chip.facts.cycles_per_tick
    units = np.repeat(np.arange(image.input_count), spikes_per_channel)
    inputs = Spikes.of_lists((random.integers(0, cycles, count), units) for _ in range(batch))
    return chip.experiment(inputs, adc=tuple(image.populations))


def main(arguments: list[str] | None = None) -> int:
    """The command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m synapus.bench", description="Measure a training loop's link.")
    parser.add_argument("--connect", metavar="ENDPOINT", help="the server (default: where it listens by default)")
    parser.add_argument("--key", help="a user's secret key file, for servers with keys")
    parser.add_argument("--chip", help="the chip's name at the server")
    parser.add_argument("--image", required=True, help="a .chip file to load")
    parser.add_argument("--batch", type=int, default=50, help="samples of a mini-batch (50)")
    parser.add_argument("--batches", type=int, default=40, help="mini-batches to measure (40)")
    parser.add_argument("--warm-up", type=int, default=10, help="mini-batches before those (10)")
    parser.add_argument("--seed", type=int, default=0, help="of the input spikes")
    options = parser.parse_args(arguments)
    try:
        with connect(options.connect, options.key, options.chip, client="synapus.bench") as chip:
            chip.load(options.image)
            figures = measure(chip, batch=options.batch, batches=options.batches, warm_up=options.warm_up, seed=options.seed)
            print(json.dumps(figures, indent=2))
    except (SynapusError, OSError) as error:
        print(f"synapus.bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
