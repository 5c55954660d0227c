"""Records full neuron circuits with brian2, as an outside judge: AdEx, conductances, plasticity.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install brian2
    /tmp/venv/bin/pip install "numpy<2"
    /tmp/venv/bin/python tools/reference/brian2_adex.py > Tests/FidelityTests/Fixtures/brian2_adex.json

Units: one brian2 millisecond stands for one tick, potentials are volts, weights are steps. brian2
solves the equations by the fourth-order Runge-Kutta method in steps of 1/512 tick; a spike is seen
within one such step, and stands in the middle of it.
"""

import json
import sys

import numpy as np
from brian2 import (Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses,
                    defaultclock, ms, prefs, start_scope)

prefs.codegen.target = "numpy"
PHASES = 64  # of a tick: where events may fall
STEPS = 512  # of a tick: brian2's own
TICK = 256e-9

EQUATIONS = """
dv/dt = (leak - v + current - w + upswing) / (membrane * ms) : 1 (unless refractory)
upswing = slope * exp(clip((v - onset) / slope, -100, 100)) * switch : 1
current = gain * excitation * (conducting * (up - v) + 1 - conducting)
    - gain * inhibition * (conducting * (v - down) + 1 - conducting) : 1
dw/dt = (a * (v - leak) - w) / (slow * ms) : 1
dexcitation/dt = -excitation / (excitatory * ms) : 1
dinhibition/dt = -inhibition / (inhibitory * ms) : 1
leak : 1
gain : 1
conducting : 1
up : 1
down : 1
membrane : 1
excitatory : 1
inhibitory : 1
a : 1
slow : 1
slope : 1
onset : 1
switch : 1
"""


def exponential(code, at_zero, at_full, highest=1022):
    """An exponential law of `hwspec/chips/synapus-1.yaml`: the quantity of a DAC code."""
    return at_zero * (at_full / at_zero) ** (code / highest)


def linear(code, at_zero, at_full, highest=1022):
    """A linear law: the quantity of a DAC code."""
    return at_zero + (at_full - at_zero) * code / highest


# DAC codes of leak, reset, threshold, tau_mem, tau_exc, tau_inh and gain; of a, b, tau_w; of slope
# and V_T; of the reversal potentials; of a row driver: utilisation, recovery, whether it
# facilitates. Then refractory time, length in ticks, events a tick (0: one every fourth tick).
CASES = [
    dict(name="AdEx adapting", neuron=[224, 281, 428, 235, 92, 600, 517],
         adaptation=[341, 80, 380], exponential=[530, 326], refractory=1, ticks=900, rate=0),
    dict(name="AdEx bursting", neuron=[224, 341, 428, 520, 92, 600, 451],
         adaptation=[330, 320, 380], exponential=[530, 326], refractory=1, ticks=900, rate=0),
    dict(name="AdEx random", neuron=[224, 281, 428, 400, 392, 380, 700],
         adaptation=[511, 100, 500], exponential=[530, 326], refractory=2, ticks=700, rate=0.6),
    dict(name="COBA", neuron=[287, 287, 447, 525, 392, 380, 560],
         reversal=[560, 200], refractory=4, ticks=600, rate=0.8),
    dict(name="COBA slow", neuron=[287, 287, 447, 150, 92, 200, 420],
         reversal=[640, 240], refractory=2, ticks=600, rate=0.5),
    dict(name="STP depressing", neuron=[287, 287, 600, 525, 600, 600, 860],
         driver=[5, 7, 0], refractory=1, ticks=700, rate=0.08),
    dict(name="STP facilitating", neuron=[287, 287, 600, 525, 600, 600, 860],
         driver=[3, 5, 1], refractory=1, ticks=700, rate=0.08),
]


