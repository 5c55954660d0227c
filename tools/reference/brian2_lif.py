"""Records leaky integrate-and-fire neurons with brian2, as an outside judge of the LIF circuit.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install brian2
    /tmp/venv/bin/pip install "numpy<2"
    /tmp/venv/bin/python tools/reference/brian2_lif.py > Tests/FidelityTests/Fixtures/brian2_lif.json

Units: one brian2 millisecond stands for one tick, potentials are volts, weights are steps. brian2
solves the equations exactly between its own steps of 1/512 tick; a spike is
seen within one such step, and stands in the middle of it.
"""

import json
import sys

import numpy as np
from brian2 import (Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses,
                    defaultclock, ms, prefs, start_scope)

prefs.codegen.target = "numpy"
PHASES = 64  # of a tick: where events may fall
STEPS = 512  # of a tick: brian2's own

EQUATIONS = """
dv/dt = (leak - v + gain * (excitation - inhibition)) / (membrane * ms) : 1 (unless refractory)
dexcitation/dt = -excitation / (excitatory * ms) : 1
dinhibition/dt = -inhibition / (inhibitory * ms) : 1
leak : 1
gain : 1
membrane : 1
excitatory : 1
inhibitory : 1
"""

TICK = 256e-9


def exponential(code, at_zero, at_full):
    """An exponential law of `hwspec/chips/synapus-1.yaml`: the quantity of a DAC code."""
    return at_zero * (at_full / at_zero) ** (code / 1022)


def potential(code):
    """The potential of a DAC code, in volts."""
    return code * 1.6 / 1022


# name, DAC codes of tau_mem, tau_exc, tau_inh, gain, leak, threshold, reset; refractory, length in
# ticks, events a tick.
CASES = [
    ("benchmark", 525, 392, 380, 808, 287, 447, 287, 1, 300, 1.2),
    ("slow membrane", 150, 392, 380, 870, 287, 447, 287, 4, 500, 0.5),
    ("fast membrane", 870, 540, 530, 760, 287, 383, 256, 2, 200, 0.8),
    ("slow synapses", 525, 90, 200, 650, 287, 415, 268, 8, 400, 0.4),
    ("constant current", 525, 392, 380, 300, 511, 447, 256, 4, 400, 0.0),
]


def decode(codes):
    """The physical constants of a case: time constants in ticks, potentials in volts."""
    membrane, excitatory, inhibitory, gain, leak, threshold, reset = codes
    return (exponential(membrane, 60e-6, 0.5e-6) / TICK,
            exponential(excitatory, 30e-6, 0.3e-6) / TICK,
            exponential(inhibitory, 30e-6, 0.3e-6) / TICK,
            exponential(gain, 0.1e-3, 64e-3), potential(leak), potential(threshold),
            potential(reset))


def record(case, seed):
    """Runs one case; gives its settings, events, membrane at ticks and spike times."""
    name, *codes, hold, ticks, rate = case
    membrane, excitatory, inhibitory, gain, leak, threshold, reset = decode(codes)
    start_scope()
    defaultclock.dt = ms / STEPS
    random = np.random.default_rng(seed)
    # Eight phases apart, so that no event has to wait at the chip's input port.
    grid = np.arange(8, (ticks - 4) * PHASES, 8)
    grid = grid[random.random(len(grid)) < rate * 8 / PHASES]
    weights = random.integers(-9, 16, len(grid))
    neuron = NeuronGroup(1, EQUATIONS, threshold=f"v >= {threshold}", reset=f"v = {reset}",
                         refractory=hold * ms, method="exact")
    neuron.v, neuron.leak, neuron.gain = leak, leak, gain
    neuron.membrane, neuron.excitatory, neuron.inhibitory = membrane, excitatory, inhibitory
    objects = []
    if len(grid):
        source = SpikeGeneratorGroup(len(grid), np.arange(len(grid)), (grid / PHASES - 1 / STEPS) * ms)
        synapses = Synapses(source, neuron, "w : 1",
                            on_pre="excitation += clip(w, 0, 99)\ninhibition += clip(-w, 0, 99)")
        synapses.connect()
        synapses.w = weights
        objects = [source, synapses]
    trace = StateMonitor(neuron, "v", record=True, dt=ms)
    spikes = SpikeMonitor(neuron)
    Network(neuron, trace, spikes, *objects).run(ticks * ms)
    return {
        "name": name, "codes": codes, "refractory": hold, "ticks": ticks,
        # brian2 applies an event at the end of the step that it falls into: it was given early.
        "phases": grid.tolist(), "weights": weights.tolist(),
        "potentials": [round(float(v), 7) for v in trace.v[0][1:]],
        "spikes": [round(float(t / ms) + 0.5 / STEPS, 6) for t in spikes.t],
    }


json.dump([record(case, 7 + i) for i, case in enumerate(CASES)], sys.stdout, separators=(",", ":"))