def constants(case):
    """The physical constants of a case: times in ticks, potentials in volts."""
    leak, reset, threshold, membrane, excitatory, inhibitory, gain = case["neuron"]
    conducting = "reversal" in case
    values = dict(
        leak=linear(leak, 0, 1.6), reset=linear(reset, 0, 1.6), threshold=linear(threshold, 0, 1.6),
        membrane=exponential(membrane, 60e-6, 0.5e-6) / TICK,
        excitatory=exponential(excitatory, 30e-6, 0.3e-6) / TICK,
        inhibitory=exponential(inhibitory, 30e-6, 0.3e-6) / TICK,
        gain=exponential(gain, 1e-3, 2) if conducting else exponential(gain, 0.1e-3, 64e-3),
        conducting=float(conducting), up=0.0, down=0.0, a=0.0, b=0.0, slow=100.0, slope=1.0,
        onset=0.0, switch=0.0)
    if conducting:
        values["up"], values["down"] = (linear(code, 0, 1.6) for code in case["reversal"])
    if "adaptation" in case:
        a, b, slow = case["adaptation"]
        values.update(a=linear(a, -1.022, 2.044), b=linear(b, 0, 0.2044),
                      slow=exponential(slow, 1e-3, 2e-6) / TICK)
    if "exponential" in case:
        slope, onset = case["exponential"]
        values.update(slope=exponential(slope, 2e-3, 0.1), onset=linear(onset, 0, 1.6), switch=1.0)
    return values


def events(case, random):
    """When events come, in 1/64 tick, and their signed weights."""
    last = (case["ticks"] - 4) * PHASES
    if case["rate"]:
        # Eight phases apart, so that no event has to wait at the chip's input port.
        grid = np.arange(8, last, 8)
        grid = grid[random.random(len(grid)) < case["rate"] * 8 / PHASES]
        if "driver" in case:
            return grid, np.full(len(grid), 15)
        return grid, random.integers(-9, 16, len(grid))
    burst = np.arange(12) * 8 + 8 * PHASES
    steady = np.arange(12 * PHASES, last, 4 * PHASES)
    return np.concatenate([burst, steady]), np.array([15] * 12 + [7] * len(steady))


def amplitudes(case, grid):
    """What a row driver makes of its events (Schemmel et al. 2007, lambda 1, beta 0.5)."""
    if "driver" not in case:
        return np.ones(len(grid))
    utilisation, recovery, facilitates = case["driver"]
    utilisation = linear(utilisation, 0.0625, 1, 15)
    recovery = exponential(recovery, 1e-3, 2e-6, 15) / TICK
    result, inactive, before = [], 0.0, 0.0
    for time in grid / PHASES:
        inactive *= np.exp(-(time - before) / recovery)
        result.append(1 + inactive - 0.5 if facilitates else 1 - inactive)
        inactive += utilisation * (1 - inactive)
        before = time
    return np.array(result)


def record(case, seed):
    """Runs one case; gives its codes, events, membrane at ticks and spike times."""
    start_scope()
    defaultclock.dt = ms / STEPS
    grid, weights = events(case, np.random.default_rng(seed))
    values = constants(case)
    threshold, reset, jump = (values.pop(key) for key in ("threshold", "reset", "b"))
    neuron = NeuronGroup(1, EQUATIONS, threshold=f"v >= {threshold}",
                         reset=f"v = {reset}\nw += {jump}", refractory=case["refractory"] * ms,
                         method="rk4")
    for name, value in values.items():
        setattr(neuron, name, value)
    neuron.v = values["leak"]
    source = SpikeGeneratorGroup(len(grid), np.arange(len(grid)), (grid / PHASES - 1 / STEPS) * ms)
    synapses = Synapses(source, neuron, "charge : 1",
                        on_pre="excitation += clip(charge, 0, 99)\ninhibition += clip(-charge, 0, 99)")
    synapses.connect()
    synapses.charge = weights * amplitudes(case, grid)
    trace = StateMonitor(neuron, "v", record=True, dt=ms)
    spikes = SpikeMonitor(neuron)
    Network(neuron, trace, spikes, source, synapses).run(case["ticks"] * ms)
    # brian2 applies an event at the end of the step that it falls into: it was given early.
    kept = {key: case[key] for key in case if key != "rate"}
    return kept | {
        "phases": grid.tolist(), "weights": weights.tolist(),
        "potentials": [round(float(v), 7) for v in trace.v[0][1:]],
        "spikes": [round(float(t / ms) + 0.5 / STEPS, 6) for t in spikes.t],
    }


json.dump([record(case, 7 + i) for i, case in enumerate(CASES)], sys.stdout, separators=(",", ":"))
